package manage

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
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

// Created is an account with its first credentials. They are shown once and stand
// nowhere else in clear.
type Created struct {
	User       account.User // without hashes and sealed secrets
	Password   string
	TOTPSecret string // base32
	TOTPURL    string // otpauth URL of the same, for a QR code
}

// Credentials are given where a network is set up with known ones. Empty ones are
// made, and a password that was made must be changed at first use.
type Credentials struct {
	Password   string
	TOTPSecret string
}

// issuer makes accounts ready to be stored. It hashes, which takes its time, so it is
// used outside of transactions where others wait for them.
type issuer struct {
	seal   credential.Sealer
	hasher *credential.Hasher
}

func (i issuer) user(ctx context.Context, n NewUser, given Credentials) (account.User, Created, error) {
	if err := n.Validate(); err != nil {
		return account.User{}, Created{}, err
	}
	return i.credentials(ctx, account.User{
		ID: ident.New[ident.UserID](), Login: credential.NormalizeLogin(n.Login), DisplayName: strings.TrimSpace(n.DisplayName),
		Kana: strings.TrimSpace(n.Kana), Profession: n.Profession, Roles: slices.Compact(slices.Sorted(slices.Values(n.Roles))), Language: "ja",
	}, given)
}

// credentials gives u the given credentials or new ones.
func (i issuer) credentials(ctx context.Context, u account.User, given Credentials) (account.User, Created, error) {
	password := credential.NormalizePassword(given.Password)
	u.MustChange = password == ""
	if u.MustChange {
		password = credential.NewPassword()
	} else if err := credential.CheckPassword(password, u.Login, u.DisplayName, u.Kana); err != nil {
		return account.User{}, Created{}, err
	}
	secret, link, err := credential.GenerateTOTP(u.Login)
	if err != nil {
		return account.User{}, Created{}, err
	}
	if given.TOTPSecret != "" {
		link = strings.Replace(link, "secret="+secret, "secret="+url.QueryEscape(given.TOTPSecret), 1)
		secret = given.TOTPSecret
	}
	if u.PasswordHash, err = i.hasher.Hash(ctx, password); err != nil {
		return account.User{}, Created{}, err
	}
	if u.TOTPSecret, err = i.seal.Seal(secret, signin.TOTPContext(u.ID)); err != nil {
		return account.User{}, Created{}, fmt.Errorf("seal one-time-code secret: %w", err)
	}
	u.TOTPLastStep = 0
	return u, Created{User: withoutSecrets(u), Password: password, TOTPSecret: secret, TOTPURL: link}, nil
}
