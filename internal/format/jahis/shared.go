package jahis

// maxShared bounds, in bytes, what the drugs of an RP and the documents of a dispensing have
// in common and [Text.Documents] repeats in each of them: a thousand drugs with a thousand
// notes are a million.
const maxShared = 4 << 20

// separated is what a text costs besides its bytes where it stands in a list.
const separated = 16

// repeated gives how many bytes its documents repeat.
func (t Text) repeated() int {
	size := 0
	if n := t.Notebook; n != nil {
		for _, d := range n.Dispensings {
			size += d.repeated()
		}
	}
	if p := t.Prescription; p != nil {
		for _, rp := range p.RPs {
			size += max(0, len(rp.Drugs)-1) * rp.common()
		}
	}
	return size
}

func (d *Dispensing) repeated() int {
	head, size := 0, 0
	if d.Place != nil {
		head += len(d.Place.Name)
	}
	if d.Hospital != nil {
		head += len(d.Hospital.Name)
	}
	if len(d.Staff) > 0 {
		head += len(d.Staff[0].Name)
	}
	for _, p := range d.Prescriptions {
		size += head
		for _, rp := range p.RPs {
			size += max(0, len(rp.Drugs)-1) * rp.common()
		}
	}
	return size
}

func (rp RP) common() int {
	size := 0
	if u := rp.Usage; u != nil {
		size += len(u.Text) + len(u.Code) + len(u.Form) + len(u.Quantity) + len(u.Unit)
	}
	for _, notes := range [][]Note{rp.UsageNotes, rp.Cautions} {
		for _, n := range notes {
			size += len(n.Text) + separated
		}
	}
	return size
}

func (rp PrescribedRP) common() int {
	size := 0
	if f := rp.Form; f != nil {
		size += len(f.Kind) + len(f.Name) + len(f.Quantity)
	}
	if q := rp.Partial; q != nil {
		size += len(q.Each) + len(q.Total)
	}
	if u := rp.Usage; u != nil {
		size += len(u.Text) + len(u.Code)
	}
	for _, n := range rp.Notes {
		size += len(n.Text) + len(n.Code) + len(n.Site) + separated
	}
	return size
}
