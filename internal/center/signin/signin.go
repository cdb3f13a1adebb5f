package signin

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/center/passkey/passkeydb"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Config is what sign-in works with.
type Config struct {
	DB     *db.DB
	Log    auditdb.Log
	Seal   credential.Sealer
	Hasher *credential.Hasher
	// Origins are where people open the portal; without any there are no passkeys.
	Origins passkey.Origins
	Clock   func() time.Time
}

// Service signs people in. It is safe for concurrent use.
type Service struct {
	Config
	accounts  accountdb.Store
	devices   devicedb.Store
	directory directorydb.Store
	passkeys  passkeydb.Store
}

// New gives the service.
func New(cfg Config) *Service { return &Service{Config: cfg} }

// attempt is one try to prove who one is, counted as failed until it has succeeded.
type attempt struct {
	action audit.Action // as which it is filed
	method account.Method
	login  string
	dev    device.Device
	user   account.User // zero if nobody may sign in by that login at that device
	reason string       // why nobody may; for the log only
	wait   time.Duration
}

// SignIn opens a session for the user of a login at a registered device, by password
// and one-time code, and gives the token that the browser is to keep. Users who have no
// password are refused like those who do not exist. Every refusal
// is of kind denied: signin.refused, whatever was wrong and in the same time, or
// signin.locked (with minutes) after too many failures, also for logins that do not exist.
func (s *Service) SignIn(ctx context.Context, dev device.Device, login, password, code string) (token string, err error) {
	now := s.Clock()
	a := attempt{action: audit.ActionSignIn, method: account.MethodPassword, login: loginOf(login), dev: dev}
	if a, err = s.begin(ctx, a, now); err != nil {
		return "", err
	}
	if a.wait > 0 {
		return "", lockedFor(a.wait)
	}
	shown, err := s.prove(ctx, a.user, password, code, now)
	if err != nil {
		return "", err
	}
	return s.finish(ctx, a, shown, now, s.open)
}

// loginOf gives the login that was typed, and none for what is nobody's: whatever was
// typed then, perhaps a password, is not kept.
func loginOf(typed string) string {
	login := credential.NormalizeLogin(typed)
	if credential.CheckLogin(login) != nil {
		return ""
	}
	return login
}

func lockedFor(wait time.Duration) error {
	minutes := int((wait + time.Minute - 1) / time.Minute)
	return fault.WithKey(fault.Denied, "signin.locked", map[string]any{"minutes": minutes})
}

// begin counts the attempt before anything is compared: attempts at the same time
// could otherwise all pass before the first of them is counted.
func (s *Service) begin(ctx context.Context, a attempt, now time.Time) (attempt, error) {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		failures, err := s.accounts.Failures(ctx, tx, a.login, a.dev.ID, now)
		if err != nil {
			return err
		}
		user, err := s.accounts.ByLogin(ctx, tx, a.login)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if a.wait = failures.Wait(now); a.wait > 0 {
			return s.audit(ctx, tx, now, a, user, audit.Denied, map[string]any{"reason": "locked"})
		}
		a.user, a.reason = account.User{}, ""
		if a.reason, err = s.barred(ctx, tx, user, a.dev, now); err != nil {
			return err
		}
		if a.reason == "" {
			a.user = user
		}
		return s.accounts.AddFailure(ctx, tx, a.login, a.dev.ID, now)
	})
	return a, err
}

// barred says why nobody may sign in as the user at the device, whatever they prove.
func (s *Service) barred(ctx context.Context, tx *db.Tx, u account.User, dev device.Device, now time.Time) (reason string, err error) {
	switch {
	case u.ID == "":
		return "unknown login", nil
	case !u.Open():
		return "account closed", nil
	case u.Dormant(now):
		return "account dormant", nil
	case u.Facility != dev.Facility:
		return "terminal of another facility", nil
	}
	_, err = s.directory.Facility(ctx, tx, u.Facility)
	if fault.Is(err, fault.NotFound) {
		return "facility has left", nil
	}
	return "", err
}

// shown is what an attempt has shown.
type shown struct {
	failed string           // what failed of it; for the log only
	step   int64            // of the one-time code
	rehash string           // a hash with today's parameters, if the account's has others
	used   *passkey.Passkey // as it is after this use, in place of password and code
	setup  string           // hash of a setup code, in place of both
	sealed string           // secret of one-time codes that goes with its use
}

// prove checks both factors, the second also if the first has failed, and both also
// for nobody.
func (s *Service) prove(ctx context.Context, u account.User, password, code string, now time.Time) (p shown, err error) {
	password = credential.NormalizePassword(password)
	passwordOK, outdated, err := s.Hasher.Verify(ctx, u.PasswordHash, password)
	if err != nil {
		return p, fmt.Errorf("check password: %w", err)
	}
	secret := credential.NobodysSecret
	if u.TOTPSecret != "" {
		if secret, err = s.Seal.Open(u.TOTPSecret, TOTPContext(u.ID)); err != nil {
			return p, fmt.Errorf("check one-time code: %w", err)
		}
	}
	step, codeOK, err := credential.MatchTOTP(secret, code, now)
	if err != nil {
		return p, err
	}
	p.step = step
	switch {
	case !passwordOK:
		p.failed = "password"
	case !codeOK:
		p.failed = "code"
	case outdated:
		p.rehash, err = s.Hasher.Hash(ctx, password)
	}
	return p, err
}

// opener lets somebody in who has proved who they are: under a token of that hash.
type opener func(ctx context.Context, tx *db.Tx, a attempt, tokenHash string, now time.Time) error

// finish lets in or files the refusal; either commits.
func (s *Service) finish(ctx context.Context, a attempt, p shown, now time.Time, open opener) (token string, err error) {
	token, hash := credential.NewToken()
	reason := a.reason
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if reason = a.reason; reason == "" {
			reason = p.failed
		}
		if reason == "" {
			if reason, err = s.take(ctx, tx, a, p, now); err != nil {
				return err
			}
		}
		if reason != "" {
			return s.audit(ctx, tx, now, a, a.user, audit.Denied, map[string]any{"reason": reason})
		}
		if p.rehash != "" {
			if err := s.accounts.Rehash(ctx, tx, a.user.ID, a.user.PasswordHash, p.rehash); err != nil {
				return err
			}
		}
		if err := s.accounts.ForgetFailures(ctx, tx, a.login, a.dev.ID); err != nil {
			return err
		}
		return open(ctx, tx, a, hash, now)
	})
	if err != nil {
		return "", err
	}
	if reason != "" {
		return "", fault.WithKey(fault.Denied, "signin.refused", nil)
	}
	return token, nil
}

// take uses up what has been shown, and says why not if that has been done already.
func (s *Service) take(ctx context.Context, tx *db.Tx, a attempt, p shown, now time.Time) (reason string, err error) {
	if p.used != nil {
		counted, err := s.passkeys.Use(ctx, tx, *p.used, a.dev.ID, now)
		if err == nil && !counted {
			reason = string(passkey.RefusedCount)
		}
		return reason, err
	}
	if p.setup != "" {
		taken, err := s.accounts.TakeSetupCode(ctx, tx, a.user.ID, p.setup, p.sealed, now)
		if err == nil && !taken {
			reason = "setup code used before"
		}
		return reason, err
	}
	fresh, err := s.accounts.TakeTOTPStep(ctx, tx, a.user.ID, p.step)
	if err == nil && !fresh {
		reason = "code used before"
	}
	return reason, err
}

// open opens a new session.
func (s *Service) open(ctx context.Context, tx *db.Tx, a attempt, tokenHash string, now time.Time) error {
	elsewhere, err := s.accounts.Elsewhere(ctx, tx, a.user.ID, a.dev.ID, now)
	if err != nil {
		return err
	}
	session := account.Session{
		ID: ident.New[ident.SessionID](), User: a.user.ID, Device: a.dev.ID,
		CreatedAt: now, LastUsed: now, ExpiresAt: now.Add(account.AbsoluteTimeout), VerifiedAt: now, Method: a.method,
	}
	if err := s.accounts.AddSession(ctx, tx, session, tokenHash); err != nil {
		return err
	}
	detail := map[string]any{"session": session.ID, "purpose": account.PurposeVersion}
	if elsewhere {
		detail["elsewhere"] = true // one account at two terminals: for the review
	}
	return s.audit(ctx, tx, now, a, a.user, audit.Done, detail)
}

// audit files an attempt. The row belongs to the device's facility, so that its
// manager sees attempts in a name that nobody has.
func (s *Service) audit(ctx context.Context, tx *db.Tx, now time.Time, a attempt, u account.User, o audit.Outcome, detail map[string]any) error {
	detail["method"] = a.method
	_, err := s.Log.Append(ctx, tx, now, audit.Event{
		Action: a.action, Outcome: o, User: u.ID, UserName: u.DisplayName, Profession: u.Profession,
		Facility: a.dev.Facility, Device: a.dev.ID, Detail: detail,
	})
	return err
}

// TOTPContext is the context in which a user's one-time-code secret is sealed, so
// that it opens in no other user's row.
func TOTPContext(u ident.UserID) string { return "totp:" + string(u) }
