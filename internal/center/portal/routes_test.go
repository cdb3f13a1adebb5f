package portal

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Who comes to every door.
var people = []struct {
	name string
	who
}{
	{"viewer", who{profession: access.Physician, roles: []access.Role{access.RoleViewer}}},
	{"liaison", who{profession: access.Clerk, roles: []access.Role{access.RoleLiaison}}},
	{"manager", who{profession: access.Clerk, roles: []access.Role{access.RoleManager}}},
	{"operator", who{profession: access.Clerk, roles: []access.Role{access.RoleOperator}}},
	{"no role", who{}},
	{"must change the password", who{roles: []access.Role{access.RoleViewer, access.RoleLiaison, access.RoleManager}, mustChange: true}},
	{"has not pledged", who{roles: []access.Role{access.RoleViewer, access.RoleLiaison, access.RoleManager}, unpledged: true}},
	{"was not trained", who{roles: []access.Role{access.RoleViewer, access.RoleLiaison, access.RoleManager}, untrained: true}},
	{"came by a setup code", who{roles: []access.Role{access.RoleViewer, access.RoleLiaison, access.RoleManager}, setup: true}},
	{"not signed in", who{}},
}

// expectation is what a route answers to whom it admits. Requests are such that they
// change nothing, so that the order of routes and people does not matter.
type expectation struct {
	admits   string // names of people; "*" for whoever is signed in
	status   int
	to       string // where it leads, for status 303
	path     string // {person} and the like are filled in; empty: the pattern's
	form     url.Values
	fragment bool
}

func expectations() map[string]expectation {
	const see = http.StatusSeeOther
	form := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	return map[string]expectation{
		"GET /{$}":      {admits: "*", status: see, path: "/"}, // where to depends on the role
		"POST /lock":    {admits: "*", status: see, to: "/", form: form()},
		"GET /session":  {admits: "*", status: 200, fragment: true},
		"POST /session": {admits: "*", status: 200, form: form(), fragment: true},
		"POST /stepup":  {admits: "*", status: see, to: "/account", form: form("to", "/account")},
		"GET /account":  {admits: "*", status: 200},

		"POST /stepup/options":                    {admits: "*", status: 422, form: form(), fragment: true},
		"GET /account/passkeys/new":               {admits: "*", status: 200},
		"POST /account/passkeys/options":          {admits: "*", status: 422, form: form(), fragment: true},
		"POST /account/passkeys":                  {admits: "*", status: 422, form: form()},
		"POST /account/passkeys/{passkey}/name":   {admits: "*", status: 422, form: form()},
		"POST /account/passkeys/{passkey}/remove": {admits: "*", status: 404, form: form()},
		"POST /account/passwordless":              {admits: "*", status: 422, form: form()},
		"POST /account/sessions/{session}/end":    {admits: "*", status: see, to: "/account", form: form()},
		"POST /account/sessions/end":              {admits: "*", status: see, to: "/signin", form: form()},

		"GET /welcome":  {admits: "*", status: see, to: "/"},
		"POST /welcome": {admits: "*", status: see, form: form()},

		// Nobody's who has a credential.
		"POST /welcome/password":        {admits: "*", status: 404, form: form("new", "a", "again", "a")},
		"POST /welcome/passkey":         {admits: "*", status: 404, form: form()},
		"POST /welcome/passkey/options": {admits: "*", status: 404, form: form(), fragment: true},

		"POST /manage/recoveries/{recovery}/approve":  {admits: "manager", status: 404, form: form()},
		"POST /manage/recoveries/{recovery}/withdraw": {admits: "manager", status: 404, form: form()},

		"GET /network/recoveries":                      {admits: "operator", status: 200},
		"POST /network/recoveries":                     {admits: "operator", status: 422, form: form()},
		"POST /network/recoveries/{recovery}/approve":  {admits: "operator", status: 404, form: form()},
		"POST /network/recoveries/{recovery}/withdraw": {admits: "operator", status: 404, form: form()},

		"GET /password":  {admits: "*", status: 200},
		"POST /password": {admits: "*", status: 422, form: form("new", "a", "again", "b")},

		"GET /patients":  {admits: "viewer, liaison", status: 200},
		"POST /patients": {admits: "viewer, liaison", status: 200, form: form("q", "ミズヒキ")},

		"GET /register":                                {admits: "liaison", status: 200},
		"POST /register/find":                          {admits: "liaison", status: 422, form: form()},
		"POST /register":                               {admits: "liaison", status: 422, form: form()},
		"GET /patients/{person}/links":                 {admits: "liaison", status: 200},
		"POST /patients/{person}/candidates":           {admits: "liaison", status: 200, form: form("facility", "{facility}")},
		"POST /patients/{person}/link":                 {admits: "liaison", status: 422, form: form("facility", "{facility}")},
		"POST /patients/{person}/unlink":               {admits: "liaison", status: 422, form: form("link", "{item}")},
		"POST /patients/{person}/correct":              {admits: "liaison", status: 422, form: form("link", "{item}")},
		"POST /patients/{person}/demographics":         {admits: "liaison", status: 422, form: form()},
		"POST /patients/{person}/demographics/confirm": {admits: "liaison", status: 422, form: form("birth_date", "1948-03-09")},
		"POST /patients/{person}/consent":              {admits: "liaison", status: 422, form: form()},
		"POST /patients/{person}/revoke":               {admits: "liaison", status: 422, form: form()},
		"GET /patients/{person}/fetch":                 {admits: "viewer, liaison", status: 200, path: "/patients/{person}/fetch?facility={facility}", fragment: true},

		"GET /patients/{person}":                                    {admits: "viewer, liaison", status: 200}, // a clerk is led on, see answer
		"GET /patients/{person}/medications":                        {admits: "viewer", status: 200},
		"GET /patients/{person}/labs":                               {admits: "viewer", status: 200},
		"GET /patients/{person}/conditions":                         {admits: "viewer", status: 200},
		"GET /patients/{person}/encounters":                         {admits: "viewer", status: 200},
		"GET /patients/{person}/notes":                              {admits: "viewer", status: 200},
		"GET /patients/{person}/exams":                              {admits: "viewer", status: 200},
		"GET /patients/{person}/vitals":                             {admits: "viewer", status: 200},
		"GET /patients/{person}/files/{facility}/{item}/{n}/{mark}": {admits: "viewer", status: 200},
		"GET /patients/{person}/views/{view}/{facility}":            {admits: "viewer", status: 200, fragment: true},
		"GET /patients/{person}/items/{facility}/{item}":            {admits: "viewer", status: 200, fragment: true},

		"GET /manage/users":                    {admits: "manager", status: 200},
		"POST /manage/users":                   {admits: "manager", status: 422, form: form()},
		"GET /manage/users/{user}/grants":      {admits: "manager", status: 200},
		"POST /manage/users/{user}/roles":      {admits: "manager", status: 422, form: form()},
		"POST /manage/users/{user}/close":      {admits: "manager", status: 422, form: form()},
		"POST /manage/users/{user}/unlock":     {admits: "manager", status: 422, form: form()},
		"POST /manage/users/{user}/code":       {admits: "manager", status: 422, form: form()},
		"POST /manage/users/{user}/recovery":   {admits: "manager", status: 422, form: form()},
		"GET /manage/release":                  {admits: "manager", status: 200},
		"POST /manage/release":                 {admits: "manager", status: 422, form: form("version", "1", "allow.lab.nurse", "1", "delay.lab.nurse", "soon")},
		"GET /manage/sessions":                 {admits: "manager", status: 200},
		"POST /manage/sessions/end":            {admits: "manager", status: 422, form: form()},
		"POST /manage/sessions/idle":           {admits: "manager", status: 422, form: form()},
		"GET /manage/log":                      {admits: "manager", status: 200},
		"POST /manage/log":                     {admits: "manager", status: 200, form: form("q", "結")},
		"GET /manage/devices":                  {admits: "manager", status: 200},
		"POST /manage/users/{user}/clearance":  {admits: "manager", status: 422, form: form()},
		"POST /manage/users/{user}/reactivate": {admits: "manager", status: 422, form: form()},
		"GET /manage/users/review":             {admits: "manager", status: 200},
		"POST /manage/devices":                 {admits: "manager", status: 422, form: form()},
		"GET /manage/devices/ledger.csv":       {admits: "manager", status: 200},

		"POST /manage/devices/{device}/replace": {admits: "manager", status: 422, form: form()},
		"POST /manage/devices/{device}/renew":   {admits: "manager", status: 422, form: form()}, // too early
		"POST /manage/devices/{device}/revoke":  {admits: "manager", status: 422, form: form()}, // the own one

		"/": {admits: "", path: "/administration"},
	}
}

// atTerminal are the routes that ask for no session, with what they answer to anybody.
var atTerminal = map[string]struct {
	path   string
	status int
}{
	"GET /assets/":   {"/assets/knot.svg", 200},
	"GET /signin":    {"/signin", 200},
	"POST /signin":   {"/signin", 401},
	"POST /language": {"/language", 303},
	"POST /signout":  {"/signout", 303},
	// Of no session they say only that there is none.
	"GET /lock":            {"/lock", 401},
	"POST /unlock":         {"/unlock", 401},
	"POST /unlock/options": {"/unlock/options", 401},

	"GET /signin/setup":    {"/signin/setup", 200},
	"POST /signin/setup":   {"/signin/setup", 401},
	"POST /signin/passkey": {"/signin/passkey", 401},
	"POST /signin/options": {"/signin/options", 422},

	"GET /terminal":  {"/terminal", 200},
	"POST /terminal": {"/terminal", 422}, // no request for a certificate
}

func (e expectation) admitsPerson(name string) bool {
	return e.admits == "*" && name != "not signed in" || slices.Contains(strings.Split(e.admits, ", "), name)
}

// All routes, by everybody. A route without an expectation fails, and so does an
// expectation without a route.
func TestReq_AZ01_everyRouteByEverybody(t *testing.T) {
	d := newDesk(t)
	want := expectations()
	for _, r := range d.portal.table() {
		if _, ok := atTerminal[r.pattern]; ok && r.who.stage == terminal {
			continue
		}
		e, ok := want[r.pattern]
		if !ok {
			t.Errorf("%s: who may take it is not said here", r.pattern)
			continue
		}
		delete(want, r.pattern)
		// The flows would refuse as well, which must not hide a door left open.
		if declared := admitted(r.who); declared != e.admits && e.admits != "" {
			t.Errorf("%s admits %s, want %s", r.pattern, declared, e.admits)
		}
		for _, person := range people {
			t.Run(r.pattern+" by "+person.name, func(t *testing.T) {
				b := d.in(person.who)
				if person.name == "not signed in" {
					delete(b.cookies, sessionCookie)
				}
				status, to := e.answer(person.name, r.pattern)
				got := b.knock(r.pattern, e)
				if !strings.Contains(r.pattern, "/files/") {
					got.leavesHeaders(t)
				}
				if got.StatusCode != status {
					t.Errorf("status %d, want %d", got.StatusCode, status)
				}
				if to != "" && got.Header.Get("Location") != strings.ReplaceAll(to, "{person}", string(d.patient.ID)) {
					t.Errorf("leads to %q, want %q", got.Header.Get("Location"), to)
				}
			})
		}
	}
	for pattern := range want {
		t.Errorf("%s is expected and no route", pattern)
	}
}

// admitted words an admission as expectations do.
func admitted(a admission) string {
	if a.stage == session {
		return "*"
	}
	var names []string
	for _, r := range a.roles {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// answer is the status that somebody is to get, and where they are led.
func (e expectation) answer(name, pattern string) (status int, to string) {
	setup := name == "came by a setup code"
	first := setup || name == "must change the password" || name == "has not pledged" || name == "was not trained"
	equips := strings.HasPrefix(pattern, "POST /welcome/")
	own := equips || pattern == "GET /password" || pattern == "POST /password" || pattern == "POST /lock" || strings.HasSuffix(pattern, " /session") || strings.HasSuffix(pattern, " /welcome")
	switch {
	case equips && setup:
		return http.StatusUnprocessableEntity, ""
	case equips && first:
		return http.StatusNotFound, ""
	case name == "not signed in" && e.fragment, first && e.fragment && !own:
		return http.StatusUnauthorized, ""
	case name == "not signed in":
		return http.StatusSeeOther, "/signin"
	case first && !own:
		return http.StatusSeeOther, "/welcome"
	case first && pattern == "GET /welcome":
		return http.StatusOK, ""
	case name == "has not pledged" && pattern == "POST /welcome":
		return http.StatusUnprocessableEntity, ""
	case pattern == "POST /welcome":
		return http.StatusSeeOther, "/welcome"
	case pattern == "GET /patients/{person}" && name == "liaison":
		return http.StatusSeeOther, "/patients/{person}/links"
	case e.admitsPerson(name):
		return e.status, e.to
	}
	return http.StatusNotFound, ""
}

var partPath = regexp.MustCompile(`data-part="([^"]+)"`)

// knock makes the request of an expectation, with ids that exist.
func (b *browser) knock(pattern string, e expectation) answer {
	b.d.Helper()
	method, path, _ := strings.Cut(pattern, " ")
	if e.path != "" {
		path = e.path
	}
	if method == "/" {
		method = http.MethodGet
	}
	if strings.Contains(path, "{view}") {
		if m := partPath.FindStringSubmatch(b.get(b.d.path("/labs")).body); m != nil {
			path = m[1]
		}
	}
	fill := strings.NewReplacer(
		"{person}", string(b.d.patient.ID), "{facility}", string(b.d.other.ID), "{item}", string(b.d.item),
		"{user}", string(b.user.ID), "{device}", string(b.dev), "{passkey}", ident.New[string](), "{session}", ident.New[string](), "{recovery}", ident.New[string](), "{n}", "0", "{mark}", "0123456789abcdef", "{view}", ident.New[string](),
	)
	var form url.Values
	if e.form != nil {
		form = url.Values{}
		for k, v := range e.form {
			form.Set(k, fill.Replace(v[0]))
		}
	}
	return b.do(method, fill.Replace(path), form)
}

func TestReq_AZ01_openRoutes(t *testing.T) {
	d := newDesk(t)
	for _, r := range d.portal.table() {
		if r.who.stage != terminal {
			continue
		}
		e, ok := atTerminal[r.pattern]
		if !ok {
			t.Errorf("%s is open to anybody at a terminal and not expected to be", r.pattern)
			continue
		}
		method, _, _ := strings.Cut(r.pattern, " ")
		got := d.terminal(d.home.ID).do(method, e.path, url.Values{})
		if got.StatusCode != e.status {
			t.Errorf("%s: status %d, want %d", r.pattern, got.StatusCode, e.status)
		}
		if r.pattern == "GET /assets/" {
			continue // scripts and styles, the same for everybody
		}
		got.leavesHeaders(t)
		stranger := &browser{d: d, cert: "unknown", cookies: map[string]string{}}
		want := http.StatusNotFound
		if e.path == wire.PathTerminal {
			want = http.StatusForbidden // its program is told what it is
		}
		if got := stranger.do(method, e.path, url.Values{}); got.StatusCode != want {
			t.Errorf("%s at an unknown terminal: status %d, want %d", r.pattern, got.StatusCode, want)
		}
	}
}

// leavesHeaders sees that a handler does not speak over what the server says with every
// answer. Files do, which has a test of its own.
func (a answer) leavesHeaders(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"Cache-Control", "Content-Security-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy",
		"Referrer-Policy", "Strict-Transport-Security", "X-Content-Type-Options", "Access-Control-Allow-Origin",
	} {
		if value := a.Header.Get(name); value != "" {
			t.Errorf("the handler sets %s: %s", name, value)
		}
	}
}

func TestReq_AZ01_undeclaredRouteEndsTheStart(t *testing.T) {
	p := newDesk(t).portal
	for name, r := range map[string]route{
		"nothing said":                     {"GET /x", admission{}, p.page(p.home)},
		"a list of no roles":               {"GET /x", holding(), p.page(p.home)},
		"a role without a name":            {"GET /x", holding(""), p.page(p.home)},
		"a caller where nobody signs in":   {"GET /x", admission{stage: terminal}, p.page(p.home)},
		"a role where nobody is signed in": {"GET /x", holding(access.RoleViewer), p.open(p.signInForm)},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("the portal starts")
				}
			}()
			serve([]route{r})
		})
	}
}

// What is denied, what is another's and what does not exist answer alike, byte by byte.
func TestReq_AZ03_refusalsLookAlike(t *testing.T) {
	d := newDesk(t)
	stranger := d.Person("結び 太郎", "ムスビ タロウ") // at the other hospital only
	d.Link(stranger.ID, d.other.ID, "0001234")
	theirs := d.Link(d.Person("結び 三郎", "ムスビ サブロウ").ID, d.other.ID, "0001235")
	foreign, _ := d.account(d.other.ID, who{roles: []access.Role{access.RoleViewer}})
	unknown, wrongForm := ident.New[string](), "7"

	doctor, clerk, manager := d.doctor(), d.clerk(), d.manager()
	page := doctor.get("/no/such/page")
	page.want(t, http.StatusNotFound, "")
	get := func(path string) func(*browser) answer { return func(b *browser) answer { return b.get(path) } }
	post := func(path string, pairs ...string) func(*browser) answer {
		return func(b *browser) answer { return b.post(path, pairs...) }
	}
	p, fetch := d.path(""), "/fetch?facility="
	for name, tc := range map[string]struct {
		by    *browser
		ask   func(*browser) answer
		probe bool // leaves a row of a foreign id
	}{
		"a page without the role":          {doctor, get("/manage/users"), false},
		"another's patient":                {doctor, get("/patients/" + string(stranger.ID)), true},
		"another's results":                {doctor, get("/patients/" + string(stranger.ID) + "/labs"), true},
		"a patient who does not exist":     {doctor, get("/patients/" + unknown), true},
		"what is no id":                    {doctor, get("/patients/" + wrongForm), false},
		"no id, with a page":               {doctor, get("/patients/" + wrongForm + "/labs"), false},
		"another's links":                  {clerk, get("/patients/" + string(stranger.ID) + "/links"), true},
		"links of nobody":                  {clerk, get("/patients/" + unknown + "/links"), true},
		"links of no id":                   {clerk, get("/patients/" + wrongForm + "/links"), false},
		"consent of another's":             {clerk, post("/patients/"+string(stranger.ID)+"/revoke", "reason", "x"), true},
		"another's link":                   {clerk, post(p+"/unlink", "link", string(theirs.ID), "reason", "x"), true},
		"another's link to be corrected":   {clerk, post(p+"/correct", "link", string(theirs.ID), "reason", "x", "patient_id", "1"), true},
		"another's correction":             {clerk, post("/patients/"+string(stranger.ID)+"/demographics/confirm", "name", "x", "kana", "エ", "birth_date", "1960-01-01", "sex", "F", "staff_verified", "1"), true},
		"another's demographics":           {clerk, post("/patients/"+string(stranger.ID)+"/demographics", "name", "x", "kana", "エ", "birth_date", "1960/1/1", "sex", "F", "reason", "x"), true},
		"a link that does not exist":       {clerk, post(p+"/unlink", "link", unknown, "reason", "x"), true},
		"a link that is no id":             {clerk, post(p+"/unlink", "link", wrongForm, "reason", "x"), false},
		"a facility that does not exist":   {clerk, post(p+"/link", "facility", unknown, "patient_id", "1"), true},
		"a facility that is no id":         {clerk, post(p+"/link", "facility", wrongForm, "patient_id", "1"), false},
		"another facility's user":          {manager, post("/manage/users/" + string(foreign.user.ID) + "/close"), true},
		"another facility's user's grants": {manager, get("/manage/users/" + string(foreign.user.ID) + "/grants"), true},
		"a user who does not exist":        {manager, post("/manage/users/" + unknown + "/close"), true},
		"a user who is no id":              {manager, post("/manage/users/" + wrongForm + "/close"), false},
		"another facility's user's code":   {manager, post("/manage/users/" + string(foreign.user.ID) + "/code"), true},
		"a recovery that does not exist":   {manager, post("/manage/recoveries/" + unknown + "/approve"), true},
		"a recovery that is no id":         {manager, post("/manage/recoveries/" + wrongForm + "/approve"), false},
		"a log of another's user":          {manager, get("/manage/log?user=" + string(foreign.user.ID)), true},
		"a log of nobody":                  {manager, get("/manage/log?user=" + unknown), true},
		"a log from no cursor":             {manager, get("/manage/log?before=" + wrongForm), false},
		"a part of no view":                {doctor, get(p + "/views/" + unknown + "/" + string(d.other.ID)), true},
		"a part that is no id":             {doctor, get(p + "/views/" + wrongForm + "/" + string(d.other.ID)), false},
		"a document that is not there":     {doctor, get(p + "/items/" + string(d.other.ID) + "/" + unknown), true},
		"a document at no facility":        {doctor, get(p + "/items/" + unknown + "/" + string(d.item)), true},
		"a document of another's":          {doctor, get("/patients/" + string(stranger.ID) + "/items/" + string(d.other.ID) + "/" + string(d.item)), true},
		"a document that is no id":         {doctor, get(p + "/items/" + string(d.other.ID) + "/" + wrongForm), false},
		"a fetch from nowhere":             {clerk, get(p + fetch + unknown), true},
		"a fetch from no id":               {clerk, get(p + fetch + wrongForm), false},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(d.Events(audit.ActionProbe))
			got := tc.ask(tc.by)
			got.want(t, http.StatusNotFound, "")
			if got.body != "" && bare(got.body) != bare(page.body) {
				t.Errorf("the page differs from that of a page that does not exist")
			}
			if left := len(d.Events(audit.ActionProbe)) > before; left != tc.probe {
				t.Errorf("a row of a foreign id: %v, want %v", left, tc.probe)
			}
		})
	}
}

var frameOf = regexp.MustCompile(`(?s)<header class="top"[^>]*>.*?</header>`)

// bare is a page without its head line, which shows who reads it.
func bare(body string) string { return frameOf.ReplaceAllString(body, "") }

// One reader gets the same bytes for what is foreign and for what is not there.
func TestReq_AZ03_sameBytesForOneReader(t *testing.T) {
	d := newDesk(t)
	stranger := d.Person("結び 太郎", "ムスビ タロウ")
	d.Link(stranger.ID, d.other.ID, "0001234")
	doctor := d.doctor()
	there, absent := doctor.get("/patients/"+string(stranger.ID)), doctor.get("/patients/"+ident.New[string]())
	if there.body != absent.body {
		t.Error("the pages differ")
	}
	for name := range there.Header {
		if there.Header.Get(name) != absent.Header.Get(name) {
			t.Errorf("header %s differs", name)
		}
	}
}
