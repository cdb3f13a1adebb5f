// Package register brings persons into the network and ties them to facilities
// (患者登録・紐付け): the work of the regional liaison office (地域連携室).
//
// A link is made when the facility's own record agrees. A disclosing facility's
// gateway compares it (患者照合) and says which fields differ, never what they hold;
// a facility without a gateway compares by hand. The gateway is asked first and then
// everything is written in one transaction; if that fails the gateway is told to
// forget the patient.
//
// Consent and links are rows that every request reads, so what is taken back acts on
// the next one. Gateways are told at once as well, as far as they answer; what
// guarantees it is the set of linked patients that each gets when it connects (see
// package refresh), which holds nobody without a consent in force.
package register

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/catalog/catalogdb"
	"mizuhiki.dev/mizuhiki/internal/center/consent/consentdb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/person/persondb"
	"mizuhiki.dev/mizuhiki/internal/center/register/registerdb"
	"mizuhiki.dev/mizuhiki/internal/center/release/releasedb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

const (
	// gatewayTimeout is how long a gateway may take over one question of a clerk.
	gatewayTimeout = 5 * time.Second
	// tellTimeout is how long gateways have to hear of what was taken back, before the
	// clerk's answer is given all the same.
	tellTimeout = 3 * time.Second
)

// Gateways is what registering asks of the link.
type Gateways interface {
	Online(f ident.FacilityID) bool
	Candidates(ctx context.Context, f ident.FacilityID, c wire.Claim) (wire.Candidates, error)
	Verify(ctx context.Context, f ident.FacilityID, c wire.Claim) (wire.Verification, error)
	Link(ctx context.Context, f ident.FacilityID, c wire.Claim) (wire.Verification, error)
	Unlink(ctx context.Context, f ident.FacilityID, id ident.LocalPatientID) error
}

// Config is what the service works with.
type Config struct {
	DB       *db.DB
	Audit    auditdb.Log
	Gateways Gateways
	Clock    func() time.Time
	Log      *slog.Logger
}

// Service registers. It is safe for concurrent use.
type Service struct {
	cfg      Config
	guard    disclose.Guard
	persons  persondb.Store
	links    linkagedb.Store
	consents consentdb.Store
	catalog  catalogdb.Store
	release  releasedb.Store
	network  directorydb.Store
	list     registerdb.Store
}

// New makes the service.
func New(cfg Config) *Service {
	return &Service{cfg: cfg, guard: disclose.Guard{DB: cfg.DB, Audit: cfg.Audit, Clock: cfg.Clock}}
}

// demandLiaison refuses who may not register. The refusal leaves a row.
func (s *Service) demandLiaison(ctx context.Context, c signin.Caller, a audit.Action) error {
	return s.guard.Refused(ctx, disclose.Demand(c, a, access.RoleLiaison))
}

// snapshot reads on one snapshot, as [disclose.Guard.InTx] with regard to refusals.
func (s *Service) snapshot(ctx context.Context, fn func(ctx context.Context, tx *db.Tx, now time.Time) error) error {
	now := s.cfg.Clock()
	return s.guard.Refused(ctx, s.cfg.DB.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) error { return fn(ctx, tx, now) }))
}

// append writes a row about a person in the transaction of what it records.
func (s *Service) append(ctx context.Context, tx *db.Tx, now time.Time, c signin.Caller, e audit.Event) error {
	_, err := s.cfg.Audit.Append(ctx, tx, now, e.By(c.Viewer))
	return err
}

// disclosing finds a disclosing facility of the caller's union; any other id is foreign.
func (s *Service) disclosing(ctx context.Context, q db.Querier, c signin.Caller, p ident.PersonID, f ident.FacilityID) (directory.Facility, error) {
	list, err := s.network.Facilities(ctx, q, c.Union)
	if err != nil {
		return directory.Facility{}, err
	}
	for _, found := range list {
		if found.ID == f && found.Disclosing {
			return found, nil
		}
	}
	return directory.Facility{}, disclose.Foreign(c, "facility", p)
}

// claim says who a person is, for comparison with a facility's record of a patient number.
func claim(p person.Person, id ident.LocalPatientID) wire.Claim {
	return wire.Claim{PatientID: id, Name: p.Name, Kana: p.Kana, BirthDate: p.BirthDate.String(), Sex: p.Sex}
}

// verified asks a facility's gateway to link a patient. If its record does not agree
// the error is the reader's, of kind invalid: link.unknown_id, or link.mismatch with
// the names of the fields as parameter "fields". The refusal leaves a row.
func (s *Service) verified(ctx context.Context, c signin.Caller, f ident.FacilityID, p person.Person, id ident.LocalPatientID) error {
	ctx, cancel := context.WithTimeout(ctx, gatewayTimeout)
	defer cancel()
	v, err := s.cfg.Gateways.Link(ctx, f, claim(p, id))
	if err != nil {
		return silentIf(ctx, err)
	}
	return s.refuseMismatch(ctx, c, f, p, id, v)
}

// refuseMismatch refuses what a facility's record does not agree with, see [Service.verified].
func (s *Service) refuseMismatch(ctx context.Context, c signin.Caller, f ident.FacilityID, p person.Person, id ident.LocalPatientID, v wire.Verification) error {
	if v.Known && v.Match {
		return nil
	}
	e := audit.Event{Action: audit.ActionLinkRefused, Outcome: audit.Denied, Owner: f, Person: p.ID}
	if !v.Known {
		e.Detail = map[string]any{"cause": "unknown_id", "patient_id": id}
		return s.guard.Refused(ctx, disclose.Refuse(e.By(c.Viewer), fault.WithKey(fault.Invalid, "link.unknown_id", map[string]any{"id": id})))
	}
	e.Detail = map[string]any{"cause": "mismatch", "fields": v.Differs, "patient_id": id}
	return s.guard.Refused(ctx, disclose.Refuse(e.By(c.Viewer), fault.WithKey(fault.Invalid, "link.mismatch", map[string]any{"id": id, "fields": v.Differs})))
}

// silentIf makes a deadline that the gateway let pass the silence that it is.
func silentIf(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && !fault.Is(err, fault.Unavailable) {
		return &fault.Error{Kind: fault.Unavailable, Key: "gateway.silent", Err: err}
	}
	return err
}

// forget tells gateways that they serve patients no longer, all at once, and waits for
// them only briefly. A number that is still linked and consented to, in another union
// or because another clerk was faster, is left alone. Failing is no error: a gateway
// that does not hear it gets the whole set when it connects.
func (s *Service) forget(ctx context.Context, links ...linkage.Link) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	var wg sync.WaitGroup
	for _, l := range links {
		wg.Go(func() {
			alive, err := s.links.InForceOf(ctx, s.cfg.DB.Reader(), l.Facility, l.PatientID, s.cfg.Clock())
			if err == nil && len(alive) == 0 {
				err = s.cfg.Gateways.Unlink(ctx, l.Facility, l.PatientID)
			}
			s.untold(ctx, l, err)
		})
	}
	wg.Wait()
}

func (s *Service) untold(ctx context.Context, l linkage.Link, err error) {
	if err != nil {
		s.cfg.Log.WarnContext(ctx, "a gateway has not heard of a change of links; the next set of linked patients says it",
			slog.String(logging.KeyFacility, string(l.Facility)), slog.Any(logging.KeyError, err))
	}
}

// served lists those of a person's links that a gateway serves, or would.
func (s *Service) served(ctx context.Context, q db.Querier, union ident.UnionID, p ident.PersonID) ([]linkage.Link, error) {
	links, err := s.links.Living(ctx, q, union, p)
	if err != nil {
		return nil, err
	}
	var out []linkage.Link
	for _, l := range links {
		if l.VerifiedBy == linkage.ByGateway && l.Counts() {
			out = append(out, l)
		}
	}
	return out, nil
}
