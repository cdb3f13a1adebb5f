package hl7v2

import (
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

// Value is a field's content ready to be written: delimiters mean what they say,
// text in it is escaped. Make one with [Text], [Components], [Subcomponents] and
// [Repetitions], or write a constant that holds no free text.
type Value string

// Null is the explicit null: the value is to be removed or cannot exist.
const Null Value = `""`

// Text escapes free text, line breaks included.
func Text(s string) Value { return Value(escapes.Replace(s)) }

// Components joins values with ^, leaving off empty ones at the end.
func Components(values ...Value) Value { return join(values, Standard.Component) }

// Subcomponents joins values with &, leaving off empty ones at the end.
func Subcomponents(values ...Value) Value { return join(values, Standard.Subcomponent) }

// Repetitions joins values with ~, leaving out empty ones.
func Repetitions(values ...Value) Value {
	kept := make([]string, 0, len(values))
	for _, v := range values {
		if v != "" {
			kept = append(kept, string(v))
		}
	}
	return Value(strings.Join(kept, string(Standard.Repetition)))
}

// CodeValue gives a coded entry (CWE) of code, text and coding system.
func CodeValue(code, text, system string) Value {
	return Components(Text(code), Text(text), Text(system))
}

func join(values []Value, separator byte) Value {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteByte(separator)
		}
		b.WriteString(string(v))
	}
	return Value(strings.TrimRight(b.String(), string(separator)))
}

// Header is what a sender says in MSH. Times and codes stand as they are to be written.
type Header struct {
	SendingApplication, SendingFacility     string
	ReceivingApplication, ReceivingFacility string
	Time                                    string // MSH-7, YYYYMMDDHHMMSS
	Type                                    Value  // MSH-9, e.g. RDE^O11^RDE_O11
	ControlID                               string // MSH-10
	Profile                                 Value  // MSH-21; empty: that of SS-MIX2 1.20
}

// Profile120 is MSH-21 of a message after SS-MIX2 1.20.
const Profile120 Value = "SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO"

// Builder collects the segments of one message with the [Standard] delimiters,
// which are all that SS-MIX2 allows. The zero value is not ready; use [NewBuilder].
type Builder struct{ segments []*SegmentBuilder }

// NewBuilder begins a message with an MSH as SS-MIX2 1.2 wants it: version 2.5,
// character set ~ISO IR87, ISO 2022-1994.
func NewBuilder(h Header) *Builder {
	b := &Builder{}
	if h.Profile == "" {
		h.Profile = Profile120
	}
	b.Segment("MSH").
		Set(2, `^~\&`).
		Set(3, Text(h.SendingApplication)).Set(4, Text(h.SendingFacility)).
		Set(5, Text(h.ReceivingApplication)).Set(6, Text(h.ReceivingFacility)).
		Set(7, Text(h.Time)).Set(9, h.Type).Set(10, Text(h.ControlID)).
		Set(11, "P").Set(12, "2.5").
		Set(18, "~ISO IR87").Set(20, "ISO 2022-1994").Set(21, h.Profile)
	return b
}

// Segment appends a segment; its fields are set on the result.
func (b *Builder) Segment(name string) *SegmentBuilder {
	s := &SegmentBuilder{name: name}
	b.segments = append(b.segments, s)
	return s
}

// Append appends a segment of fields 1, 2, 3 ...
func (b *Builder) Append(name string, fields ...Value) *Builder {
	s := b.Segment(name)
	for i, v := range fields {
		s.Set(i+1, v)
	}
	return b
}

// Text gives the message as text with CR behind every segment.
func (b *Builder) Text() string {
	var out strings.Builder
	for _, s := range b.segments {
		out.WriteString(s.text())
		out.WriteByte('\r')
	}
	return out.String()
}

// Bytes gives the message in ISO-2022-JP and what had to be replaced.
func (b *Builder) Bytes() ([]byte, []jis.Warning) { return jis.Encode(b.Text()) }

// SegmentBuilder is a segment in the making.
type SegmentBuilder struct {
	name   string
	fields []Value
}

// Set sets field n, from 1, and gives the segment back. In MSH field 1 is the
// separator and stays what it is. A control character that would end the segment
// is written as a line break escape.
func (s *SegmentBuilder) Set(n int, v Value) *SegmentBuilder {
	if n < 1 {
		return s
	}
	for len(s.fields) < n {
		s.fields = append(s.fields, "")
	}
	s.fields[n-1] = Value(lineBreaks.Replace(string(v)))
	return s
}

// SetText sets field n to escaped free text.
func (s *SegmentBuilder) SetText(n int, text string) *SegmentBuilder { return s.Set(n, Text(text)) }

var lineBreaks = strings.NewReplacer("\r\n", `\.br\`, "\r", `\.br\`, "\n", `\.br\`)

func (s *SegmentBuilder) text() string {
	fields := s.fields
	for len(fields) > 0 && fields[len(fields)-1] == "" {
		fields = fields[:len(fields)-1]
	}
	if s.name == "MSH" && len(fields) > 0 {
		fields = fields[1:]
	}
	var b strings.Builder
	b.WriteString(s.name)
	for _, f := range fields {
		b.WriteByte(Standard.Field)
		b.WriteString(string(f))
	}
	return b.String()
}

// Text gives the message as text with CR behind every segment. Parsing it gives
// an equal message, whatever characters it holds.
func (m *Message) Text() string {
	var b strings.Builder
	for _, s := range m.segments {
		b.WriteString(s.text)
		b.WriteByte('\r')
	}
	return b.String()
}

// Bytes gives the message in ISO-2022-JP and what had to be replaced. Without
// warnings, parsing it gives an equal message.
func (m *Message) Bytes() ([]byte, []jis.Warning) { return jis.Encode(m.Text()) }
