package mllp

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
)

// On a disk that is really full, what was acknowledged is there and nothing else is.
func TestReq_REL03_fullDisk(t *testing.T) {
	dir := t.TempDir()
	small := filepath.Join(dir, "disk")
	if err := unix.Mkdir(small, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", small, "tmpfs", 0, "size=512k"); err != nil {
		t.Skipf("no small file system can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(small, 0); err != nil {
			t.Error(err)
		}
	})
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
