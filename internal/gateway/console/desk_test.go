package console

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/platform/tally"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// open seals nothing.
type unsealed struct{}

func (unsealed) Seal(secret, _ string) (string, error) { return secret, nil }
func (unsealed) Open(sealed, _ string) (string, error) { return sealed, nil }

const (
	own    = "k7-ringo-9x4w"
	root   = "/mnt/ssmix2"
	held   = ident.LocalPatientID("0000000009")
	unread = ident.LocalPatientID("0000000077") // has a folder that nobody has looked at
)

// Names that stand in the index and must stand in no answer.
var markers = []string{"目印太郎", "メジルシタロウ", "目印", "メジルシ", "19610203", "1961-02-03"}

// desk is a console as a browser meets it, and what is behind it.
type desk struct {
	t        *testing.T
	url      string
	pool     *x509.CertPool
	accounts *account.Service
	index    *index.Index
	kept     *kept.Keeper

	mu     sync.Mutex
	now    time.Time
	health health.Snapshot
	read   []ident.LocalPatientID // asked to be read again
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// newDesk starts a console, over TLS unless it is to be plain, with whatever token.
func newDesk(t *testing.T, plain bool, token string) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Now().Truncate(time.Second)}
	store := dbtest.SQLite(t, migrate.Gateway)
	var err error
	d.index, err = index.Open(t.Context(), store, d.clock)
	d.must(err)
	d.accounts, err = account.Open(t.Context(), account.Config{
		DB: store, Seal: unsealed{}, Hasher: credential.NewHasher(credential.Params{MemoryKiB: 8, Passes: 1, Threads: 1}), Clock: d.clock,
	})
	d.must(err)
	d.fill()
	d.kept, err = kept.Open(t.TempDir())
	d.must(err)
	log := slog.New(slog.DiscardHandler)
	var conf *tls.Config
	if !plain {
		conf = d.selfSigned()
	}
	var handler http.Handler
	server, err := httpserver.Listen(t.Context(), httpserver.Config{
		Surface: "console", Kind: httpserver.Browser, Addr: "127.0.0.1:0", Key: "test", TLS: conf, Log: log, Clock: d.clock,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }),
	})
	d.must(err)
	_, port, _ := strings.Cut(server.Addr().String(), ":")
	handler = New(Config{
		Title: "架空病院", Gateway: "k3xq7p2ak3xq7p2ak3xq7p2ak3", Accounts: d.accounts, Index: d.index, Roots: []string{root},
		Health: func(context.Context) (health.Snapshot, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			return d.health, nil
		},
		Events: func() []health.Event { return []health.Event{{At: d.clock(), Level: health.Good, Key: "started"}} },
		Messages: func() ([]kept.Entry, error) {
			unfiled, err := d.kept.List(kept.Accepted, -1)
			return append(unfiled, kept.Entry{ID: "refused-1", Class: kept.Refused, Reason: kept.ReasonNotHL7, Listener: "ehr", Bytes: 26}), err
		},
		Kept: d.kept, Prospects: d.prospects,
		About: func(id string) (ident.LocalPatientID, string) {
			if strings.HasPrefix(id, "accepted-") {
				return "0000000001", "000000000000077"
			}
			return "", ""
		},
		Receiving: true,
		Holds:     func(id ident.LocalPatientID) bool { return id == unread },
		Reread: func(id ident.LocalPatientID) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.read = append(d.read, id)
		},
		Plain: plain, Port: port, MetricsToken: token, Clock: d.clock, Log: log,
	})
	scheme := "https://"
	if plain {
		scheme = "http://"
	}
	d.url = scheme + server.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *desk) selfSigned() *tls.Config {
	d.t.Helper()
	key, err := tlsid.NewKey()
	d.must(err)
	cert, err := tlsid.SelfSigned(key, []string{"localhost", "127.0.0.1"}, d.now)
	d.must(err)
	d.pool = x509.NewCertPool()
	d.pool.AddCert(cert)
	return tlsid.OpenConfig(tlsid.Chain(key, cert), d.clock)
}

// fill puts into index and health what a gateway has after a while.
func (d *desk) fill() {
	ctx := d.t.Context()
	who := clinical.Demographics{Name: "目印太郎", Kana: "メジルシタロウ", BirthDate: "1961-02-03", Sex: clinical.Male}
	d.must(d.index.Put(ctx, index.Reading{ID: "0000000001", Demographics: &who}))
	v, err := d.index.Link(ctx, wire.Claim{PatientID: "0000000001", Name: who.Name, Kana: who.Kana, BirthDate: who.BirthDate, Sex: who.Sex})
	d.must(err)
	if !v.Match {
		d.t.Fatalf("not linked: %+v", v)
	}
	other := who
	other.Kana = "メジルシジロウ"
	d.must(d.index.Put(ctx, index.Reading{ID: "0000000001", Demographics: &other, Unreadable: []index.Unreadable{
		{Root: root, Path: "000/000/0000000001/x_cut", Reason: index.ReasonCut, Detail: "segment 4 (OBX): the message was cut"},
		{Root: root, Path: "000/000/0000000001/=cmd", Reason: index.ReasonName, Detail: "name"},
	}}))
	d.must(d.index.Put(ctx, index.Reading{ID: held, Unreadable: []index.Unreadable{
		{Root: root, Path: "000/000/0000000009/y", Reason: index.ReasonWrongPatient, Detail: "PID-3 differs from the folder"},
	}}))
	d.must(d.index.Put(ctx, index.Reading{ID: "0000000002", Demographics: &who, DemographicsRoot: root, DemographicsPath: "000/000/0000000002/-/ADT-00/adt",
		DemographicsRemarks: index.RemarksOf(clinical.Remarks{{Kind: clinical.RemarkMissing, Detail: "segment 2 (PID), field 5: no name in kana"}, {Kind: clinical.RemarkHour, Detail: "=x"}})}))
	totals, err := d.index.RemarkTotals(ctx)
	d.must(err)
	reasons, err := d.index.UnreadableReasons(ctx)
	d.must(err)
	d.health = health.Snapshot{
		Now: d.now, Started: d.now.Add(-time.Hour), Version: "v0", Gateway: "k3xq7p2ak3xq7p2ak3xq7p2ak3", Certificate: d.now.AddDate(0, 0, 60),
		Link: health.Link{Addr: "center.example:8444", Connected: true, Since: d.now.Add(-time.Hour)},
		Sources: []health.Source{{Name: root, Kind: health.Storage, Place: root, State: health.Up, Lag: time.Second, Facts: []health.Fact{
			{Key: "waiting", Value: 3}, {Key: "lag", Value: time.Second},
		}}, {Name: "mllp ehr", Kind: health.Messages, Place: "ehr 10.1.2.3:2575", State: health.Up, Receiving: &health.Receiving{
			Listener: "ehr", Unframed: 26, Incidents: []health.Incident{{Key: incident.Address, State: tally.State{Total: 7, Peers: []tally.Peer{{Address: "10.1.2.20", Last: time.Unix(1795804520, 0)}}}}, {Key: incident.Cut}},
		}}},
		Disks:    []health.Disk{{Name: "database", Path: "/var/lib/mizuhiki", Space: disk.Space{Free: 100 << 30, Size: 200 << 30}}},
		Patients: 2, Linked: 1, Documents: 7, Suspended: 1, Reasons: reasons, Remarks: totals,
	}
}

// browser is somebody's browser.
type browser struct {
	d    *desk
	http *http.Client
}

func (d *desk) browser() *browser {
	jar, err := cookiejar.New(nil)
	d.must(err)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: d.pool, Time: d.clock}}
	d.t.Cleanup(transport.CloseIdleConnections)
	return &browser{d, &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) do(method, path string, form url.Values, headers ...string) answer {
	b.d.t.Helper()
	req, err := http.NewRequest(method, b.d.url+path, strings.NewReader(form.Encode()))
	b.d.must(err)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.http.Do(req)
	b.d.must(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	b.d.must(err)
	a := answer{res.StatusCode, res.Header, string(body)}
	for _, m := range markers {
		if strings.Contains(a.body, m) {
			b.d.t.Errorf("%s %s shows a patient's %s", method, path, m)
		}
	}
	return a
}

func (b *browser) get(path string) answer { b.d.t.Helper(); return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, pairs ...string) answer {
	b.d.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

// settle makes an account, takes it through its first sign-in by hand as a person does,
// and gives the browser that is signed in with the secret of its codes.
func (d *desk) settle(login string, role account.Role) (*browser, string) {
	d.t.Helper()
	first, err := d.accounts.Add(d.t.Context(), "command line", login, role)
	d.must(err)
	b := d.browser()
	d.lead(b.post("/signin", "login", login, "password", first), "/")
	d.lead(b.get("/"), "/password")
	d.lead(b.post("/password", "old", first, "new", own, "again", own), "/second-factor")
	page := b.get("/second-factor").body
	_, rest, _ := strings.Cut(page, `<code class="secret">`)
	secret, _, _ := strings.Cut(rest, "<")
	d.lead(b.post("/second-factor", "code", d.code(secret)), "/")
	return b, secret
}

func (d *desk) code(secret string) string {
	d.t.Helper()
	code, err := totp.GenerateCode(secret, d.clock())
	d.must(err)
	return code
}

// lead demands that an answer leads somewhere.
func (d *desk) lead(a answer, to string) {
	d.t.Helper()
	if a.status != http.StatusSeeOther || a.header.Get("Location") != to {
		d.t.Fatalf("status %d to %q, want to be led to %q\n%.600s", a.status, a.header.Get("Location"), to, a.body)
	}
}
