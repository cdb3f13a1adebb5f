package portal

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// fail is the one place where an error meets the user. Denied becomes not found:
// whether something exists is itself not for everybody.
func (p *Portal) fail(w http.ResponseWriter, r *http.Request, err error, kind answerKind) {
	if r.Context().Err() != nil {
		return // the reader has gone away
	}
	if kind == program {
		p.failProgram(w, r, err)
		return
	}
	problem := page.Problem{Kind: page.ProblemInternal}
	status := http.StatusInternalServerError
	switch fault.KindOf(err) {
	case fault.Denied, fault.NotFound:
		problem.Kind, status = page.ProblemNotFound, http.StatusNotFound
	case fault.Invalid, fault.Conflict:
		problem.Kind, status = page.ProblemInvalid, http.StatusUnprocessableEntity
	case fault.Unavailable:
		problem.Kind, status = page.ProblemSilent, http.StatusServiceUnavailable
	default:
		problem.Ref = p.report(r, err)
	}
	switch key, _, _ := fault.Message(err); key {
	case "device.unknown":
		problem.Kind = page.ProblemDevice
	case wire.KeyBeingWritten:
		problem.Kind = page.ProblemWritten
	}
	if kind == fragment {
		w.WriteHeader(status)
		return
	}
	if caller, ok := r.Context().Value(callerKey).(signin.Caller); ok {
		problem.Shell = p.shell(r, caller, "", "/")
		problem.Notice = nil
	}
	p.render(w, r, status, problem)
}

// failProgram gives the terminal's own program the error as programs are told it.
func (p *Portal) failProgram(w http.ResponseWriter, r *http.Request, err error) {
	said := wire.Error{Kind: fault.KindOf(err), Ref: httpserver.Ref(r.Context())}
	said.Key, _, _ = fault.Message(err)
	if said.Kind == fault.Internal {
		p.report(r, err)
	} else {
		p.Log.LogAttrs(r.Context(), slog.LevelWarn, "a terminal's program refused", slog.String(logging.KeyRef, said.Ref), slog.Any(logging.KeyError, err))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(said.Kind.Status())
	_ = json.NewEncoder(w).Encode(said) // fails only if the reader has gone away
}

// report logs an error that is ours to mend and gives the reference to quote: that of
// the request's other log lines.
func (p *Portal) report(r *http.Request, err error) string {
	ref := httpserver.Ref(r.Context())
	p.Log.LogAttrs(r.Context(), slog.LevelError, "request failed",
		slog.String(logging.KeyRoute, r.Pattern), slog.String(logging.KeyRef, ref), slog.Any(logging.KeyError, err))
	return ref
}

// trouble turns an error into the notice of the page that is shown again, and gives it
// back instead where the page must not be shown.
func (p *Portal) trouble(r *http.Request, err error) (*page.Notice, error) {
	switch fault.KindOf(err) {
	case fault.Denied, fault.NotFound:
		return nil, err
	case fault.Internal:
		return page.Trouble(err, p.report(r, err)), nil
	}
	return page.Trouble(err, ""), nil
}

// nothing answers what is no route of the portal.
func (p *Portal) nothing(http.ResponseWriter, *http.Request, signin.Caller) error {
	return fault.New(fault.NotFound, "no such route")
}

// render draws a view and answers with it. A view that cannot be drawn becomes the page
// of an error, never half a page under a status that says all is well.
func (p *Portal) render(w http.ResponseWriter, r *http.Request, status int, v page.View) {
	body, err := draw(r, v)
	if err != nil {
		status = http.StatusInternalServerError
		if body, err = draw(r, page.Problem{Kind: page.ProblemInternal, Ref: p.report(r, err)}); err != nil {
			p.report(r, err) // not even that: the status must do
		}
	}
	begin(w, r, status)
	_, _ = w.Write(body) // fails only if the reader has gone away
}

func draw(r *http.Request, v page.View) ([]byte, error) {
	var body bytes.Buffer
	err := page.Render(&body, language(r.Context()), v)
	return body.Bytes(), err
}

// begin writes what stands before a page or a piece of one.
func begin(w http.ResponseWriter, r *http.Request, status int) {
	if _, err := r.Cookie(doneCookie); err == nil {
		dropCookie(w, doneCookie)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", language(r.Context()))
	w.WriteHeader(status)
}

// answerJSON answers a script.
func answerJSON(w http.ResponseWriter, body []byte) error {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // fails only if the reader has gone away
	return nil
}

// shell fills what surrounds every page. path is where the language switch comes back
// to, so it must be one that GET answers.
func (p *Portal) shell(r *http.Request, c signin.Caller, section page.Section, path string) page.Shell {
	shell := page.Shell{
		User: c.DisplayName, Profession: c.Profession, Facility: c.Home.Name, Roles: c.Roles,
		Section: section, Path: path, Notice: doneNotice(r), Now: p.Clock(), Expiry: p.expiry(r, c, section),
	}
	if !c.Setup { // nothing would unlock the session of a setup code
		shell.Session, shell.LocksIn = c.Session, locksIn(p.Clock(), c)
	}
	return shell
}

// pathID reads an id of the network from the path. One that no id can look like is
// not found without asking anybody.
func pathID[T ~string](r *http.Request, name string) (T, error) {
	v := r.PathValue(name)
	if !ident.Valid(v) {
		return "", fault.New(fault.NotFound, "path value %s is no id", name)
	}
	return T(v), nil
}
