package manage_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// The log: what the own staff did and what anybody did with the own content, and
// nothing else.
func TestAccessLog(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		linked, unknown := w.Person("水引 一郎", "ミズヒキ イチロウ"), w.Person("結 三郎", "ムスビ サブロウ")
		w.Link(linked.ID, flowtest.Hospital, "0001")
		w.Link(unknown.ID, flowtest.Clinic, "0002")
		left := w.Person("元 患者", "モト カンジャ")
		old := w.Link(left.ID, flowtest.Hospital, "0003")
		w.Exec(`UPDATE person_link SET ended_at = 1, state = 'ended' WHERE id = $1`, old.ID)
		doctor := w.Caller(flowtest.Clinic, access.Physician, access.RoleViewer)
		doctor.DisplayName = "診療所の 医師"
		e := func(c signin.Caller, a audit.Action, owner ident.FacilityID, p ident.PersonID) audit.Event {
			return audit.Event{Action: a, Outcome: audit.Allowed, Owner: owner, Person: p, Detail: map[string]any{"kinds": []string{"allergy", "lab", "nonsense"}}}.By(c.Viewer)
		}
		for i, ev := range []audit.Event{
			e(w.boss, audit.ActionOpenPatient, "", linked.ID),                  // own staff
			e(doctor, audit.ActionDecide, flowtest.Hospital, linked.ID),        // own content, another's staff
			e(doctor, audit.ActionDecide, flowtest.Hospital2, linked.ID),       // neither
			e(w.boss, audit.ActionDecide, flowtest.Hospital, linked.ID),        // both: once
			e(w.boss, audit.ActionDecide, flowtest.Hospital2, unknown.ID),      // own staff, a person who is not linked here
			e(doctor, audit.ActionOpenPatient, "", unknown.ID),                 // neither
			e(doctor, audit.ActionDecide, flowtest.Hospital, left.ID),          // a person whose link has ended
			{Action: audit.ActionSetup, Outcome: audit.Done, UserName: "root"}, // nobody's
		} {
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				_, err := w.Audit.Append(ctx, tx, w.Now.Add(time.Duration(i/2)*time.Hour), ev) // two rows at one instant
				return err
			})
		}
		type row struct{ User, Facility, Owner, Person, Device string }
		read := func(f manage.LogFilter) (out []row, next string) {
			t.Helper()
			rows, next, err := w.AccessLog(t.Context(), w.boss, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if r.Action != audit.ActionLogRead {
					out = append(out, row{r.UserName, r.FacilityName, r.OwnerName, r.PersonName, r.DeviceName})
				}
			}
			return out, next
		}
		all := []row{ // newest first
			{"診療所の 医師", "水引診療所", "水引総合病院", "", ""},
			{"水引 花子", "水引総合病院", "結び中央病院", "", "PC"},
			{"水引 花子", "水引総合病院", "水引総合病院", "水引 一郎", "PC"},
			{"診療所の 医師", "水引診療所", "水引総合病院", "水引 一郎", ""},
			{"水引 花子", "水引総合病院", "", "水引 一郎", "PC"},
		}
		// Reading is filed at w.Now, the newest end but for what comes at +1h and later; the
		// filter To keeps those rows out of the way where the count matters.
		for name, tc := range map[string]struct {
			f    manage.LogFilter
			want []row
		}{
			"everything":              {manage.LogFilter{}, all},
			"from an hour":            {manage.LogFilter{From: w.Now.Add(time.Hour)}, all[:3]},
			"up to before an hour":    {manage.LogFilter{To: w.Now.Add(time.Hour)}, all[3:]},
			"a user of another":       {manage.LogFilter{User: doctor.User}, []row{all[0], all[3]}},
			"a person":                {manage.LogFilter{Person: linked.ID}, all[2:]},
			"part of a user's name":   {manage.LogFilter{Text: "医師"}, []row{all[0], all[3]}},
			"part of a person's name": {manage.LogFilter{Text: "一郎"}, all[2:]},
			"a person's kana":         {manage.LogFilter{Text: "イチロウ"}, all[2:]},
			"a person not linked":     {manage.LogFilter{Text: "三郎"}, nil},
			"no wildcard":             {manage.LogFilter{Text: "%"}, nil},
			"nobody":                  {manage.LogFilter{User: "nobody"}, nil},
		} {
			got, _ := read(tc.f)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		var paged []row
		before := ""
		for pages := 0; ; pages++ {
			got, next := read(manage.LogFilter{From: w.Now.Add(time.Microsecond), Limit: 1, Before: before})
			paged = append(paged, got...)
			if before = next; next == "" || pages > 5 {
				break
			}
		}
		if diff := cmp.Diff(all[:3], paged); diff != "" {
			t.Errorf("page by page (-want +got):\n%s", diff)
		}
		rows, _, err := w.AccessLog(t.Context(), w.boss, manage.LogFilter{Person: linked.ID, Limit: 1})
		var want []clinical.Kind // in their own order, unknown ones left out
		for _, k := range clinical.Kinds() {
			if k == clinical.KindLab || k == clinical.KindAllergy {
				want = append(want, k)
			}
		}
		if err != nil || !slices.Equal(rows[0].Kinds, want) {
			t.Errorf("kinds %v, %v", rows[0].Kinds, err)
		}
		for _, bad := range []string{"x", "1_2", "a_b_c"} {
			_, _, err = w.AccessLog(t.Context(), w.boss, manage.LogFilter{Before: bad})
			wantFault(t, err, fault.Invalid, "")
		}
	})
}

// A row about a link tells its number, and why it was ended or refused, to both facilities.
func TestAccessLog_links(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		p := w.Person("水引 一郎", "ミズヒキ イチロウ")
		l := w.Link(p.ID, flowtest.Hospital, "0000105230")
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			return linkagedb.Store{}.End(ctx, tx, l.ID, "u", "別の方の患者ID", w.Now)
		})
		clerk := w.Caller(flowtest.Clinic, access.Clerk, access.RoleLiaison)
		for _, e := range []audit.Event{
			{Action: audit.ActionLink, Detail: map[string]any{"link": l.ID}},
			{Action: audit.ActionUnlink, Detail: map[string]any{"link": l.ID}},
			{Action: audit.ActionUnlink, Detail: map[string]any{"link": "none"}},
			{Action: audit.ActionLinkRefused, Detail: map[string]any{"cause": "unknown_id", "patient_id": "404"}},
			{Action: audit.ActionLinkRefused, Detail: map[string]any{"cause": "mismatch", "patient_id": "405", "fields": []wire.Field{wire.FieldSex}}},
			{Action: audit.ActionLinkThrottled, Detail: map[string]any{"patient_id": "406"}},
		} {
			e.Outcome, e.Owner, e.Person = audit.Done, flowtest.Hospital, p.ID
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				_, err := w.Audit.Append(ctx, tx, w.Now, e.By(clerk.Viewer))
				return err
			})
			w.World.Now = w.Now.Add(time.Second)
		}
		type row struct {
			Action        audit.Action
			Number        ident.LocalPatientID
			Reason, Cause string
			Differs       []wire.Field
		}
		want := []row{ // newest first
			{audit.ActionLinkThrottled, "406", "", "throttled", nil},
			{audit.ActionLinkRefused, "405", "", "mismatch", []wire.Field{wire.FieldSex}},
			{audit.ActionLinkRefused, "404", "", "unknown_id", nil},
			{audit.ActionUnlink, "", "", "", nil},
			{audit.ActionUnlink, "0000105230", "別の方の患者ID", "", nil},
			{audit.ActionLink, "0000105230", "", "", nil},
		}
		for _, boss := range []signin.Caller{w.boss, w.Caller(flowtest.Clinic, access.Clerk, access.RoleManager)} {
			rows, _, err := w.AccessLog(t.Context(), boss, manage.LogFilter{Group: audit.GroupLinkage})
			if err != nil {
				t.Fatal(err)
			}
			var got []row
			for _, r := range rows {
				got = append(got, row{r.Action, r.PatientID, r.Reason, r.Cause, r.Differs})
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		}
	})
}

// By what somebody came in stands in the row, and that a passkey may be copied.
func TestAccessLog_means(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		for _, e := range []audit.Event{
			{Action: audit.ActionSignIn, Detail: map[string]any{"method": "password"}},
			{Action: audit.ActionStepUp, Detail: map[string]any{"method": "passkey", "reason": "count went back"}},
			{Action: audit.ActionSignIn, Detail: map[string]any{"method": "unheard of"}},
			{Action: audit.ActionUserChange, Detail: map[string]any{"method": "passkey"}},
		} {
			e.Outcome = audit.Denied
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				_, err := w.Audit.Append(ctx, tx, w.Now, e.By(w.boss.Viewer))
				return err
			})
			w.World.Now = w.Now.Add(time.Second)
		}
		rows, _, err := w.AccessLog(t.Context(), w.boss, manage.LogFilter{})
		if err != nil {
			t.Fatal(err)
		}
		type row struct {
			Means  account.Method
			Copied bool
		}
		var got []row
		for _, r := range rows {
			if r.Action != audit.ActionLogRead {
				got = append(got, row{r.Means, r.Copied})
			}
		}
		want := []row{{"", false}, {"", false}, {account.MethodPasskey, true}, {account.MethodPassword, false}} // newest first
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

// Whoever reads the log is in it, with by what was searched and not for what.
func TestAccessLog_isFiled(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		if _, _, err := w.AccessLog(t.Context(), w.boss, manage.LogFilter{Text: "花子"}); err != nil {
			t.Fatal(err)
		}
		rows := w.Events(audit.ActionLogRead)
		want := map[string]any{"by": []any{"text"}, "rows": 0.0}
		if len(rows) != 1 || !cmp.Equal(want, rows[0].Detail) || rows[0].User != w.boss.User {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

// Rows of several replicas come in one order, and none is lost between pages.
func TestAccessLog_ofSeveralReplicas(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		other := w.Audit
		other.Replica = "r2"
		for i := range 12 {
			log := w.Audit
			if i%3 == 0 {
				log = other
			}
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				_, err := log.Append(ctx, tx, w.Now.Add(-time.Hour).Add(time.Duration(i/4)*time.Second), audit.Event{Action: audit.ActionOpenPatient, Outcome: audit.Allowed}.By(w.boss.Viewer))
				return err
			})
		}
		seen := map[ident.EventID]bool{}
		before := ""
		last := w.Now
		for range 20 {
			rows, next, err := w.AccessLog(t.Context(), w.boss, manage.LogFilter{To: w.Now, Limit: 5, Before: before})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if seen[r.ID] || r.At.After(last) {
					t.Errorf("row %s comes twice or out of order", r.ID)
				}
				seen[r.ID], last = true, r.At
			}
			if before = next; next == "" {
				break
			}
		}
		if len(seen) != 12 {
			t.Errorf("%d rows, want 12", len(seen))
		}
	})
}

// Once a link has ended the hospital's log says by its own number whom the rows of that
// time were about, and no name: with a wrong link it was never its patient's.
func TestAccessLog_endedLink(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		p := w.Person("水引 一郎", "ミズヒキ イチロウ")
		l := w.Link(p.ID, flowtest.Hospital, "0000105230")
		doctor := w.Caller(flowtest.Clinic, access.Physician, access.RoleViewer)
		filed := func(at time.Time) {
			e := audit.Event{Action: audit.ActionDecide, Outcome: audit.Allowed, Owner: flowtest.Hospital, Person: p.ID}
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				_, err := w.Audit.Append(ctx, tx, at, e.By(doctor.Viewer))
				return err
			})
		}
		filed(w.Now.Add(-time.Hour)) // before there was a link
		filed(w.Now.Add(time.Hour))
		type told struct {
			name   string
			number ident.LocalPatientID
		}
		read := func() []told {
			t.Helper()
			rows, _, err := w.AccessLog(t.Context(), w.boss, manage.LogFilter{Group: audit.GroupContent})
			if err != nil {
				t.Fatal(err)
			}
			var out []told
			for _, r := range rows {
				out = append(out, told{r.PersonName, r.FormerNumber})
			}
			return out
		}
		if got, want := read(), []told{{p.Name, ""}, {p.Name, ""}}; !slices.Equal(got, want) {
			t.Errorf("while it lives: %v, want %v", got, want)
		}
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			return linkagedb.Store{}.End(ctx, tx, l.ID, "u", "別の方の患者ID", w.Now.Add(2*time.Hour))
		})
		filed(w.Now.Add(3 * time.Hour))
		if got, want := read(), []told{{}, {"", "0000105230"}, {}}; !slices.Equal(got, want) {
			t.Errorf("after its end: %v, want %v", got, want)
		}
	})
}
