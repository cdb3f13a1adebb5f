package jis

import (
	"bytes"
	"fmt"
	"strings"
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
	d := decoder{src: src}
	d.out.Grow(len(src) + len(src)/4)
	for d.pos < len(src) {
		d.line()
	}
	return d.out.String(), d.warned
}

func plain(src []byte) bool {
	for _, c := range src {
		if c == esc || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

type decoder struct {
	src    []byte
	pos    int
	end    int // of the line, before its CR or LF
	set    set
	opened int // where the present set was chosen
	utf8   bool
	out    strings.Builder
	warned warnings
}

// line decodes up to and including the next CR or LF.
func (d *decoder) line() {
	d.set, d.end = ascii, len(d.src)
	if i := bytes.IndexAny(d.src[d.pos:], "\r\n"); i >= 0 {
		d.end = d.pos + i
	}
	// Raw bytes are UTF-8 only if all of the line says so: a short CP932 word can
	// look like UTF-8 by chance, a line of them does not.
	d.utf8 = utf8.Valid(d.src[d.pos:d.end])
	for d.pos < d.end {
		c := d.src[d.pos]
		switch {
		case c == esc:
			d.escape()
		case c >= utf8.RuneSelf:
			d.raw()
		case d.set == ascii, c <= ' ', c == 0x7F:
			d.out.WriteByte(c)
			d.pos++
		case d.set == kana:
			d.kana(c)
		default:
			d.pair(c)
		}
	}
	if d.set != ascii {
		d.warned.add(d.opened, OpenRun, "run not closed before the end of the line")
	}
	if d.end < len(d.src) {
		d.out.WriteByte(d.src[d.end])
	}
	d.pos = d.end + 1
}

// escape reads one escape sequence.
func (d *decoder) escape() {
	rest := string(d.src[d.pos+1 : min(d.end, d.pos+4)])
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
		d.out.WriteRune('｡' + rune(c-0x21))
	} else {
		d.bad(d.pos, "no half-width kana")
	}
	d.pos++
}

// pair reads one two-byte character whose lead is in 0x21-0x7E.
func (d *decoder) pair(lead byte) {
	at := d.pos
	if at+1 >= d.end || d.src[at+1] < 0x21 || d.src[at+1] > 0x7E {
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
		if row := int(lead - 0x20); r != 0 && !standardRow(row) {
			d.warned.add(at, Vendor, fmt.Sprintf("row %d is no part of JIS X 0208", row))
		}
	case x0212:
		r = jisx0212().at(lead, trail)
	}
	if r == 0 {
		d.bad(at, "unassigned two-byte character")
		return
	}
	d.out.WriteRune(r)
}

// raw reads 8-bit text, which ISO-2022-JP does not have, up to the next escape,
// the end of the line or, in a two-byte run, the next 7-bit byte.
func (d *decoder) raw() {
	start := d.pos
	if d.utf8 {
		for d.pos < d.end && d.src[d.pos] >= utf8.RuneSelf {
			d.pos++
		}
		d.out.Write(d.src[start:d.pos])
		d.warned.add(start, Repaired, "raw UTF-8")
		return
	}
	d.warned.add(start, Repaired, "raw bytes read as CP932")
	for d.pos < d.end && d.src[d.pos] >= utf8.RuneSelf {
		d.cp932()
	}
}

// cp932 reads one character of code page 932. A lead byte whose partner is no
// trail byte is given up alone, so that a delimiter behind it survives.
func (d *decoder) cp932() {
	c := d.src[d.pos]
	if c >= 0xA1 && c <= 0xDF {
		d.out.WriteRune('｡' + rune(c-0xA1))
		d.pos++
		return
	}
	if d.pos+1 < d.end {
		if r := cp932Rune(c, d.src[d.pos+1]); r != 0 {
			d.out.WriteRune(r)
			d.pos += 2
			return
		}
	}
	d.bad(d.pos, "neither UTF-8 nor CP932")
	d.pos++
}

func (d *decoder) bad(at int, detail string) {
	d.out.WriteRune(utf8.RuneError)
	d.warned.add(at, Undecodable, detail)
}
