package disclose

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/catalog/catalogdb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// query is one question to one gateway, decided and recorded.
type query struct {
	decision   ident.DecisionID
	person     ident.PersonID
	facility   ident.FacilityID
	owner      owner
	viewerLink bool
	consent    bool
	windows    []catalog.Window // what may come back
	items      []ident.ItemID   // empty: every current document of the windows' kinds
	since      string           // of these, those that are not older, YYYYMMDD; empty: all
	opened     wire.Item        // the last of items, as the catalog knows it
	unreadable []clinical.Kind  // of which the gateway could not read something when the patient was last fetched
	began      func()           // told that the gateway begins to answer; may be nil
}

// assertion states the query's facts. The link binds it to gateway and request and signs it.
func (q query) assertion(c signin.Caller) wire.Assertion {
	return wire.Assertion{
		Owner: q.facility, Decision: q.decision, Viewer: c.Viewer, PatientID: q.owner.link.PatientID,
		Kinds: kindsOf(q.windows), ViewerLink: q.viewerLink, Consent: q.consent, Purpose: access.PurposeCare,
	}
}

// accepts reports whether a document is one that was asked for. The gateway decides
// last, but it cannot decide more than was asked: a document of another patient, of
// another kind or too recent goes no further.
func (q query) accepts(it wire.Item, d ItemDocument) bool {
	return it.PatientID == q.owner.link.PatientID && d.Document.PatientID == it.PatientID && d.Document.Kind == it.Kind &&
		catalog.Shows(q.windows, it) && (len(q.items) == 0 || slices.Contains(q.items, it.ID))
}

// outcome is what came of a decision.
type outcome struct {
	result    audit.Outcome
	cause     string // why there is no content, or not all; empty if there is
	missing   []string
	documents int
	file      *fileOutcome   // what was asked for was a file
	refused   int            // by the gateway
	named     []ident.ItemID // of these, maxNamed at most
	strange   int            // came without having been asked for, and were dropped
	since     string         // what is older was not asked for, YYYYMMDD
	took      time.Duration
}

func (o outcome) detail() map[string]any {
	d := map[string]any{"documents": o.documents, "refused": o.refused, "ms": o.took.Milliseconds()}
	if o.cause != "" {
		d["cause"] = o.cause
	}
	if len(o.missing) > 0 {
		d["missing"] = o.missing
	}
	if o.since != "" {
		d["since"] = o.since
	}
	if o.strange > 0 {
		d["not_asked_for"] = o.strange
	}
	if o.file != nil {
		d["file"], d["bytes"] = o.file.number, o.file.bytes
	}
	return d
}

// fetch asks the gateway and records what came of it, also when nobody waits for the
// answer any more. If that row cannot be written nothing is given.
func (s *Service) fetch(ctx context.Context, c signin.Caller, q query) ([]ItemDocument, outcome, error) {
	start := s.cfg.Clock()
	documents, o, err := s.ask(ctx, c, q)
	o.took = s.cfg.Clock().Sub(start)
	if err := s.conclude(ctx, c, q, o, err); err != nil {
		return nil, o, err
	}
	return documents, o, nil
}

// maxNamed bounds what is looked up of documents that were refused.
const maxNamed = 1000

// lacking lists the kinds of what was asked for of which there is something that did not
// come: "none on record" must not be said of them. What was refused and is of no known
// kind, or was not looked up, may be of any.
func (s *Service) lacking(ctx context.Context, q query, o outcome) ([]clinical.Kind, error) {
	asked := kindsOf(q.windows)
	if o.refused > len(o.named) {
		return asked, nil
	}
	lacking := slices.DeleteFunc(slices.Clone(q.unreadable), func(k clinical.Kind) bool { return !slices.Contains(asked, k) })
	for _, id := range o.named {
		it, err := catalogdb.Store{}.Item(ctx, s.cfg.DB.Reader(), q.facility, q.owner.link.PatientID, id)
		switch {
		case fault.Is(err, fault.NotFound):
			return asked, nil
		case err != nil:
			return nil, err
		case slices.Contains(asked, it.Kind) && !slices.Contains(lacking, it.Kind):
			lacking = append(lacking, it.Kind)
		}
	}
	return lacking, nil
}

// conclude writes the completion row, whoever has gone away, and gives back err or why
// the row could not be written.
func (s *Service) conclude(ctx context.Context, c signin.Caller, q query, o outcome, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	werr := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		return s.complete(ctx, tx, now, c, q, o)
	})
	if werr != nil {
		return errors.Join(fault.New(fault.Internal, "completion of a disclosure: %w", werr), err)
	}
	return err
}

// ask asks the gateway. What comes before a failure is dropped: half a record could
// pass for a whole one.
func (s *Service) ask(ctx context.Context, c signin.Caller, q query) ([]ItemDocument, outcome, error) {
	if len(q.windows) == 0 {
		return nil, outcome{result: audit.Done, cause: "no content on this page"}, nil
	}
	limited, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	silent := time.AfterFunc(fetchTimeout, cancel)
	defer silent.Stop()
	began := func() {}
	if q.began != nil {
		began = sync.OnceFunc(q.began)
	}
	asked := wire.ContentRequest{Items: q.items, Since: q.since}
	var documents []ItemDocument
	o := outcome{since: q.since}
	var last bool
	err := s.cfg.Gateways.Content(limited, q.facility, q.assertion(c), asked, func(line wire.Content) error {
		last = last || line.Done
		if line.Refused != "" {
			if o.refused++; len(o.named) < maxNamed {
				o.named = append(o.named, line.Refused)
			}
		}
		if line.Error != nil {
			return line.Error.Fault()
		}
		silent.Reset(fetchTimeout)
		began()
		if line.Item == nil || line.Document == nil {
			return nil
		}
		d := ItemDocument{Item: *line.Item, Document: *line.Document}
		if !q.accepts(*line.Item, d) {
			o.strange++
			return nil
		}
		documents = append(documents, d)
		return nil
	})
	if err == nil && !last {
		err = fault.WithKey(fault.Unavailable, "gateway.silent", nil)
	}
	if o.strange > 0 {
		s.cfg.Log.WarnContext(ctx, "a gateway sent documents that were not asked for",
			slog.String(logging.KeyFacility, string(q.facility)), slog.Int("documents", o.strange))
	}
	if err != nil {
		o.result, o.cause, err = s.failure(ctx, limited, q, err)
		return nil, o, err
	}
	documents = ofPeriod(asked, documents)
	o.result, o.documents = audit.Done, len(documents)
	return documents, o, nil
}

// ofPeriod leaves out what does not belong to the period that was asked for: gateways of
// before [wire.VersionPeriod] are asked for more, or know of no periods.
func ofPeriod(asked wire.ContentRequest, documents []ItemDocument) []ItemDocument {
	if asked.Since == "" {
		return documents
	}
	all := make([]wire.Dated, len(documents))
	for i, d := range documents {
		all[i] = wire.Dated{Item: d.Item, Lasting: d.Document.Lasting(d.Item.Date), OrderNo: d.Document.OrderNo}
	}
	out := documents[:0]
	for i, means := range asked.Means(all) {
		if means {
			out = append(out, documents[i])
		}
	}
	return out
}

// failure tells the ways apart in which a gateway gives nothing.
func (s *Service) failure(ctx, limited context.Context, q query, err error) (audit.Outcome, string, error) {
	switch {
	case ctx.Err() != nil:
		return audit.Failed, "reader gone", ctx.Err()
	case fault.Is(err, fault.Denied):
		return audit.Denied, "gateway denied", err
	case keyOf(err) == wire.KeyDenylistOld:
		s.cfg.Log.ErrorContext(ctx, "a gateway does not disclose: its list of revoked certificates is too old",
			slog.String(logging.KeyFacility, string(q.facility)), slog.Any(logging.KeyError, err))
		return audit.Failed, "gateway's list of revoked certificates is old", err
	case keyOf(err) == wire.KeyBeingWritten:
		return audit.Failed, "being written at the hospital", err
	case errors.Is(limited.Err(), context.DeadlineExceeded):
		return audit.Failed, "gateway slow", &fault.Error{Kind: fault.Unavailable, Key: "gateway.silent", Err: err}
	case fault.Is(err, fault.Unavailable) || limited.Err() != nil:
		return audit.Failed, "gateway silent", &fault.Error{Kind: fault.Unavailable, Key: "gateway.silent", Err: err}
	}
	s.cfg.Log.ErrorContext(ctx, "content from a gateway",
		slog.String(logging.KeyFacility, string(q.facility)), slog.Any(logging.KeyError, err))
	return audit.Failed, "gateway failed", err
}

func keyOf(err error) fault.Key {
	key, _, _ := fault.Message(err)
	return key
}

// complete writes the completion row of a query.
func (s *Service) complete(ctx context.Context, tx *db.Tx, now time.Time, c signin.Caller, q query, o outcome) error {
	e := audit.Event{
		Action: audit.ActionComplete, Outcome: o.result, Owner: q.facility, Person: q.person, Decision: q.decision, Detail: o.detail(),
	}
	_, err := s.cfg.Audit.Append(ctx, tx, now, e.By(c.Viewer))
	return err
}
