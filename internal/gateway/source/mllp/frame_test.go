package mllp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// piecewise is a connection that gives a stream in pieces.
type piecewise struct {
	net.Conn
	rest  []byte
	piece int
}

func (p *piecewise) SetReadDeadline(time.Time) error { return nil }

func (p *piecewise) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.piece)], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// frames reads a stream to its end.
func frames(stream string, piece, limit int) (bodies []string, f *framer, err error) {
	f = newFramer(&piecewise{rest: []byte(stream), piece: piece}, limit, time.Hour, time.Hour, make(chan struct{}, 1))
	for {
		body, err := f.next(context.Background())
		switch {
		case err == nil:
			bodies = append(bodies, string(body))
		case errors.Is(err, errTooLarge):
			bodies = append(bodies, "too large: "+string(body[:min(len(body), 10)]))
		default:
			f.release()
			return bodies, f, err
		}
	}
}

func TestFramer(t *testing.T) {
	long := "MSH|" + strings.Repeat("x", 40_000)
	for name, tc := range map[string]struct {
		stream  string
		want    []string
		garbage int
		cut     int
		err     error
	}{
		"two messages":                     {"\x0bMSH|a\r\x1c\r\x0bMSH|b\x1c\r", []string{"MSH|a\r", "MSH|b"}, 0, 0, io.EOF},
		"without the last CR":              {"\x0bMSH|a\x1c\x0bMSH|b\x1c", []string{"MSH|a", "MSH|b"}, 0, 0, io.EOF},
		"without start":                    {"MSH|a\x1c\rMSH|b\x1c\r", []string{"MSH|a", "MSH|b"}, 0, 0, io.EOF},
		"line breaks between":              {"\r\n\x0bMSH|a\x1c\r\n\n\x0bMSH|b\x1c\r\n", []string{"MSH|a", "MSH|b"}, 0, 0, io.EOF},
		"garbage between":                  {"??\x0bMSH|a\x1c\rGET /\x0bMSH|b\x1c\r", []string{"MSH|a", "MSH|b"}, 7, 0, io.EOF},
		"MSH within garbage":               {"x MSH|z\x1c\r\x0bMSH|b\x1c\r", []string{"MSH|b"}, 9, 0, io.EOF},
		"an M that begins nothing":         {"MS\x0bMSH|b\x1c\r", []string{"MSH|b"}, 2, 0, io.EOF},
		"empty message":                    {"\x0b\x1c\r\x0bMSH|b\x1c\r", []string{"", "MSH|b"}, 0, 0, io.EOF},
		"begun anew":                       {"\x0bMSH|a\rPID|\x0bMSH|b\x1c\r", []string{"MSH|b"}, 0, 1, io.EOF},
		"vertical tab in a text":           {"\x0bMSH|a\vb\x1c\r", []string{"MSH|a\vb"}, 0, 0, io.EOF},
		"cut in the middle":                {"\x0bMSH|a\x1c\r\x0bMSH|b", []string{"MSH|a"}, 0, 1, errCut},
		"larger than the buffer":           {"\x0b" + long + "\x1c\r\x0bMSH|b\x1c\r", []string{long, "MSH|b"}, 0, 0, io.EOF},
		"too large":                        {"\x0b" + long + long + "\x1c\r\x0bMSH|b\x1c\r", []string{"too large: MSH|xxxxxx", "MSH|b"}, 0, 0, io.EOF},
		"too large and never ending":       {"\x0b" + long + long, []string{"too large: MSH|xxxxxx"}, 0, 1, io.EOF},
		"garbage without end":              {strings.Repeat("x", maxGarbage+1), nil, maxGarbage + 1, 0, errGarbage},
		"garbage that the connection ends": {"xxx", nil, 3, 0, io.EOF},
		"nothing":                          {"", nil, 0, 0, io.EOF},
	} {
		for _, piece := range []int{1, 7, 4096, 1 << 20} {
			bodies, f, err := frames(tc.stream, piece, 60_000)
			if diff := cmp.Diff(tc.want, bodies); diff != "" {
				t.Errorf("%s in pieces of %d (-want +got):\n%s", name, piece, diff)
			}
			if f.garbage != tc.garbage || f.cut != tc.cut || !errors.Is(err, tc.err) {
				t.Errorf("%s in pieces of %d: garbage %d, cut %d, %v, want %d, %d, %v", name, piece, f.garbage, f.cut, err, tc.garbage, tc.cut, tc.err)
			}
		}
	}
}

// However a stream is cut into pieces, the messages are the same, and no more is held
// than is allowed.
func FuzzFramer(f *testing.F) {
	f.Add("\x0bMSH|a\x1c\r\x0bMSH|b\x1c\r", 3)
	f.Add("MSHMSH\x0b\x0b\x1c\x1c\r", 1)
	f.Add("\x0b"+strings.Repeat("x", 300)+"\x1c\r", 5)
	f.Fuzz(func(t *testing.T, stream string, piece int) {
		const limit = 200
		whole, a, errA := frames(stream, len(stream)+1, limit)
		parts, b, errB := frames(stream, max(1, piece%100), limit)
		if diff := cmp.Diff(whole, parts); diff != "" || a.garbage != b.garbage || a.cut != b.cut || !errors.Is(errA, errB) {
			t.Errorf("in pieces of %d (-whole +pieces): %v %v\n%s", piece, errA, errB, diff)
		}
		for _, body := range whole {
			if len(body) > limit && !strings.HasPrefix(body, "too large") {
				t.Errorf("a message of %d bytes", len(body))
			}
			if again, _, _ := frames(frame(body), 1000, limit); !strings.HasPrefix(body, "too large") && !bytes.Contains([]byte(body), []byte("\vMSH")) && (len(again) != 1 || again[0] != body) {
				t.Errorf("%q framed again reads as %q", body, again)
			}
		}
	})
}
