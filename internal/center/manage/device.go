package manage

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// NewDevice is what is asked for when a terminal is registered.
type NewDevice struct {
	Name      string
	Place     string
	UserGroup string // ward or department
	OS        string // empty: the terminal's own program says
	Method    device.Method
	Legacy    bool // a file with the ciphers that old systems know; not for [device.ByHelper]
}

// Validate refuses, with kind invalid, the first of: device.name_missing,
// device.place_missing, device.group_missing (each also if too long or unprintable),
// device.os_invalid, device.method_missing.
func (n NewDevice) Validate() error {
	for _, f := range []struct {
		value string
		key   fault.Key
	}{{n.Name, "device.name_missing"}, {n.Place, "device.place_missing"}, {n.UserGroup, "device.group_missing"}} {
		if strings.TrimSpace(f.value) == "" || !printable(f.value) {
			return fault.WithKey(fault.Invalid, f.key, nil)
		}
	}
	if !printable(n.OS) {
		return fault.WithKey(fault.Invalid, "device.os_invalid", nil)
	}
	if !slices.Contains(device.Methods(), n.Method) {
		return fault.WithKey(fault.Invalid, "device.method_missing", nil)
	}
	return nil
}

// Ticket is with what a terminal gets its certificate. It is shown once and stands
// nowhere else in clear.
type Ticket struct {
	Name      string
	Method    device.Method
	Code      string
	Password  string // of the file; empty with [device.ByHelper]
	ExpiresAt time.Time
	Replaces  string // name of the terminal that will be shut out; empty for none
	Renews    bool
}

// RegisterDevice gives out a one-time code for a new terminal of the caller's facility.
// The terminal stands in the ledger once it has its certificate. Kind invalid with the
// keys of [NewDevice.Validate].
func (s *Service) RegisterDevice(ctx context.Context, c signin.Caller, n NewDevice) (Ticket, error) {
	return s.ticket(ctx, c, n, "")
}

// ReplaceDevice is RegisterDevice for a terminal that takes another's place: that one is
// shut out at the moment in which the new one gets its certificate. One that is shut out
// already is of kind conflict, key device.revoked.
func (s *Service) ReplaceDevice(ctx context.Context, c signin.Caller, old ident.DeviceID, n NewDevice) (Ticket, error) {
	return s.ticket(ctx, c, n, old)
}

func (s *Service) ticket(ctx context.Context, c signin.Caller, n NewDevice, replaces ident.DeviceID) (Ticket, error) {
	if err := s.needFreshManager(c); err != nil {
		return Ticket{}, err
	}
	if err := n.Validate(); err != nil {
		return Ticket{}, err
	}
	code := directory.Code{
		Label: strings.TrimSpace(n.Name), Place: strings.TrimSpace(n.Place), UserGroup: strings.TrimSpace(n.UserGroup), OS: strings.TrimSpace(n.OS),
		Legacy: n.Legacy && n.Method != device.ByHelper, Replaces: replaces,
	}
	var t Ticket
	err := s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) (err error) {
		var old device.Device
		if replaces != "" {
			if old, err = s.ownDevice(ctx, tx, c, replaces); err != nil {
				return err
			}
		}
		t, err = s.addCode(ctx, tx, c, code, n.Method, now)
		t.Replaces = old.Name
		return err
	})
	return t, err
}

// RenewDevice gives out a one-time code with which a terminal gets its next certificate,
// the way it got the one that it has. A certificate that has ended is of kind conflict,
// key device.expired; one that holds for long yet, device.too_early.
func (s *Service) RenewDevice(ctx context.Context, c signin.Caller, id ident.DeviceID) (t Ticket, err error) {
	err = s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		d, err := s.ownDevice(ctx, tx, c, id)
		switch {
		case err != nil:
			return err
		case !d.Live(now):
			return fault.WithKey(fault.Conflict, "device.expired", nil)
		case !d.Renewable(now):
			return fault.WithKey(fault.Conflict, "device.too_early", nil)
		}
		method := d.Method
		if !slices.Contains(device.Methods(), method) {
			method = device.ByPKCS12 // an operator's files are of that form
		}
		t, err = s.addCode(ctx, tx, c, directory.Code{Label: d.Name, Place: d.Place, UserGroup: d.UserGroup, OS: d.OS, Renews: d.ID}, method, now)
		return err
	})
	return t, err
}

var purposes = map[device.Method]directory.CodePurpose{
	device.ByHelper: directory.CodeDevice, device.ByPKCS12: directory.CodePKCS12, device.ByProfile: directory.CodeProfile,
}

// addCode files a code and its row of the log.
func (s *Service) addCode(ctx context.Context, tx *db.Tx, c signin.Caller, code directory.Code, method device.Method, now time.Time) (Ticket, error) {
	t := Ticket{Name: code.Label, Method: method, Code: directory.NewCode(), ExpiresAt: now.Add(directory.CodeLife), Renews: code.Renews != ""}
	code.SHA256, code.Purpose, code.Facility = directory.HashCode(t.Code), purposes[method], c.Facility
	code.CreatedBy, code.ExpiresAt = string(c.User), t.ExpiresAt
	if method != device.ByHelper {
		// 128 random bits: what PKCS #12 does to a password would protect nothing shorter.
		t.Password = rand.Text()
		var err error
		if code.SealedPassword, err = s.Seal.Seal(t.Password, directory.PasswordContext(code.SHA256)); err != nil {
			return Ticket{}, fmt.Errorf("seal password of a terminal's file: %w", err)
		}
	}
	if err := s.directory.AddCode(ctx, tx, code, now); err != nil {
		return Ticket{}, err
	}
	detail := map[string]any{"method": method}
	if code.Replaces != "" {
		detail["replaces"] = code.Replaces
	}
	if code.Renews != "" {
		detail["renews"] = code.Renews
	}
	return t, s.auditDevice(ctx, tx, c, now, audit.ActionDeviceCode, detail)
}

// RevokeDevice shuts a terminal of the caller's facility out, from its next request on.
// Not the one at which the caller sits: kind conflict, key device.self. One that is shut
// out already is of kind conflict, key device.revoked; a reason that is none, of kind
// invalid, key device.reason_missing.
func (s *Service) RevokeDevice(ctx context.Context, c signin.Caller, id ident.DeviceID, reason device.Reason) error {
	return s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		d, err := s.ownDevice(ctx, tx, c, id)
		switch {
		case err != nil:
			return err
		case d.ID == c.Device:
			return fault.WithKey(fault.Conflict, "device.self", nil)
		case !slices.Contains(device.Reasons(), reason):
			return fault.WithKey(fault.Invalid, "device.reason_missing", nil)
		}
		if err := s.devices.Revoke(ctx, tx, d, string(c.User), reason, now); err != nil {
			return err
		}
		return s.auditDevice(ctx, tx, c, now, audit.ActionDeviceRevoke, map[string]any{"device": d.ID, "serial": d.CertSerial, "reason": reason})
	})
}

// ownDevice reads a terminal of the caller's facility that has not been shut out.
func (s *Service) ownDevice(ctx context.Context, tx *db.Tx, c signin.Caller, id ident.DeviceID) (device.Device, error) {
	d, err := s.devices.Device(ctx, tx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return d, foreign{what: "device"}
	case err != nil:
		return d, err
	case d.Facility != c.Facility:
		return d, foreign{what: "device", owner: d.Facility}
	case !d.RevokedAt.IsZero():
		return d, fault.WithKey(fault.Conflict, "device.revoked", nil)
	}
	return d, nil
}

func (s *Service) auditDevice(ctx context.Context, tx *db.Tx, c signin.Caller, now time.Time, a audit.Action, detail map[string]any) error {
	e := audit.Event{Action: a, Outcome: audit.Done, Owner: c.Facility, Detail: detail}
	_, err := s.Log.Append(ctx, tx, now, e.By(c.Viewer))
	return err
}

// Devices lists the terminals of the caller's facility, revoked ones too, and the names
// of those who registered them: of users of the facility, by id.
func (s *Service) Devices(ctx context.Context, c signin.Caller) ([]device.Device, map[string]string, error) {
	if err := needManager(c); err != nil {
		return nil, nil, err
	}
	rows, err := s.devices.OfFacility(ctx, s.DB.Reader(), c.Facility)
	if err != nil {
		return nil, nil, err
	}
	users, err := s.accounts.OfFacility(ctx, s.DB.Reader(), c.Facility)
	if err != nil {
		return nil, nil, err
	}
	names := map[string]string{}
	for _, u := range users {
		names[string(u.ID)] = u.DisplayName
	}
	return rows, names, nil
}

// EndingDevices counts the live terminals of the caller's facility whose certificate ends
// soon enough to be told of, and says how many days the first has left.
func (s *Service) EndingDevices(ctx context.Context, c signin.Caller) (count, days int, err error) {
	if err := needManager(c); err != nil {
		return 0, 0, err
	}
	rows, err := s.devices.OfFacility(ctx, s.DB.Reader(), c.Facility)
	now := s.Clock()
	for _, d := range rows {
		if d.Warning(now) == 0 || d.Next.SHA256 != "" {
			continue
		}
		if left := d.DaysLeft(now); count == 0 || left < days {
			days = left
		}
		count++
	}
	return count, days, err
}
