package hl7v2

import (
	"bytes"
	"errors"
	"fmt"
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

var (
	// ErrCut: a message of which a part is missing.
	ErrCut = errors.New("the message was cut")
	// ErrEmpty: nothing but framing and escape sequences.
	ErrEmpty = errors.New("empty message")
	// ErrNoHeader: something else than a message.
	ErrNoHeader = errors.New("message does not begin with MSH")
)

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
	written, terminated, zeros := unframe(src)
	body := Unroman(written)
	p.crowded = len(body) > MaxRepetitions
	if err := p.read(body); err != nil {
		return err
	}
	m := &p.message
	if m.Len() > 0 && (zeros > 0 || bytes.IndexByte(body, 0) >= 0) {
		if err := p.whole(body, terminated, zeros); err != nil {
			return err
		}
	}
	if len(body) < len(written) {
		p.warn(Romanised, "segment 1 (MSH), field 2: yen sign or overline in the place of \\ or ~, read as that in all of the message")
	}
	broken := p.broken // in the last line, too
	if len(p.joined) > 0 {
		if err := p.join(); err != nil {
			return err
		}
	}
	switch {
	case m.Len() == 0:
		return located(0, "", 0, "%w", ErrEmpty)
	case p.repetitions > MaxRepetitions:
		return located(0, "", 0, "more than %d repetitions", MaxRepetitions)
	}
	m.Charset = m.segments[0].Field(18).Raw()
	m.Terminated, m.OpenEnd, m.OpenName = terminated, !terminated && p.open, !terminated && broken
	return nil
}

// whole refuses zeros where text should be. One alone behind a segment ends it, as
// writers in C have it, and behind a message that was ended they fill up a block.
func (p *parser) whole(body []byte, terminated bool, zeros int) error {
	if zeros > 1 && !terminated {
		last := p.message.Segment(p.message.Len())
		return last.Errorf(0, "%w: nothing but %d zeros behind it", ErrCut, zeros)
	}
	number := 0
	for begin, end := range lines(body) {
		line := bytes.TrimSuffix(body[begin:end], []byte{0})
		if len(line) == 0 {
			continue
		}
		if number++; bytes.IndexByte(line, 0) >= 0 {
			return located(number, nameOf(string(line), p.signs.field()), 0, "%w: zeros in the place of text", ErrCut)
		}
	}
	if zeros > 1 {
		p.warn(Padded, "%d zeros behind the message", zeros)
	}
	return nil
}

// buffer is where a message is put together.
type buffer struct {
	text    []byte   // what is being split
	fields  []uint32 // separators of all segments, counted from where each begins
	joined  []int    // segments that are none, but go on with the one before
	message Message
}

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// What is longer is not held for good: buffers of a giant.
const (
	maxText     = 256 << 10
	maxFields   = 64 << 10
	maxSegments = 4 << 10
)

type parser struct {
	*buffer
	signs       packed // the delimiters; before the header was read its first alone
	utf8        bool   // declared in MSH-18
	cp932       bool   // what 8-bit bytes the message has are, most of them
	open        bool   // the last segment ends inside a run
	broken      bool   // the last line is no segment
	named       int    // the last one that is
	crowded     bool   // there is room for more repetitions than may be
	repetitions int    // if crowded
}

func (p *parser) release() {
	if cap(p.text) <= maxText && cap(p.fields) <= maxFields && cap(p.message.segments) <= maxSegments {
		p.empty()
		buffers.Put(p.buffer)
	}
}

// empty forgets what was read.
func (p *parser) empty() {
	clear(p.message.segments) // or their text would be held
	p.message, p.fields = Message{segments: p.message.segments[:0]}, p.fields[:0]
	p.joined, p.repetitions = p.joined[:0], 0
}

// read splits all at once where the bytes are the text, as the header of UTF-8 says, or
// decode without anything being bent; else it reads line by line, so that every warning
// has its place.
func (p *parser) read(body []byte) error {
	if bytes.IndexByte(body, 0x1B) < 0 && bytes.HasPrefix(body, []byte("MSH")) && utf8.Valid(body) {
		p.text = append(p.text[:0], body...)
		if _, err := p.split(); err != nil || p.utf8 {
			return err
		}
		p.empty()
	}
	text, warned := jis.AppendDecoded(p.text[:0], body)
	if p.text = text; len(warned) == 0 && bytes.HasPrefix(text, []byte("MSH")) {
		added, err := p.split()
		p.open = added && unclosed(body)
		return err
	}
	p.cp932 = jis.IsCP932(body)
	for begin, end := range lines(body) {
		if err := p.line(body[begin:end]); err != nil {
			return err
		}
	}
	return nil
}

// line reads one line.
func (p *parser) line(line []byte) error {
	decode := jis.AppendDecoded
	switch {
	case p.cp932:
		decode = jis.AppendAmongCP932
	case p.utf8:
		decode = jis.AppendUTF8
	}
	var warned []jis.Warning
	p.text, warned = decode(p.text[:0], line)
	added, err := p.split()
	if err != nil || !added {
		return err
	}
	p.open = unclosed(line)
	if len(warned) == 0 {
		return nil
	}
	where := p.message.Segment(p.message.Len()).Place(0)
	for _, w := range warned {
		p.open = p.open || w.Kind == jis.OpenRun
		if p.utf8 && !p.cp932 && w.Kind == jis.Repaired && utf8.Valid(line) { // it is as it should be
			continue
		}
		p.warn(w.Kind, "%s, %v", where, w)
		if w.Kind == jis.Undecodable && len(p.message.Warnings) == maxWarnings { // who refuses such text must see it
			p.message.Warnings[maxWarnings-1] = fmt.Sprintf("%s, %v", where, w)
		}
	}
	return nil
}

// split adds the segments that stand in p.text; added is whether its last line is one.
// Ends of lines and separators are looked for together, a block at a time.
func (p *parser) split() (added bool, err error) {
	text := string(p.text)
	if p.message.Len() == 0 {
		if text = trimmed(text); text == "" {
			return false, nil
		}
		if p.signs, err = firstSign(text); err != nil {
			return false, err
		}
	} else {
		p.judge(text)
	}
	p.text = append(p.text, make([]byte, blockSize)...)
	separator := p.signs.field()
	begin, first := 0, len(p.fields)
	for at := 0; at < len(text); at += blockSize {
		b := (*block)(p.text[at:])
		separators := b.equal(separator)
		for controls := b.controls(); controls != 0; controls &= controls - 1 {
			end := bits.TrailingZeros64(controls)
			if b[end] != '\r' && b[end] != '\n' || at+end >= len(text) {
				continue
			}
			p.note(first, at-begin, separators&(1<<end-1))
			if _, err := p.add(text, begin, at+end, first); err != nil {
				return false, err
			}
			separators = separators >> end << end
			begin, first = at+end+1, len(p.fields)
		}
		p.note(first, at-begin, separators)
	}
	added, err = p.add(text, begin, len(text), first)
	if p.crowded { // only now the header of a single line was read
		p.repetitions += strings.Count(text, string(p.signs.repetition()))
	}
	return added, err
}

// note keeps where the marked bytes of a block stand, offset being where the block does
// in its segment. Of a segment's separators, which begin at first, the first maxNoted are kept.
func (p *parser) note(first, offset int, separators uint64) {
	n := len(p.fields)
	fields := slices.Grow(p.fields, blockSize)[:n+blockSize]
	for ; separators != 0; separators &= separators - 1 {
		fields[n] = uint32(offset + bits.TrailingZeros64(separators))
		n++
	}
	p.fields = fields[:min(n, first+maxNoted)]
}

// judge notes whether the escape sign occurs in what stands behind the header.
func (p *parser) judge(text string) {
	p.signs &^= unescaped
	if strings.IndexByte(text, p.signs.escape()) < 0 {
		p.signs |= unescaped
	}
}

// trimmed gives a line without control characters behind it.
func trimmed(line string) string {
	if line == "" || line[len(line)-1] >= ' ' {
		return line
	}
	return strings.TrimRight(line, trailing)
}

// add adds the segment that stands in text from begin to end and whose separators are
// those from first on, unless it is empty.
func (p *parser) add(text string, begin, end, first int) (added bool, err error) {
	line := trimmed(text[begin:end])
	if line == "" {
		return false, nil
	}
	if p.message.Len() == MaxSegments {
		return false, located(0, "", 0, "more than %d segments", MaxSegments)
	}
	number := p.message.Len() + 1 - len(p.joined)
	name, fields := nameOf(line, p.signs.field()), p.fields[first:len(p.fields):len(p.fields)]
	if number > 1 && (name == "" || len(line) == len(name)) {
		name, line = p.nameless(line, fields)
	}
	segments := p.message.segments
	if len(segments) == cap(segments) {
		segments = slices.Grow(segments, max(32, len(segments)))
	}
	p.message.segments = append(segments, Segment{Name: name, Number: number, text: line, fields: fields, delims: p.signs})
	p.broken = name == ""
	switch {
	case number == 1:
		if err := p.header(&p.message.segments[0]); err != nil {
			return false, err
		}
		p.judge(text[end:])
	case name == "":
		return true, p.goesOn()
	case name == "MSH", name == "BHS", name == "FHS": // they begin a message or a batch
		return false, located(number, name, 0, "second message in one file")
	case name == "ADD":
		return true, p.addendum()
	case name == "DSC" && p.message.segments[len(segments)].behind(1) != "":
		return false, located(number, name, 1, "%w: it goes on in another one", ErrCut)
	}
	p.named = len(segments)
	return true, nil
}

// nameOf gives the name at the beginning of a segment: a capital letter and two
// capital letters or digits before the first separator; empty if there is none.
func nameOf(text string, separator byte) string {
	switch {
	case len(text) < 3, text[0] < 'A', text[0] > 'Z', !nameSign(text[1]), !nameSign(text[2]):
		return ""
	case len(text) > 3 && text[3] != separator:
		return ""
	}
	return text[:3]
}

func nameSign(c byte) bool { return letterOrDigit(c) && c < 'a' }

// warn adds a warning while there is room; the first of its kind is kept in any case.
func (p *parser) warn(kind jis.Kind, format string, args ...any) {
	m := &p.message
	first := !slices.ContainsFunc(m.Bent, func(b Bent) bool { return b.Kind == kind })
	if !first && len(m.Warnings) >= maxWarnings {
		return
	}
	text := fmt.Sprintf(format, args...)
	if first {
		m.Bent = append(m.Bent, Bent{kind, text})
	}
	if len(m.Warnings) < maxWarnings {
		m.Warnings = append(m.Warnings, text)
	}
}
