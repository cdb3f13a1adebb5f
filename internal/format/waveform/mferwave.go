package waveform

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// mferAttributes are what definitions say of one channel; nil is not said.
type mferAttributes struct {
	block, lead, kind     *int64
	text                  string // behind the number of a lead
	interval, sensitivity *mferUnit
}

// mferUnit is a unit with mantissa and power of ten.
type mferUnit struct {
	unit     byte
	exponent int
	mantissa int64
}

// counted sets how many channels follow, of which nothing is known then.
func (m *mferReader) counted(b []byte) {
	n := int64(1)
	if len(b) > 0 {
		n = m.integer(b)
	}
	if n < 1 || n > MaxLeads {
		m.refuse("%d channels, 1 to %d are read", n, MaxLeads)
		n = 1
	}
	m.count, m.channels = int(n), nil
}

// attributes reads the definitions of one channel.
func (m *mferReader) attributes(b []byte) {
	for len(b) > 1 {
		tag := b[0]
		length, size, ok := mferLength(b[1:])
		if tag == mferPadding {
			b = b[1:]
			continue
		}
		if b = b[min(len(b), 1+size):]; !ok || length < 0 || length > int64(len(b)) {
			m.refuse("definition: cut")
			return
		}
		m.attribute(tag, b[:length])
		b = b[length:]
	}
}

// attribute notes what is said of one channel, or of all.
func (m *mferReader) attribute(tag byte, b []byte) {
	a := &m.all
	if m.channel > m.count {
		m.out.warn("byte %d: definitions of channel %d, of which there are %d", m.in.At(), m.channel, m.count)
		return
	}
	if m.channel > 0 {
		if a = m.channels[m.channel]; a == nil {
			if m.channels == nil {
				m.channels = map[int]*mferAttributes{}
			}
			a = &mferAttributes{}
			m.channels[m.channel] = a
		}
	}
	switch tag {
	case mferBlock:
		a.block = m.optional(b)
	case mferType:
		a.kind = m.optional(b)
	case mferLead:
		a.lead, a.text = m.optional(b[:min(len(b), 2)]), ""
		if len(b) > 2 {
			a.text = textOf(b[2:], m.charset, m.order)
		}
	case mferInterval:
		a.interval = m.unit(b)
	case mferSensitivity:
		a.sensitivity = m.unit(b)
	}
}

// optional reads a number; a value without a length takes back what was said.
func (m *mferReader) optional(b []byte) *int64 {
	if len(b) == 0 {
		return nil
	}
	n := m.integer(b)
	return &n
}

func (m *mferReader) integer(b []byte) (n int64) {
	b = b[:min(len(b), 4)]
	for i := range b {
		c := b[i]
		if m.order == binary.LittleEndian {
			c = b[len(b)-1-i]
		}
		n = n<<8 | int64(c)
	}
	return n
}

func (m *mferReader) unit(b []byte) *mferUnit {
	if len(b) < 3 {
		return nil
	}
	return &mferUnit{unit: b[0], exponent: int(int8(b[1])), mantissa: m.integer(b[2:])}
}

// mferClasses are the classes of waveforms that are known to us.
var mferClasses = map[int64]string{1: "standard 12-lead ECG", 2: "long-term ECG", 9: "dominant beat", 20: "monitor", 21: "monitor"}

func (m *mferReader) className(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	number := m.integer(b[:min(len(b), 2)])
	if len(b) > 2 {
		if text := textOf(b[2:], m.charset, m.order); text != "" {
			return text
		}
	}
	if name := mferClasses[number]; name != "" || number == 0 {
		return name
	}
	return fmt.Sprintf("class %d", number)
}

// mferSizes are the bytes of one sample by data type; those of the others vary.
var mferSizes = map[int64]int64{0: 2, 1: 2, 2: 4, 3: 1, 4: 2, 5: 1, 6: 4, 7: 4, 8: 8}

// wave takes in samples of so many bytes, which begin here.
func (m *mferReader) wave(bytes int64) {
	number := len(m.out.Parts) + 1
	if number > MaxParts {
		m.refuse("more than %d waveforms", MaxParts)
		return
	}
	part, sequence, known := Part{Name: m.class}, int64(0), !m.packed
	for i := range m.count {
		a := m.all
		if own := m.channels[i+1]; own != nil {
			a = own.or(m.all)
		}
		block, kind := valueOr(a.block, 1), valueOr(a.kind, 0)
		if block < 1 {
			m.refuse("waveform %d: a channel without samples", number)
			return
		}
		size, fixed := mferSizes[kind]
		known = known && fixed
		sequence += block * size
		part.Leads = append(part.Leads, a.named(i))
		part.Leads[i].Samples = block
	}
	sequences := max(m.sequences, 1)
	fewer := false // told by division: a product of what is declared could overflow
	if known {
		fewer = bytes/sequence < sequences
		if m.sequences == 0 {
			sequences = bytes / sequence
		}
	} else {
		fewer = slices.ContainsFunc(part.Leads, func(l Lead) bool { return sequences > mostSamples/l.Samples })
	}
	switch {
	case fewer:
		m.refuse("waveform %d: data of %d bytes have fewer samples than are declared", number, bytes)
		return
	case !known:
		m.out.warn("waveform %d: compressed: how many samples it has is as declared", number)
	case bytes > sequences*sequence:
		m.out.warn("waveform %d: %d bytes behind the samples that are declared", number, bytes-sequences*sequence)
	}
	for i := range part.Leads {
		part.Leads[i].Samples *= sequences
		if part.Leads[i].Scale == 0 {
			m.out.warn("waveform %d: channel %d: no sensitivity", number, i+1)
		}
	}
	m.out.Parts = append(m.out.Parts, part)
}

// mostSamples bounds what a compressed waveform may declare: more no file has.
const mostSamples = 1 << 50

func valueOr(n *int64, otherwise int64) int64 {
	if n == nil {
		return otherwise
	}
	return *n
}

// or fills in what holds for all channels.
func (a mferAttributes) or(all mferAttributes) mferAttributes {
	if a.lead == nil {
		a.lead, a.text = all.lead, all.text
	}
	for _, f := range []struct{ own, all **int64 }{{&a.block, &all.block}, {&a.kind, &all.kind}} {
		if *f.own == nil {
			*f.own = *f.all
		}
	}
	for _, f := range []struct{ own, all **mferUnit }{{&a.interval, &all.interval}, {&a.sensitivity, &all.sensitivity}} {
		if *f.own == nil {
			*f.own = *f.all
		}
	}
	return a
}

// mferUnits are the units of a sensitivity; volts are given as µV.
var mferUnits = []string{"V", "mmHg", "Pa", "cmH2O", "mmHg/s", "dyn", "N", "%", "°C", "1/min", "1/s", "Ω", "A"}

// named gives what is said of a lead, which is the i-th from 0.
func (a mferAttributes) named(i int) Lead {
	lead := Lead{Name: fmt.Sprintf("channel %d", i+1), Rate: 1000}
	switch number := valueOr(a.lead, 0); {
	case number != 0:
		lead.Name = LeadName(int(number), a.text)
	case a.text != "":
		lead.Name = a.text
	}
	if v := a.interval; v != nil {
		switch v.unit {
		case 0:
			lead.Rate = decimal(v.mantissa, v.exponent)
		case 1:
			lead.Rate = 0
			if seconds := decimal(v.mantissa, v.exponent); seconds > 0 {
				lead.Rate = 1 / seconds
			}
		default: // of a length, which has no rate in time
			lead.Rate = 0
		}
	}
	if v := a.sensitivity; v != nil {
		lead.Scale = decimal(v.mantissa, v.exponent)
		switch {
		case v.unit == 0:
			lead.Scale, lead.Unit = decimal(v.mantissa, v.exponent+6), "µV"
		case int(v.unit) < len(mferUnits):
			lead.Unit = mferUnits[v.unit]
		default:
			lead.Unit = fmt.Sprintf("unit %d", v.unit)
		}
	}
	return lead
}
