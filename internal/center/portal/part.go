package portal

import (
	"bufio"
	"compress/gzip"
	"io"
	"net/http"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// part answers what one facility contributes to a page view: rows that the page merges.
// Whose they are the view says; the person stands in the path only for the reader's eye.
//
// The answer begins when the hospital's does, so that the page can tell a hospital that
// sends a record of years from one that is silent. What breaks off behind that has no end
// that a browser would take for one.
func (p *Portal) part(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	person, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return err
	}
	view, err := pathID[string](r, "view")
	if err != nil {
		return err
	}
	facility, err := pathID[ident.FacilityID](r, "facility")
	if err != nil {
		return err
	}
	since := r.FormValue("since")
	if _, err := wareki.ParseCompact(since); err != nil && since != "" {
		return fault.New(fault.NotFound, "form value since is no day")
	}
	palette, err := p.palette(r, c)
	if err != nil {
		return err
	}
	var out io.WriteCloser // once the answer has begun
	got, err := p.Disclose.FetchPart(r.Context(), c, view, facility, since, func() {
		out = packed(w, r)
		begin(w, r, http.StatusOK)
		_ = http.NewResponseController(w).Flush() // fails only if the reader has gone away
	})
	if err != nil {
		if out != nil {
			p.breakOff(r, err)
		}
		return err
	}
	part := page.NewPart(palette.Of(got.Facility), person, page.Answer{
		Kinds: got.Kinds, Documents: documents(got.Documents), Earlier: got.Earlier, Refused: got.Refused, Lacking: got.Lacking,
	}, language(r.Context()), p.Clock())
	if out == nil {
		p.render(w, r, http.StatusOK, part)
		return nil
	}
	held := bufio.NewWriterSize(out, 64<<10)
	if err = page.Stream(held, language(r.Context()), part); err == nil {
		err = held.Flush()
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		p.breakOff(r, err)
	}
	return nil
}

// packed gives where the body of an answer goes: compressed if the reader takes that, for
// rows are much alike and those of years are tens of megabytes. Nothing in a part is secret
// from its reader and chosen by another, so that its length tells nobody anything.
func packed(w http.ResponseWriter, r *http.Request) io.WriteCloser {
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		return unpacked{w}
	}
	w.Header().Set("Content-Encoding", "gzip")
	out, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // fails only for a level that there is not
	return out
}

// unpacked needs no closing.
type unpacked struct{ io.Writer }

func (unpacked) Close() error { return nil }

// breakOff ends an answer whose status is given: a part must not pass for the whole.
func (p *Portal) breakOff(r *http.Request, err error) {
	if fault.Is(err, fault.Internal) && r.Context().Err() == nil {
		p.report(r, err)
	}
	panic(http.ErrAbortHandler)
}
