package register

import (
	"context"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Frame is who a patient is and how they are tied: all that the page of links shows.
type Frame struct {
	Person         person.Person
	OwnLink        linkage.Link
	Links          []linkage.Link                      // living ones to disclosing facilities that the caller may know of, the own one among them
	Facilities     []directory.Facility                // every disclosing facility of the union, in the order of their codes
	Sources        map[ident.FacilityID]catalog.Source // of Links, by facility
	Unreadable     map[ident.FacilityID]int            // of Links: files that could not be read, of kinds that the caller may see there or that are not known; at the own facility all
	Online         map[ident.FacilityID]bool           // gateways that are connected
	Consents       []consent.Record                    // the latest first
	ConsentInForce bool
	Former         []person.Former // what the demographics were before they were corrected, while the caller's facility was linked, the latest first; for liaison clerks
}

// Frame gives the frame of a patient to any user of a facility with a living link to
// them. Others than liaison clerks learn only of links from which they may see
// something. Without an own link the patient is not found.
func (s *Service) Frame(ctx context.Context, c signin.Caller, id ident.PersonID) (Frame, error) {
	if err := s.guard.Refused(ctx, disclose.Demand(c, audit.ActionOpenPatient)); err != nil {
		return Frame{}, err
	}
	var f Frame
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		var err error
		if f, err = s.frame(ctx, tx, c, id, now); err != nil {
			return err
		}
		return s.append(ctx, tx, now, c, audit.Event{Action: audit.ActionOpenPatient, Outcome: audit.Allowed, Person: id, Detail: map[string]any{"page": "links"}})
	})
	if err != nil {
		return Frame{}, err
	}
	return f, nil
}

// Name gives the name of a patient of the caller's facility, for a question about them. It
// leaves a row as [Service.Frame] does.
func (s *Service) Name(ctx context.Context, c signin.Caller, id ident.PersonID) (string, error) {
	if err := s.demandLiaison(ctx, c, audit.ActionOpenPatient); err != nil {
		return "", err
	}
	var name string
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if _, err := disclose.OwnLink(ctx, tx, c, id); err != nil {
			return err
		}
		p, err := s.persons.Person(ctx, tx, c.Union, id)
		if err != nil {
			return err
		}
		name = p.Name
		return s.append(ctx, tx, now, c, audit.Event{Action: audit.ActionOpenPatient, Outcome: audit.Allowed, Person: id, Detail: map[string]any{"page": "step_up"}})
	})
	if err != nil {
		return "", err
	}
	return name, nil
}

func (s *Service) frame(ctx context.Context, tx *db.Tx, c signin.Caller, id ident.PersonID, now time.Time) (Frame, error) {
	f := Frame{Sources: map[ident.FacilityID]catalog.Source{}, Unreadable: map[ident.FacilityID]int{}, Online: map[ident.FacilityID]bool{}}
	var err error
	if f.OwnLink, err = disclose.OwnLink(ctx, tx, c, id); err != nil {
		return Frame{}, err
	}
	if !f.OwnLink.Counts() && !c.Has(access.RoleLiaison) {
		return Frame{}, disclose.Foreign(c, "person", id) // the number may be another person's now
	}
	if f.Person, err = s.persons.Person(ctx, tx, c.Union, id); err != nil {
		return Frame{}, err
	}
	if f.Consents, err = s.consents.OfPerson(ctx, tx, c.Union, id); err != nil {
		return Frame{}, err
	}
	if f.ConsentInForce, err = s.consents.InForce(ctx, tx, c.Union, id, now); err != nil {
		return Frame{}, err
	}
	if c.Has(access.RoleLiaison) {
		if f.Former, err = s.formerOfOwnTime(ctx, tx, c, id); err != nil {
			return Frame{}, err
		}
	}
	seen, err := s.sight(ctx, tx, c, now)
	if err != nil {
		return Frame{}, err
	}
	f.Facilities = seen.disclosing
	links, err := s.links.Living(ctx, tx, c.Union, id)
	if err != nil {
		return Frame{}, err
	}
	for _, facility := range seen.disclosing {
		f.Online[facility.ID] = s.cfg.Gateways.Online(facility.ID)
		for _, l := range links {
			if l.Facility != facility.ID || l.Facility != c.Facility && !seen.knows(c, f.OwnLink, l, f.ConsentInForce) {
				continue
			}
			f.Links = append(f.Links, l)
			source, err := s.catalog.Source(ctx, tx, l.Facility, l.PatientID)
			if err != nil {
				return Frame{}, err
			}
			f.Sources[l.Facility] = source
			f.Unreadable[l.Facility] = seen.unreadable(c, source)
		}
	}
	return f, nil
}

// formerOfOwnTime lists what a person's demographics were while the caller's facility was
// linked to them: what they were called before, or between two links, is not its to know.
func (s *Service) formerOfOwnTime(ctx context.Context, q db.Querier, c signin.Caller, id ident.PersonID) ([]person.Former, error) {
	own, err := s.links.Ever(ctx, q, c.Union, id, c.Facility)
	if err != nil {
		return nil, err
	}
	former, err := s.persons.Former(ctx, q, id)
	if err != nil {
		return nil, err
	}
	var out []person.Former
	for i, f := range former {
		var since time.Time
		if i+1 < len(former) {
			since = former[i+1].ChangedAt
		}
		if slices.ContainsFunc(own, func(l linkage.Link) bool { return l.Lived(since, f.ChangedAt) }) {
			out = append(out, f)
		}
	}
	return out, nil
}
