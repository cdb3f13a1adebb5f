package filing

import (
	"context"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// weighVitals holds vital signs that are kept against what is there. t is nil for what
// cannot be read, or has no place there.
func (f *Filer) weighVitals(r journal.Record) (t *told, w weighed, err error) {
	if t, err = tell(r); err != nil {
		return nil, w, nil
	}
	w, err = f.storage.weigh(t, map[place]*hour{})
	if fault.Is(err, fault.Invalid) {
		return nil, w, nil
	}
	if err != nil {
		return nil, w, fmt.Errorf("look for kept vital signs: %w", plain(err))
	}
	return t, w, nil
}

// vitalsLate files vital signs that were kept. What was received since goes on holding,
// measurement by measurement.
func (f *Filer) vitalsLate(ctx context.Context, r journal.Record) (reason kept.Reason, cause, err error) {
	t, cause := tell(r)
	if cause != nil {
		return kept.ReasonNoPlace, cause, nil
	}
	_, w, err := f.weighVitals(r)
	if err != nil {
		return "", nil, err
	}
	if !w.has { // or it is carried through, whatever was said since
		if cause, err = f.withheld(t.asEntry(), r); cause != nil || err != nil {
			return kept.ReasonLate, cause, err
		}
	}
	run := newRun()
	run.late = true
	run.vitals.add(t, r)
	if err = f.finish(ctx, run, 1); refused(err) {
		return kept.ReasonFiling, plain(err), nil
	}
	return "", nil, err
}

// asEntry says of whom vital signs are; they have no entry in the standardised storage.
func (t *told) asEntry() entry {
	return entry{name: ssmix2.Name{Key: ssmix2.Key{PatientID: t.patient}}}
}

// vitalsFiled gives the content that has vital signs, of several the first.
func (f *Filer) vitalsFiled(r journal.Record) (as string, flag ssmix2.Flag, err error) {
	_, w, err := f.weighVitals(r)
	if err != nil {
		return "", 0, err
	}
	for h, out := range w.into {
		if v, ok := h.now(); ok && out.has && (as == "" || v.name.String() < as) {
			as, flag = v.name.String(), v.name.Flag
		}
	}
	return as, flag, nil
}

// vitals follows [Filer.vitalsLate] up to where that begins to change something.
func (w weighing) vitals(_ *hl7v2.Message, r journal.Record) (p kept.Prospect, err error) {
	t, cause := tell(r)
	if cause != nil {
		return unfit(kept.ReasonNoPlace, cause), nil
	}
	is, err := w.storage.weigh(t, map[place]*hour{})
	switch {
	case fault.Is(err, fault.Invalid):
		p = unfit(kept.ReasonFiling, err)
	case err != nil:
		return p, fmt.Errorf("look for what is kept: %w", plain(err))
	case is.has:
		p.Effect = kept.IsFiled
	case w.unknown != nil:
		p = unfit(kept.ReasonLate, w.unknown)
	default:
		switch cause := withheld(t.asEntry(), r, w.merges, w.staying); {
		case cause != nil:
			p = unfit(kept.ReasonLate, cause)
		case is.took > 0:
			p.Effect = kept.Cancels
		case is.news > 0:
			p.Effect = kept.Holds
		default:
			p.Effect = kept.Superseded
		}
	}
	p.Patient, p.Type = t.patient, vitalSigns
	if places := t.places(); len(places) > 0 {
		p.Day = places[0].day
	}
	return p, nil
}
