// Package manage is what a facility manager (管理責任者) does for the own facility:
// accounts and their recovery, the release matrix, the access log, the list of terminals. It
// also holds what sets a network up before there is any manager ([Setup]).
//
// Every method of [Service] needs the manager's role and acts on the caller's own
// facility only. What changes accounts or the release matrix needs a fresh proof of who
// the manager is, too: kind denied, see [signin.NeedFresh]. The id of anything else is answered like one that does not exist,
// and noted in the access log.
package manage

import (
	"context"
	"errors"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/person/persondb"
	"mizuhiki.dev/mizuhiki/internal/center/release/releasedb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Gateways reaches the release matrix where it is mastered. A gateway that is not
// connected is of kind unavailable.
type Gateways interface {
	Release(ctx context.Context, f ident.FacilityID) (wire.ReleaseState, error)
	Propose(ctx context.Context, f ident.FacilityID, p wire.Proposal) (wire.ReleaseState, error)
}

// Config is what the service works with.
type Config struct {
	DB       *db.DB
	Log      auditdb.Log
	Seal     credential.Sealer
	Gateways Gateways
	Clock    func() time.Time
}

// Service serves facility managers. It is safe for concurrent use.
type Service struct {
	Config
	accounts  accountdb.Store
	devices   devicedb.Store
	directory directorydb.Store
	releases  releasedb.Store
	links     linkagedb.Store
	persons   persondb.Store
}

// New gives the service.
func New(cfg Config) *Service { return &Service{Config: cfg} }

func needManager(c signin.Caller) error {
	if !c.Has(access.RoleManager) {
		return fault.New(fault.Denied, "user %s is not a facility manager", c.User)
	}
	return nil
}

// needFreshManager is for what outlasts a session: who may come in, what others are shown.
func (s *Service) needFreshManager(c signin.Caller) error {
	if err := needManager(c); err != nil {
		return err
	}
	return signin.NeedFresh(c, s.Clock())
}

// foreign is the error of a step that met an id that is not the caller's to see.
type foreign struct {
	what  string
	owner ident.FacilityID // whose it is; empty if nobody's
}

func (f foreign) Error() string { return f.what + " is not of the caller's facility" }

// write runs fn in a transaction in a manager's name. If fn met something foreign the
// transaction is undone, the probe is filed in one of its own, and the answer is not found.
func (s *Service) write(ctx context.Context, c signin.Caller, fn func(ctx context.Context, tx *db.Tx, now time.Time) error) error {
	if err := needManager(c); err != nil {
		return err
	}
	now := s.Clock()
	err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return fn(ctx, tx, now) })
	var f foreign
	if !errors.As(err, &f) {
		return err
	}
	if err := s.probe(ctx, c, f); err != nil {
		return err
	}
	return fault.New(fault.NotFound, "%w", f)
}

// change is write for what needs a fresh proof.
func (s *Service) change(ctx context.Context, c signin.Caller, fn func(ctx context.Context, tx *db.Tx, now time.Time) error) error {
	if err := s.needFreshManager(c); err != nil {
		return err
	}
	return s.write(ctx, c, fn)
}

// Probe files that the caller asked for something by an id that is not theirs to see.
// Surfaces call it where no flow does. What says what kind of thing, and holds no
// value that was typed. It needs no role: whoever is signed in can try.
func (s *Service) Probe(ctx context.Context, c signin.Caller, what string) error {
	return s.probe(ctx, c, foreign{what: what})
}

func (s *Service) probe(ctx context.Context, c signin.Caller, f foreign) error {
	now := s.Clock()
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		e := audit.Event{Action: audit.ActionProbe, Outcome: audit.Denied, Owner: f.owner, Detail: map[string]any{"what": f.what}}
		_, err := s.Log.Append(ctx, tx, now, e.By(c.Viewer))
		return err
	})
}
