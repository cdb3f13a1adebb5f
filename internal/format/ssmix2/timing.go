package ssmix2

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// timing is what the TQ1 segments of one order say together.
type timing struct {
	usage      []clinical.Coded
	lasts      duration
	times      int
	asNeeded   bool
	start, end clinical.Time
	priority   clinical.Coded
	// otherAmounts: not the order's amount (RXE-3) is to be taken each time, but those of
	// TQ1-2. inTurn: one TQ1 after the other holds, not all at once.
	otherAmounts, inTurn bool
	inAll                int // days of those that hold in turn, at the same hours; 0: not told
}

// days gives for how many days a drug is taken, as far as that can be said in a number.
func (t timing) days() int { return max(t.lasts.days, t.inAll) }

// timed is what one TQ1 says.
type timed struct {
	usage      []clinical.Coded
	amount     string // TQ1-2 with its unit
	other      bool   // that is not the order's
	hours      string
	spacing    []string
	lasts      duration
	times      int
	start, end clinical.Time
	next       string // how the one behind it follows (TQ1-12): S after it, A beside it
}

func (r *reader) timed(o *order, tq1 *hl7v2.Segment) timed {
	q := tq1.Field(2).Quantity()
	t := timed{
		usage: codedAll(tq1.Field(3).RepeatPatterns()), hours: texts(tq1.Field(4), "、"), spacing: spacing(tq1), lasts: r.duration(tq1),
		times: r.count(tq1, 14), start: r.time(tq1, 7), end: r.time(tq1, 8), next: tq1.ID(12),
	}
	if t.lasts.times > 0 { // doses are counted, wherever that is said
		t.times, t.lasts = cmp.Or(t.times, t.lasts.times), duration{}
	}
	if q.Amount != "" {
		unit, ordered := coded(q.Unit), coded(o.rxe.Field(o.at.unit).Code())
		if unit.IsEmpty() {
			unit = ordered
		}
		t.amount = q.Amount + unit.Label()
		t.other = !sameNumber(q.Amount, o.rxe.Text(o.at.least)) || !sameUnit(unit, ordered)
	}
	return t
}

// spacing says how far apart the times are (TQ1-5) and how long each of them takes
// (TQ1-13), as written.
func spacing(tq1 *hl7v2.Segment) (said []string) {
	for _, of := range []struct {
		field int
		what  string
	}{{5, "間隔 "}, {13, "1回の時間 "}} {
		if q := tq1.Field(of.field).Quantity(); q.Amount != "" {
			unit := coded(q.Unit)
			said = append(said, of.what+q.Amount+unit.Label())
		}
	}
	return said
}

// sameNumber compares numbers as people do: 1 is 1.0.
func sameNumber(a, b string) bool {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return a == b || err == nil && err2 == nil && x == y
}

// sameUnit compares units by what both have.
func sameUnit(a, b clinical.Coded) bool {
	if a.Code != "" && b.Code != "" && a.System == b.System {
		return a.Code == b.Code
	}
	return b.IsEmpty() || a.Label() == b.Label() || a.Code != "" && a.Code == b.Code
}

// timing reads the TQ1 of an order. Where they differ in more than the usage, or say
// other amounts than the order itself (2 tablets in the morning and 1 in the evening; 3
// tablets for three days, then 2), each is written out in words, and what would be said
// of one as if it were of all stays empty.
func (r *reader) timing(o *order) timing {
	var all []timed
	var t timing
	known := make(map[clinical.Coded]bool)
	for _, s := range o.tq1 {
		one := r.timed(o, s)
		all = append(all, one)
		if t.priority.IsEmpty() {
			t.priority = coded(s.Field(9).Code())
		}
		for _, u := range one.usage {
			if len(o.tq1) == 1 || !known[u] {
				known[u] = true
				t.usage = append(t.usage, u)
			}
		}
	}
	t.start, t.end = begin(all), end(all)
	ordered := ""
	if amount := o.rxe.Text(o.at.least); amount != "" {
		unit := coded(o.rxe.Field(o.at.unit).Code())
		ordered = amount + unit.Label()
	}
	if t.otherAmounts = slices.ContainsFunc(all, func(one timed) bool { return one.other }); t.otherAmounts {
		for i := range all {
			all[i].amount = firstText(all[i].amount, ordered)
		}
	}
	t.inTurn = len(all) > 1 && (apart(all) || slices.ContainsFunc(all[:len(all)-1], func(one timed) bool { return one.next == "S" || one.next == "C" }))
	if !differ(all, func(one timed) string { return one.lasts.words() }) && !t.inTurn {
		for _, one := range all {
			if t.lasts.isZero() {
				t.lasts = one.lasts
			}
		}
	}
	if !differ(all, func(one timed) string { return strconv.Itoa(one.times) }) && !t.inTurn {
		for _, one := range all {
			t.times = max(t.times, one.times)
		}
	}
	if t.inTurn {
		t.inAll = daysInTurn(all)
	}
	r.writeOut(o, t, all, ordered)
	t.asNeeded = o.asNeeded() || slices.ContainsFunc(t.usage, asNeeded)
	return t
}

// apart reports whether some begin or end at other times than others.
func apart(all []timed) bool {
	open := slices.ContainsFunc(all, func(one timed) bool { return one.start != "" && one.end == "" })
	ends := slices.ContainsFunc(all, func(one timed) bool { return one.end != "" })
	return open && ends || differ(all, func(one timed) string { return string(one.start) }) || differ(all, func(one timed) string { return string(one.end) })
}

// begin gives when the first of them begins.
func begin(all []timed) (at clinical.Time) {
	for _, one := range all {
		if at == "" || one.start != "" && one.start.InJapan() < at.InJapan() {
			at = one.start
		}
	}
	return at
}

// end gives when the last of them ends, nothing if one begins of which no end is said.
func end(all []timed) (at clinical.Time) {
	for _, one := range all {
		switch {
		case one.end == "" && one.start != "":
			return ""
		case one.end.InJapan() > at.InJapan():
			at = one.end
		}
	}
	return at
}

// fromTo says from when to when one of them holds.
func (one timed) fromTo() (said []string) {
	if from := dayWords(one.start); from != "" {
		said = append(said, from+"から")
	}
	if to := dayWords(one.end); to != "" {
		said = append(said, to+"まで")
	}
	return said
}

// daysInTurn gives how many days TQ1 take that follow each other without a gap and differ
// in their amounts alone, 0 for any others.
func daysInTurn(all []timed) int {
	sum := 0
	for i, one := range all {
		if one.lasts.days == 0 || !slices.Equal(one.usage, all[0].usage) {
			return 0
		}
		from, stated := began(all[0])
		at, too := began(one)
		switch {
		case i == 0:
		case stated && too && !at.Equal(from.AddDate(0, 0, sum)), !(stated && too) && all[i-1].next != "S":
			return 0
		}
		sum += one.lasts.days
	}
	return sum
}

// began gives when a TQ1 begins, if it says that.
func began(one timed) (at time.Time, ok bool) {
	read, err := hl7v2.ParseTime(string(one.start))
	if err != nil {
		return time.Time{}, false
	}
	return read.Instant()
}

// differ reports whether two of them say something, and not the same.
func differ(all []timed, of func(timed) string) bool {
	said := ""
	for _, one := range all {
		switch s := of(one); {
		case s == "" || s == "0":
		case said == "":
			said = s
		case said != s:
			return true
		}
	}
	return false
}

// writeOut puts into words what each TQ1 says and the fields of a drug cannot hold.
func (r *reader) writeOut(o *order, t timing, all []timed, ordered string) {
	apart := t.otherAmounts || t.inTurn ||
		differ(all, func(one timed) string { return one.lasts.words() }) ||
		differ(all, func(one timed) string { return strconv.Itoa(one.times) })
	for i, one := range all {
		var said []string
		if apart && t.inTurn {
			said = one.fromTo()
		}
		said = appendLine(said, joined(one.usage))
		usage := len(said)
		if apart {
			said = appendLine(said, one.amount)
		}
		said = append(appendLine(said, one.hours), one.spacing...)
		if apart && t.lasts.isZero() {
			said = appendLine(said, one.lasts.words())
		}
		if apart && t.times == 0 && one.times > 0 {
			said = append(said, strconv.Itoa(one.times)+"回")
		}
		if len(said) == usage && !apart {
			continue // the usage alone stands among the usages
		}
		text := strings.Join(said, " ")
		if i > 0 && t.inTurn && all[i-1].next == "S" {
			text = "その後 " + text
		}
		if o.otherGiven {
			text = "（オーダの薬剤で） " + text
		}
		o.words = appendLine(o.words, text)
	}
	if !apart {
		return
	}
	r.warn(o.tq1[0], 0, "amounts or times that the order's fields cannot hold, each TQ1 is shown as an instruction")
	if t.otherAmounts && ordered != "" && !slices.ContainsFunc(all, func(one timed) bool { return !one.other }) {
		o.words = append(o.words, "オーダの1回量 "+ordered)
	}
	if daily := o.rxe.Field(o.at.daily).Quantity(); t.inTurn && t.otherAmounts && daily.Amount != "" {
		unit := coded(daily.Unit)
		o.words = append(o.words, "オーダの1日量 "+daily.Amount+unit.Label())
	}
}

// dayWords writes a time for people.
func dayWords(at clinical.Time) string {
	s := string(at.InJapan())
	if len(s) < len("20060102") {
		return ""
	}
	day := s[:4] + "/" + s[4:6] + "/" + s[6:8]
	switch {
	case len(s) >= len("200601021504"):
		day += " " + s[8:10] + ":" + s[10:12]
	case len(s) == len("2006010215"): // meals are told by the hour
		day += " " + s[8:] + "時"
	}
	return day
}
