package register_test

import (
	"slices"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// Of what a person was called, a facility's clerks see what stood while it was linked.
func TestFrame_formerOfOwnTime(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
		d := newDesk(t, database)
		later := func() { d.Now = d.Now.Add(time.Second) }
		id := d.registered() // 水引
		later()
		called := func(name string) {
			t.Helper()
			if _, err := d.s.Amend(t.Context(), d.clerk, d.corrected(id, func(p *person.Person) { p.Name = name + " ハナ" })); err != nil {
				t.Fatal(err)
			}
			later()
		}
		sees := func(what string, c signin.Caller, want ...string) {
			t.Helper()
			f, err := d.s.Frame(t.Context(), c, id)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, former := range f.Former {
				got = append(got, former.Person.Name)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		end := func(c signin.Caller) {
			t.Helper()
			if err := d.s.Unlink(t.Context(), c, d.linkAt(id, c.Facility).ID, "別の方"); err != nil {
				t.Fatal(err)
			}
			later()
		}
		called("綾")
		other := d.byHand(id, flowtest.OtherClinic, "5") // knows 綾
		later()
		sees("linked after the first", other)
		called("結城")
		sees("linked before the second", other, "綾 ハナ")
		sees("linked from the beginning", d.clerk, "綾 ハナ", "水引 ハナ")
		if err := d.s.Correct(t.Context(), other, register.Correction{Link: d.linkAt(id, flowtest.OtherClinic).ID, OwnID: "6", StaffVerified: true, Reason: "打ち間違い"}); err != nil {
			t.Fatal(err)
		}
		sees("its number corrected", other, "綾 ハナ")
		end(other)
		called("組紐")
		called("真田")
		if _, err := d.s.Register(t.Context(), other, register.Registration{Existing: id, OwnID: "6", StaffVerified: true}); err != nil {
			t.Fatal(err)
		}
		sees("linked anew", other, "結城 ハナ", "綾 ハナ") // 組紐 stood while it was not linked
		sees("linked all the time", d.clerk, "組紐 ハナ", "結城 ハナ", "綾 ハナ", "水引 ハナ")
	})
}

// Of what a hospital's gateway cannot read, the page of links counts what the reader may see
// when it can be read, and what is of no known kind.
func TestFrame_unreadable(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	d.hospitalLinks(id)
	d.Exec(`INSERT INTO source_state (facility_id, patient_id, fetched_at, unreadable, unreadable_of) VALUES ($1, '77', 1, 6, '[{"kind":"lab","files":2},{"kind":"nursing_note","files":3}]')`, flowtest.Hospital)
	labs := access.Matrix{}
	for _, a := range access.Audiences() {
		labs.Set(clinical.KindLab, a, access.Cell{Allowed: true})
	}
	d.Release(flowtest.Hospital, labs)
	both := d.Caller(flowtest.Clinic, access.Physician, access.RoleLiaison, access.RoleViewer)
	for name, tc := range map[string]struct {
		c    signin.Caller
		want int
	}{"a clerk who sees no content": {d.clerk, 1}, "a clerk who sees the results": {both, 3}} {
		f, err := d.s.Frame(t.Context(), tc.c, id)
		if err != nil || f.Unreadable[flowtest.Hospital] != tc.want {
			t.Errorf("%s: %v, %v, want %d", name, f.Unreadable, err, tc.want)
		}
	}
}
