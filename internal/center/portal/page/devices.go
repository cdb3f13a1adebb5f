package page

import (
	"cmp"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Devices is the page of the facility's terminals.
//
// Forms: POST /manage/devices with name, place, user_group, os, method, legacy ("1")
// registers; under /manage/devices/{device}: POST replace with the same, renew, revoke
// with reason.
type Devices struct {
	Shell
	This   ident.DeviceID
	Rows   []device.Device
	Names  map[string]string // of users, by id: who registered a terminal
	Form   manage.NewDevice
	Errors Errors
	Ticket *DeviceTicket // shown in this one answer and never again
}

func (Devices) view() string { return "devices" }

// DeviceTicket is with what a terminal is enrolled.
type DeviceTicket struct {
	manage.Ticket
	Link    string // on the enrolment host
	Command string // for the terminal's own program; empty where there is none
}

// Methods lists how a terminal can get its certificate.
func (Devices) Methods() []device.Method { return device.Methods() }

// Reasons lists why a terminal can be shut out.
func (Devices) Reasons() []device.Reason { return device.Reasons() }

// Ending are the terminals that can be renewed, the first to end first.
func (d Devices) Ending() []device.Device {
	var out []device.Device
	for _, row := range d.Rows {
		if row.Warning(d.Now) != 0 {
			out = append(out, row)
		}
	}
	slices.SortFunc(out, func(a, b device.Device) int { return cmp.Or(a.NotAfter.Compare(b.NotAfter), cmp.Compare(a.ID, b.ID)) })
	return out
}

// Registrar names who of the facility registered a terminal; empty for an operator, of
// whom the method says enough to the facility. The ledger as a file has the account.
func (d Devices) Registrar(row device.Device) string { return d.Names[row.RegisteredBy] }

func registrar(row device.Device, names map[string]string) string {
	if name, ok := names[row.RegisteredBy]; ok {
		return name
	}
	return row.RegisteredBy
}

// deviceState words a terminal's state.
func deviceState(d device.Device, now time.Time) fault.Key {
	switch {
	case !d.RevokedAt.IsZero():
		return "devices.state_revoked"
	case d.Live(now):
		return "devices.live"
	}
	return "devices.expired"
}

// DeviceLedger gives the ledger of terminals as a table, its head first. Instants are in
// Japan's time.
func DeviceLedger(lang string, rows []device.Device, names map[string]string, now time.Time) [][]string {
	t := func(key fault.Key) string { return TextOf(lang, Message{Key: key}) }
	head := []string{}
	for _, key := range []fault.Key{"devices.name", "devices.place", "devices.group", "devices.os", "devices.method", "devices.state", "devices.until",
		"devices.registered_by", "devices.registered_at", "devices.seen", "devices.revoked_at", "devices.serial"} {
		head = append(head, t(key))
	}
	at := func(when time.Time) string {
		if when.IsZero() {
			return ""
		}
		return when.In(japan).Format("2006-01-02 15:04")
	}
	out := [][]string{head}
	for _, d := range rows {
		method := ""
		if d.Method != "" {
			method = t(fault.Key("device_method." + string(d.Method)))
		}
		out = append(out, []string{
			d.Name, d.Place, d.UserGroup, d.OS, method, t(deviceState(d, now)), at(d.NotAfter),
			registrar(d, names), at(d.CreatedAt), at(d.LastSeen), at(d.RevokedAt), d.CertSerial,
		})
	}
	return out
}
