package page

import (
	"fmt"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jcode"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// MedicationRow is one drug as it was prescribed or dispensed.
type MedicationRow struct {
	Sort         string
	Facility     Facility
	Item         ident.ItemID
	Kind         clinical.Kind
	Date         string // YYYYMMDD
	Last         string // YYYY-MM-DD, the last day of its giving
	RP           string
	First        bool // of its RP: usage and days are said once
	Drug         string
	Code         string // with its system, for the details
	Dose         string // one dose with unit
	Daily        string // dose of a day with unit
	Taken        string // Daily, else Dose, in words that say which it is
	Each         string // Dose in words, beside another Daily
	Usage        string
	Days         int
	Times        int
	AsNeeded     bool
	Total        string
	Start, End   string // for people
	Route        string
	Categories   []string
	Instructions []string
	Components   []string // of a compounded drug, with their amounts
	Notes        []string // where and how it is applied, for how long, how often again
	Department   string
	State        Giving // of what was dispensed
	Order        clinical.OrderStatus
}

func (w words) medications(f Facility, d ItemDocument) []MedicationRow {
	var rows []MedicationRow
	last := ""
	for i := range d.Document.Medications {
		m, said := w.medication(d, i)
		row := MedicationRow{
			Sort:     sortKey(d, fmt.Sprintf("%s|%s|%03d", f.ID, d.Item.ID, 999-i)),
			Facility: f, Item: d.Item.ID, Kind: d.Document.Kind, Date: d.Item.Date, Last: m.LastDay(startOf(m.Start, d)).String(),
			RP: m.RP, First: i == 0 || m.RP == "" || m.RP != last,
			Drug: drugName(m.Drug), Code: codeOf(m.Drug),
			Dose: w.dose(m), Daily: w.amount(m.DailyDose, m.DailyUnit), Taken: w.taken(m), Each: w.each(m),
			Usage: w.usage(m.Usage), Days: m.Days, Times: m.Times, AsNeeded: m.AsNeeded,
			Total: w.amount(m.Total, m.TotalUnit),
			Start: clinicalTime(m.Start), End: clinicalTime(m.End), Route: w.route(m.Route),
			Categories: w.labels(m.Categories, jcode.Category),
			Components: w.components(m.Components), Notes: w.medicationNotes(m, said...),
			Instructions: w.labels(m.Instructions, nil),
			Department:   w.department(departmentOf(d)),
			State:        givingOf(d.Document.Kind == clinical.KindDispensing, m.Status), Order: m.OrderStatus,
		}
		last = m.RP
		rows = append(rows, row)
	}
	return rows
}

// dose says one dose, from the least to the most, and the time for which it counts
// where it is not one taking.
func (w words) dose(m clinical.Medication) string {
	number := m.Dose
	if m.DoseMax != "" && m.DoseMax != m.Dose {
		number = m.Dose + "–" + m.DoseMax
	}
	return w.amount(number, m.DoseUnit) + w.per(m.DosePer)
}

// per puts the time for which an amount counts (HL7 RXE-22: D1, H8 …) into words; what
// is not understood stays as written.
func (w words) per(code string) string {
	if code == "" {
		return ""
	}
	key := fault.Key("per." + code[:1])
	if !known(key) {
		return "/" + code
	}
	n := code[1:]
	if n == "1" {
		n = ""
	}
	return TextOf(w.lang, Message{Key: key, Params: map[string]any{"n": n}})
}

func (w words) components(list []clinical.Component) []string {
	var out []string
	for _, c := range list {
		out = append(out, strings.TrimSpace(drugName(c.Drug)+" "+w.componentAmount(c)))
	}
	return out
}

// componentAmount says how much of a drug there is, and of which strength.
func (w words) componentAmount(c clinical.Component) string {
	return strings.TrimSpace(w.amount(c.Amount, c.Unit) + " " + w.said("med.strength", w.amount(c.Strength, c.StrengthUnit)))
}

func (w words) medicationNotes(m clinical.Medication, ofOrder ...string) []string {
	out := ofOrder
	say := func(key fault.Key, value string) {
		if value != "" {
			out = append(out, TextOf(w.lang, Message{Key: key, Params: map[string]any{"value": value}}))
		}
	}
	say("med.priority", w.urgency(m.Priority))
	say("med.strength", w.amount(m.Strength, m.StrengthUnit))
	say("med.site", m.Site.Label())
	say("med.device", m.Device.Label())
	say("med.method", m.Method.Label())
	if m.Days == 0 {
		say("med.duration", w.amount(m.Duration, m.DurationUnit))
	}
	say("med.refills", m.Refills)
	if len(ofOrder) == 0 {
		say("med.stopped", clinicalTime(m.Stopped))
	}
	say("med.lot", m.Lot)
	return out
}

// codeOf shows a code with its system, the standard's before the local one.
func codeOf(c clinical.Coded) string {
	switch {
	case c.Code != "" && c.System != "":
		return c.System + " " + c.Code
	case c.Code != "":
		return c.Code
	case c.LocalCode != "":
		return strings.TrimSpace(c.LocalSystem + " " + c.LocalCode)
	}
	return ""
}

// Course is the time over which one drug was given, for the bars of the medication
// page. Courses with one key are bars of one row.
type Course struct {
	Key      string       `json:"key"`   // drugs that agree stand in one row, across facilities
	Drug     string       `json:"drug"`  // name as written, but for the width of its characters
	Start    string       `json:"start"` // YYYY-MM-DD
	End      string       `json:"end"`   // last day, YYYY-MM-DD; equal to Start for a single giving
	Dose     string       `json:"dose,omitempty"`
	Usage    string       `json:"usage,omitempty"`
	Tick     bool         `json:"tick,omitempty"` // a single giving: injections, as-needed drugs
	Open     bool         `json:"open,omitempty"` // ordered, and nothing says that it was given
	Kind     string       `json:"kind"`
	Facility string       `json:"facility"`
	Item     ident.ItemID `json:"item"`
}

// courses leaves out what the patient did not get.
func (w words) courses(f Facility, d ItemDocument) []Course {
	var out []Course
	for i := range d.Document.Medications {
		m, _ := w.medication(d, i)
		start := startOf(m.Start, d)
		if start.IsZero() || givingOf(true, m.Status).Withheld() || m.OrderStatus.Void() || stoppedBefore(m.Stopped, start) {
			continue
		}
		c := Course{
			Key: drugKey(m.Drug), Drug: drugName(m.Drug), Start: start.String(), End: m.LastDay(start).String(),
			Dose: w.ended(m.OrderStatus, w.taken(m)), Usage: strings.TrimSpace(w.each(m) + " " + w.usage(m.Usage)), Kind: string(d.Document.Kind), Facility: string(f.ID), Item: d.Item.ID,
		}
		c.Tick = c.End == c.Start && (m.Days == 0 || m.AsNeeded)
		out = append(out, c)
	}
	for at, i := range d.Document.Injections {
		start, t := startOf(i.Start, d), d.tied(at)
		if t.given > 0 || t.shown { // what was given has its own marks
			continue
		}
		if start.IsZero() || givingOf(true, i.Status).Withheld() || i.OrderStatus.Void() || stoppedBefore(i.Stopped, start) {
			continue
		}
		for _, part := range i.Components {
			out = append(out, Course{
				Key: drugKey(part.Drug), Drug: drugName(part.Drug), Start: start.String(), End: start.String(), Tick: true,
				Dose: w.ended(i.OrderStatus, w.amount(part.Amount, part.Unit)), Usage: w.openOrder(t, i) + w.route(i.Route), Open: !i.Performed, Kind: string(d.Document.Kind), Facility: string(f.ID), Item: d.Item.ID,
			})
		}
	}
	return out
}

// stoppedBefore reports whether an order was discontinued before the day on which it would
// have started.
func stoppedBefore(stopped clinical.Time, start wareki.Date) bool {
	day := stopped.Day()
	return !day.IsZero() && start.After(day)
}

// ended puts before a dose what became of the order: how long a drug was taken of one
// that is held, or was discontinued nobody says when, a bar cannot say, and beside a narrow
// one the dose stands alone.
func (w words) ended(status clinical.OrderStatus, dose string) string {
	if status == "" {
		return dose
	}
	return strings.TrimSpace(TextOf(w.lang, Message{Key: fault.Key("order_status." + string(status))}) + " " + dose)
}

// taken says how much of a drug a day takes, else how much one dose is, and which of the
// two it is: "2 tab" before "twice a day" could be two or four a day.
func (w words) taken(m clinical.Medication) string {
	if daily := w.amount(m.DailyDose, m.DailyUnit); daily != "" {
		return TextOf(w.lang, Message{Key: "med.per_day", Params: map[string]any{"dose": daily}})
	}
	dose := w.dose(m)
	if dose == "" || m.DosePer != "" {
		return dose
	}
	return TextOf(w.lang, Message{Key: "med.per_taking", Params: map[string]any{"dose": dose}})
}

// each says one dose beside that of a day, where they differ.
func (w words) each(m clinical.Medication) string {
	dose, daily := w.dose(m), w.amount(m.DailyDose, m.DailyUnit)
	if dose == "" || daily == "" || dose == daily {
		return ""
	}
	return TextOf(w.lang, Message{Key: "med.per_dose", Params: map[string]any{"dose": dose}})
}

// startOf is the day a drug starts, the document's own where the drug does not say.
func startOf(t clinical.Time, d ItemDocument) wareki.Date {
	if day := t.Day(); !day.IsZero() {
		return day
	}
	return clinical.Time(d.Item.Date).Day()
}

// drugName gives a drug's name in one width: 錠６０ｍｇ and 錠60mg are one name.
func drugName(c clinical.Coded) string { return foldWidth(c.Label()) }

// drugKey is equal for drugs that stand in one row: one ingredient where the code
// tells it (YJ), one prescription product where it is a HOT number, else one name.
// A local code says nothing outside its facility, so the name decides.
func drugKey(c clinical.Coded) string {
	if yj, ok := jcode.ParseYJ(c.Code); ok && strings.Contains(strings.ToUpper(c.System), "YJ") {
		return "yj:" + yj.Ingredient()
	}
	if hot, ok := jcode.ParseHOT(c.Code); ok && strings.HasPrefix(strings.ToUpper(c.System), "HOT") {
		return "hot:" + hot.Product
	}
	return "name:" + strings.Join(strings.Fields(drugName(c)), "")
}
