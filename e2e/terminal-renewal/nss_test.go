package terminalrenewal

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/terminal"
)

// The same with the store that Chromium's family really has on Linux.
func TestReq_CERT03_inTheStoreOfLinux(t *testing.T) {
	for _, tool := range []string{"certutil", "pk12util"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not there: install libnss3-tools", tool)
		}
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	system, err := terminal.SystemStore()
	if err != nil {
		t.Fatal(err)
	}
	store, ok := system.(terminal.Renewer)
	if !ok {
		t.Skipf("the store of this system, %T, is tested nowhere", system)
	}
	n := newNetwork(t)
	memory := terminal.Memory{Dir: filepath.Join(home, "memory")}
	code, err := n.admin().DeviceCode(t.Context(), n.facility, "受付1", "1階", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = terminal.Enroll(t.Context(), terminal.Request{
		Center: at(n.center.EnrollAddr), CAFingerprint: tlsid.Fingerprint(n.center.Authority.Root), Code: code, Memory: memory, Clock: n.clock,
	}, store, terminal.Files{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	withKeys := func() int {
		t.Helper()
		out, err := exec.Command("certutil", "-L", "-d", "sql:"+filepath.Join(home, ".pki", "nssdb")).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.Count(string(out), "u,u,u")
	}
	n.days(300)
	if r, err := terminal.Renew(t.Context(), memory, store, n.clock); err != nil || r.Answer == nil || withKeys() != 2 {
		t.Fatalf("Renew = %+v, %v, %d certificates in the store, want 2", r, err, withKeys())
	}
	next, err := tlsid.ReadIdentity(filepath.Join(memory.Dir, "terminal.crt"), filepath.Join(memory.Dir, "terminal.key"))
	if err != nil {
		t.Fatal(err)
	}
	client := httpclient.New(tlsid.ClientConfig(next, n.center.Authority.Root, n.clock))
	defer client.CloseIdleConnections()
	res, err := client.Get(at(n.center.PortalAddr) + "/signin")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("a browser with the next certificate = %d", res.StatusCode)
	}
	if r, err := terminal.Renew(t.Context(), memory, store, n.clock); err != nil || !r.Dropped || withKeys() != 1 {
		t.Errorf("Renew = %+v, %v, %d certificates in the store, want 1", r, err, withKeys())
	}
}
