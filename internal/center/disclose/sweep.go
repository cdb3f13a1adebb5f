package disclose

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/disclose/disclosedb"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

const (
	// settled is the age at which every disclosure has ended one way or the other.
	settled = viewLife + fetchTimeout + recordTimeout
	// viewsKept is how long page views are kept, and so how far back orphans are sought.
	viewsKept = 30 * 24 * time.Hour
)

// Orphans lists the decisions of the last thirty days that let content be asked for
// and have no completion: the program ended in between. Each needs a look at the
// gateway's own trail, by the decision's id.
func (s *Service) Orphans(ctx context.Context) ([]disclosedb.Orphan, error) {
	now := s.cfg.Clock()
	return s.views.Orphans(ctx, s.cfg.DB.Reader(), now.Add(-viewsKept), now.Add(-settled))
}

// Sweep logs orphans and removes page views that nobody needs any more. The assembly
// runs it now and then.
func (s *Service) Sweep(ctx context.Context) error {
	orphans, err := s.Orphans(ctx)
	if err != nil {
		return fmt.Errorf("sweep disclosures: %w", err)
	}
	for _, o := range orphans {
		s.cfg.Log.ErrorContext(ctx, "a disclosure has no completion", slog.String("decision", string(o.Decision)),
			slog.Time("at", o.At), slog.String(logging.KeyFacility, string(o.Owner)))
	}
	err = s.cfg.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.views.Prune(ctx, tx, s.cfg.Clock().Add(-viewsKept-24*time.Hour))
	})
	if err != nil {
		return fmt.Errorf("sweep disclosures: %w", err)
	}
	return nil
}
