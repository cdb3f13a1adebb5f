package hl7v2

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

const (
	// MaxBytes bounds one message.
	MaxBytes = 16 << 20
	// MaxSegments bounds the segments of one message.
	MaxSegments = 50_000
	// MaxRepetitions bounds the repetitions of all fields of a message, since each may
	// become a value a hundred times as long.
	MaxRepetitions = 1_000_000
	// maxWarnings bounds what one message reports.
	maxWarnings = 100
)

// trailing are the control characters that writers leave behind a segment.
const trailing = "\x1c\x1a\x00"

var byteOrderMark = []byte("\xEF\xBB\xBF")

// Parse reads one message from bytes as they lie in a file or came over MLLP; see
// the package comment for what it refuses. It keeps no reference to src.
func Parse(src []byte) (*Message, error) {
	p := parser{buffer: buffers.Get().(*buffer)}
	defer p.release()
	if err := p.parse(src); err != nil {
		return nil, err
	}
	m := p.message // what is in the buffers is for the next message
	fields := slices.Clone(p.fields)
	m.segments = slices.Clone(m.segments)
	for i := range m.segments {
		s := &m.segments[i]
		n := len(s.fields)
		s.fields, fields = fields[:n:n], fields[n:]
	}
	return &m, nil
}

// Visit reads one message as [Parse] does and hands it to visit. Message and segments
// must not be used once visit has returned; texts that were taken from them may be.
func Visit(src []byte, visit func(*Message) error) error {
	p := parser{buffer: buffers.Get().(*buffer)}
	defer p.release()
	if err := p.parse(src); err != nil {
		return err
	}
	return visit(&p.message)
}

func (p *parser) parse(src []byte) error {
	if len(src) > MaxBytes {
		return located(0, "", 0, "message of %d bytes, at most %d are read", len(src), MaxBytes)
	}
	body, terminated := unframe(src)
	if len(body) == 0 {
		return located(0, "", 0, "empty message")
	}
	if err := p.read(body); err != nil {
		return err
	}
	if len(p.spans) == 0 {
		return located(0, "", 0, "empty message") // of escape sequences only
	}
	if len(p.text) > MaxRepetitions && bytes.Count(p.text, []byte{p.message.Delimiters.Repetition}) > MaxRepetitions {
		return located(0, "", 0, "more than %d repetitions", MaxRepetitions)
	}
	p.message.Terminated, p.message.OpenEnd = terminated, !terminated && p.open
	p.finish()
	return nil
}

// unframe takes away byte order mark, MLLP frame and what ends the last segment.
func unframe(src []byte) (body []byte, terminated bool) {
	body = bytes.TrimPrefix(src, byteOrderMark)
	body = bytes.TrimLeft(body, "\v\r\n")
	body = bytes.TrimPrefix(body, byteOrderMark)
	end := bytes.TrimRight(body, "\r\n"+trailing)
	return end, len(end) < len(body)
}

// lines gives where lines begin and end, split at CR, LF and CRLF, leaving out empty
// ones. None of the character sets in use has a CR or LF byte inside a character.
func lines(body []byte) iter.Seq2[int, int] {
	return func(yield func(begin, end int) bool) {
		cr, lf := -1, -1 // the next of each; looked for once, or a file of LF would be read to its end for every line
		for begin := 0; begin < len(body); {
			cr, lf = next(body, '\r', cr, begin), next(body, '\n', lf, begin)
			end := min(cr, lf)
			if end > begin && !yield(begin, end) {
				return
			}
			begin = end + 1
		}
	}
}

// next gives the place of the next c from begin on, len(body) without one. known is
// what it gave last.
func next(body []byte, c byte, known, begin int) int {
	if known >= begin {
		return known
	}
	if i := bytes.IndexByte(body[begin:], c); i >= 0 {
		return begin + i
	}
	return len(body)
}

// buffer is where a message is put together.
type buffer struct {
	text    []byte   // of all segments, line ends among it or not
	fields  []uint32 // their separators
	spans   []span   // of each segment
	message Message
}

// span is where a segment and its name stand in the text, and where its separators end.
type span struct{ begin, end, name, fields int }

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// maxBuffer keeps the buffers of a giant from being held for good.
const maxBuffer = 256 << 10

type parser struct {
	*buffer
	utf8 bool // declared in MSH-18
	open bool // the last segment ends inside a run
}

func (p *parser) release() {
	if cap(p.text) <= maxBuffer && cap(p.fields) <= maxBuffer && cap(p.spans) <= maxBuffer {
		clear(p.message.segments) // or their text would be held
		p.message = Message{segments: p.message.segments[:0]}
		p.text, p.fields, p.spans = p.text[:0], p.fields[:0], p.spans[:0]
		buffers.Put(p.buffer)
	}
}

// read decodes the header, and behind it all at once where nothing has to be
// bent, else line by line, so that every warning has its place.
func (p *parser) read(body []byte) error {
	rest := body
	for begin, end := range lines(body) {
		if err := p.line(body[begin:end]); err != nil {
			return err
		}
		if rest = body[end:]; len(p.spans) > 0 {
			break
		}
	}
	if !p.utf8 {
		at := len(p.text)
		text, warned := jis.AppendDecoded(p.text, rest)
		if p.text = text; len(warned) == 0 {
			return p.addAll(at, unclosed(rest))
		}
		p.text = text[:at]
	}
	for begin, end := range lines(rest) {
		if err := p.line(rest[begin:end]); err != nil {
			return err
		}
	}
	return nil
}

// addAll adds the segments that stand in p.text behind a place; open is whether the
// last line ends inside an escape sequence. Ends of lines and separators are looked
// for together, eight bytes at a time.
func (p *parser) addAll(at int, open bool) error {
	end, separator := len(p.text), p.message.Delimiters.Field
	padded := append(p.text, 0, 0, 0, 0, 0, 0, 0, 0)
	p.text = padded[:end]
	begin, limit := at, len(p.fields)+maxNoted
	for i := at; i < end; i += 8 {
		word := binary.LittleEndian.Uint64(padded[i:])
		marks := equal(word, separator) | equal(word, '\r') | equal(word, '\n')
		for ; marks != 0; marks &= marks - 1 {
			k := i + bits.TrailingZeros64(marks)/8
			switch {
			case padded[k] != separator:
				if _, err := p.add(begin, k); err != nil {
					return err
				}
				begin, limit = k+1, len(p.fields)+maxNoted
			case len(p.fields) < limit:
				p.fields = append(p.fields, uint32(k-begin))
			}
		}
	}
	before := len(p.spans)
	if _, err := p.add(begin, end); err != nil {
		return err
	}
	p.open = open && len(p.spans) > before
	return nil
}

// line decodes and adds one line.
func (p *parser) line(line []byte) error {
	begin, before := len(p.text), len(p.spans)
	var warned []jis.Warning
	if p.utf8 && utf8.Valid(line) && bytes.IndexByte(line, 0x1B) < 0 {
		p.text = append(p.text, line...)
	} else {
		p.text, warned = jis.AppendDecoded(p.text, line)
	}
	if text := p.text[begin:trimmed(p.text, begin, len(p.text))]; len(text) > 0 {
		if before == 0 {
			if err := p.header(string(text)); err != nil {
				return err
			}
		}
		p.fields = separators(p.fields, text, p.message.Delimiters.Field)
	}
	name, err := p.add(begin, len(p.text))
	if err != nil || len(p.spans) == before {
		return err
	}
	p.open = unclosed(line)
	if len(warned) == 0 {
		return nil
	}
	where := place(len(p.spans), string(name), 0)
	for _, w := range warned {
		p.open = p.open || w.Kind == jis.OpenRun
		if p.utf8 && w.Kind == jis.Repaired {
			continue
		}
		p.warn("%s, %v", where, w)
	}
	return nil
}

// trimmed gives the end of a line without control characters behind it.
func trimmed(text []byte, begin, end int) int {
	for end > begin && strings.IndexByte(trailing, text[end-1]) >= 0 {
		end--
	}
	return end
}

// add adds the segment that stands in p.text and whose separators are the last of
// p.fields, unless it is empty, and gives its name.
func (p *parser) add(begin, end int) (name []byte, err error) {
	if end > begin && p.text[end-1] < ' ' {
		end = trimmed(p.text, begin, end)
	}
	if end == begin {
		return nil, nil
	}
	number := len(p.spans) + 1
	if number > MaxSegments {
		return nil, located(0, "", 0, "more than %d segments", MaxSegments)
	}
	name = nameOf(p.text[begin:end], p.message.Delimiters.Field)
	p.spans = append(p.spans, span{begin, end, len(name), len(p.fields)})
	switch string(name) {
	case "":
		// A line break inside a text field, usually. Kept, so that nothing is lost.
		p.warn("%s: line without a segment name", place(number, "", 0))
	case "MSH", "BHS", "FHS": // they begin a message or a batch
		if number > 1 {
			return nil, located(number, string(name), 0, "second message in one file")
		}
	}
	return name, nil
}

// finish makes the segments of one string.
func (p *parser) finish() {
	m, text := &p.message, string(p.text)
	m.segments = slices.Grow(m.segments[:0], len(p.spans))[:len(p.spans)]
	signs := m.Delimiters.pack()
	from := 0
	for i, at := range p.spans {
		s := &m.segments[i]
		s.Number, s.delims = i+1, signs
		s.text = text[at.begin:at.end]
		s.fields = p.fields[from:at.fields:at.fields]
		s.Name = s.text[:at.name]
		from = at.fields
		if i == 0 && bytes.IndexByte(p.text[at.end:], m.Delimiters.Escape) < 0 {
			signs |= unescaped // MSH-2 has the sign, the rest has not
		}
	}
	m.Charset = m.segments[0].Field(18).Raw()
}

// unclosed reports whether text stops inside an escape sequence, or right behind one
// that is no return to ASCII.
func unclosed(text []byte) bool {
	return bytes.IndexByte(text[max(0, len(text)-3):], 0x1B) >= 0 &&
		!bytes.HasSuffix(text, []byte("\x1b(B")) && !bytes.HasSuffix(text, []byte("\x1b(J"))
}

// header reads delimiters and character set.
func (p *parser) header(text string) error {
	if !strings.HasPrefix(text, "MSH") {
		return located(1, "", 0, "message does not begin with MSH")
	}
	s := Segment{Name: "MSH", Number: 1, text: text}
	d, err := delimiters(s)
	if err != nil {
		return err
	}
	p.message.Delimiters, s.delims = d, d.pack()
	p.utf8 = p.charset(part(text, d.Field, 18), s)
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

// nameOf gives the name at the beginning of a segment: a capital letter and two
// capital letters or digits before the first separator; nil if there is none.
func nameOf(text []byte, separator byte) []byte {
	switch {
	case len(text) < 3, text[0] < 'A', text[0] > 'Z', !nameSign(text[1]), !nameSign(text[2]):
		return nil
	case len(text) > 3 && text[3] != separator:
		return nil
	}
	return text[:3]
}

func nameSign(c byte) bool { return letterOrDigit(c) && c < 'a' }

// charset judges MSH-18 and reports whether it declares UTF-8. Whatever it says,
// ISO-2022-JP escapes are obeyed and raw bytes are repaired: hospitals declare one
// set and write another.
func (p *parser) charset(declared string, msh Segment) (isUTF8 bool) {
	if declared == usualCharset && p.message.Delimiters == Standard {
		return false
	}
	known := false
	f := Field{raw: declared, delims: msh.delims}
	for r := range f.Repetitions() {
		switch strings.ToUpper(charsetSpelling.Replace(r.Text())) {
		case "":
		case "UNICODEUTF8", "UTF8", "UNICODE":
			return true
		case "ASCII", "ISOIR6", "ISOIR14", "ISOIR87", "ISOIR159":
			known = true
		default:
			p.warn("%s: unknown character set, read as ISO-2022-JP", msh.Place(18))
			return false
		}
	}
	if !known {
		p.warn("%s: no character set declared, read as ISO-2022-JP", msh.Place(18))
	}
	return false
}

// usualCharset is MSH-18 as SS-MIX2 wants it.
const usualCharset = "~ISO IR87"

// charsetSpelling takes away in what writers differ.
var charsetSpelling = strings.NewReplacer(" ", "", "-", "", "_", "")

func (p *parser) warn(format string, args ...any) {
	if len(p.message.Warnings) < maxWarnings {
		p.message.Warnings = append(p.message.Warnings, fmt.Sprintf(format, args...))
	}
}
