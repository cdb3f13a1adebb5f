package inspect

import (
	"cmp"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jcode"
)

// Drugs as people look for them in a terminal: ordered, dispensed, injected.
type (
	drugEntry struct {
		RP        string        `json:"rp,omitempty"`
		Drug      string        `json:"drug"`
		Code      string        `json:"code,omitempty"`
		System    string        `json:"system,omitempty"`
		LocalCode string        `json:"local_code,omitempty"`
		Dose      string        `json:"dose,omitempty"`
		Unit      string        `json:"unit,omitempty"`
		DailyDose string        `json:"daily_dose,omitempty"`
		DailyUnit string        `json:"daily_unit,omitempty"`
		Total     string        `json:"total,omitempty"`
		TotalUnit string        `json:"total_unit,omitempty"`
		Form      string        `json:"form,omitempty"`
		Usage     string        `json:"usage,omitempty"`
		UsageCode string        `json:"usage_code,omitempty"`
		Days      int           `json:"days,omitempty"`
		Times     int           `json:"times,omitempty"`
		AsNeeded  bool          `json:"as_needed,omitempty"`
		Start     clinical.Time `json:"start,omitempty"`
		End       clinical.Time `json:"end,omitempty"`
		Route     string        `json:"route,omitempty"`
		Status    string        `json:"status,omitempty"`

		DoseMax      string           `json:"dose_max,omitempty"`
		DosePer      string           `json:"dose_per,omitempty"`
		Duration     string           `json:"duration,omitempty"` // with its unit, where it is not in days
		Strength     string           `json:"strength,omitempty"`
		Refills      string           `json:"refills,omitempty"`
		Site         string           `json:"site,omitempty"`
		Method       string           `json:"method,omitempty"`
		Components   []componentEntry `json:"components,omitempty"` // of a compounded drug
		Instructions []string         `json:"instructions,omitempty"`
		Categories   []string         `json:"categories,omitempty"`
		OtherCodes   []string         `json:"other_codes,omitempty"`
		Device       string           `json:"device,omitempty"`
		Priority     string           `json:"priority,omitempty"`
		Lot          string           `json:"lot,omitempty"`

		OrderStatus clinical.OrderStatus `json:"order_status,omitempty"`
		Stopped     clinical.Time        `json:"stopped,omitempty"` // of a discontinued order
	}
	injectionEntry struct {
		RP         string           `json:"rp,omitempty"`
		Name       string           `json:"name,omitempty"`
		Drug       string           `json:"drug"` // all components, joined
		Components []componentEntry `json:"components"`
		Performed  bool             `json:"performed,omitempty"`
		Volume     string           `json:"volume,omitempty"`
		VolumeUnit string           `json:"volume_unit,omitempty"`
		Rate       string           `json:"rate,omitempty"`
		RateUnit   string           `json:"rate_unit,omitempty"`
		Route      string           `json:"route,omitempty"`
		Start      clinical.Time    `json:"start,omitempty"`
		End        clinical.Time    `json:"end,omitempty"`
		Status     string           `json:"status,omitempty"`

		RatePer  string   `json:"rate_per,omitempty"`
		Site     string   `json:"site,omitempty"`
		Device   string   `json:"device,omitempty"`
		Method   string   `json:"method,omitempty"`
		Usage    string   `json:"usage,omitempty"`
		Days     int      `json:"days,omitempty"`
		Times    int      `json:"times,omitempty"`
		Duration string   `json:"duration,omitempty"`
		AsNeeded bool     `json:"as_needed,omitempty"`
		By       string   `json:"by,omitempty"`
		Comments []string `json:"comments,omitempty"`

		Priority   string   `json:"priority,omitempty"`
		Categories []string `json:"categories,omitempty"`

		OrderStatus clinical.OrderStatus `json:"order_status,omitempty"`
		Stopped     clinical.Time        `json:"stopped,omitempty"` // of a discontinued order

		DailyDose string `json:"daily_dose,omitempty"`
		DailyUnit string `json:"daily_unit,omitempty"`
		Total     string `json:"total,omitempty"`
		TotalUnit string `json:"total_unit,omitempty"`
	}
	componentEntry struct {
		Drug      string `json:"drug"`
		Code      string `json:"code,omitempty"`
		LocalCode string `json:"local_code,omitempty"`
		Amount    string `json:"amount,omitempty"`
		Unit      string `json:"unit,omitempty"`
		Additive  bool   `json:"additive,omitempty"`
		Strength  string `json:"strength,omitempty"` // with its unit
		Lot       string `json:"lot,omitempty"`
	}
)

func drugOf(m clinical.Medication) drugEntry {
	return drugEntry{
		RP: m.RP, Drug: m.Drug.Label(), Code: codeOf(m.Drug), System: m.Drug.System, LocalCode: m.Drug.LocalCode,
		Dose: m.Dose, Unit: m.DoseUnit.Label(), DailyDose: m.DailyDose, DailyUnit: m.DailyUnit.Label(),
		Total: m.Total, TotalUnit: m.TotalUnit.Label(), Form: m.Form.Label(),
		Usage: strings.Join(usages(m.Usage), "、"), UsageCode: strings.Join(codes(m.Usage), " "),
		Days: m.Days, Times: m.Times, AsNeeded: m.AsNeeded, Start: m.Start, End: m.End, Route: m.Route.Label(), Status: m.Status,
		DoseMax: m.DoseMax, DosePer: m.DosePer, Duration: m.Duration + m.DurationUnit.Label(),
		Strength: m.Strength + m.StrengthUnit.Label(), Refills: m.Refills, Site: m.Site.Label(), Method: m.Method.Label(),
		Components: componentsOf(m.Components), Instructions: labels(m.Instructions), Categories: labels(m.Categories), OtherCodes: codes(m.OtherCodes),
		Device: m.Device.Label(), Priority: m.Priority.Label(), Lot: m.Lot,
		OrderStatus: m.OrderStatus, Stopped: m.Stopped,
	}
}

func injectionOf(i clinical.Injection) injectionEntry {
	out := injectionEntry{
		RP: i.RP, Name: i.Name.Label(), Components: []componentEntry{}, Performed: i.Performed,
		Volume: i.Volume, VolumeUnit: i.VolumeUnit.Label(), Rate: i.Rate, RateUnit: i.RateUnit.Label(),
		Route: i.Route.Label(), Start: i.Start, End: i.End, Status: i.Status,
		RatePer: i.RatePer, Site: i.Site.Label(), Device: i.Device.Label(), Method: i.Method.Label(),
		Usage: strings.Join(usages(i.Usage), "、"), Days: i.Days, Times: i.Times, Duration: i.Duration + i.DurationUnit.Label(),
		AsNeeded: i.AsNeeded, By: staffName(i.By), Comments: i.Comments,
		OrderStatus: i.OrderStatus, Stopped: i.Stopped, Priority: i.Priority.Label(), Categories: labels(i.Categories),
		DailyDose: i.DailyDose, DailyUnit: i.DailyUnit.Label(), Total: i.Total, TotalUnit: i.TotalUnit.Label(),
	}
	var drugs []string
	for _, c := range i.Components {
		drugs = append(drugs, c.Drug.Label())
	}
	out.Components = append(out.Components, componentsOf(i.Components)...)
	out.Drug = strings.Join(drugs, " + ")
	return out
}

func componentsOf(all []clinical.Component) []componentEntry {
	var out []componentEntry
	for _, c := range all {
		out = append(out, componentEntry{
			Drug: c.Drug.Label(), Code: codeOf(c.Drug), LocalCode: c.Drug.LocalCode,
			Amount: c.Amount, Unit: c.Unit.Label(), Additive: c.Additive, Strength: c.Strength + c.StrengthUnit.Label(), Lot: c.Lot,
		})
	}
	return out
}

// usages gives usages as they are written, those of a code alone in words where the code
// is understood.
func usages(all []clinical.Coded) []string {
	var out []string
	for _, c := range all {
		said := cmp.Or(c.Text, c.LocalText)
		if said == "" {
			said = jcode.UsageOf(c.System, c.Code, c.Label()).JA
		}
		out = append(out, said)
	}
	return out
}

func codes(all []clinical.Coded) []string {
	var out []string
	for _, c := range all {
		out = append(out, codeOf(c))
	}
	return out
}
