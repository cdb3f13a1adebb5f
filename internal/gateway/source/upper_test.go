package source

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// A folder above the patients' is moved away, or another takes its place: the operating
// system tells nothing of what lies below it, and it is noticed in the next round.
func TestUpper_movedAway(t *testing.T) {
	for name, tc := range map[string]struct {
		level   string // that is moved
		another bool   // and another put in its place, of the same times
		want    int
	}{
		"of the first level":            {level: "000"},
		"of the second level":           {level: "000/001"},
		"of the first level, replaced":  {level: "000", another: true, want: 3},
		"of the second level, replaced": {level: "000/001", another: true, want: 3},
	} {
		t.Run(name, func(t *testing.T) {
			st, restored := storagetest.New(t), storagetest.New(t)
			st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
			prescribe(st, 1)
			restored.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
			prescribe(restored, 1)
			prescribe(restored, 2)
			s, x := linkedOn(t, st)
			for range 3 {
				s.settle(t.Context())
			}
			s.Budget = 1 // no thorough look comes round to the patient by the way
			at := filepath.Join(st.Root, tc.level)
			was, err := os.Stat(at)
			must(t, err)
			must(t, os.Rename(at, filepath.Join(filepath.Dir(at), "old")))
			if tc.another {
				must(t, os.Rename(filepath.Join(restored.Root, tc.level), at))
				must(t, os.Chtimes(at, was.ModTime(), was.ModTime()))
			}
			s.turnFiles, s.turnOther = 0, 0
			for range 5 {
				s.settle(t.Context())
				time.Sleep(100 * time.Millisecond)
			}
			if got := documents(t, x); got != tc.want {
				t.Errorf("%d documents, want %d", got, tc.want)
			}
		})
	}
}

// What is listed of a folder above goes with it.
func TestUpper_goneWithItsRefusals(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	must(t, os.MkdirAll(filepath.Join(st.Root, "999", "000", "0000000007"), 0o755))
	s, x := linkedOn(t, st)
	if got := reasonList(t, x); len(got) != 1 || got[0] != index.ReasonPlace {
		t.Fatalf("unreadable = %v, want a folder in the wrong place", got)
	}
	must(t, os.RemoveAll(filepath.Join(st.Root, "999")))
	s.settle(t.Context())
	if got := reasonList(t, x); len(got) != 0 {
		t.Errorf("still listed: %v", got)
	}
}

// What the index could not take in of a root is told to it again.
func TestUpper_indexThatFails(t *testing.T) {
	st := storagetest.New(t)
	d := dbtest.SQLite(t, migrate.Gateway)
	x, err := index.Open(t.Context(), d, time.Now)
	must(t, err)
	s, err := Open(t.Context(), Config{Roots: []string{st.Root}, Workers: 2, Poll: time.Second, Budget: 10_000, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}, x)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	must(t, s.walk(t.Context()))
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	must(t, os.MkdirAll(filepath.Join(st.Root, "999", "000", "0000000007"), 0o755))
	exec := func(sql string) {
		t.Helper()
		_, err := d.Writer().ExecContext(t.Context(), sql)
		must(t, err)
	}
	for _, table := range []string{"setting", "unreadable"} {
		exec("CREATE TRIGGER full_" + table + " BEFORE INSERT ON " + table + " BEGIN SELECT RAISE(ABORT, 'disk full'); END")
	}
	s.round(t.Context())
	if noted, err := x.VolumeNoted(t.Context(), index.VolumeHolds, st.Root); err != nil || noted || len(reasonList(t, x)) != 0 {
		t.Fatalf("noted %v, %v; listed %v: the index did not fail", noted, err, reasonList(t, x))
	}
	exec("DROP TRIGGER full_setting")
	exec("DROP TRIGGER full_unreadable")
	s.round(t.Context())
	if noted, err := x.VolumeNoted(t.Context(), index.VolumeHolds, st.Root); err != nil || !noted {
		t.Errorf("that the root has held patients is noted: %v, %v", noted, err)
	}
	if got := reasonList(t, x); len(got) != 1 || got[0] != index.ReasonPlace {
		t.Errorf("listed: %v", got)
	}
}

// A document that was filed above its patient's folder is listed; what administrators leave
// there is not.
func TestUpper_documentsInTheWrongPlace(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	name, body := storagetest.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000001", "20240601100000000", "試験錠")
	want := map[string]index.Reason{}
	for _, dir := range []string{".", "000", "000/001"} {
		must(t, os.MkdirAll(filepath.Join(st.Root, dir), 0o755))
		must(t, os.WriteFile(filepath.Join(st.Root, dir, name.String()), body, 0o644))
		must(t, os.WriteFile(filepath.Join(st.Root, dir, "readme.txt"), nil, 0o644))
		want[filepath.Join(dir, name.String())] = index.ReasonPlace
	}
	_, x := linkedOn(t, st)
	if diff := cmp.Diff(want, reasons(t, x)); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
}
