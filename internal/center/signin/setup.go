package signin

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// SignInSetup opens a session by a setup code (初回設定コード) in which nothing is open but the
// steps before the first use, the last of which makes a credential. It refuses and counts like
// [Service.SignIn]: a code that is wrong, used, too old or of another facility's account is
// answered alike.
func (s *Service) SignInSetup(ctx context.Context, dev device.Device, login, code string) (token string, err error) {
	now := s.Clock()
	a := attempt{action: audit.ActionSignIn, method: account.MethodSetup, login: loginOf(login), dev: dev}
	if a, err = s.begin(ctx, a, now); err != nil {
		return "", err
	}
	if a.wait > 0 {
		return "", lockedFor(a.wait)
	}
	p := shown{setup: credential.HashCode(code)}
	held, err := s.accounts.SetupCode(ctx, s.DB.Reader(), a.user.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", err
	}
	if p.failed = held.Refused(p.setup, now); p.failed == "" && a.user.Equipped {
		p.failed = "account has a credential" // made while the code was being given out
	}
	if p.failed == "" {
		secret, _, err := credential.GenerateTOTP(a.login)
		if err != nil {
			return "", err
		}
		if p.sealed, err = s.Seal.Seal(secret, TOTPContext(a.user.ID)); err != nil {
			return "", fmt.Errorf("seal one-time-code secret: %w", err)
		}
	}
	return s.finish(ctx, a, p, now, s.openSetup)
}

// openSetup opens the session of a setup code.
func (s *Service) openSetup(ctx context.Context, tx *db.Tx, a attempt, tokenHash string, now time.Time) error {
	if err := s.accounts.EndSessions(ctx, tx, a.user.ID, "", now); err != nil {
		return err
	}
	session := account.Session{
		ID: ident.New[ident.SessionID](), User: a.user.ID, Device: a.dev.ID,
		CreatedAt: now, LastUsed: now, ExpiresAt: now.Add(account.SetupTimeout), VerifiedAt: now, Method: a.method,
	}
	if err := s.accounts.AddSession(ctx, tx, session, tokenHash); err != nil {
		return err
	}
	return s.audit(ctx, tx, now, a, a.user, audit.Done, map[string]any{"session": session.ID, "purpose": account.PurposeVersion})
}

// needSetup admits whoever came by a setup code and has nothing left to do but to make a
// credential.
func needSetup(c Caller) error {
	if !c.Setup || c.Untrained || c.Unpledged {
		return fault.New(fault.Denied, "user %s is not at the step of the first credential", c.User)
	}
	return nil
}

// First is what the caller chooses from for a first credential.
type First struct {
	Passkeys   bool   // passkeys can be used here at all
	TOTPSecret string // base32, for the person's own eyes
	TOTPURL    string // otpauth URL of the same, for a QR code
}

// First gives what the caller, who came by a setup code, chooses from. Kind denied for anybody else.
func (s *Service) First(ctx context.Context, c Caller) (First, error) {
	if err := needSetup(c); err != nil {
		return First{}, err
	}
	user, err := s.accounts.User(ctx, s.DB.Reader(), c.User)
	if err != nil {
		return First{}, err
	}
	_, secret, err := s.firstSecret(ctx, user)
	if err != nil {
		return First{}, err
	}
	return First{Passkeys: s.Origins.Any(), TOTPSecret: secret, TOTPURL: credential.TOTPURL("Mizuhiki", user.Login, secret)}, nil
}

func (s *Service) firstSecret(ctx context.Context, u account.User) (held account.SetupCode, secret string, err error) {
	held, err = s.accounts.SetupCode(ctx, s.DB.Reader(), u.ID)
	if fault.Is(err, fault.NotFound) {
		return held, "", ended()
	}
	if err != nil {
		return held, "", err
	}
	if secret, err = s.Seal.Open(held.TOTPSecret, TOTPContext(u.ID)); err != nil {
		return held, "", fmt.Errorf("open one-time-code secret: %w", err)
	}
	return held, secret, nil
}

// SetFirstPassword gives the caller, who came by a setup code, an own password and the
// one-time codes of [First.TOTPSecret], of which one is shown. The session goes over into one
// of somebody who has signed in, under the token that is given. Kind invalid: setup.code,
// password.reused and the keys of [credential.CheckPassword]; denied for anybody else.
func (s *Service) SetFirstPassword(ctx context.Context, c Caller, password, code string) (token string, err error) {
	if err := needSetup(c); err != nil {
		return "", err
	}
	now := s.Clock()
	password = credential.NormalizePassword(password)
	user, err := s.accounts.User(ctx, s.DB.Reader(), c.User)
	if err != nil {
		return "", err
	}
	if err := credential.CheckPassword(password, user.Login, user.DisplayName, user.Kana); err != nil {
		return "", err
	}
	held, secret, err := s.firstSecret(ctx, user)
	if err != nil {
		return "", err
	}
	step, ok, err := credential.MatchTOTP(secret, code, now)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fault.WithKey(fault.Invalid, "setup.code", nil)
	}
	if err := s.refuseReuse(ctx, user, "", password); err != nil {
		return "", err
	}
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return "", err
	}
	return s.equip(ctx, c, account.MethodPassword, now, func(ctx context.Context, tx *db.Tx) error {
		if err := s.accounts.SetPassword(ctx, tx, c.User, hash, now); err != nil {
			return err
		}
		if err := s.accounts.SetTOTP(ctx, tx, c.User, held.TOTPSecret); err != nil {
			return err
		}
		if _, err := s.accounts.TakeTOTPStep(ctx, tx, c.User, step); err != nil {
			return err
		}
		return s.auditOwn(ctx, tx, c, now, audit.Done, map[string]any{"what": "first password"})
	})
}

// AskFirstPasskey is [Service.AskNewPasskey] for a caller who came by a setup code.
func (s *Service) AskFirstPasskey(ctx context.Context, c Caller, origin string) (options []byte, err error) {
	if err := needSetup(c); err != nil {
		return nil, err
	}
	user, err := s.accounts.User(ctx, s.DB.Reader(), c.User)
	if err != nil {
		return nil, err
	}
	return s.askNew(ctx, c, user, origin, nil)
}

// SetFirstPasskey gives the caller, who came by a setup code, the passkey that the browser
// has made upon [Service.AskFirstPasskey]. The session goes over as with SetFirstPassword.
// Kind invalid passkey.name and passkey.refused, conflict passkey.taken; denied for anybody else.
func (s *Service) SetFirstPasskey(ctx context.Context, c Caller, answer []byte, name string) (token string, err error) {
	if err := needSetup(c); err != nil {
		return "", err
	}
	if name, err = passkey.CheckName(name); err != nil {
		return "", err
	}
	now := s.Clock()
	key, refused, err := s.readNew(ctx, c, answer, now)
	if err != nil {
		return "", err
	}
	if refused != "" {
		return "", s.refuseNew(ctx, c, refused)
	}
	key.ID, key.Name, key.CreatedAt, key.CreatedDevice = ident.New[ident.PasskeyID](), name, now, c.Device
	return s.equip(ctx, c, account.MethodPasskey, now, func(ctx context.Context, tx *db.Tx) error {
		if err := s.passkeys.Add(ctx, tx, key); err != nil {
			return err
		}
		return s.auditOwn(ctx, tx, c, now, audit.Done, map[string]any{
			"what": "first passkey", "passkey": key.ID, "address": key.RPID, "backup_eligible": key.BackupEligible,
		})
	})
}

// equip ends the session of a setup code with the credential that set makes, and opens one
// of somebody who has signed in by it: what was just set has been shown. A setup session
// that ended meanwhile makes nothing: kind denied, key session.ended.
func (s *Service) equip(ctx context.Context, c Caller, m account.Method, now time.Time, set func(context.Context, *db.Tx) error) (token string, err error) {
	token, hash := credential.NewToken()
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := s.accounts.EndSession(ctx, tx, c.Session, now)
		if fault.Is(err, fault.NotFound) {
			return ended()
		}
		if err != nil {
			return err
		}
		user, err := s.accounts.User(ctx, tx, c.User)
		if err != nil {
			return err
		}
		if user.Equipped { // a code never takes the place of a credential
			return ended()
		}
		if err := set(ctx, tx); err != nil {
			return err
		}
		if err := s.accounts.DropSetupCode(ctx, tx, c.User); err != nil {
			return err
		}
		a := attempt{
			action: audit.ActionSignIn, method: m, login: user.Login, user: user,
			dev: device.Device{ID: c.Device, Facility: c.Facility},
		}
		return s.open(ctx, tx, a, hash, now)
	})
	if err != nil {
		return "", err
	}
	return token, nil
}
