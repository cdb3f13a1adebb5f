package jis

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// Both runs below write whole words behind the end of the text, of which only
// the part that was read counts: slack is the room for it.
const slack = 8

const (
	ones  = 0x0101_0101_0101_0101
	highs = 0x80 * ones
)

// odd marks the bytes of a word that are ESC or not ASCII by their high bit. The
// lowest mark is exact, those above it need not be.
func odd(word uint64) uint64 {
	x := word ^ esc*ones
	return ((x-ones)&^x | word) & highs
}

// plain reports whether src is ASCII without ESC, which is its own text.
func plain(src []byte) bool {
	for ; len(src) >= 8; src = src[8:] {
		if odd(binary.LittleEndian.Uint64(src)) != 0 {
			return false
		}
	}
	for _, c := range src {
		if c == esc || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// runs decodes from ASCII on as long as it meets nothing but ASCII and closed runs of
// JIS X 0208. It stops in ASCII, or in a run before what is no character of SS-MIX2.
func (d *decoder) runs() {
	table := utf8x0208()
	src, out := d.src[d.pos:], d.room()
	read, written := 0, 0
	for {
		n := copyASCII(out[written:], src[read:])
		read, written = read+n, written+n
		if rest := src[read:]; len(rest) < 3 || rest[0] != esc || rest[1] != '$' || rest[2] != 'B' {
			break
		}
		d.set, d.opened = x0208, d.pos+read
		r, w := decodePairs(out[written:], src[read+3:], table)
		read, written = read+3+r, written+w
		if rest := src[read:]; len(rest) < 3 || rest[0] != esc || rest[1] != '(' || rest[2] != 'B' {
			break
		}
		d.set, d.opened = ascii, d.pos+read
		read += 3
	}
	d.take(read, written)
}

// pairs copies characters of JIS X 0208 up to the first byte that is none, or the
// first character that needs a warning.
func (d *decoder) pairs() {
	out := d.room()
	d.take(decodePairs(out, d.src[d.pos:], utf8x0208()))
}

// room gives space behind the text for all that is left, if it is ASCII and JIS X 0208.
func (d *decoder) room() []byte {
	left := len(d.src) - d.pos
	d.out = slices.Grow(d.out, left+left/2+slack)
	return d.out[len(d.out):cap(d.out)]
}

// copyASCII copies up to the next ESC or raw byte, eight bytes at a time.
func copyASCII(out, src []byte) int {
	n := 0
	for len(src)-n >= 8 {
		word := binary.LittleEndian.Uint64(src[n:])
		binary.LittleEndian.PutUint64(out[n:], word)
		if marks := odd(word); marks != 0 {
			return n + bits.TrailingZeros64(marks)/8
		}
		n += 8
	}
	for n < len(src) && src[n] != esc && src[n] < utf8.RuneSelf {
		out[n] = src[n]
		n++
	}
	return n
}

func decodePairs(out, src []byte, table *[cells * cells]uint32) (read, written int) {
	for read+1 < len(src) {
		lead, trail := src[read]-0x21, src[read+1]-0x21
		if lead >= cells || trail >= cells {
			break
		}
		c := table[int(lead)*cells+int(trail)]
		if c == 0 {
			break
		}
		binary.LittleEndian.PutUint32(out[written:], c)
		written += int(c >> 24)
		read += 2
	}
	return read, written
}

func (d *decoder) take(read, written int) {
	d.pos += read
	d.out = d.out[:len(d.out)+written]
}
