package uplink

// How both ends work together is tested in internal/center/link.

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func config(addr string) Config {
	return Config{
		Addr: addr, TLS: func() (*tls.Config, <-chan struct{}) { return &tls.Config{ServerName: "center.example"}, nil },
		Handler: func(wire.Lane) http.Handler { return http.NotFoundHandler() },
		Log:     slog.New(slog.DiscardHandler),
		Bind:    func(ctx context.Context, _ string) context.Context { return ctx },
		Judge:   func(tls.ConnectionState) error { return nil }, Judgement: func() <-chan struct{} { return nil },
	}
}

func TestRun_refusesToServeUnbound(t *testing.T) {
	for name, forget := range map[string]func(*Config){
		"Bind":      func(c *Config) { c.Bind = nil },
		"Judge":     func(c *Config) { c.Judge = nil },
		"Judgement": func(c *Config) { c.Judgement = nil },
	} {
		cfg := config("127.0.0.1:1")
		forget(&cfg)
		if err := Run(t.Context(), cfg); err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("Run without %s = %v, want a refusal", name, err)
		}
	}
}

// Dialling goes on for ever, with pauses, and ends at once when it is told to, also
// in the middle of a handshake that nobody answers.
func TestRun_endsWhileDialling(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialled := make(chan net.Conn, 2)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			dialled <- c
		}
	}()
	cfg := config(l.Addr().String())
	var told atomic.Bool
	cfg.OnState = func(bool) { told.Store(true) }
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, cfg) }()
	for range 2 { // both lanes hang in their handshakes
		defer (<-dialled).Close()
	}
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v, want canceled", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Run goes on after it was told to end")
	}
	if told.Load() {
		t.Error("a link was reported that never was")
	}
}

func TestRun_dialsAgain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var dialled atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			dialled.Add(1)
			c.Close()
		}
	}()
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, config(l.Addr().String())) }()
	for end := time.Now().Add(5 * time.Second); dialled.Load() < 4 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	<-done
	if got := dialled.Load(); got < 4 || got > 10 {
		t.Errorf("dialled %d times, want a few and no storm", got)
	}
}

func TestBlur_staysInItsBounds(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 200 {
		d := blur(longPause)
		if d < longPause/2 || d > longPause {
			t.Fatalf("blur = %v, want %v to %v", d, longPause/2, longPause)
		}
		seen[d] = true
	}
	if len(seen) < 100 {
		t.Errorf("only %d different pauses of 200: gateways would knock together", len(seen))
	}
}
