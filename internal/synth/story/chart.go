package story

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// Hospital numbers the region's disclosing hospitals from 0.
type Hospital int

// The disclosing hospitals.
const (
	General  Hospital = iota // 総合病院: the largest
	Valley                   // the hospital with surgery, orthopaedics and eyes
	Upland                   // the small one high up
	Disclose                 // how many there are
)

// Chart is all that one hospital wrote down of one person.
type Chart struct {
	Hospital  Hospital
	Entries   []Entry       // in the order of their times
	Problems  []ProblemList // versions of the list, oldest first; may be empty
	Allergies []AllergyList // likewise
	Attending []Attending   // likewise: who had charge of the inpatient
	Known     time.Time     // when the person became a patient
}

// Entry is one document.
type Entry struct {
	At         time.Time
	Department master.Department
	Doctor     int     // one of the department's
	Order      int     // from 1, one number for an order and what came of it; 0: no order
	Says       Content // current
	Said       Content // at first, if it was corrected
	Cancelled  bool
}

// Content is what an entry says: one of the types below.
type Content interface{ content() }

// Location is a bed.
type Location struct{ Ward, Room, Bed string }

// Reception is an outpatient's visit (外来受付).
type Reception struct{}

// Admission is the begin of a stay (入院).
type Admission struct{ Where Location }

// Transfer is a change of ward (転棟).
type Transfer struct {
	From, To Location
	Admitted time.Time
}

// Discharge is the end of a stay (退院).
type Discharge struct {
	Where    Location
	Admitted time.Time
	Outcome  string // 01 cured … as the hospitals code it
}

// Category is for whom a prescription is (処方区分).
type Category string

// Categories of prescriptions.
const (
	Outpatient Category = "outpatient" // dispensed by a pharmacy outside
	Inpatient  Category = "inpatient"
	AtLeaving  Category = "discharge"
	BroughtIn  Category = "brought-in" // 持参薬: what the patient took when admitted
)

// Line is one drug of a prescription.
type Line struct {
	Drug  master.Drug
	Usage master.Usage
	RP    int     // drugs of one RP are taken together
	Dose  float64 // one dose in units of the drug; 0: not stated, as of ointments
	Days  int     // 0 for as-needed drugs and what is not counted in days
	Times int     // doses of an as-needed drug
	Total float64 // to dispense
	Note  string
}

// Prescription is an order of drugs (処方).
type Prescription struct {
	Category Category
	Start    Day
	Lines    []Line
}

// Dispensing is a prescription as dispensed in the hospital (処方実施).
type Dispensing struct{ Prescription }

// Dose is one drug of an injection.
type Dose struct {
	Drug   master.Drug
	Amount float64
}

// Infusion is what is injected together (注射).
type Infusion struct {
	Doses  []Dose
	Volume float64 // mL; 0: none
	Rate   float64 // mL/h; 0: at once
}

// Injection is an order of an infusion or its performance.
type Injection struct {
	Infusion
	From, To  time.Time
	Performed bool
	Nurse     int
	Inpatient bool
	Where     Location
}

// Result is one measured value.
type Result struct {
	Test  master.Test
	Value float64 // of qualitative tests the index of the grade
}

// LabOrder is an order of tests (検体検査オーダ).
type LabOrder struct {
	Tests     []master.Test
	Inpatient bool
}

// LabReport is their results (検体検査結果).
type LabReport struct {
	Collected   time.Time
	Results     []Result
	Preliminary bool // more will follow
	Inpatient   bool
}

// ProblemList is the whole list of diseases at a time (病名).
type ProblemList struct {
	At       time.Time
	By       master.Department
	Problems []Problem
}

// Problem is one disease of the list.
type Problem struct {
	Disease        master.Disease
	Prefix, Suffix []master.Code
	From, To       Day // To is 0 while it goes on
	Outcome        master.Code
	Main           bool
	Suspected      bool
	Department     master.Department // who diagnosed it
}

// AllergyList is the whole word of a hospital on allergies. Without entries it says
// that there are none.
type AllergyList struct {
	At      time.Time
	Entries []Allergy
}

// Allergy is one of them.
type Allergy struct {
	Allergen master.Allergen
	Severity master.Code
	Reaction string
	Since    Day
}

func (Reception) content()    {}
func (Admission) content()    {}
func (Transfer) content()     {}
func (Discharge) content()    {}
func (Prescription) content() {}
func (Dispensing) content()   {}
func (Injection) content()    {}
func (LabOrder) content()     {}
func (LabReport) content()    {}
