package portal

import (
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/web"
)

// routes lists every route of the portal with who may take it. What a role opens is
// only the door: the flow behind it decides about the patient, the facility, the item.
func (p *Portal) routes() http.Handler {
	const (
		viewer  = access.RoleViewer
		liaison = access.RoleLiaison
		manager = access.RoleManager
	)
	m := http.NewServeMux()

	// At a registered terminal, before anybody has signed in.
	m.Handle("GET /assets/", http.StripPrefix("/assets/", web.Assets()))
	m.Handle("GET /signin", p.open(p.signInForm))
	m.Handle("POST /signin", p.open(p.signIn))
	m.Handle("POST /language", p.open(p.setLanguage))

	// Whoever is signed in.
	m.Handle("GET /{$}", p.signedIn(wholePage, false, p.home))
	m.Handle("POST /signout", p.signedIn(wholePage, false, p.signOut))
	m.Handle("GET /password", p.signedIn(wholePage, false, p.passwordForm))
	m.Handle("POST /password", p.signedIn(wholePage, false, p.passwordChange))

	// Patients of the own facility.
	m.Handle("GET /patients", p.signedIn(wholePage, false, p.patientList, viewer, liaison))
	m.Handle("POST /patients", p.signedIn(wholePage, false, p.patientList, viewer, liaison))

	// Registration, links and consent.
	m.Handle("GET /register", p.signedIn(wholePage, false, p.registerForm, liaison))
	m.Handle("POST /register/find", p.signedIn(wholePage, false, p.registerFind, liaison))
	m.Handle("POST /register", p.signedIn(wholePage, false, p.registerCreate, liaison))
	m.Handle("GET /patients/{person}/links", p.signedIn(wholePage, false, p.links, liaison))
	m.Handle("POST /patients/{person}/candidates", p.signedIn(wholePage, false, p.linkCandidates, liaison))
	m.Handle("POST /patients/{person}/link", p.signedIn(wholePage, false, p.linkConfirm, liaison))
	m.Handle("POST /patients/{person}/unlink", p.signedIn(wholePage, false, p.linkEnd, liaison))
	m.Handle("POST /patients/{person}/consent", p.signedIn(wholePage, false, p.consentGive, liaison))
	m.Handle("POST /patients/{person}/revoke", p.signedIn(wholePage, false, p.consentRevoke, liaison))
	m.Handle("GET /patients/{person}/fetch", p.signedIn(fragment, false, p.fetchProgress, liaison, viewer))

	// The record. Parts follow their page by themselves, so they keep no session alive.
	m.Handle("GET /patients/{person}", p.signedIn(wholePage, false, p.timeline, viewer, liaison))
	m.Handle("GET /patients/{person}/medications", p.signedIn(wholePage, false, p.medications, viewer))
	m.Handle("GET /patients/{person}/labs", p.signedIn(wholePage, false, p.labs, viewer))
	m.Handle("GET /patients/{person}/conditions", p.signedIn(wholePage, false, p.conditions, viewer))
	m.Handle("GET /patients/{person}/encounters", p.signedIn(wholePage, false, p.encounters, viewer))
	m.Handle("GET /patients/{person}/views/{view}/{facility}", p.signedIn(fragment, true, p.part, viewer))
	m.Handle("GET /patients/{person}/items/{facility}/{item}", p.signedIn(fragment, false, p.items, viewer))

	// The facility manager.
	m.Handle("GET /manage/users", p.signedIn(wholePage, false, p.users, manager))
	m.Handle("POST /manage/users", p.signedIn(wholePage, false, p.userCreate, manager))
	m.Handle("POST /manage/users/{user}/roles", p.signedIn(wholePage, false, p.userRoles, manager))
	m.Handle("POST /manage/users/{user}/close", p.signedIn(wholePage, false, p.userClose, manager))
	m.Handle("POST /manage/users/{user}/reset", p.signedIn(wholePage, false, p.userReset, manager))
	m.Handle("GET /manage/release", p.signedIn(wholePage, false, p.release, manager))
	m.Handle("POST /manage/release", p.signedIn(wholePage, false, p.releasePropose, manager))
	m.Handle("GET /manage/log", p.signedIn(wholePage, false, p.accessLog, manager))
	m.Handle("POST /manage/log", p.signedIn(wholePage, false, p.accessLog, manager))
	m.Handle("GET /manage/devices", p.signedIn(wholePage, false, p.devices, manager))

	// Everything else, signed in or not, looks like what one may not see.
	m.Handle("/", p.signedIn(wholePage, false, p.nothing))
	return m
}
