package filing

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/ledger"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Prospects tells, of messages on the list, what would become of each if all of them were
// filed now, without doing it; also while Run runs. One that is not on the list is left
// out. By the time that somebody decides it may be otherwise: filing looks again.
func (f *Filer) Prospects(ids []string) (map[string]kept.Prospect, error) {
	w := weighing{Filer: f}
	var err error
	if w.merges, err = ledger.Read(f.cfg.Dir); fault.Is(err, fault.Invalid) {
		w.unknown = unknownMerges(err)
	} else if err != nil {
		return nil, err
	}
	list, err := f.readKept()
	if err != nil {
		return nil, err
	}
	if w.staying, err = f.stayingSuccessors(list, func(kept.Decided) bool { return true }, ids...); err != nil {
		return nil, err
	}
	if w.filed, err = f.toBeFiled(ids); err != nil {
		return nil, err
	}
	w.going = successors(list, func(id string, follows bool) bool { return follows && slices.Contains(w.filed, id) })
	w.kin = kinOf(list)
	out := make(map[string]kept.Prospect, len(ids))
	for _, id := range ids {
		e, body, err := f.cfg.Kept.Load(id)
		var p kept.Prospect
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid):
			p = unfit(kept.ReasonFiling, err)
		case err != nil:
			return nil, err
		default:
			if p, err = w.prospect(recordOf(e, body)); err != nil {
				return nil, err
			}
		}
		p.Related = w.kin.of(id)
		if err == nil && (p.Reason == kept.ReasonNoPlace || p.Reason == kept.ReasonNoOrder || p.Effect == kept.Cancels && p.Before == 0) {
			if p, err = w.withItsOrder(id, body, p); err != nil {
				return nil, err
			}
		}
		out[id] = p
	}
	return out, nil
}

// toBeFiled adds to messages those that are decided to be filed.
func (f *Filer) toBeFiled(ids []string) ([]string, error) {
	decided, err := f.cfg.Kept.Decisions()
	if err != nil {
		return nil, err
	}
	out := slices.Clone(ids)
	for _, d := range decided {
		if d.Decision == kept.File {
			out = append(out, d.ID)
		}
	}
	return out, nil
}

func unfit(reason kept.Reason, cause error) kept.Prospect {
	return kept.Prospect{Effect: kept.Unfit, Reason: reason, Detail: cause.Error()}
}

// weighing is what messages of the list are held against.
type weighing struct {
	*Filer
	merges         []ledger.Event
	unknown        error       // of a ledger that is damaged
	filed          []string    // what is filed as well
	staying, going []successor // what stays on the list, and what is filed as well
	kin            kin
}

// prospect follows [Filer.late] up to where that begins to change something.
func (w weighing) prospect(r journal.Record) (p kept.Prospect, err error) {
	msg, cause := hl7v2.Parse(contentOf(r))
	if cause != nil {
		return unfit(kept.ReasonNotHL7, cause), nil
	}
	if _, ok, _ := mergesOf(msg); ok {
		return unfit(kept.ReasonLate, errLateMerge), nil
	}
	// What is looked at is renamed meanwhile, if others are being filed: once more, then.
	for range 3 {
		look := w.place
		if ssmix2.IsVitals(msg) {
			look = w.vitals
		}
		if p, err = look(msg, r); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return p, err
}

func (w weighing) place(msg *hl7v2.Message, r journal.Record) (kept.Prospect, error) {
	e, cause, err := w.storage.locate(msg, r, true)
	if err != nil {
		return kept.Prospect{}, err
	}
	if cause != nil {
		return unfit(reasonOf(cause), cause), nil
	}
	name := e.name
	st, err := w.storage.standing(name, r)
	if err != nil {
		return kept.Prospect{}, fmt.Errorf("look for what is kept: %w", plain(err))
	}
	p := kept.Prospect{Effect: w.behind(e, r, effectOf(name.Flag, st))}
	if st.own != nil {
		p.Effect = kept.IsFiled
	} else if w.unknown != nil {
		p = unfit(kept.ReasonLate, w.unknown)
	} else if cause := withheld(e, r, w.merges, w.staying); cause != nil {
		p = unfit(kept.ReasonLate, cause)
	} else if amends, cause, err := w.amends(e); err != nil || cause != nil {
		if err != nil {
			return kept.Prospect{}, fmt.Errorf("look at what is there of the entry: %w", plain(err))
		}
		p = unfit(kept.ReasonLate, cause)
	} else if cause, err := w.storage.outOfPlace(e, contentOf(r)); err != nil || cause != nil {
		if err != nil {
			return kept.Prospect{}, fmt.Errorf("look at what is there of the entry: %w", plain(err))
		}
		p = unfit(kept.ReasonLate, cause)
	} else if amends {
		p.Effect = kept.Amends
	} else if cause := tied(name, st.since, st.movedOn); cause != nil {
		p = unfit(kept.ReasonFiling, cause)
	} else if err := w.storage.ownLate(entry{name: name, body: contentOf(r)}, slices.Concat(st.before, st.since)); fault.Is(err, fault.Invalid) {
		p = unfit(kept.ReasonFiling, err)
	} else if err != nil {
		return kept.Prospect{}, fmt.Errorf("look at what is there of the entry: %w", plain(err))
	}
	p.Patient, p.Type, p.Day = name.PatientID, string(name.DataType), name.CareDate
	if name.OrderNo != ssmix2.NoOrder {
		p.Order = name.OrderNo
	}
	since := slices.Concat(st.since, st.movedOn)
	p.Before, p.Since = len(st.before)+len(st.movedBefore), len(since)
	if v := latest(since); v != nil {
		p.LastSince = receivedAt(v.name)
	}
	return p, nil
}

// behind gives the effect of a message with those behind it that are filed as well. What only
// takes a part from it, or discontinues it, leaves it standing.
func (w weighing) behind(e entry, r journal.Record, effect kept.Effect) kept.Effect {
	for _, s := range w.going {
		by, ok := succeeded(e, r, []successor{s})
		switch {
		case !ok, by.stops, by.leaves(r):
		case by.cancels:
			return kept.TakenBack
		case effect != kept.TakenBack:
			effect = kept.Superseded
		}
	}
	return effect
}

func (w weighing) amends(e entry) (ok bool, cause, err error) {
	if !e.stops {
		return false, nil, nil
	}
	at, err := w.storage.ground(e.name)
	if err != nil {
		return false, nil, err
	}
	return w.storage.amends(e.name, at)
}

// withItsOrder gives the prospect of a message that ends its order, or a part of it, if the
// order is filed together with it, and then is there: the latest before it or, of one that
// discontinues it, also the only one behind it. Ids of the list are in the order of receipt.
func (w weighing) withItsOrder(id string, body []byte, alone kept.Prospect) (kept.Prospect, error) {
	is, err := hl7v2.Parse(body)
	if err != nil {
		return alone, nil
	}
	_, cancels := orderOf(is, ssmix2.CancelsOrder)
	_, discontinues := orderOf(is, halting(is))
	order, ok := w.orderOf(id, discontinues)
	if !ok || !cancels && !discontinues {
		return alone, nil
	}
	_, held, err := w.cfg.Kept.Load(order)
	switch {
	case errors.Is(err, fs.ErrNotExist), fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid):
		return alone, nil
	case err != nil:
		return kept.Prospect{}, err
	}
	p := alone
	p.Effect, p.Reason, p.Detail = kept.Cancels, "", ""
	p.Patient, p.Order = w.kin.order[id].patient, w.kin.order[id].order
	part, cause := discontinues, error(nil)
	if cancels {
		part, cause = leavesPart(held, groupsOf(is))
	}
	if part && cause == nil {
		p.Effect = kept.Amends
		_, cause = stopped(held, body)
	}
	if cause != nil {
		p = unfit(reasonOf(cause), cause)
		p.Related = alone.Related
	}
	return p, nil
}

// orderOf gives the message of the list that is the order of another and is filed as well.
func (w weighing) orderOf(id string, discontinues bool) (order string, ok bool) {
	var before, since []string
	for _, other := range w.kin.of(id) {
		ends := slices.ContainsFunc(w.going, func(s successor) bool { return s.id == other && (s.cancels || s.stops) })
		switch {
		case ends || !slices.Contains(w.filed, other):
		case other < id:
			before = append(before, other)
		default:
			since = append(since, other)
		}
	}
	switch {
	case len(before) > 0:
		return slices.Max(before), true
	case discontinues && len(since) == 1:
		return since[0], true
	}
	return "", false
}

// effectOf says in what condition an entry that is late would stand, as putLate decides it.
func effectOf(flag ssmix2.Flag, st standing) kept.Effect {
	if flag == ssmix2.Deleted {
		return kept.Cancels
	}
	switch lateFlag(flag, st.since, st.movedOn) {
	case ssmix2.Deleted:
		return kept.TakenBack
	case ssmix2.Superseded:
		return kept.Superseded
	}
	if len(st.before)+len(st.movedBefore) > 0 {
		return kept.Replaces
	}
	return kept.Holds
}

// receivedAt is when a version of the gateway's own storage was received, to the millisecond.
func receivedAt(n ssmix2.Name) time.Time {
	at, err := parseStamp(n.Timestamp)
	if err != nil {
		return time.Time{}
	}
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), jst)
}

// kin is which messages of the list are about one order of one patient.
type kin struct {
	order map[string]orderKey
	ids   map[orderKey][]string
}

type orderKey struct {
	patient ident.LocalPatientID
	order   string
}

func kinOf(list []waiting) kin {
	k := kin{map[string]orderKey{}, map[orderKey][]string{}}
	for _, w := range list {
		if w.keyed {
			k.order[w.id] = w.key
			k.ids[w.key] = append(k.ids[w.key], w.id)
		}
	}
	return k
}

func (k kin) of(id string) []string {
	key, ok := k.order[id]
	if !ok {
		return nil
	}
	var out []string
	for _, other := range k.ids[key] {
		if other != id {
			out = append(out, other)
		}
	}
	return out
}

// orderKeyOf says of which order a message is, also where a cancellation says no more.
func orderKeyOf(msg *hl7v2.Message, r journal.Record) (key orderKey, ok bool) {
	if n, err := nameOf(msg, r); err == nil {
		return orderKey{n.PatientID, n.OrderNo}, n.OrderNo != ssmix2.NoOrder
	}
	order, ends := orderOf(msg, ssmix2.CancelsOrder)
	if !ends {
		order, ends = orderOf(msg, halting(msg))
	}
	patient, err := ssmix2.PatientOf(msg)
	return orderKey{patient, order}, ends && order != "" && err == nil
}
