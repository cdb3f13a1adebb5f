package disclose

import (
	"context"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/catalog/catalogdb"
	"mizuhiki.dev/mizuhiki/internal/center/disclose/disclosedb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// FetchPart fetches what one facility contributes to a page that was opened within
// the last minute in the same session; once. It leaves out what is older than since
// (YYYYMMDD, empty: nothing is) and does not go on ([wire.ContentRequest.Means]). The facts are read and decided upon
// again: what was revoked in between is denied, what was added is not asked for. began,
// which may be nil, is called when the gateway begins to answer: what was asked for may be
// had, and comes unless something breaks off.
//
// Errors: not found for a view or a facility that is not the caller's page's, conflict
// (view.taken, view.expired) for a part that was fetched or whose time is over, denied,
// and unavailable (gateway.silent).
func (s *Service) FetchPart(ctx context.Context, c signin.Caller, view string, f ident.FacilityID, since string, began func()) (Part, error) {
	if err := s.guard.Refused(ctx, demandReader(c, audit.ActionDecide)); err != nil {
		return Part{}, err
	}
	var q query
	var denied bool
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		var err error
		q, denied, err = s.takePart(ctx, tx, c, disclosedb.ViewID(view), f, now)
		return err
	})
	if err != nil {
		return Part{}, err
	}
	if denied {
		return Part{}, fault.New(fault.Denied, "page part: decided again and denied")
	}
	part := Part{Facility: q.owner.facility, Kinds: kindsOf(q.windows)}
	q.since, q.began = since, began
	documents, o, err := s.fetch(ctx, c, q)
	if err != nil {
		return Part{}, err
	}
	part.Documents, part.Refused = documents, o.refused+o.strange
	for _, d := range documents {
		if (wire.ContentRequest{Since: since}).Skips(d.Item) {
			part.Earlier++
		}
	}
	if part.Lacking, err = s.lacking(ctx, q, o); err != nil {
		return Part{}, err
	}
	return part, nil
}

// takePart takes a part of a page and decides again. If nothing is left of what the
// page's decision allowed, the completion is written here and denied is true: that row
// must stay, so it is no error of the transaction.
func (s *Service) takePart(ctx context.Context, tx *db.Tx, c signin.Caller, id disclosedb.ViewID, f ident.FacilityID, now time.Time) (q query, denied bool, err error) {
	v, err := s.views.View(ctx, tx, id, c.Session)
	if fault.Is(err, fault.NotFound) {
		return query{}, false, Foreign(c, "view", "")
	}
	if err != nil {
		return query{}, false, err
	}
	if !now.Before(v.ExpiresAt) {
		return query{}, false, fault.WithKey(fault.Conflict, "view.expired", nil)
	}
	part, err := s.views.Take(ctx, tx, id, f, now)
	if fault.Is(err, fault.NotFound) {
		return query{}, false, Foreign(c, "part of a view", v.Person)
	}
	if err != nil {
		return query{}, false, err
	}
	q = query{decision: part.Decision, person: v.Person, facility: f}
	sc, err := read(ctx, tx, c, v.Person, now)
	if fault.Is(err, fault.NotFound) {
		// The own link ended while the page was open. The row says so in place of a probe.
		return q, true, s.complete(ctx, tx, now, c, q, outcome{result: audit.Denied, cause: "own link ended"})
	}
	if err != nil {
		return query{}, false, err
	}
	o, _ := sc.of(f) // a facility that has left is the zero owner and allows nothing
	allowed := only(o.verdict.Windows, part.Kinds)
	if len(allowed) == 0 {
		return q, true, s.complete(ctx, tx, now, c, q, outcome{result: audit.Denied, cause: "denied on fresh facts", missing: missingOf(o.verdict, part.Kinds)})
	}
	q.owner, q.viewerLink, q.consent = o, sc.own.Counts(), sc.consent
	q.windows = only(allowed, Page(v.Page).content())
	known, err := catalogdb.Store{}.Source(ctx, tx, f, o.link.PatientID)
	for _, of := range known.UnreadableOf {
		q.unreadable = append(q.unreadable, of.Kind)
	}
	return q, false, err
}

// missingOf lists every fact that some of the kinds lacked.
func missingOf(v Verdict, kinds []clinical.Kind) []string {
	var out []string
	for _, k := range kinds {
		out = append(out, v.Missing[k]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Occasions of a decision that are no page.
const (
	onClick = "items" // single documents
	onFile  = "file"  // one file of a document
)

// OpenItems opens single documents of one facility in place, in the order in which
// they were asked for; those that may not be seen are left out. It is a disclosure of
// its own, with its own decision and completion.
//
// Errors: not found for a person, a facility or documents that are not the caller's to
// know of, denied if none of the documents may be seen, unavailable (gateway.silent).
func (s *Service) OpenItems(ctx context.Context, c signin.Caller, id ident.PersonID, f ident.FacilityID, items []ident.ItemID) ([]ItemDocument, error) {
	if len(items) == 0 || len(items) > maxItems {
		return nil, fault.New(fault.Invalid, "%d documents asked for, not 1 to %d", len(items), maxItems)
	}
	if err := s.guard.Refused(ctx, demandReader(c, audit.ActionDecide)); err != nil {
		return nil, err
	}
	var q query
	var denied bool
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		var err error
		q, denied, err = s.decideItems(ctx, tx, c, onClick, id, f, items, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	if denied {
		return nil, fault.New(fault.Denied, "documents: denied")
	}
	documents, _, err := s.fetch(ctx, c, q)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(documents, func(a, b ItemDocument) int {
		return slices.Index(q.items, a.Item.ID) - slices.Index(q.items, b.Item.ID)
	})
	return documents, nil
}

func (s *Service) decideItems(ctx context.Context, tx *db.Tx, c signin.Caller, occasion string, id ident.PersonID, f ident.FacilityID, items []ident.ItemID, now time.Time) (q query, denied bool, err error) {
	sc, err := read(ctx, tx, c, id, now)
	if err != nil {
		return query{}, false, err
	}
	o, ok := sc.of(f)
	if !ok || !o.linked() {
		return query{}, false, Foreign(c, "document", id)
	}
	q = query{
		decision: ident.New[ident.DecisionID](), person: id, facility: f,
		owner: o, viewerLink: sc.own.Counts(), consent: sc.consent,
	}
	var kinds []clinical.Kind
	for _, item := range items {
		it, err := catalogdb.Store{}.Item(ctx, tx, f, o.link.PatientID, item)
		if fault.Is(err, fault.NotFound) {
			continue // superseded meanwhile, or never this patient's
		}
		if err != nil {
			return query{}, false, err
		}
		if !slices.Contains(kinds, it.Kind) {
			kinds = append(kinds, it.Kind)
		}
		if catalog.Shows(o.verdict.Windows, it.Item) && !slices.Contains(q.items, it.ID) {
			q.items, q.opened = append(q.items, it.ID), it.Item
		}
	}
	if len(kinds) == 0 {
		return query{}, false, Foreign(c, "document", id)
	}
	q.windows = only(o.verdict.Windows, kinds)
	d := decided{decision: q.decision, owner: o, person: id, occasion: occasion, kinds: kinds, items: len(q.items)}
	if err := s.recordDecision(ctx, tx, c, d, now); err != nil {
		return query{}, false, err
	}
	if len(q.items) > 0 {
		return q, false, nil
	}
	return q, true, s.complete(ctx, tx, now, c, q, outcome{result: audit.Denied, cause: "denied", missing: missingOf(o.verdict, kinds)})
}
