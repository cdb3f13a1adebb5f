package signin

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// PasskeysAt says whether passkeys can be used at all, and whether anybody of the
// device's facility has one: where nobody has, the sign-in page leads with the password.
func (s *Service) PasskeysAt(ctx context.Context, dev device.Device) (possible, used bool, err error) {
	if !s.Origins.Any() {
		return false, false, nil
	}
	used, err = s.passkeys.AnyAt(ctx, s.DB.Reader(), dev.Facility)
	return true, used, err
}

// AskPasskey gives a challenge for signing in at a registered device, as options for the
// browser: JSON, see [passkey.Origins.Ask]. The origin is that of the page on which it will
// be answered, as the browser itself says; what it signs holds the same and is compared.
func (s *Service) AskPasskey(ctx context.Context, dev device.Device, origin string) (options []byte, err error) {
	return s.ask(ctx, passkey.Challenge{Purpose: passkey.SignIn, Origin: origin, Device: dev.ID}, func() (string, []byte, error) {
		return s.Origins.Ask(origin, nil)
	})
}

// ask keeps the challenge that make makes.
func (s *Service) ask(ctx context.Context, c passkey.Challenge, make func() (string, []byte, error)) (options []byte, err error) {
	if c.Value, options, err = make(); err != nil {
		return nil, err
	}
	now := s.Clock()
	c.ExpiresAt = now.Add(passkey.ChallengeLife)
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.passkeys.AddChallenge(ctx, tx, c, now) })
	if err != nil {
		return nil, err
	}
	return options, nil
}

// SignInPasskey opens a session by the browser's answer to [Service.AskPasskey]. It gives
// and refuses what [Service.SignIn] does, counts failures with those of passwords and files
// the same rows.
func (s *Service) SignInPasskey(ctx context.Context, dev device.Device, answer []byte) (token string, err error) {
	now := s.Clock()
	tried, err := s.read(ctx, answer, challenged{passkey.SignIn, dev.ID, ""}, now)
	if err != nil {
		return "", err
	}
	// Nobody is known yet: the authenticator has to say for whom it made the passkey.
	if tried.refused == "" && tried.answer.Owner() != tried.owner.ID {
		tried.refused = passkey.RefusedPasskey
	}
	a := attempt{action: audit.ActionSignIn, method: account.MethodPasskey, login: tried.owner.Login, dev: dev}
	return s.finishPasskey(ctx, a, tried, now, s.open)
}

// finishPasskey lets in by a passkey or refuses.
func (s *Service) finishPasskey(ctx context.Context, a attempt, t tried, now time.Time, open opener) (token string, err error) {
	if a, err = s.begin(ctx, a, now); err != nil {
		return "", err
	}
	if a.wait > 0 {
		return "", lockedFor(a.wait)
	}
	if t.owner.ID == "" {
		a.reason = string(t.refused) // not that no login was given
	}
	p := shown{failed: string(t.refused)}
	if p.failed == "" {
		used, refused := s.Origins.Check(t.challenge, t.passkey, t.answer)
		p.failed, p.used = string(refused), &used
	}
	return s.finish(ctx, a, p, now, open)
}

// challenged is in what place a challenge must have been given out.
type challenged struct {
	purpose passkey.Purpose
	device  ident.DeviceID
	session ident.SessionID
}

// tried is an answer with what it is about, before its signature is looked at.
type tried struct {
	refused   passkey.Refusal // empty if everything is there
	answer    passkey.Answer
	challenge passkey.Challenge
	passkey   passkey.Passkey
	owner     account.User // zero if the passkey is nobody's
}

// read finds what an answer is about and uses up its challenge, whatever comes of it.
func (s *Service) read(ctx context.Context, data []byte, where challenged, now time.Time) (t tried, err error) {
	if t.answer, t.refused = passkey.ReadAnswer(data); t.refused != "" {
		return t, nil
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		t = tried{answer: t.answer}
		var err error
		t.challenge, t.refused, err = s.takeChallenge(ctx, tx, t.answer.Challenge(), where, now)
		if err != nil {
			return err
		}
		t.passkey, err = s.passkeys.ByCredential(ctx, tx, t.answer.CredentialID())
		if fault.Is(err, fault.NotFound) {
			t.refused = passkey.RefusedPasskey
			return nil
		}
		if err != nil {
			return err
		}
		t.owner, err = s.accounts.User(ctx, tx, t.passkey.User)
		return err
	})
	return t, err
}

func (s *Service) takeChallenge(ctx context.Context, tx *db.Tx, value string, where challenged, now time.Time) (passkey.Challenge, passkey.Refusal, error) {
	c, err := s.passkeys.TakeChallenge(ctx, tx, value)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return passkey.Challenge{}, "", err
	}
	if !c.Answers(where.purpose, where.device, where.session, now) {
		return passkey.Challenge{}, passkey.RefusedChallenge, nil
	}
	return c, "", nil
}
