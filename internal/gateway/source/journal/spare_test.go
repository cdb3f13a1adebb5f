package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// makeSpares has the journal work until all its spares lie ready.
func makeSpares(t *testing.T, j *Journal) {
	t.Helper()
	add(t, j, "the first")
	rest(t, j)
	if err := j.Rest(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "spares", func() bool { return len(spares(t, j)) == maxSpares })
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for begin := time.Now(); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("no %s", what)
		}
	}
}

// spares gives the spares that lie ready, which hold nothing but zeros.
func spares(t *testing.T, j *Journal) []string {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, name := range j.spares {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(body)) != j.cfg.SegmentBytes || len(bytes.Trim(body, "\x00")) > 0 {
			t.Errorf("%s has %d bytes, want %d zeros: %q", name, len(body), j.cfg.SegmentBytes, bytes.Trim(body, "\x00"))
		}
	}
	return append([]string(nil), j.spares...)
}

// A segment that was a spare is written over, read, found again after a crash, and is a
// spare again with nothing of it left.
func TestSpare_isUsedAgain(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir, SegmentBytes: 1000}, nil)
	makeSpares(t, j)
	long := strings.Repeat("long ", 300) // beyond the end of its segment
	add(t, j, "a", "b", long)
	names := segments(t, dir)
	if len(names) != 1 || len(spares(t, j)) != maxSpares-1 {
		t.Fatalf("segments %v and %d spares, want one made of a spare", names, len(spares(t, j)))
	}
	crashed := t.TempDir()
	if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b", long}, rest(t, j)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if err := j.Rest(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "spare again", func() bool { return len(spares(t, j)) == maxSpares })
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != maxSpares {
		t.Errorf("left behind: %v, %v", left, err)
	}

	again := open(t, Config{Dir: crashed, SegmentBytes: 1000}, nil)
	if n := len(spares(t, again)); n != maxSpares-1 {
		t.Errorf("%d spares after a start, want %d", n, maxSpares-1)
	}
	add(t, again, "c")
	if diff := cmp.Diff([]string{"a", "b", long, "c"}, rest(t, again)); diff != "" {
		t.Errorf("after a crash (-want +got):\n%s", diff)
	}
	if d := again.State().Damage; len(d) > 0 {
		t.Errorf("damage = %+v", d)
	}
}

// Whatever part of the last group a crash left in a spare costs that group alone, and no
// byte of it is mistaken for a record.
func TestSpare_tornGroup(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir, SegmentBytes: 1000}, nil)
	makeSpares(t, j)
	add(t, j, "a", "b")
	name := segments(t, dir)[0]
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b := record("b")
	end := len(bytes.TrimRight(whole, "\x00"))
	for cut := end - int(b.size()); cut < end; cut++ {
		torn := bytes.Clone(whole)
		clear(torn[cut:])
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), torn, 0o600); err != nil {
			t.Fatal(err)
		}
		j := open(t, Config{Dir: dir, SegmentBytes: 1000}, nil)
		add(t, j, "c")
		if diff := cmp.Diff([]string{"a", "c"}, rest(t, j)); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
		}
		if n, err := j.Damaged(); n != 0 || err != nil {
			t.Errorf("cut at %d: %d stretches of acknowledged messages, %v, of one that nobody acknowledged", cut, n, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A file that was on its way to be a spare may hold anything and is removed.
func TestOpen_removesWhatIsNoSpare(t *testing.T) {
	dir := t.TempDir()
	stale := make([]byte, 1000)
	r := record("of another life")
	copy(stale, r.append(nil))
	if err := os.WriteFile(filepath.Join(dir, "4.spare"), stale, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int{"1.unready": 1000, "2.spare": 999, "3.spare": 1000} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, Config{Dir: dir, SegmentBytes: 1000}, nil)
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if diff := cmp.Diff([]string{filepath.Join(dir, "3.spare")}, left); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// A disk that has no room for spares still takes messages, and nothing unready is left.
func TestSpare_noRoom(t *testing.T) {
	dir := t.TempDir()
	tried := make(chan struct{}, 1)
	j := open(t, Config{Dir: dir, SegmentBytes: 100, fail: func(step string) error {
		if step != "prepare" {
			return nil
		}
		select {
		case tried <- struct{}{}:
		default:
		}
		return syscall.ENOSPC
	}}, nil)
	add(t, j, "a", "b")
	<-tried
	add(t, j, "c", "d")
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, rest(t, j)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if err := errors.Join(j.Rest(), j.Close()); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Spares take no room that must stay free, are given back when others take it, and made
// again when there is some.
func TestSpare_leavesRoom(t *testing.T) {
	const size, total, minFree = 1000, 20_000, 16_500 // room for three
	dir := t.TempDir()
	var others, least atomic.Int64 // bytes of others, and the least that was free
	least.Store(total)
	taken := func() (n int64) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return 0
		}
		for _, e := range entries {
			if info, err := e.Info(); err == nil {
				n += info.Size()
			}
		}
		return n
	}
	free := func(string) (int64, error) {
		now := taken()
		for again := taken(); again != now; again = taken() { // a file was being renamed meanwhile
			now = again
		}
		n := total - others.Load() - now
		least.Store(min(n, least.Load()))
		return n, nil
	}
	j := open(t, Config{Dir: dir, SegmentBytes: size, MinFree: minFree, free: free}, nil)
	settle := func(want int) {
		t.Helper()
		add(t, j, "a")
		rest(t, j)
		if err := j.Rest(); err != nil {
			t.Fatal(err)
		}
		waitFor(t, fmt.Sprint(want, " spares and nothing else"), func() bool {
			left, err := filepath.Glob(filepath.Join(dir, "*"))
			return err == nil && len(left) == want && len(spares(t, j)) == want
		})
	}
	settle(3)
	if n := least.Load(); n < minFree {
		t.Errorf("%d bytes were free, want %d at least", n, minFree)
	}
	if n, err := j.GiveBack(); n != 0 || err != nil {
		t.Errorf("%d given back, %v, of a disk with room", n, err)
	}
	others.Store(1200) // 15,800 are free
	if n, err := j.GiveBack(); n != 1 || err != nil || len(spares(t, j)) != 2 {
		t.Errorf("%d given back, %v, want one", n, err)
	}
	add(t, j, "in a segment that was a spare")
	others.Store(5000)
	if n, err := j.GiveBack(); n != 1 || err != nil {
		t.Errorf("%d given back, %v, want what there was", n, err)
	}
	settle(0)
	others.Store(0)
	settle(3)
}

// A crash may bring any pages of the last group to the medium. What stands behind a hole
// in it was acknowledged to nobody and will be sent again, after what the hole has
// swallowed; a hole in front of a later group is damage, and costs what it hit.
func TestOpen_holeInAGroup(t *testing.T) {
	for name, tc := range map[string]struct {
		groups []uint64 // of records a, b, c …
		hole   int
		want   []string
		lost   int
	}{
		"in the last group":                   {[]uint64{1, 2, 2, 2}, 2, []string{"a", "b"}, 0},
		"at its begin":                        {[]uint64{1, 2, 2, 2}, 1, []string{"a"}, 0},
		"in the only group":                   {[]uint64{1, 1, 1}, 0, nil, 0},
		"in a group before it":                {[]uint64{1, 1, 1, 4, 4}, 1, []string{"a", "c", "d", "e"}, 1},
		"at the end of a group":               {[]uint64{1, 1, 3, 3}, 1, []string{"a", "c", "d"}, 1},
		"records of a version without groups": {[]uint64{0, 0, 0}, 1, []string{"a", "c"}, 1},
	} {
		for kind, size := range map[string]int64{"grown": 0, "prepared": 2000} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				dir := t.TempDir()
				var body []byte
				for i, group := range tc.groups {
					r := record(string(rune('a' + i)))
					r.Seq, r.group = uint64(i+1), group
					from := len(body)
					if body = r.append(body); i == tc.hole {
						clear(body[from:])
					}
				}
				if err := os.WriteFile(filepath.Join(dir, "0000000000000001"+segmentSuffix), append(body, make([]byte, 2000-len(body))...), 0o600); err != nil {
					t.Fatal(err)
				}
				var found []string
				j := open(t, Config{Dir: dir, SegmentBytes: size}, func(r Record) { found = append(found, string(r.Body)) })
				if diff := cmp.Diff(tc.want, found); diff != "" {
					t.Errorf("found (-want +got):\n%s", diff)
				}
				add(t, j, "new")
				if diff := cmp.Diff(append(tc.want, "new"), rest(t, j)); diff != "" {
					t.Errorf("records (-want +got):\n%s", diff)
				}
				if n, err := j.Damaged(); err != nil || n != tc.lost || len(j.State().Damage) != 1 {
					t.Errorf("%d stretches of acknowledged messages, %v, and %+v", n, err, j.State().Damage)
				}
			})
		}
	}
}

// prepared writes a segment into a folder of its own, over zeros.
func prepared(t *testing.T, size int64, body []byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	whole := append(bytes.Clone(body), make([]byte, size-int64(len(body)))...)
	if err := os.WriteFile(filepath.Join(dir, "0000000000000001"+segmentSuffix), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// grouped gives records of one group.
func grouped(first uint64, bodies ...string) (out []byte, starts []int) {
	for i, b := range bodies {
		r := record(b)
		r.Seq, r.group = first+uint64(i), first
		starts = append(starts, len(out))
		out = r.append(out)
	}
	return out, starts
}

// What a crash left of the newest record is told from one that was whole and rotted: a disk
// writes sectors, so what it did not write to its end has one that is zeros.
func TestOpen_newestRecordThatRots(t *testing.T) {
	const size = 8192
	first, _ := grouped(1, "a")
	second, _ := grouped(2, strings.Repeat("newest ", 300))
	body := append(first, second...)
	begin, end := len(first), len(body)
	lost := func(body []byte) int {
		t.Helper()
		var found []string
		j := open(t, Config{Dir: prepared(t, size, body), SegmentBytes: size}, func(r Record) { found = append(found, string(r.Body)) })
		if diff := cmp.Diff([]string{"a"}, found); diff != "" {
			t.Fatalf("records (-want +got):\n%s", diff)
		}
		n, err := j.Damaged()
		if err != nil || len(j.State().Damage) > 1 {
			t.Fatalf("%v, damage %+v", err, j.State().Damage)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for at := begin; at < end; at += 1 + (at-begin)/20 {
		if length := at - begin; length >= 8 && length < headLen {
			continue // a length that has rotted may say that more was to come
		}
		rotten := bytes.Clone(body)
		rotten[at] ^= 0x40
		if n := lost(rotten); n != 1 {
			t.Errorf("byte %d of the record has rotted: %d stretches of acknowledged messages", at-begin, n)
		}
	}
	sectors := (end + sectorBytes - 1) / sectorBytes
	for written := range 1<<sectors - 1 { // a bit for each sector that the crash let through
		torn := bytes.Clone(body)
		for i := range sectors {
			if written>>i&1 == 0 {
				clear(torn[max(begin, i*sectorBytes):min(end, (i+1)*sectorBytes)])
			}
		}
		if n := lost(torn); n != 0 {
			t.Errorf("of %d sectors %b were written: %d stretches of acknowledged messages, which nobody acknowledged", sectors, written, n)
		}
	}
}

// One record of the newest group that has rotted costs itself, not the group.
func TestOpen_rotInTheNewestGroup(t *testing.T) {
	const size = 4096
	long := strings.Repeat("c", 600)
	body, starts := grouped(1, "a", "b", long, "d")
	for i, want := range [][]string{{"b", long, "d"}, {"a", long, "d"}, {"a", "b", "d"}} {
		rotten := bytes.Clone(body)
		rotten[starts[i]+headLen] ^= 0x40
		var found []string
		j := open(t, Config{Dir: prepared(t, size, rotten), SegmentBytes: size}, func(r Record) { found = append(found, string(r.Body)) })
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("record %d has rotted (-want +got):\n%s", i, diff)
		}
		if n, err := j.Damaged(); n != 1 || err != nil {
			t.Errorf("record %d has rotted: %d stretches of acknowledged messages, %v", i, n, err)
		}
		if diff := cmp.Diff(want, rest(t, j)); diff != "" {
			t.Errorf("record %d has rotted, read again (-want +got):\n%s", i, diff)
		}
	}
}
