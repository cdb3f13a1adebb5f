package filing

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// sheet is a content of vital signs: what was measured of one patient in one hour by one
// sender, put together of the messages that told it. It is an ORU^R30 in which two segments
// of the gateway's own say where all of it comes from:
//
//	ZRC|received|digest|MSH-7|MSH-10   begins what a message said
//	ZHX|R|OBX|…                        a segment that does not hold (any more), and why: see fate
//	ZHX|N|2                            the next is the second of its message for the same time
//
// Each measurement has the last thing that was said of it, which holds or took it back, and
// whatever was said before. So a message that is read again is known, and one that comes
// late finds its place.
type sheet struct {
	head   [][]byte
	blocks []*block // in the order of receipt
	last   map[string]*statement
}

const (
	fromMessage = "ZRC"
	notHolding  = "ZHX"
	nthOf       = 'N'
)

var errNotFiled = fault.New(fault.Invalid, "it is not what was filed")

// added is what a message made of a content.
type added struct {
	body   []byte // nil: it says nothing that is not there
	stands bool   // something holds
	has    bool   // it was there already
	took   int    // measurements that it takes back of those that were there
	alone  int    // that it takes back and that were not there
	stale  int    // that are older than what holds
	news   int    // that hold by it
}

// onto puts what a message says of a place together with what is there, nil if nothing is.
// It fails if what is there cannot be read.
func (t *told) onto(held []byte, where place) (out added, err error) {
	s := &sheet{head: t.head, last: map[string]*statement{}}
	if held != nil {
		if s, err = readSheet(held); err != nil {
			return out, err
		}
	}
	b := t.blockFor(s, where)
	if b == nil {
		return out, nil
	}
	if slices.ContainsFunc(s.blocks, func(is *block) bool { return is.received == b.received && is.digest == b.digest }) {
		return added{has: true, stands: s.holds()}, nil
	}
	worth := false
	for _, p := range b.groups {
		bare := len(p.stated) == 0
		p.stated = slices.DeleteFunc(p.stated, func(is *statement) bool { return !s.take(is, &out) })
		worth = worth || len(p.stated) > 0
		if !bare && len(p.stated) == 0 {
			p.front = nil
		}
	}
	out.stands = s.holds()
	if !worth {
		return out, nil
	}
	b.groups = slices.DeleteFunc(b.groups, func(p *panelOf) bool { return p.front == nil })
	at, _ := slices.BinarySearchFunc(s.blocks, b, byReceipt)
	if at == len(s.blocks) {
		s.head = t.head
	}
	s.blocks = slices.Insert(s.blocks, at, b)
	out.body = s.bytes()
	return out, nil
}

func byReceipt(a, b *block) int {
	return cmp.Or(strings.Compare(a.received, b.received), strings.Compare(a.digest, b.digest))
}

// blockFor gives what a message says of a place, of its own: statements are changed where
// they are taken in, and a message may be filed again. What it takes back by its order is
// looked up in the sheet. nil: it says nothing of it.
func (t *told) blockFor(s *sheet, where place) *block {
	b := t.by
	said := t.parts[where]
	if said == nil && len(t.takesBack) == 0 {
		return nil
	}
	if said != nil {
		for _, p := range said.groups {
			own := &panelOf{front: p.front, order: p.order}
			for _, is := range p.stated {
				own.stated = append(own.stated, &statement{lines: is.lines, key: is.key, nth: is.nth, kind: is.kind, of: &b})
			}
			b.groups = append(b.groups, own)
		}
	}
	for _, back := range t.takesBack {
		if where.day != back.day {
			continue
		}
		if found := s.ofOrder(back.order, &b); len(found) > 0 {
			b.groups = append(append(b.groups, &panelOf{front: back.front}), found...)
		}
	}
	return &b
}

// ofOrder gives statements that take back what holds of an order, of what was received
// before a message.
func (s *sheet) ofOrder(order string, by *block) (out []*panelOf) {
	for _, of := range s.blocks {
		if byReceipt(of, by) >= 0 {
			break
		}
		for _, p := range of.groups {
			if p.order != order {
				continue
			}
			own := &panelOf{front: p.front, order: p.order}
			for _, is := range p.stated {
				if is.fate == stands {
					own.stated = append(own.stated, &statement{lines: is.lines, key: is.key, nth: is.nth, kind: takes, of: by})
				}
			}
			if len(own.stated) > 0 {
				out = append(out, own)
			}
		}
	}
	return out
}

// take decides what a statement is against the last that was said of its measurement, and
// reports whether it is worth being written. What was received later holds. Where the same
// sender's clock says the other way round, or a value comes plainly behind its correction and
// no clock tells that it is a new one, it was held up on its way: what holds stays.
func (s *sheet) take(is *statement, out *added) bool {
	was := s.last[is.key]
	is.fate = stands
	if is.kind == takes {
		is.fate = takenOff
	}
	switch {
	case was == nil:
		if is.kind == takes {
			out.alone++
		}
	case was.same(is):
		return false
	case byReceipt(is.of, was.of) < 0:
		is.fate = replaced
		return true
	case is.overtaken(was):
		is.fate = stale
		out.stale++
		return true
	default:
		if is.kind == takes && was.fate == stands {
			out.took++
		}
		was.fate = replaced
	}
	if is.fate == stands {
		out.news++
	}
	s.last[is.key] = is
	return true
}

// same reports whether two statements say the same, whatever their number (OBX-1).
func (is *statement) same(other *statement) bool {
	if (is.kind == takes) != (other.kind == takes) {
		return false
	}
	return is.kind == takes || slices.EqualFunc(is.lines, other.lines, func(a, b []byte) bool { return bytes.Equal(unnumbered(a), unnumbered(b)) })
}

// unnumbered gives an OBX without its first field; no kanji stands before that.
func unnumbered(line []byte) []byte {
	if len(line) < 5 || !bytes.HasPrefix(line, []byte("OBX")) {
		return line
	}
	_, rest, _ := bytes.Cut(line[4:], line[3:4])
	return rest
}

// overtaken reports whether a statement that came later was made earlier.
func (is *statement) overtaken(was *statement) bool {
	sent, before := toTheSecond(is.of.sent), toTheSecond(was.of.sent)
	if sent == "" || before == "" || sent == before {
		return is.kind == says && was.kind != says
	}
	return sent < before
}

// toTheSecond gives a time as digits in Japan down to the second; empty: it is not that exact.
func toTheSecond(raw string) string {
	at, err := hl7v2.ParseTime(raw)
	if err != nil || at.Precision < hl7v2.PrecisionSecond {
		return ""
	}
	moment, _ := at.Instant()
	return moment.UTC().Format("20060102150405.000")
}

func (s *sheet) holds() bool {
	for _, is := range s.last {
		if is.fate == stands {
			return true
		}
	}
	return false
}

// bytes writes the sheet.
func (s *sheet) bytes() []byte {
	separator := string(rune(s.head[0][3]))
	out := slices.Clone(s.head)
	for _, b := range s.blocks {
		out = append(out, []byte(strings.Join([]string{fromMessage, b.received, b.digest, b.sent, b.id}, separator)))
		for _, p := range b.groups {
			front := replaced
			if slices.ContainsFunc(p.stated, func(is *statement) bool { return is.fate == stands }) {
				front = stands
			}
			out = appendLines(out, front, p.front, separator)
			for _, is := range p.stated {
				if is.nth > 1 {
					out = append(out, []byte(notHolding+separator+string(nthOf)+separator+strconv.Itoa(is.nth)))
				}
				out = appendLines(out, is.fate, is.lines, separator)
			}
		}
	}
	return joined(out)
}

func appendLines(out [][]byte, st fate, lines [][]byte, separator string) [][]byte {
	if st == stands {
		return append(out, lines...)
	}
	for _, line := range lines {
		out = append(out, append([]byte(notHolding+separator+string(rune(st))+separator), line...))
	}
	return out
}

// readSheet reads a sheet.
func readSheet(body []byte) (*sheet, error) {
	lines := hl7v2.Lines(body)
	states := make([]fate, len(lines))
	from := len(lines)
	for i, line := range lines {
		switch {
		case bytes.HasPrefix(line, []byte(fromMessage)):
			from = min(from, i)
		case !bytes.HasPrefix(line, []byte(notHolding)):
		case len(line) < 7 || line[3] != line[5] || !bytes.ContainsRune([]byte{byte(replaced), byte(takenOff), byte(stale), nthOf}, rune(line[4])):
			return nil, errNotFiled
		case line[4] != nthOf:
			states[i], lines[i] = fate(line[4]), line[6:]
		}
	}
	msg, err := hl7v2.Parse(joined(lines))
	if err != nil {
		return nil, err
	}
	if from == len(lines) || msg.Len() != len(lines) {
		return nil, errNotFiled
	}
	s := &sheet{head: lines[:from], last: map[string]*statement{}}
	var t *teller
	for i := from; i < len(lines); i++ {
		line := msg.Segment(i + 1)
		if line.Name != fromMessage {
			if err := t.again(line, lines[i], states[i]); err != nil {
				return nil, err
			}
			continue
		}
		if err := s.append(t); err != nil {
			return nil, err
		}
		t = &teller{whole: &block{received: line.Field(1).Raw(), digest: line.Field(2).Raw(), sent: line.Field(3).Raw(), id: line.Field(4).Raw()}}
	}
	return s, s.append(t)
}

// append adds what one message said, if one was read.
func (s *sheet) append(t *teller) error {
	if t == nil {
		return nil
	}
	if err := t.end(); err != nil {
		return err
	}
	for _, p := range t.whole.groups {
		for _, is := range p.stated {
			is.of = t.whole
			if is.fate == stands || is.fate == takenOff {
				s.last[is.key] = is
			}
		}
	}
	s.blocks = append(s.blocks, t.whole)
	return nil
}
