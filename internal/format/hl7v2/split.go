package hl7v2

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// maxNoted is how many separators of a segment are noted: more than any segment of
// the standard has, few enough that a segment of separators costs no memory.
const maxNoted = 64

// block is a piece of text. A set of its bytes is a word with a bit for each, the
// lowest for the first.
type block [blockSize]byte

const blockSize = 64

// equal gives the bytes that are c.
func (b *block) equal(c byte) uint64 {
	all := uint64(c) * ones
	return ^(b.differ(0, all) | b.differ(8, all) | b.differ(16, all) | b.differ(24, all) |
		b.differ(32, all) | b.differ(40, all) | b.differ(48, all) | b.differ(56, all))
}

// differ gives which of the eight bytes from i on are not those of a word.
func (b *block) differ(i int, word uint64) uint64 {
	x := binary.LittleEndian.Uint64(b[i:i+8]) ^ word
	return gather(x&lows+lows|x) << i
}

// controls gives the bytes that are control characters.
func (b *block) controls() uint64 {
	return ^(b.graphic(0) | b.graphic(8) | b.graphic(16) | b.graphic(24) |
		b.graphic(32) | b.graphic(40) | b.graphic(48) | b.graphic(56))
}

// graphic gives which of the eight bytes from i on are 0x20 or more.
func (b *block) graphic(i int) uint64 {
	x := binary.LittleEndian.Uint64(b[i : i+8])
	return gather((x|highs)-' '*ones|x) << i
}

// gather makes one bit of the high bit of each byte. The product adds up copies of the
// word so that its highest byte has them in order.
func gather(word uint64) uint64 { return word & highs * 0x0002_0408_1020_4081 >> 56 }

const (
	ones  = 0x0101_0101_0101_0101
	lows  = 0x7F * ones
	highs = 0x80 * ones
)

// equal marks by their high bit the bytes of a word that are c.
func equal(word uint64, c byte) uint64 {
	x := word ^ uint64(c)*ones
	return ^(x&lows + lows | x | lows)
}

// packed are delimiters in one word, so that segments and fields are passed in registers.
type packed uint64

func (d Delimiters) pack() packed {
	return packed(d.Field) | packed(d.Component)<<8 | packed(d.Repetition)<<16 | packed(d.Escape)<<24 | packed(d.Subcomponent)<<32
}

// unescaped marks delimiters of a text in which the escape sign does not occur.
const unescaped packed = 1 << 40

// escapes reports whether s has escapes.
func (p packed) escapes(s string) bool { return p&unescaped == 0 && index(s, p.escape()) >= 0 }

func (p packed) field() byte        { return byte(p) }
func (p packed) component() byte    { return byte(p >> 8) }
func (p packed) repetition() byte   { return byte(p >> 16) }
func (p packed) escape() byte       { return byte(p >> 24) }
func (p packed) subcomponent() byte { return byte(p >> 32) }

// behind gives the text behind separator n, from 1, up to the next one.
func (s *Segment) behind(n int) string {
	noted := len(s.fields)
	switch {
	case n < 1:
		return ""
	case n < noted:
		return s.text[s.fields[n-1]+1 : s.fields[n]]
	case noted == maxNoted:
		return part(s.text[s.fields[noted-1]+1:], s.delims.field(), n-noted+1)
	case n == noted:
		return s.text[s.fields[n-1]+1:]
	}
	return ""
}

// part gives the nth of the parts of s between separators, from 1.
func part(s string, separator byte, n int) string {
	for ; n > 1; n-- {
		i := index(s, separator)
		if i < 0 {
			return ""
		}
		s = s[i+1:]
	}
	if i := index(s, separator); i >= 0 {
		return s[:i]
	}
	return s
}

// split cuts s at separators, up to the first end, into as many parts as there is room for,
// and gives what stands behind the last of these.
func split(parts *[6]string, s string, separator, end byte) (behind string) {
	n, from, i := 0, 0, 0
	for ; i+8 <= len(s); i += 8 {
		word := wordAt(s, i)
		for marks := equal(word, separator) | equal(word, end); marks != 0; marks &= marks - 1 {
			k := i + bits.TrailingZeros64(marks)/8
			parts[n], from = s[from:k], k+1
			if n++; s[k] == end {
				return ""
			} else if n == len(parts) {
				return s[from:]
			}
		}
	}
	for ; i < len(s); i++ {
		if s[i] == separator || s[i] == end {
			parts[n], from = s[from:i], i+1
			if n++; s[i] == end {
				return ""
			} else if n == len(parts) {
				return s[from:]
			}
		}
	}
	parts[n] = s[from:]
	return ""
}

// wordAt gives eight bytes of s, the first lowest; compilers make one load of it.
func wordAt(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// first gives the first subcomponent of a field.
func first(s string, d packed) string {
	component, subcomponent, repetition := d.component(), d.subcomponent(), d.repetition()
	for i := range len(s) {
		if c := s[i]; c == component || c == subcomponent || c == repetition {
			return s[:i]
		}
	}
	return s
}

// index gives the place of the first c, -1 without one. Parts of fields are short:
// the library's search costs more to call than a look at each byte.
func index(s string, c byte) int {
	if len(s) > 32 {
		return strings.IndexByte(s, c)
	}
	for i := range len(s) {
		if s[i] == c {
			return i
		}
	}
	return -1
}

// cut cuts s at the first separator; without one all of it is before, and nothing after.
func cut(s string, separator byte) (before, after string, found bool) {
	if i := index(s, separator); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}
