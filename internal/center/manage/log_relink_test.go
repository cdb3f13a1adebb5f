package manage_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/person/persondb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// A row tells the name and the own number that held when it was written, as far as the
// facility was linked then: of somebody who was relinked, corrected, or both.
func TestAccessLog_asItWas(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		p := w.Person("水引 一郎", "ミズヒキ イチロウ")
		later := func() { w.World.Now = w.Now.Add(time.Minute) }
		doctor := w.Caller(flowtest.Clinic, access.Physician, access.RoleViewer)
		filed := func() {
			t.Helper()
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				e := audit.Event{Action: audit.ActionDecide, Outcome: audit.Allowed, Owner: flowtest.Hospital, Person: p.ID}
				_, err := w.Audit.Append(ctx, tx, w.Now, e.By(doctor.Viewer))
				return err
			})
			later()
		}
		called := func(name, kana string) {
			t.Helper()
			was := p
			p.Name, p.Kana = name, kana
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				return persondb.Store{}.Amend(ctx, tx, p, person.Former{ID: ident.New[ident.FormerID](), Person: was, ChangedBy: "u", ChangedAt: w.Now, Reason: "x"})
			})
			later()
		}
		end := func(f ident.FacilityID) {
			t.Helper()
			l, err := linkagedb.Store{}.At(t.Context(), w.DB.Reader(), flowtest.Union, p.ID, f)
			if err != nil {
				t.Fatal(err)
			}
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				return linkagedb.Store{}.End(ctx, tx, l.ID, "u", "x", w.Now)
			})
			later()
		}
		type told struct {
			name, now string
			number    ident.LocalPatientID
		}
		read := func(c signin.Caller, text string) (out []told) {
			t.Helper()
			rows, _, err := w.AccessLog(t.Context(), c, manage.LogFilter{Group: audit.GroupContent, Text: text})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				out = append(out, told{r.PersonName, r.NameNow, r.FormerNumber})
			}
			slices.Reverse(out) // the oldest first
			return out
		}
		filed() // 0: before any link
		called("綾 一郎", "アヤ イチロウ")
		w.Link(p.ID, flowtest.Hospital, "0001")
		later()
		filed() // 1: under the first number
		called("結城 一郎", "ユウキ イチロウ")
		filed() // 2: as 結城
		end(flowtest.Hospital)
		called("組紐 一郎", "クミヒモ イチロウ")
		filed() // 3: between two links
		if got, want := read(w.boss, ""), []told{{}, {"", "", "0001"}, {"", "", "0001"}, {}}; !slices.Equal(got, want) {
			t.Errorf("after the first link: %v, want %v", got, want)
		}
		called("真田 一郎", "サナダ イチロウ")
		w.Link(p.ID, flowtest.Hospital, "0002")
		later()
		filed() // 4: under the second number
		called("水無 一郎", "ミナシ イチロウ")
		filed()                               // 5: as they are now
		w.Link(p.ID, flowtest.Clinic, "9999") // whose number is nobody else's to see
		later()
		const now = "水無 一郎"
		all := []told{
			{"真田 一郎", now, ""}, // as they were when the hospital came to know them
			{"綾 一郎", now, "0001"},
			{"結城 一郎", now, "0001"},
			{"真田 一郎", now, ""},
			{"真田 一郎", now, ""},
			{now, "", ""},
		}
		if got := read(w.boss, ""); !slices.Equal(got, all) {
			t.Errorf("relinked: %v, want %v", got, all)
		}
		for text, want := range map[string][]told{"水無": all, "サナダ": all, "水引 一": nil, "組紐": nil} {
			if got := read(w.boss, text); !slices.Equal(got, want) {
				t.Errorf("search for %s: %v, want %v", text, got, want)
			}
		}
		clinic := w.Caller(flowtest.Clinic, access.Clerk, access.RoleManager)
		for i, got := range read(clinic, "") {
			if got != (told{name: now}) {
				t.Errorf("row %d tells the clinic %v", i, got)
			}
		}
	})
}

// Rows about links keep the number that each link had, after a corrected number too, and
// tell it to the facility whose number it is and to who linked; a third one has no such row.
func TestAccessLog_numberOfEachLink(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		p := w.Person("水引 一郎", "ミズヒキ イチロウ")
		clerk := w.Caller(flowtest.Clinic, access.Clerk, access.RoleLiaison)
		w.Link(p.ID, flowtest.Hospital2, "7777")
		filed := func(a audit.Action, l ident.LinkID) {
			t.Helper()
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				e := audit.Event{Action: a, Outcome: audit.Done, Owner: flowtest.Hospital, Person: p.ID, Detail: map[string]any{"link": l}}
				_, err := w.Audit.Append(ctx, tx, w.Now, e.By(clerk.Viewer))
				return err
			})
			w.World.Now = w.Now.Add(time.Minute)
		}
		wrong := w.Link(p.ID, flowtest.Hospital, "0001")
		filed(audit.ActionLink, wrong.ID)
		filed(audit.ActionLinkSuspend, wrong.ID)
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			return linkagedb.Store{}.End(ctx, tx, wrong.ID, "u", "打ち間違い", w.Now)
		})
		right := w.Link(p.ID, flowtest.Hospital, "0002") // at the same instant
		filed(audit.ActionUnlink, wrong.ID)
		filed(audit.ActionLink, right.ID)
		type told struct{ number, former ident.LocalPatientID }
		for name, tc := range map[string]struct {
			reader signin.Caller
			want   []told
		}{
			"whose number it is": {w.boss, []told{{"0001", "0001"}, {"0001", "0001"}, {"0001", ""}, {"0002", ""}}},
			"who linked":         {w.Caller(flowtest.Clinic, access.Clerk, access.RoleManager), []told{{"0001", ""}, {"0001", ""}, {"0001", ""}, {"0002", ""}}},
			"a third":            {w.Caller(flowtest.Hospital2, access.Clerk, access.RoleManager), nil},
		} {
			rows, _, err := w.AccessLog(t.Context(), tc.reader, manage.LogFilter{Group: audit.GroupLinkage})
			if err != nil {
				t.Fatal(err)
			}
			var got []told
			for _, r := range rows {
				got = append(got, told{r.PatientID, r.FormerNumber})
			}
			slices.Reverse(got)
			if !slices.Equal(got, tc.want) {
				t.Errorf("%s: %v, want %v", name, got, tc.want)
			}
		}
	})
}
