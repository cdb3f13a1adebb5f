package portal

import (
	"net/http"

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
	begun := false
	got, err := p.Disclose.FetchPart(r.Context(), c, view, facility, since, func() {
		begun = true
		begin(w, r, http.StatusOK)
		_ = http.NewResponseController(w).Flush() // fails only if the reader has gone away
	})
	if err != nil {
		if begun {
			p.breakOff(r, err)
		}
		return err
	}
	part := page.NewPart(palette.Of(got.Facility), person, page.Answer{
		Kinds: got.Kinds, Documents: documents(got.Documents), Earlier: got.Earlier, Refused: got.Refused, Lacking: got.Lacking,
	}, language(r.Context()), p.Clock())
	if !begun {
		p.render(w, r, http.StatusOK, part)
		return nil
	}
	body, err := draw(r, part)
	if err != nil {
		p.breakOff(r, err)
	}
	_, _ = w.Write(body) // fails only if the reader has gone away
	return nil
}

// breakOff ends an answer whose status is given: a part must not pass for the whole.
func (p *Portal) breakOff(r *http.Request, err error) {
	if fault.Is(err, fault.Internal) && r.Context().Err() == nil {
		p.report(r, err)
	}
	panic(http.ErrAbortHandler)
}
