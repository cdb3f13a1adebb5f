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
	whole := recordtest.Part10(recordtest.ExplicitLittle, recordtest.PatientModule(recordtest.ExplicitLittle))
	wave := func(channels, samples, bits int) []byte {
		return recordtest.Part10(recordtest.ExplicitLittle, recordtest.Join(recordtest.PatientModule(recordtest.ExplicitLittle), recordtest.Waveforms(recordtest.ExplicitLittle, recordtest.Defined, channels, samples, bits)))
	}
	one := func(item []byte, n int) []byte {
		items := make([][]byte, n)
		for i := range items {
			items[i] = item
		}
		return recordtest.Part10(recordtest.ExplicitLittle, recordtest.Join(recordtest.PatientModule(recordtest.ExplicitLittle), recordtest.Sequence(recordtest.ExplicitLittle, 0x54000100, recordtest.Undefined, items...)))
	}
	tiny := recordtest.Join(
		recordtest.Element(recordtest.ExplicitLittle, 0x003A0005, "US", "\x01\x00"), recordtest.Element(recordtest.ExplicitLittle, 0x003A0010, "UL", "\x01\x00\x00\x00"),
		recordtest.Element(recordtest.ExplicitLittle, 0x54001004, "US", "\x08\x00"), recordtest.Element(recordtest.ExplicitLittle, 0x54001010, "OW", "\x01\x00"),
	)
	many := recordtest.Sequence(recordtest.ExplicitLittle, 0x003A0200, recordtest.Undefined, make([][]byte, 1025)...)
	deflated := recordtest.Part10(recordtest.DeflatedLittle, recordtest.Deflate(recordtest.PatientModule(recordtest.ExplicitLittle)))
	meta := len(recordtest.Part10(recordtest.DeflatedLittle, nil))
	fragments := recordtest.Join(recordtest.PatientModule(recordtest.ExplicitLittle), []byte("\xE0\x7F\x10\x00OB\x00\x00\xFF\xFF\xFF\xFF\xFE\xFF\x00\xE0\x10\x00\x00\x00\xFF\xD8"))

	refused := map[string]error{}
	for name, b := range map[string][]byte{
		"nothing":                         nil,
		"words":                           []byte(strings.Repeat("words ", 100)),
		"no transfer syntax, no data set": recordtest.Part10("", []byte("abcdefghijkl")),
		"no data set":                     recordtest.Part10(recordtest.ExplicitLittle, nil),
		"cut in a value":                  whole[:len(whole)-1],
		"cut in a length":                 append(bytes.Clone(whole), "\x20\x00\x11\x00IS"...),
		"cut in a tag":                    append(bytes.Clone(whole), "\x20\x00"...),
		"cut within the meta":             recordtest.Part10(recordtest.ExplicitLittle, nil)[:150],
		"pixels that are not there":       recordtest.Part10(recordtest.ExplicitLittle, recordtest.Join(recordtest.PatientModule(recordtest.ExplicitLittle), recordtest.Element(recordtest.ExplicitLittle, 0x7FE00010, "OW", "1234")[:14])),
		"a fragment cut":                  recordtest.Part10("1.2.840.10008.1.2.4.50", fragments),
		"not deflated":                    append(bytes.Clone(deflated[:meta]), bytes.Repeat([]byte{0xFF}, 100)...),
		"deflated, cut":                   deflated[:len(deflated)-20],
		"a sequence of no items":          recordtest.Part10(recordtest.ExplicitLittle, recordtest.Join(recordtest.PatientModule(recordtest.ExplicitLittle), recordtest.Element(recordtest.ExplicitLittle, 0x54000100, "SQ", "\x3A\x00\x05\x00US\x02\x00\x01\x00"))),
		"a value longer than any":         recordtest.Part10(recordtest.ExplicitLittle, recordtest.Join(recordtest.PatientModule(recordtest.ExplicitLittle), recordtest.Element(recordtest.ImplicitLittle, 0x00321060, "LO", ""), recordtest.Element(recordtest.ExplicitLittle, 0x00080050, "UN", strings.Repeat(" ", 70_000)))),
		"a sample more than there are":    wave(2, 5, 16),
		"a channel more than there are":   wave(3, 4, 16),
		"no bits":                         wave(2, 4, 0),
		"no channel":                      wave(0, 4, 16),
		"many channels":                   wave(1025, 0, 16),
		"many channels that are defined":  recordtest.Part10(recordtest.ExplicitLittle, recordtest.Join(recordtest.PatientModule(recordtest.ExplicitLittle), recordtest.Sequence(recordtest.ExplicitLittle, 0x54000100, recordtest.Undefined, many))),
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
	big := recordtest.Part10(recordtest.ExplicitLittle, recordtest.Join(recordtest.PatientModule(recordtest.ExplicitLittle), bytes.Repeat(recordtest.Element(recordtest.ExplicitLittle, 0x00211010, "LO", "x"), 1000)))
	if _, err := dicom.Read(stream.New(bytes.NewReader(big), int64(len(big)), &budget)); err == nil || !strings.Contains(err.Error(), "not within") {
		t.Errorf("beyond the budget: %v", err)
	}
}
