package extended_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/sampletest"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func encoded(t testing.TB, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// define writes one definition of MFER.
func define(tag byte, value string) string {
	switch n := len(value); {
	case n < 0x80:
		return string([]byte{tag, byte(n)}) + value
	case n < 0x10000:
		return string([]byte{tag, 0x82, byte(n >> 8), byte(n)}) + value
	default:
		return string([]byte{tag, 0x84, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) + value
	}
}

var (
	preamble  = define(0x40, "MFR Standard 12 leads ECG       ")
	bigEndian = define(0x01, "\x00")
	little    = define(0x01, "\x01")
	sampling  = define(0x0B, "\x01\xFD\x02\x00") + define(0x0C, "\x00\xF8\x7D\x00") + define(0x05, "\x08")
	samples12 = define(0x1E, strings.Repeat("\x00\x01", 100_000))
	mferOwn   = define(0x82, "0000012345")
	mferOther = define(0x82, "0000099999")
)

func mferAge(order binary.AppendByteOrder, year uint16, month, day byte) string {
	b := order.AppendUint16([]byte{48, 0, 0}, year)
	return define(0x83, string(append(b, month, day)))
}

// scpOf writes an ECG with some fields in section 1, which lies behind the samples.
func scpOf(fields string) string {
	le := binary.LittleEndian
	section := func(id uint16, body string) string {
		b := le.AppendUint16([]byte{0, 0}, id)
		b = le.AppendUint32(b, uint32(16+len(body)))
		return string(append(b, 20, 20, 0, 0, 0, 0, 0, 0)) + body
	}
	waves := section(6, strings.Repeat("\x55", 150_001))
	patient := section(1, fields+"\xFF\x00\x00")
	const pointers = 3
	at := uint32(6 + 16 + 10*pointers)
	pointer := func(id uint16, length, index uint32) string {
		return string(le.AppendUint32(le.AppendUint32(le.AppendUint16(nil, id), length), index))
	}
	head := section(0, pointer(0, 16+10*pointers, 7)+pointer(1, uint32(len(patient)), at+uint32(len(waves))+1)+pointer(6, uint32(len(waves)), at+1))
	head = head[:10] + "SCPECG" + head[16:]
	size := le.AppendUint32([]byte{0, 0}, uint32(6+len(head)+len(waves)+len(patient)))
	return string(size) + head + waves + patient
}

func field(tag byte, value string) string {
	return string(binary.LittleEndian.AppendUint16([]byte{tag}, uint16(len(value)))) + value
}

func scpBirth(year uint16, month, day byte) string {
	return field(5, string(append(binary.LittleEndian.AppendUint16(nil, year), month, day)))
}

// language is tag 14 with a language support code.
func language(code byte) string {
	return field(14, strings.Repeat("\x00", 16)+string(code)+strings.Repeat("\x00", 19))
}

func aecgOf(subject string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE AnnotatedECG SYSTEM "x.dtd"><AnnotatedECG xmlns="urn:hl7-org:v3"><id root="1"/><componentOf><timepointEvent><performer><studyEventPerformer><id extension="T1"/></studyEventPerformer></performer><componentOf><subjectAssignment><subject>` +
		subject + `</subject></subjectAssignment></componentOf></timepointEvent></componentOf><component><series><digits>` + strings.Repeat("1 2 ", 40_000) + `</digits></series></component></AnnotatedECG>`
}

func subject(id, name, sex, birth string) string {
	return `<trialSubject><id root="1.2.3" extension="` + id + `"/><subjectDemographicPerson>` + name +
		`<administrativeGenderCode code="` + sex + `"/><birthTime value="` + birth + `"/></subjectDemographicPerson></trialSubject>`
}

// element writes a data element with a length of two bytes, or of four for long ones.
func element(order binary.AppendByteOrder, group, number uint16, vr, value string) string {
	b := order.AppendUint16(order.AppendUint16(nil, group), number)
	b = append(b, vr...)
	switch vr {
	case "SQ", "OB", "UN":
		b = order.AppendUint32(append(b, 0, 0), uint32(len(value)))
	default:
		b = order.AppendUint16(b, uint16(len(value)))
	}
	return string(b) + value
}

// undefined is the head of an element of undefined length.
func undefined(order binary.AppendByteOrder, group, number uint16, vr string) string {
	b := order.AppendUint16(order.AppendUint16(nil, group), number)
	if vr != "" {
		b = append(append(b, vr...), 0, 0)
	}
	return string(order.AppendUint32(b, 0xFFFFFFFF))
}

func dicomOf(syntax, dataSet string) string {
	if len(syntax)%2 == 1 {
		syntax += "\x00"
	}
	return strings.Repeat("\x00", 128) + "DICM" + element(binary.LittleEndian, 2, 0x10, "UI", syntax) + dataSet
}

func dicomPatient(order binary.AppendByteOrder, id, birth string) string {
	return element(order, 8, 0x60, "CS", "ECG ") + element(order, 0x10, 0x10, "PN", "Test^Hanako ") + element(order, 0x10, 0x20, "LO", id) +
		element(order, 0x10, 0x30, "DA", birth) + element(order, 0x10, 0x40, "CS", "F ") + element(order, 0x7FE0, 0x10, "OB", "\x00\x00")
}

// implicit writes a data element of little endian without value representation.
func implicit(group, number uint16, value string) string {
	le := binary.LittleEndian
	return string(le.AppendUint32(le.AppendUint16(le.AppendUint16(nil, group), number), uint32(len(value)))) + value
}

func deflated(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	explicitLittle = "1.2.840.10008.1.2.1"
	explicitBig    = "1.2.840.10008.1.2.2"
	deflatedLittle = "1.2.840.10008.1.2.1.99"
)

// claimed is a file that says whom it is of.
type claimed struct {
	name, body string
	cause      error  // nil: it is the patient's
	warning    string // empty: none
}

func waveforms(t testing.TB) []claimed {
	sjis, utf16le := japanese.ShiftJIS, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	be, le := binary.BigEndian, binary.LittleEndian
	own := preamble + bigEndian + mferOwn
	return []claimed{
		{"MFER of nobody", preamble + bigEndian + sampling + samples12, nil, ""},
		{"MFER", own + define(0x81, "髙橋^花子") + mferAge(be, 1976, 1, 1) + define(0x84, "\x02") + samples12, nil, ""},
		{"MFER of another", preamble + bigEndian + mferOther + samples12, ssmix2.ErrWrongPatient, ""},
		{"MFER without a preamble, of another", bigEndian + sampling + mferOther + samples12, ssmix2.ErrWrongPatient, ""},
		{"MFER with an issuer behind the number", preamble + define(0x82, "0000012345^A") + samples12, nil, ""},
		{"MFER of another behind the samples", own + samples12 + samples12 + mferOther + "\x80\x00", ssmix2.ErrWrongPatient, ""},
		{"MFER of another in a group", preamble + "\x67\x80" + mferOther + "\x00\x00" + samples12, ssmix2.ErrWrongPatient, ""},
		{"MFER of another behind channels", preamble + "\x3F\x81\x05\x04" + define(0x09, "\x00\x01") + "\x00\x00\x00" + mferOther, ssmix2.ErrWrongPatient, ""},
		{"MFER of another birth date", own + mferAge(be, 1976, 1, 2), ssmix2.ErrIdentity, ""},
		{"MFER, little endian", own + little + mferAge(le, 1976, 1, 1), nil, ""},
		{"MFER, little endian, of another birth date", own + little + mferAge(le, 1955, 1, 1), ssmix2.ErrIdentity, ""},
		{"MFER of a year of birth", own + mferAge(be, 1976, 0, 0), nil, ""},
		{"MFER of another year of birth", own + mferAge(be, 1977, 0, 0), ssmix2.ErrIdentity, ""},
		{"MFER of no birth date", own + mferAge(be, 0, 0, 0), nil, ""},
		{"MFER of an age alone", own + define(0x83, "\x30\x00\x00"), nil, ""},
		{"MFER of another sex", own + define(0x84, "\x01"), ssmix2.ErrIdentity, ""},
		{"MFER of an unknown sex", own + define(0x84, "\x00"), nil, ""},
		{"MFER of another name, Shift_JIS", own + define(0x03, "Shift_JIS") + define(0x81, encoded(t, sjis, "試験^月子")), ssmix2.ErrIdentity, ""},
		{"MFER in Shift_JIS", own + define(0x03, "Shift_JIS") + define(0x81, encoded(t, sjis, "高橋^花子")), nil, ""},
		{"MFER in Shift_JIS that says nothing of it", own + define(0x81, encoded(t, sjis, "高橋　花子")), nil, ""},
		{"MFER in ISO-2022-JP of another name", own + define(0x03, "ISO-2022-JP") + define(0x81, encoded(t, japanese.ISO2022JP, "試験^月子")), ssmix2.ErrIdentity, ""},
		{"MFER in EUC-JP", own + define(0x03, "EUC-JP") + define(0x81, encoded(t, japanese.EUCJP, "高橋^花子")), nil, ""},
		{"MFER in UTF-16", own + little + define(0x03, "UTF-16") + define(0x81, encoded(t, utf16le, "高橋^花子")), nil, ""},
		{"MFER in UTF-16 of another name", own + little + define(0x03, "UTF-16") + define(0x81, encoded(t, utf16le, "試験^月子")), ssmix2.ErrIdentity, ""},
		{"MFER as the standard recommends names", own + define(0x81, "高橋^タカハシ^花子^ハナコ"), nil, ""},
		{"MFER as recommended, another name", own + define(0x81, "高橋^タカハシ^月子^ツキコ"), ssmix2.ErrIdentity, ""},
		{"MFER in kana", own + define(0x81, "ﾀｶﾊｼ ﾊﾅｺ"), nil, ""},
		{"MFER in Latin letters", own + define(0x81, "Test^Hanako"), nil, ""},
		{"MFER before a marriage", own + define(0x81, "旧姓^花子") + mferAge(be, 1976, 1, 1), nil, "family name"},
		{"MFER of a name that is not decoded", own + define(0x81, "\xE9\xAB\xFF"), nil, ""},
		{"MFER cut within its samples", own + samples12[:1000], nil, ""},
		{"MFER cut before its number", preamble + bigEndian + "\x1E\x84\x01\x00\x00\x00", nil, "not checked"},
		{"MFER of samples without an end", preamble + "\x1E\x80" + strings.Repeat("\x01", 100), nil, "not checked"},

		{"SCP-ECG of nobody", scpOf(""), nil, ""},
		{"SCP-ECG", scpOf(field(2, "0000012345\x00") + field(0, encoded(t, sjis, "高橋")+"\x00") + field(1, encoded(t, sjis, "花子")+"\x00") + scpBirth(1976, 1, 1) + field(8, "\x02")), nil, ""},
		{"SCP-ECG of another", scpOf(field(2, "0000099999\x00")), ssmix2.ErrWrongPatient, ""},
		{"SCP-ECG that does not say so", strings.Replace(scpOf(field(2, "0000099999\x00")), "SCPECG", "\x00\x00\x00\x00\x00\x00", 1), ssmix2.ErrWrongPatient, ""},
		{"SCP-ECG of two", scpOf(field(2, "0000012345\x00") + field(2, "0000099999\x00")), ssmix2.ErrWrongPatient, ""},
		{"SCP-ECG of another birth date", scpOf(scpBirth(1976, 2, 1)), ssmix2.ErrIdentity, ""},
		{"SCP-ECG of no birth date", scpOf(scpBirth(0, 0, 0)), nil, ""},
		{"SCP-ECG of another sex", scpOf(field(8, "\x01")), ssmix2.ErrIdentity, ""},
		{"SCP-ECG of another name", scpOf(field(0, "高橋\x00") + field(1, "月子\x00") + language(0x37)), ssmix2.ErrIdentity, ""},
		{"SCP-ECG in UTF-16 of another name", scpOf(field(0, encoded(t, utf16le, "試験\x00")) + field(1, encoded(t, utf16le, "月子\x00")) + language(7)), ssmix2.ErrIdentity, ""},
		{"SCP-ECG in EUC-JP", scpOf(field(0, encoded(t, japanese.EUCJP, "高橋\x00")) + field(1, encoded(t, japanese.EUCJP, "花子\x00")) + language(0x17)), nil, ""},
		{"SCP-ECG in Latin letters", scpOf(field(0, "M\xFCller\x00") + field(1, "Jos\xE9\x00") + language(1)), nil, ""},
		{"SCP-ECG cut before its patient", scpOf(field(2, "0000099999\x00"))[:100_000], nil, "not checked"},
		{"SCP-ECG with a field beyond its section", scpOf("\x02\xFF\xFF0000099999"), nil, "not checked"},

		{"an annotated ECG", aecgOf(subject(patient, "<name><family>高橋</family><given>花子</given></name>", "F", "19760101")), nil, ""},
		{"an annotated ECG of nobody", aecgOf(""), nil, ""},
		{"an annotated ECG of another", aecgOf(subject("0000099999", "", "F", "19760101")), ssmix2.ErrWrongPatient, ""},
		{"an annotated ECG of two", aecgOf(subject(patient, "", "F", "") + subject("0000099999", "", "F", "")), ssmix2.ErrWrongPatient, ""},
		{"an annotated ECG of another birth date", aecgOf(subject(patient, "", "F", "1955")), ssmix2.ErrIdentity, ""},
		{"an annotated ECG of another sex", aecgOf(subject(patient, "", "M", "")), ssmix2.ErrIdentity, ""},
		{"an annotated ECG of another name", aecgOf(subject(patient, "<name>高橋 月子</name>", "F", "")), ssmix2.ErrIdentity, ""},
		{"an annotated ECG of initials", aecgOf(subject(patient, "<name>TH</name>", "F", "")), nil, ""},
		{"an annotated ECG of another with a bad byte", aecgOf(subject("0000099999", "\x07", "F", "")), ssmix2.ErrWrongPatient, ""},
		{"an annotated ECG in UTF-16 of another", "\xFF\xFE" + encoded(t, utf16le, aecgOf(subject("0000099999", "", "F", ""))), ssmix2.ErrWrongPatient, ""},
		{"an annotated ECG that is cut", aecgOf("<trialSubject><id")[:700], nil, "not checked"},
		{"an annotated ECG of many samples", strings.Replace(aecgOf(subject("0000099999", "", "F", "")), "<digits>", "<digits>"+strings.Repeat("1 2 ", 6<<20), 1), ssmix2.ErrWrongPatient, ""},
		{"an annotated ECG whose patient stands behind many samples", strings.Replace(aecgOf(""), "</AnnotatedECG>", strings.Repeat("<a>1</a>", 1<<20)+subject("0000099999", "", "F", ""), 1), nil, "not checked"},
		{"an annotated ECG that is cut behind its patient", aecgOf(subject(patient, "", "F", ""))[:2000], nil, ""},
	}
}

func symbols(t testing.TB) []claimed {
	notebook := func(patient string) string { return "JAHISTC08,1\r\n1," + patient + "\r\n5,20240601,1\r\n" }
	prescription := func(records string) string { return "JAHIS10\r\n1,1,1234567,13,病院\r\n" + records }
	utf16be := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	return []claimed{
		{"a notebook", notebook("高橋花子,2,19760101,,,,,,,ﾀｶﾊｼ ﾊﾅｺ"), nil, ""},
		{"a notebook in an era", notebook("高橋花子,2,S510101"), nil, ""},
		{"a notebook of another name", notebook("高橋月子,2,19760101"), ssmix2.ErrIdentity, ""},
		{"a notebook of another birth date", notebook("高橋花子,2,S510102"), ssmix2.ErrIdentity, ""},
		{"a notebook of another sex", notebook("高橋花子,1,19760101"), ssmix2.ErrIdentity, ""},
		{"a notebook of two", notebook("高橋花子,2,19760101") + "1,高橋月子,2,19760101\r\n", ssmix2.ErrIdentity, ""},
		{"a notebook of nobody", "JAHISTC08,1\r\n5,20240601,1\r\n", nil, ""},
		{"a notebook of another in CP932", encoded(t, japanese.ShiftJIS, notebook("高橋月子,2,19760101")), ssmix2.ErrIdentity, ""},
		{"a notebook of another in UTF-16", "\xFE\xFF" + encoded(t, utf16be, notebook("高橋月子,2,19760101")), ssmix2.ErrIdentity, ""},
		{"a notebook of another with a bad byte", notebook("高橋月子,2,19760101") + "4,\x07\x00\xFF\r\n", ssmix2.ErrIdentity, ""},
		{"a notebook of another that is not read otherwise", notebook("高橋月子,2,19760101") + "201,x\r\n", ssmix2.ErrIdentity, ""},
		{"two notebooks in one file", notebook("高橋花子,2,19760101") + notebook("高橋月子,2,19760101"), ssmix2.ErrIdentity, ""},
		{"a prescription", prescription("11,0000012345,高橋　花子,ﾀｶﾊｼ ﾊﾅｺ\r\n12,2\r\n13,3510101\r\n"), nil, ""},
		{"a prescription without a number", prescription("11,,高橋　花子\r\n"), nil, ""},
		{"a prescription of another number", prescription("11,0000099999,高橋　花子\r\n"), ssmix2.ErrWrongPatient, ""},
		{"a prescription of another name", prescription("11,,高橋　月子,ﾀｶﾊｼ ﾂｷｺ\r\n"), ssmix2.ErrIdentity, ""},
		{"a prescription of another birth date", prescription("13,3510102\r\n11,,高橋　花子\r\n"), ssmix2.ErrIdentity, ""},
		{"a prescription of another sex", prescription("12,1\r\n"), ssmix2.ErrIdentity, ""},
		{"a prescription of two", prescription("11,,高橋　花子\r\n11,,高橋　月子\r\n"), ssmix2.ErrIdentity, ""},
		{"a prescription before a marriage", prescription("11,,旧姓　花子\r\n13,19760101\r\n"), nil, "family name"},
	}
}

func dicoms(t testing.TB) []claimed {
	be, le := binary.BigEndian, binary.LittleEndian
	long := element(le, 9, 0x10, "OB", strings.Repeat("\x00", 40<<20)) // longer than is ever read
	items := undefined(le, 8, 0x1140, "SQ") + undefined(le, 0xFFFE, 0xE000, "") + element(le, 8, 0x1155, "UI", "1.2 ") +
		undefined(le, 8, 0x1199, "UN") + undefined(le, 0xFFFE, 0xE000, "") + string([]byte{8, 0, 0x50, 0x11, 2, 0, 0, 0, '1', 0}) + // implicit in what nobody knew
		string([]byte{0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0}) +
		string([]byte{0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0})
	bomb := deflated(t, element(le, 9, 0x10, "OB", strings.Repeat("\x00", 40<<20))+dicomPatient(le, "0000099999", "19760101"))
	return []claimed{
		{"DICOM", dicomOf(explicitLittle, dicomPatient(le, patient, "19760101")), nil, ""},
		{"a birth date as before DICOM 3", dicomOf(explicitLittle, strings.Replace(dicomPatient(le, patient, "19760101"), "\x08\x0019760101", "\x0A\x001976.01.01", 1)), nil, ""},
		{"big endian", dicomOf(explicitBig, dicomPatient(be, patient, "19760101")), nil, ""},
		{"big endian, of another", dicomOf(explicitBig, dicomPatient(be, "0000099999", "19760101")), ssmix2.ErrWrongPatient, ""},
		{"big endian, of another birth date", dicomOf(explicitBig, dicomPatient(be, patient, "19550101")), ssmix2.ErrIdentity, ""},
		{"deflated", dicomOf(deflatedLittle, deflated(t, dicomPatient(le, patient, "19760101"))), nil, ""},
		{"deflated, of another", dicomOf(deflatedLittle, deflated(t, dicomPatient(le, "0000099999", "19760101"))), ssmix2.ErrWrongPatient, ""},
		{"deflated, of another birth date", dicomOf(deflatedLittle, deflated(t, dicomPatient(le, patient, "19550101"))), ssmix2.ErrIdentity, ""},
		{"deflated that is not", dicomOf(deflatedLittle, dicomPatient(le, "0000099999", "19760101")), nil, "not checked"},
		{"a bomb", dicomOf(deflatedLittle, bomb), nil, "not checked"},
		{"behind a long element", dicomOf(explicitLittle, long+dicomPatient(le, patient, "19760101")), nil, ""},
		{"of another behind a long element", dicomOf(explicitLittle, long+dicomPatient(le, "0000099999", "19760101")), ssmix2.ErrWrongPatient, ""},
		{"of another behind items in items", dicomOf(explicitLittle, items+dicomPatient(le, "0000099999", "19760101")), ssmix2.ErrWrongPatient, ""},
		{"without a preamble, of another", dicomOf(explicitLittle, dicomPatient(le, "0000099999", "19760101"))[128+4+8+20:], ssmix2.ErrWrongPatient, ""},
		{"a data set alone", dicomPatient(le, patient, "19760101"), nil, ""},
		{"a data set alone, of another", dicomPatient(le, "0000099999", "19760101"), ssmix2.ErrWrongPatient, ""},
		{"a data set alone, of another birth date", dicomPatient(le, patient, "19550101"), ssmix2.ErrIdentity, ""},
		{"a data set alone, big endian, of another", dicomPatient(be, "0000099999", "19760101"), ssmix2.ErrWrongPatient, ""},
		{"a data set alone, implicit, of another", implicit(8, 0x16, "1.2.840.10008.5.1.4.1.1.2\x00") + implicit(0x10, 0x20, "0000099999"), ssmix2.ErrWrongPatient, ""},
		{"without a transfer syntax, of another", dicomOf("", dicomPatient(le, "0000099999", "19760101")), ssmix2.ErrWrongPatient, ""},
		{"written otherwise than its transfer syntax says, of another", dicomOf("1.2.840.10008.1.2", dicomPatient(le, "0000099999", "19760101")), ssmix2.ErrWrongPatient, ""},
		{"of another name in kanji", dicomOf(explicitLittle, strings.Replace(dicomPatient(le, patient, "19760101"), "PN\x0C\x00Test^Hanako ", "PN\x24\x00Test^Hanako=\x1B$B;n83\x1B(B^\x1B$B7n;R\x1B(B ", 1)), ssmix2.ErrIdentity, ""},
		{"cut within a long element", dicomOf(explicitLittle, long[:1<<20]), nil, "not checked"},
	}
}

// seekable is a file as a disk has it: what is read of it is counted.
type seekable struct {
	*strings.Reader
	read *int
}

func (s seekable) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	*s.read += n
	return n, err
}

func (seekable) Close() error { return nil }

func onDisk(name, body string, read *int) extended.File {
	return extended.File{Name: name, Size: int64(len(body)), Open: func() (io.ReadCloser, error) {
		return seekable{strings.NewReader(body), read}, nil
	}}
}

func TestRead_identityOfWhatIsNoDocument(t *testing.T) {
	all := slices.Concat(waveforms(t), symbols(t), dicoms(t))
	for _, tc := range all {
		t.Run(tc.name, func(t *testing.T) {
			read := 0
			o, err := extended.Read(parse(t, "^x^^28010-7^心電図^LN"), hanako, []extended.File{onDisk("a", tc.body, &read)})
			if !errors.Is(err, tc.cause) || err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatalf("error %v, want %v", err, tc.cause)
			}
			warned := strings.Join(o.Document.Warnings, "; ")
			if tc.warning != "" && !strings.Contains(warned, tc.warning) || tc.warning == "" && tc.cause == nil && strings.Contains(warned, "checked") {
				t.Errorf("warnings %q, want %q", warned, tc.warning)
			}
			if err != nil && strings.ContainsAny(err.Error(), "花月高橋9") {
				t.Errorf("the error tells of a patient: %v", err)
			}
			if read > 18<<20 {
				t.Errorf("%d bytes were read", read)
			}
		})
	}
}

// Whom the waveforms of other people's programs are of.
func TestRead_identityOfSamples(t *testing.T) {
	dir := sampletest.Path(t, ".")
	clark := &clinical.Demographics{BirthDate: "1953-05-08", Sex: clinical.Male}
	mfer := &clinical.Demographics{Name: "試験 花子", BirthDate: "1976-01-01", Sex: clinical.Female}
	for _, tc := range []struct {
		name   string
		id     ident.LocalPatientID
		record *clinical.Demographics
	}{
		{"ecgtoolkit_Example.scp", "SBJ-123", clark}, {"ecgtoolkit_Example.xml", "SBJ-123", clark}, {"ecgtoolkit_Example.dcm", "SBJ-123", clark},
		{"synthetic_12lead_le_utf8.mwf", "9000014000", mfer}, {"synthetic_12lead_be_sjis.mwf", "9000014000", mfer},
	} {
		t.Run(tc.name, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join(dir, "ecg", tc.name))
			if err != nil {
				t.Fatal(err)
			}
			read := func(p extended.Person) error {
				_, err := extended.Read(parse(t, "^x^^28010-7^心電図^LN"), p, []extended.File{file("a", string(body))})
				return err
			}
			if err := read(extended.Person{ID: tc.id, Record: tc.record}); err != nil {
				t.Errorf("of its patient: %v", err)
			}
			if err := read(extended.Person{ID: "0000012345"}); !errors.Is(err, ssmix2.ErrWrongPatient) {
				t.Errorf("of another: %v", err)
			}
			younger := *tc.record
			younger.BirthDate = "1999-09-09"
			if err := read(extended.Person{ID: tc.id, Record: &younger}); !errors.Is(err, ssmix2.ErrIdentity) {
				t.Errorf("of another birth date: %v", err)
			}
			renamed := *tc.record
			renamed.Name = "試験 月子"
			if err := read(extended.Person{ID: tc.id, Record: &renamed}); tc.record.Name != "" && !errors.Is(err, ssmix2.ErrIdentity) {
				t.Errorf("of another name: %v", err)
			}
		})
	}
}
