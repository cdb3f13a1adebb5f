package jahis

import "log/slog"

// Prescription is a prescription for an outside pharmacy. Values stand as written:
// dates YYYYMMDD or with the era as a digit (3350401 is 昭和35年4月1日), codes of the
// standard's tables. A record that the text has not is nil.
type Prescription struct {
	Version     string              `json:"version"` // of the header: 10 for Ver.1.10
	Institution *Institution        `json:"institution,omitempty"`
	Address     *InstitutionAddress `json:"address,omitempty"`
	Phone       *InstitutionPhone   `json:"phone,omitempty"`
	Department  *Department         `json:"department,omitempty"`
	Doctor      *Prescriber         `json:"doctor,omitempty"`
	Patient     *PatientName        `json:"patient,omitempty"`
	Sex         *Value              `json:"sex,omitempty"`        // 12: 1 male, 2 female
	BirthDate   *Value              `json:"birth_date,omitempty"` // 13; year or month alone are allowed
	Copayment   *Value              `json:"copayment,omitempty"`  // 14 一部負担金区分
	Scheme      *Value              `json:"scheme,omitempty"`     // 21 保険種別
	Insurer     *Value              `json:"insurer,omitempty"`    // 22 保険者番号
	Insured     *Insured            `json:"insured,omitempty"`
	Rates       *Rates              `json:"rates,omitempty"`
	Duty        *Value              `json:"duty,omitempty"` // 25 職務上の事由
	Public1     *PublicExpense      `json:"public_1,omitempty"`
	Public2     *PublicExpense      `json:"public_2,omitempty"`
	Public3     *PublicExpense      `json:"public_3,omitempty"`
	Special     *PublicExpense      `json:"special,omitempty"`
	ReceiptKind *Value              `json:"receipt_kind,omitempty"` // 31 レセプト種別
	Issued      *Value              `json:"issued,omitempty"`       // 51 交付年月日
	Expires     *Value              `json:"expires,omitempty"`      // 52 使用期限
	Narcotic    *Narcotic           `json:"narcotic,omitempty"`
	Leftovers   *Value              `json:"leftovers,omitempty"` // 62: 1 ask before dispensing, 2 inform
	Instalment  *Instalment         `json:"instalment,omitempty"`
	Uses        *Value              `json:"uses,omitempty"` // 64: how often a repeat prescription may be used
	Remarks     []PrescriptionNote  `json:"remarks,omitempty"`
	Number      *PrescriptionNumber `json:"number,omitempty"`
	RPs         []PrescribedRP      `json:"rps,omitempty"`
	Unknown     []string            `json:"unknown,omitempty"`
}

// LogValue keeps the content out of technical logs.
func (Prescription) LogValue() slog.Value { return slog.StringValue("(prescription)") }

// slot is a record that a prescription, or an RP of it, has once.
type slot struct {
	number string
	value  func() layout // nil if the text does not have it
	make   func() layout
}

func one[T any, P interface {
	*T
	layout
}](number string, at **T) slot {
	return slot{
		number: number,
		value: func() layout {
			if *at == nil {
				return nil
			}
			return P(*at)
		},
		make: func() layout {
			*at = new(T)
			return P(*at)
		},
	}
}

// slots are the records that stand once, in the order of the standard. Records 81 are
// printed before the last of them.
func (p *Prescription) slots() []slot {
	return []slot{
		one("1", &p.Institution), one("2", &p.Address), one("3", &p.Phone), one("4", &p.Department), one("5", &p.Doctor),
		one("11", &p.Patient), one("12", &p.Sex), one("13", &p.BirthDate), one("14", &p.Copayment),
		one("21", &p.Scheme), one("22", &p.Insurer), one("23", &p.Insured), one("24", &p.Rates), one("25", &p.Duty),
		one("27", &p.Public1), one("28", &p.Public2), one("29", &p.Public3), one("30", &p.Special), one("31", &p.ReceiptKind),
		one("51", &p.Issued), one("52", &p.Expires), one("61", &p.Narcotic), one("62", &p.Leftovers), one("63", &p.Instalment),
		one("64", &p.Uses), one("82", &p.Number),
	}
}

// Value is a record of one field.
type Value struct {
	Value string `json:"value"`
}

func (v *Value) layout() []*string { return []*string{&v.Value} }

// text gives the value, empty if the record is absent.
func (v *Value) text() string {
	if v == nil {
		return ""
	}
	return v.Value
}

// Institution is who issued the prescription (record 1).
type Institution struct {
	Table      string `json:"table,omitempty"` // 1 medical, 3 dental, 6 visiting; empty: medical
	Code       string `json:"code"`            // 7 digits
	Prefecture string `json:"prefecture"`      // JIS X 0401
	Name       string `json:"name,omitempty"`
}

func (i *Institution) layout() []*string {
	return []*string{&i.Table, &i.Code, &i.Prefecture, &i.Name}
}

// InstitutionAddress is record 2.
type InstitutionAddress struct {
	Postcode string `json:"postcode,omitempty"`
	Address  string `json:"address,omitempty"`
}

func (a *InstitutionAddress) layout() []*string { return []*string{&a.Postcode, &a.Address} }

// InstitutionPhone is record 3.
type InstitutionPhone struct {
	Phone string `json:"phone"`
	Fax   string `json:"fax,omitempty"`
	Other string `json:"other,omitempty"`
}

func (p *InstitutionPhone) layout() []*string { return []*string{&p.Phone, &p.Fax, &p.Other} }

// Department is record 4.
type Department struct {
	CodeKind string `json:"code_kind,omitempty"` // 1 or empty: none, 2 code of the receipt
	Code     string `json:"code,omitempty"`
	Name     string `json:"name,omitempty"`
}

func (d *Department) layout() []*string { return []*string{&d.CodeKind, &d.Code, &d.Name} }

// Prescriber is record 5.
type Prescriber struct {
	Code string `json:"code,omitempty"`
	Kana string `json:"kana,omitempty"`
	Name string `json:"name"`
}

func (p *Prescriber) layout() []*string { return []*string{&p.Code, &p.Kana, &p.Name} }

// PatientName is record 11. Code is the patient's number at the institution.
type PatientName struct {
	Code string `json:"code,omitempty"`
	Name string `json:"name,omitempty"`
	Kana string `json:"kana,omitempty"`
}

func (p *PatientName) layout() []*string { return []*string{&p.Code, &p.Name, &p.Kana} }

// LogValue keeps who the patient is out of technical logs.
func (PatientName) LogValue() slog.Value { return slog.StringValue("(patient)") }

// Insured is record 23.
type Insured struct {
	Symbol   string `json:"symbol,omitempty"`
	Number   string `json:"number,omitempty"`
	Relation string `json:"relation"` // 1 insured, 2 dependant
	Branch   string `json:"branch,omitempty"`
}

func (i *Insured) layout() []*string { return []*string{&i.Symbol, &i.Number, &i.Relation, &i.Branch} }

// Rates is record 24, in per cent.
type Rates struct {
	Patient   string `json:"patient"`
	Insurance string `json:"insurance"`
}

func (r *Rates) layout() []*string { return []*string{&r.Patient, &r.Insurance} }

// PublicExpense is one of records 27 to 30 (公費).
type PublicExpense struct {
	Payer     string `json:"payer"`
	Recipient string `json:"recipient,omitempty"`
}

func (p *PublicExpense) layout() []*string { return []*string{&p.Payer, &p.Recipient} }

// Narcotic is record 61.
type Narcotic struct {
	License string `json:"license,omitempty"`
	Address string `json:"address"`
	Phone   string `json:"phone"`
}

func (n *Narcotic) layout() []*string { return []*string{&n.License, &n.Address, &n.Phone} }

// Instalment is record 63 (分割指示).
type Instalment struct {
	Of   string `json:"of"`
	Turn string `json:"turn"`
}

func (i *Instalment) layout() []*string { return []*string{&i.Of, &i.Turn} }

// PrescriptionNote is record 81 (備考).
type PrescriptionNote struct {
	Serial string `json:"serial"`
	Kind   string `json:"kind,omitempty"` // 1 one-dose package, 2 crushed, 3 instalments
	Text   string `json:"text"`
}

func (n *PrescriptionNote) layout() []*string { return []*string{&n.Serial, &n.Kind, &n.Text} }

// PrescriptionNumber is record 82.
type PrescriptionNumber struct {
	Kind   string `json:"kind"` // 1 exchange number of the electronic prescription
	Number string `json:"number"`
}

func (n *PrescriptionNumber) layout() []*string { return []*string{&n.Kind, &n.Number} }

// PrescribedRP is drugs that are taken together.
type PrescribedRP struct {
	Number  int              `json:"number"`
	Form    *Form            `json:"form,omitempty"`
	Partial *PartialQuantity `json:"partial,omitempty"`
	Usage   *PrescribedUsage `json:"usage,omitempty"`
	Notes   []UsageNote      `json:"notes,omitempty"`
	Drugs   []PrescribedDrug `json:"drugs,omitempty"`
}

func (rp *PrescribedRP) slots() []slot {
	return []slot{one("101", &rp.Form), one("102", &rp.Partial), one("111", &rp.Usage)}
}

// Form is record 101.
type Form struct {
	Kind     string `json:"kind"`           // 1 oral, 2 as needed, 3 external, 4 drops by mouth, 5 injection, 6 material, 9 unknown
	Name     string `json:"name,omitempty"` // of an unknown one
	Quantity string `json:"quantity"`       // days for oral, doses for as needed, else days or times
}

func (f *Form) layout() []*string { return []*string{&f.Kind, &f.Name, &f.Quantity} }

// PartialQuantity is record 102, in the unit of [Form.Quantity].
type PartialQuantity struct {
	Each  string `json:"each"`
	Total string `json:"total"`
}

func (q *PartialQuantity) layout() []*string { return []*string{&q.Each, &q.Total} }

// PrescribedUsage is record 111.
type PrescribedUsage struct {
	CodeKind string `json:"code_kind"` // 1 none, 2 JAMI, 3 electronic prescription service
	Code     string `json:"code,omitempty"`
	Text     string `json:"text"`
	Times    string `json:"times,omitempty"` // a day
}

func (u *PrescribedUsage) layout() []*string {
	return []*string{&u.CodeKind, &u.Code, &u.Text, &u.Times}
}

// UsageNote is record 181.
type UsageNote struct {
	Serial string `json:"serial"`
	Kind   string `json:"kind,omitempty"` // 1 tapering, 2 one-dose package, 3 alternate days, 4 crushed, 5 continued, 6 site, 7 one dose, 8 JAMI supplement, 9 JAMI site
	Text   string `json:"text"`
	Code   string `json:"code,omitempty"` // JAMI supplement
	Site   string `json:"site,omitempty"` // JAMI site
}

func (n *UsageNote) layout() []*string {
	return []*string{&n.Serial, &n.Kind, &n.Text, &n.Code, &n.Site}
}

// PrescribedDrug is record 201. Amount is that of a day for oral drugs, of one dose
// for drugs as needed; of others amount × quantity is the total.
type PrescribedDrug struct {
	Number     int        `json:"number"`             // within the RP
	Category   string     `json:"category,omitempty"` // 1 drug, 2 material, 3 not insured
	CodeKind   string     `json:"code_kind"`          // 1 none, 2 receipt, 3 ministry, 4 YJ, 6 HOT, 7 generic
	Code       string     `json:"code,omitempty"`
	Name       string     `json:"name,omitempty"`
	Amount     string     `json:"amount"`
	Potency    string     `json:"potency,omitempty"` // 1 unit of the price list, 2 of the active ingredient
	Unit       string     `json:"unit"`
	Conversion *Value     `json:"conversion,omitempty"` // 211: factor to the unit of the price list
	Uneven     *Uneven    `json:"uneven,omitempty"`
	Burden     *Burden    `json:"burden,omitempty"`
	Dose       *Dose      `json:"dose,omitempty"`
	Notes      []DrugNote `json:"notes,omitempty"`
}

func (d *PrescribedDrug) layout() []*string {
	return []*string{&d.Category, &d.CodeKind, &d.Code, &d.Name, &d.Amount, &d.Potency, &d.Unit}
}

func (d *PrescribedDrug) slots() []slot {
	return []slot{one("211", &d.Conversion), one("221", &d.Uneven), one("231", &d.Burden), one("241", &d.Dose)}
}

// Uneven is record 221: what is taken each time, and the JAMI codes of it.
type Uneven struct {
	Amounts [5]string `json:"amounts"`
	Codes   [5]string `json:"codes"`
}

func (u *Uneven) layout() []*string {
	a, c := &u.Amounts, &u.Codes
	return []*string{&a[0], &a[1], &a[2], &a[3], &a[4], &c[0], &c[1], &c[2], &c[3], &c[4]}
}

// Burden is record 231: which public expense pays the drug, 1 if it does.
type Burden struct {
	Public1 string `json:"public_1,omitempty"`
	Public2 string `json:"public_2,omitempty"`
	Public3 string `json:"public_3,omitempty"`
	Special string `json:"special,omitempty"`
}

func (b *Burden) layout() []*string {
	return []*string{&b.Public1, &b.Public2, &b.Public3, &b.Special}
}

// Dose is record 241: one dose of an oral drug, which may be a fraction such as 2/3.
type Dose struct {
	Amount string `json:"amount"`
	Times  string `json:"times,omitempty"` // a day
}

func (d *Dose) layout() []*string { return []*string{&d.Amount, &d.Times} }

// DrugNote is record 281.
type DrugNote struct {
	Serial string `json:"serial"`
	Kind   string `json:"kind,omitempty"` // 1 one-dose package, 2 crushed, 3 no generic, 4 no other form, 5 no other strength, 6 neither, 7 JAMI supplement, 8 patient wants the original
	Text   string `json:"text"`
	Code   string `json:"code,omitempty"` // JAMI supplement
}

func (n *DrugNote) layout() []*string { return []*string{&n.Serial, &n.Kind, &n.Text, &n.Code} }
