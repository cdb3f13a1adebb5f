package mllp

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

// What is not taken is told with when, from where and why, and not in the answer alone:
// nobody at the hospital reads that.
func TestIncident_ofMessages(t *testing.T) {
	good := message("1")
	for name, tc := range map[string]struct {
		stream string
		kind   incident.Kind
		want   cause.Kind
	}{
		"no message":           {frame("what is this"), incident.Refused, cause.NotHL7},
		"another event":        {frame(strings.Replace(good, "|ADT^A08^ADT_A01|", "|ORU^R32^ORU_R32|", 1)), incident.Refused, cause.Unsupported},
		"no patient":           {frame(strings.Replace(good, "PID|", "ZZZ|", 1)), incident.Refused, cause.Incomplete},
		"too large":            {frame(good + strings.Repeat("x", 1<<20)), incident.Refused, cause.Large},
		"too large, and cut":   {"\x0b" + good + strings.Repeat("x", 2<<20), incident.Cut, cause.Cut},
		"cut":                  {"\x0b" + good, incident.Cut, cause.Cut},
		"something of the web": {"GET / HTTP/1.1\r\n\r\n", incident.Stray, cause.Web},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, t.TempDir(), func(c *Config) { c.Listeners[0].MaxMessageMB = 1 })
			begun := time.Now()
			c := s.dial(t)
			c.raw(tc.stream)
			c.Conn.(*net.TCPConn).CloseWrite()
			eventually(t, func() bool { return s.incident(tc.kind).Total == 1 })
			if p := s.incident(tc.kind).Peers[0]; p.Address != "127.0.0.1" || p.Cause != tc.want || p.Said == "" || p.Last.Before(begun) {
				t.Errorf("incident %+v, want the cause %s", p, tc.want)
			}
			if tc.kind != incident.Refused {
				return
			}
			var list []kept.Entry
			var err error
			eventually(t, func() bool { // it is counted before it is listed
				list, err = s.cfg.Kept.List(kept.Refused, -1)
				return err != nil || len(list) > 0
			})
			if err != nil || len(list) != 1 || list[0].From != "127.0.0.1" {
				t.Errorf("listed %+v, %v", list, err)
			} else if why := list[0].Reason; (why == kept.ReasonLarge) != (tc.want == cause.Large) || why == kept.ReasonFiling {
				t.Errorf("listed for %q, and that is no matter of the storage", why)
			}
		})
	}
	s := start(t, t.TempDir(), nil)
	if got := s.dial(t).send(good); got != "MSA|AA|1" || s.State().Listeners[0].Incidents != nil {
		t.Errorf("acknowledgement %q, incidents %+v", got, s.State().Listeners[0].Incidents)
	}
}

// A large message for which no slot came free is one that broke off.
func TestIncident_busy(t *testing.T) {
	s := start(t, t.TempDir(), func(c *Config) { c.Listeners[0].MessageSeconds = 1 })
	for range largeSlots {
		s.large <- struct{}{}
	}
	c := s.dial(t)
	c.raw(frame(message("1") + strings.Repeat("x", 2*smallFrame)))
	eventually(t, func() bool { return s.incident(incident.Cut).Total == 1 })
	if p := s.incident(incident.Cut).Peers[0]; p.Cause != cause.Busy {
		t.Errorf("incident %+v", p)
	}
	for range largeSlots {
		<-s.large
	}
}

// mute is a connection whose other end has gone before it took an answer.
type mute struct{ net.Conn }

func (mute) SetWriteDeadline(time.Time) error { return nil }
func (mute) Write([]byte) (int, error)        { return 0, &net.OpError{Op: "write", Err: syscall.EPIPE} }
func (mute) Close() error                     { return nil }

// A sender that does not take its answers is told of, unless it is the gateway that stops.
func TestIncident_unheard(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	l := s.listeners[0]
	answer := func(ctx context.Context) {
		due := make(chan *reply, 2)
		for range 2 {
			p := newReply([]byte(message("1")))
			p.answer = ok
			due <- p
		}
		close(due)
		l.answer(ctx, mute{}, "10.1.2.20", due)
	}
	stopping, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the gateway stops"))
	answer(stopping)
	if n := s.incident(incident.Unheard).Total; n != 0 {
		t.Errorf("%d incidents of a gateway that stops", n)
	}
	answer(t.Context())
	i := s.incident(incident.Unheard)
	if i.Total != 1 || i.Peers[0].Address != "10.1.2.20" || i.Peers[0].Cause != cause.Broken {
		t.Errorf("incident %+v", i)
	}
}
