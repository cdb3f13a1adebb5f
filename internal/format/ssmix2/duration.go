package ssmix2

import (
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// duration is how long or how often a drug is to be given (TQ1-6).
type duration struct {
	days, times int
	written     string // where neither can say it: 90 with the unit min
	unit        clinical.Coded
}

func (d duration) isZero() bool { return d == duration{} }

// words says the duration as people do; doses are no duration there.
func (d duration) words() string {
	if d.days > 0 {
		return strconv.Itoa(d.days) + "日分"
	}
	return d.written + d.unit.Label()
}

// duration reads TQ1-6, a number with its unit: days and weeks as days, doses as
// times, all else as written; so is what is no number, with a warning.
func (r *reader) duration(tq1 *hl7v2.Segment) duration {
	q := tq1.Field(6).Quantity()
	amount := strings.TrimSpace(q.Amount)
	if amount == "" {
		return duration{}
	}
	if f, err := strconv.ParseFloat(amount, 64); err != nil || !(f >= 0 && f <= 100_000) {
		r.remark(clinical.RemarkMissing, tq1, 6, "duration is no number, shown as written")
		return duration{written: amount, unit: coded(q.Unit)}
	}
	d := duration{written: amount, unit: coded(q.Unit)}
	if d.unit == (clinical.Coded{}) {
		r.remark(clinical.RemarkMissing, tq1, 6, "duration without a unit")
		return d
	}
	n, err := strconv.Atoi(amount)
	if err != nil {
		return d
	}
	switch strings.ToUpper(firstText(q.Unit.Code, q.Unit.Text)) {
	case "D", "日", "日分":
		return duration{days: n}
	case "W", "WK", "週":
		return duration{days: 7 * n}
	case "TIME", "DOSE", "回", "回分":
		return duration{times: n}
	}
	return d
}
