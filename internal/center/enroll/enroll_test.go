package enroll_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/enroll"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

var now = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

var hospital = directory.Facility{ID: ident.New[ident.FacilityID](), Code: "9910000001", Name: "試験病院"}

// ledger is one in memory: a code works once.
type ledger struct {
	codes    map[string]error                 // digest → what is wrong with it
	purposes map[string]directory.CodePurpose // digest → what it is for, where that matters
	legacy   bool
	gateways []directory.Gateway
	devices  []device.Device
}

func (l *ledger) Redeem(_ context.Context, digest string, _ time.Time, issue func(directory.Facility) (directory.Gateway, error)) error {
	problem, ok := l.codes[digest]
	if !ok {
		return fault.New(fault.NotFound, "no such code")
	}
	if problem != nil {
		return problem
	}
	g, err := issue(hospital)
	if err != nil {
		return err
	}
	l.codes[digest] = fault.New(fault.Denied, "used")
	l.gateways = append(l.gateways, g)
	return nil
}

func (l *ledger) RedeemDevice(_ context.Context, digest string, purpose directory.CodePurpose, _ time.Time, issue func(directory.Facility, directory.Code) (device.Device, error)) error {
	problem, ok := l.codes[digest]
	if !ok {
		return fault.New(fault.NotFound, "no such code")
	}
	if problem != nil {
		return problem
	}
	if want, ok := l.purposes[digest]; ok && want != purpose {
		return fault.New(fault.Denied, "for something else")
	}
	d, err := issue(hospital, directory.Code{
		Label: "2病棟 端末3", Place: "ナースステーション", UserGroup: "2病棟", OS: "entered", Legacy: l.legacy,
		SealedPassword: directory.PasswordContext(digest) + "|" + password, CreatedBy: "boss",
	})
	if err != nil {
		return err
	}
	l.codes[digest] = fault.New(fault.Denied, "used")
	l.devices = append(l.devices, d)
	return nil
}

type world struct {
	handler http.Handler
	ledger  *ledger
	ca      *tlsid.Authority
	now     time.Time
	log     bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	root, err := tlsid.NewRoot("Test root", now)
	if err != nil {
		t.Fatal(err)
	}
	key, err := tlsid.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	issuing, err := root.Certify("Test issuing CA", key, now)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{ledger: &ledger{codes: map[string]error{}, purposes: map[string]directory.CodePurpose{}}, now: now}
	clock := func() time.Time { return w.now }
	if w.ca, err = tlsid.NewAuthority(root.Cert, issuing, key, clock); err != nil {
		t.Fatal(err)
	}
	w.handler = enroll.New(enroll.Config{
		Ledger: w.ledger, Issuer: w.ca, Seal: labels{}, Issuing: issuing, Root: root.Cert,
		AssertionRoot: ed25519.PublicKey("0123456789abcdef0123456789abcdef"), Link: "center.example:8444", Portal: func() string { return "https://portal.example:8443" },
		Clock: clock, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
	})
	return w
}

func csr(t *testing.T) []byte {
	t.Helper()
	key, err := tlsid.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	der, err := tlsid.NewCSR(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (w *world) post(t *testing.T, body any) *httptest.ResponseRecorder {
	t.Helper()
	return w.postTo(t, wire.PathEnrollGateway, body)
}

func (w *world) postTo(t *testing.T, path string, body any) *httptest.ResponseRecorder {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, path, bytes.NewReader(data)))
	return rec
}

func TestEnroll_givesWhatAGatewayNeeds(t *testing.T) {
	w := newWorld(t)
	code := directory.NewCode()
	w.ledger.codes[directory.HashCode(code)] = nil
	rec := w.post(t, wire.EnrollRequest{Code: " " + strings.ToUpper(code), CSR: csr(t)})
	if rec.Code != http.StatusOK {
		t.Fatalf("status = %d: %s", rec.Code, rec.Body)
	}
	var got wire.EnrollAnswer
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	chain, err := tlsid.ParseCerts([]byte(got.Chain))
	if err != nil {
		t.Fatal(err)
	}
	id, err := tlsid.IdentityOf(chain[0])
	if err != nil {
		t.Fatal(err)
	}
	if want := (tlsid.Identity{Role: tlsid.Gateway, Gateway: got.Gateway, FacilityCode: hospital.Code}); id != want {
		t.Errorf("identity = %+v, want %+v", id, want)
	}
	if len(w.ledger.gateways) != 1 || w.ledger.gateways[0].CertSHA256 != tlsid.Fingerprint(chain[0]) || w.ledger.gateways[0].ID != got.Gateway {
		t.Errorf("ledger = %+v", w.ledger.gateways)
	}
	if got.Facility != hospital.ID || got.Link != "center.example:8444" || len(got.AssertionRoot) != ed25519.PublicKeySize {
		t.Errorf("answer = %+v", got)
	}
	if w.post(t, wire.EnrollRequest{Code: code, CSR: csr(t)}).Code == http.StatusOK {
		t.Error("a code was taken twice")
	}
}

func TestEnroll_givesWhatATerminalNeeds(t *testing.T) {
	w := newWorld(t)
	code := directory.NewCode()
	w.ledger.codes[directory.HashCode(code)] = nil
	rec := w.postTo(t, wire.PathEnrollDevice, wire.EnrollRequest{Code: code, CSR: csr(t)})
	if rec.Code != http.StatusOK {
		t.Fatalf("status = %d: %s", rec.Code, rec.Body)
	}
	var got wire.DeviceAnswer
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	chain, err := tlsid.ParseCerts([]byte(got.Chain))
	if err != nil {
		t.Fatal(err)
	}
	id, err := tlsid.IdentityOf(chain[0])
	if err != nil {
		t.Fatal(err)
	}
	if want := (tlsid.Identity{Role: tlsid.Device, Device: got.Device, FacilityCode: hospital.Code}); id != want {
		t.Errorf("identity = %+v, want %+v", id, want)
	}
	if got.Name != "2病棟 端末3" || got.FacilityName != hospital.Name || got.Portal != "https://portal.example:8443" || got.NotAfter != chain[0].NotAfter.UnixMicro() {
		t.Errorf("answer = %+v", got)
	}
	if l := w.ledger.devices; len(l) != 1 || l[0].CertSHA256 != tlsid.Fingerprint(chain[0]) || l[0].Place != "ナースステーション" {
		t.Errorf("ledger = %+v", l)
	}
	if w.postTo(t, wire.PathEnrollDevice, wire.EnrollRequest{Code: code, CSR: csr(t)}).Code == http.StatusOK {
		t.Error("a code was taken twice")
	}
}

// Whatever is wrong with a code, the answer is the same, byte for byte.
func TestReq_CERT02_refusalTellsNothing(t *testing.T) {
	w := newWorld(t)
	used, expired := directory.NewCode(), directory.NewCode()
	w.ledger.codes[directory.HashCode(used)] = fault.New(fault.Denied, "used")
	w.ledger.codes[directory.HashCode(expired)] = fault.New(fault.Denied, "expired")
	var first string
	for _, code := range []string{used, expired, directory.NewCode(), "", strings.Repeat("A", 5000)} {
		rec := w.post(t, wire.EnrollRequest{Code: code, CSR: csr(t)})
		got := http.StatusText(rec.Code) + rec.Body.String()
		if first == "" {
			first = got
		}
		if rec.Code != http.StatusForbidden || got != first {
			t.Errorf("code %.8q: %d %s, want %s", code, rec.Code, rec.Body, first)
		}
	}
	if len(w.ledger.gateways) != 0 {
		t.Error("somebody enrolled")
	}
	if s := w.log.String(); !strings.Contains(s, "expired") || strings.Contains(s, used) {
		t.Errorf("the log must have the cause and not the code: %s", s)
	}
}

func TestEnroll_badRequestDoesNotSpendTheCode(t *testing.T) {
	w := newWorld(t)
	code := directory.NewCode()
	w.ledger.codes[directory.HashCode(code)] = nil
	if rec := w.post(t, wire.EnrollRequest{Code: code, CSR: []byte("no request")}); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("status = %d, want 422", rec.Code)
	}
	if rec := w.post(t, "not an object"); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("status = %d, want 422", rec.Code)
	}
	if rec := w.post(t, wire.EnrollRequest{Code: code, CSR: csr(t)}); rec.Code != http.StatusOK {
		t.Errorf("status = %d, want 200: the code was spent on nothing", rec.Code)
	}
}

func TestEnroll_internalErrorsStayInside(t *testing.T) {
	w := newWorld(t)
	code := directory.NewCode()
	w.ledger.codes[directory.HashCode(code)] = errors.New("disk full at /somewhere")
	rec := w.post(t, wire.EnrollRequest{Code: code, CSR: csr(t)})
	if rec.Code != http.StatusInternalServerError || strings.Contains(rec.Body.String(), "disk") {
		t.Errorf("answer = %d %s", rec.Code, rec.Body)
	}
}

func TestReq_CERT02_guessingIsHeldDown(t *testing.T) {
	w := newWorld(t)
	tried := 0
	for range 100 {
		if w.post(t, wire.EnrollRequest{Code: directory.NewCode(), CSR: csr(t)}).Code == http.StatusForbidden {
			tried++
		}
	}
	if tried > 20 {
		t.Errorf("%d codes were tried in an instant", tried)
	}
	w.now = w.now.Add(time.Minute)
	if got := w.post(t, wire.EnrollRequest{Code: directory.NewCode(), CSR: csr(t)}).Code; got != http.StatusForbidden {
		t.Errorf("status a minute later = %d, want 403", got)
	}
}
