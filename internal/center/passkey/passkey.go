// Package passkey is what somebody signs in with in place of a password (パスキー): a key
// pair of which the private half stays in an authenticator that knows its user by
// fingerprint, face or PIN (W3C Web Authentication Level 3, §7.1 and §7.2). It is both
// factors in one, and a page that only looks like the portal gets nothing out of it: the
// browser signs the address that it shows.
//
// Values in, values out: nothing here keeps a row. Signatures and their encodings are
// checked by go-webauthn.
package passkey

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Passkey is one passkey of a user, as the center knows it.
type Passkey struct {
	ID             ident.PasskeyID
	User           ident.UserID
	CredentialID   []byte // the authenticator's name for it
	RPID           string // host for which it was made; the browser offers it nowhere else
	PublicKey      []byte // COSE key
	SignCount      uint32 // of the last use; 0 for authenticators that do not count
	Transports     []string
	BackupEligible bool // may be copied by the maker's cloud; never changes
	BackedUp       bool
	Name           string // the user's own for it
	CreatedAt      time.Time
	CreatedDevice  ident.DeviceID
	LastUsed       time.Time // zero if never
	LastDevice     ident.DeviceID
}

// Most is how many passkeys a user may have: a few terminals, a phone, a spare key.
const Most = 10

const longestName = 40

// CheckName gives the name that a user has typed for a passkey in the form in which it is
// kept. Kind invalid, key passkey.name, for one that is empty, longer than 40 characters or
// unprintable.
func CheckName(typed string) (string, error) {
	name := strings.TrimSpace(typed)
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > longestName || strings.ContainsFunc(name, unicode.IsControl) {
		return "", fault.WithKey(fault.Invalid, "passkey.name", nil)
	}
	return name, nil
}

// Purpose is what a challenge was given out for.
type Purpose string

const (
	SignIn Purpose = "sign_in"
	StepUp Purpose = "step_up"
	Add    Purpose = "add"
)

// ChallengeLife is for how long a challenge can be answered: somebody may have to look for
// their phone.
const ChallengeLife = 3 * time.Minute

// Challenge is what an authenticator is to sign: once, for one purpose, at one device, on
// one page, and before long. A challenge for somebody who is signed in belongs to their session.
type Challenge struct {
	Value     string // 256 random bits, base64url
	Purpose   Purpose
	Origin    string
	Device    ident.DeviceID
	Session   ident.SessionID // empty for sign-in
	ExpiresAt time.Time
}

// Answers reports whether the challenge may be answered in this place and at this time.
func (c Challenge) Answers(p Purpose, d ident.DeviceID, s ident.SessionID, now time.Time) bool {
	return c.Value != "" && c.Purpose == p && c.Device == d && c.Session == s && now.Before(c.ExpiresAt)
}
