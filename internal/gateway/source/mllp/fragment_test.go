package mllp

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/tally"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

func (s *station) incident(i incident.Kind) tally.State { return s.State().Listeners[0].Incidents[i] }

// What broke off and what has no frame is listed, with what can be told of it.
func TestReq_REL06_keepsPieces(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	half := message("half")[:150]
	c := s.dial(t)
	c.raw("\x0b" + half)
	c.Close()
	unframed := "HL7:" + message("unframed")
	c = s.dial(t)
	c.raw(unframed)
	if got := c.send(message("1")); got != "MSA|AA|1" {
		t.Errorf("acknowledgement %q", got)
	}
	c.raw("\x0b" + message("anew"))
	if got := c.send(message("2")); got != "MSA|AA|2" {
		t.Errorf("acknowledgement %q", got)
	}
	// The connection is open still.
	eventually(t, func() bool { return s.incident(incident.Cut).Total == 3 })
	if n := s.State().Listeners[0].Garbage; n != int64(len(unframed)) {
		t.Errorf("%d bytes between messages, want %d", n, len(unframed))
	}
	var list []kept.Entry
	eventually(t, func() (ok bool) {
		list, _ = s.cfg.Kept.List(kept.Refused, -1)
		return len(list) == 3
	})
	got := map[string]string{}
	for _, e := range list {
		body, err := os.ReadFile(e.File)
		if err != nil {
			t.Fatal(err)
		}
		if e.From != "127.0.0.1" || e.Listener != "ehr" || e.Bytes != len(body) {
			t.Errorf("listed: %+v", e)
		}
		got[string(body)] = fmt.Sprint(e.Reason, " ", e.Cause, " ", e.ControlID, " ", e.Detail)
	}
	for body, want := range map[string]string{
		half:            "cut cut half connection ended within a message, after 150 bytes",
		message("anew"): fmt.Sprintf("cut anew anew another message began before it ended, after %d bytes", len(message("anew"))),
		unframed:        "stray unframed  it may be a message, but 0x0B is not in front of it",
	} {
		if got[body] != want {
			t.Errorf("listed as %q, want %q", got[body], want)
		}
	}
	if got := s.bodies(t); len(got) != 2 {
		t.Errorf("%d messages, want the two that came whole", len(got))
	}
}

// A gateway that stops breaks messages off itself. That is no incident.
func TestPieces_whenTheGatewayStops(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	c := s.dial(t)
	c.send(message("1"))
	c.raw("\x0bMSH|half")
	c = s.dial(t)
	c.raw("half")
	eventually(t, func() bool { return s.State().Listeners[0].Garbage == 4 })
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if list, err := s.cfg.Kept.List(kept.Refused, -1); err != nil || len(list) > 0 || len(s.listeners[0].state().Incidents) > 0 {
		t.Errorf("listed: %+v, %v", list, err)
	}
}

// Whoever sends nothing but rubbish is counted, and has no more than a share of the list.
func TestPieces_ofOneSenderAreBounded(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	c := s.dial(t)
	c.send(swap(t, message("9"), "ADT^A08", "SIU^S12"))
	for i := range 3 * sharePieces {
		c.raw("\x0b" + message(fmt.Sprint("cut", i)) + "\x0b" + message(fmt.Sprint(i)) + "\x1c\r")
		c.ack()
		rubbish := s.dial(t)
		rubbish.raw(fmt.Sprint("rubbish ", i))
		rubbish.Close()
	}
	eventually(t, func() bool {
		return s.incident(incident.Cut).Total == 3*sharePieces && s.incident(incident.Stray).Total == 3*sharePieces
	})
	list, err := s.cfg.Kept.List(kept.Refused, -1)
	if err != nil || len(list) != 2*sharePieces+1 {
		t.Errorf("%d are listed, %v, want the message and the shares of cut and of stray", len(list), err)
	}
}

func TestListed_grant(t *testing.T) {
	var l listed
	granted := func(from string, at time.Time) (n int) {
		for range 2 * sharePieces {
			if l.grant(kept.ReasonCut, from, at) {
				n++
			}
		}
		return n
	}
	for i := range maxShares {
		if n := granted(fmt.Sprint(i), moment); n != sharePieces {
			t.Fatalf("%d pieces of one address are listed, want %d", n, sharePieces)
		}
	}
	if n := granted("one too many", moment); n > 0 || len(l.shares) != maxShares {
		t.Errorf("%d pieces of an address that is not told apart, %d shares", n, len(l.shares))
	}
	if n := granted("0", moment.Add(shareFor)); n != sharePieces || len(l.shares) != 1 {
		t.Errorf("%d pieces in the next hour, %d shares, want one anew", n, len(l.shares))
	}
}

// helloOnly ends the connection behind the first thing that is written.
type helloOnly struct{ *net.TCPConn }

func (c helloOnly) Write(b []byte) (int, error) {
	n, err := c.TCPConn.Write(b)
	return n, errors.Join(err, c.CloseWrite())
}

// TLS at one end alone is told at once, at both kinds of listener.
func TestIncident_tlsAtOneEnd(t *testing.T) {
	dir := t.TempDir()
	ca, server, client, _ := authority(t, dir, "hospital")
	plain := start(t, t.TempDir(), nil)
	conn, err := net.Dial("tcp", plain.listeners[0].server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if err := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).Handshake(); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("handshake with a plain listener: %v, want a connection that is closed", err)
	}
	eventually(t, func() bool { return plain.incident(incident.TLS).Total == 1 })
	if p := plain.incident(incident.TLS).Peers[0]; p.Address != "127.0.0.1" || p.Trouble != cause.From(errTLS) {
		t.Errorf("incident %+v", p)
	}

	var later atomic.Int64
	secure := start(t, t.TempDir(), func(c *Config) {
		c.Clock = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
		l := &c.Listeners[0]
		l.Security, l.Cert, l.Key, l.ClientCA, l.AllowAddresses = MutualTLS, server.file, server.key, ca, nil
	})
	// A look at whether the port is open is nobody who was refused.
	secure.dial(t).Close()
	c := secure.dial(t)
	c.raw(frame(message("1")))
	if !c.closed() {
		t.Error("taken without encryption")
	}
	eventually(t, func() bool { return secure.incident(incident.TLS).Total == 1 })
	if p := secure.incident(incident.TLS).Peers[0]; p.Cause != cause.NotTLS {
		t.Errorf("incident %+v", p)
	}
	time.Sleep(50 * time.Millisecond)
	if n := secure.incident(incident.TLS).Total; n != 1 {
		t.Errorf("%d incidents, want none of a look at the port", n)
	}
	// Who begins a handshake and goes away in it did not trust the listener, perhaps.
	gone := secure.dial(t)
	_ = tls.Client(helloOnly{gone.Conn.(*net.TCPConn)}, &tls.Config{InsecureSkipVerify: true}).Handshake()
	eventually(t, func() bool { return secure.incident(incident.TLS).Total == 2 })
	later.Store(int64(10 * time.Minute))
	c = secure.dial(t)
	c.raw(frame(message("1")))
	eventually(t, func() bool {
		i := secure.incident(incident.TLS)
		return i.Total == 3 && !i.Peers[0].Lasting.IsZero()
	})
	roots, err := tlsid.ReadCerts(ca)
	if err != nil {
		t.Fatal(err)
	}
	good, err := tls.Dial("tcp", secure.listeners[0].server.Addr().String(),
		&tls.Config{RootCAs: tlsid.Pool(roots...), ServerName: "127.0.0.1", Certificates: []tls.Certificate{client.cert}})
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	good.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := good.Write([]byte(frame(message("1")))); err != nil {
		t.Fatal(err)
	}
	var got [4]byte
	if _, err := good.Read(got[:]); err != nil || !bytes.HasPrefix(got[:], []byte("\x0bMSH")) {
		t.Errorf("answer %q, %v", got, err)
	}
	if i := secure.incident(incident.TLS); i.Total != 3 || !i.Peers[0].Lasting.IsZero() {
		t.Errorf("after it has connected: %+v", i)
	}
}

// Why TLS was refused is told by a code, whatever crypto/tls says of it: each in a handshake.
func TestIncident_tlsCauses(t *testing.T) {
	dir := t.TempDir()
	ca, server, client, second := authority(t, dir, "hospital")
	_, _, stranger, _ := authority(t, dir, "another")
	regardless := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &stranger.cert, nil }
	for name, tc := range map[string]struct {
		with *tls.Config
		late time.Duration
		want cause.Kind
	}{
		"no certificate":           {&tls.Config{}, 0, cause.NoCertificate},
		"of another authority":     {&tls.Config{GetClientCertificate: regardless}, 0, cause.Certificate},
		"not on the list":          {&tls.Config{Certificates: []tls.Certificate{second.cert}}, 0, cause.NotListed},
		"a certificate that ended": {&tls.Config{Certificates: []tls.Certificate{client.cert}}, 20 * 365 * 24 * time.Hour, cause.CertificateTime},
		"an old version":           {&tls.Config{MaxVersion: tls.VersionTLS12}, 0, cause.Version},
	} {
		t.Run(name, func(t *testing.T) {
			secure := start(t, t.TempDir(), func(c *Config) {
				c.Clock = func() time.Time { return time.Now().Add(tc.late) }
				l := &c.Listeners[0]
				l.Security, l.Cert, l.Key, l.ClientCA, l.AllowAddresses = MutualTLS, server.file, server.key, ca, nil
				l.AllowCertificates = []string{tlsid.Fingerprint(client.leaf)}
			})
			tc.with.InsecureSkipVerify = true
			if conn, err := tls.Dial("tcp", secure.listeners[0].server.Addr().String(), tc.with); err == nil {
				conn.SetDeadline(time.Now().Add(10 * time.Second))
				conn.Read(make([]byte, 1)) // in TLS 1.3 the refusal comes with the first read
				conn.Close()
			}
			eventually(t, func() bool { return secure.incident(incident.TLS).Total == 1 })
			if p := secure.incident(incident.TLS).Peers[0]; p.Cause != tc.want {
				t.Errorf("%+v, want the cause %s", p.Trouble, tc.want)
			}
		})
	}
}
