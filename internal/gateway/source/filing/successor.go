package filing

import (
	"errors"
	"io/fs"
	"slices"
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
	stops    bool    // it discontinues its order, which goes on standing
	waits    bool    // it ends its order, and says no more of it than the number
	parts    []group // of a cancellation that names some, see leaves
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

// leaves reports whether it cancels a part of what a record says and not all of it.
func (s successor) leaves(r journal.Record) bool {
	if len(s.parts) == 0 {
		return false
	}
	part, cause := leavesPart(r.Body, s.parts)
	return part || cause != nil
}

// succeeded finds what takes an entry back or replaces it among messages that are kept:
// filed alone, the entry would hold that was cancelled, or with the content that it had
// before it was changed.
func succeeded(e entry, r journal.Record, among []successor) (by successor, ok bool) {
	if e.name.Flag == ssmix2.Deleted {
		return by, false
	}
	i := slices.IndexFunc(among, func(s successor) bool {
		return s.of(e.name, r) && !(e.stops && (s.stops || len(s.parts) > 0)) // two that end parts of an order stand beside each other
	})
	if i < 0 {
		return by, false
	}
	return among[i], true
}

// waiting is a message of the list as far as it says of which order it is and what it
// follows.
type waiting struct {
	id        string
	key       orderKey
	keyed     bool // it is of one order
	successor successor
	succeeds  bool // it has a successor
	follows   bool // it has a place behind what it follows once that is there
}

// readKept reads the messages of the list, the latest first, without those of which nobody
// can tell what they say.
func (f *Filer) readKept() ([]waiting, error) {
	list, err := f.cfg.Kept.List(kept.Accepted, -1)
	if err != nil {
		return nil, err
	}
	var out []waiting
	for _, e := range list {
		_, body, err := f.cfg.Kept.Load(e.ID)
		switch {
		case errors.Is(err, fs.ErrNotExist), fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid):
			continue
		case err != nil:
			return nil, err
		}
		r := recordOf(e, body)
		msg, err := hl7v2.Parse(contentOf(r))
		if err != nil || ssmix2.IsVitals(msg) { // whose measurements follow each other by themselves
			continue
		}
		w := waiting{id: e.ID}
		w.key, w.keyed = orderKeyOf(msg, r)
		w.successor, w.follows, w.succeeds = successorOf(msg, r)
		w.successor.id = e.ID
		out = append(out, w)
	}
	return out, nil
}

// successors gives those of messages that are wanted, by id and by whether they have a place
// behind what they follow. It is never nil.
func successors(list []waiting, wanted func(id string, follows bool) bool) []successor {
	out := []successor{}
	for _, w := range list {
		if w.succeeds && wanted(w.id, w.follows) {
			out = append(out, w.successor)
		}
	}
	return out
}

// stayingSuccessors gives those of the list but for what is filed as well, and so follows
// what it is of, and what is dismissed, since it came in another way. Decisions count that
// do; of others it is supposed that they are filed.
func (f *Filer) stayingSuccessors(list []waiting, counts func(kept.Decided) bool, supposed ...string) ([]successor, error) {
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
	out := []successor{}
	for _, w := range list {
		if w.succeeds && !dismissed[w.id] && !(filed[w.id] && w.follows) {
			out = append(out, w.successor)
		}
	}
	return out, nil
}

// successorOf reads what a message follows, by its name or, where it has none, by its
// order, and whether it has a place behind that: what ends its order and has no name of its
// own gets that of the order, when it is there.
func successorOf(msg *hl7v2.Message, r journal.Record) (s successor, follows, ok bool) {
	s.content, s.received = r.Content, r.Received
	if _, cancels := orderOf(msg, ssmix2.CancelsOrder); cancels && namesPart(msg) {
		s.parts = groupsOf(msg)
	}
	n, err := nameOf(msg, r)
	if s.stops = stops(msg, err == nil); err == nil && !s.stops {
		s.patient, s.order, s.types, s.day, s.cancels = n.PatientID, n.OrderNo, []ssmix2.DataType{n.DataType}, n.CareDate, n.Flag == ssmix2.Deleted
		return s, true, true
	}
	s.types, s.waits = candidates[msg.Header().At(9, 1, 1, 1)], s.stops || waitsForOrder(msg)
	if s.order, s.cancels = orderOf(msg, ssmix2.CancelsOrder); !s.cancels {
		s.order = numberOf(msg)
	}
	s.patient, err = ssmix2.PatientOf(msg)
	return s, s.cancels || s.stops, err == nil && s.order != ""
}

// numberOf gives the one order number of a message whatever it does with the order, ""
// if it has none or several. Parts of an order have numbers of their own.
func numberOf(msg *hl7v2.Message) (order string) {
	from := "ORC"
	if !msg.Has(from) {
		from = "OBR"
	}
	for s := range msg.Segments(from) {
		number := s.Key(2)
		if number == "" || from == "ORC" && s.ID(1) == "CH" {
			continue
		}
		if order != "" && number != order {
			return ""
		}
		order = number
	}
	return order
}
