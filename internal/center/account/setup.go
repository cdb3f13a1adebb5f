package account

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

// SetupLife is how long a setup code can be used (our value).
const SetupLife = 10 * time.Minute

// SetupTimeout is how long a session that a setup code opened may last: it serves to make
// a credential and nothing else (our value).
const SetupTimeout = time.Hour

// SetupCode is a one-time code (初回設定コード) with which the person of an account that has
// neither password nor passkey comes to make one, at a terminal of their own facility. The
// code itself is shown once and kept nowhere.
type SetupCode struct {
	User       ident.UserID
	SHA256     string // of the code, see credential.HashCode
	CreatedBy  ident.UserID
	CreatedAt  time.Time
	ExpiresAt  time.Time
	UsedAt     time.Time // zero: not yet
	TOTPSecret string    // sealed; made when the code is used, for whoever chooses a password
}

// Refused says why a code of that hash does not let in, for the log only; empty if it does.
func (c SetupCode) Refused(sha256 string, now time.Time) string {
	switch {
	case c.SHA256 == "":
		return "no setup code"
	case c.SHA256 != sha256:
		return "setup code"
	case !c.UsedAt.IsZero():
		return "setup code used before"
	case !now.Before(c.ExpiresAt):
		return "setup code ran out"
	}
	return ""
}
