package prose

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	utf "golang.org/x/text/encoding/unicode"

	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

// tolerated says how many characters there must be to each that cannot be decoded.
const tolerated = 50

var (
	bomUTF8    = []byte("\xEF\xBB\xBF")
	bomUTF16BE = []byte{0xFE, 0xFF}
	bomUTF16LE = []byte{0xFF, 0xFE}
)

// Decode gives the text of bytes without control characters other than tab and line
// feed. declared is the character set that the document names, empty if none; the bytes
// decide where they say otherwise. What could not be decoded, and control characters that
// no text has, are U+FFFD; warning tells of them without a value, empty if there are none.
func Decode(b []byte, declared string) (text, warning string, err error) {
	text, err = decode(b, declared)
	if err != nil {
		return "", "", err
	}
	if strings.Contains(text, "\x00\x00") {
		return "", "", invalid("%w: zeros in its place", ErrCut)
	}
	text = strings.Map(foreign, text)
	holes := strings.Count(text, string(utf8.RuneError))
	switch {
	case holes*tolerated > utf8.RuneCountInString(text)+tolerated/2:
		return "", "", invalid("%w", ErrEncoding)
	case holes > 0:
		warning = fmt.Sprintf("%d characters that cannot be decoded", holes)
	}
	return clean(text), warning, nil
}

func decode(b []byte, declared string) (string, error) {
	switch {
	case bytes.HasPrefix(b, bomUTF8):
		return holed(b[len(bomUTF8):]), nil
	case bytes.HasPrefix(b, bomUTF16BE), bytes.HasPrefix(b, bomUTF16LE):
		return through(utf.UTF16(utf.BigEndian, utf.UseBOM), b), nil
	}
	switch strings.ToLower(strings.TrimSpace(declared)) {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "cp932", "ms932", "ms_kanji", "iso-2022-jp", "csiso2022jp":
	case "euc-jp", "x-euc-jp":
		return through(japanese.EUCJP, b), nil
	default:
		return "", invalid("character set %.20q is not read", declared)
	}
	switch {
	case bytes.Contains(b, []byte("\x1B$")) || bytes.Contains(b, []byte("\x1B(")):
		text, _ := jis.Decode(b)
		return text, nil
	case jis.IsUTF8(b):
		return holed(b), nil
	}
	windows := through(japanese.ShiftJIS, b)
	if declared == "" && mostlyHalfwidth(windows) {
		if euc := through(japanese.EUCJP, b); strings.Count(euc, string(utf8.RuneError))*tolerated <= utf8.RuneCountInString(euc) {
			return euc, nil
		}
	}
	return windows, nil
}

// holed gives text in UTF-8. Every byte that is none is one U+FFFD: many in a row are not
// one mistake.
func holed(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	out := make([]byte, 0, len(b)+len(b)/tolerated)
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		out = utf8.AppendRune(out, r)
		b = b[size:]
	}
	return string(out)
}

// foreign marks control characters that no writer puts into a text. Those of lines, of
// pages, of ISO 2022, and the ends of files on old systems are others.
func foreign(r rune) rune {
	switch r {
	case '\t', '\n', '\r', '\f', '\v', 0x1A, 0x1B, 0x1C:
		return r
	}
	if r < ' ' || r == 0x7F {
		return utf8.RuneError
	}
	return r
}

func through(e encoding.Encoding, b []byte) string {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return string(utf8.RuneError)
	}
	return string(out)
}

// mostlyHalfwidth reports what EUC-JP looks like when it is read as CP932: rows of
// half-width kana, in which nobody writes a document.
func mostlyHalfwidth(s string) bool {
	half, other := 0, 0
	for _, r := range s {
		switch {
		case r >= '｡' && r <= 'ﾟ':
			half++
		case r >= utf8.RuneSelf:
			other++
		}
	}
	return half > other
}

// lineEnds is made once, as are all such: they are costly to build, and texts come in pieces.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n", "\v", "\n")

// clean drops what no reader sees and what could make a text read otherwise than it is:
// controls, and marks that turn the direction of writing around.
func clean(s string) string {
	s = lineEnds.Replace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r == '\uFEFF',
			r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, s)
}
