package hl7v2

import (
	"encoding/hex"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

// unescape resolves the escapes of HL7 v2.5 2.7: delimiters \F\ \S\ \T\ \R\ \E\,
// bytes \Xhh..\, line breaks \.br\ and \.sp\. Highlighting \H\ \N\ is dropped. What
// is no escape, such as a yen sign typed as a backslash, stays as it is. The null
// value is the empty string.
func unescape(s string, d packed) string {
	if isNull(s) {
		return ""
	}
	if !d.escapes(s) {
		return s
	}
	return resolveAll(s, d)
}

func resolveAll(s string, d packed) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, string(d.escape()))
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		code, rest, ok := strings.Cut(after, string(d.escape()))
		if text, known := resolve(code, d); ok && known {
			b.WriteString(text)
			s = rest
			continue
		}
		b.WriteByte(d.escape())
		s = after
	}
}

func isNull(s string) bool { return len(s) == len(Null) && s == string(Null) }

func resolve(code string, d packed) (text string, known bool) {
	switch code {
	case "F":
		return string(d.field()), true
	case "S":
		return string(d.component()), true
	case "T":
		return string(d.subcomponent()), true
	case "R":
		return string(d.repetition()), true
	case "E":
		return string(d.escape()), true
	case "H", "N":
		return "", true
	case ".br", ".sp", ".ce":
		return "\n", true
	case ".fi", ".nf":
		return "", true
	}
	if text, known := formatted(code); known {
		return text, true
	}
	if digits, ok := strings.CutPrefix(code, "X"); ok && digits != "" {
		if raw, err := hex.DecodeString(digits); err == nil {
			text, _ := jis.Decode(raw)
			return text, true
		}
	}
	return "", false
}

// swell is how many bytes of text one of a formatting command makes at most, as many as
// half-width kana does: the standard sets no bound, and a message of nothing but skipped
// lines would be a text fourteen times as long. More blank lines than that part nothing better.
const swell = 3

// formatted resolves the formatting commands of FT (HL7 v2.5 2.7.2) that have a number
// behind them: lines and spaces are skipped, indents have no room here.
func formatted(code string) (text string, known bool) {
	if len(code) < 4 || code[0] != '.' {
		return "", false
	}
	n, err := strconv.Atoi(code[3:])
	if err != nil || n < -99 || n > 99 {
		return "", false
	}
	n = min(max(n, 1), swell*len(wrap(code, Standard)))
	switch code[:3] {
	case ".sp":
		return strings.Repeat("\n", n), true
	case ".sk":
		return strings.Repeat(" ", n), true
	case ".in", ".ti":
		return "", true
	}
	return "", false
}

// escapes writes text so that none of it is read as a delimiter or a segment's end. It
// is made once: a replacer is costly to build, and every field is escaped.
var escapes = strings.NewReplacer(
	string(Standard.Escape), wrap("E", Standard),
	string(Standard.Field), wrap("F", Standard),
	string(Standard.Component), wrap("S", Standard),
	string(Standard.Subcomponent), wrap("T", Standard),
	string(Standard.Repetition), wrap("R", Standard),
	"\r\n", wrap(".br", Standard), "\r", wrap(".br", Standard), "\n", wrap(".br", Standard),
)

func wrap(code string, d Delimiters) string { return string(d.Escape) + code + string(d.Escape) }
