// Package storage writes the charts of synthetic patients as an SS-MIX2 standardised
// storage (標準化ストレージ), the way a hospital's own system would: ISO-2022-JP, a file per
// document, corrections and deletions by condition flag (SS-MIX2 standardized storage
// specification 1.2; see docs/divergences.md).
//
// Hospitals differ in habits that real ones have: how they mark the character set, end
// a file, write drug names, and which reference ranges they report.
package storage

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// Habits are how one hospital's system writes.
type Habits struct {
	System       string  // MSH-3
	Hospital     string  // MSH-4 and ORC-21
	CharacterSet string  // MSH-18
	EndFS        bool    // files end in 0x1C without a CR before it
	FullWidth    bool    // drug names in full-width characters
	LocalDrugs   bool    // local drug codes beside HOT9
	LocalSystem  string  // id of the hospital's own code system, 99…
	RangeFactor  float64 // by which its reference ranges differ from the common ones
	Doctors      []Doctor
	Nurses       []Doctor
}

// Doctor is a member of staff as documents name them.
type Doctor struct{ ID, Family, Given string }

// Patient is who the patient is to the hospital.
type Patient struct {
	ID            ident.LocalPatientID
	Family, Given string
	FamilyKana    string
	GivenKana     string
	Birth         wareki.Date
	Sex           clinical.Sex
	Postcode      string
	Address       string
	Phone         string
	Known         time.Time // when the demographics were entered
	Moved         time.Time // when they were changed last; zero: never
}

// Writer writes one storage.
type Writer struct {
	dir    string
	habits Habits
}

// NewWriter makes a writer into dir, which is made as needed.
func NewWriter(dir string, h Habits) *Writer { return &Writer{dir: dir, habits: h} }

// Patient writes one patient's files. chart may be nil: known by name only.
func (w *Writer) Patient(p Patient, chart *story.Chart) error {
	pw := patientWriter{Writer: w, p: p}
	pw.demographics()
	if chart != nil {
		for _, e := range chart.Entries {
			pw.entry(e)
		}
		pw.problems(chart.Problems)
		pw.allergies(chart.Allergies)
	}
	return pw.err
}

// patientWriter keeps the first error, so that the calls above read as a list.
type patientWriter struct {
	*Writer
	p   Patient
	err error
}

// noOrder stands in names of documents that no order made.
const noOrder = "999999999999999"

// file is one file to be written.
type file struct {
	typ        ssmix2.DataType
	date       string // care date, empty for undated types
	order      string
	department string
	at         time.Time // of sending
	flag       ssmix2.Flag
	event      hl7v2.Value // MSH-9
	body       func(b *hl7v2.Builder)
}

func (w *patientWriter) write(f file) {
	if w.err != nil {
		return
	}
	name := ssmix2.Name{
		Key:       ssmix2.Key{PatientID: w.p.ID, CareDate: f.date, DataType: f.typ, OrderNo: f.order},
		Timestamp: stamp(f.at) + "000", Department: f.department, Flag: f.flag,
	}
	b := hl7v2.NewBuilder(hl7v2.Header{
		SendingApplication: w.habits.System, SendingFacility: w.habits.Hospital,
		ReceivingApplication: "GW", ReceivingFacility: w.habits.Hospital,
		Time: stamp(f.at), Type: f.event, ControlID: stamp(f.at)[2:] + string(w.p.ID[max(0, len(w.p.ID)-6):]),
	})
	f.body(b)
	text := strings.Replace(b.Text(), "|~ISO IR87|", "|"+w.habits.CharacterSet+"|", 1)
	body, lost := jis.Encode(text)
	if len(lost) > 0 {
		w.err = fmt.Errorf("%s: a character that SS-MIX2 does not carry: %v", name, lost[0])
		return
	}
	if w.habits.EndFS {
		body[len(body)-1] = 0x1C
	}
	w.err = w.put(name, body)
}

func (w *patientWriter) put(name ssmix2.Name, body []byte) error {
	rel, err := name.Path()
	if err != nil {
		return err
	}
	full := filepath.Join(w.dir, filepath.FromSlash(rel))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return os.WriteFile(full, body, 0o644)
}

var japan = time.FixedZone("JST", 9*60*60)

func stamp(t time.Time) string  { return t.In(japan).Format("20060102150405") }
func minute(t time.Time) string { return t.In(japan).Format("200601021504") }
func date(t time.Time) string   { return t.In(japan).Format("20060102") }

// orderNo is 15 digits, unique for patient and hospital.
func orderNo(at time.Time, n int) string {
	if n == 0 {
		return noOrder
	}
	return fmt.Sprintf("%s%07d", date(at), n)
}
