package inspect

import (
	"cmp"
	"iter"
	"path/filepath"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// standard reads the files of standardised storages, by their names.
type standard struct{ *storages }

func (standard) format() Format { return FormatSSMIX2 }

func (standard) claims(f *file) bool {
	if storageParts(f.path) != nil {
		return true
	}
	name, err := ssmix2.ParseName(filepath.Base(f.path))
	return err == nil && name.DataType.Readable()
}

func (s standard) lines(f *file) iter.Seq[Line] {
	name, err := standardName(f.path)
	if err != nil {
		return failed(nil, err)
	}
	line := Line{Content: named(name)}
	var record *clinical.Demographics
	if storageParts(f.path) != nil {
		s.place(&line, f.path, name, ssmix2.ParsePath)
		if name.DataType != ssmix2.PatientDemographics { // which say themselves who the patient is
			record = s.recordOf(f.path)
		}
	}
	doc, err := f.document(name, record)
	if err != nil {
		line.Error = err.Error()
		return just(line)
	}
	line.Valid, line.MessageType = true, doc.MessageType
	line.tell(doc)
	line.Warnings = append(doc.Warnings, line.Warnings...)
	return just(line)
}

// document reads the file as a gateway does.
func (f *file) document(name ssmix2.Name, record *clinical.Demographics) (clinical.Document, error) {
	body, err := f.all(hl7v2.MaxBytes)
	if err != nil {
		return clinical.Document{}, err
	}
	return ssmix2.ReadDocumentOf(name, body, clinical.Holder{Record: record})
}

// named gives what a name says.
func named(n ssmix2.Name) *Content {
	return &Content{
		PatientID: printable(string(n.PatientID)), Date: n.CareDate, DataType: string(n.DataType), OrderNo: n.OrderNo,
		Timestamp: n.Timestamp, Department: n.Department, Flag: string(rune(n.Flag)),
	}
}

// tell adds what a document says to what its name does.
func (c *Content) tell(d clinical.Document) {
	c.Department, c.Requester, c.Entries = cmp.Or(c.Department, d.Department), staffName(d.Requester), entriesOf(d)
}

// said gives what a document says that came without a name.
func said(d clinical.Document) *Content {
	c := &Content{PatientID: string(d.PatientID), Date: d.Date, DataType: d.DataType, OrderNo: d.OrderNo, MessageType: d.MessageType}
	c.tell(d)
	return c
}

// standardName reads a file's name together with the folders above it if they are those of
// a storage: then they must agree. A file that was copied out has its name alone.
func standardName(path string) (ssmix2.Name, error) {
	if parts := storageParts(path); parts != nil {
		return ssmix2.ParsePath(strings.Join(parts, "/"))
	}
	return ssmix2.ParseName(filepath.Base(path))
}

// storageParts gives the last six parts of a path that lies in a storage: below a data
// type of the specification, a care date and a patient, or below another type where
// folders and name agree in everything else.
func storageParts(path string) []string {
	parts := lastParts(path, 6)
	if parts == nil {
		return nil
	}
	if date := parts[3]; ssmix2.DataType(parts[4]).Readable() && (date == "-" || len(date) == 8) {
		return parts
	}
	if _, err := ssmix2.ParsePath(strings.Join(parts, "/")); err != nil {
		return nil
	}
	return parts
}

// lastParts gives the last n parts of a path, nil if it has fewer.
func lastParts(path string, n int) []string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil
	}
	parts := strings.Split(filepath.ToSlash(abs), "/")
	if len(parts) < n {
		return nil
	}
	return parts[len(parts)-n:]
}
