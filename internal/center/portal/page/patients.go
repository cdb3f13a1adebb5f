package page

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Orders of the patient list, as the form field sort says them.
const (
	SortKana   = "kana"
	SortLatest = "latest"
	SortLinked = "linked"
)

// PatientList is the list of patients linked to the reader's facility.
//
// Forms: POST /patients with q, sort, page where there is a query, since what is
// typed may be a patient number or a name and must not stand in a URL; GET /patients
// with sort and page where there is none, and show=corrected for [PatientList.Waiting].
type PatientList struct {
	Shell
	Query     string
	QueryDate wareki.Date // the query read as a birth date, zero if it is none
	Sort      string
	Page      int // from 1
	Pages     int
	Total     int
	Rows      []PatientRow
	ToConfirm int  // how many of the facility's patients wait for a correction to be confirmed; for liaison clerks
	Waiting   bool // only these are listed
}

func (PatientList) view() string { return "patients" }

// Prev is the page before, 0 if there is none.
func (l PatientList) Prev() int { return max(l.Page-1, 0) }

// Next is the page after, 0 if there is none.
func (l PatientList) Next() int {
	if l.Page >= l.Pages {
		return 0
	}
	return l.Page + 1
}

// PatientRow is one patient of the list.
type PatientRow struct {
	Person     person.Person
	OwnID      ident.LocalPatientID
	Consent    bool // a consent is in force
	Facilities []Facility
	LatestDate string // YYYYMMDD of the latest document anywhere, empty if none is known
	LinkedAt   time.Time
	ToConfirm  bool // a correction waits to be confirmed; for liaison clerks
}
