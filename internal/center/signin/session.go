package signin

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// How coarsely a device's and a session's last use are kept: not every request is a
// write. A session may so lock itself up to touchEvery early, never late.
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
// been opened at this very device and not be older than 12 hours, and the account must
// be open. Anything else is of kind denied, key session.ended. A session that is locked,
// by hand or since it was left alone for as long as the facility allows
// ([directory.Facility.Idle]), is of kind denied, key [KeyLocked]: see [Service.Holder].
// A background request, which a script makes by itself, does not keep a session from
// locking itself.
//
// While anything stands before the account's use ([Caller.Ready]) the caller holds no role.
func (s *Service) Resume(ctx context.Context, dev device.Device, token string, background bool) (Caller, error) {
	now := s.Clock()
	st, err := s.find(ctx, dev, token, now)
	if err != nil {
		return Caller{}, err
	}
	if st.locked(now) {
		return Caller{}, fault.WithKey(fault.Denied, KeyLocked, nil)
	}
	if !background && now.Sub(st.session.LastUsed) >= touchEvery {
		err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return s.accounts.TouchSession(ctx, tx, st.session.ID, now)
		})
		if fault.Is(err, fault.NotFound) {
			return Caller{}, s.lost(ctx, st.caller(dev))
		}
		if err != nil {
			return Caller{}, err
		}
		st.session.LastUsed = now
	}
	c := st.caller(dev)
	c.DeviceEnds = dev.NotAfter
	if dev.Next.SHA256 != "" {
		c.DeviceEnds = dev.Next.NotAfter // it is there, and is taken at the next start of the browser
	}
	return c, nil
}

// Still reads again, in a step of a flow that takes long, whether a caller may still act
// and as what: kind denied, key session.ended, once the session has been ended or has run
// out, the account or the terminal has been shut out. A session that locks itself
// meanwhile does not stop what its user has set going.
func Still(ctx context.Context, tx *db.Tx, c Caller, now time.Time) (Caller, error) {
	session, err := accountdb.Store{}.Session(ctx, tx, c.Session)
	if fault.Is(err, fault.NotFound) {
		return Caller{}, ended()
	}
	if err != nil {
		return Caller{}, err
	}
	dev, err := devicedb.Store{}.Device(ctx, tx, c.Device)
	if err != nil {
		return Caller{}, err
	}
	st, err := readStanding(ctx, tx, session)
	if err != nil {
		return Caller{}, err
	}
	if st.over(dev, now) {
		return Caller{}, ended()
	}
	fresh := st.caller(dev)
	fresh.DeviceEnds = c.DeviceEnds
	return fresh, nil
}

// standing is all on which it hangs whether a session lets anybody in.
type standing struct {
	session account.Session
	user    account.User
	home    directory.Facility
}

// readStanding reads what belongs to a session. Kind denied if the facility has left.
func readStanding(ctx context.Context, tx *db.Tx, session account.Session) (st standing, err error) {
	st.session = session
	if st.user, err = (accountdb.Store{}).User(ctx, tx, session.User); err != nil {
		return st, err
	}
	st.home, err = directorydb.Store{}.Facility(ctx, tx, st.user.Facility)
	if fault.Is(err, fault.NotFound) {
		return st, ended()
	}
	return st, err
}

// find finds the session of a token that was opened at the device and goes on, locked or not.
func (s *Service) find(ctx context.Context, dev device.Device, token string, now time.Time) (st standing, err error) {
	err = s.DB.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) error {
		session, err := s.accounts.SessionByToken(ctx, tx, credential.HashToken(token))
		if fault.Is(err, fault.NotFound) {
			return ended()
		}
		if err != nil {
			return err
		}
		st, err = readStanding(ctx, tx, session)
		return err
	})
	switch {
	case err != nil:
		return standing{}, err
	case st.session.Device != dev.ID:
		return standing{}, s.strayed(ctx, dev, st.session, st.user, now)
	case st.over(dev, now):
		return standing{}, ended()
	}
	return st, nil
}

// over reports whether the session lets nobody in any more, whatever they prove. One that
// was opened by a setup code has nothing that could unlock it.
func (st standing) over(dev device.Device, now time.Time) bool {
	return st.session.Method == account.MethodSetup && st.locked(now) || !st.session.Live(now) || !st.user.Open() || !dev.Live(now) || st.user.Facility != dev.Facility || len(st.home.Unions) == 0
}

func (st standing) locked(now time.Time) bool { return st.session.Locked(now, st.home.Idle) }

// caller states the facts of a session that has just been found good at the device.
func (st standing) caller(dev device.Device) Caller {
	u := st.user
	c := Caller{
		Viewer: access.Viewer{
			User: u.ID, DisplayName: u.DisplayName, Facility: u.Facility, Union: st.home.Unions[0], Profession: u.Profession, Roles: u.Roles,
			Device: dev.ID,
			// SignIn opens no session without both factors, Resume none without a live device.
			TwoFactor: st.session.Method != account.MethodSetup, DeviceLive: true,
		},
		Session: st.session.ID, Home: st.home, Language: u.Language, MustChange: u.MustChange,
		Untrained: !u.Trained(), Unpledged: !u.Pledged(), Setup: st.session.Method == account.MethodSetup,
		VerifiedAt: st.session.VerifiedAt, Method: st.session.Method,
		LocksAt: st.session.LastUsed.Add(st.home.Idle), EndsAt: st.session.ExpiresAt,
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
