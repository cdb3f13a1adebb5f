package clinical

import (
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/kana"
)

// Holder is who has a patient number, as documents under that number are held against.
type Holder struct {
	Record *Demographics // nil: nothing is known
	// Doubted says that the number was another person's, or may have been, when the
	// document was written: then it is the holder's only if it names the holder.
	Doubted bool
}

// Claim is whom a document says that it is of (本人情報). Empty fields say nothing.
type Claim struct {
	Names     []PersonName
	BirthDate string // YYYY[MM[DD]]
	Sex       Sex
}

// PersonName is a name in one script; one that was not parted stands in Family.
type PersonName struct{ Family, Given string }

func (n PersonName) full() string { return strings.TrimSpace(n.Family + " " + n.Given) }

// NameOf parts a name that stands in one piece at its only space.
func NameOf(text string) PersonName {
	if parts := strings.Fields(text); len(parts) == 2 {
		return PersonName{parts[0], parts[1]}
	}
	return PersonName{Family: strings.TrimSpace(text)}
}

// Verdict is how one thing that is said compares with the facility's record.
type Verdict int

const (
	Silent  Verdict = iota // either side does not say it, or not so that it can be compared
	Differs                // both say it, and not the same
	Agrees
)

// Comparison is how a claim compares with the facility's record of a person.
type Comparison struct {
	BirthDate, Sex Verdict
	Name           Verdict // the whole of it, in any script
	Family, Given  Verdict // differ only if they do in every script in which they can be compared
}

// Nobody has more names than maxNames, in all scripts, nor one of more bytes than maxName:
// it is no name of the record's, and to compare millions of characters takes long.
const (
	maxNames = 32
	maxName  = 1000
)

// Compare holds a claim against the record. Names in Latin letters are not compared with
// Japanese ones, nor are names in which a character is lost. Where only one side parts a
// name, the other agrees with a part if it begins or ends with it.
func (d Demographics) Compare(c Claim) Comparison {
	out := Comparison{BirthDate: birthDates(strings.ReplaceAll(d.BirthDate, "-", ""), c.BirthDate)}
	if certain(c.Sex) && certain(d.Sex) {
		out.Sex = verdict(c.Sex == d.Sex)
	}
	for _, n := range c.Names[:min(len(c.Names), maxNames)] {
		if len(n.Family)+len(n.Given) > maxName {
			out.Name, out.Family, out.Given = max(out.Name, Differs), max(out.Family, Differs), max(out.Given, Differs)
			continue
		}
		if n.Given == "" {
			n = NameOf(n.Family)
		}
		full := n.full()
		if key := kana.NameKey(full); key != "" && key == kana.NameKey(d.Name) || kana.Compatible(full, d.Kana) {
			out.Name, out.Family, out.Given = Agrees, Agrees, Agrees
			return out
		}
		for _, record := range []string{d.Name, d.Kana} {
			if !comparable(full, record) {
				continue
			}
			family, given := compareParts(n, NameOf(record))
			out.Name, out.Family, out.Given = max(out.Name, Differs), max(out.Family, family), max(out.Given, given)
		}
	}
	return out
}

// Another says by what a claim is another person's, empty if it may be this one's. A birth
// date may have been corrected, a family name changes with marriage, and people are
// entered with the wrong sex: one of these alone makes nobody another.
func (c Comparison) Another() string {
	switch {
	case c.Name == Agrees:
		return ""
	case c.BirthDate == Differs:
		return "birth date and name"
	case c.Sex == Differs && c.Given == Differs:
		return "sex and given name"
	case c.BirthDate == Silent && c.Family == Differs && c.Given == Differs:
		return "name"
	}
	return ""
}

// Confirms reports whether a claim names the person: what is said of a family or of a
// year does not.
func (c Comparison) Confirms() bool { return c.Name == Agrees || c.BirthDate == Agrees }

// Same reports whether something says that a claim is of the person, and nothing that it
// is another's. A stand-in in Latin letters without a birth date is neither.
func (c Comparison) Same() bool {
	return c.Another() == "" && (c.Confirms() || c.Family == Agrees || c.Given == Agrees)
}

// Claim gives what a record says of its person, to compare it with another record.
func (d Demographics) Claim() Claim {
	return Claim{[]PersonName{NameOf(d.Name), NameOf(d.Kana)}, strings.ReplaceAll(d.BirthDate, "-", ""), d.Sex}
}

func verdict(same bool) Verdict {
	if same {
		return Agrees
	}
	return Differs
}

func certain(s Sex) bool { return s == Male || s == Female }

// birthDates compares a day with a date that may lack day and month; one that agrees as
// far as it goes says too little.
func birthDates(record, claim string) Verdict {
	switch {
	case claim == "" || record == "":
		return Silent
	case claim == record:
		return Agrees
	case strings.HasPrefix(record, claim):
		return Silent
	}
	return Differs
}

// comparable reports whether two names are in the same script: nobody tells from letters
// how a name is written in kanji.
func comparable(a, b string) bool {
	return a != "" && b != "" && !lost(a) && !lost(b) && inJapanese(a) && inJapanese(b) && kana.IsKana(a) == kana.IsKana(b)
}

func inJapanese(s string) bool {
	return kana.IsKana(s) || strings.ContainsFunc(s, func(r rune) bool { return r >= '぀' })
}

// lost reports whether a name has a mark in the place of a character: of one that could
// not be decoded, or 〓, which writers put for those that they do not have.
func lost(s string) bool { return strings.ContainsAny(s, "\uFFFD〓") }

// compareParts compares the parts of two names in the same script that differ as a whole.
// A slip in kana that is often made, turning the parts around among them, is no difference.
func compareParts(a, b PersonName) (family, given Verdict) {
	if kana.Near(a.full(), b.full()) {
		return Agrees, Agrees
	}
	key := kana.NameKey
	if kana.IsKana(a.full()) {
		key = kana.Key
	}
	switch {
	case a.Given != "" && b.Given != "":
		return part(key, a.Family, b.Family), part(key, a.Given, b.Given)
	case a.Given == "" && b.Given == "":
		x, y := []rune(key(a.Family)), []rune(key(b.Family))
		if len(x) == 0 || len(y) == 0 || x[0] == y[0] || x[len(x)-1] == y[len(y)-1] {
			return Silent, Silent // where the family name ends nobody knows
		}
		return Differs, Differs
	case a.Given == "":
		a, b = b, a
	}
	whole := key(b.Family)
	return verdict(strings.HasPrefix(whole, key(a.Family))), verdict(strings.HasSuffix(whole, key(a.Given)))
}

func part(key func(string) string, a, b string) Verdict {
	x, y := key(a), key(b)
	if x == "" || y == "" {
		return Silent
	}
	return verdict(x == y || kana.Near(a, b))
}
