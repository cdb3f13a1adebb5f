package register

import (
	"context"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/register/registerdb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// maxPage is how many patients one page of the list may hold.
const maxPage = 200

// ListQuery asks for a page of the facility's patients.
type ListQuery struct {
	Text      string // own patient number or its beginning, part of a kana or kanji name, or a birth date in any Japanese form
	Sort      string // kana (also when empty), latest or linked
	Offset    int
	Limit     int  // 1 to 200; 0: 50
	ToConfirm bool // only patients whose correction waits for somebody of the facility to look; for liaison clerks
}

// ListPage is a page of the list.
type ListPage struct {
	Rows      []Row
	Total     int // on all pages
	ToConfirm int // of all the facility's patients, whatever was asked: whose correction waits; for liaison clerks
}

// Row is one patient of the list.
type Row struct {
	Person     person.Person
	OwnID      ident.LocalPatientID
	Consent    bool                 // one is in force
	Facilities []directory.Facility // disclosing ones that the reader may know to be linked
	LatestDate string               // YYYYMMDD of the latest document that the reader may see
	LinkedAt   time.Time
	ToConfirm  bool // see [linkage.Link.ToConfirm]; for liaison clerks
}

// List lists the patients whom the caller's facility is linked to, for any of its
// users. Others than liaison clerks see only what would open: patients whose own link
// counts, and of the other facilities those from which something may be seen. The
// date of the latest document is content's metadata: it counts only documents that
// the policy lets the caller see, and each facility that it may come from gets a row
// in the access log.
func (s *Service) List(ctx context.Context, c signin.Caller, ask ListQuery) (ListPage, error) {
	if err := s.guard.Refused(ctx, disclose.Demand(c, audit.ActionSearchPerson)); err != nil {
		return ListPage{}, err
	}
	if ask.Limit <= 0 {
		ask.Limit = 50
	}
	var page ListPage
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		sight, err := s.sight(ctx, tx, c, now)
		if err != nil {
			return err
		}
		text := readText(ask.Text)
		liaison := c.Has(access.RoleLiaison)
		rows, total, err := s.list.List(ctx, tx, registerdb.Query{
			Union: c.Union, Facility: c.Facility, Confirmed: !liaison, ToConfirm: liaison && ask.ToConfirm, Text: text, Order: registerdb.Order(ask.Sort),
			Shown: sight.windows, At: now, Offset: max(ask.Offset, 0), Limit: min(ask.Limit, maxPage),
		})
		if err != nil {
			return err
		}
		page = ListPage{Total: total}
		if liaison {
			if page.ToConfirm, err = s.list.Count(ctx, tx, registerdb.Query{Union: c.Union, Facility: c.Facility, ToConfirm: true}); err != nil {
				return err
			}
		}
		for _, r := range rows {
			row, err := s.row(ctx, tx, c, sight, r)
			if err != nil {
				return err
			}
			page.Rows = append(page.Rows, row)
		}
		return s.recordList(ctx, tx, c, sight, text.Name != "", page, now)
	})
	if err != nil {
		return ListPage{}, err
	}
	return page, nil
}

// readText reads what was typed in every way that it can be read.
func readText(text string) registerdb.Text {
	text = strings.TrimSpace(text)
	if text == "" {
		return registerdb.Text{}
	}
	out := registerdb.Text{Name: text}
	if id, ok := ident.TypedPatientID(text); ok {
		// A number that was once stored in full width is found as well, by its digits and as
		// it was typed: whoever is meant then stands in the list, beside the other one.
		out.PatientIDs = id.Spellings()
		if typed := ident.LocalPatientID(text); !slices.Contains(out.PatientIDs, typed) {
			out.PatientIDs = append(out.PatientIDs, typed)
		}
	}
	if d, err := wareki.ParseDate(text); err == nil {
		out.BirthDate = d
	}
	return out
}

// sight is what a caller may see of each disclosing facility, given that both
// facilities are linked and the person consents.
type sight struct {
	disclosing []directory.Facility // of the union, in the order of their codes
	windows    map[ident.FacilityID][]catalog.Window
}

func (s *Service) sight(ctx context.Context, q db.Querier, c signin.Caller, now time.Time) (sight, error) {
	out := sight{windows: map[ident.FacilityID][]catalog.Window{}}
	list, err := s.network.Facilities(ctx, q, c.Union)
	if err != nil {
		return sight{}, err
	}
	for _, f := range list {
		if !f.Disclosing {
			continue
		}
		out.disclosing = append(out.disclosing, f)
		copied, err := s.release.Copy(ctx, q, f.ID)
		if err != nil {
			return sight{}, err
		}
		v := disclose.Decide(disclose.Facts{Viewer: c.Viewer, Owner: f.ID, ViewerLink: true, OwnerLink: true, Consent: true, Release: copied, Now: now})
		if len(v.Windows) > 0 {
			out.windows[f.ID] = v.Windows
		}
	}
	return out, nil
}

// knows reports whether the caller may know that a person is linked to a disclosing
// facility: a liaison clerk of a linked facility ties links and must; others know it
// from what they may see.
func (g sight) knows(c signin.Caller, own, l linkage.Link, consent bool) bool {
	return c.Has(access.RoleLiaison) || own.Counts() && l.Counts() && consent && len(g.windows[l.Facility]) > 0
}

// unreadable counts what could not be read as far as the caller may know of it.
func (g sight) unreadable(c signin.Caller, source catalog.Source) int {
	if source.Facility == c.Facility {
		return source.Unreadable
	}
	var kinds []clinical.Kind
	for _, w := range g.windows[source.Facility] {
		kinds = append(kinds, w.Kind)
	}
	return source.CountUnreadable(kinds)
}

// row fills a row of the list.
func (s *Service) row(ctx context.Context, q db.Querier, c signin.Caller, g sight, r registerdb.Row) (Row, error) {
	p, err := s.persons.Person(ctx, q, c.Union, r.Person)
	if err != nil {
		return Row{}, err
	}
	links, err := s.links.Living(ctx, q, c.Union, r.Person)
	if err != nil {
		return Row{}, err
	}
	row := Row{Person: p, OwnID: r.OwnID, Consent: r.Consent, LatestDate: r.Latest, LinkedAt: r.LinkedAt}
	own := linkage.Link{State: r.State}
	for _, l := range links {
		row.ToConfirm = row.ToConfirm || l.Facility == c.Facility && c.Has(access.RoleLiaison) && l.ToConfirm(p.Identity())
	}
	for _, f := range g.disclosing {
		for _, l := range links {
			if l.Facility == f.ID && g.knows(c, own, l, r.Consent) {
				row.Facilities = append(row.Facilities, f)
			}
		}
	}
	return row, nil
}

// recordList writes that a list was shown, without what was typed, and to each owner
// that the dates of its documents may have been among it.
func (s *Service) recordList(ctx context.Context, tx *db.Tx, c signin.Caller, g sight, narrowed bool, page ListPage, now time.Time) error {
	e := audit.Event{Action: audit.ActionSearchPerson, Outcome: audit.Done, Detail: map[string]any{
		"list": true, "narrowed": narrowed, "rows": len(page.Rows), "total": page.Total,
	}}
	if err := s.append(ctx, tx, now, c, e); err != nil {
		return err
	}
	dated := map[ident.FacilityID]int{}
	for _, r := range page.Rows {
		for _, f := range r.Facilities {
			if r.LatestDate != "" && len(g.windows[f.ID]) > 0 {
				dated[f.ID]++
			}
		}
	}
	for _, f := range g.disclosing {
		if dated[f.ID] == 0 {
			continue
		}
		e := audit.Event{Action: audit.ActionSearchPerson, Outcome: audit.Done, Owner: f.ID, Detail: map[string]any{
			"list": true, "latest_date_of": dated[f.ID],
		}}
		if err := s.append(ctx, tx, now, c, e); err != nil {
			return err
		}
	}
	return nil
}
