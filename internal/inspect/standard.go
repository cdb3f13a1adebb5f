package inspect

import (
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// standard reads the files of standardised storages, by their names. A file that lies in a
// storage is read as a gateway would: held against the patient's demographics, with the
// place that it has among the files of its entry. Files come folder by folder, so that the
// last patient and the last folder are kept.
type standard struct {
	patient patientFolder
	types   typeFolder
}

// patientFolder is who the patient of a folder is.
type patientFolder struct {
	path   string
	record *clinical.Demographics // nil: the folder does not tell
}

// typeFolder is how the files in a data type's folder stand to each other.
type typeFolder struct {
	path   string
	states map[string]string // by file name
}

func (*standard) format() Format { return FormatSSMIX2 }

func (*standard) claims(f *file) bool {
	if storageParts(f.path) != nil {
		return true
	}
	name, err := ssmix2.ParseName(filepath.Base(f.path))
	return err == nil && name.DataType.Readable()
}

func (s *standard) lines(f *file) iter.Seq[Line] {
	name, err := standardName(f.path)
	if err != nil {
		return failed(nil, err)
	}
	content := named(name)
	var record *clinical.Demographics
	if storageParts(f.path) != nil {
		dir, err := filepath.Abs(filepath.Dir(f.path))
		if err != nil {
			return failed(content, err)
		}
		content.State = s.statesIn(dir)[filepath.Base(f.path)]
		if name.DataType != ssmix2.PatientDemographics {
			record = s.recordOf(filepath.Dir(filepath.Dir(dir)))
		}
	}
	body, err := f.all(hl7v2.MaxBytes)
	if err != nil {
		return failed(content, err)
	}
	doc, err := ssmix2.ReadDocumentOf(name, body, record)
	if err == nil {
		err = ssmix2.CheckText(doc)
	}
	if err != nil {
		return failed(content, err)
	}
	content.MessageType = doc.MessageType
	content.Entries = entriesOf(doc)
	return just(Line{Valid: true, Warnings: doc.Warnings, Content: content})
}

// The words of [Content.State].
const (
	stateCurrent    = "current"
	stateSuperseded = "superseded"
	stateDeleted    = "deleted"    // or the file that deletes the entry
	stateRival      = "rival"      // flagged current, and a younger file of the entry is too
	stateNoCurrent  = "no current" // superseded, and nothing took its place
)

// statesIn says of the files in a folder how they stand to each other.
func (s *standard) statesIn(dir string) map[string]string {
	if s.types.path == dir {
		return s.types.states
	}
	s.types = typeFolder{path: dir, states: map[string]string{}}
	names := namesIn(dir)
	for _, v := range ssmix2.Resolve(names) {
		switch v.State {
		case ssmix2.StateCurrent:
			s.types.states[v.Name.String()] = stateCurrent
		case ssmix2.StatePending:
			s.types.states[v.Name.String()] = stateNoCurrent
		}
		for _, rival := range v.Rivals {
			s.types.states[rival.String()] = stateRival
		}
	}
	for _, n := range names {
		if _, told := s.types.states[n.String()]; !told {
			s.types.states[n.String()] = map[ssmix2.Flag]string{ssmix2.Superseded: stateSuperseded, ssmix2.Deleted: stateDeleted}[n.Flag]
		}
	}
	return s.types.states
}

// namesIn gives the names in a folder that follow the specification. A folder that cannot
// be listed has none: the walk tells why.
func namesIn(dir string) []ssmix2.Name {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []ssmix2.Name
	for _, e := range entries {
		if n, err := ssmix2.ParseName(e.Name()); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// recordOf reads a patient's current demographics, nil if the folder has none that can be
// read; the line of that file says why.
func (s *standard) recordOf(patient string) *clinical.Demographics {
	if s.patient.path == patient {
		return s.patient.record
	}
	s.patient = patientFolder{path: patient}
	dir := filepath.Join(patient, "-", string(ssmix2.PatientDemographics))
	for _, v := range ssmix2.Resolve(namesIn(dir)) {
		if v.State != ssmix2.StateCurrent {
			continue
		}
		body, err := readFile(filepath.Join(dir, v.Name.String()))
		if err != nil {
			continue
		}
		if doc, err := ssmix2.ReadDocument(v.Name, body); err == nil && ssmix2.CheckText(doc) == nil {
			s.patient.record = doc.Demographics
		}
	}
	return s.patient.record
}

// readFile reads a file of a storage, which is no larger than a message may be.
func readFile(path string) ([]byte, error) {
	in, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // what has become a pipe must not hold us
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return (&file{in: in}).all(hl7v2.MaxBytes)
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
