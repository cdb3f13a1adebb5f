package manage

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Setup is what the network operator (運営管理者) does at the server's own command
// line, before and beside any manager: unions, facilities, first accounts, terminals,
// enrolment. Each method works in the caller's transaction, files what was done under
// the name By, and leaves it to the caller to have checked who is at the keyboard.
type Setup struct {
	Log    auditdb.Log
	Seal   signin.Sealer
	Hasher *signin.Hasher
	By     string // who is at the keyboard, for the log
}

func (s Setup) audit(ctx context.Context, tx *db.Tx, now time.Time, a audit.Action, owner ident.FacilityID, detail map[string]any) error {
	_, err := s.Log.Append(ctx, tx, now, audit.Event{Action: a, Outcome: audit.Done, UserName: s.By, Owner: owner, Detail: detail})
	return err
}

// Union founds a union.
func (s Setup) Union(ctx context.Context, tx *db.Tx, now time.Time, name string) (directory.Union, error) {
	if name == "" || !printable(name) {
		return directory.Union{}, fault.New(fault.Invalid, "a union needs a name of at most 60 characters")
	}
	u := directory.Union{ID: ident.New[ident.UnionID](), Name: name}
	if err := (directorydb.Store{}).AddUnion(ctx, tx, u, now); err != nil {
		return directory.Union{}, err
	}
	return u, s.audit(ctx, tx, now, audit.ActionSetup, "", map[string]any{"what": "union", "union": u.ID})
}

// Facility takes a facility into its unions. An empty id is made; the day of joining is now.
func (s Setup) Facility(ctx context.Context, tx *db.Tx, now time.Time, f directory.Facility) (directory.Facility, error) {
	if err := f.Validate(); err != nil {
		return directory.Facility{}, err
	}
	if f.ID == "" {
		f.ID = ident.New[ident.FacilityID]()
	}
	f.JoinedAt = now
	if err := (directorydb.Store{}).AddFacility(ctx, tx, f); err != nil {
		return directory.Facility{}, err
	}
	return f, s.audit(ctx, tx, now, audit.ActionSetup, f.ID, map[string]any{"what": "facility", "unions": f.Unions})
}

// User makes an account at a facility, with any role, also the operator's.
func (s Setup) User(ctx context.Context, tx *db.Tx, now time.Time, f ident.FacilityID, n NewUser, given Credentials) (Created, error) {
	u, created, err := issuer{s.Seal, s.Hasher}.user(ctx, n, given)
	if err != nil {
		return Created{}, err
	}
	u.Facility, u.CreatedBy, u.CreatedAt = f, "setup", now
	if err := (accountdb.Store{}).Add(ctx, tx, u); err != nil {
		return Created{}, err
	}
	created.User = withoutSecrets(u)
	return created, s.audit(ctx, tx, now, audit.ActionUserCreate, f, map[string]any{"user": u.ID, "roles": u.Roles, "profession": u.Profession})
}

// Device registers a terminal with its certificate. An empty id is made.
func (s Setup) Device(ctx context.Context, tx *db.Tx, now time.Time, d device.Device) (device.Device, error) {
	if d.ID == "" {
		d.ID = ident.New[ident.DeviceID]()
	}
	d.CreatedAt = now
	if err := (devicedb.Store{}).Add(ctx, tx, d); err != nil {
		return device.Device{}, err
	}
	return d, s.audit(ctx, tx, now, audit.ActionDeviceIssue, d.Facility, map[string]any{"device": d.ID, "serial": d.CertSerial})
}

// RevokeDevice shuts a terminal out from the next request on.
func (s Setup) RevokeDevice(ctx context.Context, tx *db.Tx, now time.Time, id ident.DeviceID) error {
	d, err := devicedb.Store{}.Device(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := (devicedb.Store{}).Revoke(ctx, tx, id, now); err != nil {
		return err
	}
	return s.audit(ctx, tx, now, audit.ActionDeviceRevoke, d.Facility, map[string]any{"device": id})
}

// Code makes a one-time code with which a gateway or a terminal of a facility enrols
// within [directory.CodeLife]. It is shown once.
func (s Setup) Code(ctx context.Context, tx *db.Tx, now time.Time, f ident.FacilityID, purpose directory.CodePurpose, label string) (string, error) {
	if _, err := (directorydb.Store{}).Facility(ctx, tx, f); err != nil {
		return "", err
	}
	code := directory.NewCode()
	c := directory.Code{SHA256: directory.HashCode(code), Purpose: purpose, Facility: f, Label: label, CreatedBy: s.By, ExpiresAt: now.Add(directory.CodeLife)}
	if err := (directorydb.Store{}).AddCode(ctx, tx, c, now); err != nil {
		return "", err
	}
	return code, s.audit(ctx, tx, now, audit.ActionSetup, f, map[string]any{"what": "enrolment code", "purpose": purpose})
}

// EnrollGateway registers a facility's gateway with its certificate and revokes the
// one that it replaces. An empty id is made.
func (s Setup) EnrollGateway(ctx context.Context, tx *db.Tx, now time.Time, g directory.Gateway) (directory.Gateway, error) {
	var store directorydb.Store
	if g.ID == "" {
		g.ID = ident.New[ident.GatewayID]()
	}
	g.EnrolledAt = now
	detail := map[string]any{"gateway": g.ID}
	switch old, err := store.GatewayOf(ctx, tx, g.Facility); {
	case err == nil:
		if err := store.RevokeGateway(ctx, tx, old.ID, now); err != nil {
			return directory.Gateway{}, err
		}
		detail["replaces"] = old.ID
	case !fault.Is(err, fault.NotFound):
		return directory.Gateway{}, err
	}
	if err := store.AddGateway(ctx, tx, g); err != nil {
		return directory.Gateway{}, err
	}
	return g, s.audit(ctx, tx, now, audit.ActionGatewayEnroll, g.Facility, detail)
}
