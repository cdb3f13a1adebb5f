package extended

import (
	"encoding/binary"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
)

// dicomClaim reads whom a DICOM object is of (patient module, PS3.3 C.7.1.1) from its
// first bytes: a Part 10 file in little endian. What lies further behind, or in another
// transfer syntax, is not looked at; ok tells whether the object said an ID.
func dicomClaim(head []byte) (c claim, ok bool) {
	d := dicomReader{b: head[dicomPreamble+4:], explicit: true}
	syntax := ""
	for d.more() && d.group() == 2 {
		e, ok := d.next()
		if !ok {
			return c, false
		}
		if e.tag == 0x00020010 {
			syntax = trimDICOM(e.value)
		}
	}
	switch syntax {
	case "1.2.840.10008.1.2": // implicit
		d.explicit = false
	case "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "": // big endian, deflated
		return c, false
	}
	charset := ""
	for d.more() {
		e, whole := d.next()
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
			if s := clinical.Sex(trimDICOM(e.value)); s == clinical.Male || s == clinical.Female {
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
		if inJapanese(n.family + n.given) {
			out = append(out, n)
		}
	}
	return out
}

// inJapanese reports whether a name is in kanji or kana and can be compared with one.
func inJapanese(s string) bool {
	return kana.IsKana(s) || strings.ContainsFunc(s, func(r rune) bool { return r >= '぀' })
}

// dicomReader goes through data elements.
type dicomReader struct {
	b        []byte
	explicit bool
}

type dicomElement struct {
	tag   uint32
	value []byte
}

func (d *dicomReader) more() bool { return len(d.b) >= 8 }

func (d *dicomReader) group() uint16 { return binary.LittleEndian.Uint16(d.b) }

const undefinedLength = 0xFFFFFFFF

// next reads one element, false if it does not end within what is there. A sequence is
// passed over.
func (d *dicomReader) next() (e dicomElement, whole bool) {
	e.tag = uint32(d.group())<<16 | uint32(binary.LittleEndian.Uint16(d.b[2:]))
	length, ok := d.header()
	if !ok {
		return e, false
	}
	if length == undefinedLength {
		return e, d.skipItems()
	}
	if uint64(length) > uint64(len(d.b)) {
		return e, false
	}
	e.value, d.b = d.b[:length], d.b[length:]
	return e, true
}

// header reads tag, value representation and length of an element and passes over them.
func (d *dicomReader) header() (length uint32, ok bool) {
	length, size := binary.LittleEndian.Uint32(d.b[4:]), 8
	if d.explicit && d.group() != 0xFFFE {
		switch string(d.b[4:6]) {
		case "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV":
			if len(d.b) < 12 {
				return 0, false
			}
			length, size = binary.LittleEndian.Uint32(d.b[8:]), 12
		default:
			length = uint32(binary.LittleEndian.Uint16(d.b[6:]))
		}
	}
	d.b = d.b[size:]
	return length, true
}

// skipItems passes over the items of a sequence of undefined length, and over sequences
// in them, until its own end. Elements are never read twice, so time is bounded by bytes.
func (d *dicomReader) skipItems() bool {
	for depth := 1; depth > 0; {
		if !d.more() {
			return false
		}
		tag := uint32(d.group())<<16 | uint32(binary.LittleEndian.Uint16(d.b[2:]))
		length := binary.LittleEndian.Uint32(d.b[4:])
		switch {
		case tag == 0xFFFEE0DD || tag == 0xFFFEE00D: // end of a sequence, of an item
			d.b = d.b[8:]
			depth--
		case tag == 0xFFFEE000:
			d.b = d.b[8:]
			if length == undefinedLength {
				depth++
			} else if uint64(length) > uint64(len(d.b)) {
				return false
			} else {
				d.b = d.b[length:]
			}
		default:
			opens, ok := d.skipOne()
			if !ok {
				return false
			}
			if opens {
				depth++
			}
		}
	}
	return true
}

// skipOne passes over one element inside an item; opens says that a sequence of
// undefined length begins.
func (d *dicomReader) skipOne() (opens, ok bool) {
	length, ok := d.header()
	if !ok {
		return false, false
	}
	if length == undefinedLength {
		return true, true
	}
	if uint64(length) > uint64(len(d.b)) {
		return false, false
	}
	d.b = d.b[length:]
	return false, true
}
