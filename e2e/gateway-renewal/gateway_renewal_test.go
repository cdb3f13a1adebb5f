// Package gatewayrenewal lets months pass: gateways renew their certificates by
// themselves, over a link that comes back with the new one.
package gatewayrenewal

import (
	"path/filepath"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/e2e/world"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/demo"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

const day = 24 * time.Hour

func TestReq_CERT03_gatewaysRenewInTime(t *testing.T) {
	dir := t.TempDir()
	was := map[ident.GatewayID]string{}
	for _, after := range []time.Duration{0, 65 * day, 125 * day} { // a certificate lasts 90 days
		cfg := demo.DefaultConfig()
		cfg.Dir, cfg.Listen, cfg.Persons, cfg.Linked = dir, "127.0.0.1:0", 20, 4
		cfg.Clock = func() time.Time { return time.Now().Add(after) }
		region, err := demo.Start(t.Context(), cfg)
		if err != nil {
			t.Fatalf("after %v: %v", after, err)
		}
		for _, g := range gateways(t, region) {
			world.Eventually(t, 20*time.Second, func() bool {
				now := gatewayOf(t, region, g.ID)
				return now.CertSHA256 != was[g.ID] && now.Next.SHA256 == "" && region.Center.Hub.Online(g.Facility)
			})
			now := gatewayOf(t, region, g.ID)
			if !onDisk(t, dir)[now.CertSHA256] {
				t.Errorf("after %v: the gateway's file has another certificate than the center", after)
			}
			if left := now.NotAfter.Sub(cfg.Clock()); left < 60*day {
				t.Errorf("after %v: the certificate ends in %v", after, left)
			}
			was[g.ID] = now.CertSHA256
		}
		if err := region.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

func gateways(t *testing.T, region *demo.Running) []directory.Gateway {
	t.Helper()
	list, err := directorydb.Store{}.Gateways(t.Context(), region.Center.DB.Reader())
	if err != nil || len(list) == 0 {
		t.Fatalf("gateways = %v, %v", list, err)
	}
	return list
}

func gatewayOf(t *testing.T, region *demo.Running, id ident.GatewayID) directory.Gateway {
	t.Helper()
	g, err := directorydb.Store{}.Gateway(t.Context(), region.Center.DB.Reader(), id)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// onDisk gives the fingerprints of the certificates that the gateways hold.
func onDisk(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "gateway", "*", "identity", "gateway.crt"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, f := range files {
		certs, err := tlsid.ReadCerts(f)
		if err != nil {
			t.Fatal(err)
		}
		out[tlsid.Fingerprint(certs[0])] = true
	}
	return out
}
