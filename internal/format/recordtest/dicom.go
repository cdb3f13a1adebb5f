// Package recordtest writes small synthetic images and waveforms (画像, 波形) of which tests
// know what they say. For tests only.
package recordtest

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
)

// Transfer syntaxes.
const (
	ImplicitLittle = "1.2.840.10008.1.2"
	ExplicitLittle = "1.2.840.10008.1.2.1"
	ExplicitBig    = "1.2.840.10008.1.2.2"
	DeflatedLittle = "1.2.840.10008.1.2.1.99"
)

func orderOf(syntax string) binary.AppendByteOrder {
	if syntax == ExplicitBig {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// Element writes one data element. The value of a sequence is its items.
func Element(syntax string, tag uint32, vr, value string) []byte {
	order := orderOf(syntax)
	if len(value)%2 == 1 {
		value += map[bool]string{true: "\x00", false: " "}[vr == "UI"]
	}
	b := order.AppendUint16(order.AppendUint16(nil, uint16(tag>>16)), uint16(tag))
	switch {
	case syntax == ImplicitLittle:
		b = order.AppendUint32(b, uint32(len(value)))
	case vr == "SQ" || vr == "OW" || vr == "UN" || vr == "OB":
		b = order.AppendUint32(append(b, vr+"\x00\x00"...), uint32(len(value)))
	default:
		b = order.AppendUint16(append(b, vr...), uint16(len(value)))
	}
	return append(b, value...)
}

// Length says how sequences end: by their length, or by a delimiter.
type Length bool

// The lengths.
const (
	Defined   Length = true
	Undefined Length = false
)

// Sequence writes a sequence of items.
func Sequence(syntax string, tag uint32, l Length, items ...[]byte) []byte {
	order := orderOf(syntax)
	open := func(b []byte, tag uint32, vr string, size int) []byte {
		b = order.AppendUint16(order.AppendUint16(b, uint16(tag>>16)), uint16(tag))
		if vr != "" && syntax != ImplicitLittle {
			b = append(b, vr+"\x00\x00"...)
		}
		if l == Undefined && size >= 0 {
			return order.AppendUint32(b, 0xFFFFFFFF)
		}
		return order.AppendUint32(b, uint32(max(size, 0)))
	}
	var inside []byte
	for _, item := range items {
		inside = append(open(inside, 0xFFFEE000, "", len(item)), item...)
		if l == Undefined {
			inside = open(inside, 0xFFFEE00D, "", -1)
		}
	}
	out := append(open(nil, tag, "SQ", len(inside)), inside...)
	if l == Undefined {
		out = open(out, 0xFFFEE0DD, "", -1)
	}
	return out
}

func meta(syntax string) []byte {
	inside := Element(ExplicitLittle, 0x00020010, "UI", syntax)
	return append(Element(ExplicitLittle, 0x00020000, "UL", string(binary.LittleEndian.AppendUint32(nil, uint32(len(inside))))), inside...)
}

// Part10 writes a file: preamble, file meta information, data set.
func Part10(syntax string, dataSet []byte) []byte {
	b := append(make([]byte, 128), "DICM"...)
	return append(append(b, meta(syntax)...), dataSet...)
}

// Join puts elements together.
func Join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// Instance is the SOP instance UID of every object.
const Instance = "2.25.1234567890.2"

// Named writes a data set of a patient whose name is written in a character set.
func Named(syntax, charset, name string) []byte {
	return Join(
		Element(syntax, 0x00080005, "CS", charset),
		Element(syntax, 0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"),
		Element(syntax, 0x00080018, "UI", Instance),
		Element(syntax, 0x00080020, "DA", "20240601"),
		Element(syntax, 0x00080060, "CS", "CT"),
		Element(syntax, 0x00100010, "PN", name),
		Element(syntax, 0x00100020, "LO", "0000012345"),
		Element(syntax, 0x00100030, "DA", "19760101"),
		Element(syntax, 0x00100040, "CS", "F"),
	)
}

// PatientModule writes a data set of a patient, a study and a series.
func PatientModule(syntax string) []byte {
	return Join(
		Named(syntax, "ISO_IR 192", "Shiken^Hanako=試験^花子=シケン^ハナコ"),
		Element(syntax, 0x0020000D, "UI", "2.25.1234567890.3"),
		Element(syntax, 0x0020000E, "UI", "2.25.1234567890.4"),
	)
}

// ECG writes a data set with two leads of four samples.
func ECG(syntax string, l Length) []byte {
	return Join(PatientModule(syntax), Waveforms(syntax, l, 2, 4, 16))
}

// Waveforms writes one waveform of two channels that declares what it is told, and has 16
// bytes of data.
func Waveforms(syntax string, l Length, channels, samples, bits int) []byte {
	order := orderOf(syntax)
	short := func(n int) string { return string(order.AppendUint16(nil, uint16(n))) }
	channel := func(code, meaning string) []byte {
		return Join(
			Sequence(syntax, 0x003A0208, l, Join(Element(syntax, 0x00080100, "SH", code), Element(syntax, 0x00080104, "LO", meaning))),
			Element(syntax, 0x003A0210, "DS", "2.5"),
			Sequence(syntax, 0x003A0211, l, Element(syntax, 0x00080100, "SH", "uV")),
			Element(syntax, 0x003A0212, "DS", "1"),
		)
	}
	return Sequence(syntax, 0x54000100, l, Join(
		Element(syntax, 0x003A0005, "US", short(channels)),
		Element(syntax, 0x003A0010, "UL", string(order.AppendUint32(nil, uint32(samples)))),
		Element(syntax, 0x003A001A, "DS", "500"),
		Element(syntax, 0x003A0020, "SH", "RHYTHM"),
		Sequence(syntax, 0x003A0200, l, channel("5.6.3-9-1", "Lead I"), channel("99", "Respiration")),
		Element(syntax, 0x54001004, "US", short(bits)),
		Element(syntax, 0x54001010, "OW", "\x01\x00\x02\x00\x01\x00\x02\x00\x01\x00\x02\x00\x01\x00\x02\x00"),
	))
}

// Deflate compresses a data set.
func Deflate(dataSet []byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err == nil {
		_, err = w.Write(dataSet)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
	return out.Bytes()
}
