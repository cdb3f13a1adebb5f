package source

import (
	"context"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// What keeps a round, or whoever reads some patient, does not keep a linked patient's new
// document from being known in time.
func TestRun_nobodyWaitsForTheSlow(t *testing.T) {
	for name, slow := range map[string]string{"a slow share in a round": ".(*Source).round(", "a patient of countless files": ".(*Source).readNow("} {
		t.Run(name, func(t *testing.T) {
			st := storagetest.New(t)
			st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
			st.Demographics(otherID, storagetest.Hanako, "20240601090000000")
			x, err := index.Open(t.Context(), dbtest.SQLite(t, migrate.Gateway), time.Now)
			must(t, err)
			var keep atomic.Bool // whoever is slow, asks for the time next and does not read the linked patient
			kept, release := make(chan struct{}), make(chan struct{})
			var s *Source
			linkedRests := func() bool {
				reading := &s.patient(linkedID).reading
				if !reading.TryLock() {
					return false
				}
				reading.Unlock()
				return true
			}
			s, err = Open(t.Context(), Config{
				Roots: []string{st.Root}, Workers: 2, Poll: 100 * time.Millisecond, Budget: 10_000, Log: slog.New(slog.DiscardHandler),
				Clock: func() time.Time {
					if keep.Load() && strings.Contains(string(debug.Stack()), slow) && linkedRests() && keep.CompareAndSwap(true, false) {
						close(kept)
						<-release
					}
					return time.Now()
				},
			}, x)
			must(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- s.Run(ctx) }()
			defer func() {
				close(release)
				cancel()
				if err := <-ended; err != nil {
					t.Errorf("Run = %v", err)
				}
				must(t, s.Close())
			}()
			<-s.Walked()
			claim := wire.Claim{PatientID: linkedID, Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
			if v, err := x.Link(t.Context(), claim); err != nil || !v.Match {
				t.Fatalf("Link = %+v, %v", v, err)
			}
			s.Soon(linkedID)
			until := func(what string, done func() bool) {
				t.Helper()
				for end := time.Now().Add(5 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
					if time.Now().After(end) {
						t.Fatal(what)
					}
				}
			}
			watched := func() bool { n, used := s.watcher.counts(); return n > 1 || !used }
			until("the linked patient is not read", func() bool { return documents(t, x) == 1 && s.State().Waiting == 0 && watched() })
			keep.Store(true)
			until("nobody is slow", func() bool {
				s.Soon(otherID)
				return !keep.Load()
			})
			<-kept
			prescribe(st, 1)
			s.Soon(linkedID) // as a notification does
			until("a new document is not known within 5 s", func() bool { return documents(t, x) == 2 })
		})
	}
}
