package recordtest

import (
	"encoding/binary"
	"slices"
	"strings"
)

// Define writes one definition of MFER.
func Define(tag byte, value string) string {
	if n := len(value); n >= 0x80 {
		return string([]byte{tag, 0x82, byte(n >> 8), byte(n)}) + value
	}
	return string([]byte{tag, byte(len(value))}) + value
}

// Lead writes the definitions of one channel.
func Lead(channel byte, definitions string) string {
	return string([]byte{0x3F, channel, byte(len(definitions))}) + definitions
}

// What files of MFER begin with: a preamble, the order of bytes.
var (
	Preamble     = Define(0x40, "MFR Standard 12 leads ECG       ")
	BigEndian    = Define(0x01, "\x00")
	LittleEndian = Define(0x01, "\x01")
)

// MFER writes leads II and V1 at 500 Hz and 1.25 µV with a block and a sequence count, and
// 16 bytes of samples. Numbers are big endian.
func MFER(order, block, sequences string) string {
	return Preamble + order + Define(0x0B, "\x01\xFD\x00\x02") + Define(0x0C, "\x00\xF8\x00\x7D") + Define(0x08, "\x00\x01") +
		Define(0x04, block) + Define(0x05, "\x02") + Define(0x06, sequences) +
		Lead(0, Define(0x09, "\x00\x02")) + Lead(1, Define(0x09, "\x00\x03")) + Define(0x1E, strings.Repeat("\x00\x01", 8))
}

// SCPSections are those of an ECG of leads I and V2, 4 samples each, uncompressed.
var SCPSections = map[int]string{
	1: "\x02\x0B\x000000012345\x00\x05\x04\x00\xB8\x07\x01\x01\x08\x01\x00\x02\xFF\x00\x00",
	3: "\x02\x14" + "\x01\x00\x00\x00\x04\x00\x00\x00\x01" + "\x01\x00\x00\x00\x04\x00\x00\x00\x04",
	6: "\xE2\x04\xD0\x07\x00\x00\x08\x00\x08\x00" + strings.Repeat("\x01\x00", 8),
}

// SCP writes an ECG with other sections than those; an empty one is left out.
func SCP(others map[int]string) string {
	le := binary.LittleEndian
	sections := map[int]string{}
	for _, from := range []map[int]string{SCPSections, others} {
		for n, body := range from {
			sections[n] = body
		}
	}
	order := []int{1, 2, 3, 6}
	order = slices.DeleteFunc(order, func(n int) bool { return sections[n] == "" })
	section := func(n int, magic, body string) string {
		b := le.AppendUint16(nil, uint16(n))
		b = le.AppendUint32(b, uint32(16+len(body)))
		b = append(append(append(b, 20, 20), (magic + "\x00\x00\x00\x00\x00\x00")[:6]...), body...)
		return string(le.AppendUint16(nil, crc(b))) + string(b)
	}
	at := 6 + 16 + 10*(1+len(order))
	pointers := le.AppendUint32(le.AppendUint32([]byte{0, 0}, uint32(at-6)), 7)
	var bodies string
	for _, n := range order {
		s := section(n, "", sections[n])
		pointers = le.AppendUint32(le.AppendUint32(le.AppendUint16(pointers, uint16(n)), uint32(len(s))), uint32(at+len(bodies)+1))
		bodies += s
	}
	all := section(0, "SCPECG", string(pointers)) + bodies
	all = string(le.AppendUint32(nil, uint32(6+len(all)))) + all
	return string(le.AppendUint16(nil, crc([]byte(all)))) + all
}

// crc is written apart from the reader's.
func crc(b []byte) uint16 {
	sum := uint32(0xFFFF)
	for _, c := range b {
		for bit := 7; bit >= 0; bit-- {
			top := sum >> 15 & 1
			sum = sum << 1 & 0xFFFF
			if top != uint32(c>>bit&1) {
				sum ^= 0x1021
			}
		}
	}
	return uint16(sum)
}

// Annotated writes an annotated ECG of leads II and aVR, whose samples are given.
func Annotated(first, second string) string {
	Lead := func(code, digits string) string {
		return `<component><sequence><code code="` + code + `"/><value xsi:type="SLIST_PQ"><origin value="0" unit="uV"/><scale value="1.25" unit="uV"/><digits>` + digits + `</digits></value></sequence></component>`
	}
	return `<?xml version="1.0"?><AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="x"><code code="93000"/><component><series><id root="1"/><code code="RHYTHM"/><component><sequenceSet>` +
		`<component><sequence><code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS"><head value="20240601"/><increment value="0.002" unit="s"/></value></sequence></component>` +
		Lead("MDC_ECG_LEAD_II", first) + Lead("MDC_ECG_LEAD_AVR", second) + `</sequenceSet></component></series></component></AnnotatedECG>`
}
