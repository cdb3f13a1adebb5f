package signin

import (
	"context"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// OwnSession is a session as its user sees it.
type OwnSession struct {
	account.Session
	DeviceName string
	Locked     bool
	Here       bool // it is the one that asks
}

// OwnSignIn is one sign-in to somebody's account, or an attempt at one.
type OwnSignIn struct {
	audit.Event
	DeviceName string // empty for a terminal of another facility
	Method     account.Method
}

// historyRows is how far back somebody sees their own sign-ins.
const historyRows = 20

func (s *Service) ownSessions(ctx context.Context, tx *db.Tx, c Caller, names map[ident.DeviceID]string) (out []OwnSession, err error) {
	now := s.Clock()
	list, err := s.accounts.SessionsOfUser(ctx, tx, c.User, now)
	for _, x := range list {
		out = append(out, OwnSession{Session: x, DeviceName: names[x.Device], Locked: x.Locked(now, c.Home.Idle), Here: x.ID == c.Session})
	}
	return out, err
}

func (s *Service) ownHistory(ctx context.Context, tx *db.Tx, c Caller, names map[ident.DeviceID]string) (out []OwnSignIn, err error) {
	rows, err := auditdb.Find(ctx, tx, audit.Query{Facility: c.Facility, User: c.User, Actions: []audit.Action{audit.ActionSignIn}, Limit: historyRows})
	for _, r := range rows {
		out = append(out, OwnSignIn{Event: r.Event, DeviceName: names[r.Device], Method: MethodOf(r.Event)})
	}
	return out, err
}

// MethodOf takes out of a row of the access log by what somebody proved who they are, or
// tried to; empty for rows of anything else.
func MethodOf(e audit.Event) account.Method {
	if e.Action != audit.ActionSignIn && e.Action != audit.ActionStepUp {
		return ""
	}
	m, _ := e.Detail["method"].(string)
	for _, known := range []account.Method{account.MethodPassword, account.MethodPasskey, account.MethodSetup} {
		if m == string(known) {
			return known
		}
	}
	return ""
}

// EndSession ends one of the caller's own sessions, wherever it is. One that is not theirs
// or has ended is not found.
func (s *Service) EndSession(ctx context.Context, c Caller, id ident.SessionID) error {
	now := s.Clock()
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		session, err := s.accounts.Session(ctx, tx, id)
		if err != nil {
			return err
		}
		if session.User != c.User {
			return fault.New(fault.NotFound, "session of another user")
		}
		if err := s.accounts.EndSession(ctx, tx, id, now); err != nil {
			return err
		}
		return s.auditEnds(ctx, tx, c, []ident.SessionID{id})
	})
}

// EndSessions ends all of the caller's sessions at once, the one that asks too.
func (s *Service) EndSessions(ctx context.Context, c Caller) error {
	now := s.Clock()
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := s.accounts.SessionsOfUser(ctx, tx, c.User, now)
		if err != nil {
			return err
		}
		ids := make([]ident.SessionID, len(list))
		for i, x := range list {
			ids[i] = x.ID
		}
		if err := s.accounts.EndSessions(ctx, tx, c.User, "", now); err != nil {
			return err
		}
		return s.auditEnds(ctx, tx, c, ids)
	})
}

func (s *Service) auditEnds(ctx context.Context, tx *db.Tx, c Caller, ids []ident.SessionID) error {
	e := audit.Event{Action: audit.ActionSessionEnd, Outcome: audit.Done, Detail: map[string]any{"user": c.User, "sessions": ids}}
	_, err := s.Log.Append(ctx, tx, s.Clock(), e.By(c.Viewer))
	return err
}
