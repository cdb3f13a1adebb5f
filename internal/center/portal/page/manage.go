package page

import (
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Users is the facility manager's page of accounts.
//
// Forms: POST /manage/users with login, display_name, kana, profession, roles (repeated),
// trained (any date form), paper=1 creates; under /manage/users/{user}: POST roles with
// roles (repeated), clearance with trained and paper=1, reactivate, unlock, close, code, recovery
// with reason; under /manage/recoveries/{recovery}: POST approve, withdraw.
type Users struct {
	Shell
	Self    ident.UserID
	Rows    []account.User
	Form    UserForm
	Errors  Errors
	Code    *SetupCode // shown in this one answer and never again
	Pending []account.Recovery
	Locked  map[ident.UserID]time.Time // until when failed sign-ins keep people out
}

func (Users) view() string { return "users" }

// UserState is where an account stands.
type UserState string

const (
	UserPreparing UserState = "preparing" // training, pledge or a credential is missing
	UserActive    UserState = "active"
	UserDormant   UserState = "dormant"
	UserClosed    UserState = "closed"
)

// StateOf tells where an account stands now.
func StateOf(u account.User, now time.Time) UserState {
	switch {
	case !u.Open():
		return UserClosed
	case u.Dormant(now):
		return UserDormant
	case !u.Trained() || !u.Pledged() || !u.Equipped:
		return UserPreparing
	}
	return UserActive
}

// PledgeKind tells how the pledge was given: none, paper, portal.
func PledgeKind(u account.User) string {
	switch u.PledgeVersion {
	case "":
		return "none"
	case account.PledgePaper:
		return "paper"
	}
	return "portal"
}

// State tells where an account of the list stands.
func (p Users) State(u account.User) UserState { return StateOf(u, p.Now) }

// Professions lists the choices of profession.
func (Users) Professions() []access.Profession { return access.Professions() }

// Assignable lists the roles that a facility manager gives.
func (Users) Assignable() []access.Role {
	return []access.Role{access.RoleViewer, access.RoleLiaison, access.RoleManager}
}

// UserForm is a new account as it was typed.
type UserForm struct {
	Login, DisplayName, Kana string
	Profession               access.Profession
	Roles                    []access.Role
	Trained                  string // day of the training
	Paper                    bool   // the pledge was signed on paper
}

// CodeReason is why a setup code is shown.
type CodeReason string

const (
	CodeCreated   CodeReason = "created"   // the account is new
	CodeAgain     CodeReason = "again"     // the code before ran out
	CodeRecovered CodeReason = "recovered" // a recovery was approved
)

// SetupCode is what somebody needs to come in for the first time, or after a recovery.
type SetupCode struct {
	Login, DisplayName string
	Code               string
	Until              time.Time
	Why                CodeReason
}

// Reasons lists why an account may be recovered.
func (Users) Reasons() []account.RecoveryReason { return account.RecoveryReasons() }

// Waiting reports whether a request about the account waits.
func (p Users) Waiting(u account.User) bool {
	return slices.ContainsFunc(p.Pending, func(r account.Recovery) bool { return r.User == u.ID })
}

// Alone reports whether nobody of the facility could approve what the reader asks about an
// account, so that the network's operator has to.
func (p Users) Alone(u account.User) bool {
	asked := account.Recovery{User: u.ID, AskedBy: p.Self}
	return !slices.ContainsFunc(p.Rows, func(by account.User) bool { return asked.Seconds(by, p.Now) })
}

// NoSecond reports whether all that waits is for the network's operator to approve.
func (p Users) NoSecond() bool {
	return !slices.ContainsFunc(p.Pending, func(r account.Recovery) bool { return p.Part(r) != PartAlone })
}

// RecoveryPart is what the reader has to do with a request.
type RecoveryPart string

const (
	PartApprove   RecoveryPart = "approve"   // may be the second person
	PartNew       RecoveryPart = "new"       // has not been a manager for long enough
	PartAsked     RecoveryPart = "asked"     // asked it, so somebody else approves
	PartAlone     RecoveryPart = "alone"     // asked it, and the facility has nobody else: an operator approves
	PartConcerned RecoveryPart = "concerned" // it is about the reader
	PartNetwork   RecoveryPart = "network"   // it is about an operator, and the network's to decide
)

// Part tells what the reader has to do with a request.
func (p Users) Part(r account.Recovery) RecoveryPart {
	concerned := slices.IndexFunc(p.Rows, func(u account.User) bool { return u.ID == r.User })
	switch {
	case r.User == p.Self:
		return PartConcerned
	case concerned >= 0 && p.Rows[concerned].Holds(access.RoleOperator):
		return PartNetwork
	case r.AskedBy != p.Self:
		reader := slices.IndexFunc(p.Rows, func(u account.User) bool { return u.ID == p.Self })
		if reader >= 0 && r.Seconds(p.Rows[reader], p.Now) {
			return PartApprove
		}
		return PartNew
	case slices.ContainsFunc(p.Rows, func(u account.User) bool { return r.Seconds(u, p.Now) }):
		return PartAsked
	}
	return PartAlone
}

// AccessLog is the facility manager's page of what its staff did and what others saw of its content.
// Form: GET /manage/log with from, to (any date form), user, kind (an [audit.Group]), before (cursor); a
// text search, which may be a name, is POST /manage/log with q as well.
type AccessLog struct {
	Shell
	From, To string
	User     ident.UserID
	Group    audit.Group // only what has to do with it; empty: everything
	Text     string
	Users    []account.User
	Rows     []LogRow
	Next     string // cursor of the rows before these, empty if there are none
	Errors   Errors
}

func (AccessLog) view() string { return "log" }

// Groups lists the choices of what rows have to do with.
func (AccessLog) Groups() []audit.Group { return audit.Groups() }

// LogRow is one event of the log.
type LogRow struct {
	ID           ident.EventID
	At           time.Time
	Action       audit.Action
	Outcome      audit.Outcome
	UserName     string
	Profession   access.Profession
	Facility     string // the user's, by name
	Owner        string // whose content it was, by name; empty if none
	Person       string // name at the time, empty where the person is not linked to the reader's facility
	NameNow      string // where it is another
	Kinds        []clinical.Kind
	File         bool           // a file of a document was opened
	Means        account.Method // by what somebody proved who they are; empty where nobody did
	Copied       bool           // there may be a copy of the passkey
	Unlocked     bool           // a proof unlocked a screen
	Device       string         // terminal of the reader's facility; empty for others
	About        string         // the account that it is about, by name; empty if none
	Why          account.RecoveryReason
	PatientID    ident.LocalPatientID // the owner's number that a link has, or that was tried
	Reason       string               // why a link was ended, as it was typed
	Cause        string               // why a link was refused: unknown_id, mismatch, throttled
	Differs      []wire.Field
	FormerNumber ident.LocalPatientID // own number of a person who is linked no more, or under another now
	Changed      []wire.Field         // of demographics that were corrected
}
