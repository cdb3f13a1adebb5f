package serve

import (
	"context"
	"net/http"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/release"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

type centerKey struct{}

// WithCenterCert puts the fingerprint of the center's link certificate, as the gateway
// saw it in the handshake, into the contexts of the requests that come over the link.
func WithCenterCert(ctx context.Context, sha256hex string) context.Context {
	return context.WithValue(ctx, centerKey{}, sha256hex)
}

// content releases documents: assertion, decision of the hospital's own, trail row,
// documents, completion row.
//
// What is refused leaves without a reason, the reason stands in the trail: a document
// as "refused", a request of which nothing may be had as "denied". The latter must not
// look like an answer without documents, for that would say that nothing is known of
// the patient's allergies.
func (s *server) content(w http.ResponseWriter, r *http.Request) {
	req, a, err := asserted[wire.ContentRequest](s, w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d, err := s.decide(r.Context(), a, req)
	if err == nil && len(d.kinds) == 0 {
		err = fault.New(fault.Denied, "nothing of what was asked for is released; see the trail for decision %s", a.Decision)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.disburse(w, r, a, d)
}

// verified gives what the center states of a request, or why it is not believed.
func (s *server) verified(r *http.Request, body []byte) (wire.Assertion, error) {
	cert, _ := r.Context().Value(centerKey{}).(string)
	a, err := s.Verifier.Verify(r.Header.Get(wire.AssertionHeader), cert, r.URL.Path, body, s.Clock())
	if err == nil {
		err = s.Denylist.CheckAssertion(a)
	}
	if err != nil {
		return wire.Assertion{}, s.refuse(r.Context(), err)
	}
	return a, nil
}

// refuse writes into the trail that somebody asked with an assertion that does not
// hold. What it says is not believed, so the row names neither viewer nor patient.
func (s *server) refuse(ctx context.Context, why error) error {
	row := index.TrailRow{At: s.Clock(), Outcome: index.Denied, Detail: index.TrailDetail{Reason: why.Error()}}
	err := s.Index.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.Index.AddTrail(ctx, tx, row) })
	if err != nil {
		return err
	}
	return why
}

// decided is what one request may have.
type decided struct {
	kinds   []clinical.Kind
	entries []index.Entry
	refused []ident.ItemID
	reasons map[ident.ItemID]index.Refusal
	along   along
}

// decide asks the policy with the hospital's own facts, its record of the link and its
// release matrix, and writes the trail row in the same transaction: no row, no content.
// The assertion is spent with it.
func (s *server) decide(ctx context.Context, a wire.Assertion, req wire.ContentRequest) (d decided, err error) {
	now := s.Clock()
	var used error
	err = s.Index.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if used = s.Index.UseAssertion(ctx, tx, a.JTI, a.Spent(), now); used != nil {
			return used
		}
		own, err := s.ownFacts(ctx, tx, a.PatientID)
		if err != nil {
			return err
		}
		row := index.TrailRow{
			At: now, Decision: a.Decision, Outcome: index.Denied, Viewer: a.Viewer, Patient: a.PatientID,
			Detail: index.TrailDetail{PolicyHash: access.PolicyHash()},
		}
		if a.PolicyHash != row.Detail.PolicyHash {
			row.Detail.CenterPolicy = a.PolicyHash
		}
		until := s.decideKinds(a, own, now, &row.Detail)
		inside := s.decideInside(a, own, now)
		if d, err = s.choose(ctx, tx, a, req, until); err != nil {
			return err
		}
		d.kinds, d.along, row.Detail.Refused = row.Detail.Kinds, inside, d.reasons
		if len(d.kinds) > 0 {
			row.Outcome = index.Allowed
		}
		return s.Index.AddTrail(ctx, tx, row)
	})
	if fault.Is(used, fault.Denied) {
		return d, s.refuse(ctx, used)
	}
	return d, err
}

// ownFacts is what the hospital itself knows that bears on a decision.
type ownFacts struct {
	linked bool
	matrix access.Matrix
}

func (s *server) ownFacts(ctx context.Context, q db.Querier, id ident.LocalPatientID) (own ownFacts, err error) {
	linked, err := s.Index.LinkedPatient(ctx, q, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return own, err
	}
	own.linked = err == nil && linked.Live()
	own.matrix, err = release.Current(ctx, q)
	return own, err
}

// decideKinds decides kind by kind and gives, for those allowed, the last care date to be shown.
func (s *server) decideKinds(a wire.Assertion, own ownFacts, now time.Time, detail *index.TrailDetail) map[clinical.Kind]string {
	until := map[clinical.Kind]string{}
	detail.Denied = map[clinical.Kind][]string{}
	for _, kind := range a.Kinds {
		last, d := s.decideKind(a, own, kind, now)
		for _, p := range d.Policies {
			if !slices.Contains(detail.Policies, p) {
				detail.Policies = append(detail.Policies, p)
			}
		}
		if !d.Allow {
			detail.Denied[kind] = d.Missing
			continue
		}
		until[kind] = last
		detail.Kinds = append(detail.Kinds, kind)
	}
	return until
}

func (s *server) decideKind(a wire.Assertion, own ownFacts, kind clinical.Kind, now time.Time) (last string, d access.Decision) {
	last, released := own.matrix.Until(kind, a.Viewer.AudienceAt(s.Facility), now)
	return last, access.Decide(access.Facts{
		Viewer: a.Viewer, Owner: s.Facility, Kind: kind,
		ViewerLink: a.ViewerLink, OwnerLink: own.linked, Consent: a.Consent, Released: released, Purpose: a.Purpose,
	})
}

// along says of the kinds that stand inside of documents of others up to which care date
// the viewer may have them; what it lacks they may not have.
type along map[clinical.Kind]string

// decideInside decides on allergies, diseases and measurements whatever was asked for: an
// order names allergies and the weight, an admission diseases, and a hospital that
// withholds them withholds them there.
func (s *server) decideInside(a wire.Assertion, own ownFacts, now time.Time) along {
	out := along{}
	for _, kind := range []clinical.Kind{clinical.KindAllergy, clinical.KindCondition, clinical.KindVital} {
		if last, d := s.decideKind(a, own, kind, now); d.Allow {
			out[kind] = last
		}
	}
	return out
}

// cut takes out of a document of a care date what its viewer may not have.
func (l along) cut(doc *clinical.Document, date string) {
	may := func(k clinical.Kind) bool {
		last, ok := l[k]
		return ok && date <= last
	}
	if !may(clinical.KindAllergy) {
		doc.StatedAllergies = nil
	}
	if !may(clinical.KindVital) {
		doc.Observations = nil
	}
	if e := doc.Encounter; e != nil && !may(clinical.KindCondition) {
		e.Reason, e.Diagnoses = clinical.Coded{}, nil
	}
}

// choose finds the documents that were asked for and may be had, those with a care date
// up to until of their kind. Unknown documents and another patient's are the same.
func (s *server) choose(ctx context.Context, tx *db.Tx, a wire.Assertion, req wire.ContentRequest, until map[clinical.Kind]string) (decided, error) {
	d := decided{reasons: map[ident.ItemID]index.Refusal{}}
	found, err := s.Index.Find(ctx, tx, a.PatientID, req.Items, a.Kinds)
	if err != nil {
		return d, err
	}
	have := map[ident.ItemID]bool{}
	meant := meantOf(req, found)
	for i, e := range found {
		have[e.ID] = true
		switch last, ok := until[e.Kind]; {
		case !meant(i):
		case !ok:
			d.refuse(e.ID, index.RefusedKind)
		case e.Date > last:
			d.refuse(e.ID, index.RefusedDelay)
		default:
			d.entries = append(d.entries, e)
		}
	}
	for _, id := range req.Items {
		if !have[id] {
			have[id] = true // asked for twice, refused once
			d.refuse(id, index.RefusedUnknown)
		}
	}
	return d, nil
}

// meantOf reports which of the documents that were found belong to what was asked for.
func meantOf(req wire.ContentRequest, found []index.Entry) func(int) bool {
	if req.Since == "" || len(req.Items) > 0 {
		return func(int) bool { return true }
	}
	all := make([]wire.Dated, len(found))
	for i, e := range found {
		all[i] = wire.Dated{Item: e.Item, Lasting: e.Lasting, OrderNo: source.OrderNo(e)}
	}
	means := req.Means(all)
	return func(i int) bool { return means[i] }
}

func (d *decided) refuse(id ident.ItemID, why index.Refusal) {
	d.refused = append(d.refused, id)
	d.reasons[id] = why
}

// completionTime is how long writing a completion row may take after the center has gone.
const completionTime = 5 * time.Second

// disburse reads the documents, sends each as it is read, and writes the completion row,
// also when the center has gone away in the middle.
func (s *server) disburse(w http.ResponseWriter, r *http.Request, a wire.Assertion, d decided) {
	begun := s.Clock()
	row := index.TrailRow{Decision: a.Decision, Outcome: index.Done, Viewer: a.Viewer, Patient: a.PatientID}
	row.Detail.Kinds, row.Detail.Refused = d.kinds, d.reasons
	if err := s.send(r.Context(), newLines[wire.Content](w), a, d, &row.Detail); err != nil {
		row.Outcome, row.Detail.Reason = index.Failed, err.Error()
	}
	s.completed(r.Context(), row, begun)
}

// completed writes a completion row, whoever has gone away.
func (s *server) completed(ctx context.Context, row index.TrailRow, begun time.Time) {
	row.At = s.Clock()
	row.Detail.Millis = row.At.Sub(begun).Milliseconds()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), completionTime)
	defer cancel()
	err := s.Index.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.Index.AddTrail(ctx, tx, row) })
	if err != nil {
		s.Log.ErrorContext(ctx, "completion row of a disclosure", "decision", row.Decision, logging.KeyError, err)
	}
}

// unreadable says for the trail why a document could not be read.
func unreadable(err error) index.Refusal {
	if key, _, _ := fault.Message(err); key == wire.KeyBeingWritten {
		return index.RefusedWritten
	}
	return index.RefusedUnreadable
}

// send sends the documents, and says of each that was refused that it was. A record of
// years takes a while: a link that ends or a matrix that is narrowed meanwhile cuts it.
func (s *server) send(ctx context.Context, out *lines[wire.Content], a wire.Assertion, d decided, detail *index.TrailDetail) error {
	contents := s.Source.Contents()
	checkedAt := s.Clock()
	for _, e := range d.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if now := s.Clock(); now.Sub(checkedAt) >= recheckTime {
			if err := s.stillReleased(ctx, a, e); err != nil {
				return err
			}
			checkedAt = now
		}
		doc, err := contents.Read(ctx, e)
		if err != nil {
			s.Log.WarnContext(ctx, "document of a disclosure", "item", e.ID, logging.KeyError, err)
			detail.Refused[e.ID] = unreadable(err)
			if err := out.send(wire.Content{Refused: e.ID}); err != nil {
				return err
			}
			continue
		}
		d.along.cut(&doc, e.Date)
		if err := out.send(wire.Content{Item: &e.Item, Document: &doc}); err != nil {
			return err
		}
		detail.Documents++
	}
	for _, id := range d.refused {
		if err := out.send(wire.Content{Refused: id}); err != nil {
			return err
		}
	}
	return out.send(wire.Content{Done: true})
}
