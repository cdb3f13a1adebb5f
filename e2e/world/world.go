// Package world gives end-to-end tests a whole region and people at its terminals: the
// demo's region in a temporary folder, and clients that come in as browsers do, with a
// device certificate, a password and a one-time code.
package world

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/demo"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// World is a running region with what its ready file says.
type World struct {
	Region *demo.Running
	Dir    string
	Ready
}

// Ready mirrors the ready file as a script would read it.
type Ready struct {
	Portal     string     `json:"portal"`
	CAFile     string     `json:"ca_file"`
	Facilities []Facility `json:"facilities"`
	Users      []User     `json:"users"`
	Persons    []Person   `json:"persons"`
	Unlinked   []Patient  `json:"unlinked"`
	Consoles   []Console  `json:"consoles"`
}

// Console is a gateway's console with the account of the hospital's IT staff.
type Console struct {
	Facility   string `json:"facility"`
	URL        string `json:"url"`
	Login      string `json:"login"`
	Password   string `json:"password"`
	TOTPSecret string `json:"totp_secret"`
}

// Facility is a facility of the region.
type Facility struct{ ID, Name, Kind string }

// User is somebody who can sign in.
type User struct {
	Login       string   `json:"login"`
	Password    string   `json:"password"`
	TOTPSecret  string   `json:"totp_secret"`
	DisplayName string   `json:"display_name"`
	Facility    string   `json:"facility"`
	Profession  string   `json:"profession"`
	Roles       []string `json:"roles"`
	DeviceCert  string   `json:"device_cert"`
	DeviceKey   string   `json:"device_key"`
}

// Person is a registered person.
type Person struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Kana      string `json:"kana"`
	BirthDate string `json:"birth_date"`
	Sex       string `json:"sex"`
	Consent   bool   `json:"consent"`
	Links     []struct {
		Facility  string `json:"facility"`
		PatientID string `json:"patient_id"`
	} `json:"links"`
}

// Patient is somebody at one facility who is not linked.
type Patient struct {
	Facility  string `json:"facility"`
	PatientID string `json:"patient_id"`
	Name      string `json:"name"`
	Kana      string `json:"kana"`
	BirthDate string `json:"birth_date"`
	Sex       string `json:"sex"`
}

// Start starts a small region that ends with the test.
func Start(t *testing.T) *World { return StartIn(t, t.TempDir()) }

// StartIn starts the region of a folder, a new one if there is none.
func StartIn(t *testing.T, dir string) *World {
	t.Helper()
	cfg := demo.DefaultConfig()
	cfg.Dir, cfg.Listen = dir, "127.0.0.1:0"
	cfg.ReadyFile = filepath.Join(t.TempDir(), "ready.json")
	cfg.Persons, cfg.Linked = 60, 12
	region, err := demo.Start(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := region.Stop(); err != nil {
			t.Errorf("stop the region: %v", err)
		}
	})
	w := &World{Region: region, Dir: dir}
	body, err := os.ReadFile(cfg.ReadyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &w.Ready); err != nil {
		t.Fatal(err)
	}
	return w
}

// Client is somebody at a terminal.
type Client struct {
	t    *testing.T
	http *http.Client
	base string
	User User
}

// At gives a client at a user's terminal before signing in.
func (w *World) At(t *testing.T, u User) *Client {
	t.Helper()
	cert, err := tlsid.ReadIdentity(u.DeviceCert, u.DeviceKey)
	if err != nil {
		t.Fatal(err)
	}
	return w.client(t, u, []tls.Certificate{cert}, tls.VersionTLS13)
}

// Raw gives a client with any certificates and TLS version, for what must be refused.
func (w *World) Raw(t *testing.T, version uint16, certs ...tls.Certificate) *Client {
	t.Helper()
	return w.client(t, User{}, certs, version)
}

func (w *World) client(t *testing.T, u User, certs []tls.Certificate, version uint16) *Client {
	t.Helper()
	root, err := tlsid.ReadCerts(w.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{RootCAs: tlsid.Pool(root...), Certificates: certs, MinVersion: version, MaxVersion: max(version, tls.VersionTLS12)},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &Client{t: t, base: w.Portal, User: u, http: &http.Client{
		Jar: jar, Transport: transport, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// SignIn signs a user in at their facility's terminal.
func (w *World) SignIn(t *testing.T, u User) *Client {
	t.Helper()
	c := w.At(t, u)
	code, err := totp.GenerateCode(u.TOTPSecret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	res := c.Post("/signin", url.Values{"login": {u.Login}, "password": {u.Password}, "code": {code}})
	if res.Status != http.StatusSeeOther {
		t.Fatalf("sign-in of %s: status %d\n%s", u.Login, res.Status, res.Body)
	}
	return c
}

// SignInConsole signs the hospital's IT staff in at the gateway's console.
func (w *World) SignInConsole(t *testing.T, console Console) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c := &Client{t: t, base: strings.TrimSuffix(console.URL, "/"), http: &http.Client{
		Jar: jar, Transport: transport, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	code, err := totp.GenerateCode(console.TOTPSecret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	res := c.Post("/signin", url.Values{"login": {console.Login}, "password": {console.Password}, "code": {code}})
	if res.Status != http.StatusSeeOther {
		t.Fatalf("sign-in at the console: status %d\n%s", res.Status, res.Body)
	}
	return c
}

// Answer is a response with its body read.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Get gets a path. Failing to reach the portal fails the test; see [Client.Try].
func (c *Client) Get(path string) Answer {
	c.t.Helper()
	a, err := c.Try(http.MethodGet, path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// Post posts a form as a browser on the portal's own page does.
func (c *Client) Post(path string, form url.Values) Answer {
	c.t.Helper()
	a, err := c.Try(http.MethodPost, path, form)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// Try makes a request and gives the error that kept it from being answered.
func (c *Client) Try(method, path string, form url.Values) (Answer, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", c.base)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return Answer{res.StatusCode, res.Header, string(text)}, err
}

var part = regexp.MustCompile(`data-part="([^"]+)"`)

// Parts lists the paths of the parts that a page fetches.
func (a Answer) Parts() []string {
	var out []string
	for _, m := range part.FindAllStringSubmatch(a.Body, -1) {
		out = append(out, m[1])
	}
	return out
}

// FacilityOfKind gives the first facility of a kind.
func (w *World) FacilityOfKind(kind string) Facility {
	for _, f := range w.Facilities {
		if f.Kind == kind {
			return f
		}
	}
	return Facility{}
}

// MustUser gives a user of a facility who holds the role.
func (w *World) MustUser(t *testing.T, facility, role string) User {
	t.Helper()
	return w.MustOther(t, facility, role, "")
}

// MustOther gives a user of a facility who holds the role and is somebody else, so that
// two can be signed in within one time step. Where there is nobody else it is the same
// person, for whom a second sign-in must wait for the next code.
func (w *World) MustOther(t *testing.T, facility, role, notLogin string) User {
	t.Helper()
	for _, u := range w.Users {
		if u.Facility == facility && slices.Contains(u.Roles, role) && u.Login != notLogin {
			return u
		}
	}
	t.Fatalf("nobody else at %s holds the role %s", facility, role)
	return User{}
}

// OnlyLiaison gives a clerk who registers and does not read.
func (w *World) OnlyLiaison(t *testing.T) User {
	t.Helper()
	for _, u := range w.Users {
		if slices.Contains(u.Roles, "liaison") && !slices.Contains(u.Roles, "viewer") {
			return u
		}
	}
	t.Fatal("the region has no clerk who only registers")
	return User{}
}

// PersonLinked gives a person whom the facility has linked and who is linked to at
// least so many facilities.
func (w *World) PersonLinked(t *testing.T, facility string, atLeast int) Person {
	t.Helper()
	for _, p := range w.Persons {
		if len(p.Links) >= atLeast && p.linkedTo(facility) {
			return p
		}
	}
	t.Fatalf("nobody is linked to %s and %d facilities", facility, atLeast)
	return Person{}
}

// PersonNotLinked gives a person whom the facility has not linked.
func (w *World) PersonNotLinked(facility string) (Person, bool) {
	for _, p := range w.Persons {
		if !p.linkedTo(facility) {
			return p, true
		}
	}
	return Person{}, false
}

func (p Person) linkedTo(facility string) bool {
	for _, l := range p.Links {
		if l.Facility == facility {
			return true
		}
	}
	return false
}

var itemPath = regexp.MustCompile(`/patients/[a-z2-7]{26}/items/[a-z2-7]{26}/[a-z2-7]{26}`)

// FirstItem gives the path of the first document that a page opens in place.
func FirstItem(a Answer) string { return itemPath.FindString(a.Body) }

// Eventually waits until cond holds.
func Eventually(t *testing.T, within time.Duration, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come about within %v", within)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TakeCookies gives the client another's cookies.
func (c *Client) TakeCookies(from *Client) {
	u, err := url.Parse(c.base)
	if err != nil {
		c.t.Fatal(err)
	}
	c.http.Jar.SetCookies(u, from.http.Jar.Cookies(u))
}

// PostFrom posts a form as a page of another origin would.
func (c *Client) PostFrom(origin, path string, form url.Values) Answer {
	c.t.Helper()
	req, err := http.NewRequest(http.MethodPost, c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Origin", origin)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return Answer{res.StatusCode, res.Header, string(text)}
}
