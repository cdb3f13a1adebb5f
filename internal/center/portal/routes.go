package portal

import (
	"fmt"
	"net/http"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/wire"
	"mizuhiki.dev/mizuhiki/web"
)

// A route is a pattern with who may take it and what answers. What a role opens is
// only the door: the flow behind it decides about the patient, the facility, the item.
type route struct {
	pattern string // method and path, see [http.ServeMux]
	who     admission
	answer  func(admission) http.Handler
}

// An admission says who may take a route. The zero value admits nobody and ends the
// start of a portal that has such a route: what nobody thought about stays shut.
type admission struct {
	stage stage
	roles []access.Role // of which one is needed; only with stage role
}

type stage int

const (
	undeclared stage = iota
	terminal         // anybody at a registered terminal
	session          // whoever is signed in
	role             // whoever is signed in and holds one of the roles
)

// holding admits whoever holds one of the roles.
func holding(roles ...access.Role) admission { return admission{role, roles} }

func (a admission) declared() bool {
	return a.stage == terminal || a.stage == session || a.stage == role && len(a.roles) > 0 && !slices.Contains(a.roles, "")
}

// table lists every route of the portal, from top to bottom as people come to them.
func (p *Portal) table() []route {
	var (
		anybody  = admission{stage: terminal}
		signedIn = admission{stage: session}
		viewer   = holding(access.RoleViewer)
		liaison  = holding(access.RoleLiaison)
		either   = holding(access.RoleViewer, access.RoleLiaison)
		manager  = holding(access.RoleManager)
		operator = holding(access.RoleOperator)
	)
	return []route{
		// At a registered terminal, before anybody has signed in.
		{"GET /assets/", anybody, files},
		{"GET /signin", anybody, p.open(p.signInForm)},
		{"POST /signin", anybody, p.open(p.signIn)},
		{"GET /signin/setup", anybody, p.open(p.setupForm)},
		{"POST /signin/setup", anybody, p.open(p.signInSetup)},
		{"POST /signin/passkey", anybody, p.open(p.signInPasskey)},
		{"POST /signin/options", anybody, p.openFragment(p.signInOptions)},
		{"POST /language", anybody, p.open(p.setLanguage)},
		{"POST /signout", anybody, p.open(p.signOut)},
		{"GET /lock", anybody, p.openFragment(p.lockScreen)},
		{"POST /unlock", anybody, p.openFragment(p.unlock)},
		{"POST /unlock/options", anybody, p.openFragment(p.unlockOptions)},
		{"GET " + wire.PathTerminal, anybody, p.openProgram(p.standing)},
		{"POST " + wire.PathTerminal, anybody, p.openProgram(p.renew)},

		{"GET /{$}", signedIn, p.page(p.home)},
		{"GET /session", signedIn, p.background(p.sessionState)},
		{"POST /session", signedIn, p.fragment(p.sessionState)},
		{"POST /lock", signedIn, p.page(p.lock)},
		{"POST /stepup", signedIn, p.page(p.stepUpDone)},
		{"POST /stepup/options", signedIn, p.fragment(p.stepUpOptions)},
		{"GET /account", signedIn, p.page(p.account)},
		{"GET /welcome", signedIn, p.page(p.welcome)},
		{"POST /welcome", signedIn, p.page(p.pledge)},
		{"POST /welcome/password", signedIn, p.page(p.firstPassword)},
		{"POST /welcome/passkey/options", signedIn, p.fragment(p.firstPasskeyOptions)},
		{"POST /welcome/passkey", signedIn, p.page(p.firstPasskey)},
		{"GET /account/passkeys/new", signedIn, p.page(p.passkeyForm)},
		{"POST /account/passkeys/options", signedIn, p.fragment(p.passkeyOptions)},
		{"POST /account/passkeys", signedIn, p.page(p.passkeyAdd)},
		{"POST /account/passkeys/{passkey}/name", signedIn, p.page(p.passkeyRename)},
		{"POST /account/passkeys/{passkey}/remove", signedIn, p.page(p.passkeyRemove)},
		{"POST /account/passwordless", signedIn, p.page(p.passwordDrop)},
		{"POST /account/sessions/{session}/end", signedIn, p.page(p.sessionEndOwn)},
		{"POST /account/sessions/end", signedIn, p.page(p.sessionsEndOwn)},
		{"GET /password", signedIn, p.page(p.passwordForm)},
		{"POST /password", signedIn, p.page(p.passwordChange)},

		// Patients of the own facility.
		{"GET /patients", either, p.page(p.patientList)},
		{"POST /patients", either, p.page(p.patientList)},

		// Registration, links and consent.
		{"GET /register", liaison, p.page(p.registerForm)},
		{"POST /register/find", liaison, p.page(p.registerFind)},
		{"POST /register", liaison, p.page(p.registerCreate)},
		{"GET /patients/{person}/links", liaison, p.page(p.links)},
		{"POST /patients/{person}/candidates", liaison, p.page(p.linkCandidates)},
		{"POST /patients/{person}/link", liaison, p.page(p.linkConfirm)},
		{"POST /patients/{person}/unlink", liaison, p.page(p.linkEnd)},
		{"POST /patients/{person}/correct", liaison, p.page(p.linkCorrect)},
		{"POST /patients/{person}/demographics", liaison, p.page(p.amend)},
		{"POST /patients/{person}/demographics/confirm", liaison, p.page(p.amendConfirm)},
		{"POST /patients/{person}/consent", liaison, p.page(p.consentGive)},
		{"POST /patients/{person}/revoke", liaison, p.page(p.consentRevoke)},
		{"GET /patients/{person}/fetch", either, p.background(p.fetchProgress)},

		// The record. Parts follow their page by themselves.
		{"GET /patients/{person}", either, p.page(p.timeline)},
		{"GET /patients/{person}/medications", viewer, p.page(p.medications)},
		{"GET /patients/{person}/labs", viewer, p.page(p.labs)},
		{"GET /patients/{person}/conditions", viewer, p.page(p.conditions)},
		{"GET /patients/{person}/encounters", viewer, p.page(p.encounters)},
		{"GET /patients/{person}/notes", viewer, p.page(p.notes)},
		{"GET /patients/{person}/exams", viewer, p.page(p.exams)},
		{"GET /patients/{person}/vitals", viewer, p.page(p.vitals)},
		{"GET /patients/{person}/views/{view}/{facility}", viewer, p.background(p.part)},
		{"GET /patients/{person}/items/{facility}/{item}", viewer, p.fragment(p.items)},
		{"GET /patients/{person}/files/{facility}/{item}/{n}/{mark}", viewer, p.page(p.file)},

		// The facility manager.
		{"GET /manage/users", manager, p.page(p.users)},
		{"GET /manage/users/review", manager, p.page(p.userReview)},
		{"POST /manage/users", manager, p.page(p.userCreate)},
		{"GET /manage/users/{user}/grants", manager, p.page(p.grants)},
		{"POST /manage/users/{user}/roles", manager, p.page(p.userRoles)},
		{"POST /manage/users/{user}/clearance", manager, p.page(p.userClearance)},
		{"POST /manage/users/{user}/reactivate", manager, p.page(p.userReactivate)},
		{"POST /manage/users/{user}/unlock", manager, p.page(p.userUnlock)},
		{"POST /manage/users/{user}/close", manager, p.page(p.userClose)},
		{"POST /manage/users/{user}/code", manager, p.page(p.userCode)},
		{"POST /manage/users/{user}/recovery", manager, p.page(p.recoveryAsk)},
		{"POST /manage/recoveries/{recovery}/approve", manager, p.page(p.recoveryApprove)},
		{"POST /manage/recoveries/{recovery}/withdraw", manager, p.page(p.recoveryWithdraw)},
		{"GET /manage/release", manager, p.page(p.release)},
		{"POST /manage/release", manager, p.page(p.releasePropose)},
		{"GET /manage/sessions", manager, p.page(p.sessions)},
		{"POST /manage/sessions/end", manager, p.page(p.sessionsEnd)},
		{"POST /manage/sessions/idle", manager, p.page(p.sessionsIdle)},
		{"GET /manage/log", manager, p.page(p.accessLog)},
		{"POST /manage/log", manager, p.page(p.accessLog)},
		{"GET /manage/devices", manager, p.page(p.devices)},
		{"POST /manage/devices", manager, p.page(p.deviceRegister)},
		{"GET /manage/devices/ledger.csv", manager, p.page(p.deviceLedger)},
		{"POST /manage/devices/{device}/replace", manager, p.page(p.deviceReplace)},
		{"POST /manage/devices/{device}/renew", manager, p.page(p.deviceRenew)},
		{"POST /manage/devices/{device}/revoke", manager, p.page(p.deviceRevoke)},

		// The network's operator.
		{"GET /network/recoveries", operator, p.page(p.network)},
		{"POST /network/recoveries", operator, p.page(p.networkAsk)},
		{"POST /network/recoveries/{recovery}/approve", operator, p.page(p.networkApprove)},
		{"POST /network/recoveries/{recovery}/withdraw", operator, p.page(p.networkWithdraw)},

		// Everything else looks like what one may not see.
		{"/", signedIn, p.page(p.nothing)},
	}
}

// serve makes the routes a handler. A route that does not say who may take it is a
// programmer's error, for which no portal starts.
func serve(table []route) http.Handler {
	m := http.NewServeMux()
	for _, r := range table {
		if !r.who.declared() {
			panic(fmt.Sprintf("portal: route %s does not say who may take it", r.pattern))
		}
		m.Handle(r.pattern, r.answer(r.who))
	}
	return m
}

// files serves scripts and styles, which are the same for everybody.
func files(admission) http.Handler { return http.StripPrefix("/assets/", web.Assets()) }
