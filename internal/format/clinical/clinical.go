// Package clinical holds what one document of a hospital says, whatever format
// wrote it: the values that gateways read out of SS-MIX2 (標準化ストレージ) and HL7
// v2.5, send over the link and that the portal shows.
//
// Values stand as the source wrote them: a number stays text with its comparator,
// a time keeps its precision and its zone ([Time.InJapan] is how it is shown), a code
// keeps its system and the text beside it. Nothing here is computed from anything else.
// The JSON form is the one of the link and of `mizuhiki inspect`; fields are only ever
// added.
package clinical

import (
	"cmp"
	"log/slog"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Kind is the kind of content that a hospital releases or withholds (公開項目).
type Kind string

const (
	KindEncounter     Kind = "encounter"      // 受診・入退院: ADT-01, ADT-12, ADT-21…52
	KindPrescription  Kind = "prescription"   // 処方: OMP-01
	KindDispensing    Kind = "dispensing"     // 調剤・処方実施: OMP-11, JAHIS medication notebook
	KindInjection     Kind = "injection"      // 注射: OMP-02, OMP-12
	KindLab           Kind = "lab"            // 検体検査: OML-01, OML-11
	KindVital         Kind = "vital"          // バイタルサイン: ORU^R30
	KindImaging       Kind = "imaging"        // 放射線検査: OMG-01, OMG-11
	KindEndoscopy     Kind = "endoscopy"      // 内視鏡検査: OMG-02, OMG-12
	KindPhysiology    Kind = "physiology"     // 生理検査: OMG-03, OMG-13
	KindDiet          Kind = "diet"           // 食事: OMD
	KindCondition     Kind = "condition"      // 傷病名: PPR-01
	KindAllergy       Kind = "allergy"        // アレルギー: ADT-61, AL1 of ADT-00
	KindPhysicianNote Kind = "physician_note" // 医師記録: progress notes
	KindNursingNote   Kind = "nursing_note"   // 看護記録
	KindSummary       Kind = "summary"        // サマリー: discharge and nursing summaries
	KindReferral      Kind = "referral"       // 診療情報提供書
	KindReport        Kind = "report"         // 検査レポート: imaging, pathology, ECG reports
	KindCheckup       Kind = "checkup"        // 健診結果
	KindDocument      Kind = "document"       // その他の文書
)

// Kinds lists all kinds in the order in which people see them.
func Kinds() []Kind {
	return []Kind{
		KindEncounter, KindPrescription, KindDispensing, KindInjection, KindLab, KindVital,
		KindImaging, KindEndoscopy, KindPhysiology, KindDiet, KindCondition, KindAllergy,
		KindPhysicianNote, KindNursingNote, KindSummary, KindReferral, KindReport, KindCheckup, KindDocument,
	}
}

// Coded is a coded entry (CWE): the standard code where there is one, the local
// one beside it, and the text that came with them.
type Coded struct {
	Code        string `json:"code,omitempty"`
	Text        string `json:"text,omitempty"`
	System      string `json:"system,omitempty"` // HL7 id of the code system, as written: HOT9, JC10, MDCDX2 …
	LocalCode   string `json:"local_code,omitempty"`
	LocalText   string `json:"local_text,omitempty"`
	LocalSystem string `json:"local_system,omitempty"` // 99xxx: has meaning inside the facility only
}

// Label is the text to show: the standard's, else the local one, else the code; empty
// for nil.
func (c *Coded) Label() string {
	if c == nil {
		return ""
	}
	return cmp.Or(c.Text, c.LocalText, c.Code, c.LocalCode)
}

// IsEmpty reports that the entry says nothing, as a nil one does.
func (c *Coded) IsEmpty() bool { return c == nil || *c == Coded{} }

// Value gives what c points to; for nil an entry that says nothing.
func (c *Coded) Value() Coded {
	if c == nil {
		return Coded{}
	}
	return *c
}

// Time is a clinical time: as the source wrote it, with the precision it has. HL7
// TS without zone is Japan Standard Time; hours 24–47 mean the next day and stay.
type Time string

// InJapan gives the time as it is shown and compared: one that was written with a zone as
// Japan's, without it, in the precision that it has.
func (t Time) InJapan() Time {
	if !strings.ContainsAny(string(t), "+-") {
		return t
	}
	read, err := hl7v2.ParseTime(string(t))
	if err != nil {
		return t
	}
	return Time(read.InJapan().Raw)
}

// Staff is a member of the hospital's staff as the document names them.
type Staff struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// NoOrder is the order number of what belongs to no order.
const NoOrder = "999999999999999"

// Document is one current file of a storage with its meaning. Exactly one of the
// pointer and slice fields from Demographics to Diets, or Text, is set, by Kind;
// Demographics comes with no Kind (ADT-00 is not released content but serves matching), and its
// allergies stand in Allergies.
type Document struct {
	Kind        Kind                 `json:"kind,omitempty"`
	PatientID   ident.LocalPatientID `json:"patient_id"`
	DataType    string               `json:"data_type"`              // SS-MIX2 data type, e.g. OMP-01
	Date        string               `json:"date,omitempty"`         // care date YYYYMMDD, empty for undated types
	OrderNo     string               `json:"order_no,omitempty"`     // verbatim, padding kept
	Timestamp   string               `json:"timestamp,omitempty"`    // time of sending YYYYMMDDHHMMSSFFF, from the file name
	Department  string               `json:"department,omitempty"`   // SS-MIX2 department code (user table 0069)
	MessageType string               `json:"message_type,omitempty"` // MSH-9, e.g. RDE^O11^RDE_O11
	Requester   *Staff               `json:"requester,omitempty"`

	// Who carried it out and where, and where the requester works, if that is not the
	// facility whose document it is: the pharmacist and pharmacy of a medication notebook.
	Performer          *Staff `json:"performer,omitempty"`
	Facility           string `json:"facility,omitempty"`
	RequestingFacility string `json:"requesting_facility,omitempty"`

	Demographics *Demographics `json:"demographics,omitempty"`
	Encounter    *Encounter    `json:"encounter,omitempty"`
	Medications  []Medication  `json:"medications,omitempty"` // prescription and dispensing
	Injections   []Injection   `json:"injections,omitempty"`
	LabResults   []LabResult   `json:"lab_results,omitempty"`
	Conditions   []Condition   `json:"conditions,omitempty"`
	Allergies    *AllergyList  `json:"allergies,omitempty"`
	Vitals       []LabResult   `json:"vitals,omitempty"` // measurements at the bedside, read as results are
	Examinations []Examination `json:"examinations,omitempty"`
	Diets        []Diet        `json:"diets,omitempty"`
	// Observations are what was measured of the patient and sent along with any of
	// these: height, weight, blood group (OBX of ADT-00 and of orders).
	Observations []LabResult `json:"observations,omitempty"`
	// StatedAllergies stand in a document of another kind (AL1 of an order or an
	// admission), as its sender took them along. They are no list: what they do not name
	// may be in the facility's all the same, and a denial among them is an entry like any
	// other, never 「なし」確認済. Who may not see allergies may not see them.
	StatedAllergies []Allergy `json:"stated_allergies,omitempty"`
	// Trials are the clinical trials (治験) that drugs or tests are part of (CTI-1).
	Trials   []string `json:"trials,omitempty"`
	Comments []string `json:"comments,omitempty"` // on the whole document (NTE before the first entry)
	Text     *Text    `json:"text,omitempty"`     // of an extended storage

	Warnings []string `json:"warnings,omitempty"` // what was read tolerantly, located, without values
	// Remarks are those of the warnings that hospital IT can mend. They do not leave the hospital.
	Remarks Remarks `json:"-"`
}

// LogValue keeps the content of documents out of technical logs.
func (d Document) LogValue() slog.Value {
	return slog.GroupValue(slog.String("data_type", d.DataType), slog.String("kind", string(d.Kind)))
}

// Sex is the administrative sex of HL7 table 0001.
type Sex string

const (
	Male       Sex = "M"
	Female     Sex = "F"
	OtherSex   Sex = "O"
	UnknownSex Sex = "U"
)

// Demographics is who the patient is to the facility (PID).
type Demographics struct {
	Name      string `json:"name"`           // 姓 名 with one ideographic or ASCII space folded to one ASCII space
	Kana      string `json:"kana,omitempty"` // セイ メイ, full-width
	BirthDate string `json:"birth_date"`     // YYYY-MM-DD
	Sex       Sex    `json:"sex"`
	Postcode  string `json:"postcode,omitempty"`
	Address   string `json:"address,omitempty"`
	Phone     string `json:"phone,omitempty"`
}

// LogValue keeps who the patient is out of technical logs.
func (Demographics) LogValue() slog.Value { return slog.StringValue("(demographics)") }

// EncounterEvent is what happened at the facility.
type EncounterEvent string

const (
	EventReception EncounterEvent = "reception" // 外来受付 ADT-12
	EventAdmission EncounterEvent = "admission" // 入院 ADT-22
	EventDischarge EncounterEvent = "discharge" // 退院 ADT-52
	EventTransfer  EncounterEvent = "transfer"  // 転科・転棟 ADT-42
	EventLeave     EncounterEvent = "leave"     // 外出泊 ADT-31
	EventReturn    EncounterEvent = "return"    // 帰院 ADT-32
	EventPlanned   EncounterEvent = "planned"   // 入院・転棟・退院予定 ADT-21, -41, -51
	EventAttending EncounterEvent = "attending" // 担当医変更 ADT-01
)

// Encounter is an outpatient reception, an admission, a transfer or a discharge.
type Encounter struct {
	Event       EncounterEvent `json:"event"`
	Class       string         `json:"class,omitempty"` // PV1-2: O outpatient, I inpatient
	Ward        string         `json:"ward,omitempty"`
	Room        string         `json:"room,omitempty"`
	Bed         string         `json:"bed,omitempty"`
	Department  string         `json:"department,omitempty"` // code, PV1-10
	Attending   *Staff         `json:"attending,omitempty"`  // PV1-7
	Start       Time           `json:"start,omitempty"`      // PV1-44 or PV2-8
	End         Time           `json:"end,omitempty"`        // PV1-45 or PV2-9
	Disposition string         `json:"disposition,omitempty"`
	PriorWard   string         `json:"prior_ward,omitempty"` // PV1-6, of a transfer, done or planned
	PriorRoom   string         `json:"prior_room,omitempty"`
	PriorBed    string         `json:"prior_bed,omitempty"`
	Admitting   *Staff         `json:"admitting,omitempty"` // PV1-17
	Urgency     Coded          `json:"urgency,omitzero"`    // PV1-4, HL7 table 0007: E emergency, R routine …
	// Reason is why the patient came (PV2-3), Diagnoses are those that came along (DG1).
	// Who may not see diseases may not see them.
	Reason    Coded   `json:"reason,omitzero"`
	Diagnoses []Coded `json:"diagnoses,omitempty"`
}

// OrderStatus is what has become of an order (ORC-1 and ORC-5); empty: it stands.
type OrderStatus string

const (
	OrderCancelled    OrderStatus = "cancelled"    // 取消: as if it had never been
	OrderDiscontinued OrderStatus = "discontinued" // 中止
	OrderHeld         OrderStatus = "held"         // 保留
	OrderReplaced     OrderStatus = "replaced"     // 差替え: another one took its place
	OrderRefused      OrderStatus = "refused"      // 受付不可, by whom it was sent to
)

// Medication is one drug of a prescription or of what was dispensed (RXE, RXA).
type Medication struct {
	RP           string  `json:"rp,omitempty"` // RP number, groups drugs taken together
	Drug         Coded   `json:"drug"`
	Dose         string  `json:"dose,omitempty"` // one dose; empty where the source says "not applicable"
	DoseUnit     Coded   `json:"dose_unit,omitzero"`
	DailyDose    string  `json:"daily_dose,omitempty"`
	DailyUnit    Coded   `json:"daily_unit,omitzero"`
	Total        string  `json:"total,omitempty"` // total amount to dispense
	TotalUnit    Coded   `json:"total_unit,omitzero"`
	Form         Coded   `json:"form,omitzero"`
	Usage        []Coded `json:"usage,omitempty"` // JAMISDP01 codes with their words
	Days         int     `json:"days,omitempty"`  // TQ1-6 in days; 0: not stated
	Times        int     `json:"times,omitempty"` // number of doses for as-needed drugs; 0: not stated
	AsNeeded     bool    `json:"as_needed,omitempty"`
	Start        Time    `json:"start,omitempty"`
	End          Time    `json:"end,omitempty"`
	Route        Coded   `json:"route,omitzero"`
	Categories   []Coded `json:"categories,omitempty"` // MR9P: in-house, outside pharmacy, inpatient, discharge …
	Instructions []Coded `json:"instructions,omitempty"`
	Status       string  `json:"status,omitempty"` // RXA-20 for what was performed

	DoseMax      string      `json:"dose_max,omitempty"` // one dose at most, where Dose is the least (RXE-4)
	DosePer      string      `json:"dose_per,omitempty"` // the time for which Dose counts, as written (RXE-22): D1
	Duration     string      `json:"duration,omitempty"` // TQ1-6 as written where Days cannot say it
	DurationUnit Coded       `json:"duration_unit,omitzero"`
	Strength     string      `json:"strength,omitempty"` // RXE-25
	StrengthUnit Coded       `json:"strength_unit,omitzero"`
	Refills      string      `json:"refills,omitempty"`     // how often it may be dispensed again (RXE-12)
	OtherCodes   []Coded     `json:"other_codes,omitempty"` // the same drug in further systems (RXE-31)
	Site         Coded       `json:"site,omitzero"`         // where it is applied (RXR-2)
	Method       Coded       `json:"method,omitzero"`       // how it is applied (RXR-4)
	Components   []Component `json:"components,omitempty"`  // of a compounded drug (RXC); Drug then names the whole
	Device       Coded       `json:"device,omitzero"`       // what it is applied with (RXR-3)
	Priority     Coded       `json:"priority,omitzero"`     // how urgent it is (TQ1-9): S stat, R routine …
	Lot          string      `json:"lot,omitempty"`         // of what was handed out (RXA-15)
	OrderStatus  OrderStatus `json:"order_status,omitempty"`
	Stopped      Time        `json:"stopped,omitempty"` // from when on a discontinued order no longer held (ORC-15, ORC-9); empty: not known
}

// Injection is one injection order or its performance with its components.
type Injection struct {
	RP           string      `json:"rp,omitempty"`
	Name         Coded       `json:"name,omitzero"` // order kind, e.g. 一般
	Performed    bool        `json:"performed,omitempty"`
	Components   []Component `json:"components,omitempty"`
	Volume       string      `json:"volume,omitempty"`
	VolumeUnit   Coded       `json:"volume_unit,omitzero"`
	Rate         string      `json:"rate,omitempty"`
	RateUnit     Coded       `json:"rate_unit,omitzero"`
	Route        Coded       `json:"route,omitzero"`
	Site         Coded       `json:"site,omitzero"`
	Device       Coded       `json:"device,omitzero"`
	Start        Time        `json:"start,omitempty"`
	End          Time        `json:"end,omitempty"`
	By           *Staff      `json:"by,omitempty"`
	Status       string      `json:"status,omitempty"`
	RatePer      string      `json:"rate_per,omitempty"` // the time for which Rate counts where its unit does not say (RXE-22): H1
	Method       Coded       `json:"method,omitzero"`    // RXR-4: drip, bolus …
	Usage        []Coded     `json:"usage,omitempty"`    // JAMISDP01 codes with their words (TQ1-3)
	Days         int         `json:"days,omitempty"`     // TQ1-6 in days; 0: not stated
	Times        int         `json:"times,omitempty"`    // how often in all (TQ1-14); 0: not stated
	Duration     string      `json:"duration,omitempty"` // TQ1-6 as written where Days cannot say it
	DurationUnit Coded       `json:"duration_unit,omitzero"`
	AsNeeded     bool        `json:"as_needed,omitempty"`
	Categories   []Coded     `json:"categories,omitempty"` // RXE-21
	Comments     []string    `json:"comments,omitempty"`   // instructions and notes: RXE-7, TQ1-11, NTE, RXA-9
	Priority     Coded       `json:"priority,omitzero"`    // how urgent it is (TQ1-9): S stat, R routine …
	DailyDose    string      `json:"daily_dose,omitempty"` // RXE-19
	DailyUnit    Coded       `json:"daily_unit,omitzero"`
	Total        string      `json:"total,omitempty"` // what is handed out for all of it (RXE-10)
	TotalUnit    Coded       `json:"total_unit,omitzero"`
	OrderStatus  OrderStatus `json:"order_status,omitempty"`
	Stopped      Time        `json:"stopped,omitempty"` // as of [Medication]
}

// Component is one drug in an injection (RXC, RXA).
type Component struct {
	Additive bool   `json:"additive,omitempty"`
	Drug     Coded  `json:"drug"`
	Amount   string `json:"amount,omitempty"`
	Unit     Coded  `json:"unit,omitzero"`

	Strength     string `json:"strength,omitempty"` // RXC-5, RXA-13
	StrengthUnit Coded  `json:"strength_unit,omitzero"`
	Lot          string `json:"lot,omitempty"` // of what was given (RXA-15)
}

// LabResult is one result or, when Ordered, one ordered test (OBX). What results have in
// common, of one message or of many, they share by pointer, and what few have is nil in the
// others: a message has dozens of results and a record thousands. Nil says nothing; what is
// pointed to says something and must not be changed.
type LabResult struct {
	Test      *Coded `json:"test"` // nil only from a source that names none
	Panel     *Coded `json:"panel,omitempty"`
	Specimen  *Coded `json:"specimen,omitempty"`
	Collected Time   `json:"collected,omitempty"` // OBX-14, else SPM-17, else OBR-7
	ValueType string `json:"value_type,omitempty"`
	Value     string `json:"value,omitempty"`       // as written, comparator included: <0.05
	Coded     *Coded `json:"coded_value,omitempty"` // for CWE results
	Unit      *Coded `json:"unit,omitempty"`
	Range     string `json:"range,omitempty"` // reference range as written: 6.7-8.3
	Flag      string `json:"flag,omitempty"`  // OBX-8: H L HH LL N A S I R
	Status    string `json:"status,omitempty"`
	Ordered   bool   `json:"ordered,omitempty"`

	SpecimenSite *Coded `json:"specimen_site,omitempty"` // SPM-8
	SubID        string `json:"sub_id,omitempty"`        // OBX-4: rows of a panel with the same one belong together
	// Organism is set on every row of a culture that is about one organism: the row
	// that names it, its quantity, and each drug it was tested against, where
	// Susceptibility is set as well and Flag is S, I or R. Strain tells two organisms
	// of one name apart. [Cultures] groups by these.
	Organism       *Coded `json:"organism,omitempty"`
	Strain         string `json:"strain,omitempty"`
	Susceptibility bool   `json:"susceptibility,omitempty"`
	// Comments are notes on this result; PanelComments those on the panel, repeated
	// on each of its results.
	Comments      []string `json:"comments,omitempty"`
	PanelComments []string `json:"panel_comments,omitempty"`
	// Circumstances are those of the panel and its specimen; nil: nothing is said of them.
	Circumstances *Circumstances `json:"circumstances,omitempty"`
}

// Circumstances are what a laboratory was told of a panel, and found of its specimen,
// that bears on how its results are read.
type Circumstances struct {
	Priority Coded   `json:"priority,omitzero"`            // TQ1-9: S stat, R routine …
	Due      Time    `json:"due,omitempty"`                // when it is to be done (TQ1-7)
	Purpose  string  `json:"purpose,omitempty"`            // relevant clinical information (OBR-13): before dialysis …
	Danger   Coded   `json:"danger,omitzero"`              // what staff must beware of (OBR-12)
	State    []Coded `json:"specimen_condition,omitempty"` // HL7 table 0493 (SPM-24): HEM haemolysed …
	Rejected []Coded `json:"specimen_rejected,omitempty"`  // why the specimen was refused (SPM-21)

	OrderStatus OrderStatus `json:"order_status,omitempty"`
}

// Condition is one disease of the patient's list (PRB with ZPR).
type Condition struct {
	Disease   Coded   `json:"disease"`
	ICD10     string  `json:"icd10,omitempty"` // without dot, as written
	Prefixes  []Coded `json:"prefixes,omitempty"`
	Suffixes  []Coded `json:"suffixes,omitempty"`
	Start     Time    `json:"start,omitempty"` // PRB-16 onset, else PRB-7
	End       Time    `json:"end,omitempty"`
	Outcome   Coded   `json:"outcome,omitzero"`
	Main      bool    `json:"main,omitempty"`
	Suspected bool    `json:"suspected,omitempty"`
	// Department is the code of who diagnosed it (ORC-17 behind the PRB); a list has
	// the diseases of all departments, whichever wrote it.
	Department string   `json:"department,omitempty"`
	Comments   []string `json:"comments,omitempty"` // ZPR-7, NTE

	Certainty Coded `json:"certainty,omitzero"` // PRB-19
	Prognosis Coded `json:"prognosis,omitzero"` // PRB-22
	// Awareness is whether the patient knows of the disease (告知, PRB-21),
	// FamilyAwareness whether the family does (PRB-24). Whoever reads a disease to a
	// patient who was not told of it has told it.
	Awareness       Coded  `json:"awareness,omitzero"`
	FamilyAwareness string `json:"family_awareness,omitempty"`
	Sensitivity     Coded  `json:"sensitivity,omitzero"` // PRB-25
}
