package waveform

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/stream"
)

// Tags of MFER that matter here.
const (
	mferPadding     = 0x00
	mferByteOrder   = 0x01
	mferCharset     = 0x03
	mferBlock       = 0x04
	mferChannels    = 0x05
	mferSequences   = 0x06
	mferClass       = 0x08
	mferLead        = 0x09
	mferType        = 0x0A
	mferInterval    = 0x0B
	mferSensitivity = 0x0C
	mferCompression = 0x0E
	mferWave        = 0x1E
	mferChannel     = 0x3F
	mferPreamble    = 0x40
	mferGroup       = 0x67
	mferEnd         = 0x80
	mferName        = 0x81
	mferID          = 0x82
	mferAge         = 0x83
	mferSex         = 0x84
	mferIndefinite  = -1
	mferMaxPreamble = 4 << 10
)

// IsMFER tells a waveform by its first bytes: by the preamble. One need not be there: then
// by definitions that are known and as long as they may be, up to the samples.
func IsMFER(head []byte) bool {
	budget := int64(len(head))
	s := stream.New(bytes.NewReader(head), int64(len(head)), &budget)
	m := mferReader{in: s}
	for seen := 0; ; seen++ {
		tag, length, ok := m.definition()
		limits, known := mferLengths[tag]
		switch {
		case !ok || !known || length != mferIndefinite && (length < limits[0] || length > limits[1]):
			return false
		case seen == 0 && tag == mferPreamble && length >= 3:
			return string(s.Peek(3)) == "MFR"
		case tag == mferWave:
			return seen >= mferLeast
		case length == mferIndefinite || tag == mferGroup:
		case s.Skip(length) != nil:
			return false
		}
	}
}

// mferLeast is how many definitions there are before the samples: byte order, channels,
// sampling and sensitivity at least, unless all are what they are by default.
const mferLeast = 4

// mferLengths says how long the values of definitions may be.
var mferLengths = map[byte][2]int64{
	mferByteOrder: {0, 1}, 0x02: {3, 3}, mferCharset: {0, 64}, mferBlock: {0, 4}, mferChannels: {0, 4}, mferSequences: {0, 4}, 0x07: {0, 4},
	mferClass: {0, 256}, mferLead: {0, 256}, mferType: {0, 1}, mferInterval: {0, 6}, mferSensitivity: {0, 6}, 0x0D: {0, 8}, mferCompression: {0, 6}, 0x0F: {0, 2},
	0x11: {0, 256}, 0x12: {0, 8}, 0x15: {0, 4096}, 0x16: {0, 4096}, 0x17: {0, 1024}, mferWave: {1, 1 << 32},
	mferChannel: {0, 4096}, mferPreamble: {3, mferMaxPreamble}, 0x41: {0, 4096}, 0x42: {0, 4096}, 0x43: {0, 64},
	0x44: {0, 4096}, 0x45: {0, 4096}, 0x46: {0, 4096}, mferGroup: {0, 1 << 20}, mferName: {0, 1024}, mferID: {0, 1024},
	mferAge: {0, 7}, mferSex: {0, 1}, 0x85: {0, 16}, 0x86: {0, 4096}, 0x87: {0, 1024}, 0x88: {0, 4096},
}

// ReadMFER reads a waveform of MFER to its end: whom it is of may stand anywhere. Refusals
// are in the package comment; what was read is given beside them.
func ReadMFER(in *stream.Reader) (Recording, error) {
	m := mferReader{in: in, order: binary.BigEndian, count: 1}
	err := m.read()
	for _, n := range m.names { // with the birth date, which counts beside a name
		m.say(Subject{Names: n, BirthDate: m.birth})
	}
	if err == nil {
		err = m.refused
	}
	if err == nil && len(m.out.Parts) == 0 {
		err = invalid("no waveform")
	}
	return m.out, err
}

type mferReader struct {
	in      *stream.Reader
	order   binary.ByteOrder
	charset string
	names   [][]Name
	birth   string
	out     Recording
	refused error // the first; whom the rest is of is looked for nevertheless

	class     string
	sequences int64 // 0: until the data end
	packed    bool
	all       mferAttributes          // of channels that don't say otherwise
	count     int                     // of channels
	channels  map[int]*mferAttributes // of those that say something of their own, from 1
	channel   int                     // whose definitions follow up to two zeros, from 1; 0: of all
}

// refuse keeps the first refusal.
func (m *mferReader) refuse(format string, args ...any) {
	if m.refused == nil {
		m.refused = invalid("byte %d: "+format, append([]any{m.in.At()}, args...)...)
	}
}

// read goes through all definitions.
func (m *mferReader) read() error {
	for {
		at := m.in.At()
		tag, length, ok := m.definition()
		switch {
		case !ok:
			err := m.in.Short(16)
			if !errors.Is(err, stream.ErrBudget) {
				err = io.ErrUnexpectedEOF
			}
			return located(err, "byte %d: definition", at)
		case tag == mferEnd:
			m.out.SubjectsRead = true
			return nil
		case tag == mferWave && length == mferIndefinite:
			return invalid("byte %d: waveform %d: nobody can tell where it ends", at, len(m.out.Parts)+1)
		case length == mferIndefinite, tag == mferGroup:
			continue // what is inside is read like the rest
		}
		if err := m.value(tag, length); err != nil {
			return located(err, "byte %d: tag %02x", at, tag)
		}
	}
}

// definition reads a tag and the length of what it defines, and passes over them. At the
// end of the file it gives mferEnd.
func (m *mferReader) definition() (tag byte, length int64, ok bool) {
	for {
		b := m.in.Peek(1)
		switch {
		case len(b) == 0:
			return mferEnd, 0, m.in.Left() <= 0
		case b[0] != mferPadding:
			return m.header(m.in.Peek(16))
		}
		m.channel = 0 // zeros end what belongs to one channel
		if m.in.Skip(1) != nil {
			return 0, 0, false
		}
	}
}

func (m *mferReader) header(b []byte) (tag byte, length int64, ok bool) {
	tag, size := b[0], 1
	if tag == mferEnd {
		return tag, 0, true
	}
	number := 0
	if tag == mferChannel { // its number follows, seven bits in a byte
		more := true
		for more && size < len(b) {
			more = b[size]&0x80 != 0
			number = min(number<<7|int(b[size]&0x7F), MaxLeads)
			size++
		}
		if more {
			return tag, 0, false
		}
	}
	length, n, ok := mferLength(b[size:])
	if tag == mferChannel {
		m.channel = number + 1
	}
	return tag, length, ok && m.in.Skip(int64(size+n)) == nil
}

// mferLength reads a length and how many bytes it takes.
func mferLength(b []byte) (length int64, size int, ok bool) {
	if len(b) == 0 {
		return 0, 0, false
	}
	n := int(b[0]) - 0x80
	switch {
	case n < 0:
		return int64(b[0]), 1, true
	case n == 0:
		return mferIndefinite, 1, true
	case n > 4 || len(b) <= n:
		return 0, 0, false
	}
	for _, c := range b[1 : 1+n] {
		length = length<<8 | int64(c)
	}
	return length, 1 + n, true
}

// value reads what a tag defines, or passes over it.
func (m *mferReader) value(tag byte, length int64) error {
	switch tag {
	case mferWave:
		m.wave(length)
		return m.in.Skip(length)
	case mferChannel, mferByteOrder, mferCharset, mferBlock, mferChannels, mferSequences, mferClass, mferLead, mferType,
		mferInterval, mferSensitivity, mferCompression, mferName, mferID, mferAge, mferSex:
	default:
		return m.in.Skip(length)
	}
	if length > stream.MaxValue && (tag < mferName || tag > mferSex) {
		m.out.warn("byte %d: tag %02x: so long that it is not read", m.in.At(), tag)
		m.channel = 0
		return m.in.Skip(length)
	}
	b, err := m.in.Take(length)
	if err != nil {
		return err
	}
	switch tag {
	case mferChannel:
		m.attributes(b)
		m.channel = 0
	case mferByteOrder:
		m.order = binary.BigEndian
		if len(b) > 0 && b[0] == 1 {
			m.order = binary.LittleEndian
		}
	case mferCharset:
		m.charset = trimText(string(b))
	case mferChannels:
		m.counted(b)
	case mferSequences:
		m.sequences = m.integer(b)
	case mferClass:
		m.class = m.className(b)
	case mferCompression:
		m.packed = len(b) >= 2 && m.integer(b[:2]) != 0
	case mferName, mferID, mferAge, mferSex:
		m.person(tag, b)
	default:
		m.attribute(tag, b)
	}
	return nil
}

// person reads what a definition says of the patient.
func (m *mferReader) person(tag byte, b []byte) {
	switch tag {
	case mferName:
		n := mferNames(textOf(b, m.charset, m.order))
		if len(m.names) <= maxSubjects && !slices.ContainsFunc(m.names, func(o []Name) bool { return slices.Equal(n, o) }) {
			m.names = append(m.names, n)
		}
	case mferID: // number^issuer
		id, _, _ := strings.Cut(textOf(b, m.charset, m.order), "^")
		if id = trimText(id); id != "" {
			m.say(Subject{ID: id})
		}
	case mferAge: // years (1 byte), days (2), year of birth (2), month, day
		if len(b) >= 7 {
			m.birth = dayOf(m.order.Uint16(b[3:]), b[5], b[6])
			m.say(Subject{BirthDate: m.birth})
		}
	case mferSex:
		if len(b) > 0 {
			m.say(Subject{Sex: sexOf(b[0])})
		}
	}
}

// say notes a statement of whom a waveform is of.
func (m *mferReader) say(s Subject) {
	if !m.out.say(s) {
		m.refuse("more than %d statements of whom it is of", maxSubjects)
	}
}

// mferNames parts a name. The standard recommends family^its reading^given^its reading;
// written are also family^given, as in a message, and both parted by a space.
func mferNames(text string) []Name {
	if strings.ContainsRune(text, '\uFFFD') {
		return nil
	}
	p := strings.Split(text, "^")
	for i := range p {
		p[i] = trimText(p[i])
	}
	switch len(p) {
	case 1:
		return []Name{{Family: p[0]}}
	case 2:
		return []Name{{Family: p[0], Given: p[1]}}
	}
	p = append(p, "")
	return []Name{{Family: p[0], Given: p[2]}, {Family: p[1], Given: p[3]}, {Family: p[0], Given: p[1], Unlikely: true}}
}
