package portal

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/refresh"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// What no URL may hold: a name, and the numbers that facilities gave.
const (
	name    = "水引 花子"
	kanaOf  = "ミズヒキ ハナコ"
	ownID   = ident.LocalPatientID("0007007")
	otherID = ident.LocalPatientID("0008008")
)

// desk is a hospital's desk in a small network: the flows on a real database, the
// gateways made by hand, one patient linked to the own hospital and to another one.
type desk struct {
	*flowtest.World
	portal  *Portal
	handler http.Handler
	home    directory.Facility // the own hospital, which discloses
	other   directory.Facility // another one
	patient person.Person
	item    ident.ItemID // a laboratory result at the other hospital
	letter  ident.ItemID // a referral letter there, with one file
}

// gateways take proposals in at once.
type gateways struct{ *flowtest.Gateways }

func (g gateways) Propose(ctx context.Context, f ident.FacilityID, p wire.Proposal) (wire.ReleaseState, error) {
	state, err := g.Release(ctx, f)
	if err != nil {
		return state, err
	}
	if p.BaseVersion != state.Version {
		return state, fault.WithKey(fault.Conflict, "release.stale", nil)
	}
	state = wire.ReleaseState{Version: p.BaseVersion + 1, Matrix: p.Matrix}
	g.With(f, func(gw *flowtest.Gateway) { gw.State = state })
	return state, nil
}

// labels seals by a label: enough to see that the context is the user's.
type labels struct{}

func (labels) Seal(secret, context string) (string, error) { return context + "|" + secret, nil }

func (labels) Open(sealed, context string) (string, error) {
	secret, ok := strings.CutPrefix(sealed, context+"|")
	if !ok {
		return "", errors.New("sealed in another context")
	}
	return secret, nil
}

var cheap = credential.Params{MemoryKiB: 8, Passes: 1, Threads: 1}

func newDesk(t testing.TB) *desk {
	d := &desk{World: flowtest.New(t, dbtest.SQLite(t, migrate.Center))}
	hub, hasher := gateways{d.Gateways}, credential.NewHasher(cheap)
	origins, err := passkey.NewOrigins(origin)
	if err != nil {
		t.Fatal(err)
	}
	d.portal = &Portal{Config{
		SignIn:   signin.New(signin.Config{DB: d.DB, Log: d.Audit, Seal: labels{}, Hasher: hasher, Origins: origins, Clock: d.Clock}),
		Register: register.New(register.Config{DB: d.DB, Audit: d.Audit, Gateways: hub, Clock: d.Clock, Log: d.Log}),
		Disclose: disclose.New(disclose.Config{DB: d.DB, Audit: d.Audit, Gateways: hub, Clock: d.Clock, Log: d.Log}),
		Refresh:  refresh.New(refresh.Config{DB: d.DB, Audit: d.Audit, Gateways: hub, Clock: d.Clock, Log: d.Log}),
		Enroll:   Enrolment{Address: "https://enrol.example:8445", CAFingerprint: strings.Repeat("ab", 32)},
		Manage:   manage.New(manage.Config{DB: d.DB, Log: d.Audit, Seal: labels{}, Gateways: hub, Clock: d.Clock}),
		Clock:    d.Clock, Log: d.Log,
	}}
	d.handler = New(d.portal.Config)
	d.home, d.other = d.hospital("水引市立病院", "市立", "9910000051"), d.hospital("結び記念病院", "結記", "9910000061")
	d.patient = d.Person(name, kanaOf)
	d.Link(d.patient.ID, d.home.ID, ownID)
	d.Link(d.patient.ID, d.other.ID, otherID)
	d.Consent(d.patient.ID)
	d.item = d.Item(d.other.ID, otherID, clinical.KindLab, "20261101").ID
	d.letter = d.Item(d.other.ID, otherID, clinical.KindReferral, "20261102").ID
	d.Gateways.With(d.other.ID, func(g *flowtest.Gateway) {
		g.Documents[len(g.Documents)-1].Document.Text = &clinical.Text{Title: "紹介状", Files: []clinical.File{letterFile}}
	})
	d.holds(letterFile, "%PDF-1.7")
	d.Gateways.At(d.other.ID).Progress = []wire.Progress{{Read: 1, Total: 3}, {Read: 3, Total: 3, Done: true}}
	return d
}

var letterFile = clinical.File{Name: "紹介状.pdf", MediaType: "application/pdf", Size: 8, Main: true}

// holds lets the other hospital's gateway give a file.
func (d *desk) holds(f clinical.File, content string) {
	d.Gateways.With(d.other.ID, func(g *flowtest.Gateway) {
		g.File = func(context.Context, wire.Assertion, wire.FileRequest) (clinical.File, io.ReadCloser, error) {
			return f, io.NopCloser(strings.NewReader(content)), nil
		}
	})
}

// hospital adds a hospital that discloses everything, with a gateway that knows nobody yet.
func (d *desk) hospital(name, mark, code string) directory.Facility {
	d.Helper()
	f := directory.Facility{
		ID: ident.New[ident.FacilityID](), Name: name, Mark: mark, Kind: directory.Hospital, Disclosing: true,
		Code: code, Kana: "カナ", JoinedAt: d.Now, Unions: []ident.UnionID{flowtest.Union},
	}
	d.InTx(func(ctx context.Context, tx *db.Tx) error {
		if err := (directorydb.Store{}).AddFacility(ctx, tx, f); err != nil {
			return err
		}
		return directorydb.Store{}.AddGateway(ctx, tx, directory.Gateway{
			ID: ident.New[ident.GatewayID](), Facility: f.ID, CertSHA256: string(f.ID), NotAfter: d.Now.AddDate(1, 0, 0), EnrolledAt: d.Now,
		})
	})
	d.Release(f.ID, flowtest.Everything())
	d.Gateways.With(f.ID, func(g *flowtest.Gateway) {
		g.Online, g.State = true, wire.ReleaseState{Version: 1, Matrix: flowtest.Everything()}
	})
	return f
}

// browser is somebody's browser at one terminal. It keeps cookies and follows nothing.
type browser struct {
	d       *desk
	cert    string // stands for the terminal's certificate
	dev     ident.DeviceID
	user    account.User
	method  account.Method // by which resume lets in
	cookies map[string]string
}

// terminal registers a terminal of a facility.
func (d *desk) terminal(f ident.FacilityID) *browser {
	d.Helper()
	b := &browser{d: d, cert: ident.New[string](), dev: ident.New[ident.DeviceID](), cookies: map[string]string{}}
	sum := sha256.Sum256([]byte(b.cert))
	dev := device.Device{
		ID: b.dev, Facility: f, Name: "受付1号機", CertSerial: b.cert, CertSHA256: hex.EncodeToString(sum[:]),
		NotAfter: d.Now.AddDate(1, 0, 0), CreatedAt: d.Now, LastSeen: d.Now,
	}
	d.InTx(func(ctx context.Context, tx *db.Tx) error { return devicedb.Store{}.Add(ctx, tx, dev) })
	return b
}

// who describes an account: by zero values a nurse without any role.
type who struct {
	login                string
	profession           access.Profession
	roles                []access.Role
	untrained, unpledged bool
	mustChange           bool
	setup                bool // has no credential yet
}

// What everybody here has, unless they have to change it or come by a setup code.
const (
	password = "x9k2m4p7"
	secret   = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
)

// account makes an account with a known password, or with a setup code, at a new terminal.
func (d *desk) account(f ident.FacilityID, a who) (*browser, manage.Created) {
	d.Helper()
	if a.profession == "" {
		a.profession = access.Nurse
	}
	if a.login == "" {
		a.login = "u" + ident.New[string]()[:12]
	}
	made := manage.NewUser{Login: a.login, DisplayName: "結 次郎", Kana: "ムスビ ジロウ", Profession: a.profession, Roles: a.roles, Cleared: manage.Cleared{Trained: "2026-04-01", Paper: !a.unpledged}}
	if a.untrained {
		made.Trained = ""
	}
	if len(a.roles) == 0 {
		made.Roles = []access.Role{access.RoleManager} // none is no choice of the form; taken away below
	}
	setup := manage.Setup{Log: d.Audit, Seal: labels{}, Hasher: credential.NewHasher(cheap), By: "test"}
	given := manage.Credentials{Password: password, TOTPSecret: secret}
	if a.setup {
		given = manage.Credentials{}
	}
	var created manage.Created
	d.InTx(func(ctx context.Context, tx *db.Tx) (err error) {
		if created, err = setup.User(ctx, tx, d.Now, f, made, given); err != nil {
			return err
		}
		if len(a.roles) == 0 {
			return accountdb.Store{}.SetRoles(ctx, tx, created.User.ID, nil, "setup", d.Now)
		}
		return nil
	})
	if a.mustChange { // the password is of somebody else's making, as it was before there were setup codes
		d.Exec(`UPDATE user_account SET must_change = 1 WHERE id = $1`, created.User.ID)
	}
	// Long enough to be anybody's second person.
	d.Exec(`UPDATE user_role SET granted_at = granted_at - $1 WHERE user_id = $2`, account.RecoveryTenure.Microseconds(), created.User.ID)
	b := d.terminal(f)
	b.user, b.method = created.User, account.MethodPassword
	if a.setup {
		b.method = account.MethodSetup
	}
	return b, created
}

// in gives a browser of the own hospital in which somebody has signed in.
func (d *desk) in(a who) *browser {
	d.Helper()
	b, _ := d.account(d.home.ID, a)
	b.resume()
	return b
}

// resume opens a session without the sign-in page.
func (b *browser) resume() {
	b.d.Helper()
	token := ident.New[string]()
	sum := sha256.Sum256([]byte(token))
	s := account.Session{
		ID: ident.New[ident.SessionID](), User: b.user.ID, Device: b.dev,
		CreatedAt: b.d.Now, LastUsed: b.d.Now, ExpiresAt: b.d.Now.Add(account.AbsoluteTimeout),
		VerifiedAt: b.d.Now, Method: b.method,
	}
	b.d.InTx(func(ctx context.Context, tx *db.Tx) error {
		return accountdb.Store{}.AddSession(ctx, tx, s, hex.EncodeToString(sum[:]))
	})
	if b.method == account.MethodSetup { // as using the code does
		sealed, _ := labels{}.Seal(secret, signin.TOTPContext(b.user.ID))
		b.d.Exec(`UPDATE setup_code SET used_at = $1, totp_secret = $2 WHERE user_id = $3`, b.d.Now.UnixMicro(), sealed, b.user.ID)
	}
	b.cookies[sessionCookie] = token
}

// clerk registers, doctor reads, manager manages; all work at the own hospital.
func (d *desk) clerk() *browser {
	return d.in(who{profession: access.Clerk, roles: []access.Role{access.RoleLiaison}})
}

func (d *desk) doctor() *browser {
	return d.in(who{profession: access.Physician, roles: []access.Role{access.RoleViewer}})
}

func (d *desk) manager() *browser {
	return d.in(who{profession: access.Clerk, roles: []access.Role{access.RoleManager}})
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

func (b *browser) get(path string) answer { b.d.Helper(); return b.do(http.MethodGet, path, nil) }

// post posts a form of name, value pairs.
func (b *browser) post(path string, pairs ...string) answer {
	b.d.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

func (b *browser) do(method, path string, form url.Values, more ...func(*http.Request)) answer {
	b.d.Helper()
	r := httptest.NewRequestWithContext(b.d.Context(), method, path, strings.NewReader(form.Encode()))
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte(b.cert)}}}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for _, change := range more {
		change(r)
	}
	rec := httptest.NewRecorder()
	b.d.handler.ServeHTTP(rec, r)
	a := answer{rec.Result(), rec.Body.String()}
	for _, c := range a.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return a
}

func (d *desk) path(rest string) string { return "/patients/" + string(d.patient.ID) + rest }

// want checks status and, for redirects, where they lead.
func (a answer) want(t *testing.T, status int, location string) {
	t.Helper()
	if a.StatusCode != status || a.Header.Get("Location") != location {
		t.Errorf("status %d to %q, want %d to %q", a.StatusCode, a.Header.Get("Location"), status, location)
	}
}

// shows checks that a page holds every text.
func (a answer) shows(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("the page does not show %q", text)
		}
	}
}

// hides checks that a page holds none of some texts.
func (a answer) hides(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			t.Errorf("the page shows %q", text)
		}
	}
}

var fieldErrors = regexp.MustCompile(`(?s)<p class="field-error"[^>]* id="([^"]+)-error">.*?</svg> ?([^<]*)</p>`)

// errors lists the texts beside fields by the field's name.
func (a answer) errors() map[string]string {
	out := map[string]string{}
	for _, m := range fieldErrors.FindAllStringSubmatch(a.body, -1) {
		out[m[1]] = m[2]
	}
	return out
}
