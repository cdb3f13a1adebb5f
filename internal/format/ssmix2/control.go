package ssmix2

import (
	"cmp"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// controls and orderStatuses say what has become of an order whose ORC has a code in ORC-1
// (order control, HL7 table 0119) or ORC-5 (order status, table 0038). What is not in them
// stands as it was ordered: a request that could not be met (UC, UD, UH …) changes nothing.
var (
	controls = map[string]clinical.OrderStatus{
		"CA": clinical.OrderCancelled, "OC": clinical.OrderCancelled, "CR": clinical.OrderCancelled,
		"DC": clinical.OrderDiscontinued, "OD": clinical.OrderDiscontinued, "DR": clinical.OrderDiscontinued,
		"HD": clinical.OrderHeld, "OH": clinical.OrderHeld, "HR": clinical.OrderHeld,
		"RP": clinical.OrderReplaced, "RU": clinical.OrderReplaced, "RQ": clinical.OrderReplaced,
		"UA": clinical.OrderRefused,
	}
	orderStatuses = map[string]clinical.OrderStatus{
		"CA": clinical.OrderCancelled, "DC": clinical.OrderDiscontinued, "HD": clinical.OrderHeld, "RP": clinical.OrderReplaced,
	}
)

// statusOf tells what has become of an order, empty for one that stands and for a message
// without an ORC. Where ORC-1 and ORC-5 differ, the one that ends it holds.
func statusOf(orc *hl7v2.Segment) clinical.OrderStatus {
	control, status := controls[orc.ID(1)], orderStatuses[orc.ID(5)]
	for _, worst := range []clinical.OrderStatus{clinical.OrderCancelled, clinical.OrderReplaced, clinical.OrderDiscontinued, clinical.OrderRefused} {
		if control == worst || status == worst {
			return worst
		}
	}
	if control != "" {
		return control
	}
	return status
}

// cancelled reports whether an order is as if it had never been: CA is what SS-MIX2
// writes, the others are the same said by other parties. A discontinued one is not.
func cancelled(orc *hl7v2.Segment) bool { return statusOf(orc) == clinical.OrderCancelled }

// became tells what has become of an order, with a warning where that is anything but what
// the file's flag says.
func (r *reader) became(orc *hl7v2.Segment) clinical.OrderStatus {
	status := statusOf(orc)
	if status != "" && status != clinical.OrderCancelled {
		field := 1
		if controls[orc.ID(1)] != status {
			field = 5
		}
		r.warn(orc, field, "order is %s", status)
	}
	return status
}

// reasons are the words before why an order is what it is (ORC-16).
var reasons = map[clinical.OrderStatus]string{
	clinical.OrderDiscontinued: "中止理由：", clinical.OrderHeld: "保留理由：",
	clinical.OrderReplaced: "変更理由：", clinical.OrderRefused: "不受理の理由：",
}

// reason tells why an order no longer stands as it was ordered, such as a side effect;
// empty for one that does, or if nothing says why.
func reason(orc *hl7v2.Segment) string {
	words := reasons[statusOf(orc)]
	if words == "" || orc.Field(16).IsBlank() {
		return ""
	}
	return words + joined(codedAll(orc.Field(16).Codes()))
}

// stopped tells from when on a discontinued order that starts at a time no longer held: when
// that took effect (ORC-15), else when it was entered (ORC-9). It is empty where these may as
// well be the order's own, as some leave them: on or before the day of the start, or without
// one that of the file, ORC-9 may be when it was ordered, and ORC-15 too unless it is behind
// ORC-9 and not the start itself. Where a bar ends too early, a drug that was taken is missing.
func (r *reader) stopped(orc *hl7v2.Segment, start clinical.Time) clinical.Time {
	if statusOf(orc) != clinical.OrderDiscontinued {
		return ""
	}
	effective, entered := r.time(orc, 15), r.time(orc, 9)
	took, came, begins := minutes(effective), minutes(entered), minutes(start)
	day := cmp.Or(dayOf(start), r.name.CareDate)
	switch {
	case dayOf(effective) > day, came != "" && took > came && took != begins:
		return effective
	case dayOf(entered) > day:
		return entered
	}
	return ""
}

// dayOf gives the day of a time in Japan, YYYYMMDD; empty where it is not known.
func dayOf(at clinical.Time) string {
	digits := minutes(at)
	return digits[:min(len(digits), len("20060102"))]
}

// minutes gives the digits of a time in Japan down to the minute, without an hour that is
// midnight, which many write for none; empty where the day is not known.
func minutes(at clinical.Time) string {
	digits, _, _ := strings.Cut(string(at.InJapan()), ".")
	if len(digits) < len("20060102") {
		return ""
	}
	digits = digits[:min(len(digits), len("200601021504"))]
	if strings.Trim(digits[len("20060102"):], "0") == "" {
		return digits[:len("20060102")]
	}
	return digits
}

// CancelsOrder reports whether an ORC takes its order back, as if it had never been.
func CancelsOrder(orc *hl7v2.Segment) bool { return cancelled(orc) }

// DiscontinuesOrder reports whether an ORC says that its order goes on no longer.
func DiscontinuesOrder(orc *hl7v2.Segment) bool { return statusOf(orc) == clinical.OrderDiscontinued }

// HoldsOrder reports whether an ORC says that its order rests until it is released.
func HoldsOrder(orc *hl7v2.Segment) bool { return statusOf(orc) == clinical.OrderHeld }

// ReplacesOrder reports whether an ORC says that another order took the place of its own.
func ReplacesOrder(orc *hl7v2.Segment) bool { return statusOf(orc) == clinical.OrderReplaced }

// ReleasesOrder reports whether an ORC says that its order rests no longer, or goes on: its
// release (ORC-1, HL7 table 0119), or a change of its status alone to one of those that go
// on (ORC-5, table 0038).
func ReleasesOrder(orc *hl7v2.Segment) bool {
	if statusOf(orc) != "" {
		return false
	}
	switch orc.ID(1) {
	case "RL", "OE", "OR":
		return true
	case "SC":
		status := orc.ID(5)
		return status == "A" || status == "IP" || status == "SC"
	}
	return false
}

// TellsOfOrder reports whether an ORC tells what has become of its order, or answers a
// request about it, and neither orders nor changes anything nor takes the order back.
func TellsOfOrder(orc *hl7v2.Segment) bool {
	switch statusOf(orc) {
	case clinical.OrderCancelled:
		return false
	case clinical.OrderDiscontinued:
		return true
	}
	switch orc.ID(1) {
	case "HD", "OH", "HR", "RL", "OE", "OR", "RP", "RU", "RQ", "SC", "SS", "SR", "SN", "NA", "OK", "UA", "UC", "UD", "UH", "UR", "UX":
		return true
	}
	return false
}

// ChangesOrder reports whether an ORC says that the message puts another content in the
// place of its order's, however less that is (ORC-1, HL7 table 0119).
func ChangesOrder(orc *hl7v2.Segment) bool {
	switch orc.ID(1) {
	case "XO", "XX", "XR", "RO":
		return true
	}
	return false
}
