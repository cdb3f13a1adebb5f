package inspect

import (
	"iter"
	"path/filepath"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// standard reads the files of standardised storages, by their names.
type standard struct{}

func (standard) format() Format { return FormatSSMIX2 }

func (standard) claims(f *file) bool {
	if storageParts(f.path) != nil {
		return true
	}
	name, err := ssmix2.ParseName(filepath.Base(f.path))
	return err == nil && name.DataType.Readable()
}

func (standard) lines(f *file) iter.Seq[Line] {
	name, err := standardName(f.path)
	if err != nil {
		return failed(nil, err)
	}
	content := named(name)
	body, err := f.all(hl7v2.MaxBytes)
	if err != nil {
		return failed(content, err)
	}
	doc, err := ssmix2.ReadDocument(name, body)
	if err != nil {
		return failed(content, err)
	}
	content.MessageType = doc.MessageType
	content.Entries = entriesOf(doc)
	return just(Line{Valid: true, Warnings: doc.Warnings, Content: content})
}

// named gives what a name says.
func named(n ssmix2.Name) *Content {
	return &Content{
		PatientID: printable(string(n.PatientID)), Date: n.CareDate, DataType: string(n.DataType), OrderNo: n.OrderNo,
		Timestamp: n.Timestamp, Department: n.Department, Flag: string(rune(n.Flag)),
	}
}

// said gives what a document says that came without a name.
func said(d clinical.Document) *Content {
	return &Content{
		PatientID: string(d.PatientID), Date: d.Date, DataType: d.DataType, OrderNo: d.OrderNo,
		Department: d.Department, MessageType: d.MessageType, Entries: entriesOf(d),
	}
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
// type of the specification, a care date and a patient.
func storageParts(path string) []string {
	parts := lastParts(path, 6)
	if parts == nil {
		return nil
	}
	if date := parts[3]; !ssmix2.DataType(parts[4]).Readable() || date != "-" && len(date) != 8 {
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
