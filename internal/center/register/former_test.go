package register_test

import (
	"slices"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
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
