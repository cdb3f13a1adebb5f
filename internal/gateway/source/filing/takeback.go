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

// takeback is a cancellation of an order that is kept, and that nobody wants filed.
type takeback struct {
	id       string
	received time.Time
	patient  ident.LocalPatientID
	order    string
	types    []ssmix2.DataType
	day      string // of care; empty: it does not say
}

// of reports whether an entry is what the cancellation takes back.
func (t takeback) of(n ssmix2.Name, received time.Time) bool {
	return t.patient == n.PatientID && t.order == n.OrderNo && !t.received.Before(received) &&
		slices.Contains(t.types, n.DataType) && (t.day == "" || t.day == n.CareDate || oneEntry[n.DataType])
}

// takenBack finds the cancellation of an entry among those that are kept: filed alone, the
// order would hold that was cancelled. One that is to be filed as well follows it, and one
// that is dismissed came in another way.
func takenBack(n ssmix2.Name, received time.Time, among []takeback) (id string) {
	if n.Flag == ssmix2.Deleted || n.OrderNo == ssmix2.NoOrder {
		return ""
	}
	for _, t := range among {
		if t.of(n, received) {
			return t.id
		}
	}
	return ""
}

// stayingTakebacks reads what is kept once for all that is filed late together, but for
// what goes with it or is dismissed, and for others of which that is supposed. A decision
// that may still be withdrawn does not count when it matters.
func (f *Filer) stayingTakebacks(goes func(kept.Decided) bool, supposed ...string) ([]takeback, error) {
	decided, err := f.cfg.Kept.Decisions()
	if err != nil {
		return nil, err
	}
	return f.keptTakebacks(func(id string) bool {
		return !slices.Contains(supposed, id) && !slices.ContainsFunc(decided, func(d kept.Decided) bool { return d.ID == id && goes(d) })
	})
}

// keptTakebacks reads the cancellations among messages that are kept. It is never nil.
func (f *Filer) keptTakebacks(among func(id string) bool) ([]takeback, error) {
	out := []takeback{}
	list, err := f.cfg.Kept.List(kept.Accepted, -1)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		code, _, _ := strings.Cut(e.Type, "^")
		if e.Type != "" && candidates[code] == nil || !among(e.ID) {
			continue
		}
		_, body, err := f.cfg.Kept.Load(e.ID)
		switch {
		case errors.Is(err, fs.ErrNotExist), fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid):
			continue // nobody can tell what it says
		case err != nil:
			return nil, err
		}
		if t, ok := takebackOf(recordOf(e, body)); ok {
			t.id = e.ID
			out = append(out, t)
		}
	}
	return out, nil
}

func takebackOf(r journal.Record) (t takeback, ok bool) {
	msg, err := hl7v2.Parse(r.Body)
	if err != nil {
		return t, false
	}
	t.received = r.Received
	if n, err := nameOf(msg, r); err == nil {
		t.patient, t.order, t.types, t.day = n.PatientID, n.OrderNo, []ssmix2.DataType{n.DataType}, n.CareDate
		return t, n.Flag == ssmix2.Deleted && n.OrderNo != ssmix2.NoOrder
	}
	t.types = candidates[msg.Header().At(9, 1, 1, 1)]
	if t.order, ok = orderOf(msg); !ok || t.order == "" {
		return t, false
	}
	t.patient, err = ssmix2.PatientOf(msg)
	return t, err == nil
}
