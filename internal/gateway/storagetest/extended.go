package storagetest

import (
	"fmt"
	"os"
	"path/filepath"

	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Data-type folders of the tests.
const (
	DischargeSummary = "^退院時サマリー^^18842-5^退院時サマリ^LN"
	ProgressNote     = "L100^経過記録^99XYZ^11506-3^経過記録^LN"
	OwnType          = "L900^院内連絡_票^99XYZ"
)

// ObjectName gives the name of a current content folder of an extended storage.
func ObjectName(id ident.LocalPatientID, date, dataType, key, stamp string) extended.Name {
	return extended.Name{Name: Name(id, date, ssmix2.DataType(dataType), key, stamp)}
}

// ObjectPath gives the absolute path of a content folder.
func (s *Storage) ObjectPath(n extended.Name) string {
	s.t.Helper()
	below, err := n.Path()
	s.check(err)
	return filepath.Join(s.Root, filepath.FromSlash(below))
}

// Object writes a content folder with files by their names.
func (s *Storage) Object(n extended.Name, files map[string][]byte) {
	s.t.Helper()
	s.ObjectAt(s.ObjectPath(n), files)
}

// ObjectAt writes a content folder at a path.
func (s *Storage) ObjectAt(path string, files map[string][]byte) {
	s.t.Helper()
	s.check(os.MkdirAll(path, 0o755))
	for name, body := range files {
		file := filepath.Join(path, name)
		s.check(os.MkdirAll(filepath.Dir(file), 0o755))
		s.check(os.WriteFile(file, body, 0o644))
		if s.Aged {
			at := s.later()
			s.check(os.Chtimes(file, at, at))
		}
	}
	s.age(path)
}

// RenameObject gives a content folder another condition flag.
func (s *Storage) RenameObject(n extended.Name, flag ssmix2.Flag) {
	s.t.Helper()
	to := n
	to.Flag = flag
	s.check(os.Rename(s.ObjectPath(n), s.ObjectPath(to)))
	s.age(s.ObjectPath(to))
}

// CDA gives a clinical document of one section.
func CDA(id ident.LocalPatientID, p Person, title, narrative string) []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3">
 <code code="18842-5" codeSystem="2.16.840.1.113883.6.1" displayName="退院時サマリー"/>
 <title>%s</title>
 <effectiveTime value="20240601123000"/>
 <recordTarget><patientRole><id root="1.2.392.100495.20.3.51.19999999999" extension="%s"/>
  <patient><name use="IDE"><family>%s</family><given>%s</given></name><name use="SYL"><family>%s</family><given>%s</given></name>
  <administrativeGenderCode code="%s" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="%s"/></patient></patientRole></recordTarget>
 <author><assignedAuthor><id extension="D1"/><assignedPerson><name>試験 医師</name></assignedPerson></assignedAuthor></author>
 <component><structuredBody><component><section><title>経過</title><text>%s</text></section></component></structuredBody></component>
</ClinicalDocument>`, title, id, p.Family, p.Given, p.FamilyKana, p.GivenKana, p.Sex, p.BirthDate, narrative)
}

// PDF begins as a PDF does.
var PDF = []byte("%PDF-1.4\n%%EOF\n")

// DICOM gives the begin of a DICOM object of a patient, in explicit little endian.
func DICOM(id ident.LocalPatientID, birthDate string) []byte {
	element := func(group, number byte, vr, value string) []byte {
		if len(value)%2 == 1 {
			value += " "
		}
		return append([]byte{group, 0, number, 0, vr[0], vr[1], byte(len(value)), 0}, value...)
	}
	out := make([]byte, 128)
	copy(out, "MZ not a program")
	out = append(out, "DICM"...)
	syntax := []byte{2, 0, 0x10, 0, 'U', 'I', 20, 0}
	out = append(append(out, syntax...), "1.2.840.10008.1.2.1\x00"...)
	out = append(out, element(0x10, 0x10, "PN", "Shiken^Hanako")...)
	out = append(out, element(0x10, 0x20, "LO", string(id))...)
	return append(out, element(0x10, 0x30, "DA", birthDate)...)
}
