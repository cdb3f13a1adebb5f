package inspect

import (
	"iter"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jahis"
)

// medication reads medication notebooks and prescriptions as symbols hold them.
type medication struct{}

func (medication) format() Format { return FormatJAHIS }

func (medication) claims(f *file) bool { return jahis.Recognised(f.head) }

func (medication) lines(f *file) iter.Seq[Line] {
	body, err := f.all(jahis.MaxBytes)
	if err != nil {
		return failed(nil, err)
	}
	text, err := jahis.Parse(body)
	if err != nil {
		return failed(nil, err)
	}
	content := &Content{}
	switch {
	case text.Notebook != nil:
		content.DataType, content.Version = jahis.NotebookType, text.Notebook.Version
	case text.Prescription != nil:
		content.DataType, content.Version = jahis.PrescriptionType, text.Prescription.Version
	}
	warnings := text.Warnings
	for _, d := range text.Documents() {
		if d.PatientID != "" {
			content.PatientID = string(d.PatientID)
		}
		if content.Date == "" {
			content.Date = d.Date
		}
		if v := visitOf(d); v != (visitEntry{}) {
			content.Entries = append(content.Entries, v)
		}
		content.Entries = append(content.Entries, entriesOf(d)...)
		warnings = append(warnings, d.Warnings...)
	}
	return just(Line{Valid: true, Warnings: warnings, Content: content})
}

// visitEntry says when and where the entries behind it were prescribed or dispensed.
type visitEntry struct {
	Kind       clinical.Kind `json:"kind,omitempty"`
	Date       string        `json:"date,omitempty"`
	Facility   string        `json:"facility,omitempty"` // the pharmacy
	Pharmacist string        `json:"pharmacist,omitempty"`
	Hospital   string        `json:"hospital,omitempty"`
	Department string        `json:"department,omitempty"`
	Doctor     string        `json:"doctor,omitempty"`
}

func visitOf(d clinical.Document) visitEntry {
	return visitEntry{
		Kind: d.Kind, Date: d.Date, Facility: d.Facility, Pharmacist: staffName(d.Performer),
		Hospital: d.RequestingFacility, Department: d.Department, Doctor: staffName(d.Requester),
	}
}
