package accountdb

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// lockedFrom is from when on a wait after failed sign-ins is told as a lock: less passes
// by itself before anybody could lift it.
const lockedFrom = time.Minute

// Locked gives the open accounts of a facility that let nobody in after failed sign-ins,
// at some terminal of it at least, and until when.
func (Store) Locked(ctx context.Context, q db.Querier, f ident.FacilityID, now time.Time) (map[ident.UserID]time.Time, error) {
	type failure struct {
		user   ident.UserID
		device ident.DeviceID
		at     time.Time
	}
	list, err := db.All(ctx, q, func(s db.Scanner) (r failure, err error) {
		var at int64
		err = s(&r.user, &r.device, &at)
		r.at = db.Time(at)
		return r, err
	}, `SELECT u.id, s.device_id, s.at FROM signin_failure s JOIN user_account u ON u.login = s.login
		JOIN device d ON d.id = s.device_id AND d.facility_id = u.facility_id
		WHERE u.facility_id = $1 AND u.closed_at IS NULL AND s.at > $2 ORDER BY s.at DESC`, f, db.Micros(now.Add(-credential.AccountWindow)))
	if err != nil {
		return nil, fmt.Errorf("read locks: %w", err)
	}
	type pair struct {
		user   ident.UserID
		device ident.DeviceID
	}
	account, pairs := map[ident.UserID][]time.Time{}, map[pair][]time.Time{}
	for _, r := range list {
		account[r.user] = append(account[r.user], r.at)
		pairs[pair{r.user, r.device}] = append(pairs[pair{r.user, r.device}], r.at)
	}
	out := map[ident.UserID]time.Time{}
	for p, at := range pairs {
		wait := credential.Failures{Pair: at, Account: account[p.user]}.Wait(now)
		if until := now.Add(wait); wait >= lockedFrom && until.After(out[p.user]) {
			out[p.user] = until
		}
	}
	return out, nil
}
