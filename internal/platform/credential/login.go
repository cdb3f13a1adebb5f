package credential

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

// NormalizeLogin gives the one form in which a login is stored, compared and counted:
// full-width letters and capitals, as a Japanese keyboard leaves them, are the same login.
func NormalizeLogin(typed string) string {
	return strings.ToLower(norm.NFKC.String(strings.TrimSpace(typed)))
}

// CheckLogin refuses a login that is not in the form of [NormalizeLogin], or is not 3
// to 40 of a–z, 0–9, ".", "_" and "-", beginning with a letter or digit.
func CheckLogin(login string) error {
	bad := fault.WithKey(fault.Invalid, "user.login_invalid", nil)
	if len(login) < 3 || len(login) > 40 {
		return bad
	}
	for i := range len(login) {
		switch c := login[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case i > 0 && (c == '.' || c == '_' || c == '-'):
		default:
			return bad
		}
	}
	return nil
}
