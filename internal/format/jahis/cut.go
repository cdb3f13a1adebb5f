package jahis

import "slices"

// Many writers leave out the end of the last line. Whether that is how they wrote it, or
// how far a copy came, the record itself must tell: it is whole with as many fields as
// its layout has, behind which there is nothing that could be missing. A shortened one
// may end in "バフ" for バファリン, or in 1 for 10 days.
//
// Of a record of a notebook the fields behind its creator came with later versions.
var (
	notebookLengths = lengths(0,
		known{"1", &NotebookPatient{}, []int{9}}, known{"2", &Remark{}, nil}, known{"3", &OTC{}, []int{4}}, known{"4", &Memo{}, nil},
		known{"5", &DispensingDate{}, nil}, known{"11", &Place{}, nil}, known{"15", &Dispenser{}, nil}, known{"51", &Hospital{}, nil}, known{"55", &Doctor{}, nil},
		known{"401", &Note{}, nil}, known{"411", &Provided{}, nil}, known{"421", &Note{}, nil}, known{"501", &Note{}, nil}, known{"601", &PatientNote{}, nil},
		known{"701", &FamilyPharmacist{}, nil},
	).and(lengths(1,
		known{"31", &Ingredient{}, nil}, known{"201", &Drug{}, []int{6}}, known{"281", &Note{}, nil}, known{"291", &Note{}, nil},
		known{"301", &Usage{}, nil}, known{"311", &Note{}, nil}, known{"391", &Note{}, nil},
	)).and(recordLengths{"911": {3}})

	prescriptionLengths = lengths(0, known{"81", &PrescriptionNote{}, nil}).and(ofSlots(0, new(Prescription).slots())).
				and(ofSlots(1, new(PrescribedRP).slots())).and(lengths(1, known{"181", &UsageNote{}, nil})).
				and(ofSlots(2, new(PrescribedDrug).slots())).and(lengths(2, known{"201", &PrescribedDrug{}, nil}, known{"281", &DrugNote{}, nil}))
)

// recordLengths says how many fields a whole record may have, by its number.
type recordLengths map[string][]int

type known struct {
	number  string
	layout  layout
	earlier []int // how many fields it had in earlier versions
}

// lengths counts the fields of layouts, and those before them that are numbers of RP and drug.
func lengths(keys int, records ...known) recordLengths {
	out := recordLengths{}
	for _, r := range records {
		for _, n := range append(slices.Clone(r.earlier), len(r.layout.layout())) {
			out[r.number] = append(out[r.number], keys+n)
		}
	}
	return out
}

func ofSlots(keys int, slots []slot) recordLengths {
	var records []known
	for _, s := range slots {
		records = append(records, known{number: s.number, layout: s.make()})
	}
	return lengths(keys, records...)
}

func (l recordLengths) and(o recordLengths) recordLengths {
	for number, n := range o {
		l[number] = n
	}
	return l
}
