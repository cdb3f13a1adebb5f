package filing

import (
	"path"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// candidates are the data types that messages of one type stand for. A lab's order does
// not stand for its results: who cancels what is left of an order does not unsay what was
// measured.
var candidates = map[string][]ssmix2.DataType{
	"OMD": {"OMD"}, "RDE": {"OMP-01", "OMP-02"}, "OMP": {"OMP-01", "OMP-02"}, "RAS": {"OMP-11", "OMP-12"},
	"OML": {"OML-01"}, "OUL": {"OML-11"}, "OMG": {"OMG-01", "OMG-02", "OMG-03"}, "OMI": {"OMG-11", "OMG-12"}, "ORU": {"OMG-13", "OML-11"},
}

// cancelledEntry names a cancellation that does not say all of what it takes back: many
// carry no more than the order's number, and a cancelled prescription must not go on
// being shown for that. The one current entry of the order in the storage is meant, see
// [storage.entryOf]; where there is none or more than one, ok is false.
func (s *storage) cancelledEntry(msg *hl7v2.Message, body []byte, stamp string, own ssmix2.DataType) (n ssmix2.Name, ok bool, err error) {
	order, cancels := orderOf(msg, ssmix2.CancelsOrder)
	if !cancels {
		return n, false, nil
	}
	return s.entryOf(msg, body, order, stamp, own)
}

// entryOf names a message that was received at a time and ends its order after the one
// current entry of that, or of several the one of its own data type. One that was filed is
// where it is.
func (s *storage) entryOf(msg *hl7v2.Message, body []byte, order, stamp string, own ssmix2.DataType) (n ssmix2.Name, ok bool, err error) {
	patient, unknown := ssmix2.PatientOf(msg)
	n = ssmix2.Name{Key: ssmix2.Key{PatientID: patient, OrderNo: order}, Timestamp: stamp, Flag: ssmix2.Deleted}
	if order == "" || unknown != nil || strings.ContainsAny(order, "/_") {
		return n, false, nil
	}
	folder, err := ssmix2.PatientFolder(n.PatientID)
	if err != nil {
		return n, false, nil // no storage has such a patient
	}
	folder = path.Join(storageDir, folder)
	days, err := s.list(folder)
	if err != nil {
		return n, false, err
	}
	var found []ssmix2.Name
	for _, day := range days {
		for _, typ := range candidates[msg.Header().At(9, 1, 1, 1)] {
			of := n
			of.DataType = typ
			versions, err := s.versions(path.Join(folder, day, string(typ)), of)
			if err != nil {
				return n, false, err
			}
			v, filed, err := s.filed(versions, entry{name: n, body: body})
			if err != nil {
				return n, false, err
			}
			if filed {
				n.Key, n.Department = v.name.Key, v.name.Department
				return n, true, nil
			}
			if slices.ContainsFunc(versions, func(v version) bool { return taken(n, v.name) }) {
				found = append(found, versions[len(versions)-1].name)
			}
		}
	}
	found = onOneDay(found)
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(of ssmix2.Name) bool { return of.DataType != own })
	}
	if len(found) != 1 {
		return n, false, nil
	}
	n.Key, n.Department = found[0].Key, found[0].Department
	return n, true, nil
}

// onOneDay leaves of what was found one for each order that has one entry: under two days it is
// only where a crash came between. The one that holds counts, the youngest of two.
func onOneDay(found []ssmix2.Name) (out []ssmix2.Name) {
	for _, n := range found {
		i := slices.IndexFunc(out, func(other ssmix2.Name) bool { return oneEntry[n.DataType] && other.DataType == n.DataType })
		switch {
		case i < 0:
			out = append(out, n)
		case rank(n.Flag) > rank(out[i].Flag), rank(n.Flag) == rank(out[i].Flag) && out[i].Before(n):
			out[i] = n
		}
	}
	return out
}

// meant gives the name of what a cancellation takes back that finds nothing where it says:
// under another day, or under the other data type that its message may stand for. One whose
// own entry is there, and was taken back before, is sent again: it means no other. Nor does it
// mean what was written after it.
func (s *storage) meant(e entry, at ground) (n ssmix2.Name, ok bool, err error) {
	if len(at.here)+len(at.moved) > 0 {
		return n, false, nil
	}
	msg, err := hl7v2.Parse(e.body)
	if err != nil {
		return n, false, nil
	}
	n, ok, err = s.cancelledEntry(msg, e.body, e.name.Timestamp, e.name.DataType)
	if err != nil || !ok || e.late {
		return n, ok, err
	}
	elsewhere, err := s.ground(n)
	if err != nil {
		return n, false, err
	}
	came, err := s.messages(elsewhere)
	m, read := sentOf(version{name: e.name}, e.body)
	since := read && slices.ContainsFunc(came, func(other sent) bool { return other.kind == orders && m.turnTo(other, false) == beforeIt })
	return n, ok && !since, err
}

// taken reports whether a cancellation takes a version back: one that holds and was there
// before it, or what it has itself become when it is read again after a crash. An order
// that was sent after it is another, also when the cancellation is read again.
func taken(cancellation, version ssmix2.Name) bool {
	if version.Flag == ssmix2.Deleted {
		return !version.Before(cancellation)
	}
	return version.Before(cancellation) || sameMoment(version, cancellation)
}

// orderOf gives the one order number of a message and whether it ends all of its orders in
// a way: [ssmix2.CancelsOrder] or [ssmix2.DiscontinuesOrder].
func orderOf(msg *hl7v2.Message, ends func(orc *hl7v2.Segment) bool) (order string, all bool) {
	for orc := range msg.Segments("ORC") {
		if !ends(orc) {
			return "", false
		}
		number := orc.Key(2)
		if order != "" && number != order {
			return "", false
		}
		order, all = number, true
	}
	return order, all
}
