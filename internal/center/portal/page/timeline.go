package page

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Form is one of the two forms of the timeline; both show the same items.
type Form string

const (
	FormCalendar Form = "calendar"
	FormList     Form = "list"
)

// Span is a length of time that the timeline shows.
type Span string

const (
	SpanMonth   Span = "1m"
	SpanQuarter Span = "3m"
	SpanYear    Span = "1y"
	SpanAll     Span = "all"
)

// Spans lists the spans in the order of the choice.
func Spans() []Span { return []Span{SpanMonth, SpanQuarter, SpanYear, SpanAll} }

// RowsBy says what the rows of the calendar are.
type RowsBy string

const (
	ByKind     RowsBy = "kind"
	ByFacility RowsBy = "facility"
)

// TimelineQuery is the state of the timeline page. It stands in the URL, so that back,
// reload and a bookmark show the same page; it holds no identifiers of persons.
type TimelineQuery struct {
	Form        Form
	Span        Span
	Rows        RowsBy
	Until       wareki.Date // last day shown; zero: today
	Kinds       []string    // empty: all
	Facilities  []string    // empty: all
	Departments []string    // empty: all
	Abnormal    bool        // only documents with a flagged result
}

// ParseTimelineQuery reads the query of the timeline's URL. What it does not know falls
// back to the default: a mistyped URL still shows the patient.
func ParseTimelineQuery(v url.Values) TimelineQuery {
	q := TimelineQuery{Form: FormCalendar, Span: SpanYear, Rows: ByKind}
	if v.Get("form") == string(FormList) {
		q.Form = FormList
	}
	if s := Span(v.Get("span")); slices.Contains(Spans(), s) {
		q.Span = s
	}
	if v.Get("rows") == string(ByFacility) {
		q.Rows = ByFacility
	}
	if d, err := wareki.ParseDate(v.Get("until")); err == nil {
		q.Until = d
	}
	q.Kinds = split(v["kinds"])
	q.Facilities = split(v["facility"])
	q.Departments = split(v["department"])
	q.Abnormal = v.Get("abnormal") == "1"
	return q
}

// split takes repeated parameters and comma-separated ones alike.
func split(values []string) []string {
	var out []string
	for _, v := range values {
		for one := range strings.SplitSeq(v, ",") {
			if one != "" && !slices.Contains(out, one) {
				out = append(out, one)
			}
		}
	}
	return out
}

// Encode gives the query for a URL, defaults left out.
func (q TimelineQuery) Encode() string {
	v := url.Values{}
	set := func(name, value, usual string) {
		if value != usual {
			v.Set(name, value)
		}
	}
	set("form", string(q.Form), string(FormCalendar))
	set("span", string(q.Span), string(SpanYear))
	set("rows", string(q.Rows), string(ByKind))
	set("until", q.Until.Compact(), "")
	set("kinds", strings.Join(q.Kinds, ","), "")
	set("facility", strings.Join(q.Facilities, ","), "")
	set("department", strings.Join(q.Departments, ","), "")
	if q.Abnormal {
		v.Set("abnormal", "1")
	}
	return v.Encode()
}

// admits reports whether the filters let an item through.
func (q TimelineQuery) admits(it TimelineItem) bool {
	in := func(chosen []string, v string) bool { return len(chosen) == 0 || slices.Contains(chosen, v) }
	return in(q.Kinds, string(it.Kind)) && in(q.Facilities, string(it.Facility.ID)) &&
		in(q.Departments, it.DepartmentCode) && (!q.Abnormal || it.Abnormal)
}

// TimelineItem is one document on the timeline: what the catalog knows, no content.
type TimelineItem struct {
	ID             ident.ItemID
	Facility       Facility
	Kind           clinical.Kind
	DataType       string
	Event          clinical.EncounterEvent
	Day            wareki.Date
	Time           string // HHMM
	DepartmentCode string
	Department     string
	Entries        int
	Abnormal       bool
	Shown          bool // the filters let it through
}

// Counted reports whether the number of entries says anything: a document that people
// wrote is one.
func (it TimelineItem) Counted() bool {
	return it.Entries > 0 && !slices.Contains(writtenKinds, it.Kind)
}

// Timeline is the page of everything that happened, as a calendar of marks and as a
// list by day, from the same items.
type Timeline struct {
	Patient
	Query       TimelineQuery
	From, To    wareki.Date
	Kinds       []Filter
	Facilities  []Filter
	Departments []Filter
	Abnormal    int // documents in the span with a flagged result
	Total       int // documents in the span
	Shown       int // of these, let through by the filters
	Everything  int // documents of all times
	Undated     []TimelineItem
	Calendar    Calendar
	Days        []Day
}

func (Timeline) view() string { return "timeline" }

// Filter is one choice of a filter with the number of documents in the span.
type Filter struct {
	Value    string
	Facility *Facility // for facilities
	Label    string    // for departments
	Count    int       // of a kind: what came of it; what was only ordered stands apart
	Ordered  int
	On       bool
}

// Day is one day of the list.
type Day struct {
	Date  wareki.Date
	Items []TimelineItem
	Shown bool
}

// NewTimeline lays the items out for the query. Items come in any order; the page
// shows the newest first.
func NewTimeline(p Patient, items []catalog.Item, q TimelineQuery, today wareki.Date, lang string) Timeline {
	facilities := map[ident.FacilityID]Facility{}
	for _, s := range p.Sources {
		facilities[s.Facility.ID] = s.Facility
	}
	t := Timeline{Patient: p, Query: q, Everything: len(items)}
	t.Tab = TabTimeline
	all := t.read(items, facilities, wordsOf(lang))
	t.From, t.To = q.period(all, today)
	inSpan := all[:0:0]
	for _, it := range all {
		if !it.Day.Before(t.From) && !it.Day.After(t.To) {
			it.Shown = q.admits(it)
			inSpan = append(inSpan, it)
		}
	}
	t.count(inSpan)
	t.Days = daysOf(inSpan)
	t.Calendar = newCalendar(t, inSpan, stays(all, t.From, t.To, today))
	return t
}

// read turns catalog items into timeline items, newest first. Items of a facility that
// the frame does not know, or with a day that is none, cannot be placed: the latter
// are kept apart so that they are not lost.
func (t *Timeline) read(items []catalog.Item, facilities map[ident.FacilityID]Facility, w words) []TimelineItem {
	var out []TimelineItem
	for _, it := range items {
		f, ok := facilities[it.Facility]
		if !ok {
			continue
		}
		one := TimelineItem{
			ID: it.ID, Facility: f, Kind: it.Kind, Event: it.Event, Day: clinical.Time(it.Date).Day(), Time: it.Time,
			DataType: it.DataType, DepartmentCode: it.Department, Department: w.department(it.Department), Entries: it.Entries, Abnormal: it.Abnormal, Shown: true,
		}
		if one.Day.IsZero() {
			t.Undated = append(t.Undated, one)
			continue
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b TimelineItem) int {
		return cmp.Or(b.Day.Compare(a.Day), cmp.Compare(b.Time, a.Time), cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)),
			cmp.Compare(a.Facility.Code, b.Facility.Code), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func kindOrder(k clinical.Kind) int { return slices.Index(clinical.Kinds(), k) }

// period gives the first and last day that a query shows. Whole months and weeks are
// shown, so that columns are never cut.
func (q TimelineQuery) period(all []TimelineItem, today wareki.Date) (from, to wareki.Date) {
	to = today
	if !q.Until.IsZero() && q.Until.Before(today) {
		to = q.Until
	}
	switch q.Span {
	case SpanMonth:
		return to.AddDays(-30), to
	case SpanQuarter:
		return monday(to.AddDays(-12 * 7)), to
	case SpanYear:
		return firstOfMonth(to, -11), to
	}
	first := to
	if n := len(all); n > 0 {
		first = all[n-1].Day
		if all[0].Day.After(to) && q.Until.IsZero() {
			to = all[0].Day // planned admissions lie ahead
		}
	}
	return firstOfMonth(first, 0), to
}

// count fills the filters with the numbers of documents that each choice would show
// if it were the only one of its kind: the other filters hold.
func (t *Timeline) count(items []TimelineItem) {
	t.Total = len(items)
	kinds, facilities, departments := map[string]int{}, map[string]int{}, map[string]int{}
	ordered := map[string]int{}
	labels := map[string]string{}
	without := func(change func(*TimelineQuery)) TimelineQuery { q := t.Query; change(&q); return q }
	anyKind := without(func(q *TimelineQuery) { q.Kinds = nil })
	anyFacility := without(func(q *TimelineQuery) { q.Facilities = nil })
	anyDepartment := without(func(q *TimelineQuery) { q.Departments = nil })
	anyFlag := without(func(q *TimelineQuery) { q.Abnormal = false })
	for _, it := range items {
		add := func(m map[string]int, key string, admitted bool) {
			if admitted {
				m[key]++
			} else if _, ok := m[key]; !ok {
				m[key] = 0
			}
		}
		admitted := anyKind.admits(it)
		add(kinds, string(it.Kind), admitted && !requested(it))
		add(ordered, string(it.Kind), admitted && requested(it))
		add(facilities, string(it.Facility.ID), anyFacility.admits(it))
		if it.DepartmentCode != "" {
			add(departments, it.DepartmentCode, anyDepartment.admits(it))
			labels[it.DepartmentCode] = it.Department
		}
		if it.Abnormal && anyFlag.admits(it) {
			t.Abnormal++
		}
		if it.Shown {
			t.Shown++
		}
	}
	for _, k := range clinical.Kinds() {
		if n, ok := kinds[string(k)]; ok || slices.Contains(t.Query.Kinds, string(k)) {
			t.Kinds = append(t.Kinds, Filter{Value: string(k), Count: n, Ordered: ordered[string(k)], On: slices.Contains(t.Query.Kinds, string(k))})
		}
	}
	for _, s := range t.Sources {
		if s.State != SourceUnshared {
			f, id := s.Facility, string(s.Facility.ID)
			t.Facilities = append(t.Facilities, Filter{Value: id, Facility: &f, Count: facilities[id], On: slices.Contains(t.Query.Facilities, id)})
		}
	}
	for code, n := range departments {
		t.Departments = append(t.Departments, Filter{Value: code, Label: labels[code], Count: n, On: slices.Contains(t.Query.Departments, code)})
	}
	slices.SortFunc(t.Departments, func(a, b Filter) int { return cmp.Compare(a.Value, b.Value) })
}

func daysOf(items []TimelineItem) []Day {
	var days []Day
	for _, it := range items {
		if n := len(days); n == 0 || days[n-1].Date != it.Day {
			days = append(days, Day{Date: it.Day})
		}
		d := &days[len(days)-1]
		d.Items = append(d.Items, it)
		d.Shown = d.Shown || it.Shown
	}
	return days
}

// With gives the URL query with one thing changed, for links that are also true without script.
func (t Timeline) With(name, value string) string {
	q := t.Query
	switch name {
	case "form":
		q.Form = Form(value)
	case "span":
		q.Span, q.Until = Span(value), wareki.Date{}
	case "rows":
		q.Rows = RowsBy(value)
	case "kinds":
		q.Kinds = toggle(q.Kinds, value)
	case "facility":
		q.Facilities = toggle(q.Facilities, value)
	case "department":
		q.Departments = toggle(q.Departments, value)
	case "abnormal":
		q.Abnormal = !q.Abnormal
	case "until":
		q.Until, _ = wareki.ParseCompact(value) // empty: today
	case "clear":
		q.Kinds, q.Facilities, q.Departments, q.Abnormal = nil, nil, nil, false
	}
	if s := q.Encode(); s != "" {
		return "?" + s
	}
	return "?"
}

// Filtered reports whether any filter is set.
func (t Timeline) Filtered() bool {
	q := t.Query
	return len(q.Kinds)+len(q.Facilities)+len(q.Departments) > 0 || q.Abnormal
}

// Earlier is the last day of the span before this one, empty where all is shown.
func (t Timeline) Earlier() string {
	if t.Query.Span == SpanAll {
		return ""
	}
	return t.From.AddDays(-1).Compact()
}

// Later is the last day of the span after this one, empty where this one ends today.
func (t Timeline) Later(today wareki.Date) string {
	if t.Query.Span == SpanAll || !t.To.Before(today) {
		return ""
	}
	next := t.To.AddDays(t.From.DaysUntil(t.To) + 1)
	if next.After(today) {
		next = today
	}
	return next.Compact()
}

func toggle(list []string, value string) []string {
	if i := slices.Index(list, value); i >= 0 {
		return slices.Delete(slices.Clone(list), i, i+1)
	}
	return append(slices.Clone(list), value)
}
