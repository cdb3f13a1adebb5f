package console

import (
	"fmt"
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/web"
)

// A route is a pattern with who may take it and what answers.
type route struct {
	pattern string // method and path, see [http.ServeMux]
	who     admission
	answer  func(admission) http.Handler
}

// An admission says who may take a route. The zero value admits nobody and ends the
// start of a console that has such a route: what nobody thought about stays shut.
type admission int

const (
	undeclared admission = iota
	anybody              // who reaches the listener
	monitor              // who holds the token of the metrics, or is on this machine
	beginner             // who has a session, be it only for the first sign-in
	viewer               // who may look
	admin                // who may act
)

// admits reports whether a caller passes; only for admissions that need a session.
func (a admission) admits(c account.Caller) bool {
	switch a {
	case beginner:
		return true
	case viewer:
		return c.May(account.Viewer)
	case admin:
		return c.May(account.Admin)
	}
	return false
}

// table lists every route of the console.
func (c *Console) table() []route {
	return []route{
		{"GET /healthz", anybody, c.open(c.healthz)},
		{"GET /readyz", anybody, c.open(c.readyz)},
		{"GET /metrics", monitor, c.monitored},

		{"GET /assets/", anybody, files},
		{"GET /signin", anybody, c.open(c.signInForm)},
		{"POST /signin", anybody, c.open(c.signIn)},
		{"POST /language", anybody, c.open(c.setLanguage)},

		// The first sign-in goes through these.
		{"POST /signout", beginner, c.page(c.signOut)},
		{"GET /password", beginner, c.page(c.passwordForm)},
		{"POST /password", beginner, c.page(c.passwordChange)},
		{"GET /second-factor", beginner, c.page(c.factorForm)},
		{"POST /second-factor", beginner, c.page(c.factorEnrol)},

		{"GET /{$}", viewer, c.page(c.overview)},
		{"GET /live", viewer, c.background(c.live)},
		{"GET /unreadable", viewer, c.page(c.unreadable)},
		{"POST /unreadable", viewer, c.page(c.unreadable)},
		{"POST /unreadable/csv", viewer, c.page(c.unreadableCSV)},
		{"GET /quarantine", viewer, c.page(c.quarantine)},
		{"POST /quarantine", viewer, c.page(c.quarantine)},
		{"POST /quarantine/csv", viewer, c.page(c.quarantineCSV)},
		{"GET /remarks", viewer, c.page(c.remarks)},
		{"POST /remarks", viewer, c.page(c.remarks)},
		{"POST /remarks/csv", viewer, c.page(c.remarksCSV)},
		{"GET /suspended", viewer, c.page(c.suspended)},
		{"GET /messages", viewer, c.page(c.messages)},
		{"GET /messages/dismissed", viewer, c.page(c.dismissed)},
		{"GET /activity", viewer, c.page(c.activity)},

		{"POST /reread/patient", admin, c.page(c.rereadPatient)},
		{"POST /reread/root", admin, c.page(c.rereadRoot)},
		{"POST /recheck", admin, c.page(c.recheck)},

		{"POST /messages/seen", admin, c.page(c.seen)},
		{"POST /messages/review", admin, c.page(c.review)},
		{"POST /messages/decide", admin, c.act(c.decide)},
		{"POST /messages/withdraw", admin, c.act(c.withdraw)},
		{"POST /messages/restore", admin, c.act(c.restore)},

		// Everything else looks like what one may not see.
		{"/", beginner, c.page(c.nothing)},
	}
}

// serve makes the routes a handler. A route that does not say who may take it is a
// programmer's error, for which no console starts.
func serve(table []route) http.Handler {
	m := http.NewServeMux()
	for _, r := range table {
		if r.who == undeclared {
			panic(fmt.Sprintf("console: route %s does not say who may take it", r.pattern))
		}
		m.Handle(r.pattern, r.answer(r.who))
	}
	return m
}

// files serves scripts and styles, which are the same for everybody.
func files(admission) http.Handler { return http.StripPrefix("/assets/", web.Assets()) }
