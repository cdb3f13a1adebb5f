package jahis

import (
	"log/slog"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// Person is whom a text says that it is of. Empty fields are not said.
type Person struct {
	Number     string // at the institution that issued a prescription
	Name, Kana string // as written
	BirthDate  string // YYYYMMDD
	Sex        clinical.Sex
}

// LogValue keeps who it is out of technical logs.
func (Person) LogValue() slog.Value { return slog.StringValue("(patient)") }

// Persons reads whom a text is of, also one that [Parse] refuses for what else it has:
// record 1 of a notebook, records 11 to 13 of a prescription. They are one for every
// such record, and for every header in the file. It fails for what [Recognised] does not
// know and for more than MaxBytes or MaxRecords.
func Persons(body []byte) ([]Person, error) {
	if len(body) > MaxBytes {
		return nil, refuse(record{}, 0, "text of %d bytes, at most %d are read", len(body), MaxBytes)
	}
	pieces, err := piecesOf(decode(body))
	if err != nil {
		return nil, err
	}
	var out []Person
	for _, p := range pieces {
		if p.header.notebook {
			out = append(out, p.owners()...)
		} else {
			out = append(out, p.receivers()...)
		}
	}
	return out, nil
}

// owners gives the people of a notebook.
func (p piece) owners() (out []Person) {
	for _, at := range p.records {
		if at.number == "1" {
			out = append(out, Person{Name: at.field(1), Sex: sexOf(at.field(2)), BirthDate: dayOf(at.field(3)), Kana: at.field(10)})
		}
	}
	return out
}

// receivers gives the people of a prescription: one, unless a record stands in it twice.
func (p piece) receivers() (out []Person) {
	seen := map[string]int{}
	for _, at := range p.records {
		switch at.number {
		case "11", "12", "13":
		default:
			continue
		}
		n := seen[at.number]
		seen[at.number]++
		if n == len(out) {
			out = append(out, Person{})
		}
		who := &out[n]
		switch at.number {
		case "11":
			who.Number, who.Name, who.Kana = at.field(1), at.field(2), at.field(3)
		case "12":
			who.Sex = sexOf(at.field(1))
		case "13":
			who.BirthDate = dayOf(at.field(1))
		}
	}
	return out
}

func sexOf(code string) clinical.Sex {
	switch code {
	case "1":
		return clinical.Male
	case "2":
		return clinical.Female
	}
	return ""
}

func dayOf(written string) string {
	d, err := date(written)
	if err != nil {
		return ""
	}
	return d.Compact()
}
