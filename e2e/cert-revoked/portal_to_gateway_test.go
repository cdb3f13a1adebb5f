package certrevoked

import (
	"context"
	"crypto/tls"
	"html"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/e2e/world"
	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/terminal"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// How long a revocation may take to be felt (requirement CERT-04).
const (
	atCenter   = time.Second
	atGateways = time.Minute
)

// A facility manager presses 失効 in the portal. What a terminal with open and resumable
// connections feels of it, and what the gateways do that never heard of it before.
func TestReq_CERT04_fromThePortalToTheGateways(t *testing.T) {
	w := world.Start(t)
	hub, center := w.Region.Center.Hub, w.Region.Center
	home := w.FacilityOfKind("hospital")
	boss := w.MustUser(t, home.ID, "manager")
	manager := w.SignIn(t, boss)
	id, device := enrolInThePortal(t, w, manager)
	doctor := w.SignIn(t, at(t, w.MustOther(t, home.ID, "viewer", boss.Login), id))
	person := w.PersonLinked(t, home.ID, 2)
	hospital, patient := linkedElsewhere(t, person, func(f ident.FacilityID) bool { return string(f) != home.ID && hub.Online(f) })
	asks := func() error { // in the name of the terminal, as a center does that knows of no revocation
		return hub.Content(t.Context(), hospital, wire.Assertion{
			Owner: hospital, Decision: "before-it-was-told", PatientID: patient,
			Viewer: access.Viewer{
				User: "u", DisplayName: "試験 医師", Facility: ident.FacilityID(home.ID), Profession: access.Physician,
				Roles: []access.Role{access.RoleViewer}, Device: device, TwoFactor: true, DeviceLive: true,
			},
			Kinds: []clinical.Kind{clinical.KindLab, clinical.KindPrescription}, ViewerLink: true, Consent: true, Purpose: access.PurposeCare,
		}, wire.ContentRequest{}, func(wire.Content) error { return nil })
	}

	// Everything works before.
	cfg := tlsid.ClientConfig(tlsid.Chain(id.Key, id.Chain...), id.Root, time.Now)
	cfg.NextProtos, cfg.ClientSessionCache = []string{"h2"}, tls.NewLRUClientSessionCache(4)
	open, _ := dial(t, center.PortalAddr.String(), cfg)
	if got := ask(t, open, w.Portal); got != http.StatusOK { // the answer brings the ticket with it
		t.Fatalf("sign-in page = %d, want 200", got)
	}
	if a := doctor.Get("/patients"); a.Status != http.StatusOK {
		t.Fatalf("the doctor's patients = %d, want 200", a.Status)
	}
	if err := asks(); err != nil {
		t.Fatalf("the other hospital before anything is revoked: %v", err)
	}

	revokeInThePortal(t, w, manager, device)
	done := time.Now()

	if got := ask(t, open, w.Portal); got == http.StatusOK {
		t.Errorf("the next request over the open connection = %d", got)
	}
	resumed, state := dial(t, center.PortalAddr.String(), cfg)
	if !state.DidResume {
		t.Error("the TLS session was not resumed: this shows nothing")
	}
	if got := ask(t, resumed, w.Portal); got == http.StatusOK {
		t.Errorf("the first request of a resumed TLS session = %d", got)
	}
	// Who was signed in there is sent to sign in, and finds that shut as well.
	if a, err := doctor.Try(http.MethodGet, "/patients", nil); err == nil && !strings.HasPrefix(a.Header.Get("Location"), "/signin") {
		t.Errorf("the doctor's patients = %d to %q", a.Status, a.Header.Get("Location"))
	}
	if a, err := doctor.Try(http.MethodGet, "/signin", nil); err == nil && a.Status != http.StatusNotFound {
		t.Errorf("the sign-in page there = %d, want 404", a.Status)
	}
	if took := time.Since(done); took > atCenter {
		t.Errorf("the center took %v, want at most %v", took, atCenter)
	} else {
		t.Logf("all ways into the center shut %v after the manager was told so", took.Round(time.Millisecond))
	}

	world.Eventually(t, atGateways, func() bool { return fault.Is(asks(), fault.Denied) })
	t.Logf("a gateway refuses the terminal after %v", time.Since(done).Round(time.Millisecond))
	for _, dir := range gatewayFolders(t, w) {
		world.Eventually(t, atGateways-time.Since(done), func() bool { return holds(t, dir, device) })
	}
	t.Logf("all gateways have it on their lists after %v", time.Since(done).Round(time.Millisecond))
	if a := manager.Get("/manage/devices"); a.Status != http.StatusOK || !hub.Online(hospital) {
		t.Errorf("the manager's own terminal = %d, gateway online %v", a.Status, hub.Online(hospital))
	}
}

// enrolInThePortal has the manager register a terminal and enrols it with the code.
func enrolInThePortal(t *testing.T, w *world.World, manager *world.Client) (terminal.Identity, ident.DeviceID) {
	t.Helper()
	a := manager.Post("/manage/devices", url.Values{"name": {"外来7"}, "place": {"1階 外来"}, "user_group": {"外来"}, "method": {"helper"}})
	m := regexp.MustCompile(`mizuhiki enroll device --center (\S+) --ca-fingerprint (\S+) --code ([a-z2-7-]+)`).FindStringSubmatch(a.Body)
	if m == nil {
		t.Fatalf("no command on the manager's page, status %d", a.Status)
	}
	var store browser
	answer, err := terminal.Enroll(t.Context(), terminal.Request{Center: m[1], CAFingerprint: m[2], Code: m[3], Clock: time.Now}, &store, terminal.Files{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return store.Identity, answer.Device
}

// browser holds one identity.
type browser struct{ terminal.Identity }

func (*browser) Ready(context.Context) error { return nil }

func (b *browser) Put(_ context.Context, id terminal.Identity) error {
	b.Identity = id
	return nil
}

// at puts somebody at the terminal of an identity.
func at(t *testing.T, u world.User, id terminal.Identity) world.User {
	t.Helper()
	dir := t.TempDir()
	u.DeviceCert, u.DeviceKey = filepath.Join(dir, "terminal.crt"), filepath.Join(dir, "terminal.key")
	if err := secretfile.Write(u.DeviceCert, tlsid.EncodeCerts(id.Chain...)); err != nil {
		t.Fatal(err)
	}
	if err := tlsid.WriteKey(u.DeviceKey, id.Key); err != nil {
		t.Fatal(err)
	}
	return u
}

var heldField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// revokeInThePortal has the manager, whose sign-in was a while ago, revoke a terminal with
// the proof that is asked for.
func revokeInThePortal(t *testing.T, w *world.World, manager *world.Client, id ident.DeviceID) {
	t.Helper()
	if _, err := w.Region.Center.DB.Writer().ExecContext(t.Context(), `UPDATE session SET verified_at = verified_at - $1`, (6 * time.Minute).Microseconds()); err != nil {
		t.Fatal(err)
	}
	path := "/manage/devices/" + string(id) + "/revoke"
	asked := manager.Post(path, url.Values{"reason": {"key_compromise"}})
	if asked.Status != http.StatusUnauthorized || !strings.Contains(asked.Body, `name="stepup.password"`) {
		t.Fatalf("revoke without a fresh proof: status %d", asked.Status)
	}
	form := url.Values{}
	_, body, _ := strings.Cut(asked.Body, "<main")
	for _, m := range heldField.FindAllStringSubmatch(body, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	code, err := totp.GenerateCode(manager.User.TOTPSecret, time.Now().Add(30*time.Second)) // the sign-in's is spent
	if err != nil {
		t.Fatal(err)
	}
	form.Set("stepup.password", manager.User.Password)
	form.Set("stepup.code", code)
	if a := manager.Post(path, form); a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/manage/devices" {
		t.Fatalf("revoke with the proof %v: status %d to %q\n%s", form["reason"], a.Status, a.Header.Get("Location"), a.Body)
	}
}

// dial opens an HTTP/2 connection to the portal.
func dial(t *testing.T, addr string, cfg *tls.Config) (*http.ClientConn, tls.ConnectionState) {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, cfg)
	if err != nil {
		t.Fatal(err)
	}
	client, err := httpclient.Over(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client, conn.ConnectionState()
}

// ask asks for the sign-in page over a connection; 0: the connection has been closed.
func ask(t *testing.T, client *http.ClientConn, portal string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, portal+"/signin", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.RoundTrip(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0
	}
	return res.StatusCode
}

func gatewayFolders(t *testing.T, w *world.World) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(w.Dir, "gateway", "*", "gateway.db"))
	if err != nil || len(found) == 0 {
		t.Fatalf("gateways %v, %v", found, err)
	}
	return found
}

// holds reports whether a gateway has the terminal on its list.
func holds(t *testing.T, file string, id ident.DeviceID) bool {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Engine: db.SQLite, Path: file})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var n int
	if err := d.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM denied_certificate WHERE device_id = $1 AND kind = $2`, id, wire.DeniedDevice).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n > 0
}
