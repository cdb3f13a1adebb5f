package center_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/httpserver/probetest"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// A center listens nowhere but where it was told to, nothing there answers in the clear
// but that it does not, and whoever came once over TLS is told to stay.
func TestReq_TLS05_portProbe(t *testing.T) {
	cfg, res := initialised(t)
	before := probetest.Listening(t)
	r := start(t, cfg)
	hosts := map[string]net.Addr{"portal": r.PortalAddr, "link": r.LinkAddr, "enroll": r.EnrollAddr}
	var want, got []int
	for _, addr := range hosts {
		want = append(want, addr.(*net.TCPAddr).Port)
	}
	for port := range probetest.Listening(t) {
		if !before[port] {
			got = append(got, port)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("listens on ports %v, want those that are configured, %v", got, want)
	}
	for name, addr := range hosts {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if answer := probetest.InClear(t, addr.String(), method); answer != "" && answer != probetest.RefusedInClear {
				t.Errorf("%s answers %s in the clear: %q", name, method, answer)
			}
		}
		older := &tls.Config{RootCAs: tlsid.Pool(r.Authority.Root), MaxVersion: tls.VersionTLS12}
		if conn, err := tls.Dial("tcp", addr.String(), older); err == nil {
			conn.Close()
			t.Errorf("%s speaks TLS 1.2", name)
		}
	}
	terminal, err := tlsid.ReadIdentity(res.Device.Cert, res.Device.Key)
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"https://" + r.PortalAddr.String() + "/signin", "https://" + r.EnrollAddr.String() + "/terminal/pkcs12/x"} {
		_, header, err := get(tlsid.ClientConfig(terminal, r.Authority.Root, time.Now), url)
		if err != nil || !strings.HasPrefix(header.Get("Strict-Transport-Security"), "max-age=") {
			t.Errorf("%s: Strict-Transport-Security %q, %v", url, header.Get("Strict-Transport-Security"), err)
		}
	}
}
