package jahis

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// The data types of documents that come from these texts, which have none of SS-MIX2.
const (
	NotebookType     = "JAHISTC"
	PrescriptionType = "JAHIS"
)

// Documents gives the clinical meaning: first who the patient is, then what was
// prescribed or dispensed, a document for each physician and day, then the notes.
// A notebook names no local patient; a prescription may, with the patient's number at
// the institution that issued it. What a date or number does not say is left out with
// a warning on its document.
func (t Text) Documents() []clinical.Document {
	switch {
	case t.Notebook != nil:
		return t.Notebook.documents()
	case t.Prescription != nil:
		return t.Prescription.documents()
	}
	return nil
}

// maker makes one document.
type maker struct{ doc clinical.Document }

func (m *maker) warn(text string) { m.doc.Warnings = append(m.doc.Warnings, text) }

// day gives a date YYYYMMDD of one in either calendar, empty if it is none.
func (m *maker) day(written, what string) string {
	if written == "" {
		return ""
	}
	d, err := date(written)
	if err != nil {
		m.warn(what + " is no date, left out")
		return ""
	}
	return d.Compact()
}

// date reads YYYYMMDD, an era letter with YYMMDD (notebook), or its digit (prescription).
func date(written string) (wareki.Date, error) {
	if len(written) == 7 && written[0] >= '1' && written[0] <= '5' && isNumber(written) {
		written = string("MTSHR"[written[0]-'1']) + written[1:]
	}
	return wareki.ParseDate(written)
}

func (m *maker) demographics(name, kanaName, sex, birth string) *clinical.Demographics {
	d := &clinical.Demographics{
		Name: spaced(name), Kana: kana.ToKatakana(kanaName), Sex: clinical.UnknownSex,
	}
	switch sex {
	case "1":
		d.Sex = clinical.Male
	case "2":
		d.Sex = clinical.Female
	default:
		m.warn("sex is neither 1 nor 2")
	}
	if b, err := date(birth); err == nil {
		d.BirthDate = b.String()
	} else {
		m.warn("date of birth is no full date, left out")
	}
	return d
}

// spaced folds spaces of any width into one ASCII space.
func spaced(s string) string { return strings.Join(strings.Fields(s), " ") }

// number reads a count of days or doses, 0 if there is none.
func (m *maker) number(written, what string) int {
	if written == "" {
		return 0
	}
	n, err := strconv.Atoi(norm.NFKC.String(written))
	if err != nil || n < 0 || n > 9999 {
		m.warn(what + " is no whole number, left out")
		return 0
	}
	return n
}

func (n *Notebook) documents() []clinical.Document {
	var out []clinical.Document
	if p := n.Patient; p != nil {
		m := &maker{doc: clinical.Document{DataType: NotebookType}}
		d := m.demographics(p.Name, p.Kana, p.Sex, p.BirthDate)
		d.Postcode, d.Address, d.Phone = p.Postcode, p.Address, p.Phone
		m.doc.Demographics = d
		out = append(out, m.doc)
	}
	for i := range n.Dispensings {
		out = append(out, n.Dispensings[i].documents()...)
	}
	if len(n.OTC) > 0 {
		out = append(out, n.otc())
	}
	if list := n.allergies(); list != nil {
		out = append(out, clinical.Document{Kind: clinical.KindAllergy, DataType: NotebookType, Allergies: list})
	}
	if notes := n.notes(); len(notes) > 0 {
		out = append(out, clinical.Document{
			Kind: clinical.KindDocument, DataType: NotebookType, Text: &clinical.Text{Title: "お薬手帳", Sections: notes},
		})
	}
	return out
}

// department says the requester's department by its name, which is no code.
func (m *maker) department(name string) {
	if name != "" {
		m.doc.Comments = append(m.doc.Comments, "診療科 "+name)
	}
}

// documents gives a document for each physician whose drugs were dispensed, and one
// for what was said besides.
func (d *Dispensing) documents() []clinical.Document {
	var out []clinical.Document
	head := func(kind clinical.Kind) *maker {
		m := &maker{doc: clinical.Document{Kind: kind, DataType: NotebookType}}
		m.doc.Date = m.day(d.Date.Date, "date of dispensing")
		if d.Place != nil {
			m.doc.Facility = d.Place.Name
		}
		if len(d.Staff) > 0 {
			m.doc.Performer = &clinical.Staff{Name: spaced(d.Staff[0].Name)}
		}
		return m
	}
	for _, p := range d.Prescriptions {
		if len(p.RPs) == 0 {
			continue
		}
		m := head(clinical.KindDispensing)
		if p.Doctor != nil {
			m.doc.Requester = &clinical.Staff{Name: spaced(p.Doctor.Name)}
			m.department(p.Doctor.Department)
		}
		if d.Hospital != nil {
			m.doc.RequestingFacility = d.Hospital.Name
		}
		for _, rp := range p.RPs {
			for _, drug := range rp.Drugs {
				m.doc.Medications = append(m.doc.Medications, m.dispensed(rp, drug))
			}
		}
		out = append(out, m.doc)
	}
	if notes := d.notes(); len(notes) > 0 {
		m := head(clinical.KindDocument)
		m.doc.Text = &clinical.Text{Title: "お薬手帳", Sections: notes}
		out = append(out, m.doc)
	}
	return out
}

// dispensed gives one drug; what amount and quantity mean is the form's to say.
func (m *maker) dispensed(rp RP, d Drug) clinical.Medication {
	out := clinical.Medication{RP: strconv.Itoa(rp.Number), Drug: drugCode(d.Name, d.CodeKind, d.Code)}
	unit := clinical.Coded{Text: d.Unit}
	usage := rp.Usage
	if usage == nil {
		usage = &Usage{}
		m.warn("RP without usage")
	} else {
		out.Form = form(notebookForms, SystemFormTC, usage.Form, "")
		if u := usageCode(usage.Text, usage.CodeKind, usage.Code); u != (clinical.Coded{}) {
			out.Usage = []clinical.Coded{u}
		}
	}
	switch {
	case slices.Contains(daily, usage.Form) && counts(usage.Unit, "回"), usage.Form == "3" && counts(usage.Unit, "日"):
		m.warn("quantity of an RP is in a unit that its form does not have")
		out.AsNeeded = usage.Form == "3"
		out.Instructions = append(out.Instructions, clinical.Coded{Text: "用量 " + d.Amount + d.Unit + "、数量 " + usage.Quantity + usage.Unit + "（1日量・1回量の別は不明）"})
	case slices.Contains(daily, usage.Form):
		out.DailyDose, out.DailyUnit, out.Days = d.Amount, unit, m.number(usage.Quantity, "number of days")
	case usage.Form == "3":
		out.Dose, out.DoseUnit, out.Times, out.AsNeeded = d.Amount, unit, m.number(usage.Quantity, "number of doses"), true
	case slices.Contains(totals, usage.Form):
		m.total(&out, d.Amount, unit, usage.Quantity)
	default: // of a day, of one dose, or all of it: nobody knows
		m.untold(&out, d.Amount+d.Unit, usage.Quantity+usage.Unit)
	}
	if d.Generic != "" || d.GenericCode != "" {
		generic := clinical.Coded{Text: d.Generic}
		if d.GenericCode != "" && d.GenericCodeKind == "2" {
			generic.Code, generic.System = d.GenericCode, SystemGeneric
		}
		out.OtherCodes = append(out.OtherCodes, generic)
	}
	for _, notes := range [][]Note{d.Notes, d.Cautions, rp.UsageNotes, rp.Cautions} {
		for _, n := range notes {
			out.Instructions = append(out.Instructions, clinical.Coded{Text: n.Text})
		}
	}
	return out
}

// daily are the forms of record 301 whose amounts are of a day and whose quantity is days,
// totals those whose amounts are all that is handed out.
var (
	daily  = []string{"1", "6", "7"}
	totals = []string{"2", "4", "5", "9", "10"}
)

// counts reports whether a unit counts doses (回, 回分) or days (日, 日分).
func counts(unit, what string) bool { return unit == what || unit == what+"分" }

// untold says an amount of which the form does not tell what it is.
func (m *maker) untold(out *clinical.Medication, amount, quantity string) {
	m.warn("form of an RP is not known: whether amounts are of a day, of a dose, or all")
	said := "用量 " + amount
	if quantity != "" {
		said += "、数量 " + quantity
	}
	out.Instructions = append(out.Instructions, clinical.Coded{Text: said + "（1日量・1回量・全量の別は不明）"})
}

// total sets the amount of a drug that is not counted in days or doses. A quantity
// other than 1 multiplies it in a way that the text does not tell (days or times), so
// that no single figure may stand for a dose.
func (m *maker) total(out *clinical.Medication, amount string, unit clinical.Coded, quantity string) {
	if n := m.number(quantity, "quantity"); n == 1 || quantity == "" {
		out.Total, out.TotalUnit = amount, unit
		return
	}
	out.Instructions = append(out.Instructions, clinical.Coded{Text: "用量 " + amount + unit.Text + " × 調剤数量 " + quantity})
}

func (n *Notebook) otc() clinical.Document {
	m := &maker{doc: clinical.Document{Kind: clinical.KindDispensing, DataType: NotebookType}}
	for _, o := range n.OTC {
		drug := clinical.Coded{Text: o.Name, Code: o.JAN}
		if o.JAN != "" {
			drug.System = SystemJAN
		}
		med := clinical.Medication{
			Drug:  drug,
			Start: clinical.Time(m.day(o.Start, "begin of an over-the-counter drug")), End: clinical.Time(m.day(o.End, "end of an over-the-counter drug")),
			Categories: []clinical.Coded{{Text: "要指導医薬品・一般用医薬品"}},
		}
		for _, i := range o.Ingredients {
			med.Components = append(med.Components, clinical.Component{Drug: clinical.Coded{Text: i.Name}})
		}
		m.doc.Medications = append(m.doc.Medications, med)
	}
	return m.doc
}

// allergies gives the list of records 2 about allergies and side effects, nil if none
// speaks of them. A denial is a statement only where it stands alone.
func (n *Notebook) allergies() *clinical.AllergyList {
	list := &clinical.AllergyList{}
	denied, spoken := false, false
	for _, r := range n.Remarks {
		kind := ""
		switch r.Kind {
		case RemarkAllergy:
			kind = "アレルギー歴"
			denied = denied || denies(r.Text)
		case RemarkSideEffect:
			kind = "副作用歴"
		default:
			continue
		}
		spoken = true
		if !denies(r.Text) {
			list.Entries = append(list.Entries, clinical.Allergy{Type: clinical.Coded{Text: kind}, Allergen: clinical.Coded{Text: r.Text}})
		}
	}
	if !spoken || !denied && len(list.Entries) == 0 {
		return nil
	}
	list.None = denied && len(list.Entries) == 0
	return list
}

// denies reports whether a remark says that there is nothing.
func denies(text string) bool {
	t := strings.NewReplacer("アレルギー", "", "歴", "", "特に", "", "は", "", "。", "", " ", "").Replace(norm.NFKC.String(text))
	return t == "なし" || t == "無し" || t == "無" || t == "ありません"
}

// notes are the parts of a notebook that are words, by heading.
func (n *Notebook) notes() []clinical.Section {
	var s sections
	if p := n.Patient; p != nil {
		s.add("血液型", p.BloodType)
		if p.Weight != "" {
			s.add("体重", p.Weight+"kg")
		}
	}
	for _, r := range n.Remarks {
		switch r.Kind {
		case RemarkAllergy, RemarkSideEffect:
		case RemarkHistory:
			s.add("既往歴", r.Text)
		default:
			s.add("患者特記", r.Text)
		}
	}
	for _, m := range n.Memos {
		s.add("手帳メモ", dated(m.Text, m.Date))
	}
	for _, f := range n.Pharmacists {
		s.add("かかりつけ薬剤師", spaced(f.Name+" "+f.Pharmacy))
	}
	return s
}

func (d *Dispensing) notes() []clinical.Section {
	var s sections
	for _, n := range d.Cautions {
		s.add("服用注意", n.Text)
	}
	for _, n := range d.Provided {
		s.add(cmp.Or(provided[n.Kind], "医療機関等提供情報"), n.Text)
	}
	for _, n := range d.Leftovers {
		s.add("残薬確認", n.Text)
	}
	for _, n := range d.Remarks {
		s.add("備考", n.Text)
	}
	for _, n := range d.ByPatient {
		s.add("患者等記入", dated(n.Text, n.Date))
	}
	return s
}

// provided are headings for the kinds of record 411. The name of a drug alone stands below
// the first of them.
var provided = map[string]string{
	"30": "医療機関等提供情報：入院中に副作用が発現した薬剤",
	"31": "医療機関等提供情報：退院後の療養に必要な服薬の状況・投薬上の工夫",
}

// dated puts the day behind a note; what is none stands as it was written.
func dated(text, written string) string {
	if text == "" || written == "" {
		return text
	}
	if day, err := date(written); err == nil {
		written = day.String()
	}
	return text + "（" + written + "）"
}

type sections []clinical.Section

func (s *sections) add(heading, text string) {
	if text == "" {
		return
	}
	if n := len(*s); n == 0 || (*s)[n-1].Heading != heading {
		*s = append(*s, clinical.Section{Heading: heading})
	}
	last := &(*s)[len(*s)-1]
	last.Blocks = append(last.Blocks, clinical.TextBlock{Paragraph: text})
}
