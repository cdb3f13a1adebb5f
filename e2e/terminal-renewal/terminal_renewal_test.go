// Package terminalrenewal lets a year and more pass at a center with terminals: they renew
// their certificates by themselves, those that were shut out or slept through it do not.
package terminalrenewal

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/firstcontact"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/setup"
	"mizuhiki.dev/mizuhiki/internal/terminal"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

const day = 24 * time.Hour

// network is a center whose clock the test turns.
type network struct {
	*testing.T
	cfg      center.Config
	facility directory.Facility
	begun    time.Time
	passed   atomic.Int64
	center   *center.Running
	stop     func()
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{T: t, begun: time.Now().Truncate(time.Second)}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	cfg := center.DefaultConfig()
	cfg.Portal.Listen, cfg.Link.Listen, cfg.Enroll.Listen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	cfg.Logger, cfg.Clock = slog.New(slog.DiscardHandler), n.clock
	res, err := setup.Init(t.Context(), setup.Options{
		Dir: filepath.Join(t.TempDir(), "center"), Hosts: []string{"localhost"}, Config: cfg, Recipient: id.Recipient(),
		Union:    "試験ユニオン",
		Facility: directory.Facility{Code: "9910000001", Name: "試験診療所", Kana: "シケンシンリョウジョ", Mark: "試験", Kind: directory.Clinic},
		Operator: manage.NewUser{Login: "jimukyoku", DisplayName: "事務局", Profession: access.Clerk},
		Device:   "事務局1", Clock: n.clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	n.cfg, n.facility = res.Config, res.Facility
	n.start()
	t.Cleanup(func() { n.stop() })
	return n
}

func (n *network) clock() time.Time { return n.begun.Add(time.Duration(n.passed.Load())) }

func (n *network) days(d int) { n.passed.Store(int64(time.Duration(d) * day)) }

func (n *network) start() {
	n.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := center.Start(ctx, n.cfg)
	if err != nil {
		cancel()
		n.Fatal(err)
	}
	n.center, n.stop = r, func() {
		cancel()
		if err := r.Wait(); err != nil {
			n.Errorf("center: %v", err)
		}
	}
}

func (n *network) admin() *setup.Admin { return setup.NewAdmin(n.center.Base) }

// pc is a PC with the program's memory and a browser's store.
type pc struct {
	n       *network
	memory  terminal.Memory
	browser browser
	id      ident.DeviceID
}

// browser is a store of a browser whose keys no program can use.
type browser struct {
	full error
	ids  []terminal.Identity
}

func (*browser) Ready(context.Context) error { return nil }

func (b *browser) Put(_ context.Context, id terminal.Identity) error {
	if b.full == nil {
		b.ids = append(b.ids, id)
	}
	return b.full
}

func (*browser) Key(context.Context, *x509.Certificate) (crypto.Signer, error) { return nil, nil }

func (b *browser) Drop(_ context.Context, cert *x509.Certificate) error {
	before := len(b.ids)
	b.ids = slices.DeleteFunc(b.ids, func(id terminal.Identity) bool { return id.Chain[0].Equal(cert) })
	if len(b.ids) == before {
		return errors.New("not in the store")
	}
	return nil
}

func (n *network) enrol(name string) *pc {
	n.Helper()
	p := &pc{n: n, memory: terminal.Memory{Dir: filepath.Join(n.TempDir(), "terminal")}}
	p.enrol(name, "")
	return p
}

func (p *pc) enrol(name string, replaces ident.DeviceID) {
	p.n.Helper()
	code, err := p.n.admin().DeviceCode(p.n.Context(), p.n.facility, name, "1階", replaces)
	if err != nil {
		p.n.Fatal(err)
	}
	answer, err := terminal.Enroll(p.n.Context(), terminal.Request{
		Center: at(p.n.center.EnrollAddr), CAFingerprint: tlsid.Fingerprint(p.n.center.Authority.Root),
		Code: code, Memory: p.memory, Clock: p.n.clock,
	}, &p.browser, terminal.Files{Dir: p.n.TempDir()})
	if err != nil {
		p.n.Fatal(err)
	}
	p.id = answer.Device
}

// at is a host of the center under the name of its certificate.
func at(addr net.Addr) string {
	_, port, _ := net.SplitHostPort(addr.String())
	return "https://localhost:" + port
}

func (p *pc) renew() (terminal.Renewal, error) {
	return terminal.Renew(p.n.Context(), p.memory, &p.browser, p.n.clock)
}

func (p *pc) mustRenew(want bool) terminal.Renewal {
	p.n.Helper()
	r, err := p.renew()
	if err != nil || (r.Answer != nil) != want {
		p.n.Fatalf("Renew = %+v, %v, want renewed %v", r, err, want)
	}
	return r
}

// open opens the sign-in page with the i-th certificate of the browser, over a connection
// of its own: 200, 404 if the portal refuses, 0 if TLS does.
func (p *pc) open(i int) int {
	p.n.Helper()
	id := p.browser.ids[i]
	client := httpclient.New(tlsid.ClientConfig(tlsid.Chain(id.Key, id.Chain...), id.Root, p.n.clock))
	defer client.CloseIdleConnections()
	res, err := client.Get(at(p.n.center.PortalAddr) + "/signin")
	if err != nil {
		if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "dial" {
			p.n.Fatal(err)
		}
		return 0 // refused by TLS: as its alert, or as a connection that is gone before that was read
	}
	defer res.Body.Close()
	return res.StatusCode
}

// ledger reads the terminal's line of the ledger.
func (p *pc) ledger() device.Device {
	p.n.Helper()
	d, err := devicedb.Store{}.Device(p.n.Context(), p.n.center.DB.Reader(), p.id)
	if err != nil {
		p.n.Fatal(err)
	}
	return d
}

// rows counts the rows of the access log of an action about this terminal.
func (p *pc) rows(a audit.Action) (count int) {
	p.n.Helper()
	err := p.n.center.DB.Reader().QueryRowContext(p.n.Context(), `SELECT COUNT(*) FROM audit_event WHERE action = $1 AND body LIKE $2`, a, "%"+string(p.id)+"%").Scan(&count)
	if err != nil {
		p.n.Fatal(err)
	}
	return count
}

func TestReq_CERT03_aTerminalRenewsByItself(t *testing.T) {
	n := newNetwork(t)
	kept, asleep, lost := n.enrol("受付1"), n.enrol("診察室1"), n.enrol("訪問1")
	first := kept.ledger()
	for _, d := range []int{0, 100, 269} {
		n.days(d)
		if r := kept.mustRenew(false); !r.Ends.Equal(first.NotAfter) || !r.Due.Equal(first.NotAfter.Add(-device.RenewWithin)) {
			t.Errorf("day %d: %+v, the ledger says %v", d, r, first.NotAfter)
		}
	}

	n.days(270)
	if r := kept.mustRenew(true); r.Answer.Device != kept.id || !r.Ends.Equal(n.clock().Add(tlsid.DeviceLife)) {
		t.Errorf("renewed: %+v", r)
	}
	if got := kept.rows(audit.ActionDeviceIssue); got != 2 {
		t.Errorf("%d rows of certificates, want that of the enrolment and that of the renewal", got)
	}
	if kept.browser.ids[0].Key.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(kept.browser.ids[1].Key.Public()) {
		t.Error("the next certificate is for the key from before")
	}
	// Until a browser has come with the next, the one before holds, and no run asks again.
	if got := kept.open(0); got != http.StatusOK {
		t.Errorf("the present certificate beside an unused one: %d", got)
	}
	if r := kept.mustRenew(false); r.Dropped || len(kept.browser.ids) != 2 {
		t.Error("the certificate with which the browser may be open was taken away")
	}
	if got := kept.open(1); got != http.StatusOK {
		t.Errorf("the next certificate: %d", got)
	}
	if got := kept.open(0); got != http.StatusNotFound {
		t.Errorf("the certificate from before: %d, want 404", got)
	}
	if got := kept.rows(audit.ActionDeviceRenew); got != 1 {
		t.Errorf("%d rows of taking the next certificate, want 1", got)
	}
	if r := kept.mustRenew(false); !r.Dropped || len(kept.browser.ids) != 1 {
		t.Errorf("%d certificates in the store, dropped %v", len(kept.browser.ids), r.Dropped)
	}

	n.days(280)
	if err := n.admin().RevokeDevice(t.Context(), lost.id); err != nil {
		t.Fatal(err)
	}
	if r, err := lost.renew(); !fault.Is(err, fault.Denied) || r.Answer != nil || len(lost.browser.ids) != 1 {
		t.Errorf("the revoked terminal: %+v, %v", r, err)
	}

	n.days(360) // the hosts' certificate lasts a year too
	if err := n.admin().IssueServer(t.Context(), []string{"localhost"}); err != nil {
		t.Fatal(err)
	}
	n.stop()
	n.start()
	n.days(366)
	if r, err := asleep.renew(); !fault.Is(err, fault.Conflict) || r.Answer != nil {
		t.Errorf("the certificate that has ended: %+v, %v", r, err)
	}
	if got := asleep.open(0); got != 0 {
		t.Errorf("the portal answers a certificate that has ended: %d", got)
	}
	before := asleep.id
	asleep.enrol("診察室1", before)
	if got := asleep.open(1); got != http.StatusOK || asleep.id == before {
		t.Errorf("enrolled anew: %d", got)
	}
	n.days(400)
	if r := asleep.mustRenew(false); !r.Dropped || len(asleep.browser.ids) != 1 {
		t.Errorf("%d certificates in the store, dropped %v", len(asleep.browser.ids), r.Dropped)
	}
	if got := asleep.open(0); got != http.StatusOK {
		t.Errorf("day 400: %d", got)
	}
}

// A store that fails costs nothing but another try, of which there are not many: each is an
// entry on the list of what was revoked.
func TestReq_CERT03_aRenewalThatFailsIsTriedAgain(t *testing.T) {
	n := newNetwork(t)
	p := n.enrol("受付1")
	n.days(300)
	full := errors.New("no room")
	p.browser.full = full
	for range 3 {
		if _, err := p.renew(); !errors.Is(err, full) {
			t.Fatalf("Renew = %v, want the store's error", err)
		}
	}
	if _, err := p.renew(); !fault.Is(err, fault.Unavailable) {
		t.Errorf("the fourth time within an hour: %v, want unavailable", err)
	}
	if got := p.open(0); got != http.StatusOK {
		t.Errorf("the present certificate after that: %d", got)
	}
	p.browser.full = nil
	n.passed.Add(int64(time.Hour))
	p.mustRenew(true)
	if got := p.open(1); got != http.StatusOK {
		t.Errorf("the next certificate: %d", got)
	}
}

// What the portal answers to programs that don't do as they should.
func TestReq_CERT03_refusals(t *testing.T) {
	n := newNetwork(t)
	p := n.enrol("受付1")
	id := p.browser.ids[0]
	ask := func(days int, body any) error {
		n.days(days)
		var answer wire.DeviceAnswer
		return portalAs(t, n, id).Ask(t.Context(), wire.PathTerminal, body, &answer)
	}
	csr, err := tlsid.NewCSR(id.Key)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		days int
		body any
		kind fault.Kind
		key  fault.Key
	}{
		"too early":          {269, wire.RenewRequest{CSR: csr}, fault.Conflict, "device.too_early"},
		"no request":         {300, wire.RenewRequest{CSR: []byte("x")}, fault.Invalid, ""},
		"not what was asked": {300, []int{1}, fault.Invalid, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := ask(tc.days, tc.body)
			if key, _, _ := fault.Message(err); !fault.Is(err, tc.kind) || key != tc.key {
				t.Errorf("%v, want %s %s", err, tc.kind, tc.key)
			}
		})
	}
	if d := p.ledger(); d.Next.SHA256 != "" {
		t.Error("a next certificate was filed")
	}
}

func portalAs(t *testing.T, n *network, id terminal.Identity) firstcontact.Center {
	t.Helper()
	c, err := firstcontact.New(at(n.center.PortalAddr), tlsid.Fingerprint(id.Root), n.clock)
	if err != nil {
		t.Fatal(err)
	}
	return c.As(tlsid.Chain(id.Key, id.Chain...))
}
