package jis

import (
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Geta (〓) is written where a character has neither a place in JIS X 0208 nor a substitute.
const Geta = '〓'

// Encode gives ISO-2022-JP bytes that SS-MIX2 allows: ASCII and JIS X 0208 rows
// 1-8 and 16-84, every run closed before ASCII. It never fails; what it replaced
// is a warning whose offset is a byte of text, at most [MaxWarnings] of them.
func Encode(text string) ([]byte, []Warning) {
	if plain([]byte(text)) {
		return []byte(text), nil
	}
	e := encoder{text: text, out: make([]byte, 0, len(text)+len(text)/8)}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		whole, size := compose(r, size, text[i+size:])
		e.rune(i, whole)
		if _, half := halfwidthKana(r); half && whole != r {
			e.warned.add(i, Substituted, fmt.Sprintf("half-width kana written as %q", whole))
		}
		i += size
	}
	e.leave()
	return e.out, e.warned
}

type encoder struct {
	text   string
	out    []byte
	double bool // inside ESC $ B
	warned warnings
}

func (e *encoder) rune(offset int, r rune) {
	if e.write(r) {
		return
	}
	substitute, ok := substituteOf(r)
	if ok && offset > 0 {
		substitute = parted(r, substitute, e.text[offset-1]) + substitute
	}
	if !ok || !e.writeAll(substitute) {
		e.write(Geta)
		e.warned.add(offset, Unwritable, fmt.Sprintf("%U is not in JIS X 0208, written as 〓", r))
		return
	}
	e.warned.add(offset, Substituted, fmt.Sprintf("%U written as %q", r, substitute))
}

// write writes one character of the allowed sets and reports whether it is one.
func (e *encoder) write(r rune) bool {
	switch {
	case r == esc, r == 0x0E, r == 0x0F, r == utf8.RuneError: // would change the reader's state, or is none
		return false
	case r < utf8.RuneSelf:
		e.leave()
		e.out = append(e.out, byte(r))
		return true
	}
	b, ok := writable()[r]
	if !ok {
		return false
	}
	if !e.double {
		e.out = append(e.out, esc, '$', 'B')
		e.double = true
	}
	e.out = append(e.out, b[0], b[1])
	return true
}

func (e *encoder) writeAll(s string) bool {
	for _, r := range s {
		if _, ok := writable()[r]; !ok && r >= utf8.RuneSelf {
			return false
		}
	}
	for _, r := range s {
		e.write(r)
	}
	return true
}

func (e *encoder) leave() {
	if e.double {
		e.out = append(e.out, esc, '(', 'B')
		e.double = false
	}
}

// compose joins a kana and the voicing mark behind it, be they half-width (ｶﾞ) or
// decomposed as macOS writes them (カ U+3099), and gives the bytes that it covers.
func compose(r rune, size int, rest string) (rune, int) {
	mark, n := utf8.DecodeRuneInString(rest)
	base := r
	switch mark {
	case 'ﾞ', '\u3099':
		mark = '\u3099'
	case 'ﾟ', '\u309A':
		mark = '\u309A'
	default:
		return r, size
	}
	if full, ok := halfwidthKana(r); ok {
		base = full
	}
	joined := norm.NFC.String(string([]rune{base, mark}))
	if whole, width := utf8.DecodeRuneInString(joined); width == len(joined) {
		return whole, size + n
	}
	return r, size
}
