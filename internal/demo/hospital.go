package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/enroll"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/setup"
)

// hospital is a disclosing facility with its gateway, which can be stopped and started.
type hospital struct {
	name       string
	facility   ident.FacilityID
	storage    string
	config     gateway.Config
	configFile string

	mu  sync.Mutex
	now *gateway.Running // nil while stopped
}

func (h *hospital) running() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now != nil
}

func (h *hospital) start(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.now != nil {
		return nil
	}
	now, err := gateway.Start(ctx, h.config)
	if err != nil {
		return fmt.Errorf("gateway of %s: %w", h.name, err)
	}
	h.now = now
	// Where the console was it stays, for who has it open while the gateway is restarted.
	h.config.Console.Listen = strings.TrimSuffix(strings.TrimPrefix(now.ConsoleURL(), "http://"), "/")
	return nil
}

func (h *hospital) stop() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.now == nil {
		return nil
	}
	err := h.now.Stop()
	h.now = nil
	return err
}

// startGateways enrols the gateways that have no identity yet and starts all, then
// waits until the center has every one of them.
func (r *Running) startGateways(ctx context.Context) error {
	for _, f := range r.state.Facilities {
		if !f.Disclosing {
			continue
		}
		h, err := r.hospital(ctx, f)
		if err != nil {
			return err
		}
		if err := h.start(r.ctx); err != nil {
			return err
		}
		r.gateways = append(r.gateways, h)
	}
	for _, h := range r.gateways {
		if err := r.awaitLink(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

func (r *Running) awaitLink(ctx context.Context, h *hospital) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !r.Center.Hub.Online(h.facility) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the gateway of %s did not link: %w", h.name, ctx.Err())
		case <-h.now.Done():
			return fmt.Errorf("the gateway of %s has stopped: %w", h.name, h.now.Wait())
		case <-tick.C:
		}
	}
	return nil
}

// hospital gives a facility's gateway with an identity, enrolled by a one-time code if it has none.
func (r *Running) hospital(ctx context.Context, f facility) (*hospital, error) {
	dir := filepath.Join(r.cfg.Dir, "gateway", f.Code)
	file := filepath.Join(dir, "gateway.toml")
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		if err := r.enroll(ctx, f, dir, file); err != nil {
			return nil, fmt.Errorf("enrol the gateway of %s: %w", f.Name, err)
		}
	}
	cfg, err := gateway.LoadConfig(file)
	if err != nil {
		return nil, err
	}
	cfg.Center.Link = localhost(r.Center.LinkAddr) // the port changes from start to start
	cfg.Logger, cfg.Clock = r.cfg.Log, r.cfg.Clock
	cfg.Console = gateway.ConsoleConfig{Listen: "127.0.0.1:0", Title: f.Name, PlainHTTP: true}
	return &hospital{name: f.Name, facility: f.ID, storage: f.Storage, config: cfg, configFile: file}, nil
}

func (r *Running) enroll(ctx context.Context, f facility, dir, file string) error {
	admin := setup.NewAdmin(r.Center.Base)
	found, err := admin.Facility(ctx, f.Code)
	if err != nil {
		return err
	}
	code, err := admin.GatewayCode(ctx, found, "demo", 10*time.Minute)
	if err != nil {
		return err
	}
	answer, err := enroll.Run(ctx, enroll.Request{
		Center: "https://" + localhost(r.Center.EnrollAddr), CAFingerprint: tlsid.Fingerprint(r.Center.Authority.Root),
		Code: code, Out: filepath.Join(dir, "identity"), Clock: time.Now,
	})
	if err != nil {
		return err
	}
	var extended []string // a region that was made before there were any has none
	if f.Extended != "" {
		extended = []string{f.Extended}
	}
	return gateway.WriteConfig(file, answer, []string{f.Storage}, extended)
}

// localhost gives the address by which a listener on loopback is dialled: its
// certificate is for the name.
func localhost(addr net.Addr) string {
	_, port, _ := net.SplitHostPort(addr.String())
	return net.JoinHostPort("localhost", port)
}

// StopGateway stops the gateway of a disclosing facility, as an outage would.
func (r *Running) StopGateway(id ident.FacilityID) error { return r.gatewayOf(id).stop() }

// StartGateway starts it again. It returns before the center has it back.
func (r *Running) StartGateway(id ident.FacilityID) error { return r.gatewayOf(id).start(r.ctx) }

// GatewayStatus tells how a running gateway stands.
func (r *Running) GatewayStatus(ctx context.Context, id ident.FacilityID) (gateway.Status, error) {
	h := r.gatewayOf(id)
	h.mu.Lock()
	now := h.now
	h.mu.Unlock()
	if now == nil {
		return gateway.Status{}, fmt.Errorf("the gateway of %s is stopped", h.name)
	}
	return now.Status(ctx)
}

// gatewayOf finds the gateway of a facility that is known to disclose.
func (r *Running) gatewayOf(id ident.FacilityID) *hospital {
	for _, h := range r.gateways {
		if h.facility == id {
			return h
		}
	}
	panic("demo: " + string(id) + " has no gateway")
}
