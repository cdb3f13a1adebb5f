package hl7v2

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

const (
	// MaxBytes bounds one message.
	MaxBytes = 16 << 20
	// MaxSegments bounds the segments of one message.
	MaxSegments = 50_000
	// maxWarnings bounds what one message reports.
	maxWarnings = 100
)

// trailing are the control characters that writers leave behind a segment.
const trailing = "\x1c\x1a\x00"

var byteOrderMark = []byte("\xEF\xBB\xBF")

// Parse reads one message from bytes as they lie in a file or came over MLLP; see
// the package comment for what it refuses. It keeps no reference to src.
func Parse(src []byte) (*Message, error) {
	if len(src) > MaxBytes {
		return nil, located(0, "", 0, "message of %d bytes, at most %d are read", len(src), MaxBytes)
	}
	body, terminated := unframe(src)
	if len(body) == 0 {
		return nil, located(0, "", 0, "empty message")
	}
	p := parser{msg: &Message{Terminated: terminated}}
	for line := range segmentsOf(body) {
		if err := p.add(line); err != nil {
			return nil, err
		}
	}
	if len(p.msg.segments) == 0 {
		return nil, located(0, "", 0, "empty message") // of escape sequences only
	}
	if !terminated && p.open {
		p.msg.OpenEnd = true
	}
	return p.msg, nil
}

// unframe takes away byte order mark, MLLP frame and what ends the last segment.
func unframe(src []byte) (body []byte, terminated bool) {
	body = bytes.TrimPrefix(src, byteOrderMark)
	body = bytes.TrimLeft(body, "\v\r\n")
	body = bytes.TrimPrefix(body, byteOrderMark)
	end := bytes.TrimRight(body, "\r\n"+trailing)
	return end, len(end) < len(body)
}

// segmentsOf splits at CR, LF and CRLF, leaving out empty lines. None of the
// character sets in use has a CR or LF byte inside a character.
func segmentsOf(body []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(body) > 0 {
			line := body
			if i := bytes.IndexAny(body, "\r\n"); i >= 0 {
				line, body = body[:i], body[i+1:]
			} else {
				body = nil
			}
			if len(line) > 0 && !yield(line) {
				return
			}
		}
	}
}

type parser struct {
	msg  *Message
	utf8 bool // declared in MSH-18
	open bool // the last segment ends inside a run
}

func (p *parser) add(line []byte) error {
	m := p.msg
	number := len(m.segments) + 1
	if number > MaxSegments {
		return located(0, "", 0, "more than %d segments", MaxSegments)
	}
	s := Segment{Number: number, delims: m.Delimiters}
	var warned []jis.Warning
	if p.utf8 && utf8.Valid(line) && bytes.IndexByte(line, 0x1B) < 0 {
		s.text = string(line)
	} else {
		s.text, warned = jis.Decode(line)
	}
	if s.text = strings.TrimRight(s.text, trailing); s.text == "" {
		return nil
	}
	if number == 1 {
		if err := p.header(&s); err != nil {
			return err
		}
	} else {
		s.Name = part(s.text, m.Delimiters.Field, 1)
	}
	switch s.Name {
	case "MSH", "BHS", "FHS":
		if number > 1 {
			return s.Errorf(0, "second message in one file")
		}
	}
	if !segmentName(s.Name) {
		// A line break inside a text field, usually. Kept, so that nothing is lost.
		s.Name = ""
		p.warn("%s: line without a segment name", s.Place(0))
	}
	p.open = false
	for _, w := range warned {
		p.open = p.open || w.Kind == jis.OpenRun
		if p.utf8 && w.Kind == jis.Repaired {
			continue
		}
		p.warn("%s, %v", s.Place(0), w)
	}
	p.open = p.open || bytes.IndexByte(line[max(0, len(line)-3):], 0x1B) >= 0 && !closed(line)
	m.segments = append(m.segments, s)
	return nil
}

// closed reports whether the line ends in a complete return to ASCII.
func closed(line []byte) bool {
	return bytes.HasSuffix(line, []byte("\x1b(B")) || bytes.HasSuffix(line, []byte("\x1b(J"))
}

// header reads delimiters and character set.
func (p *parser) header(s *Segment) error {
	if !strings.HasPrefix(s.text, "MSH") {
		return located(1, "", 0, "message does not begin with MSH")
	}
	s.Name = "MSH"
	d, err := delimiters(*s)
	if err != nil {
		return err
	}
	p.msg.Delimiters, s.delims = d, d
	p.msg.Charset = s.Field(18).Raw()
	p.utf8 = p.charset(*s)
	return nil
}

// delimiters reads MSH-1 and MSH-2. Signs that MSH-2 leaves out are the standard's.
func delimiters(s Segment) (Delimiters, error) {
	d := Standard
	rest := s.text[len("MSH"):]
	if rest == "" || !sign(rest[0]) {
		return d, s.Errorf(1, "no field separator")
	}
	d.Field = rest[0]
	signs := part(rest, d.Field, 2)
	for i, target := range []*byte{&d.Component, &d.Repetition, &d.Escape, &d.Subcomponent} {
		if i < len(signs) {
			*target = signs[i]
		}
	}
	all := []byte{d.Field, d.Component, d.Repetition, d.Escape, d.Subcomponent}
	for i, c := range all {
		if !sign(c) {
			return d, s.Errorf(2, "encoding characters must be signs")
		}
		if bytes.IndexByte(all[:i], c) >= 0 {
			return d, s.Errorf(2, "encoding characters must differ from each other")
		}
	}
	return d, nil
}

// sign reports whether c may be a delimiter: a graphic ASCII character that is
// neither letter nor digit, nor the quote of the null value.
func sign(c byte) bool {
	return c > ' ' && c < 0x7F && c != '"' && !letterOrDigit(c)
}

func letterOrDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func segmentName(s string) bool {
	if len(s) != 3 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for i := 1; i < 3; i++ {
		if !letterOrDigit(s[i]) || s[i] >= 'a' {
			return false
		}
	}
	return true
}

// charset judges MSH-18 and reports whether it declares UTF-8. Whatever it says,
// ISO-2022-JP escapes are obeyed and raw bytes are repaired: hospitals declare one
// set and write another.
func (p *parser) charset(s Segment) (isUTF8 bool) {
	known := false
	for r := range s.Field(18).Repetitions() {
		switch strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "_", "").Replace(r.Text())) {
		case "":
		case "UNICODEUTF8", "UTF8", "UNICODE":
			return true
		case "ASCII", "ISOIR6", "ISOIR14", "ISOIR87", "ISOIR159":
			known = true
		default:
			p.warn("%s: unknown character set, read as ISO-2022-JP", s.Place(18))
			return false
		}
	}
	if !known {
		p.warn("%s: no character set declared, read as ISO-2022-JP", s.Place(18))
	}
	return false
}

func (p *parser) warn(format string, args ...any) {
	if len(p.msg.Warnings) < maxWarnings {
		p.msg.Warnings = append(p.msg.Warnings, fmt.Sprintf(format, args...))
	}
}
