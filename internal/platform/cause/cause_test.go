package cause_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

func TestOf(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, gone := os.Open(filepath.Join(dir, "none"))
	_, notFolder := os.Open(filepath.Join(file, "none"))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, refused := net.Dial("tcp", l.Addr().String())
	own := cause.New(cause.Cut, "connection ended within a message")
	for name, tc := range map[string]struct {
		err  error
		want cause.Kind
	}{
		"none":                         {nil, ""},
		"nobody knows":                 {errors.New("something else"), cause.Other},
		"a file that is gone":          {gone, cause.Gone},
		"a file for a folder":          {notFolder, cause.NotFolder},
		"nothing listens":              {refused, cause.Refused},
		"a full disk":                  {fmt.Errorf("write: %w", &fs.PathError{Op: "write", Path: "/a", Err: syscall.ENOSPC}), cause.DiskFull},
		"a stale share":                {&fs.PathError{Op: "stat", Path: "/mnt/a", Err: syscall.ESTALE}, cause.Stale},
		"a host that is down":          {&fs.PathError{Op: "stat", Path: "/mnt/a", Err: syscall.EHOSTDOWN}, cause.Unreachable},
		"a bad disk":                   {syscall.EIO, cause.Device},
		"a number nobody knows":        {syscall.EXDEV, cause.Other},
		"a host without a name":        {&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "link.example.jp"}}, cause.Name},
		"a name server that is mute":   {&net.OpError{Op: "dial", Err: &net.DNSError{Err: "i/o timeout", IsTimeout: true}}, cause.Name},
		"no answer":                    {fmt.Errorf("dial: %w", context.DeadlineExceeded), cause.Timeout},
		"no answer, of the network":    {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, cause.Timeout},
		"the other end went":           {fmt.Errorf("handshake: %w", io.EOF), cause.Broken},
		"an authority nobody knows":    {&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, cause.Certificate},
		"a certificate that is over":   {&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, cause.CertificateTime},
		"another host's certificate":   {x509.HostnameError{Certificate: &x509.Certificate{}, Host: "a"}, cause.Certificate},
		"no TLS":                       {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, cause.NotTLS},
		"an alert":                     {&net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}, cause.TLS},
		"one of ours":                  {fmt.Errorf("%w, after 8 bytes", own), cause.Cut},
		"one of ours above a system's": {cause.Or(cause.TLS, own), cause.Cut},
		"what the system does not say": {cause.Or(cause.TLS, errors.New("tls: something new")), cause.TLS},
		"what the system does say":     {cause.Or(cause.TLS, io.EOF), cause.Broken},
	} {
		t.Run(name, func(t *testing.T) {
			if got := cause.Of(tc.err); got != tc.want {
				t.Errorf("Of(%v) = %q, want %q", tc.err, got, tc.want)
			}
		})
	}
	if !errors.Is(cause.Or(cause.TLS, fs.ErrInvalid), fs.ErrInvalid) || cause.Or(cause.TLS, nil) != nil {
		t.Error("an error that was given a cause is another one")
	}
}

func TestFrom(t *testing.T) {
	if got := cause.From(nil); got != (cause.Trouble{}) {
		t.Errorf("From(nil) = %+v", got)
	}
	if got, want := cause.From(syscall.EROFS), (cause.Trouble{Cause: cause.ReadOnly, Said: syscall.EROFS.Error()}); got != want {
		t.Errorf("From = %+v, want %+v", got, want)
	}
	if got := (cause.Trouble{Said: "of a former program"}).Kind(); got != cause.Other {
		t.Errorf("Kind = %q", got)
	}
}

// A cause that is not listed would be one for which nobody looks whether there are words.
func TestKinds_areAll(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "cause.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || fmt.Sprint(spec.Type) != "Kind" {
			return true
		}
		n++
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || !slices.Contains(cause.Kinds(), cause.Kind(text)) {
			t.Errorf("Kinds lacks %s (%v)", spec.Names[0], err)
		}
		return true
	})
	if n != len(cause.Kinds()) {
		t.Errorf("%d constants, %d kinds", n, len(cause.Kinds()))
	}
}
