package serve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/serve"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// files is a source in which every document has one file.
type files struct {
	content func() io.Reader
	size    int64
	opened  []ident.ItemID
	marks   []string // asked for
	closed  int
	fails   error
}

func (f *files) OpenFile(_ context.Context, e index.Entry, n int, mark string) (*source.File, error) {
	f.opened, f.marks = append(f.opened, e.ID), append(f.marks, mark)
	if f.fails != nil {
		return nil, f.fails
	}
	if n != 0 || f.content == nil {
		return nil, fault.New(fault.NotFound, "no file %d", n)
	}
	return &source.File{
		File:    clinical.File{Name: "診断書.pdf", MediaType: "application/pdf", Size: f.size},
		Content: readCloser{f.content(), f},
	}, nil
}

type readCloser struct {
	io.Reader
	of *files
}

func (r readCloser) Close() error { r.of.closed++; return nil }

func (w *world) holds(content string) {
	w.files.size, w.files.content = int64(len(content)), func() io.Reader { return bytes.NewReader([]byte(content)) }
}

// file asks for a file as the center does. A handler that breaks off gives true.
func (w *world) file(a wire.Assertion, req wire.FileRequest) (rec *httptest.ResponseRecorder, cut bool) {
	w.t.Helper()
	body := encode(w.t, req)
	a.Path = wire.PathFile
	rec = httptest.NewRecorder()
	r := httptest.NewRequestWithContext(serve.WithCenterCert(w.t.Context(), cert), http.MethodPost, wire.PathFile, bytes.NewReader(body))
	r.Header.Set(wire.AssertionHeader, w.sign(a, body, time.Now()))
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			cut = true
		}
	}()
	w.handler.ServeHTTP(rec, r)
	return rec, false
}

func TestFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.holds("%PDF-1.7 …")
	item := w.items(hanako)["OMP-01"]
	rec, cut := w.file(assertion(), wire.FileRequest{Item: item, Mark: "m"})
	if got := w.files.marks; len(got) != 1 || got[0] != "m" {
		t.Errorf("asked the source for marks %q", got)
	}
	if rec.Code != http.StatusOK || cut || rec.Body.String() != "%PDF-1.7 …" {
		t.Fatalf("status %d, cut %v, %q", rec.Code, cut, rec.Body)
	}
	want := http.Header{
		"Content-Type": {"application/pdf"}, "Content-Length": {"12"},
		"Content-Disposition": {"attachment; filename*=utf-8''%E8%A8%BA%E6%96%AD%E6%9B%B8.pdf"},
	}
	if diff := cmp.Diff(want, rec.Header()); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	rows := w.trail()
	if len(rows) != 2 || rows[0].Outcome != index.Allowed || rows[1].Outcome != index.Done || rows[0].Decision != rows[1].Decision {
		t.Fatalf("trail = %+v, want allowed and done", rows)
	}
	if d := rows[1].Detail; d.Bytes != 12 || d.File == nil || *d.File != 0 {
		t.Errorf("completion row %+v", d)
	}
	if w.files.closed != 1 {
		t.Errorf("the file was closed %d times", w.files.closed)
	}
}

// Every way of not having a file is the same not found; the trail tells them apart.
func TestFile_notFound(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*world, *wire.Assertion, *wire.FileRequest)
		opened bool
		why    index.Refusal // empty: the whole request was denied
	}{
		"unknown":      {func(_ *world, _ *wire.Assertion, r *wire.FileRequest) { r.Item = "zzzzzzzzzzzzzzzzzzzzzzzzzz" }, false, index.RefusedUnknown},
		"no such file": {func(_ *world, _ *wire.Assertion, r *wire.FileRequest) { r.File = 7 }, true, index.RefusedUnreadable},
		"no number":    {func(_ *world, _ *wire.Assertion, r *wire.FileRequest) { r.File = -1 }, true, index.RefusedUnreadable},
		"of a kind that was not asked for": {func(_ *world, a *wire.Assertion, _ *wire.FileRequest) {
			a.Kinds = []clinical.Kind{clinical.KindLab}
		}, false, index.RefusedKind},
		"of a kind that is not released": {func(w *world, _ *wire.Assertion, _ *wire.FileRequest) {
			w.narrow(clinical.KindPrescription, access.AudiencePhysician, access.Cell{})
		}, false, index.RefusedKind},
		"another patient's": {func(w *world, _ *wire.Assertion, r *wire.FileRequest) {
			ask[wire.Verification](w, wire.PathLink, claim(other))
			w.refresh(other)
			r.Item = w.items(other)["OMP-01"]
		}, false, index.RefusedUnknown},
		"no consent":     {func(_ *world, a *wire.Assertion, _ *wire.FileRequest) { a.Consent = false }, false, ""},
		"not linked":     {func(_ *world, a *wire.Assertion, _ *wire.FileRequest) { a.PatientID = other }, false, ""},
		"another person": {func(_ *world, a *wire.Assertion, _ *wire.FileRequest) { a.Viewer.Profession = access.Clerk }, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.holds("secret")
			a, req := assertion(), wire.FileRequest{Item: w.items(hanako)["OMP-01"]}
			tc.change(w, &a, &req)
			rec, _ := w.file(a, req)
			var got wire.Error
			if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
				t.Fatalf("answer %q: %v", rec.Body, err)
			}
			got.Ref = ""
			if diff := cmp.Diff(wire.Error{Kind: fault.NotFound}, got); rec.Code != http.StatusNotFound || diff != "" {
				t.Errorf("status %d, answer (-want +got):\n%s", rec.Code, diff)
			}
			if (len(w.files.opened) > 0) != tc.opened {
				t.Errorf("opened %v", w.files.opened)
			}
			rows := w.trail()
			last := rows[len(rows)-1]
			if last.Outcome == index.Done || last.Decision != a.Decision || last.Detail.Refused[req.Item] != tc.why && tc.why != "" {
				t.Errorf("last row %+v, want %q", last, tc.why)
			}
		})
	}
}

// Who may have a file is told that somebody is just writing it: asking again helps. Who
// may not is told nothing.
func TestFile_beingWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.holds("half")
	w.files.fails = fault.WithKey(fault.Unavailable, wire.KeyBeingWritten, nil)
	a, req := assertion(), wire.FileRequest{Item: w.items(hanako)["OMP-01"]}
	rec, _ := w.file(a, req)
	var got wire.Error
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != http.StatusServiceUnavailable || got.Key != wire.KeyBeingWritten {
		t.Errorf("status %d, answer %s", rec.Code, rec.Body)
	}
	rows := w.trail()
	if last := rows[len(rows)-1]; last.Outcome != index.Failed || last.Detail.Refused[req.Item] != index.RefusedWritten {
		t.Errorf("last row %+v", last)
	}
	a = assertion()
	a.Consent = false
	if rec, _ := w.file(a, req); rec.Code != http.StatusNotFound {
		t.Errorf("status %d without consent, want not found", rec.Code)
	}
}

func TestFile_refusesAnAssertionForContent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.holds("secret")
	body := encode(t, wire.FileRequest{Item: w.items(hanako)["OMP-01"]})
	denied(t, w.post(wire.PathFile, body, wire.AssertionHeader, w.sign(assertion(), body, time.Now())))
}

func TestFile_withoutTrailRowNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.holds("secret")
	if _, err := w.db.Writer().Exec(`CREATE TRIGGER full BEFORE INSERT ON trail BEGIN SELECT RAISE(ABORT, 'disk full'); END`); err != nil {
		t.Fatal(err)
	}
	rec, _ := w.file(assertion(), wire.FileRequest{Item: w.items(hanako)["OMP-01"]})
	if rec.Code != fault.Internal.Status() || bytes.Contains(rec.Body.Bytes(), []byte("secret")) || len(w.files.opened) > 0 {
		t.Errorf("status %d, %s, opened %v", rec.Code, rec.Body, w.files.opened)
	}
}

// flow is content that acts when so much of it has been read.
type flow struct {
	at   int64
	act  func() error
	sent int64
}

func (f *flow) Read(p []byte) (int, error) {
	if f.sent >= f.at && f.act != nil {
		act := f.act
		f.act = nil
		if err := act(); err != nil {
			return 0, err
		}
	}
	f.sent += int64(len(p))
	return len(p), nil
}

// What is taken back while a file flows ends it, and what breaks off never looks whole.
func TestReq_AZ04_fileIsCut(t *testing.T) {
	const mib = 1 << 20
	for name, act := range map[string]func(*world) error{
		"the link is taken back": func(w *world) error {
			ask[struct{}](w, wire.PathUnlink, wire.PatientRef{PatientID: hanako})
			return nil
		},
		"the matrix is narrowed": func(w *world) error {
			w.narrow(clinical.KindPrescription, access.AudiencePhysician, access.Cell{})
			return nil
		},
		"the file cannot be read on": func(*world) error { return errors.New("input/output error") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.files.size = 100 * mib
			w.files.content = func() io.Reader {
				return io.LimitReader(&flow{at: 2 * mib, act: func() error { return act(w) }}, 100*mib)
			}
			_, cut := w.file(assertion(), wire.FileRequest{Item: w.items(hanako)["OMP-01"]})
			rows := w.trail()
			last := rows[len(rows)-1]
			if !cut || last.Outcome != index.Failed || last.Detail.Reason == "" {
				t.Fatalf("cut %v, last row %+v", cut, last)
			}
			if last.Detail.Bytes < 2*mib || last.Detail.Bytes > 3*mib+128<<10 {
				t.Errorf("%d bytes were sent, want about 2 MiB", last.Detail.Bytes)
			}
			if w.files.closed != 1 {
				t.Errorf("the file was closed %d times", w.files.closed)
			}
		})
	}
	t.Run("the file is shorter than it was", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.holds("short")
		w.files.size = 50
		if _, cut := w.file(assertion(), wire.FileRequest{Item: w.items(hanako)["OMP-01"]}); !cut {
			t.Error("half a file passes for the whole")
		}
	})
}
