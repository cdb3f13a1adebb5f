package gateway

import (
	"path/filepath"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/ledger"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// A message that the journal gives again, after a stop or a crash, does not bring back a
// merge that was taken back since; a message of its own does.
func TestMerging_ofAMessageThatIsReadAgain(t *testing.T) {
	cfg := DefaultConfig()
	cfg.fill()
	cfg.Received.Folder = t.TempDir()
	d, err := db.Open(t.Context(), db.Config{Engine: db.SQLite, Path: filepath.Join(t.TempDir(), "gateway.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, _, err := migrate.Up(t.Context(), d, migrate.Gateway); err != nil {
		t.Fatal(err)
	}
	x, err := index.Open(t.Context(), d, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	received := time.UnixMicro(1_795_000_000_123_456)
	tell := func(at time.Time) (merged int) {
		t.Helper()
		m, err := newMerging(cfg, x) // as after a start
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := m.merge(t.Context(), at, "0012", "0034"); err != nil {
				t.Fatal(err)
			}
		}
		list, err := x.Merged(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := tell(received); n != 1 {
		t.Fatalf("%d merges after a message", n)
	}
	if err := unmerge(t.Context(), cfg, x, "0012", "command line of joho"); err != nil {
		t.Fatal(err)
	}
	if n := tell(received); n != 0 {
		t.Error("the same message brought a merge back that had been taken back")
	}
	if n := tell(received.Add(time.Microsecond)); n != 1 {
		t.Error("another message of the same merge did not act")
	}
	events, err := ledger.Read(cfg.Received.Folder)
	if err != nil || len(events) != 3 {
		t.Errorf("ledger = %v, %v, want merge, unmerge, merge", events, err)
	}
}
