package mllp

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
	}
	goleak.VerifyTestMain(m)
}

// station is a receiver under test, without a filer: what it accepted stays in the journal.
type station struct {
	*Receiver
	dir  string
	stop func() error
}

func plainListener() ListenerConfig {
	c := DefaultListener()
	c.Security, c.Listen, c.AllowAddresses = PlainInside, "127.0.0.1:0", []string{"127.0.0.0/8"}
	return c
}

func start(t *testing.T, dir string, change func(*Config)) *station {
	t.Helper()
	k, err := kept.Open(filepath.Join(dir, "kept"))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	cfg := Config{
		Listeners: []ListenerConfig{plainListener()}, Dir: dir, Kept: k, Clock: time.Now, Log: log,
		Journal: func(found func(journal.Record)) (*journal.Journal, error) {
			return journal.Open(journal.Config{Dir: filepath.Join(dir, "journal"), Log: log}, found)
		},
	}
	if change != nil {
		change(&cfg)
	}
	r, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	s := &station{Receiver: r, dir: dir}
	s.stop = sync.OnceValue(func() error {
		cancel()
		if err := <-ended; err != nil {
			return err
		}
		return r.Close()
	})
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return s
}

// bodies lists what the journal of a stopped station holds.
func (s *station) bodies(t *testing.T) (out []string) {
	t.Helper()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(journal.Config{Dir: filepath.Join(s.dir, "journal"), Log: slog.New(slog.DiscardHandler)}, func(r journal.Record) {
		out = append(out, string(r.Body))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// sender is the other end of a connection.
type sender struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func (s *station) dial(t testing.TB) *sender {
	t.Helper()
	conn, err := net.Dial("tcp", s.listeners[0].server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return &sender{t, conn, bufio.NewReader(conn)}
}

func frame(body string) string { return "\x0b" + body + "\x1c\r" }

func (s *sender) raw(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.Conn, text); err != nil {
		s.t.Fatal(err)
	}
}

// ack reads one acknowledgement as segments.
func (s *sender) ack() []string {
	s.t.Helper()
	body, err := s.r.ReadString(0x1c)
	if err != nil {
		s.t.Fatalf("no acknowledgement: %v", err)
	}
	if c, err := s.r.ReadByte(); err != nil || c != '\r' || body[0] != 0x0b {
		s.t.Fatalf("frame of %q: %v", body, err)
	}
	return strings.Split(strings.TrimSuffix(body[1:len(body)-1], "\r"), "\r")
}

// send sends a message and gives MSA.
func (s *sender) send(body string) string {
	s.t.Helper()
	s.raw(frame(body))
	return s.ack()[1]
}

// closed reports that the other end has closed the connection.
func (s *sender) closed() bool {
	_, err := io.Copy(io.Discard, s.r)
	return err == nil || !strings.Contains(err.Error(), "timeout")
}

// message is a demographics message with an id.
func message(id string) string {
	return `MSH|^~\&|EHR|HOSP|GW|MIZU|20261125120000||ADT^A08^ADT_A01|` + id + "|P|2.5||||||~ISO IR87||ISO 2022-1994\r" +
		"EVN||20261125120000\rPID|||0000012345^^^^PI||\x1b$B;n83\x1b(B^\x1b$B2V;R\x1b(B^^^^^L^I\rPV1||O\r"
}

// swap replaces a piece of a message that must be there.
func swap(t testing.TB, body, old, piece string) string {
	t.Helper()
	if !strings.Contains(body, old) {
		t.Fatalf("%q is not in %q", old, body)
	}
	return strings.Replace(body, old, piece, 1)
}

func eventually(t testing.TB, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come about")
		}
	}
}

func ids(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("ID%05d", i))
	}
	return out
}
