package center_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// listening gives the TCP ports on which this process listens (proc(5), /proc/net/tcp).
func listening(t *testing.T) map[int]bool {
	t.Helper()
	own := map[string]bool{} // inodes of this process's sockets
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil {
			if inode, ok := strings.CutPrefix(to, "socket:["); ok {
				own[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	const stateListen = "0A"
	ports := map[int]bool{}
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		data, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			f := strings.Fields(line)
			if len(f) < 10 || f[3] != stateListen || !own[f[9]] {
				continue
			}
			_, hex, _ := strings.Cut(f[1], ":")
			port, err := strconv.ParseInt(hex, 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			ports[int(port)] = true
		}
	}
	return ports
}

// A center listens nowhere but where it was told to, nothing there answers in the clear
// but that it does not, and whoever came once over TLS is told to stay.
func TestReq_TLS05_portProbe(t *testing.T) {
	cfg, res := initialised(t)
	before := listening(t)
	r := start(t, cfg)
	hosts := map[string]net.Addr{"portal": r.PortalAddr, "link": r.LinkAddr, "enroll": r.EnrollAddr}
	var want, got []int
	for _, addr := range hosts {
		want = append(want, addr.(*net.TCPAddr).Port)
	}
	for port := range listening(t) {
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
			if answer := inClear(t, addr, method); answer != "" && answer != refusedInClear {
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

// refusedInClear is what net/http says before it closes a connection on which no TLS
// is spoken; it comes from no handler.
const refusedInClear = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"

// inClear gives all that is answered to a request without TLS.
func inClear(t *testing.T, addr net.Addr, method string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(conn, "%s /signin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", method)
	answer, err := io.ReadAll(conn)
	if err != nil && len(answer) == 0 {
		return "" // the connection was reset
	}
	return string(answer)
}
