package filing

import (
	"bytes"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// stopped writes an entry as it is once a message has discontinued its order, or cancelled a
// part of it: with that status (ORC-5) and, discontinued, the time (ORC-15), all else byte by
// byte. So it is with one that was held, or replaced; a release takes back what holds it, and
// nothing else. cause is why it is not: the message means something that the entry does not
// have, or the entry cannot be written so.
func stopped(held, later []byte) (body []byte, cause error) {
	is, err := hl7v2.Parse(later)
	if err != nil {
		return nil, err
	}
	if !(ofDrugOrders[is.Header().At(9, 1, 1, 1)] && namesPart(is)) && saysBeside(is, besideOrder, ofDrugs) {
		return nil, errBeside
	}
	was, lines, ok := segmentsOf(held)
	if !ok {
		return nil, errUnwritable
	}
	all := groupsOf(was)
	if len(all) == 0 {
		return nil, errUnwritable
	}
	by, cause := aimed(all, groupsOf(is))
	if cause != nil {
		return nil, cause
	}
	changed := map[int]becomes{}
	for i, g := range all {
		if by[i] == nil || ssmix2.CancelsOrder(g.orc) {
			continue
		}
		fields := fieldsOf(lines[g.at], was.Delimiters.Field)
		for len(fields) <= 15 {
			fields = append(fields, nil)
		}
		ended := ssmix2.DiscontinuesOrder(g.orc) || ssmix2.ReplacesOrder(g.orc)
		switch {
		case ssmix2.CancelsOrder(by[i]):
			fields[5], changed[g.at] = []byte("CA"), ssmix2.CancelsOrder
		case ssmix2.DiscontinuesOrder(by[i]):
			at, told := stoppedAt(is, by[i], g.orc)
			if !told && ssmix2.DiscontinuesOrder(g.orc) && len(fields[15]) > 0 {
				continue // it is known better
			}
			fields[5], fields[15], changed[g.at] = []byte("DC"), []byte(at), ssmix2.DiscontinuesOrder
		case ssmix2.ReplacesOrder(by[i]):
			fields[5], changed[g.at] = []byte("RP"), ssmix2.ReplacesOrder
		case ssmix2.HoldsOrder(by[i]) && !ended:
			fields[5], changed[g.at] = []byte("HD"), ssmix2.HoldsOrder
		case ssmix2.ReleasesOrder(by[i]) && ssmix2.HoldsOrder(g.orc):
			fields[5], changed[g.at] = nil, released
			switch g.orc.ID(1) {
			case "HD", "OH", "HR":
				fields[1] = []byte(by[i].ID(1))
			}
		default:
			continue
		}
		lines[g.at] = bytes.Join(fields, []byte{was.Delimiters.Field})
	}
	if body = joined(lines); !onlyStopped(was, body, changed) {
		return nil, errUnwritable
	}
	return body, nil
}

// becomes tells of an ORC that was written whether it says what it is to say.
type becomes func(orc *hl7v2.Segment) bool

func released(orc *hl7v2.Segment) bool { return !ssmix2.HoldsOrder(orc) }

var (
	errBeside     = unplaced{fault.New(fault.Invalid, "it discontinues its order and says more than which drugs of it"), kept.ReasonUnclearPart}
	errUnwritable = unplaced{fault.New(fault.Invalid, "the entry of the order that it discontinues or cancels cannot say that"), kept.ReasonUnclearPart}
)

// onlyStopped reports whether a body differs from a message in what [stopped] writes alone,
// and in these segments. It is read for that, since a separator may be half of a kanji.
func onlyStopped(was *hl7v2.Message, body []byte, changed map[int]becomes) bool {
	is, err := hl7v2.Parse(body)
	if err != nil || is.Len() != was.Len() {
		return false
	}
	for i := range was.Len() {
		a, b := was.Segment(i+1), is.Segment(i+1)
		is, ok := changed[i]
		if !ok {
			if a.Raw() != b.Raw() {
				return false
			}
			continue
		}
		if !sameButStatus(a, b) || !is(b) {
			return false
		}
	}
	return true
}

// sameButStatus reports whether an ORC differs from another at most in what [stopped] writes.
func sameButStatus(was, is *hl7v2.Segment) bool {
	if was.Name != is.Name {
		return false
	}
	for n := 1; n <= max(was.Len(), is.Len()); n++ {
		if n == 5 || n == 15 || n == 1 && ssmix2.HoldsOrder(was) {
			continue
		}
		if was.Field(n).Raw() != is.Field(n).Raw() {
			return false
		}
	}
	return true
}

// stoppedAt gives the time that a message discontinues an order at: when that takes effect
// (ORC-15), when it was entered (ORC-9) unless that is when the order was, and else when the
// message was made (MSH-7); told is false for the last. It is as precise as the message says
// anywhere of that time.
func stoppedAt(msg *hl7v2.Message, stop, order *hl7v2.Segment) (at string, told bool) {
	made, _ := dayTime(msg.Header(), 7)
	at, told = dayTime(stop, 15)
	if !told {
		if at, told = dayTime(stop, 9); told && !behind(at, order.At(9, 1, 1, 1)) {
			told = false
		}
	}
	if !told || strings.HasPrefix(made, at) {
		at = made
	}
	return at, told
}

// dayTime gives a time of which at least the day is known.
func dayTime(s *hl7v2.Segment, field int) (string, bool) {
	at, err := s.Field(field).Time()
	if err != nil || at.Date() == "" {
		return "", false
	}
	return at.Raw, true
}

func behind(a, b string) bool {
	x, err := hl7v2.ParseTime(strings.TrimSpace(a))
	y, err1 := hl7v2.ParseTime(strings.TrimSpace(b))
	at, ok := x.Instant()
	of, ok1 := y.Instant()
	return err == nil && err1 == nil && ok && (!ok1 || at.After(of))
}

// fieldsOf splits a segment as it was written. Between ESC $ and ESC ( two bytes are a
// character, in which a separator is none.
func fieldsOf(line []byte, separator byte) (out [][]byte) {
	from, wide := 0, false
	for i, c := range line {
		switch {
		case c == 0x1B && i+1 < len(line):
			wide = line[i+1] == '$'
		case c == separator && !wide:
			out, from = append(out, line[from:i]), i+1
		}
	}
	return append(out, line[from:])
}
