package inspect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// encode prints a value as one line of JSON. Control characters that JSON leaves as
// they are (DEL, C1) and those that turn the direction of text are escaped as well:
// the line may be looked at in a terminal.
func encode(out io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	line := b.Bytes()
	if bytes.ContainsFunc(line, hazard) {
		line = escapeRunes(line)
	}
	_, err := out.Write(line)
	return err
}

func escapeRunes(line []byte) []byte {
	var b bytes.Buffer
	for _, r := range string(line) {
		if hazard(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.Bytes()
}

// hazard reports a character behind the ASCII control characters that acts on a
// terminal instead of showing.
func hazard(r rune) bool {
	return r >= 0x7F && r <= 0x9F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// printable gives a name or message as UTF-8: other bytes as \xNN.
func printable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[i])
		} else {
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// terminalSafe escapes all control characters of a text that is printed as it is.
func terminalSafe(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || hazard(r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < ' ':
			fmt.Fprintf(&b, `\x%02x`, r)
		case hazard(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
