package disclose

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/catalog/catalogdb"
	"mizuhiki.dev/mizuhiki/internal/center/consent/consentdb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/person/persondb"
	"mizuhiki.dev/mizuhiki/internal/center/release/releasedb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// scene is all that the transaction read about one person for one caller.
type scene struct {
	person  person.Person
	own     linkage.Link
	consent bool
	owners  []owner // every disclosing facility of the union, in the order of their codes
}

// owner is one disclosing facility with what was decided about it.
type owner struct {
	facility directory.Facility
	link     linkage.Link // the zero link where none lives
	verdict  Verdict
}

func (o owner) linked() bool { return o.link.ID != "" }

// of finds a facility in the scene.
func (sc scene) of(f ident.FacilityID) (owner, bool) {
	for _, o := range sc.owners {
		if o.facility.ID == f {
			return o, true
		}
	}
	return owner{}, false
}

// read reads the facts about a person and decides about every owner. A person whom the
// caller's facility does not hold a confirmed number of is foreign: a suspended own
// link may mean that the number is another person's.
func read(ctx context.Context, tx *db.Tx, c signin.Caller, id ident.PersonID, now time.Time) (scene, error) {
	var sc scene
	var err error
	if sc.own, err = OwnLink(ctx, tx, c, id); err != nil {
		return scene{}, err
	}
	if !sc.own.Counts() {
		return scene{}, Foreign(c, "person", id)
	}
	if sc.person, err = (persondb.Store{}).Person(ctx, tx, c.Union, id); err != nil {
		return scene{}, err
	}
	if sc.consent, err = (consentdb.Store{}).InForce(ctx, tx, c.Union, id, now); err != nil {
		return scene{}, err
	}
	links, err := linkagedb.Store{}.Living(ctx, tx, c.Union, id)
	if err != nil {
		return scene{}, err
	}
	facilities, err := directorydb.Store{}.Facilities(ctx, tx, c.Union)
	if err != nil {
		return scene{}, err
	}
	for _, f := range facilities {
		if !f.Disclosing {
			continue
		}
		o := owner{facility: f, link: linkTo(links, f.ID)}
		copied, err := releasedb.Store{}.Copy(ctx, tx, f.ID)
		if err != nil {
			return scene{}, err
		}
		o.verdict = Decide(Facts{
			Viewer: c.Viewer, Owner: f.ID,
			ViewerLink: sc.own.Counts(), OwnerLink: o.link.Counts(), Consent: sc.consent,
			Release: copied, Now: now,
		})
		sc.owners = append(sc.owners, o)
	}
	return sc, nil
}

func linkTo(links []linkage.Link, f ident.FacilityID) linkage.Link {
	for _, l := range links {
		if l.Facility == f {
			return l
		}
	}
	return linkage.Link{}
}

// source says how an owner's data stands for the viewer. If nothing of it may be seen
// the answer holds nothing but the facility, whatever the reason is.
func (s *Service) source(ctx context.Context, tx *db.Tx, o owner, page Page) (Source, error) {
	src := Source{Facility: o.facility, State: Unshared}
	if len(o.verdict.Windows) == 0 {
		return src, nil
	}
	known, err := catalogdb.Store{}.Source(ctx, tx, o.facility.ID, o.link.PatientID)
	if err != nil {
		return Source{}, err
	}
	gateway, err := directorydb.Store{}.GatewayOf(ctx, tx, o.facility.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Source{}, err
	}
	src.FetchedAt, src.LastAnswer, src.Behind = known.FetchedAt, gateway.LastSeen, gateway.Behind
	src.Unreadable = known.UnreadableFor(kindsOf(o.verdict.Windows))
	src.Kinds = kindsOf(only(o.verdict.Windows, page.metadata()))
	src.Part = len(src.Kinds) > 0
	src.State = s.state(o.facility.ID, known)
	return src, nil
}

func (s *Service) state(f ident.FacilityID, known catalog.Source) SourceState {
	switch {
	case !s.cfg.Gateways.Online(f):
		return Silent
	case known.FetchedAt.IsZero():
		return Fetching
	default:
		return Fetched
	}
}
