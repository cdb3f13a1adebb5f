package dicom

import (
	"bytes"
	"encoding/binary"
	"strings"
)

const (
	preamble = 128
	magic    = "DICM"
	// lookedAt is how much of a data set is looked at to tell how it is written.
	lookedAt = 4 << 10
)

// Transfer syntaxes that are not written in explicit little endian.
const (
	implicitLittle = "1.2.840.10008.1.2"
	explicitLittle = "1.2.840.10008.1.2.1"
	explicitBig    = "1.2.840.10008.1.2.2"
)

// deflated are the transfer syntaxes whose data sets are compressed (RFC 1951).
var deflated = map[string]bool{"1.2.840.10008.1.2.1.99": true, "1.2.840.10008.1.2.4.95": true, "1.2.840.10008.1.2.4.205": true}

// form is how the elements of a data set are written.
type form struct {
	order    binary.ByteOrder
	explicit bool
}

// syntax gives the transfer syntax of a form.
func (f form) syntax() string {
	switch {
	case !f.explicit:
		return implicitLittle
	case f.order == binary.BigEndian:
		return explicitBig
	}
	return explicitLittle
}

func formOf(syntax string) form {
	switch syntax {
	case implicitLittle:
		return form{order: binary.LittleEndian}
	case explicitBig:
		return form{order: binary.BigEndian, explicit: true}
	}
	return form{order: binary.LittleEndian, explicit: true}
}

// Recognised tells an object by its first bytes, 4096 at least of a longer file.
func Recognised(head []byte) bool {
	if before(head) >= 0 {
		return true
	}
	_, ok := formBy(head)
	return ok
}

// before tells how many bytes stand before the file meta information, -1 if there is none.
func before(head []byte) int {
	switch prefix := []byte(magic); {
	case len(head) > preamble+len(magic) && bytes.HasPrefix(head[preamble:], prefix):
		return preamble + len(magic)
	case bytes.HasPrefix(head, prefix) && isMeta(head[len(magic):]):
		return len(magic)
	case isMeta(head):
		return 0
	}
	return -1
}

// isMeta tells file meta information, whose first element is its length.
func isMeta(head []byte) bool {
	return len(head) > 12 && bytes.HasPrefix(head, []byte("\x02\x00\x00\x00UL\x04\x00"))
}

// formBy tells how a data set is written by its first elements; false if it is not certain
// that it is one.
func formBy(head []byte) (form, bool) {
	head = head[:min(len(head), lookedAt)]
	for _, syntax := range []string{explicitLittle, implicitLittle, explicitBig} {
		if f := formOf(syntax); f.fits(head) {
			return f, true
		}
	}
	return form{}, false
}

// fits goes through the first elements up to one that proves what it is.
func (f form) fits(b []byte) bool {
	for last := uint32(0); ; {
		tag, vr, length, size, ok := f.header(b)
		group := tag >> 16
		switch {
		case !ok, last == 0 && group != 8 && group != 0x10, last != 0 && tag <= last, group > 0x20,
			f.explicit && !isRepresentation(vr),
			length%2 != 0, int64(length) > int64(len(b)-size):
			return false
		}
		value := b[size : size+int(length)]
		switch tag {
		case tagSOPClass, tagSOPInstance, tagStudy:
			return (!f.explicit || vr == "UI" || vr == "UN") && isUID(value)
		case tagPatientName, tagPatientID:
			if f.explicit {
				return vr == map[uint32]string{tagPatientName: "PN", tagPatientID: "LO"}[tag]
			}
		}
		last, b = tag, b[size+int(length):]
	}
}

// representations are all value representations (PS3.5 6.2).
const representations = " AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV "

func isRepresentation(vr string) bool {
	return len(vr) == 2 && strings.Contains(representations, " "+vr+" ")
}

// isUID reports whether a value can be nothing but a unique identifier.
func isUID(b []byte) bool {
	s := trim(b)
	return len(s) <= 64 && strings.Count(s, ".") >= 3 && strings.Trim(s, "0123456789.") == "" && strings.Trim(s[:1], "012") == ""
}

const undefinedLength = 0xFFFFFFFF

// header reads tag, value representation and length of an element, and how many bytes
// these take. False if there are too few bytes.
func (f form) header(b []byte) (tag uint32, vr string, length uint32, size int, ok bool) {
	if len(b) < 8 {
		return 0, "", 0, 0, false
	}
	tag = uint32(f.order.Uint16(b))<<16 | uint32(f.order.Uint16(b[2:]))
	length, size = f.order.Uint32(b[4:]), 8
	// What has no value representation is implicit, also inside of what is explicit: the
	// items of sequences that somebody did not know (UN, PS3.5 6.2.2).
	if !f.explicit || tag>>16 == 0xFFFE || !isUpper(b[4]) || !isUpper(b[5]) {
		return tag, "", length, size, true
	}
	switch vr = string(b[4:6]); vr {
	case "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV":
		if len(b) < 12 {
			return tag, vr, 0, 0, false
		}
		return tag, vr, f.order.Uint32(b[8:]), 12, true
	}
	return tag, vr, uint32(f.order.Uint16(b[6:])), size, true
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// trim drops the padding of text values.
func trim(b []byte) string { return strings.Trim(string(b), " \x00") }
