package filing

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Vital signs (ORU^R30) have no place in a standardised storage. They are filed into an
// extended one (拡張ストレージ) beside it, in one content for each patient, hour and sender,
// which is put together of what its messages say ([sheet], ADR 19) and written anew with each.

// ExtendedDir is the root of the extended storage in a folder of received messages.
func ExtendedDir(dir string) string { return filepath.Join(dir, extendedDir) }

const (
	extendedDir = "extended"
	// vitalSigns is the data type under which NHO's hospitals file measurements.
	vitalSigns   = "L-OBSERVATIONS^OBSERVATIONS^99ZL01"
	mainDocument = "main_document.hl7"
	// maxHour bounds a content: it is read and written with every message. A monitor that
	// sends six values each second stays below half of it.
	maxHour = 4 << 20
	// maxHours bounds the contents that one message is parted into.
	maxHours = 1000
	// spoilt is behind the key of a content that could not be read any more.
	spoilt = "x"
)

// vitalRun is vital signs that are filed together, by patient.
type vitalRun struct {
	order []ident.LocalPatientID
	told  map[ident.LocalPatientID][]vital
}

type vital struct {
	*told
	record journal.Record
}

func (r *vitalRun) add(t *told, rec journal.Record) {
	if r.told == nil {
		r.told = map[ident.LocalPatientID][]vital{}
	}
	if r.told[t.patient] == nil {
		r.order = append(r.order, t.patient)
	}
	r.told[t.patient] = append(r.told[t.patient], vital{t, rec})
}

// placeVitals adds vital signs to the run, or keeps them where something is not told.
func (f *Filer) placeVitals(run *run, msg *hl7v2.Message, r journal.Record) error {
	if err := f.listMerged(msg, r); err != nil {
		return err
	}
	t, err := tell(r)
	if err != nil {
		return f.keep(r, kept.ReasonNoPlace, err)
	}
	run.vitals.add(t, r)
	return nil
}

// placesOf gives where a message has something to say: where it says it, and where it takes
// back what it does not name, be it on the disk or among the hours of the same run.
func (s *storage) placesOf(t *told, hours map[place]*hour) ([]place, error) {
	out := t.places()
	for _, back := range t.takesBack {
		folder, err := vitalFolder(t.patient, back.day)
		if err != nil {
			return nil, err
		}
		all, err := s.hours(folder)
		if err != nil {
			return nil, err
		}
		for p := range hours {
			all[p.key] = nil
		}
		for key := range all {
			if p := (place{back.day, key}); strings.HasPrefix(key, back.day) && strings.HasSuffix(key, "-"+t.tag) && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// weighed is what a message makes of all its contents.
type weighed struct {
	added
	into map[*hour]added
}

// weigh holds a message against what is there, without changing anything. hours are those
// that were looked at already.
func (s *storage) weigh(t *told, hours map[place]*hour) (w weighed, err error) {
	places, err := s.placesOf(t, hours)
	if err != nil {
		return w, err
	}
	w.into = map[*hour]added{}
	for _, p := range places {
		h := hours[p]
		if h == nil {
			if h, err = s.hour(t.patient, p); err != nil {
				return w, err
			}
			hours[p] = h
		}
		out, err := t.onto(h.held, p)
		if err != nil {
			return w, err
		}
		if err := fits(t.patient, out); err != nil {
			return w, err
		}
		if err := h.named(); err != nil {
			return w, err
		}
		w.into[h] = out
		w.has = w.has || out.has
		w.took, w.alone, w.stale, w.news = w.took+out.took, w.alone+out.alone, w.stale+out.stale, w.news+out.news
	}
	return w, nil
}

// fits refuses a message with which its content could not be read any more.
func fits(patient ident.LocalPatientID, out added) error {
	if len(out.body) > maxHour {
		return fault.New(fault.Invalid, "with it the measurements of its hour would take more than %d bytes", maxHour)
	}
	if out.body == nil || !out.stands {
		return nil
	}
	if _, err := ssmix2.ReadVitals(patient, out.body); err != nil {
		return fault.New(fault.Invalid, "with it the measurements of its hour could not be read: %w", err)
	}
	return nil
}

// stageVitals puts vital signs together with what is there and stages what comes of it.
func (f *Filer) stageVitals(r *run, try int) (all []*hour, err error) {
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(workers)
	for _, id := range r.vitals.order {
		g.Go(func() (err error) {
			hours := map[place]*hour{}
			for _, v := range r.vitals.told[id] {
				if err := f.addVital(v, hours, r.late, try); err != nil {
					return err
				}
			}
			for _, h := range hours {
				err = f.storage.stageHour(h)
				mu.Lock()
				all = append(all, h)
				mu.Unlock()
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return all, plain(g.Wait())
}

// addVital puts one message to its hours, or keeps it. What is remarkable is listed before
// anything is written.
func (f *Filer) addVital(v vital, hours map[place]*hour, late bool, try int) error {
	w, err := f.storage.weigh(v.told, hours)
	if !late && (fault.Is(err, fault.Invalid) || try >= patience && refused(err)) {
		return f.keep(v.record, kept.ReasonFiling, plain(err))
	}
	if err != nil {
		return err
	}
	if w.alone > 0 || len(v.takesBack) > 0 && w.took == 0 && !w.has {
		err = f.list(v.record, kept.ReasonCancelsNothing, "it takes back measurements that are not there")
	}
	if w.stale > 0 {
		err = errors.Join(err, f.list(v.record, kept.ReasonOvertaken, "some of it is older than what holds: by its sender's clock, or since it comes plainly behind a correction or withdrawal"))
	}
	for h, out := range w.into {
		if out.body == nil {
			continue
		}
		if len(h.spoilt) > 0 && h.held == nil {
			err = errors.Join(err, f.list(v.record, kept.ReasonReplacesMore, "what was filed of its hour cannot be read any more and is set aside"))
		}
		h.held, h.stands, h.changed = out.body, out.stands, true
		h.stamp = max(h.stamp, stampOf(v.record.Received.In(jst)))
		if v.department != "" {
			h.department = v.department
		}
	}
	return err
}

// putVitals gives what was staged its name. What it takes the place of is superseded for as
// long as it takes to bring that to the medium.
func (f *Filer) putVitals(all []*hour) error {
	for _, h := range all {
		if err := f.storage.putHour(h); err != nil {
			return fmt.Errorf("file vital signs: %w", plain(err))
		}
	}
	return nil
}

// settleVitals removes what was written anew and is on the medium: the younger has all of it.
func (f *Filer) settleVitals(all []*hour) error {
	for _, h := range all {
		gone := h.there
		if !h.changed && len(gone) > 0 {
			gone = gone[:len(gone)-1]
		}
		for _, v := range gone {
			if err := f.storage.step("remove"); err != nil {
				return err
			}
			if err := f.storage.root.RemoveAll(v.path); err != nil {
				return fmt.Errorf("file vital signs: %w", plain(err))
			}
		}
	}
	return nil
}

// unstageVitals removes what is still staged after something failed.
func (f *Filer) unstageVitals(all []*hour) {
	for _, h := range all {
		if h.staged != "" {
			f.storage.root.RemoveAll(h.staged) // at the next start, if it cannot be now
		}
	}
}
