package index_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

var now = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

// each runs a test on an index of either engine.
func each(t *testing.T, fn func(t *testing.T, x *index.Index, d *db.DB)) {
	t.Helper()
	dbtest.Each(t, migrate.Gateway, func(t *testing.T, d *db.DB) {
		x, err := index.Open(t.Context(), d, func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		fn(t, x, d)
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var hanako = clinical.Demographics{Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}

func claimOf(id ident.LocalPatientID, d clinical.Demographics) wire.Claim {
	return wire.Claim{PatientID: id, Name: d.Name, Kana: d.Kana, BirthDate: d.BirthDate, Sex: d.Sex}
}

// reading is of a patient with prescriptions of the given orders.
func reading(x *index.Index, id ident.LocalPatientID, d clinical.Demographics, orders ...string) index.Reading {
	r := index.Reading{ID: id, Demographics: &d, Updated: "20240601090000000", Whole: true}
	for _, o := range orders {
		key := ssmix2.Key{PatientID: id, CareDate: "20240601", DataType: ssmix2.PrescriptionOrder, OrderNo: o}
		r.Entries = append(r.Entries, index.Entry{
			Item: wire.Item{ID: x.ItemID(key), PatientID: id, Kind: clinical.KindPrescription, DataType: "OMP-01", Date: "20240601", Entries: 1, Updated: "20240601103000000"},
			File: index.File{Root: "/storage", Path: "p/" + o, Size: 10, MTime: 1},
		})
	}
	return r
}

func linked(t *testing.T, x *index.Index, id ident.LocalPatientID, orders ...string) {
	t.Helper()
	must(t, x.Put(t.Context(), index.Reading{ID: id, Demographics: &hanako}))
	v, err := x.Link(t.Context(), claimOf(id, hanako))
	if err != nil || !v.Match {
		t.Fatalf("Link = %+v, %v", v, err)
	}
	must(t, x.Put(t.Context(), reading(x, id, hanako, orders...)))
}

// told gives the changes after a number as "op patient" or "op order's path".
func told(t *testing.T, x *index.Index, after int64) []string {
	t.Helper()
	list, err := x.Changes(t.Context(), after, 1000)
	must(t, err)
	var out []string
	for _, c := range list {
		if c.Epoch != x.Epoch() || c.Seq <= after {
			t.Errorf("change %+v after %d of epoch %s", c, after, x.Epoch())
		}
		after = c.Seq
		out = append(out, fmt.Sprint(c.Op, " ", c.PatientID))
	}
	return out
}

func TestVerify(t *testing.T) {
	with := func(change func(*wire.Claim)) wire.Claim {
		c := claimOf("0012", hanako)
		change(&c)
		return c
	}
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		must(t, x.Put(t.Context(),
			index.Reading{ID: "0012", Demographics: &hanako},
			index.Reading{ID: "0013", Demographics: &clinical.Demographics{Name: "試験 某", Kana: "シケン ボウ", BirthDate: "1976-01-01", Sex: clinical.UnknownSex}},
			index.Reading{ID: "0014", Demographics: &clinical.Demographics{Name: "NO KANA", BirthDate: "1976-01-01", Sex: clinical.Male}}))
		for name, tc := range map[string]struct {
			claim wire.Claim
			want  wire.Verification
		}{
			"agrees":                      {with(func(*wire.Claim) {}), wire.Verification{Known: true, Match: true}},
			"kanji are not compared":      {with(func(c *wire.Claim) { c.Name = "別 人" }), wire.Verification{Known: true, Match: true}},
			"kana spelled otherwise":      {with(func(c *wire.Claim) { c.Kana = "しけん　はなこ" }), wire.Verification{Known: true, Match: true}},
			"another kana name":           {with(func(c *wire.Claim) { c.Kana = "シケン ハナ" }), wire.Verification{Known: true, Differs: []wire.Field{wire.FieldKana}}},
			"no kana name":                {with(func(c *wire.Claim) { c.Kana = "" }), wire.Verification{Known: true, Differs: []wire.Field{wire.FieldKana}}},
			"another birth date":          {with(func(c *wire.Claim) { c.BirthDate = "1976-01-10" }), wire.Verification{Known: true, Differs: []wire.Field{wire.FieldBirthDate}}},
			"another sex":                 {with(func(c *wire.Claim) { c.Sex = clinical.Male }), wire.Verification{Known: true, Differs: []wire.Field{wire.FieldSex}}},
			"a sex that is not known":     {with(func(c *wire.Claim) { c.Sex = clinical.UnknownSex }), wire.Verification{Known: true, Match: true}},
			"everything else":             {with(func(c *wire.Claim) { c.BirthDate, c.Sex, c.Kana = "2001-01-01", clinical.Male, "ベツ ジン" }), wire.Verification{Known: true, Differs: []wire.Field{wire.FieldBirthDate, wire.FieldSex, wire.FieldKana}}},
			"a number without zeros":      {with(func(c *wire.Claim) { c.PatientID = "12" }), wire.Verification{}},
			"an unknown number":           {with(func(c *wire.Claim) { c.PatientID = "0099" }), wire.Verification{}},
			"sex unknown to the hospital": {wire.Claim{PatientID: "0013", Kana: "シケン ボウ", BirthDate: "1976-01-01", Sex: clinical.Male}, wire.Verification{Known: true, Match: true}},
			"neither side has kana":       {wire.Claim{PatientID: "0014", BirthDate: "1976-01-01", Sex: clinical.Male}, wire.Verification{Known: true, Differs: []wire.Field{wire.FieldKana}}},
		} {
			t.Run(name, func(t *testing.T) {
				got, err := x.Verify(t.Context(), tc.claim)
				must(t, err)
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("Verify (-want +got):\n%s", diff)
				}
				v, err := x.Link(t.Context(), tc.claim)
				must(t, err)
				if _, err := x.LinkedPatient(t.Context(), x.Reader(), tc.claim.PatientID); v.Match != (err == nil) {
					t.Errorf("Link with %+v: linked is %v", v, err == nil)
				}
				must(t, x.Unlink(t.Context(), tc.claim.PatientID))
			})
		}
	})
}

func TestCandidates(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		put := func(n int) {
			for i := range n {
				must(t, x.Put(t.Context(), index.Reading{ID: ident.LocalPatientID(fmt.Sprintf("%04d", i)), Demographics: &hanako}))
			}
		}
		put(5)
		brother := hanako
		brother.Sex = clinical.Male
		must(t, x.Put(t.Context(), index.Reading{ID: "9999", Demographics: &brother}))
		got, err := x.Candidates(t.Context(), claimOf("", hanako))
		must(t, err)
		want := wire.Candidates{PatientIDs: []ident.LocalPatientID{"0000", "0001", "0002", "0003", "0004"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Candidates (-want +got):\n%s", diff)
		}
		put(6)
		if got, err = x.Candidates(t.Context(), claimOf("", hanako)); err != nil || len(got.PatientIDs) > 0 || !got.TooMany {
			t.Errorf("Candidates of six = %+v, %v, want too many and none told", got, err)
		}
		for name, c := range map[string]wire.Claim{
			"no kana":       {BirthDate: "1976-01-01", Sex: clinical.Female},
			"no birth date": {Kana: "シケン ハナコ", Sex: clinical.Female},
		} {
			if _, err := x.Candidates(t.Context(), c); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v, want invalid", name, err)
			}
		}
	})
}

// The log tells what changed, the latest word on each item only, with numbers that are
// never given twice.
func TestChanges(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, d *db.DB) {
		ctx := t.Context()
		linked(t, x, "0012", "a", "b")
		if diff := cmp.Diff([]string{"upsert 0012", "upsert 0012"}, told(t, x, 0)); diff != "" {
			t.Fatalf("first (-want +got):\n%s", diff)
		}
		at, err := x.Seq(ctx)
		must(t, err)
		must(t, x.Put(ctx, reading(x, "0012", hanako, "a", "b")))
		if got := told(t, x, at); got != nil {
			t.Errorf("the same again was logged: %v", got)
		}
		touched := reading(x, "0012", hanako, "a", "b")
		touched.Entries[0].MTime++
		must(t, x.Put(ctx, touched))
		if got := told(t, x, at); got != nil {
			t.Errorf("a touched file was logged: %v", got)
		}
		corrected := reading(x, "0012", hanako, "b")
		corrected.Entries[0].Entries = 2
		must(t, x.Put(ctx, corrected))
		if diff := cmp.Diff([]string{"upsert 0012", "delete 0012"}, told(t, x, at)); diff != "" {
			t.Errorf("correction and deletion (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"upsert 0012", "delete 0012"}, told(t, x, 0)); diff != "" {
			t.Errorf("the log keeps more than the latest word (-want +got):\n%s", diff)
		}
		must(t, x.Unlink(ctx, "0012"))
		if diff := cmp.Diff([]string{"forget 0012"}, told(t, x, 0)); diff != "" {
			t.Errorf("after unlinking (-want +got):\n%s", diff)
		}
		before, err := x.Seq(ctx)
		must(t, err)
		again, err := index.Open(ctx, d, func() time.Time { return now })
		must(t, err)
		if again.Epoch() != x.Epoch() {
			t.Error("a restart began a new epoch")
		}
		linked(t, again, "0012", "a")
		list, err := again.Changes(ctx, before, 10)
		must(t, err)
		if len(list) != 1 || list[0].Seq != before+1 {
			t.Errorf("changes after a restart = %+v, want one numbered %d", list, before+1)
		}
	})
}

func TestChanged_wakesWhoWaits(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		must(t, x.Put(t.Context(), index.Reading{ID: "0012", Demographics: &hanako}))
		ch := x.Changed()
		select {
		case <-ch:
			t.Fatal("woken before anything happened")
		default:
		}
		must(t, x.Unlink(t.Context(), "0012"))
		select {
		case <-ch:
		default:
			t.Error("not woken")
		}
	})
}

func TestPut_leavesOutWhoIsNotLinked(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		must(t, x.Put(t.Context(), reading(x, "0012", hanako, "a")))
		entries, err := x.Entries(t.Context(), x.Reader(), "0012")
		must(t, err)
		if len(entries) != 0 || told(t, x, 0) != nil {
			t.Errorf("documents of a patient who is not linked: %v", entries)
		}
	})
}

func TestPut_suspends(t *testing.T) {
	other := hanako
	other.BirthDate = "2001-01-01"
	married, man, unsaid := hanako, hanako, hanako
	married.Kana, man.Sex, unsaid.Sex = "ケンサ ハナコ", clinical.Male, ""
	all := []wire.Field{wire.FieldBirthDate, wire.FieldSex, wire.FieldKana}
	for name, tc := range map[string]struct {
		then index.Reading
		want []wire.Field
	}{
		"another birth date": {index.Reading{Demographics: &other}, []wire.Field{wire.FieldBirthDate}},
		"a new family name":  {index.Reading{Demographics: &married}, []wire.Field{wire.FieldKana}},
		"the other sex":      {index.Reading{Demographics: &man}, []wire.Field{wire.FieldSex}},
		"no sex any more":    {index.Reading{Demographics: &unsaid}, nil},
		"deleted":            {index.Reading{}, all},
		"cannot be told":     {index.Reading{Uncertain: true}, nil},
		"the same":           {index.Reading{Demographics: &hanako}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
				linked(t, x, "0012", "a")
				at, err := x.Seq(t.Context())
				must(t, err)
				tc.then.ID = "0012"
				must(t, x.Put(t.Context(), tc.then))
				must(t, x.Put(t.Context(), tc.then)) // told once
				l, err := x.LinkedPatient(t.Context(), x.Reader(), "0012")
				must(t, err)
				if diff := cmp.Diff(tc.want, l.Differs); diff != "" || l.Live() != (tc.want == nil) {
					t.Errorf("differs (-want +got):\n%s", diff)
				}
				changes, err := x.Changes(t.Context(), at, 10)
				must(t, err)
				if tc.want == nil {
					if len(changes) > 0 {
						t.Errorf("changes = %+v", changes)
					}
					return
				}
				if len(changes) != 1 || changes[0].Op != wire.OpSuspend || !slices.Equal(changes[0].Differs, tc.want) {
					t.Errorf("changes = %+v, want one suspension", changes)
				}
			})
		})
	}
}

// Who is linked anew after a suspension is told in full, and the old suspension is not
// told again to a center that reads from the beginning.
func TestLink_anew(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		linked(t, x, "0012", "a")
		other := hanako
		other.BirthDate = "2001-01-01"
		must(t, x.Put(t.Context(), index.Reading{ID: "0012", Demographics: &other}))
		at, err := x.Seq(t.Context())
		must(t, err)
		if v, err := x.Link(t.Context(), claimOf("0012", other)); err != nil || !v.Match {
			t.Fatalf("Link = %+v, %v", v, err)
		}
		if diff := cmp.Diff([]string{"upsert 0012"}, told(t, x, at)); diff != "" {
			t.Errorf("after linking anew (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"upsert 0012"}, told(t, x, 0)); diff != "" {
			t.Errorf("from the beginning (-want +got):\n%s", diff)
		}
	})
}

func TestSync(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		for _, id := range []ident.LocalPatientID{"0001", "0002", "0003"} {
			linked(t, x, id, "a")
		}
		must(t, x.Put(t.Context(), index.Reading{ID: "0003"}))
		got, err := x.Sync(t.Context(), wire.LinkedSet{PatientIDs: []ident.LocalPatientID{"0002", "0003", "0007"}})
		must(t, err)
		want := wire.SyncResult{Dropped: 1, Missing: []ident.LocalPatientID{"0007"}, Suspended: []ident.LocalPatientID{"0003"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Sync (-want +got):\n%s", diff)
		}
		for id, left := range map[ident.LocalPatientID]int{"0001": 0, "0002": 1} {
			entries, err := x.Entries(t.Context(), x.Reader(), id)
			must(t, err)
			if len(entries) != left {
				t.Errorf("%s has %d documents, want %d", id, len(entries), left)
			}
		}
		if got, err = x.Sync(t.Context(), wire.LinkedSet{PatientIDs: []ident.LocalPatientID{}}); err != nil || got.Dropped != 2 {
			t.Errorf("Sync of none = %+v, %v, want two dropped", got, err)
		}
	})
}

func TestFind(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		linked(t, x, "0001", "a", "b")
		linked(t, x, "0002", "c")
		mine, err := x.Entries(t.Context(), x.Reader(), "0001")
		must(t, err)
		other, err := x.Entries(t.Context(), x.Reader(), "0002")
		must(t, err)
		for name, tc := range map[string]struct {
			ids   []ident.ItemID
			kinds []clinical.Kind
			want  int
		}{
			"all of a kind":         {nil, []clinical.Kind{clinical.KindPrescription}, 2},
			"none of another kind":  {nil, []clinical.Kind{clinical.KindLab}, 0},
			"one by its id":         {[]ident.ItemID{mine[0].ID}, nil, 1},
			"not another patient's": {[]ident.ItemID{other[0].ID}, []clinical.Kind{clinical.KindPrescription}, 0},
		} {
			got, err := x.Find(t.Context(), x.Reader(), "0001", tc.ids, tc.kinds)
			must(t, err)
			if len(got) != tc.want {
				t.Errorf("%s: %d, want %d", name, len(got), tc.want)
			}
		}
	})
}

func TestUnreadable(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		linked(t, x, "0001")
		cut := index.Unreadable{Root: "/storage", Path: "p/1", Patient: "0001", Reason: index.ReasonCut, Detail: "segment 4 (RXE): the message was cut"}
		r := reading(x, "0001", hanako)
		r.Unreadable = []index.Unreadable{cut}
		first := now
		must(t, x.Put(t.Context(), r))
		now = now.Add(time.Hour)
		defer func() { now = first }()
		must(t, x.Put(t.Context(), r))
		must(t, x.PutMisplaced(t.Context(), []index.Unreadable{{Root: "/storage", Path: "777", Reason: index.ReasonNotRegular, Detail: "a link"}}, nil))
		got, err := x.Unreadable(t.Context(), 10)
		must(t, err)
		cut.FirstSeen, cut.LastSeen = first, now
		want := []index.Unreadable{{Root: "/storage", Path: "777", Reason: index.ReasonNotRegular, Detail: "a link", FirstSeen: now, LastSeen: now}, cut}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Unreadable (-want +got):\n%s", diff)
		}
		if n, err := x.UnreadableTotal(t.Context()); err != nil || n != 2 {
			t.Errorf("UnreadableTotal = %d, %v, want 2", n, err)
		}
		if got, err = x.Unreadable(t.Context(), 1); err != nil || len(got) != 1 {
			t.Errorf("the first = %+v, %v", got, err)
		}
		must(t, x.Put(t.Context(), reading(x, "0001", hanako))) // mended
		if got, err = x.Unreadable(t.Context(), 10); err != nil || len(got) != 1 {
			t.Errorf("Unreadable = %+v, %v, want the link only", got, err)
		}
	})
}

// The folder says of which kind a file is that nobody can read; where it says nothing the
// file counts and has no kind.
func TestUnreadableOf(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		var bad []index.Unreadable
		for _, p := range []string{
			"000/000/0001/20261101/OML-11/a", "000/000/0001/20261102/OML-11/b", "000/000/0001/-/ADT-61/c",
			"000/000/0001/20261101/101^看護記録^99X/d", "000/000/0001/-/ADT-00/e", "000/000/0001/stray", "000/000/0001/20261101/XXX-99/f",
		} {
			bad = append(bad, index.Unreadable{Root: "/storage", Path: p, Patient: "0001", Reason: index.ReasonCut})
		}
		must(t, x.Put(t.Context(), index.Reading{ID: "0001", Unreadable: bad}))
		must(t, x.Put(t.Context(), index.Reading{ID: "0002", Unreadable: []index.Unreadable{{Root: "/storage", Path: "000/000/0002/-/ADT-61/c", Patient: "0002", Reason: index.ReasonCut}}}))
		total, kinds, err := x.UnreadableOf(t.Context(), "0001")
		want := []wire.KindCount{{Kind: clinical.KindLab, Files: 2}, {Kind: clinical.KindAllergy, Files: 2}, {Kind: clinical.KindNursingNote, Files: 1}}
		if diff := cmp.Diff(want, kinds); diff != "" || err != nil || total != 7 {
			t.Errorf("UnreadableOf = %d, %v, want 7 (-want +got):\n%s", total, err, diff)
		}
	})
}

func TestReason_hasTexts(t *testing.T) {
	for _, r := range []index.Reason{
		index.ReasonName, index.ReasonPlace, index.ReasonNotRegular, index.ReasonForbidden, index.ReasonTooLarge, index.ReasonAboveBound, index.ReasonEncoding,
		index.ReasonCut, index.ReasonUnknownType, index.ReasonWrongPatient, index.ReasonCancelled, index.ReasonRival, index.ReasonContent,
	} {
		ja, en := r.Text("ja"), r.Text("en")
		if ja == string(r) || en == string(r) || ja == en {
			t.Errorf("%s: %q, %q", r, ja, en)
		}
	}
	if got := index.Reason("of-tomorrow").Text("ja"); got != "of-tomorrow" {
		t.Errorf("unknown reason reads %q", got)
	}
}

func TestTrail(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		row := index.TrailRow{
			At: now, Decision: "d1", Outcome: index.Allowed, Patient: "0001",
			Viewer: access.Viewer{User: "u1", DisplayName: "医師 一郎", Facility: "f1", Profession: access.Physician, Roles: []access.Role{access.RoleViewer}},
			Detail: index.TrailDetail{Kinds: []clinical.Kind{clinical.KindLab}, Refused: map[ident.ItemID]index.Refusal{"i1": index.RefusedDelay}},
		}
		must(t, x.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return x.AddTrail(ctx, tx, row) }))
		got, err := x.Trail(t.Context(), 10)
		must(t, err)
		if diff := cmp.Diff([]index.TrailRow{row}, got); diff != "" {
			t.Errorf("Trail (-want +got):\n%s", diff)
		}
	})
}

// Ids of items are stable within an index and say nothing without its secret.
func TestItemID(t *testing.T) {
	key := ssmix2.Key{PatientID: "0012", CareDate: "20240601", DataType: ssmix2.PrescriptionOrder, OrderNo: "1"}
	shifted := ssmix2.Key{PatientID: "00122", CareDate: "0240601", DataType: ssmix2.PrescriptionOrder, OrderNo: "1"}
	each(t, func(t *testing.T, x *index.Index, d *db.DB) {
		again, err := index.Open(t.Context(), d, time.Now)
		must(t, err)
		if x.ItemID(key) != again.ItemID(key) {
			t.Error("the id changed with a restart")
		}
		if x.ItemID(key) == x.ItemID(shifted) {
			t.Error("two keys have one id")
		}
		other, err := index.Open(t.Context(), dbtest.SQLite(t, migrate.Gateway), time.Now)
		must(t, err)
		if x.ItemID(key) == other.ItemID(key) || x.Epoch() == other.Epoch() {
			t.Error("another index has the same ids or epoch")
		}
	})
}

// Who had a number before is remembered once somebody else has it, whoever reads it.
func TestOwners(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		former := clinical.Demographics{Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
		heir := clinical.Demographics{Name: "後継 次郎", Kana: "コウケイ ジロウ", BirthDate: "2001-02-03", Sex: clinical.Male}
		renamed := heir
		renamed.Name, renamed.Kana = "先代 次郎", "センダイ ジロウ"
		married := former
		married.Name, married.Kana = "結城 花子", "ユウキ ハナコ"
		put := func(r index.Reading) {
			t.Helper()
			if err := x.Put(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		is := func(d *clinical.Demographics, updated string) {
			t.Helper()
			put(index.Reading{ID: "0001", Demographics: d, Updated: updated})
		}
		want := func(what string, want ...index.Owner) {
			t.Helper()
			got, err := x.Owners(t.Context(), x.Reader(), "0001")
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: owners, %v (-want +got):\n%s", what, err, diff)
			}
		}
		is(&former, "20200601")
		is(&former, "20210601")
		is(&married, "20220601")
		want("the same person by another name")
		standIn := clinical.Demographics{Name: "YOYAKU", Sex: clinical.UnknownSex}
		if err := x.Put(t.Context(), index.Reading{ID: "0002", Demographics: &former, Updated: "20200601"}); err != nil {
			t.Fatal(err)
		}
		for i, d := range []*clinical.Demographics{&standIn, &heir} {
			if err := x.Put(t.Context(), index.Reading{ID: "0002", Demographics: d, Updated: []string{"20210601", "20220601"}[i]}); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := x.Owners(t.Context(), x.Reader(), "0002"); err != nil || len(got) != 3 || got[0].Who != former {
			t.Errorf("by way of a stand-in: owners %v, %v", got, err)
		}
		is(&heir, "20240601")
		want("another", index.Owner{"20220601", married}, index.Owner{"20240601", heir})
		is(&renamed, "20250601")
		want("another name of the second", index.Owner{"20220601", married}, index.Owner{"20240601", heir}, index.Owner{"20250601", renamed})
		put(index.Reading{ID: "0001", Uncertain: true})
		is(nil, "")
		want("nobody", index.Owner{"20220601", married}, index.Owner{"20240601", heir}, index.Owner{"20250601", renamed})
		whole := []index.Owner{{"", former}, {"20240601", heir}, {"20250601", clinical.Demographics{}}}
		put(index.Reading{ID: "0001", Whole: true, Demographics: &heir, Updated: "20240601", Owners: whole})
		want("read whole", whole...)
	})
}
