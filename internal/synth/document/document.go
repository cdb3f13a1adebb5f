// Package document writes what the people of a synthetic hospital wrote about a patient
// (診療文書) as an SS-MIX2 extended storage (拡張ストレージ, extended storage guideline 1.2):
// discharge summaries, referral letters, notes of physicians and nurses, reports, health
// checks, and the vital signs of stays. Everything in it follows from the chart, so that
// a letter and the results and drugs beside it agree. Hospitals differ in [Form].
package document

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/synth/dice"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// Form is how a hospital's notes are written.
type Form int

// The forms, all of them seen in the field.
const (
	Structured Form = iota // notes as CDA, reports as PDF, types by the standard alone
	Pages                  // notes as HTML, types local and standard
	Plain                  // notes as CP932 text, names of six fields, short time stamps
)

// kind is a type of document with the code of the guideline's table.
type kind struct{ code, name, local string }

var (
	summary      = kind{"18842-5", "退院時サマリ", "退院時サマリー"}
	referral     = kind{"57133-1", "診療情報提供書", "診療情報提供書"}
	progressNote = kind{"11506-3", "経過記録", "経過記録"}
	nursingNote  = kind{"28623-7", "看護記録", "看護経過記録"}
	imaging      = kind{"18748-4", "画像検査報告書", "胸部X線検査レポート"}
	checkup      = kind{"53576-5", "検診・健診報告書", "健診結果票"}
)

// vitalSigns is the data type that NHO's hospitals file measurements under.
const vitalSigns = "L-OBSERVATIONS^OBSERVATIONS^99ZL01"

// Writer writes the documents of one hospital.
type Writer struct {
	*storage.Hospital
	Form Form
}

// Files gives the documents of one patient's chart in the order of their paths.
func (w Writer) Files(p *storage.Patient, c story.Chart) ([]storage.File, error) {
	a := &author{Writer: w, p: p, c: c}
	for _, s := range a.stays() {
		a.stay(s)
	}
	a.notes()
	a.checkup()
	slices.SortFunc(a.files, func(x, y storage.File) int { return cmp.Compare(x.Path, y.Path) })
	return a.files, a.err
}

// author writes about one patient.
type author struct {
	Writer
	p     *storage.Patient
	c     story.Chart
	keys  int
	files []storage.File
	err   error
}

// letter is one document before it has a form.
type letter struct {
	kind
	at         time.Time
	on         time.Time // care date, if not the day of at: a correction keeps it
	department master.Department
	by         storage.Staff
	title      string
	parts      []part
}

// part is a section: of its fields those that are set.
type part struct {
	heading string
	words   []string   // paragraphs
	list    []string   // after them
	table   [][]string // after it, the first row its head
}

// how a letter's body is written, and what the file is called.
type form struct {
	file  string
	write func(*author, letter) []byte
}

var (
	asCDA   = form{"document.xml", (*author).cda}
	asHTML  = form{"note.html", (*author).html}
	asPlain = form{"note.txt", (*author).plain}
	asPDF   = form{"report.pdf", (*author).pdf}
)

// note is how the hospital writes notes, report how it writes reports.
func (w Writer) note() form {
	return [...]form{Structured: asCDA, Pages: asHTML, Plain: asPlain}[w.Form]
}

func (w Writer) report() form {
	return [...]form{Structured: asPDF, Pages: asHTML, Plain: asPlain}[w.Form]
}

// put files a letter. A correction has the number of what it corrects.
func (a *author) put(l letter, f form, flag ssmix2.Flag, key int) {
	dataType := fmt.Sprintf("^%s^^%s^%s^LN", l.local, l.code, l.name)
	if a.Form == Pages {
		dataType = fmt.Sprintf("D%s^%s^%s^%s^%s^LN", l.code[:3], l.local, a.Habits.LocalSystem, l.code, l.name)
	}
	on := l.on
	if on.IsZero() {
		on = l.at
	}
	a.file(dataType, on, l.at, fmt.Sprintf("%015d", a.p.Serial*10000+key), l.department.Code, flag, f.file, f.write(a, l))
}

func (a *author) next() int {
	a.keys++
	return a.keys
}

func (a *author) file(dataType string, on, at time.Time, key, department string, flag ssmix2.Flag, file string, body []byte) {
	stamp := strings.Replace(at.Format("20060102150405.000"), ".", "", 1)
	n := extended.Name{Name: ssmix2.Name{
		Key:       ssmix2.Key{PatientID: a.p.ID, CareDate: wareki.On(on).Compact(), DataType: ssmix2.DataType(dataType), OrderNo: key},
		Timestamp: stamp, Department: department, Flag: flag,
	}}
	if a.Form == Plain {
		n.Short, n.Department, n.Timestamp = true, "", stamp[:15]
	}
	folder, err := n.Path()
	if err != nil {
		a.err = fault.New(fault.Internal, "document of %s: %w", a.Name, err)
		return
	}
	a.files = append(a.files, storage.File{Path: path.Join(folder, file), Body: body})
}

func (a *author) doctor(e story.Entry) storage.Staff {
	all := a.Doctors[e.Department.Code]
	return all[e.Doctor%len(all)]
}

// dice gives a stream of the patient's and of an instant.
func (a *author) dice(at time.Time, what string) dice.Dice {
	return dice.New(uint64(a.p.Serial), a.Code, what, at.Format(time.RFC3339))
}

func inWords(t time.Time) string { return t.Format("2006年1月2日") }
