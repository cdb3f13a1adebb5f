package index_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

const (
	hanako = ident.LocalPatientID("0000012345")
	taro   = ident.LocalPatientID("0000054321")
)

var now = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

func open(t *testing.T, d *db.DB) *index.Index {
	t.Helper()
	x, err := index.Open(t.Context(), d, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func newIndex(t *testing.T) *index.Index {
	t.Helper()
	return open(t, dbtest.SQLite(t, migrate.Gateway))
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// record is a hospital's record of a patient; it agrees with claimOf.
func record(id ident.LocalPatientID) index.Reading {
	return index.Reading{ID: id, Updated: "20240601090000000", Demographics: &clinical.Demographics{
		Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female,
	}}
}

func claimOf(id ident.LocalPatientID) wire.Claim {
	return wire.Claim{PatientID: id, Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
}

// whole is a reading of the patient with one prescription per order number.
func whole(x *index.Index, id ident.LocalPatientID, orders ...string) index.Reading {
	r := record(id)
	r.Whole = true
	for _, o := range orders {
		r.Entries = append(r.Entries, entry(x, id, o))
	}
	return r
}

func entry(x *index.Index, id ident.LocalPatientID, order string) index.Entry {
	key := ssmix2.Key{PatientID: id, CareDate: "20240601", DataType: ssmix2.PrescriptionOrder, OrderNo: order}
	return index.Entry{
		Item: wire.Item{
			ID: x.ItemID(key), PatientID: id, Kind: clinical.KindPrescription, DataType: "OMP-01",
			Date: "20240601", Entries: 1, Updated: "20240601103000000",
		},
		File: index.File{Root: "/storage", Path: fmt.Sprintf("%s/%s", id, order), Size: 100, MTime: 1},
	}
}

func put(t *testing.T, x *index.Index, readings ...index.Reading) {
	t.Helper()
	if err := x.Put(t.Context(), readings...); err != nil {
		t.Fatal(err)
	}
}

// link links a patient whose record is known.
func link(t *testing.T, x *index.Index, id ident.LocalPatientID) {
	t.Helper()
	if v := must[wire.Verification](t)(x.Link(t.Context(), claimOf(id))); !v.Match {
		t.Fatalf("Link = %+v, want a match", v)
	}
}

func changes(t *testing.T, x *index.Index, after int64) []wire.Change {
	t.Helper()
	return must[[]wire.Change](t)(x.Changes(t.Context(), after, 1000))
}

// told gives changes as "seq op patient-or-item".
func told(list []wire.Change) []string {
	var out []string
	for _, c := range list {
		of := string(c.PatientID)
		if c.Item != nil {
			of = c.Item.Updated
		}
		out = append(out, fmt.Sprintf("%d %s %s", c.Seq, c.Op, of))
	}
	return out
}

func TestOpen_keepsEpochAndSecret(t *testing.T) {
	d := dbtest.SQLite(t, migrate.Gateway)
	first, again, other := open(t, d), open(t, d), newIndex(t)
	key := ssmix2.Key{PatientID: hanako, CareDate: "20240601", DataType: "OMP-01", OrderNo: "1"}
	if first.Epoch() != again.Epoch() || first.ItemID(key) != again.ItemID(key) {
		t.Error("opened again, the index has another epoch or names documents anew")
	}
	if first.Epoch() == other.Epoch() {
		t.Error("two indexes have one epoch")
	}
	if first.ItemID(key) == other.ItemID(key) {
		t.Error("two indexes name a document alike: the id tells what it was made from")
	}
}

// No two documents share an id, also where their keys read the same side by side.
func TestItemID_isOfOneKey(t *testing.T) {
	x := newIndex(t)
	keys := []ssmix2.Key{
		{PatientID: "1", CareDate: "20240601", DataType: "OMP-01", OrderNo: "1"},
		{PatientID: "1", CareDate: "20240601", DataType: "OMP-01", OrderNo: "11"},
		{PatientID: "12", CareDate: "0240601", DataType: "OMP-01", OrderNo: "1"},
		{PatientID: "1", CareDate: "20240601", DataType: "OMP-02", OrderNo: "1"},
		{PatientID: "1", CareDate: "", DataType: "OMP-01", OrderNo: "1"},
	}
	seen := map[ident.ItemID]ssmix2.Key{}
	for _, k := range keys {
		id := x.ItemID(k)
		if !ident.Valid(string(id)) {
			t.Errorf("ItemID(%v) = %q, no valid id", k, id)
		}
		if was, twice := seen[id]; twice {
			t.Errorf("%v and %v have one id", was, k)
		}
		seen[id] = k
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		record func(*clinical.Demographics)
		claim  func(*wire.Claim)
		want   wire.Verification
	}{
		"agrees":                       {want: wire.Verification{Known: true, Match: true}},
		"kana in half width":           {claim: func(c *wire.Claim) { c.Kana = "ｼｹﾝ ﾊﾅｺ" }, want: wire.Verification{Known: true, Match: true}},
		"kana in hiragana":             {claim: func(c *wire.Claim) { c.Kana = "しけん　はなこ" }, want: wire.Verification{Known: true, Match: true}},
		"kana without the space":       {claim: func(c *wire.Claim) { c.Kana = "シケンハナコ" }, want: wire.Verification{Known: true, Match: true}},
		"kana with names swapped":      {claim: func(c *wire.Claim) { c.Kana = "ハナコ シケン" }, want: differs(wire.FieldKana)},
		"another kana":                 {claim: func(c *wire.Claim) { c.Kana = "シケン ハナエ" }, want: differs(wire.FieldKana)},
		"no kana claimed":              {claim: func(c *wire.Claim) { c.Kana = "" }, want: differs(wire.FieldKana)},
		"no kana anywhere":             {record: func(d *clinical.Demographics) { d.Kana = "" }, claim: func(c *wire.Claim) { c.Kana = "" }, want: differs(wire.FieldKana)},
		"another kanji name":           {claim: func(c *wire.Claim) { c.Name = "試驗 花子" }, want: wire.Verification{Known: true, Match: true}},
		"another birth date":           {claim: func(c *wire.Claim) { c.BirthDate = "1976-01-02" }, want: differs(wire.FieldBirthDate)},
		"birth date that nobody knows": {record: func(d *clinical.Demographics) { d.BirthDate = "" }, want: differs(wire.FieldBirthDate)},
		"another sex":                  {claim: func(c *wire.Claim) { c.Sex = clinical.Male }, want: differs(wire.FieldSex)},
		"sex unknown to the hospital":  {record: func(d *clinical.Demographics) { d.Sex = clinical.UnknownSex }, want: wire.Verification{Known: true, Match: true}},
		"sex other in the claim":       {claim: func(c *wire.Claim) { c.Sex = clinical.OtherSex }, want: wire.Verification{Known: true, Match: true}},
		"everything differs": {claim: func(c *wire.Claim) { c.BirthDate, c.Sex, c.Kana = "2001-01-01", clinical.Male, "ベツ ヒト" },
			want: differs(wire.FieldBirthDate, wire.FieldSex, wire.FieldKana)},
		"unknown number":             {claim: func(c *wire.Claim) { c.PatientID = taro }},
		"number without its zeroes":  {claim: func(c *wire.Claim) { c.PatientID = "12345" }},
		"number with a wild card":    {claim: func(c *wire.Claim) { c.PatientID = "%" }},
		"no number":                  {claim: func(c *wire.Claim) { c.PatientID = "" }},
		"a number in another width":  {claim: func(c *wire.Claim) { c.PatientID = "００００012345" }},
		"number with a space around": {claim: func(c *wire.Claim) { c.PatientID = hanako + " " }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newIndex(t)
			r, c := record(hanako), claimOf(hanako)
			if tc.record != nil {
				tc.record(r.Demographics)
			}
			if tc.claim != nil {
				tc.claim(&c)
			}
			put(t, x, r)
			got := must[wire.Verification](t)(x.Verify(t.Context(), c))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Verify (-want +got):\n%s", diff)
			}
			// Linking asks the same question, and takes nobody in who does not agree.
			if diff := cmp.Diff(tc.want, must[wire.Verification](t)(x.Link(t.Context(), c))); diff != "" {
				t.Errorf("Link (-want +got):\n%s", diff)
			}
			_, err := x.LinkedPatient(t.Context(), x.Reader(), c.PatientID)
			if linked := err == nil; linked != tc.want.Match {
				t.Errorf("linked = %v, want %v", linked, tc.want.Match)
			}
		})
	}
}

func differs(fields ...wire.Field) wire.Verification {
	return wire.Verification{Known: true, Differs: fields}
}

func TestCandidates(t *testing.T) {
	t.Parallel()
	claim := claimOf("")
	of := func(n int, change func(*clinical.Demographics)) []index.Reading {
		var out []index.Reading
		for i := range n {
			r := record(ident.LocalPatientID(fmt.Sprintf("%010d", i+1)))
			if change != nil {
				change(r.Demographics)
			}
			out = append(out, r)
		}
		return out
	}
	for name, tc := range map[string]struct {
		have  []index.Reading
		claim func(*wire.Claim)
		want  wire.Candidates
		err   fault.Kind
	}{
		"nobody":       {},
		"one":          {have: of(1, nil), want: wire.Candidates{PatientIDs: []ident.LocalPatientID{"0000000001"}}},
		"written else": {have: of(1, nil), claim: func(c *wire.Claim) { c.Kana = "ｼｹﾝﾊﾅｺ" }, want: wire.Candidates{PatientIDs: []ident.LocalPatientID{"0000000001"}}},
		"five": {have: of(5, nil), want: wire.Candidates{PatientIDs: []ident.LocalPatientID{
			"0000000001", "0000000002", "0000000003", "0000000004", "0000000005"}}},
		"six":             {have: of(6, nil), want: wire.Candidates{TooMany: true}},
		"another sex":     {have: of(1, func(d *clinical.Demographics) { d.Sex = clinical.Male })},
		"another day":     {have: of(1, func(d *clinical.Demographics) { d.BirthDate = "1976-01-02" })},
		"another name":    {have: of(1, func(d *clinical.Demographics) { d.Kana = "シケン ハナエ" })},
		"beginning of it": {have: of(1, nil), claim: func(c *wire.Claim) { c.Kana = "シケン" }},
		"without kana":    {have: of(1, nil), claim: func(c *wire.Claim) { c.Kana = "" }, err: fault.Invalid},
		"kana of spaces":  {have: of(1, func(d *clinical.Demographics) { d.Kana = "" }), claim: func(c *wire.Claim) { c.Kana = " 　" }, err: fault.Invalid},
		"without a day":   {have: of(1, func(d *clinical.Demographics) { d.BirthDate = "" }), claim: func(c *wire.Claim) { c.BirthDate = "" }, err: fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newIndex(t)
			put(t, x, tc.have...)
			c := claim
			if tc.claim != nil {
				tc.claim(&c)
			}
			got, err := x.Candidates(t.Context(), c)
			if tc.err != "" {
				if !fault.Is(err, tc.err) {
					t.Fatalf("Candidates = %+v, %v; want %s", got, err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Candidates (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPut_keepsDocumentsOfTheLinkedOnly(t *testing.T) {
	x := newIndex(t)
	put(t, x, record(hanako))
	put(t, x, whole(x, hanako, "1")) // read while somebody unlinked the patient
	if got := must[[]index.Entry](t)(x.Entries(t.Context(), x.Reader(), hanako)); got != nil {
		t.Errorf("documents of a patient who is not linked: %v", got)
	}
	if got := changes(t, x, 0); got != nil {
		t.Errorf("changes of a patient who is not linked: %v", told(got))
	}
	link(t, x, hanako)
	put(t, x, whole(x, hanako, "1", "2"))
	want := []index.Entry{entry(x, hanako, "1"), entry(x, hanako, "2")}
	got := must[[]index.Entry](t)(x.Entries(t.Context(), x.Reader(), hanako))
	if diff := cmp.Diff(byID(want), byID(got)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	l := must[index.Linked](t)(x.LinkedPatient(t.Context(), x.Reader(), hanako))
	if !l.ReadAt.Equal(now) || !l.LinkedAt.Equal(now) || !l.Live() {
		t.Errorf("linked = %+v, want live, linked and read now", l)
	}
	put(t, x, record(hanako)) // a reading of the demographics alone says nothing of documents
	if got := must[int](t)(x.DocumentCount(t.Context())); got != 2 {
		t.Errorf("documents = %d, want 2", got)
	}
}

func byID(list []index.Entry) map[ident.ItemID]index.Entry {
	out := map[ident.ItemID]index.Entry{}
	for _, e := range list {
		out[e.ID] = e
	}
	return out
}

// The log tells what the center shows and nothing else, the latest word on each item.
func TestChanges(t *testing.T) {
	x := newIndex(t)
	put(t, x, record(hanako))
	link(t, x, hanako)
	step := func(name string, do func(), after int64, want ...string) {
		t.Helper()
		do()
		if diff := cmp.Diff(want, told(changes(t, x, after))); diff != "" {
			t.Errorf("%s: changes after %d (-want +got):\n%s", name, after, diff)
		}
	}
	ids := map[ident.ItemID]string{entry(x, hanako, "1").ID: "1", entry(x, hanako, "2").ID: "2"}
	if len(ids) != 2 {
		t.Fatal("two documents with one id")
	}
	const made, later = "20240601103000000", "20240601110000000"
	reading := func(stamp string, orders ...string) index.Reading {
		r := whole(x, hanako, orders...)
		r.Entries[0].Updated = stamp
		return r
	}
	step("two new", func() { put(t, x, reading(made, "1", "2")) }, 0, "1 upsert "+made, "2 upsert "+made)
	step("the same again", func() { put(t, x, reading(made, "1", "2")) }, 0, "1 upsert "+made, "2 upsert "+made)
	step("touched", func() {
		r := reading(made, "1", "2")
		r.Entries[0].MTime, r.Entries[0].Path = 2, "elsewhere"
		put(t, x, r)
	}, 0, "1 upsert "+made, "2 upsert "+made)
	step("superseded", func() { put(t, x, reading(later, "1", "2")) }, 0, "2 upsert "+made, "3 upsert "+later)
	step("deleted", func() { put(t, x, reading(later, "1")) }, 0, "3 upsert "+later, "4 delete "+string(hanako))
	step("replay after 3", func() {}, 3, "4 delete "+string(hanako))
	step("back", func() { put(t, x, reading(later, "1", "2")) }, 3, "5 upsert "+made)
	step("linked anew", func() { link(t, x, hanako) }, 5, "6 upsert "+later, "7 upsert "+made)
	step("unlinked", func() { unlink(t, x, hanako) }, 0, "8 forget "+string(hanako))
	step("not linked any more", func() { put(t, x, reading(made, "1")) }, 0, "8 forget "+string(hanako))
	if got := must[int64](t)(x.Seq(t.Context())); got != 8 {
		t.Errorf("Seq = %d, want 8", got)
	}
	for _, c := range changes(t, x, 0) {
		if c.Epoch != x.Epoch() {
			t.Errorf("change of epoch %q, want %q", c.Epoch, x.Epoch())
		}
	}
}

func unlink(t *testing.T, x *index.Index, id ident.LocalPatientID) {
	t.Helper()
	if err := x.Unlink(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

func TestChanges_areReadInParts(t *testing.T) {
	x := newIndex(t)
	put(t, x, record(hanako))
	link(t, x, hanako)
	put(t, x, whole(x, hanako, "1", "2", "3", "4", "5"))
	var got []int64
	for after := int64(0); ; {
		list := must[[]wire.Change](t)(x.Changes(t.Context(), after, 2))
		if len(list) == 0 {
			break
		}
		for _, c := range list {
			after = c.Seq
			got = append(got, c.Seq)
		}
	}
	if diff := cmp.Diff([]int64{1, 2, 3, 4, 5}, got); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

// Whoever waits is woken by a change, and by nothing that changes nothing.
func TestChanged(t *testing.T) {
	x := newIndex(t)
	put(t, x, record(hanako))
	link(t, x, hanako)
	woken := func(do func()) bool {
		changed := x.Changed()
		do()
		select {
		case <-changed:
			return true
		default:
			return false
		}
	}
	if !woken(func() { put(t, x, whole(x, hanako, "1")) }) {
		t.Error("a new document woke nobody")
	}
	if woken(func() { put(t, x, whole(x, hanako, "1")) }) {
		t.Error("a reading without news woke somebody")
	}
	if !woken(func() { unlink(t, x, hanako) }) {
		t.Error("unlinking woke nobody")
	}
}

// A transaction that fails tells nobody anything, and its number is given again.
func TestPut_failsAsAWhole(t *testing.T) {
	x := newIndex(t)
	put(t, x, record(hanako))
	link(t, x, hanako)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	changed := x.Changed()
	if err := x.Put(ctx, whole(x, hanako, "1")); !errors.Is(err, context.Canceled) {
		t.Fatalf("Put = %v, want cancelled", err)
	}
	select {
	case <-changed:
		t.Error("a failed transaction woke somebody")
	default:
	}
	put(t, x, whole(x, hanako, "1"))
	if diff := cmp.Diff([]string{"1 upsert 20240601103000000"}, told(changes(t, x, 0))); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}
