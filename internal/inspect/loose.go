package inspect

import (
	"bytes"
	"fmt"
	"iter"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/cda"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
)

// clinicalDocument reads clinical documents (CDA) that lie outside of content folders.
type clinicalDocument struct{}

func (clinicalDocument) format() Format { return FormatCDA }

func (clinicalDocument) claims(f *file) bool { return documentElement(f.head) == cda.DocumentElement }

func (clinicalDocument) lines(f *file) iter.Seq[Line] {
	body, err := f.all(cda.MaxBytes)
	if err != nil {
		return failed(nil, err)
	}
	doc, err := cda.Read(body)
	if err != nil {
		return failed(nil, err)
	}
	content := &Content{
		Date: dayOf(doc.Written), DataType: doc.Type.Code, Title: doc.Title,
		Entries: []any{subjectOf(doc.Patient)},
	}
	if ids := doc.Patient.IDs; len(ids) == 1 { // of several, nobody knows which is the facility's
		content.PatientID = ids[0].Extension
	}
	text := clinical.Text{Sections: doc.Sections}
	for i, f := range doc.Files {
		name := f.Reference
		if name == "" {
			name = fmt.Sprint(i + 1)
		}
		text.Files = append(text.Files, clinical.File{Name: name, MediaType: extended.MediaType(f.Body), Size: int64(len(f.Body)), Main: len(doc.Sections) == 0})
	}
	content.Entries = append(content.Entries, textOf(text)...)
	return just(Line{Valid: true, Warnings: doc.Warnings, Content: content})
}

// subjectOf gives whom a document is of.
func subjectOf(p cda.Patient) demographicsEntry {
	out := demographicsEntry{BirthDate: dashed(p.BirthDate), Sex: p.Sex}
	for _, n := range p.Names {
		full := strings.TrimSpace(n.Family + " " + n.Given)
		switch {
		case kana.IsKana(full):
			out.Kana = full
		case out.Name == "":
			out.Name = full
		}
	}
	return out
}

// dashed writes a date as YYYY-MM-DD if it is a whole one.
func dashed(date string) string {
	if len(date) != len("20060102") {
		return date
	}
	return date[:4] + "-" + date[4:6] + "-" + date[6:]
}

// dayOf gives the day of a time, empty if it says none.
func dayOf(t clinical.Time) string {
	if len(t) < len("20060102") {
		return ""
	}
	return string(t.InJapan()[:8])
}

// documentElement gives the name of the document element of XML, empty for what is none.
func documentElement(head []byte) string {
	if extended.MediaType(head) != "application/xml" || !bytes.ContainsRune(head, '<') {
		return ""
	}
	return cda.Root(head)
}
