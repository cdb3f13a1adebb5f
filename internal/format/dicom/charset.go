package dicom

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"

	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

// set is a coded character set of ISO 2022.
type set struct {
	bytes  int               // of one character
	table  encoding.Encoding // that has it with the high bit set
	prefix string            // before each character of it in table
}

var (
	romaji = &set{bytes: 1} // as ASCII, JIS X 0201 among it
	kana   = &set{bytes: 1, table: japanese.ShiftJIS}
	x0208  = &set{bytes: 2, table: japanese.EUCJP}
	x0212  = &set{bytes: 2, table: japanese.EUCJP, prefix: "\x8F"}
	ksx    = &set{bytes: 2, table: korean.EUCKR}
	gb2312 = &set{bytes: 2, table: simplifiedchinese.GBK}
)

// repertoires are the terms of Specific Character Set by their registration numbers: what
// bytes with the high bit set mean.
var repertoires = map[string]*set{
	"6": nil, "13": kana, "87": nil, "159": nil, "149": ksx, "58": gb2312,
	"100": {bytes: 1, table: charmap.ISO8859_1}, "101": {bytes: 1, table: charmap.ISO8859_2},
	"109": {bytes: 1, table: charmap.ISO8859_3}, "110": {bytes: 1, table: charmap.ISO8859_4},
	"126": {bytes: 1, table: charmap.ISO8859_7}, "127": {bytes: 1, table: charmap.ISO8859_6},
	"138": {bytes: 1, table: charmap.ISO8859_8}, "144": {bytes: 1, table: charmap.ISO8859_5},
	"148": {bytes: 1, table: charmap.ISO8859_9}, "166": {bytes: 1, table: charmap.Windows874},
	"203": {bytes: 1, table: charmap.ISO8859_15},
}

// escapes choose sets for the low half or for the high half.
var escapes = []struct {
	sequence string // without ESC, none the beginning of a later one
	set      *set
	low      bool
}{
	{"(B", romaji, true}, {"(J", romaji, true}, {"(I", kana, true}, {")I", kana, false},
	{"$B", x0208, true}, {"$@", x0208, true}, {"$(B", x0208, true}, {"$(D", x0212, true},
	{"$)C", ksx, false}, {"$)A", gb2312, false},
	{"-A", repertoires["100"], false}, {"-B", repertoires["101"], false}, {"-C", repertoires["109"], false},
	{"-D", repertoires["110"], false}, {"-F", repertoires["126"], false}, {"-G", repertoires["127"], false},
	{"-H", repertoires["138"], false}, {"-L", repertoires["144"], false}, {"-M", repertoires["148"], false},
	{"-T", repertoires["166"], false}, {"-b", repertoires["203"], false},
}

// charset is what Specific Character Set declares. The zero charset is the default: ASCII.
type charset struct {
	whole   encoding.Encoding // of all text at once
	utf8    bool
	high    *set // of the high half at first; nil: no such bytes
	later   *set // of two bytes, that is declared for behind an escape sequence
	unknown bool
}

// declared reads a value of Specific Character Set.
func declared(b []byte) (terms []string, c charset) {
	for i, term := range strings.Split(ascii(b), `\`) {
		term = strings.TrimSpace(term)
		terms = append(terms, term)
		// Written are also "ISO-IR 100", "ISO 2022-IR 100", "iso_ir 100".
		name := strings.ToUpper(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(term))
		switch name {
		case "":
			continue
		case "ISOIR192", "ISO2022IR192", "UTF8":
			c.utf8 = true
			continue
		case "GB18030":
			c.whole = simplifiedchinese.GB18030
			continue
		case "GBK":
			c.whole = simplifiedchinese.GBK
			continue
		}
		number, extended := strings.CutPrefix(name, "ISO2022IR")
		if !extended {
			number = strings.TrimPrefix(name, "ISOIR")
		}
		s, known := repertoires[number]
		c.unknown = c.unknown || !known
		switch {
		case s == nil:
		case i == 0:
			c.high = s
		case s.bytes == 2 && c.later == nil:
			c.later = s
		}
	}
	if len(terms) == 1 && terms[0] == "" {
		terms = nil
	}
	return terms, c
}

// decode gives the text of a value. In a person's name the delimiters of groups and
// components end what escape sequences chose, too. guessed tells that the value has bytes
// that what is declared does not have; these are U+FFFD where they are not UTF-8 or CP932.
func (c charset) decode(b []byte, name bool) (text string, guessed bool) {
	switch {
	case c.whole != nil:
		return within(c.whole, b), false
	case c.utf8:
		if utf8.Valid(b) {
			return string(b), false
		}
		out, _ := jis.AppendUTF8(nil, b)
		return string(out), true
	case c.unknown, c.foreign(b):
		text, _ = jis.Decode(b)
		return text, true
	}
	d := decoder{charset: c, src: b, name: name}
	d.reset()
	for d.at < len(b) {
		d.step()
	}
	return d.out.String(), false
}

// foreign reports whether a value has bytes that no set that is declared or chosen in it has.
func (c charset) foreign(b []byte) bool {
	if c.later != nil || c.high != nil && c.high != kana {
		return false
	}
	for _, e := range escapes {
		if !e.low && bytes.Contains(b, []byte("\x1B"+e.sequence)) {
			return false
		}
	}
	for _, x := range b {
		if x >= 0x80 && (c.high == nil || !isKana(x)) {
			return true
		}
	}
	return false
}

// within decodes by a table; what is not in it is U+FFFD.
func within(table encoding.Encoding, b []byte) string {
	out, err := table.NewDecoder().Bytes(b)
	if err != nil { // these decoders replace and never fail
		return "\uFFFD"
	}
	return string(out)
}

type decoder struct {
	charset
	src      []byte
	at       int
	name     bool
	low, now *set // of the low and the high half
	out      strings.Builder
}

// reset goes back to what holds at the begin of a value.
func (d *decoder) reset() { d.low, d.now = romaji, d.high }

// step reads an escape sequence, or characters of one set.
func (d *decoder) step() {
	const esc = 0x1B
	switch c := d.src[d.at]; {
	case c == esc:
		d.escape()
	case c >= 0x80:
		s := d.now
		if s == nil {
			s = d.later
		}
		d.run(s, 0x80)
	case c > ' ' && c < 0x7F && d.low != romaji:
		d.run(d.low, 0)
	default:
		if strings.IndexByte("\t\n\f\r\\", c) >= 0 || d.name && (c == '^' || c == '=') {
			d.reset()
		}
		d.out.WriteByte(c)
		d.at++
	}
}

func (d *decoder) escape() {
	rest := d.src[d.at+1:]
	for _, e := range escapes {
		if !bytes.HasPrefix(rest, []byte(e.sequence)) {
			continue
		}
		d.at += 1 + len(e.sequence)
		if e.low {
			d.low = e.set
		} else {
			d.now = e.set
		}
		return
	}
	d.out.WriteRune(utf8.RuneError)
	d.at++
}

// run decodes characters of one set, whose bytes have the high bit or have it not.
func (d *decoder) run(s *set, high byte) {
	if s == nil {
		d.out.WriteRune(utf8.RuneError)
		d.at++
		return
	}
	var b []byte
	for d.at+s.bytes <= len(d.src) {
		next := d.src[d.at : d.at+s.bytes]
		if !s.has(next, high) {
			break
		}
		b = append(b, s.prefix...)
		for _, c := range next {
			b = append(b, c|0x80)
		}
		d.at += s.bytes
	}
	if len(b) == 0 { // half of a character, or a control character
		d.out.WriteRune(utf8.RuneError)
		d.at++
		return
	}
	d.out.WriteString(within(s.table, b))
}

// has reports whether bytes could be a character of the set in the half that high marks.
func (s *set) has(b []byte, high byte) bool {
	for _, c := range b {
		graphic := c&0x7F > ' ' && c&0x7F < 0x7F || s.bytes == 1 && c >= 0xA0
		if c&0x80 != high || !graphic || s == kana && !isKana(c|0x80) {
			return false
		}
	}
	return true
}

// isKana reports whether a byte is half-width kana of JIS X 0201.
func isKana(c byte) bool { return c >= 0xA1 && c <= 0xDF }

// continental reports whether Chinese or Korean is declared.
func (c charset) continental() bool {
	return c.whole != nil || c.later != nil || c.high == ksx || c.high == gb2312
}
