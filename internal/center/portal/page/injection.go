package page

import (
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jcode"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// InjectionRow is one injection that was ordered or given.
type InjectionRow struct {
	Sort     string
	Facility Facility
	Item     ident.ItemID
	Last     string // YYYY-MM-DD, the last day of its giving
	When     string // for people, with the precision there is
	Until    string
	State    Giving
	Order    clinical.OrderStatus

	// How it stands to others of its order, where these are there.
	Ordered, OrderedBy string          // of what was given: for when, and by whom
	OrderedDrugs       []InjectionDrug // where others, or other amounts, were given
	Unordered          bool            // given, and there is no order
	Planned            bool            // ordered for a day that is to come
	Unrecorded         bool            // ordered, and nothing says that it was given
	Given              int             // of an order of several givings: how many there were

	Name       string // kind of order
	Categories []string
	Drugs      []InjectionDrug
	Volume     string
	Rate       string
	Route      string
	Site       string
	By         string
	Notes      []string // usage, duration, comments
	Department string
}

// Giving is what became of a drug that was to be given or handed out (HL7 table 0322).
type Giving string

const (
	GivingOrdered  Giving = "ordered"  // nothing was said of it yet
	GivingDone     Giving = "done"     // CP
	GivingPartly   Giving = "partly"   // PA
	GivingRefused  Giving = "refused"  // RE, by the patient
	GivingNotGiven Giving = "notgiven" // NA
)

// givingOf reads a completion status (RXA-20). What has none was done: writers of
// performed entries often leave it out.
func givingOf(performed bool, status string) Giving {
	switch {
	case !performed:
		return GivingOrdered
	case status == "PA":
		return GivingPartly
	case status == "RE":
		return GivingRefused
	case status == "NA":
		return GivingNotGiven
	}
	return GivingDone
}

// Withheld reports that the patient did not get the drug, whatever was planned.
func (g Giving) Withheld() bool { return g == GivingRefused || g == GivingNotGiven }

// Notable reports what a reader must be told even where only done things are listed.
func (g Giving) Notable() bool { return g.Withheld() || g == GivingPartly }

// InjectionDrug is one drug of an injection.
type InjectionDrug struct {
	Drug, Amount string
	Code         string
	Additive     bool
}

// injections leaves out orders whose row is that of their giving.
func (w words) injections(f Facility, d ItemDocument, now time.Time) []InjectionRow {
	var rows []InjectionRow
	for i, in := range d.Document.Injections {
		if d.tied(i).shown {
			continue
		}
		row := InjectionRow{
			Sort:     sortKey(d, fmt.Sprintf("%s|%s|%03d", f.ID, d.Item.ID, 999-i)),
			Facility: f, Item: d.Item.ID, Last: in.LastDay(startOf(in.Start, d)).String(),
			When: clinicalTime(in.Start), Until: clinicalTime(in.End), State: givingOf(in.Performed, in.Status), Order: in.OrderStatus,
			Name: in.Name.Label(), Categories: w.labels(in.Categories, jcode.Category),
			Volume: w.amount(in.Volume, in.VolumeUnit), Rate: w.rate(in), Notes: w.injectionNotes(in),
			Route: w.route(in.Route), Site: in.Site.Label(), Department: w.department(departmentOf(d)),
		}
		if !in.Start.Day().IsZero() {
			row.Sort = string(in.Start.InJapan()) + row.Sort
		}
		if row.When == "" {
			row.When = clinicalTime(clinical.Time(d.Item.Date))
		}
		if in.By != nil {
			row.By = in.By.Name
		}
		for _, c := range in.Components {
			row.Drugs = append(row.Drugs, InjectionDrug{drugName(c.Drug), w.componentAmount(c), codeOf(c.Drug), c.Additive})
		}
		w.tie(&row, in, d.tied(i), now)
		rows = append(rows, row)
	}
	return rows
}

// rate says how fast, with the time for which the number counts where its unit does not say.
func (w words) rate(in clinical.Injection) string {
	if in.Rate == "" {
		return ""
	}
	return w.amount(in.Rate, in.RateUnit) + w.per(in.RatePer)
}

func (w words) injectionNotes(in clinical.Injection) []string {
	var out []string
	say := func(key fault.Key, value string) {
		if value != "" {
			out = append(out, TextOf(w.lang, Message{Key: key, Params: map[string]any{"value": value}}))
		}
	}
	say("med.priority", w.urgency(in.Priority))
	if usage := w.usage(in.Usage); usage != "" {
		out = append(out, usage)
	}
	if in.AsNeeded {
		out = append(out, TextOf(w.lang, Message{Key: "med.as_needed"}))
	}
	switch {
	case in.Days > 0:
		out = append(out, TextOf(w.lang, Message{Key: "med.days", Params: map[string]any{"n": in.Days}}))
	case in.Duration != "":
		say("med.duration", w.amount(in.Duration, in.DurationUnit))
	}
	if in.Times > 0 {
		out = append(out, TextOf(w.lang, Message{Key: "med.times", Params: map[string]any{"n": in.Times}}))
	}
	say("med.device", in.Device.Label())
	say("med.method", in.Method.Label())
	if in.DailyDose != "" {
		out = append(out, TextOf(w.lang, Message{Key: "med.per_day", Params: map[string]any{"dose": w.amount(in.DailyDose, in.DailyUnit)}}))
	}
	for _, c := range in.Components {
		say("med.lot", c.Lot)
	}
	say("med.stopped", clinicalTime(in.Stopped))
	return append(out, in.Comments...)
}
