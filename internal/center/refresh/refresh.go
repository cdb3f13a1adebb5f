// Package refresh keeps the center's knowledge of each facility fresh (最新データ取得): it
// follows a gateway from the moment it connects, and fetches one patient's latest
// data when a person asks for it.
//
// What a gateway hears and says when it connects has an order. First the copy of its
// release matrix, so that nothing is listed by a stale one. Then the whole set of
// linked patients: what was taken back while it was away takes hold, and links that it
// lost are verified anew. Then its changes, from where the catalog stands.
//
// The place in the change stream is written in the transaction that takes the changes
// in, so after any break the catalog goes on exactly where it was. Several replicas
// may follow one gateway: a change is taken in once, by whoever comes first.
package refresh

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/catalog/catalogdb"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/person/persondb"
	"mizuhiki.dev/mizuhiki/internal/center/release/releasedb"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Gateways is what following a gateway asks of the link.
type Gateways interface {
	Verify(ctx context.Context, f ident.FacilityID, c wire.Claim) (wire.Verification, error)
	Link(ctx context.Context, f ident.FacilityID, c wire.Claim) (wire.Verification, error)
	Sync(ctx context.Context, f ident.FacilityID, set wire.LinkedSet) (wire.SyncResult, error)
	Refresh(ctx context.Context, f ident.FacilityID, id ident.LocalPatientID, each func(wire.Progress) error) error
	Changes(ctx context.Context, f ident.FacilityID, from wire.ChangesRequest, each func(wire.Change) error) error
	Release(ctx context.Context, f ident.FacilityID) (wire.ReleaseState, error)
}

// Config is what the service works with. The zero of a time means its default.
type Config struct {
	DB       *db.DB
	Audit    auditdb.Log
	Gateways Gateways
	Clock    func() time.Time
	Log      *slog.Logger

	Tend   time.Duration // how often the release copy is renewed and incomplete patients are fetched: 15 s
	Resync time.Duration // how often the set of linked patients is sent again: 5 min
	Retry  time.Duration // pause before a stream that broke off is taken up again: 1 s
}

// Service follows gateways and fetches patients. It is safe for concurrent use.
type Service struct {
	cfg     Config
	guard   disclose.Guard
	persons persondb.Store
	links   linkagedb.Store
	catalog catalogdb.Store
	release releasedb.Store
	network directorydb.Store

	mu    sync.Mutex
	tides map[ident.FacilityID]chan struct{} // closed when changes of the facility were taken in
}

// New makes the service.
func New(cfg Config) *Service {
	for _, d := range []struct {
		value *time.Duration
		none  time.Duration
	}{{&cfg.Tend, 15 * time.Second}, {&cfg.Resync, 5 * time.Minute}, {&cfg.Retry, time.Second}} {
		if *d.value <= 0 {
			*d.value = d.none
		}
	}
	return &Service{
		cfg: cfg, guard: disclose.Guard{DB: cfg.DB, Audit: cfg.Audit, Clock: cfg.Clock}, tides: map[ident.FacilityID]chan struct{}{},
	}
}

// Follow follows a facility's gateway until ctx ends, which is with its connection.
// What breaks off is logged and taken up again.
func (s *Service) Follow(ctx context.Context, f ident.FacilityID) {
	for {
		err := s.follow(ctx, f)
		if ctx.Err() != nil {
			return
		}
		s.cfg.Log.WarnContext(ctx, "following a gateway broke off and is taken up again",
			slog.String(logging.KeyFacility, string(f)), slog.Any(logging.KeyError, err))
		if !pause(ctx, s.cfg.Retry) {
			return
		}
	}
}

// pause waits and reports whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// follow follows until something fails, which is at the latest when ctx ends.
func (s *Service) follow(ctx context.Context, f ident.FacilityID) error {
	if err := s.copyRelease(ctx, f); err != nil {
		return err
	}
	if err := s.sync(ctx, f); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.takeChanges(ctx, f) })
	g.Go(func() error { return s.tend(ctx, f) })
	return g.Wait()
}

// tend does what must be done again and again: the hospital may change its matrix at
// its own machine, a call that took a link back may have been lost, and a linked
// patient may not have been fetched.
func (s *Service) tend(ctx context.Context, f ident.FacilityID) error {
	synced := time.Duration(0)
	for {
		if err := s.fetchIncomplete(ctx, f); err != nil {
			return err
		}
		if !pause(ctx, s.cfg.Tend) {
			return ctx.Err()
		}
		if err := s.copyRelease(ctx, f); err != nil {
			return err
		}
		if synced += s.cfg.Tend; synced < s.cfg.Resync {
			continue
		}
		synced = 0
		if err := s.sync(ctx, f); err != nil {
			return err
		}
	}
}
