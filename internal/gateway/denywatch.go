package gateway

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// denylistLogEvery is how often the log is told that the list is old or was refused.
const denylistLogEvery = time.Hour

// watchDenylist tells the log while the center's list of what was revoked is too old or
// was refused: not every hospital looks at its console.
func (r *Running) watchDenylist(ctx context.Context) {
	tick := time.NewTicker(denylistLogEvery)
	defer tick.Stop()
	for {
		st := r.denylist.State()
		if age := st.Age(r.cfg.Clock()); age > wire.DenylistAlarm {
			r.cfg.Logger.ErrorContext(ctx, "the list of revoked certificates is old; over 72 hours nothing is disclosed", "hours", int(age/time.Hour))
		}
		if st.Trouble.Said != "" {
			r.cfg.Logger.ErrorContext(ctx, "the center's last list of revoked certificates was refused", logging.KeyError, st.Trouble.Said)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
