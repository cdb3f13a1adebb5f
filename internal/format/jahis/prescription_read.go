package jahis

import "slices"

// prescription reads the records of a prescription in their order.
func (r *reader) prescription(p piece) (*Prescription, error) {
	b := &prescriptionReader{reader: r, p: &Prescription{Version: p.header.version}, seen: make(map[int]record)}
	for _, rec := range p.records {
		if err := b.record(rec); err != nil {
			return nil, err
		}
	}
	if b.p.Patient == nil {
		r.warn(p.first, 0, "no patient (record 11)")
	}
	if len(b.p.RPs) == 0 {
		r.warn(p.first, 0, "no RP (record 101)")
	}
	for _, rp := range b.p.RPs {
		at := b.seen[rp.Number]
		switch {
		case len(rp.Drugs) == 0:
			return nil, refuse(at, 0, "RP without a drug")
		case rp.Form == nil:
			return nil, refuse(at, 0, "RP without its form and quantity (record 101)")
		case rp.Usage == nil:
			r.warn(at, 0, "RP without usage (record 111)")
		}
	}
	return b.p, nil
}

type prescriptionReader struct {
	*reader
	p    *Prescription
	seen map[int]record // RP number → the record that named it first
}

func (b *prescriptionReader) record(at record) error {
	switch at.number {
	case "81":
		read(b.reader, at, 0, &b.p.Remarks)
		return nil
	case "101", "102", "111", "181", "201", "211", "221", "231", "241", "281":
		return b.ofRP(at)
	}
	if known, err := b.once(at, 0, b.p.slots()); known || err != nil {
		return err
	}
	b.warn(at, 0, "record is not known, kept as it is")
	b.p.Unknown = append(b.p.Unknown, at.raw)
	return nil
}

// once reads a record that may stand once.
func (b *prescriptionReader) once(at record, skip int, slots []slot) (known bool, err error) {
	for _, s := range slots {
		if s.number != at.number {
			continue
		}
		if s.value() != nil {
			if at.number == "11" {
				return true, refuse(at, 0, "a second patient")
			}
			return true, refuse(at, 0, "a second record of what there is one of")
		}
		b.fill(at, skip, s.make())
		return true, nil
	}
	return false, nil
}

func (b *prescriptionReader) ofRP(at record) error {
	number, err := index(at, 1, "RP number")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(b.p.RPs, func(rp PrescribedRP) bool { return rp.Number == number })
	if i < 0 {
		b.seen[number] = at
		b.p.RPs = append(b.p.RPs, PrescribedRP{Number: number})
		i = len(b.p.RPs) - 1
	}
	rp := &b.p.RPs[i]
	if known, err := b.once(at, 1, rp.slots()); known || err != nil {
		return err
	}
	if at.number == "181" {
		read(b.reader, at, 1, &rp.Notes)
		return nil
	}
	return b.ofDrug(at, rp)
}

func (b *prescriptionReader) ofDrug(at record, rp *PrescribedRP) error {
	number, err := index(at, 2, "number in the RP")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(rp.Drugs, func(d PrescribedDrug) bool { return d.Number == number })
	switch {
	case at.number == "201" && i >= 0:
		return refuse(at, 2, "a second drug of one number")
	case at.number == "201":
		d := PrescribedDrug{Number: number}
		b.fill(at, 2, &d)
		rp.Drugs = append(rp.Drugs, d)
		return b.checkDrug(at, places{name: 6, amount: 7, kind: 4, code: 5}, d.Name, d.Amount, d.CodeKind, d.Code)
	case i < 0:
		return refuse(at, 0, "no drug before it")
	}
	drug := &rp.Drugs[i]
	if at.number == "281" {
		read(b.reader, at, 2, &drug.Notes)
		return nil
	}
	_, err = b.once(at, 2, drug.slots())
	return err
}
