package account

import (
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// RecoveryLife is how long a request waits for the second person (our value).
const RecoveryLife = 24 * time.Hour

// RecoveryTenure is for how long somebody must have held the role in which they approve (our
// value): whoever asks could otherwise make a second person up on the spot.
const RecoveryTenure = 7 * 24 * time.Hour

// RecoveryReason is why an account is to be recovered.
type RecoveryReason string

const (
	RecoveryLost      RecoveryReason = "lost"      // the phone, key or terminal with the authenticator is gone
	RecoveryReplaced  RecoveryReason = "replaced"  // it was replaced or is broken
	RecoveryForgotten RecoveryReason = "forgotten" // password or PIN
	RecoverySuspected RecoveryReason = "suspected" // somebody else may know or have it
)

// RecoveryReasons lists the reasons in the order in which they are offered.
func RecoveryReasons() []RecoveryReason {
	return []RecoveryReason{RecoveryLost, RecoveryReplaced, RecoveryForgotten, RecoverySuspected}
}

// RecoveryOutcome is what became of a request.
type RecoveryOutcome string

const (
	RecoveryApproved  RecoveryOutcome = "approved"
	RecoveryWithdrawn RecoveryOutcome = "withdrawn"
	RecoveryExpired   RecoveryOutcome = "expired"
)

// Recovery is a request that an account be given back to its person, who has lost what
// they sign in with (認証手段の再発行). One person asks, another approves (MHLW guideline 6.0,
// システム運用編 14.1.1 ③: a rule for temporary access, 二人制 being ours).
type Recovery struct {
	ID          ident.RecoveryID
	User        ident.UserID
	UserName    string
	Reason      RecoveryReason
	AskedBy     ident.UserID
	AskedByName string
	AskedAt     time.Time
	ExpiresAt   time.Time
	Outcome     RecoveryOutcome // empty while it is open
}

// Pending reports whether the request can still be approved.
func (r Recovery) Pending(now time.Time) bool {
	return r.Outcome == "" && now.Before(r.ExpiresAt)
}

// RefuseApproval refuses, with kind conflict, whoever may not approve the request; staff
// are the accounts of the concerned person's facility. Keys: recovery.over, user.closed,
// recovery.own, recovery.same_person, recovery.by_manager (an operator, where a manager of
// the facility could), recovery.too_new (who has held the role for less than
// [RecoveryTenure]), recovery.by_other (neither of both).
//
// An operator stands in where the facility has no second manager, or where an operator
// asked because its managers cannot come in.
func (r Recovery) RefuseApproval(by, concerned User, staff []User, now time.Time) error {
	conflict := func(key fault.Key) error { return fault.WithKey(fault.Conflict, key, nil) }
	switch {
	case !r.Pending(now):
		return conflict("recovery.over")
	case !concerned.Open():
		return conflict("user.closed")
	case by.ID == concerned.ID:
		return conflict("recovery.own")
	case by.ID == r.AskedBy:
		return conflict("recovery.same_person")
	case by.manages(concerned.Facility, now) && !concerned.Holds(access.RoleOperator):
		if !by.longIn(access.RoleManager, now) {
			return conflict("recovery.too_new")
		}
		return nil
	case !by.Open() || by.Dormant(now) || !by.Holds(access.RoleOperator):
		return conflict("recovery.by_other")
	case !by.longIn(access.RoleOperator, now):
		return conflict("recovery.too_new")
	}
	askedWithin := false // by a manager of the facility
	for _, u := range staff {
		askedWithin = askedWithin || u.ID == r.AskedBy && u.manages(concerned.Facility, now)
	}
	if askedWithin && !concerned.Holds(access.RoleOperator) && slices.ContainsFunc(staff, func(u User) bool { return r.Seconds(u, now) }) {
		return conflict("recovery.by_manager")
	}
	return nil
}

// Seconds reports whether an account of the concerned person's facility is that of a manager
// who could approve the request.
func (r Recovery) Seconds(u User, now time.Time) bool {
	return u.ID != r.User && u.ID != r.AskedBy && u.Equipped && u.manages(u.Facility, now) && u.longIn(access.RoleManager, now)
}

// longIn reports whether the account has held a role for [RecoveryTenure].
func (u User) longIn(r access.Role, now time.Time) bool {
	since, ok := u.RoleSince[r]
	return ok && now.Sub(since) >= RecoveryTenure
}

// manages reports whether the account's person is at work as a manager of the facility.
func (u User) manages(f ident.FacilityID, now time.Time) bool {
	return u.Open() && !u.Dormant(now) && u.Facility == f && u.Holds(access.RoleManager)
}
