package format

import (
	"encoding/binary"
	"math/bits"

	"golang.org/x/text/encoding/japanese"
)

// ceiling is the least program that could be called reading a message: it turns the
// escape sequences of SS-MIX2 and no others into UTF-8 by a table and notes where the
// delimiters are. It checks nothing, keeps nothing and makes no value; its buffers
// are used again and again.
type ceiling struct {
	table [94 * 94]uint32 // UTF-8 in the low bytes, length in the highest
	text  []byte
	at    []uint32
}

func newCeiling() *ceiling {
	c := &ceiling{text: make([]byte, 1<<20), at: make([]uint32, 1<<20)}
	decoder := japanese.EUCJP.NewDecoder()
	for i := range c.table {
		b, err := decoder.Bytes([]byte{byte(i/94 + 0xA1), byte(i%94 + 0xA1)})
		if err == nil && len(b) <= 3 {
			c.table[i] = uint32(len(b)) << 24
			for j, u := range b {
				c.table[i] |= uint32(u) << (8 * j)
			}
		}
	}
	return c
}

func (c *ceiling) read(f file) error {
	text := c.text[:c.decode(f.body)]
	c.scan(text)
	return nil
}

func (c *ceiling) decode(src []byte) int {
	out, n := c.text, 0
	for i := 0; i < len(src); {
		if len(src)-i >= 8 {
			word := binary.LittleEndian.Uint64(src[i:])
			binary.LittleEndian.PutUint64(out[n:], word)
			if marks := equal(word, 0x1B); marks == 0 {
				i, n = i+8, n+8
				continue
			} else {
				skip := bits.TrailingZeros64(marks) / 8
				i, n = i+skip, n+skip
			}
		}
		if src[i] != 0x1B {
			out[n] = src[i]
			i, n = i+1, n+1
			continue
		}
		for i += 3; src[i] != 0x1B; i += 2 {
			u := c.table[int(src[i]-0x21)*94+int(src[i+1]-0x21)]
			binary.LittleEndian.PutUint32(out[n:], u)
			n += int(u >> 24)
		}
		i += 3
	}
	return n
}

// scan notes the delimiters of segments, fields, repetitions, components and
// subcomponents. It writes a place down before it knows whether it is one: a branch costs
// more, and a quarter more or less by where the linker happens to put it.
func (c *ceiling) scan(text []byte) {
	k := 0
	for i, u := range text {
		c.at[k] = uint32(i)
		k += delimiter[u]
	}
}

var delimiter = [256]int{'\r': 1, '|': 1, '~': 1, '^': 1, '&': 1}

// equal marks by their high bit the bytes of a word that are b; the lowest mark is
// exact.
func equal(word uint64, b byte) uint64 {
	const ones, highs = 0x0101_0101_0101_0101, 0x8080_8080_8080_8080
	x := word ^ uint64(b)*ones
	return (x - ones) &^ x & highs
}
