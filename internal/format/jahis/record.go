package jahis

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

const (
	// MaxBytes bounds one text, all parts together.
	MaxBytes = 4 << 20
	// MaxRecords bounds the records of one text.
	MaxRecords = 50_000
	// maxWarnings bounds what one text reports.
	maxWarnings = 100
)

var byteOrderMark = []byte("\xEF\xBB\xBF")

// record is one line: its number and the fields behind it, without the spaces that
// the standards forbid at a field's ends.
type record struct {
	line   int
	number string // ASCII digits; empty for a line that has none
	fields []string
	raw    string
	open   bool // the text ends in it, without an end of the line
}

// field gives field n, from 1; empty if absent.
func (r record) field(n int) string {
	if n < 1 || n > len(r.fields) {
		return ""
	}
	return r.fields[n-1]
}

// layout is what a record consists of: where its fields are kept, in their order.
type layout interface{ layout() []*string }

// decode gives the text of bytes in either encoding. A text in UTF-8 that says
// anything in Japanese has a character of three bytes; without one and without a byte
// order mark, bytes that are good Shift_JIS are that: ﾃｱ is valid UTF-8 of another
// meaning. Bytes that are none, in what is UTF-8 otherwise, are U+FFFD.
func decode(body []byte) string {
	marked := bytes.HasPrefix(body, byteOrderMark)
	body = bytes.TrimPrefix(body, byteOrderMark)
	if utf8.Valid(body) {
		if marked {
			return string(body)
		}
		text := string(body)
		if !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) ||
			strings.ContainsFunc(text, func(r rune) bool { return r >= 0x800 }) {
			return text
		}
		if sjis := shiftJIS(body); !strings.ContainsRune(sjis, utf8.RuneError) {
			return sjis
		}
		return text
	}
	if marked || jis.IsUTF8(body) {
		return strings.ToValidUTF8(string(body), "\uFFFD")
	}
	return shiftJIS(body)
}

func shiftJIS(body []byte) string {
	text, err := japanese.ShiftJIS.NewDecoder().Bytes(body)
	if err != nil {
		return strings.ToValidUTF8(string(body), "\uFFFD") // the decoder replaces and never fails
	}
	return string(text)
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// ErrCut: zeros where a text should be, as a copy that was broken off leaves them. Behind
// a line that was ended they fill up a block.
var ErrCut = errors.New("the text was cut")

// split gives the records of a text, empty lines left out.
func split(text string) ([]record, error) {
	var out []record
	number := 0
	if written := strings.TrimRight(text, "\x00"); strings.Contains(written, "\x00\x00") ||
		len(text)-len(written) > 1 && !strings.HasSuffix(strings.TrimRight(written, "\x1a"), "\n") && !strings.HasSuffix(written, "\r") {
		first, _, _ := strings.Cut(text, "\x00\x00")
		return nil, refuse(record{line: 1 + strings.Count(lineEnds.Replace(first), "\n")}, 0, "%w: zeros in its place", ErrCut)
	}
	text = lineEnds.Replace(text)
	body := strings.TrimRight(text, "\x1a\x00\n")
	last := strings.Count(body, "\n") + 1
	for line := range strings.SplitSeq(body, "\n") {
		number++
		line = trim(line)
		if line == "" {
			continue
		}
		if len(out) == MaxRecords {
			return nil, refuse(record{}, 0, "more than %d records", MaxRecords)
		}
		r := record{line: number, raw: line, open: number == last && len(body) == len(text)}
		first, rest, more := strings.Cut(line, ",")
		if first = trim(first); isNumber(first) {
			r.number = first
		}
		if more {
			for f := range strings.SplitSeq(rest, ",") {
				r.fields = append(r.fields, trim(f))
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// trim takes away spaces of both widths and the control characters that end files.
func trim(s string) string { return strings.Trim(s, " \u3000\t\x1a\x00") }

func isNumber(s string) bool {
	return s != "" && len(s) <= 9 && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// header is the first line of a text or of a part of one.
type header struct {
	notebook  bool
	version   string
	direction string
}

// headerOf reads a first line.
func headerOf(r record) (header, bool) {
	first, _, _ := strings.Cut(r.raw, ",")
	version, ok := strings.CutPrefix(trim(first), "JAHIS")
	if !ok {
		return header{}, false
	}
	h := header{version: version}
	if v, ok := strings.CutPrefix(version, "TC"); ok {
		h = header{true, v, r.field(1)}
	}
	return h, isNumber(h.version) && len(h.version) <= 3
}

// Recognised reports whether a file that begins with these bytes is a text that
// [Parse] may read. The first 32 bytes are enough.
func Recognised(begin []byte) bool {
	begin = bytes.TrimLeft(bytes.TrimPrefix(begin, byteOrderMark), " \r\n")
	line := string(begin[:min(len(begin), 32)])
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	// Nothing but spaces can be other than ASCII in a header; this is the wide one of Shift_JIS.
	_, ok := headerOf(record{raw: strings.ReplaceAll(line, "\x81\x40", "\u3000")})
	return ok
}

// reader collects what is read of one text.
type reader struct {
	warnings []string
}

func (r *reader) warn(at record, field int, format string, args ...any) {
	if len(r.warnings) < maxWarnings {
		r.warnings = append(r.warnings, place(at.line, at.number, field)+": "+fmt.Sprintf(format, args...))
	}
}

// fill puts the fields behind the first skip into v and remarks on those that it has
// no place for.
func (r *reader) fill(at record, skip int, v layout) {
	targets := v.layout()
	for i := skip; i < len(at.fields); i++ {
		switch {
		case i-skip < len(targets):
			*targets[i-skip] = at.fields[i]
		case at.fields[i] != "":
			r.warn(at, i+1, "field is not known, left out")
			return
		}
	}
}

// index reads an RP number or a number within the RP.
func index(at record, field int, what string) (int, error) {
	n, err := strconv.Atoi(at.field(field))
	if err != nil || n < 1 || n > 999 || !isNumber(at.field(field)) {
		return 0, refuse(at, field, "%s is no number from 1 to 999", what)
	}
	return n, nil
}
