// Package console is the surface for hospital IT at its gateway (ゲートウェイ管理画面): whether
// all is well and, if not, what to do; which files cannot be read and why; which links
// are suspended; what is to become of messages that could not be filed, and which of those
// taken with a remark nobody has compared yet. Monitoring reads the same as Prometheus
// metrics.
//
// It shows paths and patient IDs, without which nothing in a storage is found, and never
// a name or content. Its accounts are local, see package account.
package console

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/web"
)

// Config is what a console serves from.
type Config struct {
	Title    string // the hospital's name; may be empty
	Gateway  ident.GatewayID
	Accounts *account.Service
	Index    *index.Index
	Roots    []string // folders of the storage

	Health func(context.Context) (health.Snapshot, error)
	Events func() []health.Event // since the start, newest first
	// Messages lists received messages that could not be taken in; those with a remark are in Kept.
	Messages func() ([]kept.Entry, error)
	// Kept holds those among them that were acknowledged and not filed, and what was decided
	// on them; nil: nothing is received. Prospects tells what filing some of them would do.
	Kept      *kept.Keeper
	Prospects func(ids []string) (map[string]kept.Prospect, error)
	// About tells of which patient and order a kept message is, both empty if it cannot be read.
	About     func(id string) (patient ident.LocalPatientID, order string)
	Receiving bool                            // there is a port for messages
	Reread    func(ident.LocalPatientID)      // has a patient's folder read again, soon
	Holds     func(ident.LocalPatientID) bool // whether a storage that answers has a folder of the patient's

	// Plain says that the console is served without TLS, on a loopback address, at Port.
	Plain bool
	Port  string
	// MetricsToken is what /metrics asks for; empty: only programs of this machine read it.
	MetricsToken string

	Clock func() time.Time
	Log   *slog.Logger
}

// Console serves the console's routes.
type Console struct {
	Config
	metrics http.Handler
}

// New gives the console as a handler. The server around it sets headers and limits and
// refuses requests of other origins.
func New(cfg Config) http.Handler {
	if !web.Built() {
		cfg.Log.Warn("scripts and styles are not built into this program: run `npm --prefix web run build` before `go build`")
	}
	c := &Console{Config: cfg}
	c.metrics = c.exposition()
	h := serve(c.table())
	if cfg.Plain {
		return onlyByLoopbackName(h)
	}
	return h
}

// onlyByLoopbackName refuses requests in which the host is another name than loopback
// has: a page elsewhere whose name is made to point here is of the same origin to its
// browser (DNS rebinding), and without TLS nothing else tells.
func onlyByLoopbackName(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "この要求は受け付けられません。 / Not by this name.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// address is where a request comes from, without port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// rereadAll has patients read again, after that was recorded.
func (c *Console) rereadAll(ctx context.Context, by account.Caller, a account.Action, d account.Detail, ids []ident.LocalPatientID) error {
	d.Patients = len(ids)
	if err := c.Accounts.Record(ctx, by, a, d); err != nil {
		return err
	}
	for _, id := range ids {
		c.Reread(id)
	}
	return nil
}

// ofRoot lists whom reading a folder again concerns: the linked patients, and those who
// have files in it that cannot be read.
func (c *Console) ofRoot(ctx context.Context, root string) ([]ident.LocalPatientID, error) {
	linked, err := c.Index.LinkedIDs(ctx)
	bad, err1 := c.Index.PatientsOfUnreadable(ctx, root, false)
	held, err2 := c.Index.PatientsOfUnreadable(ctx, root, true)
	if err := errors.Join(err, err1, err2); err != nil {
		return nil, err
	}
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(linked, bad, held)))), nil
}
