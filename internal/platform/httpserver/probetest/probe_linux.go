// Package probetest looks at a process as a port scanner does: where it listens, and what
// it answers there without TLS.
package probetest

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Listening gives the TCP ports on which this process listens (proc(5), /proc/net/tcp).
func Listening(t *testing.T) map[int]bool {
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

// RefusedInClear is what net/http says before it closes a connection on which no TLS
// is spoken; it comes from no handler.
const RefusedInClear = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"

// InClear gives all that is answered to a request without TLS.
func InClear(t *testing.T, addr, method string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
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
