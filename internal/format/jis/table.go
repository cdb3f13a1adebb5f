package jis

import (
	"bytes"
	"encoding/binary"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
)

// cells is the number of rows of a JIS set and of characters in a row.
const cells = 94

// plane is one 94 by 94 set; 0 stands for "unassigned".
type plane [cells * cells]rune

// at gives the character of two bytes of 0x21-0x7E each, or 0.
func (p *plane) at(lead, trail byte) rune {
	return p[int(lead-0x21)*cells+int(trail-0x21)]
}

// jisx0208 is JIS X 0208 with the vendor rows 13 and 89-92 that Windows adds.
var jisx0208 = sync.OnceValue(func() *plane { return loadPlane() })

// utf8x0208 holds the characters of JIS X 0208 that SS-MIX2 allows as they are
// written: UTF-8 in the low three bytes, first byte lowest, and its length in the
// highest; 0 for all that needs a closer look.
var utf8x0208 = sync.OnceValue(func() *[cells * cells]uint32 {
	var packed [cells * cells]uint32
	for i, r := range jisx0208() {
		if size := utf8.RuneLen(r); r != 0 && standardRow(i/cells+1) && size <= 3 {
			var b [utf8.UTFMax]byte
			utf8.EncodeRune(b[:], r)
			packed[i] = binary.LittleEndian.Uint32(b[:]) | uint32(size)<<24
		}
	}
	return &packed
})

// jisx0212 is the supplementary set, in EUC-JP behind a 0x8F.
var jisx0212 = sync.OnceValue(func() *plane { return loadPlane(0x8F) })

func loadPlane(prefix ...byte) *plane {
	var p plane
	pairs := make([][]byte, 0, len(p))
	for row := range cells {
		for cell := range cells {
			pairs = append(pairs, append(bytes.Clone(prefix), byte(row+0xA1), byte(cell+0xA1)))
		}
	}
	copy(p[:], decodeEach(japanese.EUCJP, pairs))
	return &p
}

const (
	cp932Leads  = 0xFC - 0x81 + 1
	cp932Trails = 0xFC - 0x40 + 1
)

// cp932 is Windows code page 932 by lead and trail byte.
var cp932 = sync.OnceValue(func() []rune {
	pairs := make([][]byte, 0, cp932Leads*cp932Trails)
	for lead := range cp932Leads {
		for trail := range cp932Trails {
			pairs = append(pairs, []byte{byte(lead + 0x81), byte(trail + 0x40)})
		}
	}
	return decodeEach(japanese.ShiftJIS, pairs)
})

// cp932Rune gives the character of two bytes, or 0.
func cp932Rune(lead, trail byte) rune {
	if lead < 0x81 || lead > 0xFC || trail < 0x40 || trail > 0xFC {
		return 0
	}
	return cp932()[int(lead-0x81)*cp932Trails+int(trail-0x40)]
}

// decodeEach decodes byte sequences one by one, 0 for those that are not exactly
// one character. They pass the decoder together, a line each: a decoder per pair
// would cost more than all else at start.
func decodeEach(enc encoding.Encoding, sequences [][]byte) []rune {
	out := make([]rune, len(sequences))
	text, err := enc.NewDecoder().Bytes(bytes.Join(sequences, []byte("\n")))
	if err != nil {
		return out // these decoders replace and never fail; without a table all reads as undecodable
	}
	for i, line := range bytes.Split(text, []byte("\n")) {
		r, size := utf8.DecodeRune(line)
		if size == len(line) && r != utf8.RuneError {
			out[i] = r
		}
	}
	return out
}

// standardRow reports whether SS-MIX2 allows the row (1-94) of JIS X 0208.
func standardRow(row int) bool { return row >= 1 && row <= 8 || row >= 16 && row <= 84 }

// writable maps each character that SS-MIX2 allows in two bytes to those bytes.
var writable = sync.OnceValue(func() map[rune][2]byte {
	m := make(map[rune][2]byte, 7000)
	for i, r := range jisx0208() {
		if row := i/cells + 1; r != 0 && standardRow(row) {
			m[r] = [2]byte{byte(i/cells + 0x21), byte(i%cells + 0x21)}
		}
	}
	// The twins: one JIS character that other tables map to another code point.
	for twin, r := range map[rune]rune{
		'〜': '～', '−': '－', '‖': '∥', '—': '―', '‾': '￣', '¥': '￥',
		'Å': '\u212B', '¢': '￠', '£': '￡', '¬': '￢', 'µ': 'μ', '\u00A6': '｜',
	} {
		if b, ok := m[r]; ok {
			m[twin] = b
		}
	}
	return m
})
