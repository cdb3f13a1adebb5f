package signin

import (
	"context"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Own is what somebody sees of their own account.
type Own struct {
	User        account.User // without hashes and sealed secrets
	HasPassword bool
	Passkeys    []OwnPasskey // the oldest first
	Possible    bool         // passkeys can be used here at all
	Sessions    []OwnSession // that have not ended, the last used first
	History     []OwnSignIn  // the newest first, at most [historyRows]
}

// OwnPasskey is a passkey as its user sees it.
type OwnPasskey struct {
	passkey.Passkey
	LastDeviceName string // terminal of its last use; empty if never, or one of another facility
}

// Own gives the caller's own account.
func (s *Service) Own(ctx context.Context, c Caller) (own Own, err error) {
	err = s.DB.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) error {
		own = Own{Possible: s.Origins.Any()}
		if own.User, err = s.accounts.User(ctx, tx, c.User); err != nil {
			return err
		}
		own.HasPassword = own.User.PasswordHash != ""
		own.User.PasswordHash, own.User.TOTPSecret, own.User.TOTPLastStep = "", "", 0
		devices, err := s.devices.OfFacility(ctx, tx, c.Facility)
		if err != nil {
			return err
		}
		names := map[ident.DeviceID]string{}
		for _, d := range devices {
			names[d.ID] = d.Name
		}
		keys, err := s.passkeys.OfUser(ctx, tx, c.User)
		if err != nil {
			return err
		}
		for _, k := range keys {
			own.Passkeys = append(own.Passkeys, OwnPasskey{k, names[k.LastDevice]})
		}
		if own.Sessions, err = s.ownSessions(ctx, tx, c, names); err != nil {
			return err
		}
		own.History, err = s.ownHistory(ctx, tx, c, names)
		return err
	})
	return own, err
}

// MayAddPasskey is asked before a page for a new passkey is shown. It needs a fresh proof
// ([NeedFresh]); kind conflict, key passkey.many, for a user who has [passkey.Most].
func (s *Service) MayAddPasskey(ctx context.Context, c Caller) error {
	_, err := s.mayAdd(ctx, s.DB.Reader(), c, s.Clock())
	return err
}

func (s *Service) mayAdd(ctx context.Context, q db.Querier, c Caller, now time.Time) (has []passkey.Passkey, err error) {
	if err := NeedFresh(c, now); err != nil {
		return nil, err
	}
	if has, err = s.passkeys.OfUser(ctx, q, c.User); err != nil {
		return nil, err
	}
	if len(has) >= passkey.Most {
		return nil, fault.WithKey(fault.Conflict, "passkey.many", nil)
	}
	return has, nil
}

// AskNewPasskey gives a challenge for a new passkey of the caller, as options for the
// browser: JSON, see [passkey.Origins.AskNew]. Errors: those of MayAddPasskey, and kind
// invalid, key passkey.address.
func (s *Service) AskNewPasskey(ctx context.Context, c Caller, origin string) (options []byte, err error) {
	has, err := s.mayAdd(ctx, s.DB.Reader(), c, s.Clock())
	if err != nil {
		return nil, err
	}
	user, err := s.accounts.User(ctx, s.DB.Reader(), c.User)
	if err != nil {
		return nil, err
	}
	return s.askNew(ctx, c, user, origin, has)
}

func (s *Service) askNew(ctx context.Context, c Caller, user account.User, origin string, has []passkey.Passkey) (options []byte, err error) {
	has = slices.DeleteFunc(has, func(k passkey.Passkey) bool { return k.RPID != s.Origins.RPID(origin) })
	owner := passkey.Owner{ID: user.ID, Login: user.Login, DisplayName: user.DisplayName}
	challenge := passkey.Challenge{Purpose: passkey.Add, Origin: origin, Device: c.Device, Session: c.Session}
	return s.ask(ctx, challenge, func() (string, []byte, error) { return s.Origins.AskNew(origin, owner, has) })
}

// AddPasskey adds the passkey that the browser has made upon [Service.AskNewPasskey], under
// a name of the caller's choice. Errors: those of MayAddPasskey, kind invalid passkey.name
// and passkey.refused, kind conflict passkey.taken.
func (s *Service) AddPasskey(ctx context.Context, c Caller, answer []byte, name string) error {
	name, err := passkey.CheckName(name)
	if err != nil {
		return err
	}
	now := s.Clock()
	if err := NeedFresh(c, now); err != nil {
		return err
	}
	key, refused, err := s.readNew(ctx, c, answer, now)
	if err != nil {
		return err
	}
	if refused != "" {
		return s.refuseNew(ctx, c, refused)
	}
	key.ID, key.Name, key.CreatedAt, key.CreatedDevice = ident.New[ident.PasskeyID](), name, now, c.Device
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.mayAdd(ctx, tx, c, now); err != nil {
			return err
		}
		if err := s.passkeys.Add(ctx, tx, key); err != nil {
			return err
		}
		return s.auditOwn(ctx, tx, c, now, audit.Done, map[string]any{
			"what": "passkey added", "passkey": key.ID, "address": key.RPID, "backup_eligible": key.BackupEligible,
		})
	})
}

// readNew reads a new passkey and uses up its challenge, whatever comes of it.
func (s *Service) readNew(ctx context.Context, c Caller, answer []byte, now time.Time) (key passkey.Passkey, refused passkey.Refusal, err error) {
	read, refused := passkey.ReadNewAnswer(answer)
	if refused != "" {
		return key, refused, nil
	}
	var challenge passkey.Challenge
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		challenge, refused, err = s.takeChallenge(ctx, tx, read.Challenge(), challenged{passkey.Add, c.Device, c.Session}, now)
		return err
	})
	if err != nil || refused != "" {
		return key, refused, err
	}
	key, refused = s.Origins.CheckNew(challenge, c.User, read)
	return key, refused, nil
}

func (s *Service) refuseNew(ctx context.Context, c Caller, why passkey.Refusal) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.auditOwn(ctx, tx, c, s.Clock(), audit.Denied, map[string]any{"what": "passkey added", "reason": why})
	})
	if err != nil {
		return err
	}
	return fault.WithKey(fault.Invalid, "passkey.refused", nil)
}

// RenamePasskey gives one of the caller's passkeys another name. Kind invalid passkey.name; not found.
func (s *Service) RenamePasskey(ctx context.Context, c Caller, id ident.PasskeyID, name string) error {
	name, err := passkey.CheckName(name)
	if err != nil {
		return err
	}
	now := s.Clock()
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.passkeys.Rename(ctx, tx, c.User, id, name); err != nil {
			return err
		}
		return s.auditOwn(ctx, tx, c, now, audit.Done, map[string]any{"what": "passkey renamed", "passkey": id})
	})
}

// RemovePasskey removes one of the caller's passkeys; it needs a fresh proof ([NeedFresh]).
// Whoever has no password keeps one: kind conflict, key passkey.last.
func (s *Service) RemovePasskey(ctx context.Context, c Caller, id ident.PasskeyID) error {
	now := s.Clock()
	if err := NeedFresh(c, now); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.passkeys.End(ctx, tx, c.User, id, c.User, now); err != nil {
			return err
		}
		user, err := s.accounts.User(ctx, tx, c.User)
		if err != nil {
			return err
		}
		left, err := s.passkeys.OfUser(ctx, tx, c.User)
		if err != nil {
			return err
		}
		if len(left) == 0 && user.PasswordHash == "" {
			return fault.WithKey(fault.Conflict, "passkey.last", nil)
		}
		return s.auditOwn(ctx, tx, c, now, audit.Done, map[string]any{"what": "passkey removed", "passkey": id})
	})
}

// DropPassword takes the caller's password and one-time codes away, so that nothing but
// their passkeys lets them in. Not before one of them has done so in this very session
// (kind conflict, key passkey.unproved): a password is not given up for a passkey that may
// not work. It needs a fresh proof ([NeedFresh]).
func (s *Service) DropPassword(ctx context.Context, c Caller) error {
	now := s.Clock()
	if err := NeedFresh(c, now); err != nil {
		return err
	}
	if !c.ByPasskey() {
		return fault.WithKey(fault.Conflict, "passkey.unproved", nil)
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		left, err := s.passkeys.OfUser(ctx, tx, c.User)
		if err != nil {
			return err
		}
		if len(left) == 0 {
			return fault.WithKey(fault.Conflict, "passkey.unproved", nil)
		}
		if err := s.accounts.DropPassword(ctx, tx, c.User, now); err != nil {
			return err
		}
		return s.auditOwn(ctx, tx, c, now, audit.Done, map[string]any{"what": "password given up"})
	})
}

// auditOwn files what somebody did with their own account.
func (s *Service) auditOwn(ctx context.Context, tx *db.Tx, c Caller, now time.Time, o audit.Outcome, detail map[string]any) error {
	detail["user"] = c.User
	e := audit.Event{Action: audit.ActionUserChange, Outcome: o, Detail: detail}
	_, err := s.Log.Append(ctx, tx, now, e.By(c.Viewer))
	return err
}
