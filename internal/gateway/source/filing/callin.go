package filing

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// halts are ids of messages that are kept and end an order, or hold or release it, by that
// order.
type halts map[orderKey][]string

func (h halts) add(id string, msg *hl7v2.Message, r journal.Record) {
	if h == nil {
		return
	}
	if s, _, ok := successorOf(msg, r); ok && s.waits {
		key := orderKey{s.patient, s.order}
		if !slices.Contains(h[key], id) {
			h[key] = append(h[key], id)
		}
	}
}

// callIn has messages filed that are kept since the order that they discontinue, hold or
// cancel was not there, once it is: nobody can mean anything else by them, and a drug that was
// stopped must not go on being shown until somebody looks. An order that was written after
// them they do not mean, see [storage.cameLater]. It is decided as a person decides it, so that
// the list, the history and a crash know no second way; what is decided on already, or
// changed the order otherwise, is left to people.
//
// A list that cannot be read holds up nothing: what is on it stays there. It is not read
// before the first order.
func (f *Filer) callIn(ctx context.Context, r *run) {
	for _, id := range r.order {
		for _, p := range r.entries[id] {
			if p.name.Flag != ssmix2.Current || p.stops || p.name.OrderNo == ssmix2.NoOrder {
				continue
			}
			if err := f.readHalts(); err != nil {
				f.cfg.Log.ErrorContext(ctx, "look for kept messages that discontinue an order", logging.KeyError, err)
				return
			}
			key := orderKey{p.name.PatientID, p.name.OrderNo}
			if len(f.halts[key]) == 0 {
				continue
			}
			f.halts[key] = slices.DeleteFunc(f.halts[key], func(id string) bool { return fault.Is(f.cfg.Kept.Waiting(id), fault.NotFound) })
			for _, halt := range f.halts[key] {
				if err := f.call(halt); err != nil {
					f.cfg.Log.ErrorContext(ctx, "have a kept message filed that discontinues an order", "message", halt, logging.KeyError, err)
				}
			}
		}
	}
}

// readHalts reads once what is kept.
func (f *Filer) readHalts() error {
	if f.halts != nil {
		return nil
	}
	list, err := f.readKept()
	if err != nil {
		return err
	}
	f.halts = halts{}
	for _, w := range list {
		if w.succeeds && w.successor.waits {
			key := orderKey{w.successor.patient, w.successor.order}
			f.halts[key] = append(f.halts[key], w.id)
		}
	}
	return nil
}

// call decides that a message is filed, if it can be.
func (f *Filer) call(id string) error {
	e, body, err := f.cfg.Kept.Load(id)
	if errors.Is(err, fs.ErrNotExist) || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return nil
	}
	if err != nil {
		return err
	}
	msg, err := hl7v2.Parse(body)
	if err != nil {
		return nil
	}
	at, cause, err := f.storage.locate(msg, recordOf(e, body), true)
	if err != nil || cause != nil || !at.stops && at.name.Flag != ssmix2.Deleted {
		return err
	}
	if at.stops {
		here, err := f.storage.ground(at.name)
		if err != nil {
			return plain(err)
		}
		if ok, cause, err := f.storage.amends(at.name, here); !ok || cause != nil || err != nil {
			return err
		}
	}
	d := kept.Decided{ID: id, Decision: kept.File, By: f.cfg.By, At: f.cfg.Clock()}
	err = f.cfg.Kept.DecideOpen([]kept.Decided{d}, func() error { return nil })
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
