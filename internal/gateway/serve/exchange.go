package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// maxBody bounds a request: the linked set of a very large network.
const maxBody = 16 << 20

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
		w.Write(body) // the center sees a cut body; nobody else is there to be told
	})
}

// stream serves a call that answers with JSON lines. An error before the first line is
// the status of the answer; a later one is the last line, made by failed, or ends the
// stream short if that is nil.
func stream[In, Out any](s *server, call func(context.Context, In, func(Out) error) error, failed func(*wire.Error) Out) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in, err := decode[In](w, r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		lines := newLines[Out](w)
		err = call(r.Context(), in, lines.send)
		switch {
		case err == nil || r.Context().Err() != nil:
		case !lines.begun:
			s.fail(w, r, err)
		default:
			told := s.told(r, err)
			if failed != nil {
				lines.send(failed(&told)) // the center may be the very one that has gone
			}
		}
	})
}

// lines are the JSON lines of one answer.
type lines[T any] struct {
	w     http.ResponseWriter
	out   *http.ResponseController
	begun bool
}

func newLines[T any](w http.ResponseWriter) *lines[T] {
	return &lines[T]{w: w, out: http.NewResponseController(w)}
}

// send sends one line at once.
func (l *lines[T]) send(v T) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode line: %w", err)
	}
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/jsonl")
	}
	if _, err := l.w.Write(append(body, '\n')); err != nil {
		return fmt.Errorf("send line: %w", err)
	}
	if err := l.out.Flush(); err != nil {
		return fmt.Errorf("send line: %w", err)
	}
	return nil
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

// decode reads a body. There is always one: taken for an empty linked set, a body that
// was lost on the way would drop every patient.
func decode[T any](w http.ResponseWriter, r *http.Request) (v T, err error) {
	body, err := readBody(w, r)
	if err != nil {
		return v, err
	}
	return unmarshal[T](body)
}

// asserted reads a body and verifies the assertion that it came with.
func asserted[T any](s *server, w http.ResponseWriter, r *http.Request) (v T, a wire.Assertion, err error) {
	body, err := readBody(w, r)
	if err != nil {
		return v, a, err
	}
	if v, err = unmarshal[T](body); err != nil {
		return v, a, err
	}
	a, err = s.verified(r, body)
	return v, a, err
}

func unmarshal[T any](body []byte) (v T, err error) {
	if err := json.Unmarshal(body, &v); err != nil {
		return v, fault.New(fault.Invalid, "decode body: %w", err)
	}
	return v, nil
}

// fail answers with the error's kind, key and a reference into the log.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody is there to answer
	}
	told := s.told(r, err)
	body, err := json.Marshal(told)
	if err != nil { // parameters that are no JSON
		body, _ = json.Marshal(wire.Error{Kind: told.Kind, Key: told.Key, Ref: told.Ref})
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(told.Kind.Status())
	w.Write(body)
}

// told logs an error and gives what the center is told of it.
func (s *server) told(r *http.Request, err error) wire.Error {
	told := wire.Error{Kind: fault.KindOf(err), Ref: ident.New[string]()[:8]}
	if key, params, ok := fault.Message(err); ok {
		told.Key, told.Params = key, params
	}
	level := slog.LevelInfo
	if told.Kind == fault.Internal {
		level = slog.LevelError
	}
	s.Log.Log(r.Context(), level, "call refused", logging.KeyRoute, r.Pattern, logging.KeyRef, told.Ref, logging.KeyError, err)
	return told
}
