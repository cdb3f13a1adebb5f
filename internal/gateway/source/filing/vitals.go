package filing

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
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

// contentVersion is a content folder of the extended storage.
type contentVersion struct {
	name extended.Name
	path string
}

// hour is one content that is about to be written anew.
type hour struct {
	patient    ident.LocalPatientID
	place      place
	folder     string
	department string
	there      []contentVersion // the youngest last
	spoilt     []contentVersion // what cannot be read any more
	held       []byte           // what it says, with what was put to it; nil: nothing yet
	changed    bool
	stands     bool
	stamp      string
	staged     string
}

// now gives what an hour says on the disk. The youngest says all that the others say,
// whatever its flag: they are left over from a crash.
func (h *hour) now() (v contentVersion, ok bool) {
	if len(h.there) == 0 {
		return v, false
	}
	return h.there[len(h.there)-1], true
}

// vitalFolder is where the contents of a patient and day lie.
func vitalFolder(patient ident.LocalPatientID, day string) (string, error) {
	folder, err := ssmix2.PatientFolder(patient)
	return path.Join(extendedDir, folder, day, vitalSigns), err
}

// hours lists the contents of a folder by their keys.
func (s *storage) hours(folder string) (map[string][]contentVersion, error) {
	names, err := s.list(folder)
	if err != nil {
		return nil, err
	}
	out := map[string][]contentVersion{}
	for _, file := range names {
		if n, err := extended.ParseName(file); err == nil {
			out[n.OrderNo] = append(out[n.OrderNo], contentVersion{n, path.Join(folder, file)})
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b contentVersion) int { return strings.Compare(a.name.Timestamp, b.name.Timestamp) })
	}
	return out, nil
}

// hour reads what is there of a place.
func (s *storage) hour(patient ident.LocalPatientID, p place) (*hour, error) {
	folder, err := vitalFolder(patient, p.day)
	if err != nil {
		return nil, err
	}
	all, err := s.hours(folder)
	if err != nil {
		return nil, err
	}
	h := &hour{patient: patient, place: p, folder: folder, there: all[p.key]}
	for {
		v, ok := h.now()
		if !ok {
			return h, nil
		}
		body, err := s.root.ReadFile(path.Join(v.path, mainDocument))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		var is *sheet
		if err == nil {
			is, err = readSheet(body)
		}
		if err != nil {
			h.there, h.spoilt = h.there[:len(h.there)-1], append(h.spoilt, v)
			continue
		}
		h.held, h.stands, h.department, h.stamp = body, is.holds(), v.name.Department, v.name.Timestamp
		// A crash came between the flag of the one and the name of the next, and what was to
		// be next is not there any more.
		h.changed = v.name.Flag == ssmix2.Superseded
		return h, nil
	}
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
	if len(out.body) > hl7v2.MaxBytes {
		return fault.New(fault.Invalid, "with it the measurements of an hour would be larger than a message may be")
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
		err = errors.Join(err, f.list(v.record, kept.ReasonOvertaken, "by its sender's clock, or since it is no correction, it was made before what holds"))
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

// stageHour writes what an hour says from now on.
func (s *storage) stageHour(h *hour) error {
	if !h.changed {
		return nil
	}
	if err := s.step("stage"); err != nil {
		return err
	}
	h.staged = path.Join(stagingDir, fmt.Sprintf("vitals-%d", s.vitals.Add(1)))
	if err := s.root.Mkdir(h.staged, 0o700); err != nil {
		return err
	}
	return s.root.WriteFile(path.Join(h.staged, mainDocument), h.held, 0o600)
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

func (s *storage) putHour(h *hour) error {
	if !h.changed {
		return nil
	}
	if err := s.folder(h.folder); err != nil {
		return err
	}
	for _, v := range h.spoilt {
		to := v.name
		to.OrderNo, to.Flag = to.OrderNo+spoilt, ssmix2.Deleted
		if _, err := s.move(v, to); err != nil {
			return err
		}
	}
	for i, v := range h.there {
		if v.name.Flag != ssmix2.Current {
			continue
		}
		to := v.name
		to.Flag = ssmix2.Superseded
		var err error
		if h.there[i].path, err = s.move(v, to); err != nil {
			return err
		}
	}
	name := h.name()
	if err := s.step("rename"); err != nil {
		return err
	}
	if err := s.root.Rename(h.staged, path.Join(h.folder, name.String())); err != nil {
		return err
	}
	h.staged = ""
	return nil
}

// move gives a content folder another name.
func (s *storage) move(v contentVersion, to extended.Name) (string, error) {
	if err := s.step("flag"); err != nil {
		return "", err
	}
	aside := path.Join(path.Dir(v.path), to.String())
	return aside, s.root.Rename(v.path, aside)
}

// named refuses an hour whose name could not be read, or not be written. It is known before
// anything is renamed.
func (h *hour) named() error {
	n := h.name()
	if n.Timestamp == "" { // nothing was filed yet
		n.Timestamp = "20000101000000000"
	}
	if len(n.String())+len(spoilt) > maxFileName {
		return fault.New(fault.Invalid, "the folder name would have %d bytes, a file system takes %d", len(n.String()), maxFileName)
	}
	below, err := n.Path()
	if err != nil {
		return err
	}
	if is, err := extended.ParsePath(below); err != nil || is.Key != n.Key {
		return fault.New(fault.Invalid, "no name for the measurements of its patient id: %v", err)
	}
	return nil
}

// name is that of an hour that was changed.
func (h *hour) name() extended.Name {
	n := ssmix2.Name{
		Key:       ssmix2.Key{PatientID: h.patient, CareDate: h.place.day, DataType: vitalSigns, OrderNo: h.place.key},
		Timestamp: h.stamp, Department: h.department, Flag: ssmix2.Current,
	}
	if !h.stands {
		n.Flag = ssmix2.Deleted
	}
	var there []ssmix2.Name
	for _, v := range slices.Concat(h.there, h.spoilt) {
		there = append(there, v.name.Name)
	}
	for _, v := range there { // what is written anew is younger, also after the clock was set back
		if n.Timestamp <= v.Timestamp {
			n.Timestamp = stampAfter(v.Timestamp)
		}
	}
	return extended.Name{Name: n}
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
