package clinical

import (
	"strconv"

	"mizuhiki.dev/mizuhiki/internal/format/jcode"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// openDays is for how long a drug counts as taken of which nothing says until when: what is
// taken as needed or applied as often as it takes, and orders that hold until somebody
// stops them. Nothing is prescribed for longer than a year without being prescribed again.
const openDays = 365

// Day is the day of a time in Japan; zero if it has none.
func (t Time) Day() wareki.Date {
	t = t.InJapan()
	if len(t) < 8 {
		return wareki.Date{}
	}
	d, err := wareki.ParseCompact(string(t[:8]))
	if err != nil {
		return wareki.Date{}
	}
	return d
}

// LastDay is the last day over which a drug that starts on a day is given as far as it is
// said: at the latest when it was discontinued, and that day itself where nothing says how long.
func (m Medication) LastDay(start wareki.Date) wareki.Date {
	end := m.End.Day()
	if start.IsZero() {
		return end
	}
	last := start
	if m.Days > 0 && !m.AsNeeded {
		last = start.AddDays(m.Days - 1)
	}
	if end.After(last) { // seven days of use, every other day, take two weeks
		last = end
	}
	return stoppedBy(m.Stopped, start, last)
}

// LastDay is [Medication.LastDay] of an injection, whose days are not counted: its bar is
// that of a single giving unless an end is said.
func (i Injection) LastDay(start wareki.Date) wareki.Date {
	if end := i.End.Day(); !end.IsZero() {
		return stoppedBy(i.Stopped, start, end)
	}
	return start
}

// stoppedBy gives the last day of what was to be given from a start to a last day.
func stoppedBy(stopped Time, start, last wareki.Date) wareki.Date {
	switch day := stopped.Day(); {
	case day.IsZero() || !last.After(day):
		return last
	case start.After(day):
		return start
	default:
		return day
	}
}

// Lasting is for how many days after its care date (YYYYMMDD) something may still be taken
// or given of what a document orders or hands out. Where that is not said it is rather too
// long than too short: who asks what a patient takes now must be given it.
func (d Document) Lasting(careDate string) int {
	date := Time(careDate).Day()
	if date.IsZero() {
		return 0
	}
	last := date
	later := func(day wareki.Date) {
		if day.After(last) {
			last = day
		}
	}
	for _, m := range d.Medications {
		if !m.OrderStatus.Void() && !withheld(m.Status) {
			later(m.mayLast(firstOf(m.Start.Day(), date)))
		}
	}
	for _, i := range d.Injections {
		if !i.OrderStatus.Void() && !withheld(i.Status) {
			later(i.mayLast(firstOf(i.Start.Day(), date)))
		}
	}
	return date.DaysUntil(last)
}

func firstOf(day, otherwise wareki.Date) wareki.Date {
	if day.IsZero() {
		return otherwise
	}
	return day
}

// Void reports whether an order came to nothing: another took its place, or none.
func (s OrderStatus) Void() bool {
	return s == OrderCancelled || s == OrderReplaced || s == OrderRefused
}

// withheld reports whether a completion status (HL7 table 0322) says that nothing was given.
func withheld(status string) bool { return status == "RE" || status == "NA" }

func (m Medication) mayLast(start wareki.Date) wareki.Date {
	last := m.LastDay(start)
	switch again, _ := strconv.Atoi(m.Refills); {
	case m.AsNeeded || m.Days == 0 && m.End.Day().IsZero() || m.End.Day().IsZero() && sparse(m.Usage):
		last = start.AddDays(openDays)
	case m.Days > 0 && again > 0 && again < 10: // リフィル: the same days once more, and again
		last = laterOf(last, start.AddDays(m.Days*(1+again)-1))
	}
	return stoppedBy(m.Stopped, start, last)
}

// mayLast knows an injection without end, days or number from one that goes on: it is given once.
func (i Injection) mayLast(start wareki.Date) wareki.Date {
	last := i.LastDay(start)
	switch {
	case i.Performed || !i.End.Day().IsZero():
	case i.AsNeeded || i.Times > 1 || i.Days == 0 && i.Duration != "" || sparse(i.Usage):
		last = start.AddDays(openDays)
	case i.Days > 0:
		last = start.AddDays(i.Days - 1)
	}
	return stoppedBy(i.Stopped, start, last)
}

func laterOf(a, b wareki.Date) wareki.Date {
	if b.After(a) {
		return b
	}
	return a
}

// sparse reports whether a drug is not taken every day, so that days of use are not days.
func sparse(usage []Coded) bool {
	for _, u := range usage {
		if jcode.NotDaily(u.System, u.Code) {
			return true
		}
	}
	return false
}
