package source

import (
	"bytes"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// misnumbered writes a prescription whose name has another order number than its message.
func misnumbered(st *storagetest.Storage, id ident.LocalPatientID, order, sent string) ssmix2.Name {
	n, body := storagetest.Prescription(id, storagetest.Hanako, "20240601", order, sent, "試験錠")
	st.Write(n, bytes.ReplaceAll(body, []byte(order), []byte("9"+order[1:])))
	return n
}

// remarked gives what is remarked, by the file's name: "root kind kind".
func (p *parted) remarked() map[string]string {
	p.t.Helper()
	out := map[string]string{}
	for _, r := range askRemarks(p.t, p.x) {
		text := filepath.Base(r.Root)
		for _, m := range r.Remarks {
			text += " " + string(m.Kind)
		}
		out[filepath.Base(r.Path)] = text
	}
	return out
}

func askRemarks(t *testing.T, x *index.Index) []index.Remarked {
	t.Helper()
	rows, total, err := x.AskRemarks(t.Context(), index.RemarkQuestion{Limit: 1000})
	must(t, err)
	if total != len(rows) {
		t.Errorf("%d files listed, %d counted", len(rows), total)
	}
	return rows
}

// A remark lasts as long as the file that it is on: while the file is not read again, while
// its root is away, over a stop of the program; no longer than it is replaced, mended or
// deleted.
func TestRemarks_lastAsLongAsTheirFile(t *testing.T) {
	t.Parallel()
	p := newParted(t)
	in := func(st *storagetest.Storage) string { return filepath.Base(st.Root) + " order_number" }
	unchanged := misnumbered(p.old, linkedID, "000000000000101", "20240601100000000")
	mended := misnumbered(p.old, linkedID, "000000000000102", "20240601100000000")
	deleted := misnumbered(p.young, linkedID, "000000000000103", "20240601100000000")
	replaced := misnumbered(p.young, linkedID, "000000000000104", "20240601100000000")
	want := map[string]string{unchanged.String(): in(p.old), mended.String(): in(p.old), deleted.String(): in(p.young), replaced.String(): in(p.young)}
	same := func() bool { return cmp.Equal(want, p.remarked()) }
	p.until("what is odd is remarked", same)
	first := map[string]time.Time{}
	for _, r := range askRemarks(t, p.x) {
		first[filepath.Base(r.Path)] = r.FirstSeen
	}

	// Another file of the patient's comes, and these are not read again.
	p.order(p.young, 5, "20240601110000000")
	p.until("the new one is read", func() bool { return len(p.held()) == 9 })
	if !same() {
		t.Errorf("not read again: %v", p.remarked())
	}

	p.s.Close()
	must(t, p.open())
	must(t, p.s.walk(t.Context()))
	if !same() {
		t.Errorf("after a stop: %v", p.remarked())
	}

	back := p.leave(p.old)
	p.order(p.young, 6, "20240601110000000")
	p.until("the others are read without it", func() bool { return len(p.held()) == 10 })
	if !same() {
		t.Errorf("of a root that is away: %v", p.remarked())
	}
	for _, r := range askRemarks(t, p.x) {
		if r.Root == p.old.Root && !r.LastSeen.Before(lastRead(t, p.x)) {
			t.Errorf("%s: last seen %v, while its root was away", r.Path, r.LastSeen)
		}
	}
	back()
	p.until("it is seen again", func() bool {
		return same() && !slices.ContainsFunc(askRemarks(t, p.x), func(r index.Remarked) bool { return r.LastSeen.Before(lastRead(t, p.x)) })
	})
	for _, r := range askRemarks(t, p.x) {
		if !r.FirstSeen.Equal(first[filepath.Base(r.Path)]) {
			t.Errorf("%s: first seen %v, was %v", r.Path, r.FirstSeen, first[filepath.Base(r.Path)])
		}
	}

	// Mended in place, deleted, and replaced: by one that is odd in another way.
	_, sound := storagetest.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000102", "20240601100000000", "試験錠")
	p.old.Write(mended, sound)
	p.young.Rename(deleted, ssmix2.Deleted)
	p.young.Rename(replaced, ssmix2.Superseded)
	n, body := storagetest.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000104", "20240601120000000", "試験錠")
	n.Department = "X9"
	p.young.Write(n, body)
	want = map[string]string{unchanged.String(): in(p.old), n.String(): filepath.Base(p.young.Root) + " department"}
	p.until("what is left is remarked", same)

	// An index that is made anew says the same.
	x, err := index.Open(t.Context(), dbtest.SQLite(t, migrate.Gateway), time.Now)
	must(t, err)
	p.s.Close()
	p.x = x
	must(t, p.open())
	must(t, p.s.walk(t.Context()))
	if len(p.remarked()) > 0 {
		t.Errorf("of nobody who is linked: %v", p.remarked())
	}
	claim := wire.Claim{PatientID: linkedID, Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
	if v, err := x.Link(t.Context(), claim); err != nil || !v.Match {
		t.Fatalf("Link = %+v, %v", v, err)
	}
	p.s.Soon(linkedID)
	p.until("it is read into a new index", same)
}

func lastRead(t *testing.T, x *index.Index) time.Time {
	t.Helper()
	l, err := x.LinkedPatient(t.Context(), x.Reader(), linkedID)
	must(t, err)
	return l.ReadAt
}

// The demographics of a patient who is not linked are read, and so are remarked on; with
// the file the remark is mended.
func TestRemarks_onDemographics(t *testing.T) {
	t.Parallel()
	p := newParted(t)
	nameless := storagetest.Hanako
	nameless.FamilyKana, nameless.GivenKana = "", ""
	bad := p.old.Demographics(otherID, nameless, "20240601090000000")
	want := map[string]string{bad.String(): filepath.Base(p.old.Root) + " missing"}
	p.until("it is remarked", func() bool { return cmp.Equal(want, p.remarked()) })
	back := p.leave(p.old)
	p.until("its root is away", func() bool { return cmp.Equal(want, p.remarked()) })
	back()
	if !cmp.Equal(want, p.remarked()) {
		t.Errorf("root is back: %v", p.remarked())
	}
	p.old.Rename(bad, ssmix2.Superseded)
	p.old.Demographics(otherID, storagetest.Hanako, "20240602090000000")
	p.until("it is mended", func() bool { return len(p.remarked()) == 0 })
}

// What an older program has read was not remarked on: it is read again, and the center is
// told nothing of it.
func TestRemarks_ofAnIndexOfAnOlderProgram(t *testing.T) {
	t.Parallel()
	p := newParted(t)
	n := misnumbered(p.old, linkedID, "000000000000101", "20240601100000000")
	want := map[string]string{n.String(): filepath.Base(p.old.Root) + " order_number"}
	p.until("it is remarked", func() bool { return cmp.Equal(want, p.remarked()) })
	p.s.Close()
	entries, err := p.x.Entries(t.Context(), p.x.Reader(), linkedID)
	must(t, err)
	for i := range entries { // as a record of an older coding is read
		entries[i].MTime, entries[i].Remarks = -1, ""
	}
	must(t, p.x.Put(t.Context(), index.Reading{ID: linkedID, Uncertain: true, Whole: true, Entries: entries}))
	seq, err := p.x.Seq(t.Context())
	must(t, err)
	if len(p.remarked()) != 0 {
		t.Fatalf("the older index has remarks: %v", p.remarked())
	}
	must(t, p.open())
	must(t, p.s.walk(t.Context()))
	if diff := cmp.Diff(want, p.remarked()); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
	if now, err := p.x.Seq(t.Context()); err != nil || now != seq {
		t.Errorf("the log went from %d to %d, %v", seq, now, err)
	}
}

// A storage in which everything has the same remark: a writer's habit. Neither the
// database nor a page of the list grows out of what it would be without.
func TestRemarks_onEveryFileOfAStorage(t *testing.T) {
	t.Parallel()
	const patients, each = 20, 1000
	st := storagetest.New(t)
	d := dbtest.SQLite(t, migrate.Gateway)
	x, err := index.Open(t.Context(), d, time.Now)
	must(t, err)
	var ids []ident.LocalPatientID
	for i := range patients {
		id := ident.LocalPatientID(fmt.Sprintf("%010d", 12345+i))
		ids = append(ids, id)
		st.Demographics(id, storagetest.Hanako, "20240601090000000")
		for k := range each {
			misnumbered(st, id, fmt.Sprintf("%015d", k), "20240601100000000")
		}
	}
	s, err := Open(t.Context(), Config{Roots: []string{st.Root}, Workers: 4, Poll: time.Hour, Budget: 10_000, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}, x)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	must(t, s.walk(t.Context()))
	for _, id := range ids {
		if v, err := x.Link(t.Context(), wire.Claim{PatientID: id, Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}); err != nil || !v.Match {
			t.Fatalf("Link = %+v, %v", v, err)
		}
		must(t, s.Refresh(t.Context(), id, nil))
	}

	totals, err := x.RemarkTotals(t.Context())
	must(t, err)
	want := index.RemarkTotals{Files: patients * each, Kinds: []index.RemarkCount{{Kind: clinical.RemarkOrderNumber, Files: patients * each}}}
	if diff := cmp.Diff(want, totals); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
	if coded := count(t, d, `SELECT SUM(LENGTH(items)) FROM record`); coded > 80*patients*each {
		t.Errorf("the records take %d bytes, %d a document", coded, coded/patients/each)
	}
	if rows := count(t, d, `SELECT COUNT(*) FROM record_remark`); rows != 2*patients {
		t.Errorf("%d rows beside the records", rows)
	}

	for name, q := range map[string]index.RemarkQuestion{
		"first": {Limit: 50}, "last": {Offset: patients*each - 50, Limit: 50}, "of a kind": {Kind: clinical.RemarkOrderNumber, Offset: 12_340, Limit: 50},
	} {
		// Other tests run beside and allocate as well: what it takes is the least of many tries.
		least := uint64(math.MaxUint64)
		for try := 0; try < 50 && least > 8<<20; try++ {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			rows, total, err := x.AskRemarks(t.Context(), q)
			runtime.ReadMemStats(&after)
			must(t, err)
			if len(rows) != 50 || total != patients*each {
				t.Fatalf("%s: %d of %d files", name, len(rows), total)
			}
			least = min(least, after.TotalAlloc-before.TotalAlloc)
		}
		if least > 8<<20 { // reading all records takes many times as much
			t.Errorf("%s: a page took %d KB", name, least>>10)
		}
	}
	// All pages together give every file once.
	seen := map[string]bool{}
	for offset := 0; offset < patients*each; offset += 777 {
		rows, _, err := x.AskRemarks(t.Context(), index.RemarkQuestion{Offset: offset, Limit: 777})
		must(t, err)
		for _, r := range rows {
			seen[r.Path] = true
		}
	}
	if len(seen) != patients*each {
		t.Errorf("the pages have %d files, want %d", len(seen), patients*each)
	}
}

func count(t *testing.T, d *db.DB, query string) (n int) {
	t.Helper()
	must(t, d.Reader().QueryRowContext(t.Context(), query).Scan(&n))
	return n
}
