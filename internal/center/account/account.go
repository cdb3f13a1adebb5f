// Package account is who may come in: one account per person (利用者), created by the
// facility manager (管理責任者), with its roles, sessions and what bounds a session.
package account

import (
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// User is one account. Logins are never reused, also after closing.
type User struct {
	ID            ident.UserID
	Facility      ident.FacilityID
	Login         string
	DisplayName   string
	Kana          string
	Profession    access.Profession
	Roles         []access.Role             // those held now
	RoleSince     map[access.Role]time.Time // when each of them was granted
	MustChange    bool                      // the password was set by somebody else
	Equipped      bool                      // there is a password or a passkey: the account needs no setup code
	LastSignIn    time.Time                 // zero: never yet
	ReactivatedAt time.Time                 // when it was last taken into use again after it had been dormant
	Clearance
	Language     string // ja or en
	CreatedBy    ident.UserID
	CreatedAt    time.Time
	ClosedAt     time.Time // zero while open
	PasswordHash string    // argon2id PHC string; empty for a user who has only passkeys
	TOTPSecret   string    // sealed; empty like PasswordHash
	TOTPLastStep int64
}

// Method is by what somebody has proved who they are.
type Method string

const (
	MethodPassword Method = "password" // and a one-time code
	MethodPasskey  Method = "passkey"  // with the authenticator's own verification of its user
	MethodSetup    Method = "setup"    // a setup code: not two factors, and nothing but the first sign-in's steps are open
)

// Session is one signed-in session, bound to the device that opened it.
type Session struct {
	ID         ident.SessionID
	User       ident.UserID
	Device     ident.DeviceID
	CreatedAt  time.Time
	LastUsed   time.Time
	ExpiresAt  time.Time // absolute
	VerifiedAt time.Time // when the user last proved who they are: at sign-in or since
	Method     Method    // by what
	LockedAt   time.Time // when the user locked it; zero: not
}

// Times that bound a session (MHLW guideline 7.0, システム運用編 12; our values).
const (
	// IdleTimeout is after how long without a hand on it a session locks itself; a facility may choose less.
	IdleTimeout     = 15 * time.Minute
	LeastIdle       = 3 * time.Minute // the shortest that a facility may choose
	AbsoluteTimeout = 12 * time.Hour
)

// Live reports whether the session has not run out by age. It may be locked.
func (s Session) Live(now time.Time) bool { return now.Before(s.ExpiresAt) }

// Locked reports whether nothing but a proof of who its user is opens the session again:
// the user has locked it, or has left it alone for as long as the facility allows.
func (s Session) Locked(now time.Time, idle time.Duration) bool {
	alone := now.Sub(s.LastUsed)
	return !s.LockedAt.IsZero() || alone >= idle || alone < -time.Minute // replicas' clocks differ by less
}

// Holds reports whether the account holds a role now.
func (u User) Holds(r access.Role) bool { return slices.Contains(u.Roles, r) }

// Open reports whether the account may sign in.
func (u User) Open() bool { return u.ClosedAt.IsZero() }
