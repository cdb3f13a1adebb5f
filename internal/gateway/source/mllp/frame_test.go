package mllp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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

// shown is what a framer gave of a stream.
type shown struct {
	bodies       []string
	garbage      int
	cuts, strays []string
	sizes        []int // of what was cut
	err          error
}

// frames reads a stream to its end.
func frames(stream string, piece, limit int) (s shown) {
	f := newFramer(&piecewise{rest: []byte(stream), piece: piece}, limit, time.Hour, time.Hour, make(chan struct{}, 1))
	f.garbage = &atomic.Int64{}
	f.cut = func(b broken) { s.cuts, s.sizes = append(s.cuts, string(b.head)), append(s.sizes, b.size) }
	f.stray = func(b []byte) { s.strays = append(s.strays, string(b)) }
	for {
		body, err := f.next(context.Background())
		switch {
		case err == nil:
			s.bodies = append(s.bodies, string(body))
		case errors.Is(err, errTooLarge):
			s.bodies = append(s.bodies, "too large: "+string(body[:min(len(body), 10)]))
		default:
			f.release()
			s.garbage, s.err = int(f.garbage.Load()), err
			return s
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
		"TLS":                              {"\x16\x03\x01\x02\x00\x0b\x1c", nil, 0, 0, errTLS},
		"TLS behind a message":             {"\x0bMSH|a\x1c\r\x16\x03\x01\x0bMSH|b\x1c", []string{"MSH|a", "MSH|b"}, 3, 0, io.EOF},
	} {
		for _, piece := range []int{1, 7, 4096, 1 << 20} {
			got := frames(tc.stream, piece, 60_000)
			if diff := cmp.Diff(tc.want, got.bodies); diff != "" {
				t.Errorf("%s in pieces of %d (-want +got):\n%s", name, piece, diff)
			}
			if got.garbage != tc.garbage || len(got.cuts) != tc.cut || !errors.Is(got.err, tc.err) {
				t.Errorf("%s in pieces of %d: garbage %d, cut %d, %v, want %d, %d, %v", name, piece, got.garbage, len(got.cuts), got.err, tc.garbage, tc.cut, tc.err)
			}
		}
	}
}

// What broke off is shown, and bytes outside of messages where they may be one, or are all
// that came: what a sender puts between messages that arrive is counted, no more.
func TestFramer_showsWhatIsNoMessage(t *testing.T) {
	long := strings.Repeat("x", smallFrame)
	for name, tc := range map[string]struct {
		stream       string
		cuts, strays []string
	}{
		"junk between messages":                      {"??\x0bMSH|a\x1c\r GET \x0bMSH|b\x1c \r\n ", nil, nil},
		"a message without its start behind another": {"\x0bMSH|a\x1c\rx MSH|b\x1c\r\x0bMSH|c\x1c", nil, []string{"x MSH|b\x1c\r"}},
		"nothing but junk":                           {"GET / HTTP/1.1\r\n\r\n", nil, []string{"GET / HTTP/1.1\r\n\r\n"}},
		"junk without end":                           {"\x0bMSH|a\x1c\r" + long + "y", nil, []string{long}},
		"only signs":                                 {"\x0b\x1c\r\r\n", nil, nil},
		"cut":                                        {"\x0bMSH|a", []string{"MSH|a"}, nil},
		"cut without its start":                      {"MSH|a\rPID|", []string{"MSH|a\rPID|"}, nil},
		"cut at once":                                {"\x0b", []string{""}, nil},
		"long and cut":                               {"\x0b" + long + "yz", []string{long}, nil},
		"begun anew, and long":                       {"\x0b" + long + "yz\x0bMSH|b\x1c", []string{long}, nil},
		"larger than allowed and cut":                {"\x0b" + long + long + "yz", []string{""}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, piece := range []int{1, 4096, 1 << 20} {
				got := frames(tc.stream, piece, 100_000)
				if diff := cmp.Diff(tc.cuts, got.cuts) + cmp.Diff(tc.strays, got.strays); diff != "" {
					t.Errorf("in pieces of %d (-want +got):\n%.2000s", piece, diff)
				}
				if name == "long and cut" && got.sizes[0] != len(long)+2 {
					t.Errorf("%d bytes are said to have come", got.sizes[0])
				}
			}
		})
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
		whole := frames(stream, len(stream)+1, limit)
		parts := frames(stream, max(1, piece%100), limit)
		if diff := cmp.Diff(whole, parts, cmp.AllowUnexported(shown{}), cmpopts.EquateErrors()); diff != "" {
			t.Errorf("in pieces of %d (-whole +pieces):\n%s", piece, diff)
		}
		for _, body := range whole.bodies {
			if len(body) > limit && !strings.HasPrefix(body, "too large") {
				t.Errorf("a message of %d bytes", len(body))
			}
			if again := frames(frame(body), 1000, limit).bodies; !strings.HasPrefix(body, "too large") && !bytes.Contains([]byte(body), []byte("\vMSH")) && (len(again) != 1 || again[0] != body) {
				t.Errorf("%q framed again reads as %q", body, again)
			}
		}
	})
}
