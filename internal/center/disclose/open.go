package disclose

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/catalog/catalogdb"
	"mizuhiki.dev/mizuhiki/internal/center/disclose/disclosedb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// OpenPage opens a page of a patient: who it is, how each source stands, and what
// exists of the kinds of the page. It is denied to who may not read content at all,
// and not found without the caller's facility's own confirmed link.
func (s *Service) OpenPage(ctx context.Context, c signin.Caller, id ident.PersonID, page Page) (View, error) {
	if page.metadata() == nil {
		return View{}, fault.New(fault.NotFound, "no page %q", page)
	}
	if err := s.guard.Refused(ctx, demandReader(c, audit.ActionOpenPatient)); err != nil {
		return View{}, err
	}
	var v View
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		sc, err := read(ctx, tx, c, id, now)
		if err != nil {
			return err
		}
		v, err = s.open(ctx, tx, c, sc, page, now)
		return err
	})
	if err != nil {
		return View{}, err
	}
	return v, nil
}

// demandReader refuses early who could read nothing anyway, so that not even the
// patient's name is shown. The policy says the same again for each kind.
func demandReader(c signin.Caller, action audit.Action) error {
	if err := Demand(c, action, access.RoleViewer); err != nil {
		return err
	}
	if !c.Profession.Clinical() || c.Has(access.RoleOperator) {
		e := audit.Event{Action: action, Outcome: audit.Denied, Detail: map[string]any{"missing": []string{"clinical_profession"}}}
		return Refuse(e.By(c.Viewer), fault.New(fault.Denied, "%s refused to user %s: not of a clinical profession", action, c.User))
	}
	return nil
}

// open records the page and each decision about a linked owner, and gives what was
// decided to be shown.
func (s *Service) open(ctx context.Context, tx *db.Tx, c signin.Caller, sc scene, page Page, now time.Time) (View, error) {
	v := View{ID: ident.New[string](), Frame: Frame{Person: sc.person, OwnID: sc.own.PatientID, Consent: sc.consent}}
	frame := audit.Event{Action: audit.ActionOpenPatient, Outcome: audit.Allowed, Person: sc.person.ID, Detail: map[string]any{"page": page}}
	if _, err := s.cfg.Audit.Append(ctx, tx, now, frame.By(c.Viewer)); err != nil {
		return View{}, err
	}
	stored := disclosedb.View{
		ID: disclosedb.ViewID(v.ID), Session: c.Session, Person: sc.person.ID, Page: string(page), CreatedAt: now, ExpiresAt: now.Add(viewLife),
	}
	for _, o := range sc.owners {
		src, err := s.source(ctx, tx, o, page)
		if err != nil {
			return View{}, err
		}
		v.Sources = append(v.Sources, src)
		if !o.linked() {
			continue // nothing of this person is known to be there: nothing is decided
		}
		items, err := catalogdb.Store{}.Items(ctx, tx, o.facility.ID, o.link.PatientID, only(o.verdict.Windows, page.metadata()))
		if err != nil {
			return View{}, err
		}
		d := decided{decision: ident.New[ident.DecisionID](), owner: o, person: sc.person.ID, occasion: string(page), kinds: page.metadata(), items: len(items)}
		if err := s.recordDecision(ctx, tx, c, d, now); err != nil {
			return View{}, err
		}
		if src.Part {
			stored.Parts = append(stored.Parts, disclosedb.Part{Facility: o.facility.ID, Decision: d.decision, Kinds: src.Kinds})
		}
		v.Items = append(v.Items, items...)
	}
	newestFirst(v.Items)
	return v, s.views.Add(ctx, tx, stored)
}

// decided is one decision about one owner on one occasion.
type decided struct {
	decision ident.DecisionID
	owner    owner
	person   ident.PersonID
	occasion string // a page, [onClick] or [onFile]
	kinds    []clinical.Kind
	items    int // how many items it lets be listed or opened
}

func (s *Service) recordDecision(ctx context.Context, tx *db.Tx, c signin.Caller, d decided, now time.Time) error {
	detail := d.owner.verdict.detail(d.kinds)
	detail["page"], detail["items"] = d.occasion, d.items
	e := audit.Event{
		Action: audit.ActionDecide, Outcome: audit.Denied, Owner: d.owner.facility.ID, Person: d.person, Decision: d.decision, Detail: detail,
	}
	if len(only(d.owner.verdict.Windows, d.kinds)) > 0 {
		e.Outcome = audit.Allowed
	}
	_, err := s.cfg.Audit.Append(ctx, tx, now, e.By(c.Viewer))
	return err
}

// newestFirst merges the items of several facilities into one order; where day and
// time are the same that of the facilities stays.
func newestFirst(items []catalog.Item) {
	slices.SortStableFunc(items, func(a, b catalog.Item) int {
		return cmp.Or(cmp.Compare(b.Date, a.Date), cmp.Compare(b.Time, a.Time))
	})
}
