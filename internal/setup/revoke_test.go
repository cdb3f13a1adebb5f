package setup_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/center/revocation/revocationdb"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestRevoke_bySerialAndFingerprint(t *testing.T) {
	o, _ := options(t)
	res := initialise(t, o)
	a := open(t, res)
	revoked := func() map[wire.DeniedKind]revocation.Entry {
		t.Helper()
		list, err := revocationdb.Store{}.Revoked(t.Context(), a.DB.Reader(), now)
		if err != nil {
			t.Fatal(err)
		}
		out := map[wire.DeniedKind]revocation.Entry{}
		for _, e := range list {
			out[e.Kind] = e
		}
		return out
	}
	if _, err := a.RevokeSerial(t.Context(), res.Device.Device.CertSerial, revocation.KeyCompromise); err != nil {
		t.Fatal(err)
	}
	if e := revoked()[wire.DeniedDevice]; e.Device != res.Device.Device.ID || e.SHA256 != res.Device.Device.CertSHA256 {
		t.Errorf("the terminal's entry = %+v", e)
	}
	if err := a.IssueServer(t.Context(), []string{"localhost"}); err != nil {
		t.Fatal(err)
	}
	chain, err := tlsid.ReadCerts(a.Config.TLS.Cert)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.RevokeSerial(t.Context(), chain[0].SerialNumber.Text(16), revocation.Superseded); err != nil {
		t.Errorf("the host's certificate by serial number: %v", err)
	}
	if e := revoked()[wire.DeniedServer]; e.SHA256 != tlsid.Fingerprint(chain[0]) || e.Reason != revocation.Superseded {
		t.Errorf("the host's entry = %+v", e)
	}
	for name, err := range map[string]error{
		"twice":               a.RevokeOwn(t.Context(), tlsid.Fingerprint(chain[0]), revocation.Superseded),
		"unknown fingerprint": a.RevokeOwn(t.Context(), "ab", revocation.Superseded),
		"no serial number":    second(a.RevokeSerial(t.Context(), "", revocation.Superseded)),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v, want not found", name, err)
		}
	}
	c, err := a.Certificates(t.Context())
	if err != nil || len(c.Own) != 1 || c.Own[0].By == "" || c.Own[0].RevokedAt.IsZero() {
		t.Errorf("own certificates %+v, %v, want the one that was revoked and who did it", c.Own, err)
	}
}

func second(_ string, err error) error { return err }

func TestDeny_refusesWhatNoGatewayCouldActOn(t *testing.T) {
	o, _ := options(t)
	a := open(t, initialise(t, o))
	sound := revocation.Certificate{Entry: revocation.Entry{
		Kind: wire.DeniedDevice, SHA256: "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", NotAfter: now.AddDate(1, 0, 0),
	}}
	for name, change := range map[string]func(*revocation.Certificate){
		"half a fingerprint": func(c *revocation.Certificate) { c.SHA256 = c.SHA256[:32] },
		"upper case":         func(c *revocation.Certificate) { c.SHA256 = "A" + c.SHA256[1:] },
		"no such kind":       func(c *revocation.Certificate) { c.Kind = "person" },
		"no end":             func(c *revocation.Certificate) { c.NotAfter = time.Time{} },
	} {
		c := sound
		change(&c)
		if err := a.Deny(t.Context(), c, revocation.Unspecified); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	if err := a.Deny(t.Context(), sound, revocation.KeyCompromise); err != nil {
		t.Errorf("a sound one: %v", err)
	}
}

func TestRenewSigner(t *testing.T) {
	o, offline := options(t)
	res := initialise(t, o)
	a := open(t, res)
	sealed, err := os.ReadFile(filepath.Join(a.Config.Keys.Authority, "assertion-root.key.age"))
	if err != nil {
		t.Fatal(err)
	}
	rootSealed, err := os.ReadFile(filepath.Join(a.Config.Keys.Authority, tlsid.FileRootKey))
	if err != nil {
		t.Fatal(err)
	}
	was := a.Signer.KeySHA256()
	if _, err := a.RenewSigner(t.Context(), rootSealed, offline); err == nil {
		t.Error("the root's key was taken for the assertion root's")
	}
	own, err := a.RenewSigner(t.Context(), sealed, offline)
	if err != nil {
		t.Fatal(err)
	}
	b, err := center.Open(t.Context(), a.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if got := b.Signer.KeySHA256(); got != own.SHA256 || got == was {
		t.Errorf("the replica signs with %.16s…, want the new key", got)
	}
	token, err := b.Signer.SignDenylist(wire.Denylist{Seq: 1, Issued: now.Unix()})
	if err != nil {
		t.Fatal(err)
	}
	if _, signer, err := wire.OpenDenylist(b.AssertionRoot, token, now); err != nil || signer != own.SHA256 {
		t.Errorf("a list by the new key: %s, %v", signer, err)
	}
}
