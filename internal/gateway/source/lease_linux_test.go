package source

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// lease takes a lease on a file as a server of a share does for its client: who opens the
// file is put off until it is given back.
func lease(t *testing.T, path string) (giveBack func()) {
	t.Helper()
	signal.Ignore(syscall.SIGIO) // by which it is asked back
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	t.Cleanup(func() { f.Close() })
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		t.Skipf("no leases here: %v", err)
	}
	return func() { must(t, f.Close()) }
}

// A file that another program has a lease on is listed and nobody waits for it; it is read
// as soon as it may be.
func TestLease(t *testing.T) {
	st, texts := storagetest.New(t), storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	held := st.Path(prescribe(st, 1))
	letter := storagetest.ObjectName(linkedID, "20240601", storagetest.DischargeSummary, summaryKey, "20240601120000000")
	texts.Object(letter, map[string][]byte{"a.txt": []byte("記録")})
	s, x := linkedOnBoth(t, st, texts)
	entries, err := x.Entries(t.Context(), x.Reader(), linkedID)
	must(t, err)
	if len(entries) != 3 {
		t.Fatalf("%d documents, want allergies, prescription and letter", len(entries))
	}
	for _, path := range []string{held, filepath.Join(texts.ObjectPath(letter), "a.txt")} {
		back := lease(t, path)
		old := time.Now().Add(-30 * time.Minute)
		must(t, os.Chtimes(path, old, old))
		begun := time.Now()
		s.Soon(linkedID)
		s.settle(t.Context())
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s: it took %v to read the others", path, took)
		}
		if got := reasonList(t, x); len(got) != 1 || got[0] != index.ReasonForbidden || documents(t, x) != 2 {
			t.Errorf("%s: %d documents, unreadable %v", path, documents(t, x), got)
		}
		for _, e := range entries {
			_, err := s.Contents().Read(t.Context(), e)
			if key, _, _ := fault.Message(err); filepath.Join(e.Root, filepath.FromSlash(e.Path)) == held && path == held && key != wire.KeyBeingWritten {
				t.Errorf("disclosure of what is in use: %v", err)
			}
			if key, _, _ := fault.Message(err); e.Root == texts.Root && path != held && key != wire.KeyBeingWritten {
				t.Errorf("disclosure of an object that is in use: %v", err)
			}
		}
		back()
		for end := time.Now().Add(10 * time.Second); documents(t, x) != 3 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			s.settle(t.Context())
		}
		if got := reasonList(t, x); documents(t, x) != 3 || len(got) != 0 {
			t.Errorf("%s: %d documents, unreadable %v after it was given back", path, documents(t, x), got)
		}
	}
}
