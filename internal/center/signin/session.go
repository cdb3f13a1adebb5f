package signin

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// How coarsely a device's and a session's last use are kept: not every request is a
// write. A session may so end up to touchEvery early, never late.
const (
	seeEvery   = time.Minute
	touchEvery = 15 * time.Second
)

// Device finds the terminal whose certificate a request came with, by the hex SHA-256
// of its DER. Unknown, revoked and expired certificates are of kind denied, key
// device.unknown. It is asked for every request: handshakes are resumed and connections outlive revocations.
func (s *Service) Device(ctx context.Context, certSHA256 string) (device.Device, error) {
	now := s.Clock()
	dev, err := s.devices.ByCert(ctx, s.DB.Reader(), certSHA256)
	if fault.Is(err, fault.NotFound) {
		return device.Device{}, unknownDevice("certificate %.12s… is no registered device's", certSHA256)
	}
	if err != nil {
		return device.Device{}, err
	}
	if certSHA256 == dev.Next.SHA256 && dev.RevokedAt.IsZero() && now.Before(dev.Next.NotAfter) {
		if dev, err = s.takeNextCert(ctx, dev, now); err != nil {
			return device.Device{}, err
		}
	}
	if !dev.Live(now) {
		return device.Device{}, unknownDevice("device %s is revoked or its certificate has expired", dev.ID)
	}
	if now.Sub(dev.LastSeen) >= seeEvery {
		err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.devices.See(ctx, tx, dev.ID, now) })
		if err != nil {
			return device.Device{}, err
		}
	}
	return dev, nil
}

// takeNextCert ends the certificate that a terminal had before the one with which it has
// come now.
func (s *Service) takeNextCert(ctx context.Context, dev device.Device, now time.Time) (device.Device, error) {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.devices.TakeNextCert(ctx, tx, dev, now); err != nil {
			return err
		}
		_, err := s.Log.Append(ctx, tx, now, audit.Event{
			Action: audit.ActionDeviceRenew, Outcome: audit.Done, Owner: dev.Facility, Device: dev.ID,
			Detail: map[string]any{"device": dev.ID, "serial": dev.Next.Serial, "before": dev.CertSerial},
		})
		return err
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return device.Device{}, err
	}
	// Not found: another request of the terminal was first, or it was shut out meanwhile.
	return s.devices.ByCert(ctx, s.DB.Writer(), dev.Next.SHA256)
}

func unknownDevice(format string, args ...any) error {
	return &fault.Error{Kind: fault.Denied, Key: "device.unknown", Err: fmt.Errorf(format, args...)}
}

func ended() error { return fault.WithKey(fault.Denied, "session.ended", nil) }

// Resume establishes, for one request, who makes it: the token's session must have
// been opened at this very device and be neither idle for 15 minutes nor older than
// 12 hours, and the account must be open. Anything else is of kind denied, key
// session.ended. A background request, which a script makes by itself, does not keep
// an idle session alive.
//
// While anything stands before the account's use ([Caller.Ready]) the caller holds no role.
func (s *Service) Resume(ctx context.Context, dev device.Device, token string, background bool) (Caller, error) {
	now := s.Clock()
	var session account.Session
	var user account.User
	var home directory.Facility
	err := s.DB.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if session, err = s.accounts.SessionByToken(ctx, tx, credential.HashToken(token)); err != nil {
			return err
		}
		if user, err = s.accounts.User(ctx, tx, session.User); err != nil {
			return err
		}
		home, err = s.directory.Facility(ctx, tx, user.Facility)
		return err
	})
	switch {
	case fault.Is(err, fault.NotFound): // no session, or the facility has left
		return Caller{}, ended()
	case err != nil:
		return Caller{}, err
	case session.Device != dev.ID:
		return Caller{}, s.strayed(ctx, dev, session, user, now)
	case !session.Live(now) || !user.Open() || !dev.Live(now) || user.Facility != dev.Facility || len(home.Unions) == 0:
		return Caller{}, ended()
	}
	if !background && now.Sub(session.LastUsed) >= touchEvery {
		err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.accounts.TouchSession(ctx, tx, session.ID, now) })
		if fault.Is(err, fault.NotFound) { // ended a moment ago
			return Caller{}, ended()
		}
		if err != nil {
			return Caller{}, err
		}
	}
	c := callerOf(session, user, home)
	c.DeviceEnds = dev.NotAfter
	if dev.Next.SHA256 != "" {
		c.DeviceEnds = dev.Next.NotAfter // it is there, and is taken at the next start of the browser
	}
	return c, nil
}

// callerOf states the facts of a session that has just been found good.
func callerOf(session account.Session, u account.User, home directory.Facility) Caller {
	c := Caller{
		Viewer: access.Viewer{
			User: u.ID, DisplayName: u.DisplayName, Facility: u.Facility, Union: home.Unions[0], Profession: u.Profession, Roles: u.Roles,
			Device: session.Device,
			// SignIn opens no session without both factors, Resume none without a live device.
			TwoFactor: session.Method != account.MethodSetup, DeviceLive: true,
		},
		Session: session.ID, Home: home, Language: u.Language, MustChange: u.MustChange,
		Untrained: !u.Trained(), Unpledged: !u.Pledged(), Setup: session.Method == account.MethodSetup,
		VerifiedAt: session.VerifiedAt, Method: session.Method,
	}
	if !c.Ready() {
		c.Roles = nil
	}
	return c
}

// strayed ends a session whose token turned up at another device: it has been copied.
func (s *Service) strayed(ctx context.Context, dev device.Device, session account.Session, u account.User, now time.Time) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.accounts.EndSession(ctx, tx, session.ID, now); err != nil {
			return err
		}
		_, err := s.Log.Append(ctx, tx, now, audit.Event{
			Action: audit.ActionProbe, Outcome: audit.Denied, User: u.ID, UserName: u.DisplayName, Profession: u.Profession,
			Facility: u.Facility, Device: dev.ID, Owner: dev.Facility,
			Detail: map[string]any{"what": "session of another device", "session": session.ID, "opened_at": session.Device},
		})
		return err
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return ended()
}

// SignOut ends the caller's session.
func (s *Service) SignOut(ctx context.Context, c Caller) error {
	now := s.Clock()
	err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.accounts.EndSession(ctx, tx, c.Session, now); err != nil {
			return err
		}
		e := audit.Event{Action: audit.ActionSignOut, Outcome: audit.Done, Detail: map[string]any{"session": c.Session}}
		_, err := s.Log.Append(ctx, tx, now, e.By(c.Viewer))
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil // ended already, which is what was asked for
	}
	return err
}

// SetLanguage sets the language in which the caller is spoken to: ja or en.
func (s *Service) SetLanguage(ctx context.Context, c Caller, language string) error {
	if language != "ja" && language != "en" {
		return fault.New(fault.Invalid, "language %q is neither ja nor en", language)
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.accounts.SetLanguage(ctx, tx, c.User, language)
	})
}
