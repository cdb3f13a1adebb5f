package extended

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fuzzClaims runs a reader over arbitrary bytes: through a file that is passed over by
// seeking and through one that cannot be it says the same, and neither reads more than
// it may.
func fuzzClaims(f *testing.F, read func(s *stream, budget *int64) ([]claim, bool)) {
	f.Fuzz(func(t *testing.T, b []byte) {
		const most = 1 << 20
		through := func(in io.Reader) (out []claim, whole bool) {
			budget := int64(most)
			out, whole = read(newStream(in, int64(len(b)), &budget), &budget)
			if budget < 0 {
				t.Errorf("%d bytes beyond the budget", -budget)
			}
			return out, whole
		}
		seeking, whole := through(bytes.NewReader(b))
		reading, wholeToo := through(io.MultiReader(bytes.NewReader(b)))
		if diff := cmp.Diff(seeking, reading, cmp.AllowUnexported(claim{}, named{})); diff != "" || whole != wholeToo {
			t.Errorf("whole %v and %v, claims (-seeking +reading):\n%s", whole, wholeToo, diff)
		}
		for _, c := range seeking {
			if len(c.ids) == 1 && c.ids[0] == "" || c.birth != "" && len(c.birth) > maxValue {
				t.Errorf("claim %+v", c)
			}
		}
	})
}

func FuzzMFER(f *testing.F) {
	const head = "@\x20MFR Standard 12 leads ECG       "
	for _, s := range []string{
		head + "\x01\x01\x01\x03\x05UTF-8\x82\x0A0000012345\x81\x0D\xE8\xA9\xA6\xE9\xA8\x93^\xE8\x8A\xB1\xE5\xAD\x90\x84\x01\x02\x83\x07\x30\x00\x00\xB8\x07\x01\x01\x1E\x82\x00\x04\x00\x01\x00\x01\x80\x00",
		head + "\x67\x80\x82\x0A0000012345\x00\x00\x3F\x81\x05\x04\x09\x02\x00\x01\x1E\x80\x00",
		"\x01\x01\x00\x05\x01\x08\x0B\x04\x01\xFD\x02\x00\x0C\x04\x00\xF8\x7D\x00\x1E\x84\x00\x00\x00\x02\x00\x01\x81\x04a^b^",
	} {
		f.Add([]byte(s))
	}
	fuzzClaims(f, func(s *stream, _ *int64) ([]claim, bool) { return mferClaims(s) })
}

func FuzzSCP(f *testing.F) {
	section := func(id byte, body string) string {
		return "\x00\x00" + string([]byte{id, 0, byte(16 + len(body)), 0, 0, 0, 20, 20}) + "SCPECG" + body
	}
	fields := section(1, "\x00\x03\x00ABC\x01\x03\x00DEF\x02\x0A\x000000012345\x05\x04\x00\xB8\x07\x01\x01\x08\x01\x00\x02\xFF\x00\x00")
	pointers := section(0, "\x00\x00\x24\x00\x00\x00\x07\x00\x00\x00"+"\x01\x00"+string([]byte{byte(len(fields))})+"\x00\x00\x00\x2B\x00\x00\x00")
	f.Add([]byte("\x00\x00\x80\x00\x00\x00" + pointers + fields))
	f.Add([]byte("\x00\x00\x80\x00\x00\x00" + pointers + fields[:30]))
	fuzzClaims(f, func(s *stream, _ *int64) ([]claim, bool) { return scpClaims(s) })
}

func FuzzDICOM(f *testing.F) {
	object := func(syntax string, order binary.AppendByteOrder, explicit bool) []byte {
		b := append(make([]byte, dicomPreamble), "DICM\x02\x00\x10\x00UI"...)
		b = append(binary.LittleEndian.AppendUint16(b, uint16(len(syntax))), syntax...)
		element := func(group, number uint16, vr, value string) {
			b = order.AppendUint16(order.AppendUint16(b, group), number)
			if explicit {
				b = order.AppendUint16(append(b, vr...), uint16(len(value)))
			} else {
				b = order.AppendUint32(b, uint32(len(value)))
			}
			b = append(b, value...)
		}
		element(8, 5, "CS", "ISO_IR 192")
		element(0x10, 0x10, "PN", "A^B=\xE8\xA9\xA6^\xE9\xA8\x93 ")
		element(0x10, 0x20, "LO", "0000012345")
		element(0x10, 0x30, "DA", "19760101")
		element(0x10, 0x40, "CS", "F ")
		element(0x10, 0x1010, "AS", "048Y")
		return b
	}
	f.Add(object("1.2.840.10008.1.2.1\x00", binary.LittleEndian, true))
	f.Add(object("1.2.840.10008.1.2\x00", binary.LittleEndian, false))
	f.Add(object("1.2.840.10008.1.2.2\x00", binary.BigEndian, true))
	f.Add(append(object("1.2.840.10008.1.2.1.99", binary.LittleEndian, true)[:158+4], 0x01, 0x04, 0x00, 0xFB, 0xFF, 8, 0, 5, 0))
	fuzzClaims(f, func(s *stream, budget *int64) ([]claim, bool) {
		c, ok := dicomClaim(s, budget)
		return []claim{c}, ok
	})
}
