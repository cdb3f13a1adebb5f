package register_test

import (
	"slices"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// toConfirm gives how many patients of a clerk's facility wait, by the list, and whether
// the person does, by the page of links.
func (d *desk) toConfirm(c signin.Caller, id ident.PersonID) (int, bool) {
	d.Helper()
	list, err := d.s.List(d.Context(), c, register.ListQuery{ToConfirm: true})
	if err != nil {
		d.Fatal(err)
	}
	all, err := d.s.List(d.Context(), c, register.ListQuery{})
	if err != nil {
		d.Fatal(err)
	}
	f, err := d.s.Frame(d.Context(), c, id)
	if err != nil {
		d.Fatal(err)
	}
	marked := 0
	for _, r := range all.Rows {
		if r.ToConfirm {
			marked++
		}
	}
	if list.Total != all.ToConfirm || len(list.Rows) != list.Total || marked != list.Total {
		d.Errorf("%d patients wait in their own list (%d rows), %d by the count, %d by the marks", list.Total, len(list.Rows), all.ToConfirm, marked)
	}
	return list.Total, f.OwnLink.ToConfirm(f.Person.Identity())
}

// A clinic that compared by hand is asked to look at a correction of others until somebody
// there has, and its link counts meanwhile.
func TestConfirm(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
		d := newDesk(t, database)
		id := d.registered()
		other := d.byHand(id, flowtest.OtherClinic, "5")
		waits := func(what string, c signin.Caller, want bool) {
			t.Helper()
			n, one := d.toConfirm(c, id)
			if one != want || (n == 1) != want {
				t.Errorf("%s: %d wait, this one %v, want %v", what, n, one, want)
			}
		}
		waits("before", other, false)
		amend := func(change func(*person.Person)) {
			t.Helper()
			d.Now = d.Now.Add(time.Second)
			if _, err := d.s.Amend(t.Context(), d.clerk, d.corrected(id, change)); err != nil {
				t.Fatal(err)
			}
		}
		amend(func(p *person.Person) { p.Address = "水引郡結び村2" })
		waits("after the address", other, false)
		amend(nameAndBirth)
		waits("at who corrected", d.clerk, false)
		waits("after name and birth date", other, true)
		if l := d.linkAt(id, flowtest.OtherClinic); !l.Counts() || l.VerifiedAs.Kana != "ミズヒキ ハナ" {
			t.Errorf("link meanwhile = %+v", l)
		}
		doctor := d.Caller(flowtest.OtherClinic, access.Physician, access.RoleViewer)
		if list, err := d.s.List(t.Context(), doctor, register.ListQuery{}); err != nil || list.ToConfirm != 0 || list.Rows[0].ToConfirm {
			t.Errorf("list of who does not register = %+v, %v", list, err)
		}

		seen := register.Confirmation{Person: id, Seen: d.person(id).Identity(), StaffVerified: true}
		for name, tc := range map[string]struct {
			c      signin.Caller
			change func(*register.Confirmation)
			kind   fault.Kind
			key    fault.Key
		}{
			"not compared":            {other, func(c *register.Confirmation) { c.StaffVerified = false }, fault.Invalid, "link.staff_unverified"},
			"not what holds now":      {other, func(c *register.Confirmation) { c.Seen.Kana = "ユウキ ジロウ" }, fault.Conflict, "person.amended_again"},
			"another's patient":       {other, func(c *register.Confirmation) { c.Person = "none" }, fault.NotFound, ""},
			"who does not register":   {doctor, func(*register.Confirmation) {}, fault.Denied, ""},
			"who has nothing to look": {d.clerk, func(*register.Confirmation) {}, fault.Conflict, "person.confirmed_already"},
		} {
			c := seen
			tc.change(&c)
			wantFault(t, name, d.s.Confirm(t.Context(), tc.c, c), tc.kind, tc.key)
		}
		waits("after refusals", other, true)
		if err := d.s.Confirm(t.Context(), other, seen); err != nil {
			t.Fatal(err)
		}
		waits("after it was confirmed", other, false)
		if l := d.linkAt(id, flowtest.OtherClinic); l.VerifiedAs != seen.Seen {
			t.Errorf("link verified as %+v", l.VerifiedAs)
		}
		rows := slices.DeleteFunc(d.Events(audit.ActionConfirmPerson), func(e audit.Event) bool { return e.Outcome != audit.Done })
		if len(rows) != 1 || rows[0].Owner != flowtest.OtherClinic || rows[0].User != other.User || rows[0].Person != id ||
			!slices.Equal(rows[0].Detail["fields"].([]any), []any{"name", "kana", "birth_date"}) {
			t.Errorf("rows of the confirmation = %+v", rows)
		}
		if _, err := d.s.Amend(t.Context(), d.clerk, d.corrected(id, sex)); err != nil {
			t.Errorf("Amend of what another clinic has confirmed = %v", err)
		}
	})
}

// What else settles it: taking the correction back, one of the facility's own, a corrected
// number, the end of the link.
func TestConfirm_settledOtherwise(t *testing.T) {
	for name, do := range map[string]func(d *desk, other signin.Caller, id ident.PersonID) error{
		"taken back": func(d *desk, _ signin.Caller, id ident.PersonID) error {
			_, err := d.s.Amend(d.Context(), d.clerk, register.Amendment{Person: id, New: hana(), StaffVerified: true, Reason: "誤り"})
			return err
		},
		"corrected further there": func(d *desk, other signin.Caller, id ident.PersonID) error {
			a := married(id)
			a.New.Address = "水引郡結び村2"
			_, err := d.s.Amend(d.Context(), other, a)
			return err
		},
		"number corrected": func(d *desk, other signin.Caller, id ident.PersonID) error {
			return d.s.Correct(d.Context(), other, register.Correction{Link: d.linkAt(id, flowtest.OtherClinic).ID, OwnID: "6", StaffVerified: true, Reason: "打ち間違い"})
		},
		"ended": func(d *desk, other signin.Caller, id ident.PersonID) error {
			return d.s.Unlink(d.Context(), other, d.linkAt(id, flowtest.OtherClinic).ID, "別の方")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, dbtest.SQLite(t, migrate.Center))
			id := d.registered()
			other := d.byHand(id, flowtest.OtherClinic, "5")
			if _, err := d.s.Amend(t.Context(), d.clerk, married(id)); err != nil {
				t.Fatal(err)
			}
			if n, _ := d.toConfirm(other, id); n != 1 {
				t.Fatalf("%d wait: the test proves nothing", n)
			}
			if err := do(d, other, id); err != nil {
				t.Fatal(err)
			}
			list, err := d.s.List(t.Context(), other, register.ListQuery{})
			if err != nil || list.ToConfirm != 0 {
				t.Errorf("%d wait, %v", list.ToConfirm, err)
			}
		})
	}
}
