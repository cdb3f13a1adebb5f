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

// ascii copies up to the next ESC or raw byte, eight bytes at a time.
func (d *decoder) ascii() {
	src := d.src[d.pos:]
	at := len(d.out)
	d.out = slices.Grow(d.out, len(src)+slack)
	out := d.out[at:cap(d.out)]
	n := 0
	for len(src)-n >= 8 {
		word := binary.LittleEndian.Uint64(src[n:])
		binary.LittleEndian.PutUint64(out[n:], word)
		if marks := odd(word); marks != 0 {
			n += bits.TrailingZeros64(marks) / 8
			d.take(n, n)
			return
		}
		n += 8
	}
	for n < len(src) && src[n] != esc && src[n] < utf8.RuneSelf {
		out[n] = src[n]
		n++
	}
	d.take(n, n)
}

// pairs copies characters of JIS X 0208 up to the first byte that is none, or the
// first character that needs a warning.
func (d *decoder) pairs(table *[cells * cells]uint32) {
	src := d.src[d.pos:]
	at := len(d.out)
	d.out = slices.Grow(d.out, len(src)+len(src)/2+slack)
	out := d.out[at:cap(d.out)]
	read, written := 0, 0
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
	d.take(read, written)
}

func (d *decoder) take(read, written int) {
	d.pos += read
	d.out = d.out[:len(d.out)+written]
}
