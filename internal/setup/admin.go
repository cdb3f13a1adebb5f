package setup

import (
	"context"
	"encoding/pem"
	"fmt"
	"os/user"
	"path/filepath"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/center/revocation/revocationdb"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// MaxCodeLife is the longest that a gateway's one-time code may be used: a hospital's
// machine is set up by somebody who comes next week.
const MaxCodeLife = 7 * 24 * time.Hour

// Admin does what an operator does at the center's own machine. A running center takes
// notice by itself: everything is read anew from the database. Every method writes its
// row of the access log in the transaction of what it does.
type Admin struct {
	*center.Base
	accounts  manage.Setup
	directory directorydb.Store
	devices   devicedb.Store

	revocations revocationdb.Store
}

// NewAdmin gives the operator's commands over an opened center.
func NewAdmin(b *center.Base) *Admin {
	return &Admin{Base: b, accounts: manage.Setup{
		Log: b.Audit, Seal: b.Seal, Hasher: credential.NewHasher(credential.DefaultParams()), By: atKeyboard(),
	}}
}

// atKeyboard names who runs the program, as far as the operating system knows.
func atKeyboard() string {
	u, err := user.Current()
	if err != nil {
		return "command line"
	}
	return "command line of " + u.Username
}

func (a *Admin) inTx(ctx context.Context, fn func(ctx context.Context, tx *db.Tx, now time.Time) error) error {
	now := a.Clock()
	return a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return fn(ctx, tx, now) })
}

// record appends the row of what was done at a facility.
func (a *Admin) record(ctx context.Context, tx *db.Tx, now time.Time, action audit.Action, f ident.FacilityID, detail map[string]any) error {
	_, err := a.Audit.Append(ctx, tx, now, audit.Event{
		Action: action, Outcome: audit.Done, UserName: a.accounts.By, Owner: f, Detail: detail,
	})
	return err
}

// AddUnion founds a union.
func (a *Admin) AddUnion(ctx context.Context, name string) (directory.Union, error) {
	if name == "" {
		return directory.Union{}, fault.New(fault.Invalid, "a union needs a name")
	}
	u := directory.Union{ID: ident.New[ident.UnionID](), Name: name}
	return u, a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if err := a.directory.AddUnion(ctx, tx, u, now); err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionSetup, "", map[string]any{"what": "union", "union": u.ID})
	})
}

// OnlyUnion gives the network's union if there is one only.
func (a *Admin) OnlyUnion(ctx context.Context) (directory.Union, error) {
	all, err := a.directory.Unions(ctx, a.DB.Reader())
	if err != nil {
		return directory.Union{}, err
	}
	if len(all) != 1 {
		return directory.Union{}, fault.New(fault.Invalid, "there are %d unions, not one", len(all))
	}
	return all[0], nil
}

// AddFacility takes a facility into unions. An empty id is made; it joins now.
func (a *Admin) AddFacility(ctx context.Context, f directory.Facility, unions ...ident.UnionID) (directory.Facility, error) {
	f.Unions, f.JoinedAt = unions, a.Clock()
	if f.ID == "" {
		f.ID = ident.New[ident.FacilityID]()
	}
	if err := f.Validate(); err != nil {
		return directory.Facility{}, err
	}
	return f, a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if err := a.directory.AddFacility(ctx, tx, f); err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionSetup, f.ID, map[string]any{"what": "facility", "unions": f.Unions})
	})
}

// Facility finds a facility by its 10-digit code.
func (a *Admin) Facility(ctx context.Context, code string) (directory.Facility, error) {
	all, err := a.directory.AllFacilities(ctx, a.DB.Reader())
	if err != nil {
		return directory.Facility{}, err
	}
	for _, f := range all {
		if f.Code == code {
			return f, nil
		}
	}
	return directory.Facility{}, fault.New(fault.NotFound, "no facility has the code %s", code)
}

// AddUser makes an account at a facility, with any role. Without given credentials its
// person comes in by a setup code.
func (a *Admin) AddUser(ctx context.Context, f ident.FacilityID, n manage.NewUser, given manage.Credentials) (created manage.Created, err error) {
	return created, a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) (err error) {
		created, err = a.accounts.User(ctx, tx, now, f, n, given)
		return err
	})
}

// SetupCode gives the account with a login, which has neither password nor passkey yet, a new
// setup code. An unknown login is of kind not found, one that has either of kind conflict.
func (a *Admin) SetupCode(ctx context.Context, login string) (created manage.Created, err error) {
	err = a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) (err error) {
		created, err = a.accounts.SetupCode(ctx, tx, now, credential.NormalizeLogin(login))
		return err
	})
	return created, err
}

// ClearUser records a training and a pledge on paper of the account with a login. An
// unknown login is of kind not found.
func (a *Admin) ClearUser(ctx context.Context, login string, r manage.Cleared) error {
	return a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		return a.accounts.RecordClearance(ctx, tx, now, credential.NormalizeLogin(login), r)
	})
}

// ReactivateUser takes a dormant account into use again.
func (a *Admin) ReactivateUser(ctx context.Context, login string) error {
	return a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		return a.accounts.Reactivate(ctx, tx, now, credential.NormalizeLogin(login))
	})
}

// IssueDevice makes a terminal's certificate as files in dir and enters the terminal
// into the ledger.
func (a *Admin) IssueDevice(ctx context.Context, f directory.Facility, name, place, dir string) (DeviceFiles, error) {
	files, err := makeDevice(a.Authority, f, name, place, dir)
	if err != nil {
		return DeviceFiles{}, err
	}
	return files, a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		files.Device.CreatedAt, files.Device.RegisteredBy = now, a.accounts.By
		if err := a.devices.Add(ctx, tx, files.Device); err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionDeviceIssue, f.ID,
			map[string]any{"device": files.Device.ID, "serial": files.Device.CertSerial})
	})
}

// SignDevice issues a terminal's certificate for the key of a request (PEM, PKCS #10),
// enters the terminal into the ledger and gives the certificate with the issuing CA's as
// PEM. A request that does not hold is of kind invalid.
func (a *Admin) SignDevice(ctx context.Context, f directory.Facility, name, place string, csr []byte) (device.Device, []byte, error) {
	var none device.Device
	block, _ := pem.Decode(csr)
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		return none, nil, fault.New(fault.Invalid, "no certificate request in PEM")
	}
	d := device.Device{ID: ident.New[ident.DeviceID](), Facility: f.ID, Name: name, Place: place}
	cert, err := a.Authority.IssueDevice(block.Bytes, d.ID, f.Code)
	if err != nil {
		return none, nil, err
	}
	d.CertSerial, d.CertSHA256, d.NotAfter = cert.SerialNumber.Text(16), tlsid.Fingerprint(cert), cert.NotAfter
	err = a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		d.CreatedAt = now
		if err := a.devices.Add(ctx, tx, d); err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionDeviceIssue, f.ID, map[string]any{"device": d.ID, "serial": d.CertSerial})
	})
	if err != nil {
		return none, nil, err
	}
	return d, tlsid.EncodeCerts(cert, a.Authority.Cert), nil
}

// RevokeDevice shuts a terminal out from its next request on.
func (a *Admin) RevokeDevice(ctx context.Context, id ident.DeviceID) error {
	return a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		d, err := a.devices.Device(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := a.devices.Revoke(ctx, tx, d, a.accounts.By, device.Unspecified, now); err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionDeviceRevoke, d.Facility, map[string]any{"device": id, "serial": d.CertSerial})
	})
}

// GatewayCode makes a one-time code with which a gateway of the facility enrols. It
// is shown once.
func (a *Admin) GatewayCode(ctx context.Context, f directory.Facility, label string, life time.Duration) (string, error) {
	if life <= 0 || life > MaxCodeLife {
		return "", fault.New(fault.Invalid, "a code lives up to %s, not %s", MaxCodeLife, life)
	}
	if !f.Disclosing {
		return "", fault.New(fault.Invalid, "%s does not disclose: it has no gateway", f.Name)
	}
	code := directory.NewCode()
	return code, a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		err := a.directory.AddCode(ctx, tx, directory.Code{
			SHA256: directory.HashCode(code), Purpose: directory.CodeGateway, Facility: f.ID, Label: label,
			CreatedBy: a.accounts.By, ExpiresAt: now.Add(life),
		}, now)
		if err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionSetup, f.ID, map[string]any{"what": "enrolment code", "purpose": directory.CodeGateway, "minutes": int(life / time.Minute)})
	})
}

// DeviceCode makes a one-time code with which a terminal of the facility enrols, in
// place of another one if that is named. It is shown once.
func (a *Admin) DeviceCode(ctx context.Context, f directory.Facility, name, place string, replaces ident.DeviceID) (string, error) {
	if name == "" {
		return "", fault.New(fault.Invalid, "a terminal needs a name by which people know it")
	}
	code := directory.NewCode()
	return code, a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if replaces != "" {
			old, err := a.devices.Device(ctx, tx, replaces)
			if err != nil {
				return err
			}
			if old.Facility != f.ID {
				return fault.New(fault.Invalid, "terminal %s is not one of %s", replaces, f.Name)
			}
		}
		err := a.directory.AddCode(ctx, tx, directory.Code{
			SHA256: directory.HashCode(code), Purpose: directory.CodeDevice, Facility: f.ID, Label: name, Place: place, Replaces: replaces,
			CreatedBy: a.accounts.By, ExpiresAt: now.Add(directory.CodeLife),
		}, now)
		if err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionSetup, f.ID, map[string]any{"what": "enrolment code", "purpose": directory.CodeDevice})
	})
}

// Gateways lists all gateways, revoked ones too.
func (a *Admin) Gateways(ctx context.Context) ([]directory.Gateway, error) {
	return a.directory.Gateways(ctx, a.DB.Reader())
}

// RevokeGateway shuts a gateway out. A running center drops its link within a second.
func (a *Admin) RevokeGateway(ctx context.Context, id ident.GatewayID, reason revocation.Reason) error {
	return a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		g, err := a.directory.Gateway(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := a.directory.RevokeGateway(ctx, tx, id, a.accounts.By, reason, now); err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionSetup, g.Facility, map[string]any{"what": "gateway revoked", "gateway": id, "serial": g.CertSerial, "cert_sha256": g.CertSHA256, "reason": reason})
	})
}

// IssueServer replaces the certificate of the center's hosts, which lasts a year. The
// center takes it at its next start. The files before stay beside the new ones.
func (a *Admin) IssueServer(ctx context.Context, hosts []string) error {
	aside := "." + a.Clock().UTC().Format("20060102T150405")
	for _, path := range []string{a.Config.TLS.Cert, a.Config.TLS.Key} {
		if err := keep(path, path+aside); err != nil {
			return err
		}
	}
	if err := makeServer(a.Authority, a.Config, hosts); err != nil {
		return fmt.Errorf("the files before are kept as %s: %w", filepath.Base(a.Config.TLS.Cert)+aside, err)
	}
	chain, err := tlsid.ReadCerts(a.Config.TLS.Cert)
	if err != nil {
		return err
	}
	own := center.OwnCertificate(wire.DeniedServer, chain[0])
	return a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if _, err := a.revocations.Note(ctx, tx, own, now); err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionSetup, "", map[string]any{
			"what": "server certificate", "hosts": hosts, "serial": own.Serial, "cert_sha256": own.SHA256,
		})
	})
}
