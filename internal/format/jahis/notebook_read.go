package jahis

import "slices"

// notebook reads the records of a notebook in their order.
func (r *reader) notebook(p piece) (*Notebook, error) {
	b := &notebookReader{reader: r, otc: make(map[string]int), n: &Notebook{Version: p.header.version, Direction: p.header.direction, Split: p.split}}
	if d := b.n.Direction; d != "1" && d != "2" {
		r.warn(p.first, 1, "direction is neither 1 nor 2")
	}
	for _, rec := range p.records {
		if err := b.record(rec); err != nil {
			return nil, err
		}
	}
	if b.n.Patient == nil {
		r.warn(p.first, 0, "no patient (record 1)")
	}
	return b.n, b.complete()
}

type notebookReader struct {
	*reader
	n      *Notebook
	usages []usageAt      // to be checked when all drugs are known
	otc    map[string]int // the last of OTC that has a number
}

type usageAt struct {
	record record
	rp     rpAt
}

// rpAt names an RP by where it stands, since slices move while they grow.
type rpAt struct{ dispensing, prescribed, rp int }

func (b *notebookReader) rp(at rpAt) *RP {
	return &b.n.Dispensings[at.dispensing].Prescriptions[at.prescribed].RPs[at.rp]
}

func (b *notebookReader) record(at record) error {
	switch at.number {
	case "1":
		return b.patient(at)
	case "2":
		read(b.reader, at, 0, &b.n.Remarks)
	case "3":
		read(b.reader, at, 0, &b.n.OTC)
		last := len(b.n.OTC) - 1
		b.otc[b.n.OTC[last].Number] = last
	case "31":
		return b.ingredient(at)
	case "4":
		read(b.reader, at, 0, &b.n.Memos)
	case "701":
		read(b.reader, at, 0, &b.n.Pharmacists)
	case "5":
		d := Dispensing{}
		b.fill(at, 0, &d.Date)
		b.n.Dispensings = append(b.n.Dispensings, d)
	case "11", "15", "51", "55", "401", "411", "421", "501", "601":
		return b.ofDispensing(at, b.dispensing(at))
	case "201", "281", "291", "301", "311", "391":
		return b.ofRP(at)
	default:
		b.warn(at, 0, "record is not known, kept as it is")
		b.n.Unknown = append(b.n.Unknown, at.raw)
	}
	return nil
}

// read appends a record to a list.
func read[T any, P interface {
	*T
	layout
}](r *reader, at record, skip int, list *[]T) {
	var v T
	r.fill(at, skip, P(&v))
	*list = append(*list, v)
}

// patient reads record 1. Parts of a split text may repeat it.
func (b *notebookReader) patient(at record) error {
	p := &NotebookPatient{}
	b.fill(at, 0, p)
	if b.n.Patient != nil && *b.n.Patient != *p {
		return refuse(at, 0, "a second patient")
	}
	b.n.Patient = p
	return nil
}

func (b *notebookReader) ingredient(at record) error {
	i, known := b.otc[at.field(1)]
	if !known {
		return refuse(at, 1, "no drug of that number (record 3) before it")
	}
	read(b.reader, at, 1, &b.n.OTC[i].Ingredients)
	return nil
}

// dispensing gives the block that a record belongs to; one that nothing has opened is
// opened without a date.
func (b *notebookReader) dispensing(at record) *Dispensing {
	if len(b.n.Dispensings) == 0 {
		b.warn(at, 0, "no date of dispensing (record 5) before it")
		b.n.Dispensings = append(b.n.Dispensings, Dispensing{})
	}
	return &b.n.Dispensings[len(b.n.Dispensings)-1]
}

func (b *notebookReader) ofDispensing(at record, d *Dispensing) error {
	switch at.number {
	case "11":
		if d.Place != nil {
			return refuse(at, 0, "a second place of one dispensing")
		}
		d.Place = &Place{}
		b.fill(at, 0, d.Place)
	case "15":
		read(b.reader, at, 0, &d.Staff)
	case "51":
		if d.Hospital != nil {
			return refuse(at, 0, "a second hospital of one dispensing")
		}
		d.Hospital = &Hospital{}
		b.fill(at, 0, d.Hospital)
	case "55":
		doctor := &Doctor{}
		b.fill(at, 0, doctor)
		d.Prescriptions = append(d.Prescriptions, Prescribed{Doctor: doctor})
	case "401":
		read(b.reader, at, 0, &d.Cautions)
	case "411":
		read(b.reader, at, 0, &d.Provided)
	case "421":
		read(b.reader, at, 0, &d.Leftovers)
	case "501":
		read(b.reader, at, 0, &d.Remarks)
	case "601":
		read(b.reader, at, 0, &d.ByPatient)
	}
	return nil
}

func (b *notebookReader) ofRP(at record) error {
	number, err := index(at, 1, "RP number")
	if err != nil {
		return err
	}
	where := b.locate(at, number)
	rp := b.rp(where)
	var drug *Drug
	if len(rp.Drugs) > 0 {
		drug = &rp.Drugs[len(rp.Drugs)-1]
	}
	switch at.number {
	case "201":
		read(b.reader, at, 1, &rp.Drugs)
		d := rp.Drugs[len(rp.Drugs)-1]
		return b.checkDrug(at, places{name: 2, amount: 3, kind: 5, code: 6}, d.Name, d.Amount, d.CodeKind, d.Code)
	case "281", "291":
		if drug == nil {
			return refuse(at, 0, "no drug before it")
		}
		if at.number == "281" {
			read(b.reader, at, 1, &drug.Notes)
		} else {
			read(b.reader, at, 1, &drug.Cautions)
		}
	case "301":
		if rp.Usage != nil {
			return refuse(at, 0, "a second usage of one RP")
		}
		rp.Usage = &Usage{}
		b.fill(at, 1, rp.Usage)
		b.usages = append(b.usages, usageAt{at, where})
	case "311":
		read(b.reader, at, 1, &rp.UsageNotes)
		b.usages = append(b.usages, usageAt{at, where})
	case "391":
		read(b.reader, at, 1, &rp.Cautions)
		b.usages = append(b.usages, usageAt{at, where})
	}
	return nil
}

// locate finds the RP of a number in the present prescription, or opens it.
func (b *notebookReader) locate(at record, number int) rpAt {
	d := b.dispensing(at)
	if len(d.Prescriptions) == 0 {
		d.Prescriptions = append(d.Prescriptions, Prescribed{})
	}
	where := rpAt{len(b.n.Dispensings) - 1, len(d.Prescriptions) - 1, 0}
	p := &d.Prescriptions[where.prescribed]
	where.rp = slices.IndexFunc(p.RPs, func(rp RP) bool { return rp.Number == number })
	if where.rp < 0 {
		p.RPs = append(p.RPs, RP{Number: number})
		where.rp = len(p.RPs) - 1
	}
	return where
}

// complete refuses RPs of which only the usage is there.
func (b *notebookReader) complete() error {
	for _, u := range b.usages {
		if len(b.rp(u.rp).Drugs) == 0 {
			return refuse(u.record, 0, "RP without a drug")
		}
	}
	return nil
}

// places says in which fields of record 201 the parts of a drug stand.
type places struct{ name, amount, kind, code int }

// checkDrug refuses a drug that cannot be told: what kind of code it has decides
// whether what stands where the code should is one.
func (r *reader) checkDrug(at record, p places, name, amount, kind, code string) error {
	switch {
	case len(kind) != 1 || kind < "1" || kind > "9":
		return refuse(at, p.kind, "kind of the drug's code is not one digit")
	case name == "" && code == "":
		return refuse(at, p.name, "no drug")
	case amount == "":
		return refuse(at, p.amount, "no amount")
	case kind != codeNone && kind != codeGeneric && code == "":
		r.warn(at, p.code, "no code of the kind")
	}
	return nil
}
