package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// retryPause is how long to wait with what could not be read.
const retryPause = time.Second

// Refresh reads a linked patient's files now and tells how far it is. A patient that is
// not linked is not found; a storage that does not answer is unavailable, and so is one of
// which a root does not, after what can be read has been.
func (s *Source) Refresh(ctx context.Context, id ident.LocalPatientID, progress func(wire.Progress) error) error {
	if _, err := s.index.LinkedPatient(ctx, s.index.Reader(), id); err != nil {
		return err
	}
	p := s.patient(id)
	p.reading.Lock()
	defer p.reading.Unlock()
	away, err := s.read(ctx, id, p, progress)
	if err == nil && away != nil {
		return &fault.Error{Kind: fault.Unavailable, Key: keyPartlyAway, Op: "refresh", Err: away}
	}
	if errors.Is(err, errAway) {
		return &fault.Error{Kind: fault.Unavailable, Key: keyAway, Op: "refresh", Err: err}
	}
	return err
}

// What a viewer is told of a storage that is away, whole or in part.
const (
	keyAway       fault.Key = "gateway.storage_away"
	keyPartlyAway fault.Key = "gateway.storage_partly_away"
)

// read reads what the storage has of one patient into the index: demographics, and all
// documents if the patient is linked. It gives why parts of the storage had to be left out,
// nil if none had. The caller holds p.reading.
func (s *Source) read(ctx context.Context, id ident.LocalPatientID, p *patient, progress func(wire.Progress) error) (away, err error) {
	_, err = s.index.LinkedPatient(ctx, s.index.Reader(), id)
	linked := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	result, l, err := s.look(ctx, id, linked, onDemand, progress)
	if err != nil {
		return nil, err
	}
	if err := s.put(ctx, result); err != nil {
		return nil, err
	}
	s.sound(ctx, id)
	s.remember(p, l)
	return l.why, nil
}

// remember keeps what a later change of a patient will be told by.
func (s *Source) remember(p *patient, l *listing) {
	now, at := remembered(p.id, l.documents, l.seen), s.Clock()
	s.count(p, -1)
	p.mu.Lock()
	p.memory, p.read, p.whole, p.watched = now, at, l.whole, false
	p.mu.Unlock()
	s.count(p, 1)
	if l.whole && s.hasWalked() && s.watchPatient(p, now, l.folder, l.seen) && l.moved() {
		s.soon(p.id, 0)
	}
}

// moved reports whether a folder changed between being listed and being watched.
func (l *listing) moved() bool {
	for _, was := range l.seen {
		if !was.file && was.time >= 0 && l.s.volumes[was.volume].now(l.folder, was) != was {
			return true
		}
	}
	return false
}

// count adds what is remembered of a patient to the volumes' counters, or takes it away.
func (s *Source) count(p *patient, sign int64) {
	documents, _ := p.memory.documents(len(s.volumes))
	folders, here := make([]int64, len(s.volumes)), make([]bool, len(s.volumes))
	for st := range p.memory.stamps(p.id, len(s.volumes)) {
		if !st.file && st.time != timeAbsent && st.time != timeAway {
			folders[st.volume]++
			here[st.volume] = true
		}
	}
	for i, v := range s.volumes {
		v.documents.Add(sign * int64(documents[i]))
		v.folders.Add(sign * folders[i])
		if here[i] {
			v.patients.Add(sign)
		}
	}
}

const (
	inWalk   = 1 // workers on one patient while others are read beside
	onDemand = 8 // where somebody waits for this one
	// alone is how many documents one worker reads faster than several.
	alone = 16
)

// look reads a patient's files and changes nothing. The listing, which is closed, holds
// what a later change will be told by. When a volume goes away meanwhile it begins again,
// to do without if that can be.
func (s *Source) look(ctx context.Context, id ident.LocalPatientID, whole bool, workers int, progress func(wire.Progress) error) (index.Reading, *listing, error) {
	for range s.volumes {
		out, l, err := s.lookOnce(ctx, id, whole, workers, progress)
		if !errors.Is(err, errAway) {
			return out, l, err
		}
	}
	return s.lookOnce(ctx, id, whole, workers, progress)
}

func (s *Source) lookOnce(ctx context.Context, id ident.LocalPatientID, whole bool, workers int, progress func(wire.Progress) error) (index.Reading, *listing, error) {
	l, err := s.listPatient(id, whole)
	if err != nil {
		return index.Reading{}, nil, err
	}
	defer l.close()
	r := reading{listing: l, workers: workers, progress: progress, out: index.Reading{ID: id, Whole: whole}}
	if err := r.begin(ctx); err != nil {
		return index.Reading{}, nil, err
	}
	if err := r.demographics(ctx); err != nil {
		return index.Reading{}, nil, err
	}
	if err := r.identify(ctx); err != nil {
		return index.Reading{}, nil, err
	}
	if err := r.readDocuments(ctx); err != nil {
		return index.Reading{}, nil, err
	}
	if err := r.extended(ctx); err != nil {
		return index.Reading{}, nil, err
	}
	r.carry()
	r.out.Unreadable, r.out.Away = l.unreadable(), l.awayRoots()
	l.sighted()
	return r.out, l, nil
}

// reading is one patient being read.
type reading struct {
	*listing
	holding  // whom documents are held against
	workers  int
	current  []found
	names    []ssmix2.Name                   // of the type folder being resolved
	pending  map[ssmix2.DataType]ssmix2.Name // types of which an entry is between two versions, and the youngest such
	former   []found                         // versions of ADT-00 that do not hold
	unread   string                          // time stamp of a current ADT-00 that cannot be read
	before   map[string]index.Entry          // by path below the root
	said     map[ident.ItemID]string         // see [reading.says]
	progress func(wire.Progress) error
	out      index.Reading
}

// begin finds out which files are current. All versions of an entry lie in one type
// folder, of whatever volume, so that one folder after the other is resolved; those of
// undated types in all folders of the type.
func (r *reading) begin(ctx context.Context) error {
	r.resolveObjects()
	r.pending = map[ssmix2.DataType]ssmix2.Name{}
	// Of one volume they are listed in this order, unless one lies in the wrong folder.
	if len(r.s.volumes) > 1 || slices.ContainsFunc(r.files, func(f found) bool { return f.name.CareDate != "" && f.name.DataType.Undated() }) {
		slices.SortStableFunc(r.files, func(a, b found) int {
			return cmp.Or(cmp.Compare(day(a.name), day(b.name)), cmp.Compare(a.name.DataType, b.name.DataType))
		})
	}
	r.current = r.files[:0] // never ahead of what is still to be resolved
	for from, to := 0, 0; from < len(r.files); from = to {
		in := r.files[from].name
		for to = from + 1; to < len(r.files) && day(r.files[to].name) == day(in) && r.files[to].name.DataType == in.DataType; to++ {
		}
		r.resolve(r.files[from:to])
	}
	r.files = nil
	if !r.whole {
		return nil
	}
	entries, err := r.s.index.Entries(ctx, r.s.index.Reader(), r.patient)
	if err != nil {
		return err
	}
	r.before = make(map[string]index.Entry, len(entries))
	for _, e := range entries {
		r.before[e.Path] = e
	}
	return nil
}

// day gives the day under which the versions of a name's entry lie.
func day(n ssmix2.Name) string {
	if n.DataType.Undated() {
		return ""
	}
	return n.CareDate
}

// resolve finds out which files of one type folder are current.
func (r *reading) resolve(files []found) {
	r.names = r.names[:0]
	named := byName(files)
	for _, f := range files {
		if in := named(f.name); in.volume != f.volume {
			if f.name.Flag == ssmix2.Current {
				r.amiss(problem{f.volume, f.path, index.ReasonRival, "a file of the same name in another root is taken"})
			}
			continue
		}
		r.names = append(r.names, f.name)
		if r.whole && f.name.DataType == ssmix2.PatientDemographics {
			r.former = append(r.former, f)
		}
	}
	versions := ssmix2.Resolve(r.names)
	current := make([]found, 0, len(versions))
	for _, v := range versions {
		for _, rival := range v.Rivals {
			f := named(rival)
			r.amiss(overruled(v.State, f.volume, f.path, "file"))
		}
		if v.State != ssmix2.StatePending {
			r.says(v.Name)
		}
		switch f := named(v.Name); {
		case v.State == ssmix2.StatePending:
			// For a moment, while a writer renames one and writes the next; or for good, if it
			// stopped in between: then somebody must know that the entry is not shown.
			if was, known := r.pending[v.Name.DataType]; !known || was.Before(v.Name) {
				r.pending[v.Name.DataType] = v.Name
			}
			if r.lacks(false) {
				continue // what is current may lie where nobody can look
			}
			r.amiss(problem{f.volume, f.path, index.ReasonNoCurrent, "all files of this entry are flagged superseded"})
		case v.State != ssmix2.StateCurrent:
		case !v.Name.DataType.Readable():
			r.amiss(problem{f.volume, f.path, index.ReasonUnknownType, fmt.Sprintf("data type %q: %v", v.Name.DataType, ssmix2.ErrUnknownType)})
		default:
			current = append(current, f)
		}
	}
	r.current = append(r.current, current...) // over what has been resolved
}

// overruled says why something that is flagged current does not hold.
func overruled(by ssmix2.State, volume int, path, what string) problem {
	if by == ssmix2.StateDeleted {
		return problem{volume, path, index.ReasonDeleted, "flagged current, and a younger " + what + " of this entry deletes it"}
	}
	return problem{volume, path, index.ReasonRival, "another " + what + " of this entry is flagged current and younger"}
}

// byName finds the file of a name; of the same name in two volumes, that of the last.
func byName(files []found) func(ssmix2.Name) found {
	if len(files) > few { // nobody keeps a writer from making it ten thousand
		places := make(map[ssmix2.Name]int, len(files))
		for i, f := range files {
			places[f.name] = i
		}
		return func(n ssmix2.Name) found { return files[places[n]] }
	}
	return func(n ssmix2.Name) (out found) {
		for _, f := range files {
			if f.name == n {
				out = f
			}
		}
		return out
	}
}

// demographics takes in the current ADT-00. Its allergies are a document like others.
func (r *reading) demographics(ctx context.Context) error {
	i := slices.IndexFunc(r.current, func(f found) bool { return f.name.DataType == ssmix2.PatientDemographics })
	being, replaced := r.pending[ssmix2.PatientDemographics]
	if i >= 0 && replaced && r.current[i].name.Before(being) { // under another order number
		r.current = slices.Delete(r.current, i, i+1)
		i = -1
	}
	if i < 0 {
		// Being replaced right now, or unreadable: then what was known stays.
		if r.out.Uncertain = replaced || r.broken || r.lacks(false) || r.blurred; r.out.Uncertain {
			return nil
		}
		just, err := r.justGone(ctx)
		r.out.Uncertain = just
		return err
	}
	r.s.isBack(r.patient)
	f := r.current[i]
	r.current = slices.Delete(r.current, i, i+1)
	r.former = slices.DeleteFunc(r.former, func(v found) bool { return v.name == f.name })
	one, before := r.read(f), r.troubles
	if err := r.take(f, one); err != nil {
		return err
	}
	if one.doc == nil {
		r.out.Uncertain = true
		if r.troubles > before { // and will be no better in a moment
			r.unread = f.name.Timestamp
		}
		return nil
	}
	r.seen = append(r.seen, stamp{volume: f.volume, path: f.path, time: r.timeOf(f.volume, one.at), size: one.at.size, file: true, sound: true})
	older, err := r.older(ctx, one.doc.Timestamp)
	if err != nil {
		return err
	}
	if r.out.Uncertain = older; older {
		return nil
	}
	r.out.Demographics, r.out.Updated = one.doc.Demographics, one.doc.Timestamp
	r.out.DemographicsRoot, r.out.DemographicsPath = r.s.volumes[f.volume].name, f.below
	r.out.DemographicsRemarks = index.RemarksOf(one.doc.Remarks)
	if r.whole && one.doc.Allergies != nil {
		one.doc.Kind, one.doc.Remarks = clinical.KindAllergy, nil // the file's remarks are those of the demographics
		r.out.Entries = append(r.out.Entries, r.entry(f, one))
	}
	return nil
}

// older reports whether the index knows younger demographics than those sent at a time:
// from a volume that is away.
func (r *reading) older(ctx context.Context, sent string) (bool, error) {
	if !r.lacks(false) {
		return false, nil
	}
	known, err := r.s.index.Patient(ctx, r.s.index.Reader(), r.patient)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return known.Updated > sent, err
}

// identify finds out whom documents are held against: who the patient is by what was
// just read, or by the index where that could not be told. Where the index has had
// somebody else, all documents are read anew, for they may be the former patient's.
func (r *reading) identify(ctx context.Context) error {
	if !r.whole {
		return nil
	}
	r.record = r.out.Demographics
	known, err := r.s.index.Patient(ctx, r.s.index.Reader(), r.patient)
	same := false
	switch {
	case fault.Is(err, fault.NotFound):
		same = r.record == nil
	case err != nil:
		return err
	case r.record == nil && r.out.Uncertain:
		r.record, same = &known.Demographics, true
	case r.record != nil:
		same = r.record.Name == known.Name && r.record.Kana == known.Kana && r.record.BirthDate == known.BirthDate && r.record.Sex == known.Sex
	}
	if !same {
		clear(r.before)
	}
	if known.ID == "" {
		return r.findOwners(ctx, nil)
	}
	return r.findOwners(ctx, &known)
}
