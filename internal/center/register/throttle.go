package register

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// A gateway's refusal says whether a number is some patient's, so numbers must not be tried
// one after the other (our values). Who links all day mistypes seldom, and rarely for the
// same facility.
const (
	maxRefused    = 10               // refusals of one facility to one user
	refusedWithin = 30 * time.Minute // in which they are counted
)

// throttle refuses a user to whom a facility's gateway has refused links too often
// lately, before it is asked again: unavailable link.throttled. It counts rows of the
// access log, which are there before the user hears of a refusal.
func (s *Service) throttle(ctx context.Context, q db.Querier, c signin.Caller, l linkage.Link, now time.Time) error {
	rows, err := auditdb.Find(ctx, q, audit.Query{
		Facility: c.Facility, User: c.User, Actions: []audit.Action{audit.ActionLinkRefused}, From: now.Add(-refusedWithin), Limit: 1000,
	})
	if err != nil {
		return err
	}
	n := 0
	for _, r := range rows { // the newest first
		if r.Owner != l.Facility {
			continue
		}
		if n++; n == maxRefused {
			wait := r.At.Add(refusedWithin).Sub(now)
			e := audit.Event{
				Action: audit.ActionLinkThrottled, Outcome: audit.Denied, Owner: l.Facility, Detail: map[string]any{"patient_id": l.PatientID},
			}
			minutes := max(1, int((wait+time.Minute-1)/time.Minute))
			return disclose.Refuse(e.By(c.Viewer), fault.WithKey(fault.Unavailable, "link.throttled", map[string]any{"minutes": minutes}))
		}
	}
	return nil
}
