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
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

type centerKey struct{}

// WithCenterCert puts the fingerprint of the center's link certificate, as the gateway
// saw it in the handshake, into the contexts of the requests that come over the link.
func WithCenterCert(ctx context.Context, sha256hex string) context.Context {
	return context.WithValue(ctx, centerKey{}, sha256hex)
}

// content releases documents: assertion, decision of the hospital's own, trail row,
// documents, completion row. What is refused leaves without a reason; the reason
// stands in the trail.
func (s *server) content(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var req wire.ContentRequest
	if err := unmarshal(body, &req); err != nil {
		s.fail(w, r, err)
		return
	}
	cert, _ := r.Context().Value(centerKey{}).(string)
	a, err := s.Verifier.Verify(r.Header.Get(wire.AssertionHeader), cert, r.URL.Path, body, s.Clock())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d, err := s.decide(r.Context(), a, req)
	if err == nil && len(d.kinds) == 0 {
		err = fault.New(fault.Denied, "nothing is released")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.disburse(w, r, a, d)
}

// decided is what one request may have.
type decided struct {
	kinds   []clinical.Kind
	entries []index.Entry
	refused []ident.ItemID
}

// decide asks the policy with the hospital's own facts, its record of the link and its
// release matrix, and writes the trail row in the same transaction.
func (s *server) decide(ctx context.Context, a wire.Assertion, req wire.ContentRequest) (d decided, err error) {
	now := s.Clock()
	err = s.Index.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		d = decided{}
		linked, err := s.Index.LinkedPatient(ctx, tx, a.PatientID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		ownerLink := err == nil && linked.Live()
		matrix, err := s.Release.Current(ctx, tx)
		if err != nil {
			return err
		}
		row := index.TrailRow{
			At: now, Decision: a.Decision, Outcome: index.Denied, Viewer: a.Viewer, Patient: a.PatientID,
			Detail: index.TrailDetail{PolicyHash: access.PolicyHash(), Denied: map[clinical.Kind][]string{}},
		}
		until := s.decideKinds(a, ownerLink, matrix, now, &row.Detail)
		d.kinds = row.Detail.Kinds
		if len(d.kinds) > 0 {
			row.Outcome = index.Allowed
			if d.entries, d.refused, err = s.choose(ctx, tx, a, req, until); err != nil {
				return err
			}
		}
		return s.Index.AddTrail(ctx, tx, row)
	})
	return d, err
}

// decideKinds decides kind by kind and gives, for those allowed, the last care date to be shown.
func (s *server) decideKinds(a wire.Assertion, ownerLink bool, matrix access.Matrix, now time.Time, detail *index.TrailDetail) map[clinical.Kind]string {
	until := map[clinical.Kind]string{}
	audience := a.Viewer.AudienceAt(s.Facility)
	for _, kind := range a.Kinds {
		last, released := matrix.Until(kind, audience, now)
		d := access.Decide(access.Facts{
			Viewer: a.Viewer, Owner: s.Facility, Kind: kind,
			ViewerLink: a.ViewerLink, OwnerLink: ownerLink, Consent: a.Consent, Released: released, Purpose: a.Purpose,
		})
		if !d.Allow {
			detail.Denied[kind] = d.Missing
			continue
		}
		until[kind] = last
		detail.Kinds = append(detail.Kinds, kind)
		for _, p := range d.Policies {
			if !slices.Contains(detail.Policies, p) {
				detail.Policies = append(detail.Policies, p)
			}
		}
	}
	return until
}

// choose finds the documents that were asked for and may be had. Unknown ones, another
// patient's and those not released yet are refused alike.
func (s *server) choose(ctx context.Context, tx *db.Tx, a wire.Assertion, req wire.ContentRequest, until map[clinical.Kind]string) (chosen []index.Entry, refused []ident.ItemID, err error) {
	found, err := s.Index.Find(ctx, tx, a.PatientID, req.Items, a.Kinds)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range found {
		if last, ok := until[e.Kind]; ok && e.Date <= last {
			chosen = append(chosen, e)
		} else if len(req.Items) == 0 {
			refused = append(refused, e.ID)
		}
	}
	for _, id := range req.Items {
		if !slices.ContainsFunc(chosen, func(e index.Entry) bool { return e.ID == id }) {
			refused = append(refused, id)
		}
	}
	return chosen, refused, nil
}

// disburse reads the documents and sends them, each as it is read.
func (s *server) disburse(w http.ResponseWriter, r *http.Request, a wire.Assertion, d decided) {
	begun := s.Clock()
	row := index.TrailRow{Decision: a.Decision, Outcome: index.Done, Viewer: a.Viewer, Patient: a.PatientID}
	row.Detail.Kinds, row.Detail.Refused = d.kinds, len(d.refused)
	out := newLines[wire.Content](w)
	err := s.send(r.Context(), out, d, &row.Detail)
	if err != nil {
		row.Outcome, row.Detail.Reason = index.Failed, err.Error()
	}
	row.At = s.Clock()
	row.Detail.Millis = row.At.Sub(begun).Milliseconds()
	// The row is written also when the center has gone away in the middle.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 5*time.Second)
	defer cancel()
	if err := s.Index.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.Index.AddTrail(ctx, tx, row) }); err != nil {
		s.Log.ErrorContext(ctx, "completion row of a disclosure", "decision", a.Decision, "error", err)
	}
}

func (s *server) send(ctx context.Context, out *lines[wire.Content], d decided, detail *index.TrailDetail) error {
	for _, e := range d.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		doc, err := s.Source.ReadContent(e)
		if err != nil {
			s.Log.WarnContext(ctx, "document of a disclosure", "path", e.Path, "error", err)
			detail.Refused++
			if err := out.send(wire.Content{Refused: e.ID}); err != nil {
				return err
			}
			continue
		}
		item := e.Item
		if err := out.send(wire.Content{Item: &item, Document: &doc}); err != nil {
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
