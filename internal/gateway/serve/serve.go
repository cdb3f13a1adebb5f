// Package serve answers the center over the link: patient verification (患者照合), what
// exists for linked patients, and content, which it releases only after it has decided
// itself. The hospital decides last.
package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
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
	Release  *release.Store
	Verifier *wire.Verifier
	Clock    func() time.Time
	Log      *slog.Logger
	Beat     time.Duration // how often an idle change stream says that it lives
}

const (
	maxBody = 16 << 20 // the linked set of a very large network
	// changesAtOnce is how many changes are read from the log in one go.
	changesAtOnce = 500
)

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
	m.Handle("POST "+wire.PathSync, answer(s, s.Index.Sync))
	m.Handle("POST "+wire.PathRelease, answer(s, s.release))
	m.Handle("POST "+wire.PathPropose, answer(s, s.Release.Propose))
	m.Handle("POST "+wire.PathRefresh, stream(s, s.refresh))
	m.Handle("POST "+wire.PathChanges, stream(s, s.changes))
	m.HandleFunc("POST "+wire.PathContent, s.content)
	m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, fault.New(fault.NotFound, "no such path"))
	})
	return m
}

type nothing struct{}

func (s *server) hello(context.Context, nothing) (wire.Hello, error) {
	return wire.Hello{
		MinVersion: wire.Version, MaxVersion: wire.Version,
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
	if last.Unreadable, err = s.Index.UnreadableCount(ctx, p.PatientID); err != nil {
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
		if err := send(wire.Change{Op: wire.OpBeat, Epoch: s.Index.Epoch(), Seq: after}); err != nil {
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

// answer serves a call with one JSON body in and one out.
func answer[In, Out any](s *server, call func(context.Context, In) (Out, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in, err := decode[In](w, r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		out, err := call(r.Context(), in)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		body, err := json.Marshal(out)
		if err != nil {
			s.fail(w, r, fmt.Errorf("encode answer: %w", err))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(body)
	})
}

// stream serves a call that answers with JSON lines. An error before the first line is
// the status of the answer; one after it ends the stream short, which the center sees
// by the missing last line.
func stream[In, Out any](s *server, call func(context.Context, In, func(Out) error) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in, err := decode[In](w, r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		lines := newLines[Out](w)
		if err := call(r.Context(), in, lines.send); err != nil && r.Context().Err() == nil {
			if !lines.begun {
				s.fail(w, r, err)
				return
			}
			s.report(r, err)
		}
	})
}

type lines[T any] struct {
	w     http.ResponseWriter
	out   *http.ResponseController
	begun bool
}

func newLines[T any](w http.ResponseWriter) *lines[T] {
	return &lines[T]{w: w, out: http.NewResponseController(w)}
}

func (l *lines[T]) send(v T) error {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/jsonl")
	}
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode line: %w", err)
	}
	if _, err := l.w.Write(append(body, '\n')); err != nil {
		return fmt.Errorf("send line: %w", err)
	}
	return l.out.Flush()
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, fault.New(fault.Invalid, "body of more than %d bytes", maxBody)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "read body: %w", err)
	}
	return body, nil
}

func decode[T any](w http.ResponseWriter, r *http.Request) (v T, err error) {
	body, err := readBody(w, r)
	if err != nil {
		return v, err
	}
	return v, unmarshal(body, &v)
}

func unmarshal(body []byte, v any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fault.New(fault.Invalid, "decode body: %w", err)
	}
	return nil
}

// fail answers with the error's kind, key and a reference into the log.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody is there to answer
	}
	kind := fault.KindOf(err)
	out := wire.Error{Kind: kind, Ref: s.report(r, err)}
	if key, params, ok := fault.Message(err); ok {
		out.Key, out.Params = key, params
	}
	body, err := json.Marshal(out)
	if err != nil {
		body = nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(kind.Status())
	w.Write(body)
}

func (s *server) report(r *http.Request, err error) (ref string) {
	ref = ident.New[string]()[:8]
	level := slog.LevelInfo
	if fault.KindOf(err) == fault.Internal {
		level = slog.LevelError
	}
	s.Log.LogAttrs(r.Context(), level, "call refused", slog.String("path", r.URL.Path), slog.String("ref", ref), slog.Any("error", err))
	return ref
}
