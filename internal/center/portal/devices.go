package portal

import (
	"encoding/csv"
	"net/http"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/enroll"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func (p *Portal) devicesView(r *http.Request, c signin.Caller) (page.Devices, error) {
	rows, names, err := p.Manage.Devices(r.Context(), c)
	return page.Devices{Shell: p.shell(r, c, page.SectionDevices, "/manage/devices"), This: c.Device, Rows: rows, Names: names}, err
}

func (p *Portal) devices(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	view, err := p.devicesView(r, c)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

func deviceForm(r *http.Request) manage.NewDevice {
	text := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return manage.NewDevice{
		Name: text("name"), Place: text("place"), UserGroup: text("user_group"), OS: text("os"),
		Method: device.Method(r.PostFormValue("method")), Legacy: r.PostFormValue("legacy") == "1",
	}
}

func (p *Portal) deviceRegister(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	form := deviceForm(r)
	t, err := p.Manage.RegisterDevice(r.Context(), c, form)
	return p.ticket(w, r, c, t, form, err)
}

func (p *Portal) deviceReplace(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	return p.changeDevice(w, r, c, func(id ident.DeviceID) (manage.Ticket, error) {
		return p.Manage.ReplaceDevice(r.Context(), c, id, deviceForm(r))
	})
}

func (p *Portal) deviceRenew(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	return p.changeDevice(w, r, c, func(id ident.DeviceID) (manage.Ticket, error) {
		return p.Manage.RenewDevice(r.Context(), c, id)
	})
}

func (p *Portal) changeDevice(w http.ResponseWriter, r *http.Request, c signin.Caller, ask func(ident.DeviceID) (manage.Ticket, error)) error {
	id, err := pathID[ident.DeviceID](r, "device")
	if err != nil {
		return err
	}
	t, err := ask(id)
	return p.ticket(w, r, c, t, manage.NewDevice{}, err)
}

// ticket shows the terminals with a code that is seen this once, or what was wrong. It
// does not redirect: the code is kept nowhere.
func (p *Portal) ticket(w http.ResponseWriter, r *http.Request, c signin.Caller, t manage.Ticket, form manage.NewDevice, err error) error {
	if err != nil {
		return p.devicesRefused(w, r, c, form, err)
	}
	view, err := p.devicesView(r, c)
	if err != nil {
		return err
	}
	view.Ticket = &page.DeviceTicket{Ticket: t, Link: strings.TrimSuffix(p.Enroll.Address, "/") + enroll.Link(t.Method, t.Code)}
	if t.Method == device.ByHelper {
		view.Ticket.Command = "mizuhiki enroll device --center " + p.Enroll.Address + " --ca-fingerprint " + p.Enroll.CAFingerprint + " --code " + t.Code
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

// deviceField says beside which field of the new terminal's form a refusal belongs.
var deviceField = map[fault.Key]string{
	"device.name_missing":   "name",
	"device.place_missing":  "place",
	"device.group_missing":  "user_group",
	"device.os_invalid":     "os",
	"device.method_missing": "method",
}

func (p *Portal) devicesRefused(w http.ResponseWriter, r *http.Request, c signin.Caller, form manage.NewDevice, err error) error {
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	view, err := p.devicesView(r, c)
	if err != nil {
		return err
	}
	view.Form = form
	if field, ok := deviceField[notice.Key]; ok && r.PathValue("device") == "" {
		view.Errors = page.Errors{field: notice.Message}
	} else {
		view.Notice = notice
	}
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

func (p *Portal) deviceRevoke(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	id, err := pathID[ident.DeviceID](r, "device")
	if err != nil {
		return err
	}
	if err := p.Manage.RevokeDevice(r.Context(), c, id, device.Reason(r.PostFormValue("reason"))); err != nil {
		return p.devicesRefused(w, r, c, manage.NewDevice{}, err)
	}
	done(w, r, "devices.revoke_done", "/manage/devices")
	return nil
}

// deviceLedger gives the ledger of terminals as a file for spreadsheets.
func (p *Portal) deviceLedger(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	rows, names, err := p.Manage.Devices(r.Context(), c)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="device-ledger.csv"`)
	if _, err := w.Write([]byte("\ufeff")); err != nil { // spreadsheets take it for UTF-8 by this
		return nil
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for _, row := range page.DeviceLedger(language(r.Context()), rows, names, p.Clock()) {
		for i := range row {
			row[i] = cell(row[i])
		}
		if err := out.Write(row); err != nil {
			return nil // the reader has gone away
		}
	}
	out.Flush()
	return nil
}

// expiry is the warning that stands on every page while a certificate ends soon: of the
// terminal at which somebody sits, else, for managers on their pages, of any of the
// facility; nil for none.
func (p *Portal) expiry(r *http.Request, c signin.Caller, section page.Section) *page.Expiry {
	now := p.Clock()
	here := device.Device{NotAfter: c.DeviceEnds}
	if step := here.Warning(now); step != 0 {
		return &page.Expiry{Here: true, Days: here.DaysLeft(now), Pressing: step <= 15}
	}
	managing := section == page.SectionUsers || section == page.SectionRelease || section == page.SectionLog || section == page.SectionDevices
	if !managing || !c.Has(access.RoleManager) {
		return nil
	}
	count, days, err := p.Manage.EndingDevices(r.Context(), c)
	if err != nil {
		p.report(r, err)
		return nil
	}
	if count == 0 {
		return nil
	}
	return &page.Expiry{Count: count, Days: days, Pressing: days <= 15}
}
