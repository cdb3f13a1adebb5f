package manage

import (
	"context"
	"maps"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// SignedIn is one session of somebody of the facility.
type SignedIn struct {
	account.Session
	User   account.User // without hashes and sealed secrets
	Device device.Device
	Locked bool
	Here   bool // it is the one that asks
}

// Sessions lists the sessions of the caller's facility that have not ended, the last used
// first.
func (s *Service) Sessions(ctx context.Context, c signin.Caller) (out []SignedIn, err error) {
	if err := needManager(c); err != nil {
		return nil, err
	}
	now := s.Clock()
	err = s.DB.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := s.accounts.SessionsOfFacility(ctx, tx, c.Facility, now)
		if err != nil {
			return err
		}
		users, err := s.accounts.OfFacility(ctx, tx, c.Facility)
		if err != nil {
			return err
		}
		devices, err := s.devices.OfFacility(ctx, tx, c.Facility)
		if err != nil {
			return err
		}
		userOf, deviceOf := map[ident.UserID]account.User{}, map[ident.DeviceID]device.Device{}
		for _, u := range users {
			u.PasswordHash, u.TOTPSecret, u.TOTPLastStep = "", "", 0
			userOf[u.ID] = u
		}
		for _, d := range devices {
			deviceOf[d.ID] = d
		}
		out = nil
		for _, x := range list {
			out = append(out, SignedIn{Session: x, User: userOf[x.User], Device: deviceOf[x.Device], Locked: x.Locked(now, c.Home.Idle), Here: x.ID == c.Session})
		}
		return nil
	})
	return out, err
}

// Which says which sessions of the facility are to end: the one, or all of a user, or all
// at a terminal, or, with nothing set, all.
type Which struct {
	Session ident.SessionID
	User    ident.UserID
	Device  ident.DeviceID
}

func (w Which) all() bool { return w == Which{} }

func (w Which) takes(x account.Session) bool {
	return w.all() || x.ID == w.Session || x.User == w.User || x.Device == w.Device
}

// EndSessions ends sessions of the caller's facility (強制ログアウト), from their next
// request on, and says how many. Ending protects, so it asks for no fresh proof, but for
// all of them at once, the caller's own among them. What is nobody's of the facility is
// not found, also if it has just ended.
func (s *Service) EndSessions(ctx context.Context, c signin.Caller, w Which) (n int, err error) {
	write := s.write
	if w.all() {
		write = s.change
	}
	err = write(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		n = 0
		list, err := s.accounts.SessionsOfFacility(ctx, tx, c.Facility, now)
		if err != nil {
			return err
		}
		var ids []ident.SessionID
		users := map[ident.UserID]bool{}
		for _, x := range list {
			if !w.takes(x) {
				continue
			}
			if err := s.accounts.EndSession(ctx, tx, x.ID, now); err != nil {
				return err
			}
			ids = append(ids, x.ID)
			users[x.User] = true
		}
		if n = len(ids); n == 0 {
			return fault.New(fault.NotFound, "no session to end")
		}
		detail := map[string]any{"sessions": ids, "users": slices.Sorted(maps.Keys(users))}
		if len(users) == 1 {
			detail["user"] = detail["users"].([]ident.UserID)[0] // whom the log names
		}
		if w.Device != "" {
			detail["device"] = w.Device
		}
		e := audit.Event{Action: audit.ActionSessionEnd, Outcome: audit.Done, Owner: c.Facility, Detail: detail}
		_, err = s.Log.Append(ctx, tx, now, e.By(c.Viewer))
		return err
	})
	return n, err
}

// SetIdle sets after how many minutes without a hand on them the sessions of the caller's
// facility lock themselves. Kind invalid, key session.idle, outside of
// [account.LeastIdle] to [account.IdleTimeout].
func (s *Service) SetIdle(ctx context.Context, c signin.Caller, minutes int) error {
	idle := time.Duration(minutes) * time.Minute
	if err := s.needFreshManager(c); err != nil {
		return err
	}
	if idle < account.LeastIdle || idle > account.IdleTimeout {
		return fault.WithKey(fault.Invalid, "session.idle", map[string]any{
			"least": int(account.LeastIdle / time.Minute), "most": int(account.IdleTimeout / time.Minute),
		})
	}
	return s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if err := s.directory.SetIdle(ctx, tx, c.Facility, idle); err != nil {
			return err
		}
		e := audit.Event{Action: audit.ActionFacilityChange, Outcome: audit.Done, Owner: c.Facility, Detail: map[string]any{
			"what": "idle", "minutes": minutes, "before": int(c.Home.Idle / time.Minute),
		}}
		_, err := s.Log.Append(ctx, tx, now, e.By(c.Viewer))
		return err
	})
}
