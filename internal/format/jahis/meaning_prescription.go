package jahis

import (
	"cmp"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func (p *Prescription) documents() []clinical.Document {
	var out []clinical.Document
	var patient ident.LocalPatientID
	if p.Patient != nil {
		patient = ident.LocalPatientID(p.Patient.Code)
		m := &maker{doc: clinical.Document{DataType: PrescriptionType, PatientID: patient}}
		m.doc.Demographics = m.demographics(p.Patient.Name, p.Patient.Kana, p.Sex.text(), p.BirthDate.text())
		out = append(out, m.doc)
	}
	if len(p.RPs) == 0 {
		return out
	}
	m := &maker{doc: clinical.Document{Kind: clinical.KindPrescription, DataType: PrescriptionType, PatientID: patient}}
	m.doc.Date = m.day(p.Issued.text(), "date of issue")
	m.doc.Comments = p.comments()
	if p.Institution != nil {
		m.doc.RequestingFacility = p.Institution.Name
	}
	if p.Doctor != nil {
		m.doc.Requester = &clinical.Staff{ID: p.Doctor.Code, Name: spaced(cmp.Or(p.Doctor.Name, p.Doctor.Kana))}
	}
	if d := p.Department; d != nil && d.CodeKind == "2" {
		m.doc.Department = d.Code
	} else if d != nil {
		m.department(d.Name)
	}
	for i := range p.RPs {
		for j := range p.RPs[i].Drugs {
			m.doc.Medications = append(m.doc.Medications, m.prescribed(&p.RPs[i], &p.RPs[i].Drugs[j]))
		}
	}
	return append(out, m.doc)
}

// The kinds of notes (records 81, 181 and 281) in words.
var (
	remarks    = map[string]string{"1": "一包化", "2": "粉砕", "3": "分割調剤"}
	usageNotes = map[string]string{"1": "漸減", "2": "一包化", "3": "隔日", "4": "粉砕", "5": "用法の続き", "6": "部位", "7": "1回使用量"}
	drugNotes  = map[string]string{
		"1": "一包化", "2": "粉砕", "3": "後発品変更不可", "4": "剤形変更不可", "5": "含量規格変更不可", "6": "剤形変更不可・含量規格変更不可", "8": "先発医薬品患者希望",
	}
)

// noted gives a note, of one that has a kind and no words the kind.
func noted(text, kind string) string { return cmp.Or(text, kind) }

// comments are what the prescription says of itself.
func (p *Prescription) comments() []string {
	var out []string
	for _, n := range p.Remarks {
		if text := noted(n.Text, remarks[n.Kind]); text != "" {
			out = append(out, text)
		}
	}
	if p.Instalment != nil {
		out = append(out, "分割指示 "+p.Instalment.Of+"回のうち"+p.Instalment.Turn+"回目")
	}
	if n := p.Uses.text(); n != "" {
		out = append(out, "リフィル処方箋 総使用回数"+n+"回")
	}
	switch p.Leftovers.text() {
	case "1":
		out = append(out, "残薬確認時：疑義照会した上で調剤")
	case "2":
		out = append(out, "残薬確認時：情報提供")
	}
	if e := p.Expires.text(); e != "" {
		if d, err := date(e); err == nil {
			out = append(out, "使用期限 "+d.Western())
		}
	}
	return out
}

// prescribed gives one drug; what amount and quantity mean is the form's to say.
func (m *maker) prescribed(rp *PrescribedRP, d *PrescribedDrug) clinical.Medication {
	out := clinical.Medication{RP: strconv.Itoa(rp.Number), Drug: drugCode(d.Name, d.CodeKind, d.Code)}
	var f Form // Parse gives no RP without one
	if rp.Form != nil {
		f = *rp.Form
	}
	out.Form = form(prescriptionForms, SystemForm, f.Kind, f.Name)
	unit := clinical.Coded{Text: d.Unit}
	switch f.Kind {
	case "1":
		out.DailyDose, out.DailyUnit, out.Days = d.Amount, unit, m.number(f.Quantity, "number of days")
	case "2":
		out.Dose, out.DoseUnit, out.Times, out.AsNeeded = d.Amount, unit, m.number(f.Quantity, "number of doses"), true
	case "3", "4", "5", "6":
		m.total(&out, d.Amount, unit, f.Quantity)
	default:
		m.untold(&out, d.Amount+d.Unit, f.Quantity)
	}
	if d.Dose != nil && d.Dose.Amount != "" {
		out.Dose, out.DoseUnit = d.Dose.Amount, unit
	}
	if u := rp.Usage; u != nil {
		out.Usage = append(out.Usage, usageCode(u.Text, u.CodeKind, u.Code))
	}
	for _, n := range rp.Notes {
		out.Instructions = append(out.Instructions, jami(noted(n.Text, usageNotes[n.Kind]), cmp.Or(n.Code, n.Site)))
	}
	if q := rp.Partial; q != nil && q.Each+q.Total != "" {
		out.Instructions = append(out.Instructions, clinical.Coded{Text: "分割調剤 1回の数量 " + q.Each + "、総数量 " + q.Total})
	}
	if d.Uneven != nil {
		out.Instructions = append(out.Instructions, d.Uneven.instruction(d.Unit))
	}
	for _, n := range d.Notes {
		out.Instructions = append(out.Instructions, jami(noted(n.Text, drugNotes[n.Kind]), n.Code))
	}
	if d.Potency == "2" {
		out.Instructions = append(out.Instructions, clinical.Coded{Text: "力価"})
	}
	return out
}

// instruction gives uneven doses in words: 不均等 1.5-0.5-1錠.
func (u *Uneven) instruction(unit string) clinical.Coded {
	amounts := strings.TrimRight(strings.Join(u.Amounts[:], "-"), "-")
	return jami("不均等 "+amounts+unit, strings.Join(strings.Fields(strings.Join(u.Codes[:], " ")), " "))
}
