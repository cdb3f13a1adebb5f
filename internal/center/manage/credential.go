package manage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// NewUser is what is asked for when an account is made: one for each person.
type NewUser struct {
	Login       string // as typed; see credential.NormalizeLogin
	DisplayName string
	Kana        string
	Profession  access.Profession
	Roles       []access.Role
	Cleared
}

// Validate refuses, with kind invalid, the first of: user.login_invalid,
// user.name_missing (empty, too long or unprintable), user.profession_missing,
// user.roles_missing, user.role_unknown, user.viewer_not_clinical.
func (n NewUser) Validate() error {
	if err := credential.CheckLogin(credential.NormalizeLogin(n.Login)); err != nil {
		return err
	}
	if strings.TrimSpace(n.DisplayName) == "" || !printable(n.DisplayName) || !printable(n.Kana) {
		return fault.WithKey(fault.Invalid, "user.name_missing", nil)
	}
	if !slices.Contains(access.Professions(), n.Profession) {
		return fault.WithKey(fault.Invalid, "user.profession_missing", nil)
	}
	return checkRoles(n.Profession, n.Roles)
}

func printable(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= 60 && !strings.ContainsFunc(s, unicode.IsControl)
}

func checkRoles(p access.Profession, roles []access.Role) error {
	if len(roles) == 0 {
		return fault.WithKey(fault.Invalid, "user.roles_missing", nil)
	}
	for _, r := range roles {
		if !slices.Contains(access.Roles(), r) {
			return fault.WithKey(fault.Invalid, "user.role_unknown", nil)
		}
	}
	return account.CheckRoles(p, roles)
}

// Created is an account with what its person needs to come in for the first time. The code
// is shown once and stands nowhere in clear; it is empty where credentials were given.
type Created struct {
	User  account.User // without hashes and sealed secrets
	Code  string       // setup code
	Until time.Time    // when it runs out
}

// user gives the account that was asked for, without any credential.
func (n NewUser) user() (account.User, error) {
	if err := n.Validate(); err != nil {
		return account.User{}, err
	}
	return account.User{
		ID: ident.New[ident.UserID](), Login: credential.NormalizeLogin(n.Login), DisplayName: strings.TrimSpace(n.DisplayName),
		Kana: strings.TrimSpace(n.Kana), Profession: n.Profession, Roles: slices.Compact(slices.Sorted(slices.Values(n.Roles))), Language: "ja",
	}, nil
}

// Credentials are given where a network is set up with known ones, as for a demonstration:
// both, or none.
type Credentials struct {
	Password   string
	TOTPSecret string // base32
}

// issuer gives accounts known credentials. It hashes, which takes its time.
type issuer struct {
	seal   credential.Sealer
	hasher *credential.Hasher
}

func (i issuer) equip(ctx context.Context, u account.User, given Credentials) (account.User, error) {
	if given.TOTPSecret == "" {
		return u, fault.New(fault.Invalid, "a password for %s without a secret of one-time codes", u.Login)
	}
	password := credential.NormalizePassword(given.Password)
	err := credential.CheckPassword(password, u.Login, u.DisplayName, u.Kana)
	if err != nil {
		return u, err
	}
	if u.PasswordHash, err = i.hasher.Hash(ctx, password); err != nil {
		return u, err
	}
	if u.TOTPSecret, err = i.seal.Seal(given.TOTPSecret, signin.TOTPContext(u.ID)); err != nil {
		return u, fmt.Errorf("seal one-time-code secret: %w", err)
	}
	u.Equipped = true
	return u, nil
}

// giveCode gives an account that has no credential a setup code in place of any before, and
// ends the session that one of them may have opened. One that has a credential is of kind
// conflict, key user.equipped; a dormant one, key user.dormant.
func giveCode(ctx context.Context, tx *db.Tx, u account.User, by ident.UserID, now time.Time) (Created, error) {
	if u.Equipped {
		return Created{}, fault.WithKey(fault.Conflict, "user.equipped", nil)
	}
	if u.Dormant(now) {
		return Created{}, fault.WithKey(fault.Conflict, "user.dormant", nil)
	}
	store := accountdb.Store{}
	if err := store.EndSessions(ctx, tx, u.ID, "", now); err != nil {
		return Created{}, err
	}
	code, hash := credential.NewCode()
	until := now.Add(account.SetupLife)
	err := store.PutSetupCode(ctx, tx, account.SetupCode{User: u.ID, SHA256: hash, CreatedBy: by, CreatedAt: now, ExpiresAt: until})
	if err != nil {
		return Created{}, err
	}
	return Created{User: withoutSecrets(u), Code: code, Until: until}, nil
}

// SetupCode gives a user of the caller's facility who has no credential yet a new setup code:
// the one before ran out, or was lost on the way. Errors: those of giveCode.
func (s *Service) SetupCode(ctx context.Context, c signin.Caller, id ident.UserID) (created Created, err error) {
	err = s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		u, err := s.own(ctx, tx, c, id)
		if err != nil {
			return err
		}
		if created, err = giveCode(ctx, tx, u, c.User, now); err != nil {
			return err
		}
		return s.auditUser(ctx, tx, c, now, audit.ActionSetupCode, id, map[string]any{})
	})
	if err != nil {
		return Created{}, err
	}
	return created, nil
}

// SetupCode does the same at the command line.
func (s Setup) SetupCode(ctx context.Context, tx *db.Tx, now time.Time, login string) (Created, error) {
	u, err := (accountdb.Store{}).ByLogin(ctx, tx, login)
	if err != nil {
		return Created{}, err
	}
	if !u.Open() {
		return Created{}, fault.WithKey(fault.Conflict, "user.closed", nil)
	}
	created, err := giveCode(ctx, tx, u, setupUser, now)
	if err != nil {
		return Created{}, err
	}
	_, err = s.Log.Append(ctx, tx, now, audit.Event{
		Action: audit.ActionSetupCode, Outcome: audit.Done, UserName: s.By, Owner: u.Facility, Detail: map[string]any{"user": u.ID},
	})
	return created, err
}
