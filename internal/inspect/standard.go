package inspect

import (
	"cmp"
	"errors"
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

// storageParts gives the last six parts of a path that lies in a storage: below a patient's
// folder, below a data type of the specification and a care date, or below another type
// where folders and name agree in everything else.
func storageParts(path string) []string {
	parts := lastParts(path, 6)
	if parts == nil {
		return nil
	}
	if isPatientFolder(parts) {
		return parts
	}
	if ssmix2.DataType(parts[4]).Readable() && isCareDate(parts[3]) {
		return parts
	}
	if _, err := ssmix2.ParsePath(strings.Join(parts, "/")); err != nil {
		return nil
	}
	return parts
}

// isCareDate reports whether a folder is called as those of care dates are.
func isCareDate(name string) bool { return name == "-" || len(name) == len("20060102") }

// isPatientFolder reports whether parts begin as the folders of a patient are called.
func isPatientFolder(parts []string) bool {
	id := parts[2]
	return len(id) >= 6 && parts[0] == id[:3] && parts[1] == id[3:6]
}

// inPatientFolder says how deep a path lies in a patient's folder: 1 for a care date, 0
// outside.
func inPatientFolder(path string) int {
	abs, err := filepath.Abs(path)
	if err != nil {
		return 0
	}
	parts := strings.Split(filepath.ToSlash(abs), "/")
	for i := len(parts) - 4; i >= 0; i-- {
		if isPatientFolder(parts[i:]) {
			return len(parts) - i - 3
		}
	}
	return 0
}

// misplaced tells of files in a storage that lie where a gateway reads none, whatever they are.
type misplaced struct{}

func (misplaced) format() Format { return FormatSSMIX2 }

func (misplaced) claims(f *file) bool { return inPatientFolder(f.path) > 0 }

func (misplaced) lines(*file) iter.Seq[Line] { return failed(nil, errMisplaced) }

var errMisplaced = errors.New("a file where the storage has folders, or below a folder where it has files")

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
