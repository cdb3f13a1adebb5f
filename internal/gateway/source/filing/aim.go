package filing

import (
	"slices"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// group is what belongs to one ORC.
type group struct {
	orc   *hl7v2.Segment
	at    int // its place among the segments, from 0
	rp    string
	drugs []drug // one for each RXE or, where there is none, RXO; without those that only say the kind of an order
}

// drug is all names that a message has for one: codes with their systems, else the text.
type drug struct {
	names []string
	at    *hl7v2.Segment
}

func groupsOf(msg *hl7v2.Message) (out []group) {
	for i := range msg.Len() {
		s := msg.Segment(i + 1)
		if s.Name == "ORC" {
			out = append(out, group{orc: s, at: i, rp: s.Key(4)})
			continue
		}
		if len(out) == 0 {
			continue
		}
		of := &out[len(out)-1]
		switch s.Name {
		case "RXE":
			d := drug{namesOfDrug(s.Field(2)), s}
			if n := len(of.drugs); n > 0 && of.drugs[n-1].at.Name == "RXO" { // the pharmacy's says the same
				d.names = append(d.names, of.drugs[n-1].names...)
				of.drugs = of.drugs[:n-1]
			}
			of.drugs = append(of.drugs, d)
		case "RXO":
			of.drugs = append(of.drugs, drug{namesOfDrug(s.Field(1)), s})
		case "RXC": // what is mixed is one: none of it can be taken back by itself
			if n := len(of.drugs); n > 0 && mixture(of.drugs[n-1]) {
				of.drugs[n-1].names = mixedWith(of.drugs[n-1].names, nameOfCode(s, 2))
			}
		}
	}
	for i := range out {
		out[i].drugs = slices.DeleteFunc(out[i].drugs, func(d drug) bool { return len(d.names) == 0 })
	}
	return out
}

// namesOfDrug gives what a field names, without the kind of an injection (一般 …).
func namesOfDrug(f hl7v2.Field) (out []string) {
	for _, c := range f.Codes() {
		for _, n := range [][2]string{{c.Code, c.System}, {c.AltCode, c.AltSystem}} {
			if n[0] != "" && !ssmix2.IsOrderKind(n[1]) {
				out = append(out, n[0]+"\x00"+n[1])
			}
		}
		if c.Code == "" && c.AltCode == "" && c.Text != "" {
			out = append(out, "\x00"+c.Text)
		}
	}
	return out
}

const mixed = "\x00\x00"

// mixture reports whether a drug is named by what it is mixed of.
func mixture(d drug) bool {
	return len(d.names) == 0 || d.names[0][:min(len(d.names[0]), len(mixed))] == mixed
}

func mixedWith(names []string, one string) []string {
	all := []string{one}
	if len(names) > 0 {
		all = append(all, names[1:]...)
	}
	slices.Sort(all)
	return append([]string{mixed}, all...)
}

// is reports whether two are the same drug: they share a code or, mixed, have all of them.
func (d drug) is(other drug) bool {
	if mixture(d) || mixture(other) {
		return slices.Equal(d.names, other.names)
	}
	return slices.ContainsFunc(d.names, func(n string) bool { return slices.Contains(other.names, n) })
}

// aim is what a message that discontinues or cancels means of an order: all of it, an RP
// (ORC-4), a drug, or a drug of an RP.
type aim struct {
	orc  *hl7v2.Segment
	rp   string
	drug *drug // nil: whichever
}

// aimsOf gives what a message means. A drug of an order whose parts have no numbers of their
// own is meant whatever number the message gives it.
func aimsOf(is []group, numbered bool) (out []aim) {
	for _, g := range is {
		if !numbered && len(g.drugs) > 0 {
			g.rp = ""
		}
		if len(g.drugs) == 0 {
			out = append(out, aim{g.orc, g.rp, nil})
		}
		for i := range g.drugs {
			out = append(out, aim{g.orc, g.rp, &g.drugs[i]})
		}
	}
	return out
}

func (a aim) means(g group, d *drug) bool {
	return (a.rp == "" || a.rp == g.rp) && (a.drug == nil || d != nil && a.drug.is(*d))
}

// aimed gives for each group of an order the ORC of the message that means it, nil for one
// that stays. cause is why that cannot be told: the order has nothing that some of it
// means, or has more of that than the message says, or more under the same ORC.
func aimed(was, is []group) (by []*hl7v2.Segment, cause error) {
	aims := aimsOf(is, numbersParts(was))
	by = make([]*hl7v2.Segment, len(was))
	left := make([]int, len(was)) // drugs of a group that nothing means
	for i, g := range was {
		left[i] = len(g.drugs)
		for j := range max(len(g.drugs), 1) {
			var d *drug
			if len(g.drugs) > 0 {
				d = &g.drugs[j]
			}
			if n := slices.IndexFunc(aims, func(a aim) bool { return a.means(g, d) }); n >= 0 {
				by[i] = aims[n].orc
				left[i]--
			}
		}
	}
	for _, a := range aims {
		if cause := a.unclear(was, aims); cause != nil {
			return nil, unplaced{cause, kept.ReasonUnclearPart}
		}
	}
	for i, g := range was {
		if by[i] != nil && left[i] > 0 {
			cause := by[i].Errorf(0, "the drug that it discontinues or cancels stands under one ORC of its order with another (segment %d there)", g.orc.Number)
			return nil, unplaced{cause, kept.ReasonUnclearPart}
		}
	}
	return by, nil
}

// unclear is why it cannot be told what is meant; nil: it can.
func (a aim) unclear(was []group, aims []aim) error {
	found := 0
	for _, g := range was {
		if a.drug == nil && a.means(g, nil) {
			return nil
		}
		for j := range g.drugs {
			if a.means(g, &g.drugs[j]) {
				found++
			}
		}
	}
	alike := 0
	for _, other := range aims {
		if other.rp == a.rp && other.drug != nil && a.drug != nil && other.drug.is(*a.drug) {
			alike++
		}
	}
	switch {
	case found == 0 && a.drug == nil:
		return a.orc.Errorf(4, "the RP that it discontinues or cancels is none of its order's")
	case found == 0:
		return a.drug.at.Errorf(0, "the drug that it discontinues or cancels is none of its order's")
	case found > alike:
		return a.drug.at.Errorf(0, "its order has the drug that it discontinues or cancels %d times, and which is meant is not said (ORC-4)", found)
	}
	return nil
}

// numbersParts reports whether parts of an order have numbers of their own.
func numbersParts(list []group) bool {
	return slices.ContainsFunc(list, func(g group) bool { return g.rp != "" })
}

// namesDrug reports whether some group says which drug it means.
func namesDrug(list []group) bool {
	return slices.ContainsFunc(list, func(g group) bool { return len(g.drugs) > 0 })
}

// ofDrugOrders are the messages that order drugs or say that they were given.
var ofDrugOrders = map[string]bool{"RDE": true, "OMP": true, "RAS": true}

// namesPart reports whether a message that ends its order says which part of it it means
// (ORC-4, a drug) and, unless it is of drugs, nothing that is none of the order's.
func namesPart(msg *hl7v2.Message) bool {
	if !ofDrugOrders[msg.Header().At(9, 1, 1, 1)] && saysBeside(msg, besideOrder, ofDrugs) {
		return false
	}
	list := groupsOf(msg)
	return numbersParts(list) || namesDrug(list)
}

// leavesPart reports whether an order has something that is neither cancelled nor meant by a
// cancellation. Where the order numbers no parts, one that names no drug means all of it.
func leavesPart(held []byte, cancellation []group) (bool, error) {
	was, _, ok := segmentsOf(held)
	if !ok {
		return false, nil
	}
	all := groupsOf(was)
	if !numbersParts(all) && !(namesDrug(all) && namesDrug(cancellation)) {
		return false, nil
	}
	by, cause := aimed(all, cancellation)
	if cause != nil {
		return false, cause
	}
	for i, g := range all {
		if by[i] == nil && !ssmix2.CancelsOrder(g.orc) {
			return true, nil
		}
	}
	return false, nil
}
