package hl7v2

import (
	"fmt"
	"iter"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

// Delimiters are the signs that MSH-1 and MSH-2 declare.
type Delimiters struct {
	Field, Component, Repetition, Escape, Subcomponent byte
}

// Standard are the delimiters that SS-MIX2 prescribes: |^~\&
var Standard = Delimiters{'|', '^', '~', '\\', '&'}

// Message is one HL7 message. The zero value has no segments.
type Message struct {
	Delimiters Delimiters
	Charset    string   // MSH-18 as written
	Warnings   []string // located, without values
	Bent       []Bent   // the first warning of each kind, also where Warnings had no room for it
	// Terminated reports that something ended the last segment. Writers that leave
	// the end out are common; a message that was cut is not terminated either.
	Terminated bool
	// OpenEnd reports that the last segment stops inside a two-byte run or escape
	// sequence and is not terminated: no writer does that, the message was cut.
	OpenEnd bool
	// OpenName reports that the last line begins with no segment's name and is not
	// terminated: the message may have been cut inside of one.
	OpenName bool

	segments []Segment
}

// Bent is the first warning of a kind: one of those of [jis.Decode] or of those below.
type Bent struct {
	Kind    jis.Kind
	Warning string
}

const (
	Undeclared jis.Kind = "undeclared" // MSH-18 has no character set that is known
	Unnamed    jis.Kind = "unnamed"    // a line without a segment name, or with spaces before it
	Padded     jis.Kind = "padded"     // zeros behind the end of the message
	Romanised  jis.Kind = "romanised"  // yen sign or overline among the delimiters, see [Unroman]
)

// Len gives the number of segments.
func (m *Message) Len() int { return len(m.segments) }

// All gives the segments in order.
func (m *Message) All() iter.Seq[*Segment] {
	return func(yield func(*Segment) bool) {
		for i := range m.segments {
			if !yield(&m.segments[i]) {
				return
			}
		}
	}
}

// Segment gives segment n, from 1; nil if absent.
func (m *Message) Segment(n int) *Segment {
	if n < 1 || n > len(m.segments) {
		return nil
	}
	return &m.segments[n-1]
}

// Segments gives the segments of a name in their order.
func (m *Message) Segments(name string) iter.Seq[*Segment] {
	return func(yield func(*Segment) bool) {
		for i := range m.segments {
			if m.segments[i].Name == name && !yield(&m.segments[i]) {
				return
			}
		}
	}
}

// First gives the first segment of a name, nil without one.
func (m *Message) First(name string) *Segment {
	for i := range m.segments {
		if m.segments[i].Name == name {
			return &m.segments[i]
		}
	}
	return nil
}

// Has reports whether the message has a segment of the name.
func (m *Message) Has(name string) bool { return m.First(name) != nil }

// Header gives the MSH segment.
func (m *Message) Header() *Segment { return m.First("MSH") }

// Type gives MSH-9 as written, e.g. RDE^O11^RDE_O11.
func (m *Message) Type() string { return m.Header().Field(9).Raw() }

// Segment is one segment. Where its first fields begin is noted, all else is found
// when it is asked for, so that a message of delimiters costs little more memory
// than its bytes. A nil segment is one that the message does not have: its methods
// find it empty everywhere.
type Segment struct {
	Name   string
	Number int // place in the message, from 1

	text   string   // all of it, decoded, escapes kept
	fields []uint32 // where the first field separators stand, as [separators] gives them
	delims packed
}

// Raw gives the segment as decoded text with its escapes.
func (s *Segment) Raw() string {
	if s == nil {
		return ""
	}
	return s.text
}

// Len gives the number of the last field.
func (s *Segment) Len() int {
	if s == nil || s.text == "" {
		return 0
	}
	n := strings.Count(s.text, string(s.delims.field()))
	if s.Name == "MSH" {
		n++
	}
	return n
}

// Field gives field n, from 1. MSH-1 is the field separator itself.
func (s *Segment) Field(n int) Field {
	if s == nil {
		return Field{}
	}
	f := Field{delims: s.delims}
	if s.Name == "MSH" {
		switch n {
		case 1:
			if s.text != "" {
				f.raw, f.literal = string(s.delims.field()), true
			}
			return f
		case 2:
			f.literal = true // the signs themselves, not a value that uses them
		}
		n--
	}
	f.raw = s.behind(n)
	return f
}

// At gives the unescaped text of one subcomponent, "" if absent or null.
func (s *Segment) At(field, repetition, component, subcomponent int) string {
	return s.Field(field).At(repetition, component, subcomponent)
}

// ID gives the first subcomponent as the values of HL7's own tables are written (type ID),
// in capitals and without spaces: whoever sends "ca " cancels.
func (s *Segment) ID(field int) string {
	return strings.ToUpper(strings.TrimSpace(s.At(field, 1, 1, 1)))
}

// Key gives the first subcomponent as a number or code of the sender's own, without the blanks
// that fill it up.
func (s *Segment) Key(field int) string { return strings.TrimSpace(s.At(field, 1, 1, 1)) }

// Text gives the unescaped text of the whole field, for types that are not
// composed (ST, NM, TX, TS): a stray ^ in 500×10^4 stays.
func (s *Segment) Text(field int) string { return s.Field(field).Text() }

// Errorf makes an error of kind [fault.Invalid] located at the field, or at the
// segment if field is 0.
func (s *Segment) Errorf(field int, format string, args ...any) error {
	if s == nil {
		return located(0, "", 0, format, args...)
	}
	return located(s.Number, s.Name, field, format, args...)
}

// Place names a field for a warning: segment 3 (OBX), field 5.
func (s *Segment) Place(field int) string {
	if s == nil {
		return ""
	}
	return place(s.Number, s.Name, field)
}

// Field is one field with its repetitions. It is comparable.
type Field struct {
	raw     string
	delims  packed
	literal bool
}

// Raw gives the field as decoded text with its delimiters and escapes.
func (f Field) Raw() string { return f.raw }

// Clone gives the same field, of which the text of its message is no longer held.
func (f Field) Clone() Field {
	f.raw = strings.Clone(f.raw)
	return f
}

// IsEmpty reports that the field says nothing.
func (f Field) IsEmpty() bool { return f.raw == "" }

// IsNull reports the explicit null, two double quotes: the value is to be removed
// or cannot exist.
func (f Field) IsNull() bool { return isNull(f.raw) }

// IsBlank reports that the field says nothing: it is empty, null or blanks alone.
func (f Field) IsBlank() bool { return f.raw == "" || f.IsNull() || strings.Trim(f.raw, " ") == "" }

// Text gives the unescaped text of the whole field, "" for null.
func (f Field) Text() string {
	if f.literal {
		return f.raw
	}
	return unescape(f.raw, f.delims)
}

// Repetitions gives the repetitions in order, none for an empty or null field.
func (f Field) Repetitions() iter.Seq[Repetition] {
	return func(yield func(Repetition) bool) {
		if f.IsEmpty() || f.IsNull() {
			return
		}
		if f.literal {
			yield(Repetition{f})
			return
		}
		for more := true; more; {
			r := Field{delims: f.delims}
			if r.raw, f.raw, more = cut(f.raw, f.delims.repetition()); !yield(Repetition{r}) {
				return
			}
		}
	}
}

// Repetition gives repetition n, from 1; empty if absent.
func (f Field) Repetition(n int) Repetition {
	switch {
	case f.literal && n == 1:
		return Repetition{f}
	case f.literal, n < 1, f.IsNull():
		return Repetition{Field{delims: f.delims}}
	}
	f.raw = part(f.raw, f.delims.repetition(), n)
	return Repetition{f}
}

// At gives the unescaped text of one subcomponent, "" if absent or null.
func (f Field) At(repetition, component, subcomponent int) string {
	switch {
	case f.literal && (repetition != 1 || component != 1 || subcomponent != 1):
		return ""
	case f.literal:
		return f.raw
	case repetition < 1, component < 1, subcomponent < 1:
		return ""
	case repetition == 1 && component == 1 && subcomponent == 1:
		return unescape(first(f.raw, f.delims), f.delims)
	}
	s := part(f.raw, f.delims.repetition(), repetition)
	s = part(s, f.delims.component(), component)
	return unescape(part(s, f.delims.subcomponent(), subcomponent), f.delims)
}

// Repetition is one repetition of a field with its components.
type Repetition struct{ f Field }

// Raw gives the repetition as decoded text with its escapes.
func (r Repetition) Raw() string { return r.f.raw }

// Text gives the unescaped text of the whole repetition.
func (r Repetition) Text() string { return r.f.Text() }

// Component gives component n, from 1; empty if absent.
func (r Repetition) Component(n int) Component {
	c := Component{Field{delims: r.f.delims, literal: r.f.literal}}
	switch {
	case r.f.literal && n == 1:
		c.f.raw = r.f.raw
	case !r.f.literal && n >= 1 && !r.f.IsNull():
		c.f.raw = part(r.f.raw, r.f.delims.component(), n)
	}
	return c
}

// Component is one component with its subcomponents.
type Component struct{ f Field }

// Raw gives the component as decoded text with its escapes.
func (c Component) Raw() string { return c.f.raw }

// Text gives the unescaped text of the whole component, its subcomponents joined
// as written: a code like 9A100&IMP is one code.
func (c Component) Text() string { return c.f.Text() }

// Spaced gives the unescaped text of the component with a space between its subcomponents,
// for texts that a writer split at a sign of their own.
func (c Component) Spaced() string {
	separator := c.f.delims.subcomponent()
	if c.f.literal || index(c.f.raw, separator) < 0 {
		return c.f.Text()
	}
	var b strings.Builder
	for rest, more := c.f.raw, true; more; {
		var part string
		if part, rest, more = cut(rest, separator); b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(unescape(part, c.f.delims))
	}
	return b.String()
}

// At gives the unescaped text of subcomponent n, from 1; "" if absent or null.
func (c Component) At(n int) string {
	switch {
	case n < 1 || c.f.literal && n > 1:
		return ""
	case c.f.literal:
		return c.f.raw
	}
	return unescape(part(c.f.raw, c.f.delims.subcomponent(), n), c.f.delims)
}

// Error is a located cause. It comes wrapped in a [fault.Error] of kind Invalid.
type Error struct {
	Segment int    // from 1; 0: the message
	Name    string // of the segment, may be empty
	Field   int    // from 1; 0: the segment
	Err     error
}

// Error reads like: segment 3 (OBX), field 5: no value.
func (e *Error) Error() string {
	if p := place(e.Segment, e.Name, e.Field); p != "" {
		return p + ": " + e.Err.Error()
	}
	return e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func place(segment int, name string, field int) string {
	if segment == 0 {
		return ""
	}
	p := fmt.Sprintf("segment %d", segment)
	if name != "" {
		p += " (" + name + ")"
	}
	if field > 0 {
		p += fmt.Sprintf(", field %d", field)
	}
	return p
}

func located(segment int, name string, field int, format string, args ...any) error {
	return &fault.Error{Kind: fault.Invalid, Err: &Error{Segment: segment, Name: name, Field: field, Err: fmt.Errorf(format, args...)}}
}
