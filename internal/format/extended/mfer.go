package extended

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
	"mizuhiki.dev/mizuhiki/internal/format/prose"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// Tags of MFER (ISO 22077-1, HS032) that matter here.
const (
	mferPadding     = 0x00
	mferByteOrder   = 0x01
	mferCharset     = 0x03
	mferWave        = 0x1E
	mferChannel     = 0x3F
	mferPreamble    = 0x40
	mferGroup       = 0x67
	mferEnd         = 0x80
	mferName        = 0x81
	mferID          = 0x82
	mferAge         = 0x83
	mferSex         = 0x84
	mferIndefinite  = -1
	mferMaxPreamble = 4 << 10
)

// isMFER tells a waveform by its preamble. One need not be there: then by definitions
// that are known and as long as they may be, up to the samples.
func isMFER(head []byte) bool {
	s := newStream(bytes.NewReader(head), int64(len(head)), new(int64(len(head))))
	m := mferReader{in: s}
	for seen := 0; ; seen++ {
		tag, length, ok := m.definition()
		limits, known := mferLengths[tag]
		switch {
		case !ok || !known || length != mferIndefinite && (length < limits[0] || length > limits[1]):
			return false
		case seen == 0 && tag == mferPreamble && length >= 3:
			return string(s.peek(3)) == "MFR"
		case tag == mferWave:
			return seen >= mferLeast
		case length == mferIndefinite || tag == mferGroup:
		case s.skip(length) != nil:
			return false
		}
	}
}

// mferLeast is how many definitions there are before the samples: byte order, channels,
// sampling and sensitivity at least, unless all are what they are by default.
const mferLeast = 4

// mferLengths says how long the values of definitions may be.
var mferLengths = map[byte][2]int64{
	mferByteOrder: {0, 1}, 0x02: {3, 3}, mferCharset: {0, 64}, 0x04: {0, 4}, 0x05: {0, 4}, 0x06: {0, 4}, 0x07: {0, 4},
	0x08: {0, 256}, 0x09: {0, 256}, 0x0A: {0, 1}, 0x0B: {0, 6}, 0x0C: {0, 6}, 0x0D: {0, 8}, 0x0E: {0, 6}, 0x0F: {0, 2},
	0x11: {0, 256}, 0x12: {0, 8}, 0x15: {0, 4096}, 0x16: {0, 4096}, 0x17: {0, 1024}, mferWave: {1, 1 << 32},
	mferChannel: {0, 4096}, mferPreamble: {3, mferMaxPreamble}, 0x41: {0, 4096}, 0x42: {0, 4096}, 0x43: {0, 64},
	0x44: {0, 4096}, 0x45: {0, 4096}, 0x46: {0, 4096}, mferGroup: {0, 1 << 20}, mferName: {0, 1024}, mferID: {0, 1024},
	mferAge: {0, 7}, mferSex: {0, 1}, 0x85: {0, 16}, 0x86: {0, 4096}, 0x87: {0, 1024}, 0x88: {0, 4096},
}

// mferClaims reads whom a waveform is of: MWF_PNM, MWF_PID, MWF_AGE and MWF_SEX, wherever
// they stand. whole tells whether it was gone through to its end.
func mferClaims(s *stream) (out []claim, whole bool) {
	m := mferReader{in: s, order: binary.BigEndian}
	for {
		tag, length, ok := m.definition()
		switch {
		case !ok:
			return m.claims(), false
		case tag == mferEnd:
			return m.claims(), true
		case length == mferIndefinite && tag == mferWave: // nobody knows where it ends
			return m.claims(), false
		case length == mferIndefinite, tag == mferGroup: // what is inside is read like the rest
		case !m.value(tag, length):
			return m.claims(), false
		}
	}
}

type mferReader struct {
	in      *stream
	order   binary.ByteOrder
	charset string
	names   [][]named
	birth   string
	out     []claim
}

// definition reads a tag and the length of what it defines, and passes over them. At the
// end of the file it gives mferEnd.
func (m *mferReader) definition() (tag byte, length int64, ok bool) {
	for {
		b := m.in.peek(1)
		switch {
		case len(b) == 0:
			return mferEnd, 0, m.in.left <= 0
		case b[0] != mferPadding:
			return m.header(m.in.peek(16))
		}
		if m.in.skip(1) != nil {
			return 0, 0, false
		}
	}
}

func (m *mferReader) header(b []byte) (tag byte, length int64, ok bool) {
	tag, size := b[0], 1
	if tag == mferEnd {
		return tag, 0, true
	}
	if tag == mferChannel { // its number follows, seven bits in a byte
		for size < len(b) && b[size]&0x80 != 0 {
			size++
		}
		size++
	}
	length, n, ok := mferLength(b[min(size, len(b)):])
	return tag, length, ok && m.in.skip(int64(size+n)) == nil
}

// mferLength reads a length and how many bytes it takes.
func mferLength(b []byte) (length int64, size int, ok bool) {
	if len(b) == 0 {
		return 0, 0, false
	}
	n := int(b[0]) - 0x80
	switch {
	case n < 0:
		return int64(b[0]), 1, true
	case n == 0:
		return mferIndefinite, 1, true
	case n > 4 || len(b) <= n:
		return 0, 0, false
	}
	for _, c := range b[1 : 1+n] {
		length = length<<8 | int64(c)
	}
	return length, 1 + n, true
}

// value reads what a tag defines, or passes over it.
func (m *mferReader) value(tag byte, length int64) bool {
	switch tag {
	case mferByteOrder, mferCharset, mferName, mferID, mferAge, mferSex:
	default:
		return m.in.skip(length) == nil
	}
	b, err := m.in.take(length)
	if err != nil {
		return false
	}
	switch tag {
	case mferByteOrder:
		m.order = binary.BigEndian
		if len(b) > 0 && b[0] == 1 {
			m.order = binary.LittleEndian
		}
	case mferCharset:
		m.charset = trimText(string(b))
	case mferName:
		m.names = append(m.names, mferNames(textOf(b, m.charset, m.order)))
	case mferID: // number^issuer
		id, _, _ := strings.Cut(textOf(b, m.charset, m.order), "^")
		if id = trimText(id); id != "" {
			m.out = append(m.out, claim{ids: []string{id}})
		}
	case mferAge: // years (1 byte), days (2), year of birth (2), month, day
		if len(b) >= 7 {
			m.birth = dayOf(m.order.Uint16(b[3:]), b[5], b[6])
			m.out = append(m.out, claim{birth: m.birth})
		}
	case mferSex:
		if len(b) > 0 {
			m.out = append(m.out, claim{sex: sexOf(b[0])})
		}
	}
	return true
}

// claims gives what was said; names with the birth date, which counts beside them.
func (m *mferReader) claims() []claim {
	for _, n := range m.names {
		m.out = append(m.out, claim{names: n, birth: m.birth})
	}
	return m.out
}

// mferNames parts a name. The standard recommends family^its reading^given^its reading;
// written are also family^given, as in a message, and both parted by a space.
func mferNames(text string) []named {
	if strings.ContainsRune(text, '\uFFFD') {
		return nil
	}
	p := strings.Split(text, "^")
	for i := range p {
		p[i] = trimText(p[i])
	}
	var out []named
	add := func(n named) {
		if inJapanese(n.full()) {
			out = append(out, n)
		}
	}
	switch {
	case len(p) == 1:
		add(nameOf(p[0]))
	case len(p) == 2:
		add(named{p[0], p[1]})
	default:
		p = append(p, "")
		add(named{p[0], p[2]})
		add(named{p[1], p[3]})
		add(named{p[0], p[1]})
	}
	return out
}

// textOf decodes text in the character set that a waveform names. What is not Japanese
// and has other letters than ASCII is U+FFFD: nobody compares it.
func textOf(b []byte, charset string, order binary.ByteOrder) string {
	charset = strings.ToUpper(charset)
	text := ""
	switch {
	case strings.Contains(charset, "UTF-16"), strings.Contains(charset, "10646"), strings.Contains(charset, "UCS"):
		end := unicode.BigEndian
		if order == binary.LittleEndian {
			end = unicode.LittleEndian
		}
		out, err := unicode.UTF16(end, unicode.UseBOM).NewDecoder().Bytes(b)
		if err != nil {
			return "\uFFFD"
		}
		text = string(out)
	case strings.Contains(charset, "EUC"):
		out, warning, err := prose.Decode(b, "euc-jp")
		if err != nil || warning != "" {
			return "\uFFFD"
		}
		text = out
	case strings.Contains(charset, "8859"), strings.Contains(charset, "IR 100"), strings.Contains(charset, "LATIN"):
		if bytes.ContainsFunc(b, func(r rune) bool { return r >= 0x80 }) {
			return "\uFFFD"
		}
		text = string(b)
	default: // whatever it is called: by the bytes
		text, _ = jis.Decode(b)
	}
	return trimText(text)
}

// trimText drops what pads a text.
func trimText(s string) string { return strings.Trim(s, " \u3000\t\r\n\x00") }

// dayOf gives a day of birth as YYYYMMDD, as far as it is said; empty for none.
func dayOf(year uint16, month, day byte) string {
	const first, last = 1850, 2150
	if year < first || year > last {
		return ""
	}
	if month == 0 && day == 0 {
		return fmt.Sprintf("%04d", year)
	}
	d, err := wareki.Of(int(year), time.Month(month), int(day))
	if err != nil {
		return ""
	}
	return d.Compact()
}

// sexOf reads a sex as MFER and SCP-ECG have it.
func sexOf(code byte) clinical.Sex {
	switch code {
	case 1:
		return clinical.Male
	case 2:
		return clinical.Female
	}
	return ""
}
