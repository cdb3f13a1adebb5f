package denylist_test

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/denylist"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

var begin = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

// world is a gateway's list and a network with an assertion root.
type world struct {
	*denylist.Store
	t    *testing.T
	db   *db.DB
	root ed25519.PrivateKey
	now  time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	_, root, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: dbtest.SQLite(t, migrate.Gateway), root: root, now: begin}
	w.reopen()
	return w
}

// reopen is what a restart does.
func (w *world) reopen() {
	w.t.Helper()
	s, err := denylist.Open(w.t.Context(), w.db, w.root.Public().(ed25519.PublicKey), func() time.Time { return w.now })
	if err != nil {
		w.t.Fatal(err)
	}
	w.Store = s
}

func (w *world) signer(replica ident.ReplicaID, root ed25519.PrivateKey) *wire.Signer {
	w.t.Helper()
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	cert, err := wire.CertifyReplica(root, replica, pub, begin.Add(-time.Hour), begin.AddDate(1, 0, 0))
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := wire.NewSigner(key, cert)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// send has a replica send a list that is issued now.
func (w *world) send(by *wire.Signer, seq int64, entries ...wire.Denied) error {
	w.t.Helper()
	token, err := by.SignDenylist(wire.Denylist{Seq: seq, Issued: w.now.Unix(), Entries: entries})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.Take(w.t.Context(), wire.SignedDenylist{List: token})
	return err
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func denied(kind wire.DeniedKind, sha string) wire.Denied {
	return wire.Denied{Kind: kind, SHA256: sha, Ends: begin.AddDate(0, 6, 0).Unix(), Revoked: begin.Unix()}
}

func terminal(id ident.DeviceID, digit string) wire.Denied {
	d := denied(wire.DeniedDevice, strings.Repeat(digit, 64))
	d.Device = id
	return d
}

func by(id ident.DeviceID) wire.Assertion {
	return wire.Assertion{Viewer: access.Viewer{Device: id}, Signer: strings.Repeat("9", 64)}
}

func wantKind(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	if kind == "" && err != nil || kind != "" && !fault.Is(err, kind) {
		t.Errorf("%s: %v, want kind %q", what, err, kind)
	}
}

func TestReq_CERT04_gatewayRefusesWhatWasRevoked(t *testing.T) {
	w := newWorld(t)
	r1 := w.signer("r1", w.root)
	w.must(w.send(r1, 1))
	wantKind(t, "before", w.CheckAssertion(by("lost")), "")
	w.must(w.send(r1, 2, terminal("lost", "a")))
	for _, when := range []string{"at once", "after a restart"} {
		wantKind(t, "the lost terminal "+when, w.CheckAssertion(by("lost")), fault.Denied)
		wantKind(t, "another terminal "+when, w.CheckAssertion(by("kept")), "")
		w.reopen()
	}
}

// Whoever holds a key that signs lists can revoke, and not undo it.
func TestReq_CERT04_nothingIsLifted(t *testing.T) {
	lost, other := terminal("lost", "a"), terminal("other", "b")
	for name, tc := range map[string]struct {
		list func(w *world, r1 *wire.Signer) error
		kind fault.Kind
	}{
		"an empty list":         {func(w *world, r1 *wire.Signer) error { return w.send(r1, 3) }, fault.Conflict},
		"another entry instead": {func(w *world, r1 *wire.Signer) error { return w.send(r1, 3, other) }, fault.Conflict},
		"an earlier list again": {func(w *world, r1 *wire.Signer) error { return w.send(r1, 1, lost, other) }, fault.Conflict},
		"by another replica":    {func(w *world, _ *wire.Signer) error { return w.send(w.signer("r2", w.root), 900) }, fault.Conflict},
		"of a stranger":         {func(w *world, _ *wire.Signer) error { return w.send(w.signer("r1", w.signerRoot()), 900) }, fault.Denied},
		"with half an entry":    {func(w *world, r1 *wire.Signer) error { return w.send(r1, 3, lost, wire.Denied{SHA256: "ab"}) }, fault.Invalid},
		"from an hour ahead": {func(w *world, r1 *wire.Signer) error {
			w.now = w.now.Add(time.Hour)
			defer func() { w.now = begin.Add(time.Minute) }()
			return w.ahead(r1, lost)
		}, fault.Denied},
		"the same list once more": {func(w *world, r1 *wire.Signer) error { return w.send(r1, 2, lost) }, ""},
		"more on it":              {func(w *world, r1 *wire.Signer) error { return w.send(r1, 3, lost, other) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r1 := w.signer("r1", w.root)
			w.must(w.send(r1, 2, lost))
			before := w.State()
			w.now = w.now.Add(time.Minute)
			err := tc.list(w, r1)
			wantKind(t, "Take", err, tc.kind)
			wantKind(t, "the lost terminal afterwards", w.CheckAssertion(by("lost")), fault.Denied)
			st := w.State()
			if tc.kind == "" {
				if st.Trouble.Said != "" || !st.Newest.After(before.Newest) {
					t.Errorf("a good list leaves %+v", st)
				}
				return
			}
			if st.Trouble.Said == "" || !st.Newest.Equal(before.Newest) {
				t.Errorf("a refused list leaves %+v, want its trouble and the time of %v", st, before.Newest)
			}
			w.reopen()
			wantKind(t, "the lost terminal after a restart", w.CheckAssertion(by("lost")), fault.Denied)
		})
	}
}

func (w *world) signerRoot() ed25519.PrivateKey {
	_, root, err := ed25519.GenerateKey(nil)
	w.must(err)
	return root
}

// ahead sends a list of now while the gateway's clock is an hour behind it.
func (w *world) ahead(s *wire.Signer, e wire.Denied) error {
	token, err := s.SignDenylist(wire.Denylist{Seq: 3, Issued: w.now.Unix(), Entries: []wire.Denied{e}})
	w.must(err)
	w.now = begin.Add(time.Minute)
	_, err = w.Take(w.t.Context(), wire.SignedDenylist{List: token})
	return err
}

// What a refused list adds holds all the same: a center that was restored from a backup
// must still be able to revoke.
func TestTake_aRefusedListStillRevokes(t *testing.T) {
	w := newWorld(t)
	r1 := w.signer("r1", w.root)
	w.must(w.send(r1, 5, terminal("lost", "a")))
	wantKind(t, "Take", w.send(r1, 6, terminal("stolen", "b")), fault.Conflict)
	wantKind(t, "the stolen terminal", w.CheckAssertion(by("stolen")), fault.Denied)
}

func TestTake_whatHasEndedMayGo(t *testing.T) {
	w := newWorld(t)
	r1 := w.signer("r1", w.root)
	w.must(w.send(r1, 1, terminal("lost", "a")))
	w.now = begin.AddDate(0, 6, 0)
	w.must(w.send(r1, 2))
	wantKind(t, "the lost terminal", w.CheckAssertion(by("lost")), fault.Denied)
}

func TestTake_aStolenKey(t *testing.T) {
	w := newWorld(t)
	r1, r2 := w.signer("r1", w.root), w.signer("r2", w.root)
	w.must(w.send(r1, 1<<62, terminal("innocent", "c")))
	stolen := denied(wire.DeniedSigner, r1.KeySHA256())
	w.must(w.send(r2, 1, terminal("innocent", "c"), stolen))
	wantKind(t, "a list of the stolen key", w.send(r1, 1<<62+1, terminal("innocent", "c"), stolen), fault.Denied)
	a := by("kept")
	a.Signer = r1.KeySHA256()
	wantKind(t, "an assertion of the stolen key", w.CheckAssertion(a), fault.Denied)
	// What it has said need not be repeated for ever.
	w.must(w.send(r2, 2, stolen))
	wantKind(t, "an assertion of the other replica", w.CheckAssertion(by("kept")), "")
}

func TestReq_CERT04_anOldListStopsDisclosure(t *testing.T) {
	for name, tc := range map[string]struct {
		listed bool
		after  time.Duration
		kind   fault.Kind
	}{
		"a day old":                      {true, 25 * time.Hour, ""},
		"three days old":                 {true, wire.DenylistEnd + time.Second, fault.Unavailable},
		"none yet, just installed":       {false, time.Minute, ""},
		"none yet, after three days":     {false, wire.DenylistEnd + time.Second, fault.Unavailable},
		"none yet, almost three days on": {false, wire.DenylistEnd - time.Minute, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r1 := w.signer("r1", w.root)
			if tc.listed {
				w.must(w.send(r1, 1))
			}
			w.now = w.now.Add(tc.after)
			w.reopen()
			err := w.CheckAssertion(by("kept"))
			wantKind(t, "CheckAssertion", err, tc.kind)
			if key, _, _ := fault.Message(err); tc.kind != "" && key != wire.KeyDenylistOld {
				t.Errorf("key %q, want %q", key, wire.KeyDenylistOld)
			}
			w.must(w.send(r1, 2))
			wantKind(t, "after a new list", w.CheckAssertion(by("kept")), "")
		})
	}
}

func TestReq_CERT04_gatewayRefusesARevokedCenter(t *testing.T) {
	root, err := tlsid.NewRoot("root", begin)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(name string) (*tlsid.Authority, *x509.Certificate) {
		key, err := tlsid.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		issuing, err := root.Certify(name, key, begin)
		if err != nil {
			t.Fatal(err)
		}
		ca, err := tlsid.NewAuthority(root.Cert, issuing, key, func() time.Time { return begin })
		if err != nil {
			t.Fatal(err)
		}
		cert, err := ca.IssueServer(key.Public(), []string{"center.example"})
		if err != nil {
			t.Fatal(err)
		}
		return ca, cert
	}
	old, oldCert := issue("old")
	_, nextCert := issue("next")
	seen := func(leaf *x509.Certificate, above ...*x509.Certificate) tls.ConnectionState {
		chain := append([]*x509.Certificate{leaf}, above...)
		return tls.ConnectionState{PeerCertificates: chain, VerifiedChains: [][]*x509.Certificate{append(chain, root.Cert)}}
	}
	for name, tc := range map[string]struct {
		entry wire.Denied
		kind  fault.Kind
	}{
		"its certificate":              {denied(wire.DeniedServer, tlsid.Fingerprint(oldCert)), fault.Denied},
		"the issuing CA":               {denied(wire.DeniedIssuing, tlsid.Fingerprint(old.Cert)), fault.Denied},
		"another host's":               {denied(wire.DeniedServer, tlsid.Fingerprint(nextCert)), ""},
		"a terminal's of that digest?": {terminal("x", "e"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			changed := w.Changed()
			wantKind(t, "before", w.CheckCenter(seen(oldCert, old.Cert)), "")
			w.must(w.send(w.signer("r1", w.root), 1, tc.entry))
			select {
			case <-changed:
			default:
				t.Error("nobody is told that the list has grown")
			}
			wantKind(t, "afterwards", w.CheckCenter(seen(oldCert, old.Cert)), tc.kind)
		})
	}
}
