// Package serve answers the center over the link: patient verification (患者照合), what
// exists for linked patients, and content, which it releases only after it has decided
// itself. The hospital decides last.
package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/release"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Config is what answers are made from.
type Config struct {
	Gateway  ident.GatewayID
	Facility ident.FacilityID
	Build    string
	Index    *index.Index
	Source   *source.Source
	Files    Files
	Release  *release.Store
	Identity Identity
	Verifier *wire.Verifier
	Denylist Denylist
	Clock    func() time.Time
	Log      *slog.Logger
	Beat     time.Duration // how often an idle change stream says that it lives
}

// Identity renews the certificate with which the gateway links.
type Identity interface {
	Request(context.Context, struct{}) (wire.Renewal, error)
	Install(context.Context, wire.Renewed) (struct{}, error)
}

// Denylist is what the gateway knows of what was revoked; [denylist.Store] is one.
type Denylist interface {
	Take(context.Context, wire.SignedDenylist) (wire.DenylistTaken, error)
	CheckAssertion(wire.Assertion) error
}

// changesAtOnce is how many changes are read from the log in one go.
const changesAtOnce = 500

type server struct {
	Config
	lane wire.Lane
}

// New gives the handler of one lane of the link.
func New(cfg Config, lane wire.Lane) http.Handler {
	s := &server{cfg, lane}
	m := http.NewServeMux()
	m.Handle("POST "+wire.PathHello, answer(s, s.hello))
	m.Handle("POST "+wire.PathVerify, answer(s, s.Index.Verify))
	m.Handle("POST "+wire.PathCandidates, answer(s, s.Index.Candidates))
	m.Handle("POST "+wire.PathLink, answer(s, s.link))
	m.Handle("POST "+wire.PathUnlink, answer(s, s.unlink))
	m.Handle("POST "+wire.PathSync, answer(s, s.sync))
	m.Handle("POST "+wire.PathRelease, answer(s, s.release))
	m.Handle("POST "+wire.PathPropose, answer(s, s.Release.Propose))
	m.Handle("POST "+wire.PathRenew, answer(s, s.Identity.Request))
	m.Handle("POST "+wire.PathRenewed, answer(s, s.Identity.Install))
	m.Handle("POST "+wire.PathDenylist, answer(s, s.Denylist.Take))
	m.Handle("POST "+wire.PathRefresh, stream(s, s.refresh, func(e *wire.Error) wire.Progress { return wire.Progress{Error: e} }))
	m.Handle("POST "+wire.PathChanges, stream(s, s.changes, nil))
	m.HandleFunc("POST "+wire.PathContent, s.content)
	m.HandleFunc("POST "+wire.PathFile, s.file)
	m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, fault.New(fault.NotFound, "no such path"))
	})
	return s.guard(m)
}

// guard logs a panic, which is an error of the program, and ends that one exchange.
// net/http would end it as well but log it where nobody looks.
func (s *server) guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p != http.ErrAbortHandler {
				s.told(r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
			panic(http.ErrAbortHandler)
		}()
		h.ServeHTTP(w, r)
	})
}

type nothing struct{}

func (s *server) hello(context.Context, nothing) (wire.Hello, error) {
	return wire.Hello{
		MinVersion: wire.OldestVersion, MaxVersion: wire.Version,
		Gateway: s.Gateway, Facility: s.Facility, Lane: s.lane, Build: s.Build,
	}, nil
}

// link links a patient whose claim agrees; its files are read at the next refresh or round.
func (s *server) link(ctx context.Context, c wire.Claim) (wire.Verification, error) {
	v, err := s.Index.Link(ctx, c)
	if err == nil && v.Match {
		s.Source.Soon(c.PatientID)
	}
	return v, err
}

func (s *server) unlink(ctx context.Context, p wire.PatientRef) (nothing, error) {
	return nothing{}, s.Index.Unlink(ctx, p.PatientID)
}

// sync demands a set, be it empty: one that is missing would drop every patient.
func (s *server) sync(ctx context.Context, set wire.LinkedSet) (wire.SyncResult, error) {
	if set.PatientIDs == nil {
		return wire.SyncResult{}, fault.New(fault.Invalid, "linked set without patient_ids")
	}
	return s.Index.Sync(ctx, set)
}

func (s *server) release(ctx context.Context, _ nothing) (wire.ReleaseState, error) {
	return s.Release.State(ctx)
}

func (s *server) refresh(ctx context.Context, p wire.PatientRef, send func(wire.Progress) error) error {
	var last wire.Progress
	err := s.Source.Refresh(ctx, p.PatientID, func(progress wire.Progress) error {
		last = progress
		return send(progress)
	})
	if err != nil {
		return err
	}
	if last.Unreadable, last.UnreadableOf, err = s.Index.UnreadableOf(ctx, p.PatientID); err != nil {
		return err
	}
	if last.Seq, err = s.Index.Seq(ctx); err != nil {
		return err
	}
	last.Done = true
	return send(last)
}

// changes sends what has happened since, then what happens, until the center goes away.
func (s *server) changes(ctx context.Context, from wire.ChangesRequest, send func(wire.Change) error) error {
	after := from.After
	if from.Epoch != s.Index.Epoch() {
		after = 0
		if err := send(wire.Change{Op: wire.OpReset, Epoch: s.Index.Epoch()}); err != nil {
			return err
		}
	}
	beat := time.NewTicker(s.Beat)
	defer beat.Stop()
	for {
		changed := s.Index.Changed()
		list, err := s.Index.Changes(ctx, after, changesAtOnce)
		if err != nil {
			return err
		}
		for _, c := range list {
			if err := send(c); err != nil {
				return err
			}
			after = c.Seq
		}
		if len(list) == changesAtOnce {
			continue
		}
		// The center takes its batch in when it hears that there is nothing more for now.
		if err := send(wire.Change{Op: wire.OpBeat, Epoch: s.Index.Epoch(), Seq: after, Behind: s.Source.Behind()}); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case <-beat.C:
		}
	}
}
