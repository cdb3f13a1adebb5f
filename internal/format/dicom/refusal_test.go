package dicom_test

import (
	"bytes"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/dicom"
	"mizuhiki.dev/mizuhiki/internal/format/recordtest"
	"mizuhiki.dev/mizuhiki/internal/format/refusaltest"
	"mizuhiki.dev/mizuhiki/internal/format/stream"
)

func TestRefusals(t *testing.T) {
	whole := part10(explicitLittle, patientModule(explicitLittle))
	wave := func(channels, samples, bits int) []byte {
		return part10(explicitLittle, join(patientModule(explicitLittle), recordtest.Waveforms(explicitLittle, recordtest.Defined, channels, samples, bits)))
	}
	one := func(item []byte, n int) []byte {
		items := make([][]byte, n)
		for i := range items {
			items[i] = item
		}
		return part10(explicitLittle, join(patientModule(explicitLittle), recordtest.Sequence(explicitLittle, 0x54000100, recordtest.Undefined, items...)))
	}
	tiny := join(
		element(explicitLittle, 0x003A0005, "US", "\x01\x00"), element(explicitLittle, 0x003A0010, "UL", "\x01\x00\x00\x00"),
		element(explicitLittle, 0x54001004, "US", "\x08\x00"), element(explicitLittle, 0x54001010, "OW", "\x01\x00"),
	)
	many := recordtest.Sequence(explicitLittle, 0x003A0200, recordtest.Undefined, make([][]byte, 1025)...)
	deflated := part10(deflatedLittle, deflate(patientModule(explicitLittle)))
	meta := len(part10(deflatedLittle, nil))
	fragments := join(patientModule(explicitLittle), []byte("\xE0\x7F\x10\x00OB\x00\x00\xFF\xFF\xFF\xFF\xFE\xFF\x00\xE0\x10\x00\x00\x00\xFF\xD8"))

	refused := map[string]error{}
	for name, b := range map[string][]byte{
		"nothing":                         nil,
		"words":                           []byte(strings.Repeat("words ", 100)),
		"no transfer syntax, no data set": part10("", []byte("abcdefghijkl")),
		"no data set":                     part10(explicitLittle, nil),
		"cut in a value":                  whole[:len(whole)-1],
		"cut in a length":                 append(bytes.Clone(whole), "\x20\x00\x11\x00IS"...),
		"cut in a tag":                    append(bytes.Clone(whole), "\x20\x00"...),
		"cut within the meta":             part10(explicitLittle, nil)[:150],
		"pixels that are not there":       part10(explicitLittle, join(patientModule(explicitLittle), element(explicitLittle, 0x7FE00010, "OW", "1234")[:14])),
		"a fragment cut":                  part10("1.2.840.10008.1.2.4.50", fragments),
		"not deflated":                    append(bytes.Clone(deflated[:meta]), bytes.Repeat([]byte{0xFF}, 100)...),
		"deflated, cut":                   deflated[:len(deflated)-20],
		"a sequence of no items":          part10(explicitLittle, join(patientModule(explicitLittle), element(explicitLittle, 0x54000100, "SQ", "\x3A\x00\x05\x00US\x02\x00\x01\x00"))),
		"a value longer than any":         part10(explicitLittle, join(patientModule(explicitLittle), element(implicitLittle, 0x00321060, "LO", ""), element(explicitLittle, 0x00080050, "UN", strings.Repeat(" ", 70_000)))),
		"a sample more than there are":    wave(2, 5, 16),
		"a channel more than there are":   wave(3, 4, 16),
		"no bits":                         wave(2, 4, 0),
		"no channel":                      wave(0, 4, 16),
		"many channels":                   wave(1025, 0, 16),
		"many channels that are defined":  part10(explicitLittle, join(patientModule(explicitLittle), recordtest.Sequence(explicitLittle, 0x54000100, recordtest.Undefined, many))),
		"many waveforms":                  one(tiny, 257),
	} {
		_, refused[name] = read(b)
	}
	refusaltest.Check(t, refused)

	// What comes before is given all the same.
	o, err := read(wave(2, 5, 16))
	if err == nil || o.PatientID != "0000012345" {
		t.Errorf("%v, patient %q", err, o.PatientID)
	}
	budget := int64(1 << 10)
	big := part10(explicitLittle, join(patientModule(explicitLittle), bytes.Repeat(element(explicitLittle, 0x00211010, "LO", "x"), 1000)))
	if _, err := dicom.Read(stream.New(bytes.NewReader(big), int64(len(big)), &budget)); err == nil || !strings.Contains(err.Error(), "not within") {
		t.Errorf("beyond the budget: %v", err)
	}
}
