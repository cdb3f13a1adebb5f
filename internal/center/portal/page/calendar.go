package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Calendar is the timeline as a table: kinds or facilities down, time across from left to
// right, as in every graph of the portal.
type Calendar struct {
	Grain   string // day, week, month, quarter or year: what a column is
	Columns []Column
	Groups  []ColumnGroup // the head over the columns
	Stays   []StayRow     // one per facility that had the patient in a bed
	Rows    []CalendarRow
}

// Column is one stretch of time.
type Column struct {
	From, To wareki.Date
	Head     string // 22, 11/16, 11月, 2026
	Weekend  bool
	Today    bool
}

// ColumnGroup spans columns in the head: a month over days, a year over months.
type ColumnGroup struct {
	Head   string
	Era    string // 令和8年
	Length int
}

// CalendarRow is one kind or one facility.
type CalendarRow struct {
	Kind     clinical.Kind // by kind
	Facility *Facility     // by facility
	Cells    []CalendarCell
}

// CalendarCell holds the marks of one row in one column.
type CalendarCell struct{ Marks []Mark }

// Mark is all documents of one facility and one kind in one cell: one thing to click.
// What was ordered has a mark of its own.
type Mark struct {
	Facility Facility
	Kind     clinical.Kind
	Items    []TimelineItem
	Ordered  bool // documents of what was ordered, which are no results
	Count    int  // documents that the filters let through
	Abnormal bool
	Event    clinical.EncounterEvent // for encounters: what weighs most in the cell
}

// MaxOpen is how many documents one click opens; a mark that stands for more opens the newest.
const MaxOpen = 50

// IDs lists the items for the URL that opens them.
func (m Mark) IDs() string {
	var ids []string
	for _, it := range m.Items[:min(len(m.Items), MaxOpen)] {
		ids = append(ids, string(it.ID))
	}
	return strings.Join(ids, ",")
}

// Shown reports whether the filters leave anything of the mark.
func (m Mark) Shown() bool { return m.Count > 0 }

// From and To are the days between which the documents of the mark lie.
func (m Mark) From() wareki.Date { return m.Items[len(m.Items)-1].Day }

// To is the newest day of the mark.
func (m Mark) To() wareki.Date { return m.Items[0].Day }

// StayRow is the stays in one facility as bars.
type StayRow struct {
	Facility Facility
	Bars     []StayBar
}

// StayBar is one stay; positions are percent of the calendar's width, as SVG takes them.
type StayBar struct {
	X, Width   string
	Start, End wareki.Date // End zero: still in
}

// maxColumns is how many columns fit a screen of 1366 pixels with marks of 24 pixels and their counts.
const maxColumns = 36

func newCalendar(t Timeline, items []TimelineItem, stays []stay) Calendar {
	c := Calendar{}
	c.Grain, c.Columns = columns(t.Query.Span, t.From, t.To)
	c.Groups = groups(c.Grain, c.Columns)
	c.Rows = t.rows(c.Columns, items)
	for _, s := range t.Sources {
		row := StayRow{Facility: s.Facility}
		for _, st := range stays {
			if st.facility == s.Facility.ID {
				row.Bars = append(row.Bars, bar(c.Columns, st))
			}
		}
		if row.Bars != nil {
			c.Stays = append(c.Stays, row)
		}
	}
	return c
}

// columns cuts the period, oldest first.
func columns(span Span, from, to wareki.Date) (grain string, cols []Column) {
	months := (to.Year-from.Year)*12 + int(to.Month-from.Month) + 1
	start := func(d wareki.Date) wareki.Date { return firstOfMonth(d, 0) }
	head := func(d wareki.Date) string { return fmt.Sprintf("%d", int(d.Month)) }
	switch {
	case span == SpanMonth:
		grain, start = "day", func(d wareki.Date) wareki.Date { return d }
		head = func(d wareki.Date) string { return fmt.Sprintf("%d", d.Day) }
	case span == SpanQuarter:
		grain, start = "week", monday
		head = func(d wareki.Date) string { return fmt.Sprintf("%d/%d", int(d.Month), d.Day) }
	case months <= maxColumns:
		grain = "month"
	case months <= maxColumns*3:
		grain, start = "quarter", func(d wareki.Date) wareki.Date {
			return wareki.Date{Year: d.Year, Month: (d.Month-1)/3*3 + 1, Day: 1}
		}
		head = func(d wareki.Date) string { return fmt.Sprintf("%d-%d", int(d.Month), int(d.Month)+2) }
	default:
		grain, start = "year", func(d wareki.Date) wareki.Date { return wareki.Date{Year: d.Year, Month: 1, Day: 1} }
		head = func(d wareki.Date) string { return fmt.Sprintf("%d", d.Year) }
	}
	for end := to; !end.Before(from); {
		first := start(end)
		wd := weekday(first)
		cols = append(cols, Column{
			From: first, To: end, Head: head(first), Today: end == to,
			Weekend: grain == "day" && (wd == time.Saturday || wd == time.Sunday),
		})
		end = first.AddDays(-1)
	}
	slices.Reverse(cols)
	return grain, cols
}

// groups makes the head above the columns: months over days and weeks, years over the rest.
func groups(grain string, cols []Column) []ColumnGroup {
	if grain == "year" {
		return nil
	}
	var out []ColumnGroup
	last := wareki.Date{}
	for _, c := range cols {
		d := wareki.Date{Year: c.To.Year, Month: c.To.Month, Day: 1}
		if grain == "month" || grain == "quarter" {
			d.Month = 1
		}
		if d == last {
			out[len(out)-1].Length++
			continue
		}
		last = d
		g := ColumnGroup{Head: fmt.Sprintf("%d", d.Year), Era: eraYear(c.To), Length: 1}
		if grain == "day" || grain == "week" {
			g.Head = fmt.Sprintf("%d/%d", d.Year, int(d.Month))
		}
		out = append(out, g)
	}
	return out
}

// eraYear gives 令和8年 of a day.
func eraYear(d wareki.Date) string {
	year, _, _ := strings.Cut(d.Wareki(), "年")
	return year + "年"
}

func (t Timeline) rows(cols []Column, items []TimelineItem) []CalendarRow {
	var rows []CalendarRow
	index := map[string]int{}
	if t.Query.Rows == ByFacility {
		for _, s := range t.Sources {
			if s.State != SourceUnshared {
				f := s.Facility
				index[string(f.ID)] = len(rows)
				rows = append(rows, CalendarRow{Facility: &f, Cells: make([]CalendarCell, len(cols))})
			}
		}
	} else {
		for _, k := range clinical.Kinds() {
			if slices.ContainsFunc(items, func(it TimelineItem) bool { return it.Kind == k }) {
				index[string(k)] = len(rows)
				rows = append(rows, CalendarRow{Kind: k, Cells: make([]CalendarCell, len(cols))})
			}
		}
	}
	for _, it := range items {
		key := string(it.Kind)
		if t.Query.Rows == ByFacility {
			key = string(it.Facility.ID)
		}
		row, ok := index[key]
		col := slices.IndexFunc(cols, func(c Column) bool { return !it.Day.Before(c.From) && !it.Day.After(c.To) })
		if ok && col >= 0 {
			rows[row].Cells[col].add(it)
		}
	}
	for _, r := range rows {
		for _, c := range r.Cells {
			slices.SortStableFunc(c.Marks, func(a, b Mark) int {
				return cmp.Or(cmp.Compare(a.Facility.Code, b.Facility.Code), cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)), after(a.Ordered, b.Ordered))
			})
		}
	}
	return rows
}

// after orders what is true after what is not.
func after(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (c *CalendarCell) add(it TimelineItem) {
	i := slices.IndexFunc(c.Marks, func(m Mark) bool {
		return m.Facility.ID == it.Facility.ID && m.Kind == it.Kind && m.Ordered == requested(it)
	})
	if i < 0 {
		i = len(c.Marks)
		c.Marks = append(c.Marks, Mark{Facility: it.Facility, Kind: it.Kind, Ordered: requested(it)})
	}
	m := &c.Marks[i]
	m.Items = append(m.Items, it)
	if it.Shown {
		m.Count++
	}
	m.Abnormal = m.Abnormal || it.Abnormal
	if eventWeight[it.Event] > eventWeight[m.Event] {
		m.Event = it.Event
	}
}

// eventWeight orders what a mark of encounters stands for.
var eventWeight = map[clinical.EncounterEvent]int{
	clinical.EventPlanned: 1, clinical.EventAttending: 1, clinical.EventReception: 2, clinical.EventReturn: 3, clinical.EventLeave: 4,
	clinical.EventTransfer: 5, clinical.EventDischarge: 6, clinical.EventAdmission: 7,
}

// stay is a time in a bed as the catalog's dates tell it.
type stay struct {
	facility   ident.FacilityID
	start, end wareki.Date // end zero: no discharge known
}

// stays pairs admissions with the discharges that follow them, facility by facility,
// and keeps those that touch the period. A discharge whose admission is not known is
// no bar: its mark stands in the row of encounters.
func stays(all []TimelineItem, from, to, today wareki.Date) []stay {
	open := map[ident.FacilityID]wareki.Date{}
	var out []stay
	for _, it := range slices.Backward(all) {
		switch it.Event {
		case clinical.EventAdmission:
			open[it.Facility.ID] = it.Day
		case clinical.EventDischarge:
			if start, ok := open[it.Facility.ID]; ok {
				out = append(out, stay{it.Facility.ID, start, it.Day})
				delete(open, it.Facility.ID)
			}
		}
	}
	for f, start := range open {
		if !start.After(today) {
			out = append(out, stay{facility: f, start: start})
		}
	}
	out = slices.DeleteFunc(out, func(s stay) bool {
		return s.start.After(to) || !s.end.IsZero() && s.end.Before(from)
	})
	slices.SortFunc(out, func(a, b stay) int { return cmp.Or(b.start.Compare(a.start), cmp.Compare(a.facility, b.facility)) })
	return out
}

// bar places a stay among columns of equal width.
func bar(cols []Column, s stay) StayBar {
	last := cols[len(cols)-1].To.AddDays(1)
	end := last
	if !s.end.IsZero() && s.end.AddDays(1).Before(last) {
		end = s.end.AddDays(1) // the day of discharge belongs to the stay
	}
	left, right := place(cols, s.start), place(cols, end)
	return StayBar{X: percent(left), Width: percent(max(right-left, 0.3)), Start: s.start, End: s.end}
}

// place gives where a day begins, in percent of the width from the left.
func place(cols []Column, d wareki.Date) float64 {
	unit := 100 / float64(len(cols))
	for i, c := range slices.Backward(cols) {
		if !d.Before(c.From) {
			days := float64(c.From.DaysUntil(c.To) + 1)
			passed := min(float64(c.From.DaysUntil(d)), days)
			return (float64(i) + passed/days) * unit
		}
	}
	return 0
}

func percent(f float64) string { return fmt.Sprintf("%.2f%%", f) }

func firstOfMonth(d wareki.Date, months int) wareki.Date {
	y, m, _ := time.Date(d.Year, d.Month+time.Month(months), 1, 0, 0, 0, 0, time.UTC).Date()
	return wareki.Date{Year: y, Month: m, Day: 1}
}

func weekday(d wareki.Date) time.Weekday {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Weekday()
}

// monday gives the Monday of the day's week.
func monday(d wareki.Date) wareki.Date { return d.AddDays(-(int(weekday(d)) + 6) % 7) }
