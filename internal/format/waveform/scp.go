package waveform

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/stream"
)

// SCP-ECG: six bytes of checksum and length, then sections. Section 0 says where the
// others lie, 1 has the patient, 2 Huffman tables, 3 the leads, 6 the rhythm data.
const (
	scpBegin         = 6
	scpSectionHeader = 16
	scpPointer       = 10
	scpLead          = 9
	scpRhythmHeader  = 6
)

// IsSCP tells an ECG by its section 0, whose first pointer is to itself.
func IsSCP(head []byte) bool {
	if len(head) < scpBegin+scpSectionHeader+scpPointer {
		return false
	}
	le := binary.LittleEndian
	length := le.Uint32(head[10:])
	self := le.Uint16(head[8:]) == 0 && le.Uint16(head[22:]) == 0 && le.Uint32(head[28:]) == scpBegin+1
	return string(head[16:22]) == "SCPECG" || self && length >= scpSectionHeader+scpPointer && length == le.Uint32(head[24:])
}

// scpSection is where a section lies, its first byte counted from 0.
type scpSection struct {
	number     int
	at, length int64
}

// ReadSCP reads the head of an ECG of SCP-ECG. Refusals are in the package comment; what
// was read is given beside them.
func ReadSCP(in *stream.Reader) (Recording, error) {
	r := scpReader{in: in}
	err := r.read()
	if err == nil {
		err = r.refused
	}
	return r.out, err
}

type scpReader struct {
	in      *stream.Reader
	out     Recording
	refused error // the first; the patient is looked for nevertheless

	packed bool // there are Huffman tables
	leads  []Lead
	rhythm []byte // what of section 6 is read, nil before it was
	held   int64  // bytes of section 6 behind its head
}

func (r *scpReader) refuse(format string, args ...any) {
	if r.refused == nil {
		r.refused = invalid(format, args...)
	}
}

func (r *scpReader) read() error {
	size := r.in.Left()
	sections, err := r.sections()
	if err != nil {
		return err
	}
	for _, s := range sections {
		if end := s.at + s.length; size >= 0 && end > size {
			r.refuse("section %d: ends at byte %d, the file at byte %d", s.number, end, size)
		}
		r.packed = r.packed || s.number == 2
	}
	for _, s := range sections {
		if s.number != 1 && s.number != 3 && s.number != 6 {
			continue
		}
		if s.at < r.in.At() {
			return invalid("section %d: lies inside of another", s.number)
		}
		err := located(r.section(s), "section %d", s.number)
		if err != nil && (s.number == 1 || !fault.Is(err, fault.Invalid)) {
			return err
		}
		if r.refused == nil { // whom it is of may stand behind
			r.refused = err
		}
	}
	switch {
	case r.refused != nil:
		return nil
	case r.leads == nil:
		return invalid("section %d: not there", 3)
	case r.rhythm == nil:
		return invalid("section %d: not there", 6)
	}
	return r.section6()
}

// sections reads the pointers of section 0, in the order in which the sections lie.
func (r *scpReader) sections() ([]scpSection, error) {
	le := binary.LittleEndian
	if err := r.in.Skip(scpBegin); err != nil {
		return nil, located(err, "section 0")
	}
	length := int64(0)
	if b := r.in.Peek(scpSectionHeader); len(b) == scpSectionHeader {
		length = int64(le.Uint32(b[4:]))
	}
	if length < scpSectionHeader+scpPointer {
		return nil, invalid("section 0: no pointers to the others")
	}
	b, err := r.in.Take(length)
	if err != nil {
		return nil, located(err, "section 0")
	}
	var out []scpSection
	for p := b[scpSectionHeader:]; len(p) >= scpPointer; p = p[scpPointer:] {
		s := scpSection{number: int(le.Uint16(p)), length: int64(le.Uint32(p[2:])), at: int64(le.Uint32(p[6:])) - 1}
		if s.number != 0 && s.length > 0 {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b scpSection) int { return cmp.Compare(a.at, b.at) })
	return out, nil
}

// section reads one of those that matter, and comes no further than its values.
func (r *scpReader) section(s scpSection) error {
	if err := r.in.Skip(s.at - r.in.At()); err != nil {
		return err
	}
	b, err := r.in.Take(min(s.length, stream.MaxValue))
	if err != nil {
		return err
	}
	switch {
	case len(b) < scpSectionHeader:
		return invalid("section %d: cut", s.number)
	case int(binary.LittleEndian.Uint16(b[2:])) != s.number:
		return invalid("section %d: another number in its head", s.number)
	}
	b = b[scpSectionHeader:]
	switch s.number {
	case 1:
		if ended := r.patient(b); !ended {
			return invalid("section %d: cut", s.number)
		}
		r.out.SubjectsRead = true
	case 3:
		return r.section3(b)
	case 6:
		r.rhythm, r.held = b, s.length-scpSectionHeader
	}
	return nil
}

// section3 reads which leads there are, and from which sample to which they go.
func (r *scpReader) section3(b []byte) error {
	le := binary.LittleEndian
	if len(b) < 2 {
		return invalid("section %d: cut", 3)
	}
	n := int(b[0])
	if all := len(r.leads) + n; n < 1 || all > MaxLeads { // section 3 may be there several times
		return invalid("section 3: %d leads, 1 to %d are read", all, MaxLeads)
	}
	if b = b[2:]; len(b) < n*scpLead {
		return invalid("section %d: cut", 3)
	}
	for i := range n {
		first, last := int64(le.Uint32(b[i*scpLead:])), int64(le.Uint32(b[i*scpLead+4:]))
		if last < first {
			return invalid("section 3: lead %d: ends before it begins", i+1)
		}
		r.leads = append(r.leads, Lead{Name: LeadName(int(b[i*scpLead+8]), ""), Samples: last - first + 1, Unit: "µV"})
	}
	return nil
}

// section6 reads how finely and how often the rhythm was sampled.
func (r *scpReader) section6() error {
	le, b := binary.LittleEndian, r.rhythm
	if len(b) < scpRhythmHeader+2*len(r.leads) {
		return invalid("section %d: cut", 6)
	}
	microseconds := int64(le.Uint16(b[2:]))
	if microseconds == 0 {
		return invalid("section 6: no sampling interval")
	}
	bimodal := b[5] != 0
	if bimodal { // outside of the beats there are fewer samples than are counted
		r.out.warn("section 6: bimodal compression: how many samples it has is as declared")
	}
	used := int64(scpRhythmHeader + 2*len(r.leads))
	for i := range r.leads {
		l := &r.leads[i]
		bytes := int64(le.Uint16(b[scpRhythmHeader+2*i:]))
		used += bytes
		l.Scale, l.Rate = decimal(int64(le.Uint16(b)), -3), 1e6/float64(microseconds)
		held := bytes / 2
		if r.packed {
			held = bytes * 8 // a sample takes a bit at least
		}
		if !bimodal && held < l.Samples {
			return invalid("section 6: lead %d: data of %d bytes have fewer samples than are declared", i+1, bytes)
		}
	}
	if used > r.held {
		return invalid("section 6: the data of its leads go beyond it")
	}
	if r.leads[0].Scale == 0 {
		r.out.warn("section 6: no amplitude multiplier")
	}
	if r.packed {
		r.out.warn("section 6: compressed: how many samples it has is as declared")
	}
	r.out.Parts = append(r.out.Parts, Part{Name: "rhythm", Leads: r.leads})
	return nil
}

// patient reads the fields of section 1: tag (1 byte), length (2), value.
func (r *scpReader) patient(b []byte) (ended bool) {
	var fields [9][][]byte
	charset := ""
	for !ended && len(b) >= 3 {
		tag, length := int(b[0]), int(binary.LittleEndian.Uint16(b[1:]))
		if b = b[3:]; tag == 0xFF {
			ended = true
			break
		}
		if length > len(b) {
			break
		}
		switch {
		case tag < len(fields):
			fields[tag] = append(fields[tag], b[:length])
		case tag == 14 && length > 16:
			charset = scpCharset(b[16])
		}
		b = b[length:]
	}
	add := func(s Subject) {
		if !r.out.say(s) {
			r.refuse("section 1: more than %d statements of whom it is of", maxSubjects)
		}
	}
	birth := ""
	for _, v := range fields[5] {
		if len(v) >= 4 {
			birth = dayOf(binary.LittleEndian.Uint16(v), v[2], v[3])
			add(Subject{BirthDate: birth})
		}
	}
	for _, v := range fields[8] {
		if len(v) > 0 {
			add(Subject{Sex: sexOf(v[0])})
		}
	}
	for _, v := range fields[2] {
		if id := scpText(v, charset); id != "" {
			add(Subject{ID: id})
		}
	}
	for i, v := range fields[0] {
		n := Name{Family: scpText(v, charset)}
		if i < len(fields[1]) {
			n.Given = scpText(fields[1][i], charset)
		}
		if n != (Name{}) {
			add(Subject{Names: []Name{n}, BirthDate: birth})
		}
	}
	return ended || len(b) == 0
}

// scpCharset names the character set of a language support code. Codes that are even
// are ASCII, in which Japanese is written nevertheless; what they are shows in the bytes.
func scpCharset(code byte) string {
	switch code {
	case 0x07:
		return "UTF-16"
	case 0x0F, 0x37: // Shift_JIS, UTF-8
		return ""
	case 0x17, 0x1F:
		return "EUC"
	}
	if code&1 == 0 {
		return ""
	}
	return "8859"
}

// scpText decodes a text, which a zero ends.
func scpText(b []byte, charset string) string {
	if charset == "UTF-16" {
		for i := 0; i+1 < len(b); i += 2 {
			if b[i] == 0 && b[i+1] == 0 {
				b = b[:i]
				break
			}
		}
	} else if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	return textOf(b, charset, binary.LittleEndian)
}

// Checksums tells which checksums of a file of SCP-ECG are wrong, and whether its length
// is not what it says. body is the whole file. Nothing of a file that cannot be followed.
func Checksums(body []byte) (warnings []string) {
	budget := int64(len(body))
	r := scpReader{in: stream.New(bytes.NewReader(body), int64(len(body)), &budget)}
	sections, err := r.sections()
	if err != nil {
		return nil
	}
	le := binary.LittleEndian
	if said := int64(le.Uint32(body[2:])); said != int64(len(body)) {
		warnings = append(warnings, fmt.Sprintf("length: %d bytes are said, the file has %d", said, len(body)))
	}
	if crc(body[2:]) != le.Uint16(body) {
		warnings = append(warnings, "checksum of the file: wrong")
	}
	first := scpSection{at: scpBegin, length: int64(le.Uint32(body[scpBegin+4:]))}
	summed := 0
	for _, s := range append([]scpSection{first}, sections...) {
		end := s.at + s.length
		if s.at < 0 || s.length < scpSectionHeader || end > int64(len(body)) {
			continue
		}
		// Sections that lie in each other must not be summed up again and again.
		if summed += int(s.length); summed > 2*len(body) || len(warnings) >= maxWarnings {
			break
		}
		if crc(body[s.at+2:end]) != le.Uint16(body[s.at:]) {
			warnings = append(warnings, fmt.Sprintf("checksum of section %d: wrong", s.number))
		}
	}
	return warnings
}

// crc is the CRC-CCITT of SCP-ECG, which begins with all bits set.
func crc(b []byte) uint16 {
	sum := uint16(0xFFFF)
	for _, c := range b {
		sum ^= uint16(c) << 8
		for range 8 {
			if sum&0x8000 != 0 {
				sum = sum<<1 ^ 0x1021
			} else {
				sum <<= 1
			}
		}
	}
	return sum
}
