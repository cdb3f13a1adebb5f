// Package signin lets people in and keeps them in: device certificate, passkey or
// password and one-time code, then a session that each request proves anew (MHLW guideline 7.0,
// システム運用編 12 and 14: two factors of different kinds at application sign-in (利用者認証),
// lockout, automatic end of an unattended session).
package signin

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Caller is who makes a request, as established for this very request by
// [Service.Resume]: flows act in a Caller's name and take nobody else's word.
type Caller struct {
	access.Viewer
	Session    ident.SessionID
	Home       directory.Facility // the caller's own
	Language   string             // ja or en
	MustChange bool               // the password was set by somebody else: only changing it is allowed
	DeviceEnds time.Time          // until when the certificate of the terminal holds
	Untrained  bool               // no training is recorded: nothing is allowed until a manager has done so
	Unpledged  bool               // the pledge was not given: only giving it is allowed
	Setup      bool               // came by a setup code: only making a credential is allowed, see [Service.SignInSetup]
	VerifiedAt time.Time          // when the caller last proved who they are, at sign-in or by [Service.StepUp]
	Method     account.Method     // by what
	LocksAt    time.Time          // when the session locks itself if nobody does anything
	EndsAt     time.Time          // when it ends whatever is done
}

// Ready reports whether nothing stands before the account's use any more. Until then the
// caller holds no role.
func (c Caller) Ready() bool { return !c.MustChange && !c.Untrained && !c.Unpledged && !c.Setup }

// FreshFor is for how long a proof of who somebody is counts as fresh (our value).
const FreshFor = 5 * time.Minute

// Fresh reports whether the caller proved who they are at most [FreshFor] ago. A proof
// that lies ahead of the clock by more than replicas differ is none, and so is a setup code.
func (c Caller) Fresh(now time.Time) bool {
	age := now.Sub(c.VerifiedAt)
	return !c.Setup && age <= FreshFor && age > -time.Minute
}

// ByPasskey reports whether the last proof was a passkey.
func (c Caller) ByPasskey() bool { return c.Method == account.MethodPasskey }

// NeedFresh is what a flow asks before an act that a screen left open must not allow to
// whoever passes by (再認証): accounts, devices, releases, passkeys, withdrawn consent. Kind denied, key
// signin.step_up, unless the caller is [Caller.Fresh]; surfaces turn that key into a
// page that asks for the proof and then go on with what was being done. It is to be
// asked after the caller's role and before anything is read.
func NeedFresh(c Caller, now time.Time) error {
	if !c.Fresh(now) {
		return fault.WithKey(fault.Denied, KeyStepUp, nil)
	}
	return nil
}

// KeyStepUp is the key of [NeedFresh]'s refusal.
const KeyStepUp fault.Key = "signin.step_up"

// KeyLocked is the key of [Service.Resume]'s refusal of a session that its user can go on
// with after a proof of who they are.
const KeyLocked fault.Key = "session.locked"
