package jahis

import "log/slog"

// Notebook is an electronic medication notebook or what one visit adds to it. Values
// stand as written: dates YYYYMMDD or in an era (S330303), codes of the standard's
// tables. A Creator is who made a record: 1 medical staff, 2 patient, 8 other, 9 unknown.
type Notebook struct {
	Version     string             `json:"version"`             // of the header: 08 for Ver.2.5 and 2.6
	Direction   string             `json:"direction,omitempty"` // 1 facility to patient, 2 patient to facility
	Patient     *NotebookPatient   `json:"patient,omitempty"`
	Remarks     []Remark           `json:"remarks,omitempty"`
	OTC         []OTC              `json:"otc,omitempty"`
	Memos       []Memo             `json:"memos,omitempty"`
	Dispensings []Dispensing       `json:"dispensings,omitempty"`
	Pharmacists []FamilyPharmacist `json:"pharmacists,omitempty"`
	Split       *Split             `json:"split,omitempty"` // set if parts are missing
	Unknown     []string           `json:"unknown,omitempty"`
}

// Split says which parts of a split text were not given (record 911).
type Split struct {
	ID      string `json:"id"`
	Parts   int    `json:"parts"`
	Missing []int  `json:"missing"` // from 1
}

// NotebookPatient is record 1.
type NotebookPatient struct {
	Name      string `json:"name"`
	Sex       string `json:"sex"` // 1 male, 2 female
	BirthDate string `json:"birth_date"`
	Postcode  string `json:"postcode,omitempty"`
	Address   string `json:"address,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Emergency string `json:"emergency,omitempty"` // whom to call
	BloodType string `json:"blood_type,omitempty"`
	Weight    string `json:"weight,omitempty"` // kg
	Kana      string `json:"kana,omitempty"`
}

func (p *NotebookPatient) layout() []*string {
	return []*string{&p.Name, &p.Sex, &p.BirthDate, &p.Postcode, &p.Address, &p.Phone, &p.Emergency, &p.BloodType, &p.Weight, &p.Kana}
}

// LogValue keeps who the patient is out of technical logs.
func (NotebookPatient) LogValue() slog.Value { return slog.StringValue("(patient)") }

// LogValue keeps the content out of technical logs.
func (Notebook) LogValue() slog.Value { return slog.StringValue("(medication notebook)") }

// The kinds of a [Remark].
const (
	RemarkAllergy    = "1" // アレルギー歴
	RemarkSideEffect = "2" // 副作用歴
	RemarkHistory    = "3" // 既往歴
)

// Remark is what is special about the patient (record 2).
type Remark struct {
	Kind    string `json:"kind"`
	Text    string `json:"text"`
	Creator string `json:"creator,omitempty"`
}

func (r *Remark) layout() []*string { return []*string{&r.Kind, &r.Text, &r.Creator} }

// OTC is a drug that was bought without prescription (record 3).
type OTC struct {
	Name        string       `json:"name"`
	Start       string       `json:"start,omitempty"`
	End         string       `json:"end,omitempty"`
	Creator     string       `json:"creator,omitempty"`
	Number      string       `json:"number,omitempty"` // joins the ingredients
	JAN         string       `json:"jan,omitempty"`    // article number
	Ingredients []Ingredient `json:"ingredients,omitempty"`
}

func (o *OTC) layout() []*string {
	return []*string{&o.Name, &o.Start, &o.End, &o.Creator, &o.Number, &o.JAN}
}

// Ingredient is an ingredient of a drug bought without prescription (record 31).
type Ingredient struct {
	Name     string `json:"name"`
	CodeKind string `json:"code_kind,omitempty"`
	Code     string `json:"code,omitempty"`
	Creator  string `json:"creator,omitempty"`
}

func (i *Ingredient) layout() []*string { return []*string{&i.Name, &i.CodeKind, &i.Code, &i.Creator} }

// Memo is a note on the notebook (record 4).
type Memo struct {
	Text    string `json:"text"`
	Date    string `json:"date,omitempty"`
	Creator string `json:"creator,omitempty"`
}

func (m *Memo) layout() []*string { return []*string{&m.Text, &m.Date, &m.Creator} }

// Dispensing is what was handed out on one day, or what a facility tells without a
// drug (records 5 to 601).
type Dispensing struct {
	Date          DispensingDate `json:"date"`
	Place         *Place         `json:"place,omitempty"`
	Staff         []Dispenser    `json:"staff,omitempty"`
	Hospital      *Hospital      `json:"hospital,omitempty"`
	Prescriptions []Prescribed   `json:"prescriptions,omitempty"`
	Cautions      []Note         `json:"cautions,omitempty"`  // 401 服用注意
	Provided      []Provided     `json:"provided,omitempty"`  // 411 医療機関等提供情報
	Leftovers     []Note         `json:"leftovers,omitempty"` // 421 残薬確認
	Remarks       []Note         `json:"remarks,omitempty"`   // 501 備考
	ByPatient     []PatientNote  `json:"by_patient,omitempty"`
}

// DispensingDate is record 5.
type DispensingDate struct {
	Date    string `json:"date"`
	Creator string `json:"creator,omitempty"`
}

func (d *DispensingDate) layout() []*string { return []*string{&d.Date, &d.Creator} }

// Place is the pharmacy or clinic that dispensed (record 11).
type Place struct {
	Name       string `json:"name"`
	Prefecture string `json:"prefecture,omitempty"` // JIS X 0401
	Table      string `json:"table,omitempty"`      // 1 medical, 3 dental, 4 pharmacy
	Code       string `json:"code,omitempty"`       // 7 digits
	Postcode   string `json:"postcode,omitempty"`
	Address    string `json:"address,omitempty"`
	Phone      string `json:"phone,omitempty"`
	Creator    string `json:"creator,omitempty"`
}

func (p *Place) layout() []*string {
	return []*string{&p.Name, &p.Prefecture, &p.Table, &p.Code, &p.Postcode, &p.Address, &p.Phone, &p.Creator}
}

// Dispenser is the physician or pharmacist who dispensed (record 15).
type Dispenser struct {
	Name    string `json:"name"`
	Contact string `json:"contact,omitempty"`
	Creator string `json:"creator,omitempty"`
}

func (d *Dispenser) layout() []*string { return []*string{&d.Name, &d.Contact, &d.Creator} }

// Hospital is who prescribed (record 51).
type Hospital struct {
	Name       string `json:"name"`
	Prefecture string `json:"prefecture,omitempty"`
	Table      string `json:"table,omitempty"` // 1 medical, 3 dental
	Code       string `json:"code,omitempty"`
	Creator    string `json:"creator,omitempty"`
}

func (h *Hospital) layout() []*string {
	return []*string{&h.Name, &h.Prefecture, &h.Table, &h.Code, &h.Creator}
}

// Prescribed is what one physician prescribed; without record 55 nobody is named.
type Prescribed struct {
	Doctor *Doctor `json:"doctor,omitempty"`
	RPs    []RP    `json:"rps,omitempty"`
}

// Doctor is record 55.
type Doctor struct {
	Name       string `json:"name"`
	Department string `json:"department,omitempty"` // its name
	Creator    string `json:"creator,omitempty"`
}

func (d *Doctor) layout() []*string { return []*string{&d.Name, &d.Department, &d.Creator} }

// RP is drugs that are taken together.
type RP struct {
	Number     int    `json:"number"`
	Drugs      []Drug `json:"drugs,omitempty"`
	Usage      *Usage `json:"usage,omitempty"`
	UsageNotes []Note `json:"usage_notes,omitempty"` // 311 用法補足
	Cautions   []Note `json:"cautions,omitempty"`    // 391 処方服用注意
}

// Drug is record 201. Amount is that of a day for forms 1, 6 and 7, of one dose for
// form 3, and all of it otherwise.
type Drug struct {
	Name            string `json:"name"`
	Amount          string `json:"amount"`
	Unit            string `json:"unit,omitempty"`
	CodeKind        string `json:"code_kind"` // 1 none, 2 receipt, 3 ministry, 4 YJ, 6 HOT
	Code            string `json:"code,omitempty"`
	Creator         string `json:"creator,omitempty"`
	Generic         string `json:"generic,omitempty"` // name of the generic prescription, since Ver.2.5
	GenericCodeKind string `json:"generic_code_kind,omitempty"`
	GenericCode     string `json:"generic_code,omitempty"`
	Notes           []Note `json:"notes,omitempty"`    // 281 薬品補足
	Cautions        []Note `json:"cautions,omitempty"` // 291 薬品服用注意
}

func (d *Drug) layout() []*string {
	return []*string{&d.Name, &d.Amount, &d.Unit, &d.CodeKind, &d.Code, &d.Creator, &d.Generic, &d.GenericCodeKind, &d.GenericCode}
}

// Usage is record 301.
type Usage struct {
	Text     string `json:"text,omitempty"`
	Quantity string `json:"quantity,omitempty"` // days for forms 1, 6 and 7, doses for form 3, else 1
	Unit     string `json:"unit,omitempty"`     // 日分, 回分, 調剤
	Form     string `json:"form,omitempty"`
	CodeKind string `json:"code_kind,omitempty"` // 1 none, 2 JAMI
	Code     string `json:"code,omitempty"`
	Creator  string `json:"creator,omitempty"`
}

func (u *Usage) layout() []*string {
	return []*string{&u.Text, &u.Quantity, &u.Unit, &u.Form, &u.CodeKind, &u.Code, &u.Creator}
}

// Note is a text of which only its creator is known besides.
type Note struct {
	Text    string `json:"text"`
	Creator string `json:"creator,omitempty"`
}

func (n *Note) layout() []*string { return []*string{&n.Text, &n.Creator} }

// Provided is what a facility tells others (record 411).
type Provided struct {
	Text    string `json:"text"`
	Kind    string `json:"kind,omitempty"` // 30 side effect in hospital, 31 for care after discharge, 99 other
	Creator string `json:"creator,omitempty"`
}

func (p *Provided) layout() []*string { return []*string{&p.Text, &p.Kind, &p.Creator} }

// PatientNote is what the patient wrote (record 601).
type PatientNote struct {
	Text string `json:"text"`
	Date string `json:"date,omitempty"`
}

func (p *PatientNote) layout() []*string { return []*string{&p.Text, &p.Date} }

// FamilyPharmacist is the patient's own pharmacist (record 701).
type FamilyPharmacist struct {
	Name     string `json:"name"`
	Pharmacy string `json:"pharmacy,omitempty"`
	Contact  string `json:"contact,omitempty"`
	Start    string `json:"start,omitempty"`
	End      string `json:"end,omitempty"`
	Creator  string `json:"creator,omitempty"`
}

func (f *FamilyPharmacist) layout() []*string {
	return []*string{&f.Name, &f.Pharmacy, &f.Contact, &f.Start, &f.End, &f.Creator}
}
