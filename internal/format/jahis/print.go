package jahis

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/japanese"
)

// Text gives the text with CRLF, records in the order of the standard. Parsing it,
// behind a byte order mark so that it is taken for UTF-8, gives an equal value. Commas and line breaks in values that did not come from
// [Parse] are written as ， and a space.
func (t Text) Text() string {
	p := &printer{}
	switch {
	case t.Notebook != nil:
		p.notebook(t.Notebook)
	case t.Prescription != nil:
		p.prescription(t.Prescription)
	}
	return p.out.String()
}

// unwritable stands for a character that Shift_JIS has not, as the standards have it.
const unwritable = '■'

// Bytes gives the text in Shift_JIS and how many characters had to be written as ■.
func (t Text) Bytes() (body []byte, replaced int) {
	encoder := japanese.ShiftJIS.NewEncoder()
	text := t.Text()
	if body, err := encoder.Bytes([]byte(text)); err == nil {
		return body, 0
	}
	for _, r := range text {
		one, err := encoder.Bytes([]byte(string(r)))
		if err != nil {
			replaced++
			one, _ = encoder.Bytes([]byte(string(unwritable))) // a character of JIS X 0208
		}
		body = append(body, one...)
	}
	return body, replaced
}

type printer struct{ out strings.Builder }

var fieldEscapes = strings.NewReplacer(",", "，", "\r\n", " ", "\r", " ", "\n", " ")

// fields prints a line of what is given.
func (p *printer) fields(fields ...string) {
	for i, f := range fields {
		if i > 0 {
			p.out.WriteByte(',')
		}
		p.out.WriteString(fieldEscapes.Replace(f))
	}
	p.out.WriteString("\r\n")
}

// record prints a record: number, keys, and the fields of its layout.
func (p *printer) record(number string, v layout, keys ...string) {
	fields := append([]string{number}, keys...)
	for _, f := range v.layout() {
		fields = append(fields, *f)
	}
	p.fields(fields...)
}

// records prints a list of records that have the same number and keys.
func records[T any, P interface {
	*T
	layout
}](p *printer, number string, list []T, keys ...string) {
	for i := range list {
		p.record(number, P(&list[i]), keys...)
	}
}

func (p *printer) unknown(lines []string) {
	for _, l := range lines {
		p.out.WriteString(l)
		p.out.WriteString("\r\n")
	}
}

func (p *printer) notebook(n *Notebook) {
	p.fields("JAHISTC"+n.Version, n.Direction)
	if n.Patient != nil {
		p.record("1", n.Patient)
	}
	records(p, "2", n.Remarks)
	for i := range n.OTC {
		p.record("3", &n.OTC[i])
		records(p, "31", n.OTC[i].Ingredients, n.OTC[i].Number)
	}
	records(p, "4", n.Memos)
	for i := range n.Dispensings {
		p.dispensing(&n.Dispensings[i])
	}
	records(p, "701", n.Pharmacists)
	p.unknown(n.Unknown)
	if n.Split != nil {
		p.split(n)
	}
}

// split ends the text as the parts that are there: all records in the first of them.
func (p *printer) split(n *Notebook) {
	first := true
	for part := 1; part <= n.Split.Parts; part++ {
		if slices.Contains(n.Split.Missing, part) {
			continue
		}
		if !first {
			p.fields("JAHISTC"+n.Version, n.Direction)
		}
		p.fields("911", n.Split.ID, strconv.Itoa(n.Split.Parts), strconv.Itoa(part))
		first = false
	}
}

func (p *printer) dispensing(d *Dispensing) {
	p.record("5", &d.Date)
	if d.Place != nil {
		p.record("11", d.Place)
	}
	records(p, "15", d.Staff)
	if d.Hospital != nil {
		p.record("51", d.Hospital)
	}
	for i := range d.Prescriptions {
		if doctor := d.Prescriptions[i].Doctor; doctor != nil {
			p.record("55", doctor)
		}
		for j := range d.Prescriptions[i].RPs {
			p.rp(&d.Prescriptions[i].RPs[j])
		}
	}
	records(p, "401", d.Cautions)
	records(p, "411", d.Provided)
	records(p, "421", d.Leftovers)
	records(p, "501", d.Remarks)
	records(p, "601", d.ByPatient)
}

func (p *printer) rp(rp *RP) {
	key := strconv.Itoa(rp.Number)
	for i := range rp.Drugs {
		p.record("201", &rp.Drugs[i], key)
		records(p, "281", rp.Drugs[i].Notes, key)
		records(p, "291", rp.Drugs[i].Cautions, key)
	}
	if rp.Usage != nil {
		p.record("301", rp.Usage, key)
	}
	records(p, "311", rp.UsageNotes, key)
	records(p, "391", rp.Cautions, key)
}

func (p *printer) slots(slots []slot, keys ...string) {
	for _, s := range slots {
		if v := s.value(); v != nil {
			p.record(s.number, v, keys...)
		}
	}
}

func (p *printer) prescription(rx *Prescription) {
	p.fields("JAHIS" + rx.Version)
	slots := rx.slots()
	last := len(slots) - 1 // record 82 stands behind the remarks
	p.slots(slots[:last])
	records(p, "81", rx.Remarks)
	p.slots(slots[last:])
	for i := range rx.RPs {
		rp := &rx.RPs[i]
		key := strconv.Itoa(rp.Number)
		p.slots(rp.slots(), key)
		records(p, "181", rp.Notes, key)
		for j := range rp.Drugs {
			drug := &rp.Drugs[j]
			within := strconv.Itoa(drug.Number)
			p.record("201", drug, key, within)
			p.slots(drug.slots(), key, within)
			records(p, "281", drug.Notes, key, within)
		}
	}
	p.unknown(rx.Unknown)
}
