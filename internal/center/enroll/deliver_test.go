package enroll_test

import (
	"crypto"
	"crypto/tls"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/enroll"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

const password = "KRSXG5CTMVRXEZLU"

// labels opens what was sealed by a label.
type labels struct{}

func (labels) Open(sealed, context string) (string, error) {
	secret, ok := strings.CutPrefix(sealed, context+"|")
	if !ok {
		return "", errors.New("sealed in another context")
	}
	return secret, nil
}

// visit makes a browser's request to the host.
func (w *world) visit(method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://enrol.example"+path, nil)
	r.TLS = &tls.ConnectionState{}
	if method == http.MethodPost {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

func (w *world) link(method device.Method) string {
	code := directory.NewCode()
	digest := directory.HashCode(code)
	w.ledger.codes[digest] = nil
	w.ledger.purposes[digest] = map[device.Method]directory.CodePurpose{
		device.ByHelper: directory.CodeDevice, device.ByPKCS12: directory.CodePKCS12, device.ByProfile: directory.CodeProfile,
	}[method]
	return enroll.Link(method, code)
}

func (w *world) opens(t *testing.T, p12 []byte) {
	t.Helper()
	if _, _, _, err := pkcs12.DecodeChain(p12, "another"); err == nil {
		t.Error("the file opens with any password")
	}
	key, cert, above, err := pkcs12.DecodeChain(p12, password)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tlsid.IdentityOf(cert); err != nil || got.Role != tlsid.Device || got.FacilityCode != hospital.Code {
		t.Errorf("identity %+v, %v", got, err)
	}
	if signer, ok := key.(crypto.Signer); !ok || !tlsid.KeyOf(cert, signer) {
		t.Error("the key in the file is not the certificate's")
	}
	if len(above) != 2 || tlsid.Fingerprint(above[1]) != tlsid.Fingerprint(w.ca.Root) {
		t.Errorf("%d certificates above the terminal's", len(above))
	}
	if l := w.ledger.devices; len(l) != 1 || l[0].CertSHA256 != tlsid.Fingerprint(cert) || l[0].UserGroup != "2病棟" || l[0].RegisteredBy != "boss" {
		t.Errorf("ledger = %+v", l)
	}
}

// A link gives its file once; the second time it is answered like one that never was.
func TestReq_CERT02_fileIsHandedOutOnce(t *testing.T) {
	for name, legacy := range map[string]bool{"modern": false, "legacy, as was chosen": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.ledger.legacy = legacy
			link := w.link(device.ByPKCS12)
			got := w.visit(http.MethodPost, link)
			if got.Code != http.StatusOK || got.Header().Get("Content-Type") != "application/x-pkcs12" {
				t.Fatalf("status %d, type %s", got.Code, got.Header().Get("Content-Type"))
			}
			// PBES2 (1.2.840.113549.1.5.13) is what the modern form seals with, and the old one not.
			pbes2 := strings.Contains(got.Body.String(), "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d")
			if pbes2 == legacy {
				t.Errorf("sealed with PBES2: %v", pbes2)
			}
			w.opens(t, got.Body.Bytes())
			again, never := w.visit(http.MethodPost, link), w.visit(http.MethodPost, enroll.Link(device.ByPKCS12, directory.NewCode()))
			if again.Code != http.StatusForbidden || again.Body.String() != never.Body.String() || again.Code != never.Code {
				t.Errorf("a second time: %d, an unknown one: %d", again.Code, never.Code)
			}
			if len(w.ledger.devices) != 1 {
				t.Errorf("%d terminals", len(w.ledger.devices))
			}
		})
	}
}

func TestReq_CERT02_profile(t *testing.T) {
	w := newWorld(t)
	got := w.visit(http.MethodPost, w.link(device.ByProfile))
	if got.Code != http.StatusOK || got.Header().Get("Content-Type") != "application/x-apple-aspen-config" {
		t.Fatalf("status %d, type %s", got.Code, got.Header().Get("Content-Type"))
	}
	body := got.Body.String()
	if strings.Contains(body, password) {
		t.Error("the profile holds the password")
	}
	for d := xml.NewDecoder(strings.NewReader(body)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"Configuration", "com.apple.security.pkcs12", "com.apple.security.root"} {
		if strings.Count(body, "<key>PayloadType</key>\n<string>"+want+"</string>") != 1 {
			t.Errorf("no payload %s", want)
		}
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`<key>PayloadUUID</key>\n<string>([0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12})</string>`).FindAllStringSubmatch(body, -1) {
		ids[m[1]] = true
	}
	if len(ids) != 3 {
		t.Errorf("%d different UUIDs, want 3", len(ids))
	}
	data := regexp.MustCompile(`<data>([^<]+)</data>`).FindAllStringSubmatch(body, -1)
	if len(data) != 2 {
		t.Fatalf("%d payloads with data", len(data))
	}
	p12, err := base64.StdEncoding.DecodeString(data[1][1])
	if err != nil {
		t.Fatal(err)
	}
	w.opens(t, p12)
}

// What fetches addresses by itself uses no link up and learns nothing of it.
func TestReq_CERT02_previewsUseNothingUp(t *testing.T) {
	w := newWorld(t)
	link := w.link(device.ByPKCS12)
	unknown := w.visit(http.MethodGet, enroll.Link(device.ByPKCS12, directory.NewCode()))
	for _, r := range []*httptest.ResponseRecorder{w.visit(http.MethodHead, link), w.visit(http.MethodGet, link), w.visit(http.MethodGet, link, "Purpose", "prefetch")} {
		if r.Code != http.StatusOK || r.Body.Len() > 0 && r.Body.String() != unknown.Body.String() {
			t.Errorf("status %d; the page differs from that of an unknown link", r.Code)
		}
		if strings.Contains(r.Body.String(), hospital.Name) || strings.Contains(r.Body.String(), password) {
			t.Error("the page says whose the link is")
		}
		if r.Header().Get("Content-Security-Policy") == "" {
			t.Error("the page has no content security policy")
		}
	}
	for name, site := range map[string]string{"another site's form": "cross-site", "a program": ""} {
		if r := w.visit(http.MethodPost, link, "Sec-Fetch-Site", site); r.Code != http.StatusForbidden {
			t.Errorf("%s: status %d", name, r.Code)
		}
	}
	if r := w.visit(http.MethodPost, link); r.Code != http.StatusOK {
		t.Errorf("status %d: something used the link up", r.Code)
	}
}

// A code works in the form for which it was given out and in no other.
func TestReq_CERT02_codeIsForOneForm(t *testing.T) {
	w := newWorld(t)
	link := w.link(device.ByPKCS12)
	code := link[strings.LastIndex(link, "/")+1:]
	if r := w.visit(http.MethodPost, enroll.Link(device.ByProfile, code)); r.Code != http.StatusForbidden {
		t.Errorf("as a profile: status %d", r.Code)
	}
	if r := w.postTo(t, wire.PathEnrollDevice, wire.EnrollRequest{Code: code, CSR: csr(t)}); r.Code != http.StatusForbidden {
		t.Errorf("as a program: status %d", r.Code)
	}
	if r := w.visit(http.MethodPost, link); r.Code != http.StatusOK {
		t.Errorf("status %d: refusals used the code up", r.Code)
	}
}

func TestReq_CERT02_causeIsLoggedAndTheCodeNot(t *testing.T) {
	w := newWorld(t)
	link := w.link(device.ByPKCS12)
	code := link[strings.LastIndex(link, "/")+1:]
	w.ledger.codes[directory.HashCode(code)] = fault.New(fault.Denied, "expired")
	if r := w.visit(http.MethodPost, link); r.Code != http.StatusForbidden {
		t.Errorf("status %d", r.Code)
	}
	if s := w.log.String(); !strings.Contains(s, "expired") || strings.Contains(s, code) || strings.Contains(s, password) {
		t.Errorf("log: %s", s)
	}
}

// A stranger uses up their own share of tries, and nobody else's.
func TestReq_CERT02_strangerKeepsNobodyOut(t *testing.T) {
	w := newWorld(t)
	from := func(remote string) int {
		r := httptest.NewRequest(http.MethodPost, wire.PathEnrollDevice, strings.NewReader(`{"code":"x"}`))
		r.RemoteAddr = remote
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		return rec.Code
	}
	for range 500 {
		from("192.0.2.1:4000")
		from("[2001:db8::1]:4000")
	}
	for remote, want := range map[string]int{
		"192.0.2.1:5000": http.StatusTooManyRequests, "[2001:db8::2]:5000": http.StatusTooManyRequests,
		"192.0.2.2:5000": http.StatusForbidden, "[2001:db8:0:1::1]:5000": http.StatusForbidden,
	} {
		if got := from(remote); got != want {
			t.Errorf("%s: status %d, want %d", remote, got, want)
		}
	}
}
