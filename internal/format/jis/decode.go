package jis

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

const esc = 0x1B

// set is what the bytes of a run mean.
type set int

const (
	ascii   set = iota
	kana        // ESC ( I
	x0208       // ESC $ B and its older forms
	x0212       // ESC $ ( D
	unknown     // a two-byte set that we do not know: its bytes must not become delimiters
)

// designation is one escape sequence and the set it opens.
type designation struct {
	sequence string // without ESC
	set      set
	kind     Kind // of the warning, empty: none
	detail   string
}

// designations in order of trial: no sequence is the beginning of a later one.
var designations = []designation{
	{"$B", x0208, "", ""},
	{"(B", ascii, "", ""},
	{"$@", x0208, OldSet, "JIS C 6226-1978 read as JIS X 0208"},
	{"(J", ascii, OldSet, "JIS X 0201 Roman read as ASCII"},
	{"(I", kana, Halfwidth, "half-width kana"},
	{"$(B", x0208, "", ""},
	{"$(@", x0208, OldSet, "JIS C 6226-1978 read as JIS X 0208"},
	{"$(D", x0212, Supplementary, "JIS X 0212"},
}

// Decode gives the text of ISO-2022-JP bytes. It always gives all of the text:
// what could not be read is U+FFFD, what was bent is a warning, at most
// [MaxWarnings] of them. Lines end at CR or LF and begin in ASCII.
func Decode(src []byte) (text string, warned []Warning) {
	if plain(src) {
		return string(src), nil
	}
	buf := scratch.Get().(*[]byte)
	out, warned := AppendDecoded((*buf)[:0], src)
	text = string(out)
	if cap(out) <= maxScratch {
		*buf = out
		scratch.Put(buf)
	}
	return text, warned
}

// scratch holds buffers between calls. Text is written there and copied once, so
// that what callers keep is exactly as long as the text.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// maxScratch keeps the buffer of a giant from being held for good.
const maxScratch = 64 << 10

// AppendDecoded appends the text of src to dst as [Decode] gives it, and returns
// the longer slice. Offsets of warnings count from the beginning of src.
func AppendDecoded(dst, src []byte) ([]byte, []Warning) { return appendDecoded(dst, src, false) }

// AppendAmongCP932 does so for a piece of text of which the rest is CP932 ([IsCP932]):
// one word alone can look like UTF-8, as 皮下 does but for one byte.
func AppendAmongCP932(dst, src []byte) ([]byte, []Warning) { return appendDecoded(dst, src, true) }

func appendDecoded(dst, src []byte, amongCP932 bool) ([]byte, []Warning) {
	d := decoder{src: src, out: slices.Grow(dst, len(src)+len(src)/2+slack), amongCP932: amongCP932}
	for d.pos < len(src) {
		if d.set == ascii {
			d.allowed()
		} else {
			d.step()
		}
	}
	d.endLine()
	return d.out, d.warned
}

type decoder struct {
	src     []byte
	pos     int
	set     set
	opened  int // where the present set was chosen
	out     []byte
	warned  warnings
	rawLine int  // end of the line that the next two are about
	utf8    bool // the line is UTF-8 as a whole
	damaged bool // most of it is, and some of it is not

	amongCP932 bool // the rest of the text is CP932
}

// allowed decodes as long as it meets only what SS-MIX2 allows, and then one thing
// that it does not. It begins in ASCII.
func (d *decoder) allowed() {
	d.runs()
	if d.set == ascii && d.pos < len(d.src) {
		d.step()
	}
}

// step reads one thing in any set: an escape sequence, a character, raw text or
// the end of a line.
func (d *decoder) step() {
	switch c := d.src[d.pos]; {
	case c == esc:
		d.escape()
	case c >= utf8.RuneSelf:
		d.raw()
	case c == '\r', c == '\n':
		d.endLine()
		d.out = append(d.out, c)
		d.pos++
	case d.set == ascii, c <= ' ', c == 0x7F:
		d.out = append(d.out, c)
		d.pos++
	case d.set == kana:
		d.kana(c)
	default:
		d.pair(c)
		if d.set == x0208 {
			d.pairs()
		}
	}
}

// endLine goes back to ASCII: no run crosses the end of a line. One that was to end
// before has made characters of the delimiters behind it; that it has none of their
// bytes in it is the only sign that it has not.
func (d *decoder) endLine() {
	if d.set == ascii {
		return
	}
	d.warned.add(d.opened, OpenRun, "run not closed before the end of the line")
	if bytes.ContainsAny(d.src[d.opened:d.pos], "|^") {
		d.warned.add(d.opened, Undecodable, "run not closed: delimiters may have become characters")
	}
	d.set = ascii
}

// escape reads one escape sequence.
func (d *decoder) escape() {
	rest := string(d.src[d.pos+1 : min(len(d.src), d.pos+4)])
	if rest == "" || rest[0] != '(' && rest[0] != '$' && rest[0] != '&' {
		d.bad(d.pos, "unknown escape sequence")
		d.pos++
		return
	}
	for _, g := range designations {
		if strings.HasPrefix(rest, g.sequence) {
			if g.kind != "" {
				d.warned.add(d.pos, g.kind, g.detail)
			}
			d.choose(g.set, 1+len(g.sequence))
			return
		}
	}
	if strings.HasPrefix(rest, "&@") { // announces the 1990 edition, changes nothing
		d.pos += 3
		return
	}
	d.bad(d.pos, "unknown escape sequence")
	switch {
	case len(rest) >= 3 && rest[0] == '$' && (rest[1] == '(' || rest[1] == ')') && final(rest[2]):
		d.choose(unknown, 4)
	case len(rest) >= 2 && rest[0] == '$' && final(rest[1]):
		d.choose(unknown, 3)
	case len(rest) >= 2 && rest[0] == '(' && final(rest[1]):
		d.choose(ascii, 3)
	default:
		d.pos++
	}
}

// final reports whether c may end an escape sequence (ISO/IEC 2022).
func final(c byte) bool { return c >= 0x30 && c <= 0x7E }

func (d *decoder) choose(s set, size int) {
	d.opened = d.pos
	d.set = s
	d.pos += size
}

func (d *decoder) kana(c byte) {
	if c <= 0x5F {
		d.out = utf8.AppendRune(d.out, '｡'+rune(c-0x21))
	} else {
		d.bad(d.pos, "no half-width kana")
	}
	d.pos++
}

// pair reads one two-byte character whose lead is in 0x21-0x7E.
func (d *decoder) pair(lead byte) {
	at := d.pos
	if at+1 >= len(d.src) || d.src[at+1] < 0x21 || d.src[at+1] > 0x7E {
		d.pos++
		d.bad(at, "half of a two-byte character")
		return
	}
	trail := d.src[at+1]
	d.pos += 2
	var r rune
	switch d.set {
	case x0208:
		r = jisx0208().at(lead, trail)
		if row := int(lead - 0x20); r != 0 && !standardRow(row) && !d.warned.full() {
			d.warned.add(at, Vendor, fmt.Sprintf("row %d is no part of JIS X 0208", row))
		}
	case x0212:
		r = jisx0212().at(lead, trail)
	}
	if r == 0 {
		d.bad(at, "unassigned two-byte character")
		return
	}
	d.out = utf8.AppendRune(d.out, r)
}

// raw reads 8-bit text, which ISO-2022-JP does not have, up to the next escape,
// the end of the line or, in a two-byte run, the next 7-bit byte.
func (d *decoder) raw() {
	start := d.pos
	d.judgeLine()
	if d.utf8 {
		for d.pos < len(d.src) && d.src[d.pos] >= utf8.RuneSelf {
			d.pos++
		}
		d.out = append(d.out, d.src[start:d.pos]...)
		d.warned.add(start, Repaired, "raw UTF-8")
		return
	}
	if d.damaged {
		d.warned.add(start, Repaired, "raw UTF-8")
		d.holed()
		return
	}
	d.warned.add(start, Repaired, "raw bytes read as CP932")
	for d.pos < len(d.src) && d.src[d.pos] >= utf8.RuneSelf {
		d.cp932()
	}
}

// holed reads 8-bit UTF-8 text in which some bytes are none. What follows them must not
// be taken for their partner: it may be a delimiter.
func (d *decoder) holed() {
	for d.pos < len(d.src) && d.src[d.pos] >= utf8.RuneSelf {
		r, size := utf8.DecodeRune(d.src[d.pos:])
		if r == utf8.RuneError && size == 1 {
			d.bad(d.pos, "bytes in UTF-8 text that are none")
			d.pos++
			continue
		}
		d.out = append(d.out, d.src[d.pos:d.pos+size]...)
		d.pos += size
	}
}

// judgeLine finds out whether the present line is UTF-8. Raw bytes are UTF-8 only if
// all of the line says so: a short CP932 word can look like UTF-8 by chance, a line
// of them does not. Where half of them are characters of three bytes, as those of
// Japanese are, the rest is damage.
func (d *decoder) judgeLine() {
	if d.pos < d.rawLine {
		return
	}
	begin, end := d.pos, d.pos
	for begin > 0 && !lineEnd(d.src[begin-1]) {
		begin--
	}
	for end < len(d.src) && !lineEnd(d.src[end]) {
		end++
	}
	line := d.src[begin:end]
	d.rawLine, d.utf8 = end, utf8.Valid(line)
	japanese, raw := explained(line)
	if d.amongCP932 {
		d.utf8 = d.utf8 && japanese == raw && raw > few
		d.damaged = false
		return
	}
	d.damaged = !d.utf8 && 2*japanese >= raw
}

// IsUTF8 reports whether text is UTF-8, or was: half of its 8-bit bytes at least are
// characters of three bytes or more, as those of Japanese are, and the rest is damage.
func IsUTF8(text []byte) bool {
	if utf8.Valid(text) {
		return true
	}
	japanese, raw := explained(text)
	return 2*japanese >= raw
}

// IsCP932 reports whether text has enough 8-bit bytes to tell that most of them are no UTF-8.
func IsCP932(text []byte) bool {
	if sevenBit(text) {
		return false
	}
	japanese, raw := explained(text)
	return raw > few && 2*japanese < raw && !utf8.Valid(text)
}

// sevenBit reports whether text has no 8-bit byte, as all that is written as SS-MIX2 says.
// It looks at eight bytes at a time, since every message is asked.
func sevenBit(text []byte) bool {
	for ; len(text) >= 8; text = text[8:] {
		if binary.NativeEndian.Uint64(text)&0x8080_8080_8080_8080 != 0 {
			return false
		}
	}
	return !slices.ContainsFunc(text, func(b byte) bool { return b >= utf8.RuneSelf })
}

// explained counts the 8-bit bytes of a line, and those that are UTF-8 characters of
// three bytes or more.
func explained(line []byte) (japanese, raw int) {
	for i := 0; i < len(line); {
		if line[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, size := utf8.DecodeRune(line[i:])
		if size >= 3 {
			japanese += size
		}
		raw += size
		i += size
	}
	return japanese, raw
}

// few bytes say nothing of what they are.
const few = 4

// AppendUTF8 appends text that is said to be UTF-8, and returns the longer slice. Bytes
// that are none are U+FFFD with a warning, unless most of the text is none: then what is
// said of it is wrong, and it is decoded as by [AppendDecoded], as is text with escapes.
func AppendUTF8(dst, src []byte) ([]byte, []Warning) {
	escaped := bytes.IndexByte(src, esc) >= 0
	if !escaped && utf8.Valid(src) {
		return append(dst, src...), nil
	}
	if japanese, raw := explained(src); escaped || raw >= few && 2*japanese < raw {
		return AppendDecoded(dst, src)
	}
	d := decoder{src: src, out: slices.Grow(dst, len(src)+slack)}
	for d.pos < len(src) {
		if src[d.pos] < utf8.RuneSelf {
			d.out = append(d.out, src[d.pos])
			d.pos++
			continue
		}
		d.holed()
	}
	return d.out, d.warned
}

func lineEnd(c byte) bool { return c == '\r' || c == '\n' }

// cp932 reads one character of code page 932. A lead byte whose partner is no
// trail byte is given up alone, so that a delimiter behind it survives.
func (d *decoder) cp932() {
	c := d.src[d.pos]
	if c >= 0xA1 && c <= 0xDF {
		d.out = utf8.AppendRune(d.out, '｡'+rune(c-0xA1))
		d.pos++
		return
	}
	if d.pos+1 < len(d.src) {
		if r := cp932Rune(c, d.src[d.pos+1]); r != 0 {
			d.out = utf8.AppendRune(d.out, r)
			d.pos += 2
			return
		}
	}
	d.bad(d.pos, "neither UTF-8 nor CP932")
	d.pos++
}

func (d *decoder) bad(at int, detail string) {
	d.out = utf8.AppendRune(d.out, utf8.RuneError)
	d.warned.add(at, Undecodable, detail)
}
