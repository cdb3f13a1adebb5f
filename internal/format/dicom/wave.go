package dicom

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/waveform"
)

// wave is an item of the waveform sequence (PS3.3 C.10.9).
type wave struct {
	label             string
	channels, samples int64
	rate              float64
	bits              int64
	data              int64 // bytes
	leads             []channel
}

// channel is an item of the channel definition sequence.
type channel struct {
	label, meaning, unit    string
	number                  int // of the lead, 0 if none is said
	sensitivity, correction float64
}

// item goes through an item of a sequence that is gone into; it ends at byte end, or where
// it says so (-1).
func (r *reader) item(in scope, at, end int64) error {
	switch in {
	case waveformItem:
		return r.waveform(at, end)
	case channelItem:
		if len(r.wave.leads) == waveform.MaxLeads {
			return invalid("byte %d: waveform %d: %d channels, 1 to %d are read", at, len(r.out.Waveforms)+1, len(r.wave.leads)+1, waveform.MaxLeads)
		}
		r.wave.leads = append(r.wave.leads, channel{correction: 1})
	}
	return r.dataSet(in, end)
}

// waveform reads one of the waveforms.
func (r *reader) waveform(at, end int64) error {
	number := len(r.out.Waveforms) + 1
	if number > waveform.MaxParts {
		return invalid("byte %d: more than %d waveforms", at, waveform.MaxParts)
	}
	r.wave = &wave{}
	if err := r.dataSet(waveformItem, end); err != nil {
		return err
	}
	w := r.wave
	switch {
	case w.channels < 1 || w.channels > waveform.MaxLeads:
		return invalid("byte %d: waveform %d: %d channels, 1 to %d are read", at, number, w.channels, waveform.MaxLeads)
	case w.bits < 8:
		return invalid("byte %d: waveform %d: no bits are allocated", at, number)
	case w.data < w.channels*w.samples*(w.bits/8): // 10, 32 and 13 bits: no overflow
		return invalid("byte %d: waveform %d: data of %d bytes have fewer samples than are declared", at, number, w.data)
	case w.channels != int64(len(w.leads)):
		r.out.warn("waveform %d: %d channels, %d are defined", number, w.channels, len(w.leads))
	}
	part := waveform.Part{Name: w.label}
	for i := range int(w.channels) {
		c := channel{correction: 1}
		if i < len(w.leads) {
			c = w.leads[i]
		}
		if c.sensitivity == 0 {
			r.out.warn("waveform %d: channel %d: no sensitivity", number, i+1)
		}
		part.Leads = append(part.Leads, waveform.Lead{
			Name: c.name(i), Rate: w.rate, Scale: c.sensitivity * c.correction, Unit: waveform.Unit(c.unit), Samples: w.samples,
		})
	}
	r.out.Waveforms = append(r.out.Waveforms, part)
	return nil
}

// name gives the name of a channel, which is the i-th from 0.
func (c channel) name(i int) string {
	if c.number > 0 {
		return waveform.LeadName(c.number, cmp.Or(c.meaning, c.label))
	}
	return cmp.Or(c.meaning, c.label, fmt.Sprintf("channel %d", i+1))
}

// waveValue takes in a value of a waveform.
func (r *reader) waveValue(in scope, at int64, tag, length uint32) error {
	if in == waveformItem && tag == 0x54001010 && length != undefinedLength {
		r.wave.data = int64(length)
	}
	use := r.waveUse(in, tag)
	b, err := r.take(at, tag, length, use != nil)
	if err == nil && b != nil {
		use(b)
	}
	return err
}

// waveUse says what is made of a value, nil for nothing.
func (r *reader) waveUse(in scope, tag uint32) func(b []byte) {
	w := r.wave
	number := func(to *int64) func([]byte) { return func(b []byte) { *to = r.integer(b) } }
	text := func(to *string) func([]byte) { return func(b []byte) { *to = r.decoded(tag, b, false) } }
	decimal := func(to *float64) func([]byte) { return func(b []byte) { *to = waveform.Positive(trim(b)) } }
	switch in {
	case waveformItem:
		switch tag {
		case 0x003A0005:
			return number(&w.channels)
		case 0x003A0010:
			return number(&w.samples)
		case 0x003A001A:
			return decimal(&w.rate)
		case 0x003A0020:
			return text(&w.label)
		case 0x54001004:
			return number(&w.bits)
		}
		return nil
	}
	c := &w.leads[len(w.leads)-1]
	switch {
	case in == channelItem && tag == 0x003A0203:
		return text(&c.label)
	case in == channelItem && tag == 0x003A0210:
		return decimal(&c.sensitivity)
	case in == channelItem && tag == 0x003A0212:
		return decimal(&c.correction)
	case in == sourceItem && tag == 0x00080100:
		return func(b []byte) { c.number = leadNumber(trim(b)) }
	case in == sourceItem && tag == 0x00080104:
		return text(&c.meaning)
	case in == unitItem && tag == 0x00080100:
		return text(&c.unit)
	}
	return nil
}

// leadNumber reads the number of a lead from its code: 5.6.3-9-N of SCP-ECG, 2:N of ISO
// 11073-10101. 0 for what is none.
func leadNumber(code string) int {
	for _, prefix := range []string{"5.6.3-9-", "2:"} {
		if rest, ok := strings.CutPrefix(code, prefix); ok {
			if n, err := strconv.Atoi(rest); err == nil && n > 0 {
				return n
			}
		}
	}
	return 0
}

// integer reads a number of two or four bytes.
func (r *reader) integer(b []byte) int64 {
	switch len(b) {
	case 2:
		return int64(r.order.Uint16(b))
	case 4:
		return int64(r.order.Uint32(b))
	}
	return 0
}
