package mllp

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

// smallDisk mounts a file system of a size below a folder.
func smallDisk(t *testing.T, dir, size string) string {
	t.Helper()
	small := filepath.Join(dir, "disk")
	if err := unix.Mkdir(small, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", small, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no small file system can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(small, 0); err != nil {
			t.Error(err)
		}
	})
	return small
}

// On a disk that is really full, what was acknowledged is there and nothing else is.
func TestReq_REL03_fullDisk(t *testing.T) {
	dir := t.TempDir()
	small := smallDisk(t, dir, "512k")
	s := start(t, dir, func(c *Config) {
		c.Journal = func(found func(journal.Record)) (*journal.Journal, error) {
			return journal.Open(journal.Config{Dir: filepath.Join(small, "journal"), SegmentBytes: 100_000, Log: c.Log}, found)
		}
	})
	c := s.dial(t)
	var want []string
	refused := 0
	for i := 0; refused < 5; i++ {
		body := message(fmt.Sprint("F", i)) + "NTE|1||" + strings.Repeat("x", 3000) + "\r"
		switch answer := c.send(body); {
		case strings.HasPrefix(answer, "MSA|AA|"):
			want = append(want, body)
		case strings.HasPrefix(answer, "MSA|AR|"):
			refused++
		default:
			t.Fatalf("answer %q", answer)
		}
		if i > 1000 {
			t.Fatal("the disk does not fill")
		}
	}
	var got []string
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(journal.Config{Dir: filepath.Join(small, "journal"), Log: s.cfg.Log}, func(r journal.Record) { got = append(got, string(r.Body)) })
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if len(want) < 50 || strings.Join(want, "") != strings.Join(got, "") {
		t.Errorf("%d messages acknowledged, %d in the journal", len(want), len(got))
	}
}

// The journal's spares leave free what must be, and go before a message is refused.
func TestReceive_sparesLeaveRoom(t *testing.T) {
	const minFree, segment = 1 << 20, 200_000
	dir := t.TempDir()
	small := smallDisk(t, dir, "2m")
	s := start(t, dir, func(c *Config) {
		c.MinFree = minFree
		c.free = func(string) (int64, error) { return disk.Free(small) }
		c.Journal = func(found func(journal.Record)) (*journal.Journal, error) {
			return journal.Open(journal.Config{Dir: filepath.Join(small, "journal"), SegmentBytes: segment, MinFree: minFree, Log: c.Log}, found)
		}
	})
	spares := func() int {
		names, err := filepath.Glob(filepath.Join(small, "journal", "*.spare"))
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	free := func() int64 {
		n, err := disk.Free(small)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	c := s.dial(t)
	if got := c.send(message("1")); got != "MSA|AA|1" {
		t.Fatalf("acknowledgement %q", got)
	}
	eventually(t, func() bool { return free() < minFree+segment+4096 })
	time.Sleep(100 * time.Millisecond)
	if n := free(); n < minFree || spares() == 0 {
		t.Errorf("%d bytes are free and %d spares lie ready, want %d bytes at least", n, spares(), minFree)
	}
	if err := os.WriteFile(filepath.Join(small, "other"), make([]byte, 600_000), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return s.State().DiskFree >= minFree && free() >= minFree })
	if got := c.send(message("2")); got != "MSA|AA|2" {
		t.Errorf("acknowledgement %q while spares could be given back", got)
	}
	if err := os.WriteFile(filepath.Join(small, "another"), make([]byte, 600_000), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return s.State().DiskLow && spares() == 0 })
	if got := c.send(message("3")); !strings.HasPrefix(got, "MSA|AR|3|out of storage") {
		t.Errorf("acknowledgement %q", got)
	}
}
