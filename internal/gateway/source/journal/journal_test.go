package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var received = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

func open(t *testing.T, cfg Config, found func(Record)) *Journal {
	t.Helper()
	cfg.Log = slog.New(slog.DiscardHandler)
	j, err := Open(cfg, found)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return j
}

func record(body string) Record {
	return Record{Received: received, Sender: Digest{1}, Listener: "ehr", Changed: true, Body: []byte(body)}
}

func add(t *testing.T, j *Journal, bodies ...string) {
	t.Helper()
	for _, b := range bodies {
		c, err := j.Append(t.Context(), record(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err != nil {
			t.Fatal(err)
		}
	}
}

// rest reads everything that there is and finishes it.
func rest(t *testing.T, j *Journal) (bodies []string) {
	t.Helper()
	for j.State().Records > 0 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		list, err := j.Next(ctx, 1000)
		cancel()
		if err != nil {
			t.Fatalf("next: %v with %+v left", err, j.State())
		}
		for _, r := range list {
			bodies = append(bodies, string(r.Body))
		}
		if err := j.Finish(list); err != nil {
			t.Fatal(err)
		}
	}
	return bodies
}

func segments(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"+segmentSuffix))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAppend_isReadInOrder(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir, SegmentBytes: 60}, nil)
	add(t, j, "a", "b", "c", "d")
	if n := len(segments(t, dir)); n < 2 {
		t.Errorf("%d segments, want several", n)
	}
	list, err := j.Next(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	want := record("a")
	want.Seq, want.Content, want.group = 1, DigestOf([]byte("a")), 1
	if diff := cmp.Diff([]Record{want}, list, cmp.AllowUnexported(Record{})); diff != "" {
		t.Errorf("first record (-want +got):\n%s", diff)
	}
	if err := j.Finish(list); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b", "c", "d"}, rest(t, j)); diff != "" {
		t.Errorf("the others (-want +got):\n%s", diff)
	}
	if err := j.Rest(); err != nil {
		t.Fatal(err)
	}
	if left := segments(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	add(t, j, "e")
	if diff := cmp.Diff([]string{"e"}, rest(t, j)); diff != "" {
		t.Errorf("after resting (-want +got):\n%s", diff)
	}
}

// What is not finished is there after a start, and its numbers are not given again.
func TestOpen_findsWhatIsLeft(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir, SegmentBytes: 60}, nil)
	add(t, j, "a", "b", "c")
	list, err := j.Next(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Finish(list); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	var found []string
	j = open(t, Config{Dir: dir}, func(r Record) { found = append(found, fmt.Sprint(r.Seq, string(r.Body))) })
	if diff := cmp.Diff([]string{"2b", "3c"}, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	add(t, j, "d")
	if st := j.State(); st.Records != 3 || st.Bytes == 0 || !st.Oldest.Equal(received) {
		t.Errorf("state = %+v", st)
	}
	if diff := cmp.Diff([]string{"b", "c", "d"}, rest(t, j)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// Damage costs the record that it hit, and its bytes are kept.
func TestOpen_damage(t *testing.T) {
	size := func(body string) int { r := record(body); return int(r.size()) }
	for name, tc := range map[string]struct {
		damage func(b []byte) []byte
		want   []string
		hit    int // stretches
	}{
		"torn tail":                     {func(b []byte) []byte { return b[:len(b)-1] }, []string{"a", "b"}, 1},
		"torn within the head":          {func(b []byte) []byte { return b[:len(b)-size("c")+5] }, []string{"a", "b"}, 1},
		"torn within the magic":         {func(b []byte) []byte { return b[:len(b)-size("c")+2] }, []string{"a", "b"}, 1},
		"zeros behind the end":          {func(b []byte) []byte { return append(b, make([]byte, 5000)...) }, []string{"a", "b", "c"}, 0},
		"zeros behind a torn tail":      {func(b []byte) []byte { return append(b[:len(b)-1], make([]byte, 2*chunk)...) }, []string{"a", "b"}, 1},
		"zeros between":                 {func(b []byte) []byte { clear(b[size("a") : size("a")+size("b")]); return b }, []string{"a", "c"}, 1},
		"a bit of a body":               {func(b []byte) []byte { b[size("a")+size("b")-1] ^= 1; return b }, []string{"a", "c"}, 1},
		"a bit of the first checksum":   {func(b []byte) []byte { b[4] ^= 1; return b }, []string{"b", "c"}, 1},
		"a length that claims too much": {func(b []byte) []byte { b[size("a")+11] = 0xFF; return b }, []string{"a", "c"}, 1},
		"a length that reaches the end": {func(b []byte) []byte { b[size("a")+8] += 100; return b }, []string{"a", "c"}, 1},
		"first and last":                {func(b []byte) []byte { b[0] = 0; b[len(b)-1]++; return b }, []string{"b"}, 2},
		"everything":                    {func(b []byte) []byte { return bytes.Repeat([]byte{'M'}, len(b)) }, nil, 1},
		"nothing":                       {func(b []byte) []byte { return nil }, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, Config{Dir: dir}, nil)
			add(t, j, "a", "b", "c")
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			file := segments(t, dir)[0]
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, tc.damage(body), 0o600); err != nil {
				t.Fatal(err)
			}
			j = open(t, Config{Dir: dir}, nil)
			add(t, j, "new")
			if diff := cmp.Diff(append(tc.want, "new"), rest(t, j)); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			st := j.State()
			if len(st.Damage) != tc.hit || st.Bytes != 0 {
				t.Errorf("state = %+v, want %d damaged stretches and no backlog", st, tc.hit)
			}
			torn := 0
			for _, d := range st.Damage {
				if strings.HasSuffix(d.Kept, tornSuffix) {
					torn++
				}
				if info, err := os.Stat(d.Kept); err != nil || info.Size() != d.Length {
					t.Errorf("kept bytes of %+v: %v", d, err)
				}
			}
			if n, err := j.Damaged(); err != nil || n != tc.hit-torn || (torn == 1) != (strings.Contains(name, "torn") || name == "first and last") {
				t.Errorf("%d stretches are damaged and %d torn, %v", n, torn, err)
			}
		})
	}
}

// Damage that comes about while the journal is open does not stop the reader.
func TestNext_damage(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir}, nil)
	add(t, j, "a", "b")
	f, err := os.OpenFile(segments(t, dir)[0], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{0xFF}, 20); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	list, err := j.Next(t.Context(), 1000)
	if err != nil || len(list) != 1 || string(list[0].Body) != "b" {
		t.Fatalf("Next = %v, %v, want b", list, err)
	}
	if err := j.Finish(list); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := j.Next(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Next = %v", err)
	}
	if st := j.State(); st.Records != 0 || st.Bytes != 0 || len(st.Damage) != 1 {
		t.Errorf("state = %+v", st)
	}
}

// Whoever is told that a record is not durable finds it neither read nor back after a
// start, and the journal goes on once the disk does.
// What was read before reading failed must be handed out: the next call goes on behind it.
func TestNext_failsBehindRecords(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir}, nil)
	add(t, j, "one", "two", "three")
	path := segments(t, dir)[0]
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte("two"), []byte("tvo"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	inTheWay := filepath.Join(dir, "damaged") // what is damaged cannot be set aside
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := j.Next(t.Context(), 1<<20)
	if err != nil || len(list) != 1 || string(list[0].Body) != "one" {
		t.Fatalf("Next = %d records, %v, want the one before the damage", len(list), err)
	}
	if err := j.Finish(list); err != nil {
		t.Fatal(err)
	}
	if list, err := j.Next(t.Context(), 1<<20); err == nil {
		t.Fatalf("Next = %d records, want an error", len(list))
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	if list, err := j.Next(t.Context(), 1<<20); err != nil || len(list) != 1 || string(list[0].Body) != "three" {
		t.Errorf("Next = %d records, %v, want the one behind the damage", len(list), err)
	}
}

func TestAppend_whenTheDiskFails(t *testing.T) {
	for _, step := range []string{"create", "write", "fsync", "create in a spare", "write in a spare", "fsync in a spare"} {
		t.Run(step, func(t *testing.T) {
			var failing atomic.Bool
			dir := t.TempDir()
			step, spares := strings.CutSuffix(step, " in a spare")
			cfg := Config{Dir: dir, SegmentBytes: 100, fail: func(at string) error {
				if at == step && failing.Load() {
					return syscall.ENOSPC
				}
				return nil
			}}
			j := open(t, cfg, nil)
			if spares {
				makeSpares(t, j)
			}
			add(t, j, "a", "b")
			failing.Store(true)
			for range 3 {
				c, err := j.Append(t.Context(), record("lost"))
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Wait(); !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("Wait = %v, want the disk's error", err)
				}
			}
			failing.Store(false)
			add(t, j, "c")
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			j = open(t, Config{Dir: dir}, nil)
			if diff := cmp.Diff([]string{"a", "b", "c"}, rest(t, j)); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			if d := j.State().Damage; len(d) > 0 {
				t.Errorf("damage = %+v", d)
			}
		})
	}
}

func TestAppend_manyAtOnce(t *testing.T) {
	j := open(t, Config{Dir: t.TempDir(), SegmentBytes: 10_000}, nil)
	const writers, each = 16, 100
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				c, err := j.Append(t.Context(), record(fmt.Sprint(w, " ", i)))
				if err == nil {
					err = c.Wait()
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	next := map[int]int{}
	for n := 0; n < writers*each; {
		list, err := j.Next(t.Context(), 5000)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			var w, i int
			if _, err := fmt.Sscan(string(r.Body), &w, &i); err != nil || next[w] != i {
				t.Fatalf("writer %d: got %d, want %d (%v)", w, i, next[w], err)
			}
			next[w]++
		}
		n += len(list)
		if err := j.Finish(list); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
}

func TestAppend_boundsTheBacklog(t *testing.T) {
	j := open(t, Config{Dir: t.TempDir(), MaxBacklog: 150}, nil)
	add(t, j, "a", "b", "c")
	if _, err := j.Append(t.Context(), record("d")); !errors.Is(err, ErrFull) {
		t.Fatalf("Append = %v, want full", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Room(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Room = %v, want to be waiting", err)
	}
	room := make(chan error)
	go func() { room <- j.Room(context.Background()) }()
	rest(t, j)
	if err := <-room; err != nil {
		t.Error(err)
	}
	add(t, j, "d")
}

func FuzzScan(f *testing.F) {
	a, b := record("a"), record("b")
	f.Add(b.append(a.append(nil)))
	f.Add([]byte("MZJ1MZJ1MZJ1"))
	f.Fuzz(func(t *testing.T, body []byte) {
		s := scanner{from: bytes.NewReader(body), size: int64(len(body))}
		last := int64(0)
		for {
			r, skipped, at, err := s.next()
			if skipped != last || at < skipped || at > int64(len(body)) {
				t.Fatalf("skipped %d, at %d after %d", skipped, at, last)
			}
			if err != nil {
				return
			}
			if again, n, _ := parse(r.append(nil)); n == 0 || again.Seq != r.Seq || !bytes.Equal(again.Body, r.Body) {
				t.Fatalf("%+v reads as %+v", r, again)
			}
			last = s.off
		}
	})
}
