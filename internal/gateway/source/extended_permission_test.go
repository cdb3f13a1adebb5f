package source

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
)

// An object of which something may not be read is listed, and read once all of it may be:
// neither time nor size change then, and of a share nobody is told.
func TestExtended_deniedThenGranted(t *testing.T) {
	if os.Getuid() == 0 { // nothing is denied to the superuser
		asNobody(t)
		return
	}
	for name, below := range map[string]string{"file": "parts/b.txt", "folder in it": "parts", "content folder": "."} {
		t.Run(name, func(t *testing.T) {
			st, texts := storagetest.New(t), storagetest.New(t)
			st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
			n := storagetest.ObjectName(linkedID, "20240601", storagetest.DischargeSummary, summaryKey, "20240601120000000")
			texts.Object(n, map[string][]byte{"a.txt": []byte("記録"), "parts/b.txt": []byte("別紙")})
			denied := filepath.Join(texts.ObjectPath(n), below)
			must(t, os.Chmod(denied, 0))
			t.Cleanup(func() { os.Chmod(denied, 0o755) })
			s, x := linkedOnBoth(t, st, texts)
			onShare(s)
			must(t, s.watcher.close())
			s.unwatch()
			for end := time.Now().Add(5 * time.Second); len(reasonList(t, x)) == 0 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
				s.settle(t.Context())
			}
			if got := reasonList(t, x); len(got) != 1 || got[0] != index.ReasonForbidden || documents(t, x) != 1 {
				t.Fatalf("%d documents, unreadable %v", documents(t, x), got)
			}
			must(t, os.Chmod(denied, 0o755))
			for end := time.Now().Add(5 * time.Second); documents(t, x) != 2 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
				s.settle(t.Context())
			}
			if got := reasonList(t, x); len(got) != 0 || documents(t, x) != 2 {
				t.Errorf("%d documents, unreadable %v after it was granted", documents(t, x), got)
			}
		})
	}
}
