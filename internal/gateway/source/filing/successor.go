package filing

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// successor is a message that is kept and takes an entry back or puts another in its place.
type successor struct {
	id       string
	content  journal.Digest
	received time.Time
	cancels  bool
	stops    bool // it has a place only where its order stands when it comes
	patient  ident.LocalPatientID
	order    string
	types    []ssmix2.DataType
	day      string // of care; empty: undated, or it does not say
}

// of reports whether a record that has a name is what the message takes back or replaces.
func (s successor) of(n ssmix2.Name, r journal.Record) bool {
	return s.patient == n.PatientID && s.order == n.OrderNo && !s.received.Before(r.Received) &&
		(s.content != r.Content || !s.received.Equal(r.Received)) && // not the record itself
		slices.Contains(s.types, n.DataType) && (s.day == "" || s.day == n.CareDate || oneEntry[n.DataType])
}

// succeeded finds what takes an entry back or replaces it among messages that are kept:
// filed alone, the entry would hold that was cancelled, or with the content that it had
// before it was changed.
func succeeded(n ssmix2.Name, r journal.Record, among []successor) (by successor, ok bool) {
	if n.Flag == ssmix2.Deleted {
		return by, false
	}
	i := slices.IndexFunc(among, func(s successor) bool { return s.of(n, r) })
	if i < 0 {
		return by, false
	}
	return among[i], true
}

// stayingSuccessors reads what is kept once for all that is filed late together, but for
// what is filed as well, and so follows it, and what is dismissed, since it came in another
// way. Decisions count that do; of others it is supposed that they are filed.
func (f *Filer) stayingSuccessors(counts func(kept.Decided) bool, supposed ...string) ([]successor, error) {
	decisions, err := f.cfg.Kept.Decisions()
	if err != nil {
		return nil, err
	}
	filed, dismissed := map[string]bool{}, map[string]bool{}
	for _, id := range supposed {
		filed[id] = true
	}
	for _, d := range decisions {
		if counts(d) {
			filed[d.ID], dismissed[d.ID] = d.Decision == kept.File, d.Decision == kept.Dismiss
		}
	}
	return f.keptSuccessors(func(id string, follows bool) bool { return !dismissed[id] && !(filed[id] && follows) })
}

// keptSuccessors reads the successors among messages that are kept, by id and by whether
// they have a place behind what they follow once that is there. It is never nil.
func (f *Filer) keptSuccessors(wanted func(id string, follows bool) bool) ([]successor, error) {
	out := []successor{}
	list, err := f.cfg.Kept.List(kept.Accepted, -1)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if !wanted(e.ID, true) && !wanted(e.ID, false) {
			continue
		}
		_, body, err := f.cfg.Kept.Load(e.ID)
		switch {
		case errors.Is(err, fs.ErrNotExist), fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid):
			continue // nobody can tell what it says
		case err != nil:
			return nil, err
		}
		s, named, ok := successorOf(recordOf(e, body))
		// A cancellation that has no name of its own gets that of the order, when it is there.
		if ok && wanted(e.ID, (named || s.cancels) && !s.stops) {
			s.id = e.ID
			out = append(out, s)
		}
	}
	return out, nil
}

// successorOf reads what a message follows, by its name or, where it has none, by its
// order.
func successorOf(r journal.Record) (s successor, named, ok bool) {
	msg, err := hl7v2.Parse(r.Body)
	if err != nil {
		return s, false, false
	}
	s.content, s.received = r.Content, r.Received
	n, err := nameOf(msg, r)
	if s.stops = stops(msg, err == nil); err == nil && !s.stops {
		s.patient, s.order, s.types, s.day, s.cancels = n.PatientID, n.OrderNo, []ssmix2.DataType{n.DataType}, n.CareDate, n.Flag == ssmix2.Deleted
		return s, true, true
	}
	s.types = candidates[msg.Header().At(9, 1, 1, 1)]
	if s.order, s.cancels = orderOf(msg, ssmix2.CancelsOrder); !s.cancels {
		s.order = numberOf(msg)
	}
	s.patient, err = ssmix2.PatientOf(msg)
	return s, false, err == nil && s.order != ""
}

// numberOf gives the one order number of a message whatever it does with the order, ""
// if it has none or several. Parts of an order have numbers of their own.
func numberOf(msg *hl7v2.Message) (order string) {
	from := "ORC"
	if !msg.Has(from) {
		from = "OBR"
	}
	for s := range msg.Segments(from) {
		number := strings.TrimSpace(s.At(2, 1, 1, 1))
		if number == "" || from == "ORC" && s.At(1, 1, 1, 1) == "CH" {
			continue
		}
		if order != "" && number != order {
			return ""
		}
		order = number
	}
	return order
}
