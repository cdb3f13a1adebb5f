package ssmix2

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jcode"
)

// drugName is one half of a coded drug: a code in its system, and a name in one width.
type drugName struct{ system, code, name string }

// drugNames gives both halves of drugs. HOT numbers agree if they do as far as both go:
// product, then company.
func drugNames(f hl7v2.Field, more ...hl7v2.Field) (all []drugName) {
	half := func(system, code, text string) {
		system, text = strings.ToUpper(system), plain(text)
		hot, ok := jcode.ParseHOT(code)
		if !ok || !strings.HasPrefix(system, "HOT") {
			all = append(all, drugName{system, code, text})
			return
		}
		all = append(all, drugName{"HOT7", hot.Product, text})
		if hot.Company != "" {
			all = append(all, drugName{"HOT9", hot.Product + hot.Company, text})
		}
	}
	for _, f := range append([]hl7v2.Field{f}, more...) {
		for _, d := range codedAll(f.Codes()) {
			half(d.System, d.Code, d.Text)
			half(d.LocalSystem, d.LocalCode, d.LocalText)
		}
	}
	return all
}

// orderedDrug is a drug as it was ordered, to compare others with it.
type orderedDrug struct {
	codes map[string]map[string]bool // by system
	names map[string]bool
	rxc   *hl7v2.Segment // if it was mixed
}

func newOrderedDrug(names []drugName, rxc *hl7v2.Segment) orderedDrug {
	d := orderedDrug{make(map[string]map[string]bool), make(map[string]bool), rxc}
	for _, n := range names {
		if d.codes[n.system] == nil {
			d.codes[n.system] = make(map[string]bool)
		}
		d.codes[n.system][n.code] = true
		d.names[n.name] = true
	}
	return d
}

// is reports whether what was given is the drug: by the codes of a system that both have,
// all of which must agree; without such a system by their names.
func (d orderedDrug) is(given []drugName) bool {
	same, differs := false, false
	for _, n := range given {
		switch codes := d.codes[n.system]; {
		case n.code == "" || n.system == "" || len(codes) == 0:
		case codes[n.code]:
			same = true
		default:
			differs = true
		}
	}
	if same || differs {
		return same && !differs
	}
	for _, n := range given {
		same = same || n.name != "" && d.names[n.name]
	}
	return same
}

// gaveOther reports, with a warning, that an RXA gave another drug than its RXE orders.
func (r *reader) gaveOther(o order, rxa *hl7v2.Segment) bool {
	if o.rxe == nil {
		return false
	}
	ordered := newOrderedDrug(drugNames(o.rxe.Field(o.at.code), o.rxe.Field(o.at.otherCodes)), nil)
	if ordered.is(drugNames(rxa.Field(5))) {
		return false
	}
	r.warn(rxa, 5, "another drug than was ordered: what the order says of its own is shown as an instruction")
	return true
}

// mixed gives the drugs of an order that are mixed into one (RXC), to compare with what
// was given.
func (o order) mixed() (all []orderedDrug) {
	for _, rxc := range o.rxc {
		all = append(all, newOrderedDrug(drugNames(rxc.Field(2)), rxc))
	}
	return all
}

// gaveLess reports whether an RXA says another amount of a drug than its order.
func gaveLess(mixed []orderedDrug, rxa *hl7v2.Segment) bool {
	amount, unit, given := rxa.Text(6), coded(rxa.Field(7).Code()), drugNames(rxa.Field(5))
	ordered, alike := false, false
	for _, d := range mixed {
		if d.is(given) {
			ordered = true
			alike = alike || sameNumber(amount, d.rxc.Text(3)) && sameUnit(unit, coded(d.rxc.Field(4).Code()))
		}
	}
	return amount != "" && ordered && !alike
}

// drugsGiven gives the drugs that the RXA of a message name, by code and by name.
func drugsGiven(orders []order) map[drugName]bool {
	if !slices.ContainsFunc(orders, func(o order) bool { return len(o.rxc) > 0 }) {
		return nil // there is nothing to hold them against
	}
	named := make(map[drugName]bool)
	for _, o := range orders {
		for _, rxa := range o.rxa {
			for _, n := range drugNames(rxa.Field(5)) {
				named[drugName{system: n.system, code: n.code}] = true
				named[drugName{name: n.name}] = true
			}
		}
	}
	return named
}

// unsaid tells, with a warning, which drugs an order mixes that no RXA of the message names:
// whether they went in nothing says, and they must not be missing either.
func (r *reader) unsaid(o order, named map[drugName]bool) string {
	if len(o.rxa) == 0 || slices.ContainsFunc(o.rxa, func(s *hl7v2.Segment) bool { return isOrderKind(coded(s.Field(5).Code())) }) {
		return ""
	}
	var all []string
	for _, rxc := range o.rxc {
		if slices.ContainsFunc(drugNames(rxc.Field(2)), func(n drugName) bool {
			return n.code != "" && named[drugName{system: n.system, code: n.code}] || n.name != "" && named[drugName{name: n.name}]
		}) {
			continue
		}
		r.warn(rxc, 2, "ordered with what was given, and no RXA says whether it was")
		drug, unit := codedField(rxc.Field(2)), coded(rxc.Field(4).Code())
		all = append(all, strings.TrimSpace(drug.Label()+" "+rxc.Text(3)+unit.Label()))
	}
	if len(all) == 0 {
		return ""
	}
	return "実施の記載がない薬剤：" + strings.Join(all, "、")
}
