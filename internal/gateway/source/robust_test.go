package source

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reasons gives what is unreadable below the patient's day as "path reason".
func reasons(t *testing.T, x *index.Index) map[string]index.Reason {
	t.Helper()
	list, err := x.Unreadable(t.Context(), 1000)
	must(t, err)
	out := map[string]index.Reason{}
	for _, u := range list {
		out[strings.TrimPrefix(u.Path, "000/001/"+string(linkedID)+"/")] = u.Reason
	}
	return out
}

// reasonList gives the reasons of all that is unreadable.
func reasonList(t *testing.T, x *index.Index) (out []index.Reason) {
	t.Helper()
	list, err := x.Unreadable(t.Context(), 100)
	must(t, err)
	for _, u := range list {
		out = append(out, u.Reason)
	}
	return out
}

func documents(t *testing.T, x *index.Index) int {
	t.Helper()
	n, err := x.DocumentCount(t.Context())
	must(t, err)
	return n
}

// prescribe writes the n-th prescription of the linked patient.
func prescribe(st *storagetest.Storage, n int) ssmix2.Name {
	return st.Prescription(linkedID, storagetest.Hanako, "20240601", fmt.Sprintf("%015d", n), "20240601100000000", "試験錠")
}

// Whatever lies where a file or a folder should: it is named and neither followed nor
// waited for, and what is right beside it is read.
func TestWalk_refusesOddities(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	dir := filepath.Dir(st.Path(prescribe(st, 1)))
	long := strings.Repeat("n", 255)
	must(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	must(t, os.Symlink("../..", filepath.Join(dir, "up")))
	must(t, os.WriteFile(filepath.Join(dir, "\xff\xfe\nname"), nil, 0o644))
	must(t, os.WriteFile(filepath.Join(dir, long), nil, 0o644))
	must(t, os.MkdirAll(filepath.Join(dir, strings.Repeat("deep/", 500)), 0o755))
	socket, err := net.Listen("unix", filepath.Join(dir, "socket"))
	must(t, err)
	defer socket.Close()
	sparse := storagetest.Name(linkedID, "20240601", ssmix2.PrescriptionOrder, "000000000000009", "20240601103000000")
	st.Write(sparse, nil)
	must(t, os.Truncate(st.Path(sparse), 2<<30))
	old := time.Now().Add(-time.Hour)
	must(t, os.Chtimes(st.Path(sparse), old, old))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, x := linkedOn(t, st)
	runtime.ReadMemStats(&after)
	day := "20240601/OMP-01/"
	want := map[string]index.Reason{
		day + "loop": index.ReasonNotRegular, day + "up": index.ReasonNotRegular, day + "deep": index.ReasonNotRegular,
		day + "socket": index.ReasonNotRegular, day + `\xff\xfe` + "\nname": index.ReasonName, day + long: index.ReasonName,
		day + sparse.String(): index.ReasonTooLarge,
	}
	if diff := cmp.Diff(want, reasons(t, x)); diff != "" {
		t.Errorf("unreadable (-want +got):\n%s", diff)
	}
	if got := documents(t, x); got != 2 {
		t.Errorf("documents = %d, want allergies and the prescription", got)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 200<<20 {
		t.Errorf("%d MiB were allocated: was the file of 2 GiB read?", grown>>20)
	}
	if s.State().Waiting != 0 {
		t.Error("something is waited for")
	}
}

// The index is on a disk that is full: following goes on, and nothing is lost once there
// is room.
func TestIndexWithoutRoom(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	d := dbtest.SQLite(t, migrate.Gateway)
	x, err := index.Open(t.Context(), d, time.Now)
	must(t, err)
	limit := func(pages int) {
		t.Helper()
		_, err := d.Writer().ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		must(t, err)
	}
	s, err := Open(t.Context(), Config{Roots: []string{st.Root}, Workers: 2, Poll: 20 * time.Millisecond, Budget: 10_000, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}, x)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	must(t, s.walk(t.Context()))
	claim := wire.Claim{PatientID: linkedID, Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
	if v, err := x.Link(t.Context(), claim); err != nil || !v.Match {
		t.Fatalf("Link = %+v, %v", v, err)
	}
	if _, err := d.Writer().ExecContext(t.Context(), "VACUUM"); err != nil { // no page is free
		t.Fatal(err)
	}
	limit(1) // SQLite makes of it as many as there are
	for n := range 100 {
		prescribe(st, n)
	}
	s.Soon(linkedID)
	s.readAllDue(t.Context())
	if st := s.State(); !strings.Contains(st.Trouble.Said, errIndex.Error()) || st.Stuck != st.Trouble || st.Stuck.Cause != cause.DiskFull || st.Waiting != 1 {
		t.Fatalf("state = %+v, want trouble with the index and a patient who waits", st)
	}
	limit(1 << 20)
	for end := time.Now().Add(10 * time.Second); documents(t, x) != 101 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		s.round(t.Context())
		s.readAllDue(t.Context())
	}
	if got := s.State(); documents(t, x) != 101 || got.Trouble.Said != "" || got.Stuck.Said != "" {
		t.Errorf("%d documents, state %+v after there was room", documents(t, x), got)
	}
}

// onShare makes a source believe that its volumes are shares.
func onShare(s *Source) {
	for _, v := range s.volumes {
		v.kind = Share
	}
}

// The clock may be set, and a share's server may have another: a change that leaves the
// time of a file or folder as it was is found all the same, and looking comes to an end.
func TestFollowing_clocksAndTimes(t *testing.T) {
	now := time.Now().Truncate(2 * time.Second)
	for _, tc := range []struct {
		name  string
		share bool
		skew  time.Duration   // of the times of files against the clock
		jumps []time.Duration // of the clock, between the two changes
	}{
		{name: "this machine's disk, times of two seconds"},
		{name: "clock set back", jumps: []time.Duration{-48 * time.Hour}},
		{name: "clock set forward and back", jumps: []time.Duration{72 * time.Hour, -72 * time.Hour}},
		{name: "files of the future", skew: 3 * time.Hour},
		{name: "share whose clock is behind", share: true, skew: -5 * time.Minute},
		{name: "share whose clock is ahead", share: true, skew: 3 * time.Hour},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			st := storagetest.New(t)
			st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
			var jump atomic.Int64
			x, err := index.Open(t.Context(), dbtest.SQLite(t, migrate.Gateway), time.Now)
			must(t, err)
			s, err := Open(t.Context(), Config{
				Roots: []string{st.Root}, Workers: 2, Poll: time.Second, Budget: 10_000, Log: slog.New(slog.DiscardHandler),
				Clock: func() time.Time { return time.Now().Add(time.Duration(jump.Load())) },
			}, x)
			must(t, err)
			t.Cleanup(func() { s.Close() })
			if tc.share {
				onShare(s)
			}
			must(t, s.walk(t.Context()))
			claim := wire.Claim{PatientID: linkedID, Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
			if v, err := x.Link(t.Context(), claim); err != nil || !v.Match {
				t.Fatalf("Link = %+v, %v", v, err)
			}
			s.Soon(linkedID)
			// Both changes leave the same time, as a coarse file system does.
			write := func(n int) {
				path := st.Path(prescribe(st, n))
				at := now.Add(tc.skew)
				for _, p := range []string{path, filepath.Dir(path), filepath.Dir(filepath.Dir(path))} {
					must(t, os.Chtimes(p, at, at))
				}
			}
			write(1)
			s.settle(t.Context())
			if got := documents(t, x); got != 2 {
				t.Fatalf("documents = %d after the first change", got)
			}
			write(2)
			for _, j := range tc.jumps {
				jump.Add(int64(j))
				s.settle(t.Context())
			}
			end := time.Now().Add(15 * time.Second)
			for documents(t, x) != 3 && time.Now().Before(end) {
				time.Sleep(100 * time.Millisecond)
				s.settle(t.Context())
			}
			if got := documents(t, x); got != 3 {
				t.Fatalf("documents = %d, the second change was lost", got)
			}
			still := 0
			for still < 5 && time.Now().Before(end) {
				time.Sleep(300 * time.Millisecond)
				s.round(t.Context())
				if s.State().Waiting == 0 {
					still++
				} else {
					still = 0
				}
				s.readAllDue(t.Context())
			}
			if still < 5 {
				t.Error("the patient is read again and again though nothing happens")
			}
		})
	}
}

// Empty folders cost a bounded memory each, and a round looks at no more of them than
// its budget says.
func TestEmptyFolders(t *testing.T) {
	const folders = 3_000
	root := t.TempDir()
	for i := range folders {
		id := fmt.Sprintf("%010d", i*333_337)
		must(t, os.MkdirAll(filepath.Join(root, id[:3], id[3:6], id), 0o755))
	}
	x, err := index.Open(t.Context(), dbtest.SQLite(t, migrate.Gateway), time.Now)
	must(t, err)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s, err := Open(t.Context(), Config{Roots: []string{root}, Workers: 4, Poll: time.Second, Budget: 400, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}, x)
	must(t, err)
	defer s.Close()
	must(t, s.walk(t.Context()))
	runtime.GC()
	runtime.ReadMemStats(&after)
	if got := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / folders; got > 600 {
		t.Errorf("%d bytes for each empty folder, with the one that it lies in", got)
	}
	before1, upper := s.turnOther, s.volumes[0].turn
	s.round(t.Context())
	if got := s.turnOther - before1; got != 100 {
		t.Errorf("a round looked at %d patients of a budget of 100", got)
	}
	if got := s.volumes[0].turn - upper; got > 400 {
		t.Errorf("a round looked at %d folders above of a budget of 400", got)
	}
	if n := s.State().Roots[0].Patients; n != 0 {
		t.Errorf("%d patients in empty folders", n)
	}
}

// A disk that was made anew, or another share, under the root's name is not a storage
// without patients; and what changed while the storage was away is found when it is back.
func TestRoot_replacedAndBack(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	gone := prescribe(st, 1)
	s, x := linkedOn(t, st)
	away := st.Root + "-away"
	must(t, os.Rename(st.Root, away))
	s.settle(t.Context())
	if got := s.State(); got.Trouble.Said == "" || got.Roots[0].Trouble.Said == "" {
		t.Errorf("state without a root = %+v", got)
	}
	must(t, os.MkdirAll(filepath.Join(st.Root, "lost+found"), 0o700))
	for range 3 {
		s.Soon(linkedID)
		s.settle(t.Context())
	}
	if got := documents(t, x); got != 2 || s.State().Trouble.Said == "" {
		t.Errorf("documents = %d, state %+v on a fresh disk", got, s.State())
	}
	must(t, os.RemoveAll(st.Root))
	must(t, os.Rename(away, st.Root))
	st.Rename(gone, ssmix2.Deleted)
	prescribe(st, 2)
	prescribe(st, 3)
	for end := time.Now().Add(10 * time.Second); documents(t, x) != 3 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		s.settle(t.Context())
	}
	if got := documents(t, x); got != 3 || s.State().Trouble.Said != "" {
		t.Errorf("documents = %d, state %+v after it came back", got, s.State())
	}
}

// What may not be read is listed, and read once it may be: its time does not change then.
func TestPermission_deniedThenGranted(t *testing.T) {
	if os.Getuid() == 0 { // nothing is denied to the superuser
		asNobody(t)
		return
	}
	for name, path := range map[string]func(*storagetest.Storage, ssmix2.Name) string{
		"file":   func(st *storagetest.Storage, n ssmix2.Name) string { return st.Path(n) },
		"folder": func(st *storagetest.Storage, n ssmix2.Name) string { return filepath.Dir(st.Path(n)) },
		"patient": func(st *storagetest.Storage, n ssmix2.Name) string {
			return filepath.Dir(filepath.Dir(filepath.Dir(st.Path(n))))
		},
		"above patients": func(st *storagetest.Storage, n ssmix2.Name) string { return filepath.Join(st.Root, "000", "001") },
	} {
		t.Run(name, func(t *testing.T) {
			st := storagetest.New(t)
			st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
			denied := path(st, prescribe(st, 1))
			s, x := linkedOn(t, st)
			must(t, os.Chmod(denied, 0))
			t.Cleanup(func() { os.Chmod(denied, 0o755) })
			s.Soon(linkedID)
			s.settle(t.Context())
			must(t, os.Chmod(denied, 0o755))
			for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
				s.settle(t.Context())
				if documents(t, x) == 2 && len(reasons(t, x)) == 0 {
					break
				}
			}
			if got := reasons(t, x); documents(t, x) != 2 || len(got) != 0 {
				t.Errorf("after it was granted: %d documents, unreadable %v", documents(t, x), got)
			}
		})
	}
}

// The order in which volumes are named makes no difference.
func TestVolumes_inAnyOrder(t *testing.T) {
	a, b := storagetest.New(t), storagetest.New(t)
	a.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	old := prescribe(a, 1)
	a.Rename(old, ssmix2.Superseded)
	b.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000001", "20240601110000000", "別の錠")
	b.Lab(linkedID, storagetest.Hanako, "20240602", "000000000000002", "20240602110000000", "7.0", "H")
	var all []map[string][]string
	for _, roots := range [][]string{{a.Root, b.Root}, {b.Root, a.Root}} {
		s, x := openOn(t, roots)
		must(t, s.walk(t.Context()))
		claim := wire.Claim{PatientID: linkedID, Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
		if v, err := x.Link(t.Context(), claim); err != nil || !v.Match {
			t.Fatalf("Link = %+v, %v", v, err)
		}
		s.Soon(linkedID)
		s.settle(t.Context())
		all = append(all, contents(t, x))
	}
	if diff := cmp.Diff(all[0], all[1]); diff != "" {
		t.Errorf("index (-one order +the other):\n%s", diff)
	}
	if len(all[0]) != 4 {
		t.Errorf("index = %v, want patients and three documents", all[0])
	}
}

// What is remembered of a patient comes back as it was.
func TestMemory(t *testing.T) {
	id := linkedID
	seen := []stamp{
		{volume: 0, path: ".", time: timeYoung},
		{volume: 0, path: "20240601", time: 1_717_200_000_123_456_789},
		{volume: 0, path: "20240601/OMP-01", time: 1_717_200_000_223_456_789},
		{volume: 3, path: "-/ADT-00", time: timeAbsent},
		{volume: 1, path: "-/ADT-00/" + string(id) + "_-_ADT-00_x", time: -5, size: 1 << 40, file: true, sound: true},
		{volume: 1, path: "a", time: timeRefused, file: true},
	}
	m := remembered(id, []int{3, 0, 0, 700}, seen)
	got := slices.Collect(m.stamps(id, 4))
	if diff := cmp.Diff(seen, got, cmp.AllowUnexported(stamp{})); diff != "" {
		t.Errorf("stamps (-want +got):\n%s", diff)
	}
	if n, _ := m.documents(4); !slices.Equal(n, []int{3, 0, 0, 700}) {
		t.Errorf("documents = %v", n)
	}
	if !bytes.Contains([]byte(m), []byte("/OMP-01")) || bytes.Count([]byte(m), []byte("20240601")) != 1 {
		t.Errorf("%q repeats what is shared", m)
	}
}
