// Package audit is the access log (アクセスログ): who did what, when, from where, about
// whom and on what basis. Rows are leaves of a Merkle log (RFC 6962 as in
// golang.org/x/mod/sumdb/tlog) and are inserted in the transaction of what they
// record: no row, no data. They may be inserted, never updated.
package audit

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Action is what was done.
type Action string

const (
	ActionSignIn         Action = "sign_in"
	ActionSignOut        Action = "sign_out"
	ActionStepUp         Action = "step_up" // somebody signed in proved anew who they are
	ActionSearchPerson   Action = "person_search"
	ActionCreatePerson   Action = "person_create"
	ActionAmendPerson    Action = "person_amend"   // demographics were corrected; a row for each facility that is linked
	ActionConfirmPerson  Action = "person_confirm" // a correction by others was compared by hand; detail says which fields
	ActionConsentGive    Action = "consent_give"
	ActionConsentRevoke  Action = "consent_revoke"
	ActionCandidates     Action = "link_candidates"
	ActionLink           Action = "link_confirm"
	ActionLinkRefused    Action = "link_refuse"   // by the facility's gateway; detail says which number was tried
	ActionLinkThrottled  Action = "link_throttle" // not even asked, after too many refusals
	ActionLinkSuspend    Action = "link_suspend"
	ActionUnlink         Action = "link_end"
	ActionRefresh        Action = "refresh"
	ActionOpenPatient    Action = "patient_open"  // the patient's frame was shown: demographics, linked facilities
	ActionDecide         Action = "disclose"      // a decision for one owning facility
	ActionComplete       Action = "disclose_done" // what came of it
	ActionProbe          Action = "foreign_id"    // an id in a URL that is not the caller's to see
	ActionUserCreate     Action = "user_create"
	ActionUserChange     Action = "user_change"
	ActionUserReview     Action = "user_review" // the review sheet was taken out
	ActionUserClose      Action = "user_close"
	ActionSetupCode      Action = "setup_code" // a new one was shown for an account without a credential
	ActionRecoveryAsk    Action = "recovery_ask"
	ActionRecoveryGive   Action = "recovery_approve"
	ActionRecoveryDrop   Action = "recovery_withdraw"
	ActionRelease        Action = "release_propose"
	ActionLogRead        Action = "log_read"
	ActionGatewayEnroll  Action = "gateway_enroll"
	ActionGatewayRenew   Action = "gateway_renew"
	ActionDeviceIssue    Action = "device_issue"
	ActionDeviceRevoke   Action = "device_revoke"
	ActionDeviceCode     Action = "device_code"  // a one-time code for a terminal was given out
	ActionDeviceRenew    Action = "device_renew" // a terminal came with its next certificate
	ActionSessionLock    Action = "session_lock"
	ActionSessionEnd     Action = "session_end"     // by hand, from another page than its own
	ActionFacilityChange Action = "facility_change" // a rule of the facility's own was changed
	ActionSetup          Action = "setup"
)

// Group is what the actions of one kind have to do with, for reading the log.
type Group string

const (
	GroupSignIn  Group = "signin"  // who came in, was refused, or left
	GroupLinkage Group = "linkage" // persons, consent and links
	GroupContent Group = "content" // who saw what of a patient
	GroupSearch  Group = "search"  // patients and patient numbers that were looked for
	GroupManage  Group = "manage"  // accounts, terminals, gateways, rules, and the log itself
)

// Groups lists all groups in the order of choice lists.
func Groups() []Group {
	return []Group{GroupSignIn, GroupLinkage, GroupContent, GroupSearch, GroupManage}
}

// Actions lists the actions of a group; each action is in one. Nil for what is no group.
func (g Group) Actions() []Action {
	switch g {
	case GroupSignIn:
		return []Action{ActionSignIn, ActionSignOut, ActionStepUp, ActionSessionLock, ActionSessionEnd}
	case GroupLinkage:
		return []Action{ActionCreatePerson, ActionAmendPerson, ActionConfirmPerson, ActionConsentGive, ActionConsentRevoke, ActionLink, ActionLinkRefused, ActionLinkThrottled, ActionLinkSuspend, ActionUnlink}
	case GroupContent:
		return []Action{ActionOpenPatient, ActionDecide, ActionComplete, ActionRefresh}
	case GroupSearch:
		return []Action{ActionSearchPerson, ActionCandidates, ActionProbe}
	case GroupManage:
		return []Action{
			ActionUserCreate, ActionUserChange, ActionUserReview, ActionUserClose, ActionSetupCode, ActionRecoveryAsk, ActionRecoveryGive, ActionRecoveryDrop,
			ActionRelease, ActionLogRead, ActionGatewayEnroll, ActionGatewayRenew, ActionDeviceIssue, ActionDeviceRevoke, ActionDeviceCode, ActionDeviceRenew,
			ActionFacilityChange, ActionSetup,
		}
	}
	return nil
}

// Outcome is how it ended.
type Outcome string

const (
	Allowed Outcome = "allowed"
	Denied  Outcome = "denied"
	Done    Outcome = "done"
	Failed  Outcome = "failed"
)

// Event is one row. Detail holds only what its action documents and never clinical
// content: kinds, counts, field names, policy ids, milliseconds.
type Event struct {
	ID         ident.EventID
	At         time.Time
	Action     Action
	Outcome    Outcome
	User       ident.UserID
	UserName   string
	Profession access.Profession
	Facility   ident.FacilityID // the user's
	Union      ident.UnionID    // in which the user worked; empty for what concerns no union
	Device     ident.DeviceID
	Owner      ident.FacilityID // whose content it was
	Person     ident.PersonID
	Decision   ident.DecisionID
	Detail     map[string]any
}

// By fills who did it from the facts of a session.
func (e Event) By(v access.Viewer) Event {
	e.User, e.UserName, e.Profession, e.Facility, e.Union, e.Device = v.User, v.DisplayName, v.Profession, v.Facility, v.Union, v.Device
	return e
}
