package extended

import (
	"encoding/binary"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

// dicomClaim reads whom a DICOM object is of (patient module, PS3.3 C.7.1.1): a Part 10
// file in any transfer syntax, since they differ in the pixels but for the order of
// bytes, how elements are written, and deflation. ok tells whether it said an ID.
func dicomClaim(s *stream, budget *int64) (c claim, ok bool) {
	if s.skip(dicomPreamble+int64(len(dicomMagic))) != nil {
		return c, false
	}
	d := dicomReader{in: s, order: binary.LittleEndian, explicit: true}
	syntax := ""
	for d.more() && d.group() == 2 {
		e, whole := d.next(func(tag uint32) bool { return tag == 0x00020010 })
		if !whole {
			return c, false
		}
		if e.tag == 0x00020010 {
			syntax = trimDICOM(e.value)
		}
	}
	switch syntax {
	case "1.2.840.10008.1.2": // implicit
		d.explicit = false
	case "1.2.840.10008.1.2.2":
		d.order = binary.BigEndian
	case "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205": // deflated
		d.in = s.inflated(budget)
	case "":
		return c, false
	}
	return d.patient()
}

// patient reads the patient module, before which only what is passed over stands: tags
// come in rising order.
func (d *dicomReader) patient() (c claim, ok bool) {
	charset := ""
	for d.more() {
		e, whole := d.next(func(tag uint32) bool { return tag == 0x00080005 || tag>>16 == 0x0010 && tag <= 0x00100040 })
		if !whole || e.tag > 0x00100040 {
			break
		}
		switch e.tag {
		case 0x00080005:
			charset = trimDICOM(e.value)
		case 0x00100010:
			c.names = dicomNames(e.value, charset)
		case 0x00100020:
			if id := trimDICOM(e.value); id != "" {
				c.ids, ok = []string{id}, true
			}
		case 0x00100030:
			c.birth = trimDICOM(e.value)
		case 0x00100040:
			if s := clinical.Sex(trimDICOM(e.value)); certain(s) {
				c.sex = s
			}
		}
	}
	return c, ok
}

// trimDICOM drops the padding of text values.
func trimDICOM(b []byte) string { return strings.Trim(string(b), " \x00") }

// dicomNames reads a person name (PN): Latin letters, kanji and kana parted by "=".
func dicomNames(b []byte, charset string) []named {
	var text string
	switch {
	case strings.Contains(charset, "ISO_IR 192"):
		text = strings.ToValidUTF8(string(b), "\uFFFD")
	case charset == "", strings.Contains(charset, "IR 13"), strings.Contains(charset, "IR 87"), strings.Contains(charset, "IR 6"), strings.Contains(charset, "IR 159"):
		text, _ = jis.Decode(b) // before it is parted: halves of kanji look like delimiters
	default:
		return nil
	}
	if strings.ContainsRune(text, '\uFFFD') {
		return nil
	}
	var out []named
	for group := range strings.SplitSeq(strings.Trim(text, " \x00"), "=") {
		parts := strings.SplitN(group, "^", 3)
		n := named{family: strings.TrimSpace(parts[0])}
		if len(parts) > 1 {
			n.given = strings.TrimSpace(parts[1])
		}
		if inJapanese(n.full()) {
			out = append(out, n)
		}
	}
	return out
}

// dicomReader goes through data elements.
type dicomReader struct {
	in       *stream
	order    binary.ByteOrder
	explicit bool
}

type dicomElement struct {
	tag   uint32
	value []byte // nil of what was passed over
}

func (d *dicomReader) more() bool { return len(d.in.peek(8)) == 8 }

func (d *dicomReader) group() uint16 { return d.order.Uint16(d.in.peek(8)) }

const undefinedLength = 0xFFFFFFFF

// next reads one element, false if it does not end within what is there. Only values
// that are wanted are read; a sequence is passed over. There must be more.
func (d *dicomReader) next(wanted func(tag uint32) bool) (e dicomElement, whole bool) {
	tag, length, ok := d.header()
	e.tag = tag
	switch {
	case !ok:
		return e, false
	case length == undefinedLength:
		return e, d.skipItems()
	case !wanted(tag):
		return e, d.in.skip(int64(length)) == nil
	}
	value, err := d.in.take(int64(length))
	e.value = value
	return e, err == nil
}

// header reads tag, value representation and length of an element. There must be more.
func (d *dicomReader) header() (tag, length uint32, ok bool) {
	b := d.in.peek(12)
	if len(b) < 8 {
		return 0, 0, false
	}
	tag = uint32(d.order.Uint16(b))<<16 | uint32(d.order.Uint16(b[2:]))
	length, size := d.order.Uint32(b[4:]), int64(8)
	// What has no value representation is implicit, also inside of what is explicit: the
	// items of sequences that somebody did not know (UN, PS3.5 6.2.2).
	if d.explicit && tag>>16 != 0xFFFE && isUpper(b[4]) && isUpper(b[5]) {
		switch string(b[4:6]) {
		case "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV":
			if len(b) < 12 {
				return tag, 0, false
			}
			length, size = d.order.Uint32(b[8:]), 12
		default:
			length = uint32(d.order.Uint16(b[6:]))
		}
	}
	return tag, length, d.in.skip(size) == nil
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// skipItems passes over the items of a sequence of undefined length, and over sequences
// in them, until its own end. Elements are never read twice, so time is bounded by bytes.
func (d *dicomReader) skipItems() bool {
	for depth := 1; depth > 0; {
		tag, length, ok := d.header()
		switch {
		case !ok:
			return false
		case tag == 0xFFFEE0DD || tag == 0xFFFEE00D: // end of a sequence, of an item
			depth--
		case length == undefinedLength: // an item, or a sequence in one
			depth++
		case d.in.skip(int64(length)) != nil:
			return false
		}
	}
	return true
}
