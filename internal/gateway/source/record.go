package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// retryPause is how long to wait with what could not be read.
const retryPause = time.Second

// Refresh reads a linked patient's files now and tells how far it is. A patient that is
// not linked is not found; a storage that does not answer is unavailable.
func (s *Source) Refresh(ctx context.Context, id ident.LocalPatientID, progress func(wire.Progress) error) error {
	if _, err := s.index.LinkedPatient(ctx, s.index.Reader(), id); err != nil {
		return err
	}
	p := s.patient(id)
	p.reading.Lock()
	defer p.reading.Unlock()
	err := s.read(ctx, id, p, progress)
	if errors.Is(err, errAway) {
		return &fault.Error{Kind: fault.Unavailable, Key: "gateway.storage_away", Op: "refresh", Err: err}
	}
	return err
}

// read reads what the storage has of one patient into the index: demographics, and all
// documents if the patient is linked. The caller holds p.reading.
func (s *Source) read(ctx context.Context, id ident.LocalPatientID, p *patient, progress func(wire.Progress) error) error {
	_, err := s.index.LinkedPatient(ctx, s.index.Reader(), id)
	linked := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	result, l, err := s.look(ctx, id, linked, onDemand, progress)
	if err != nil {
		return err
	}
	if err := s.put(ctx, result); err != nil {
		return err
	}
	s.remember(p, l)
	return nil
}

// remember keeps what a later change of a patient will be told by.
func (s *Source) remember(p *patient, l *listing) {
	now := remembered(p.id, l.documents, l.seen)
	s.count(p, -1)
	p.mu.Lock()
	p.memory, p.whole, p.watched = now, l.whole, false
	p.mu.Unlock()
	s.count(p, 1)
	if l.whole && s.hasWalked() && s.watchPatient(p, l.folder, l.seen) && l.moved() {
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
		if !st.file && st.time != timeAbsent {
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
// what a later change will be told by.
func (s *Source) look(ctx context.Context, id ident.LocalPatientID, whole bool, workers int, progress func(wire.Progress) error) (index.Reading, *listing, error) {
	l, err := s.listPatient(id, whole)
	if err != nil {
		return index.Reading{}, nil, err
	}
	defer l.close()
	r := reading{listing: l, workers: workers, progress: progress, out: index.Reading{ID: id, Whole: whole}}
	if err := r.begin(ctx); err != nil {
		return index.Reading{}, nil, err
	}
	if err := r.demographics(); err != nil {
		return index.Reading{}, nil, err
	}
	if whole {
		if r.who, r.same, err = r.person(ctx); err != nil {
			return index.Reading{}, nil, err
		}
	}
	if err := r.readDocuments(ctx); err != nil {
		return index.Reading{}, nil, err
	}
	if err := r.extended(ctx); err != nil {
		return index.Reading{}, nil, err
	}
	r.out.Unreadable = l.unreadable()
	l.sighted()
	return r.out, l, nil
}

// reading is one patient being read.
type reading struct {
	*listing
	workers  int
	who      extended.Person // whose documents these must be
	same     bool            // the index has had the person so
	current  []found
	names    []ssmix2.Name            // of the type folder being resolved
	pending  map[ssmix2.DataType]bool // types of which an entry is between two versions
	before   map[string]index.Entry   // by path below the root
	progress func(wire.Progress) error
	out      index.Reading
}

// begin finds out which files are current. All versions of an entry lie in one type
// folder, of whatever volume, so that one folder after the other is resolved.
func (r *reading) begin(ctx context.Context) error {
	r.resolveObjects()
	r.pending = map[ssmix2.DataType]bool{}
	if len(r.s.volumes) > 1 { // of one volume they are listed in this order
		slices.SortStableFunc(r.files, func(a, b found) int {
			return cmp.Or(cmp.Compare(a.name.CareDate, b.name.CareDate), cmp.Compare(a.name.DataType, b.name.DataType))
		})
	}
	r.current = r.files[:0] // never ahead of what is still to be resolved
	for from, to := 0, 0; from < len(r.files); from = to {
		in := r.files[from].name
		for to = from + 1; to < len(r.files) && r.files[to].name.CareDate == in.CareDate && r.files[to].name.DataType == in.DataType; to++ {
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

// resolve finds out which files of one type folder are current.
func (r *reading) resolve(files []found) {
	r.names = r.names[:0]
	for _, f := range files {
		r.names = append(r.names, f.name)
	}
	versions := ssmix2.Resolve(r.names)
	current := make([]found, 0, len(versions))
	for _, v := range versions {
		for _, rival := range v.Rivals {
			f := named(files, rival)
			r.bad = append(r.bad, problem{f.volume, f.path, index.ReasonRival, "another file of this entry is flagged current and younger"})
		}
		switch f := named(files, v.Name); {
		case v.State == ssmix2.StatePending:
			r.pending[v.Name.DataType] = true
		case v.State != ssmix2.StateCurrent:
		case !v.Name.DataType.Known():
			r.bad = append(r.bad, problem{f.volume, f.path, index.ReasonUnknownType, fmt.Sprintf("data type %q: %v", v.Name.DataType, ssmix2.ErrUnknownType)})
		case v.Name.DataType.Readable():
			current = append(current, f)
		}
	}
	r.current = append(r.current, current...) // over what has been resolved
}

// named gives the file of a name; of the same name in two volumes, that of the last.
func named(files []found, n ssmix2.Name) (out found) {
	for _, f := range files {
		if f.name == n {
			out = f
		}
	}
	return out
}

// demographics takes in the current ADT-00. Its allergies are a document like others.
func (r *reading) demographics() error {
	i := slices.IndexFunc(r.current, func(f found) bool { return f.name.DataType == ssmix2.PatientDemographics })
	if i < 0 {
		// Being replaced right now, or unreadable: then what was known stays.
		r.out.Uncertain = r.pending[ssmix2.PatientDemographics] || r.broken || slices.ContainsFunc(r.bad, func(b problem) bool {
			return strings.HasPrefix(b.path, demographicsFolder) || demographicsFolder == b.path || b.path == "-"
		})
		return nil
	}
	f := r.current[i]
	r.current = slices.Delete(r.current, i, i+1)
	one := r.read(f)
	if err := r.take(f, one); err != nil {
		return err
	}
	if one.doc == nil {
		r.out.Uncertain = true
		return nil
	}
	r.seen = append(r.seen, stamp{volume: f.volume, path: f.path, time: r.timeOf(f.volume, one.at), size: one.at.size, file: true, sound: true})
	r.out.Demographics, r.out.Updated = one.doc.Demographics, one.doc.Timestamp
	if r.whole && one.doc.Allergies != nil {
		one.doc.Kind = clinical.KindAllergy
		r.out.Entries = append(r.out.Entries, r.entry(f, one))
	}
	return nil
}

// readOne is what reading one file gave.
type readOne struct {
	at     info
	opened bool
	entry  index.Entry        // of a document
	doc    *clinical.Document // of the demographics
	err    error
}

// readDocuments reads every current document that is not as it was when it was read before.
func (r *reading) readDocuments(ctx context.Context) error {
	r.out.Entries = slices.Grow(r.out.Entries, len(r.current))
	workers := min(r.workers, 1+len(r.current)/alone)
	if workers == 1 {
		for i, f := range r.current {
			if err := r.takeDocument(ctx, i, r.readDocument(f)); err != nil {
				return err
			}
		}
		return nil
	}
	// A batch is read by all workers and then taken in, in order.
	const batch = 256
	results := make([]readOne, batch)
	for from := 0; from < len(r.current); from += batch {
		files := r.current[from:min(from+batch, len(r.current))]
		var next atomic.Int64
		var g sync.WaitGroup
		for range workers {
			g.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
					results[i] = r.readDocument(files[i])
				}
			})
		}
		g.Wait()
		for i := range files {
			if err := r.takeDocument(ctx, from+i, results[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// readDocument reads one document unless the index has it as it is. A correction of who
// the patient is has all of them held against it anew. It may run beside itself and
// changes nothing of the reading.
func (r *reading) readDocument(f found) readOne {
	if e, ok := r.before[f.below]; ok && r.same && e.Root == r.s.volumes[f.volume].name {
		at, err := r.dirs[f.volume].stat(f.path)
		if err == nil && at.mode.IsRegular() && at.size == e.Size && at.time == e.MTime {
			return readOne{at: at, opened: true, entry: e}
		}
	}
	one := r.read(f)
	if one.doc != nil {
		one.entry, one.doc = r.entry(f, one), nil
	}
	return one
}

// takeDocument takes in what reading a document gave, and tells how far it is.
func (r *reading) takeDocument(ctx context.Context, done int, one readOne) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f := r.current[done]
	if err := r.take(f, one); err != nil {
		return err
	}
	if one.entry.ID != "" {
		one.entry.MTime = r.timeOf(f.volume, one.at)
		r.out.Entries = append(r.out.Entries, one.entry)
	}
	if r.progress == nil {
		return nil
	}
	return r.progress(wire.Progress{Read: done + 1, Total: len(r.current) + len(r.objects), Unreadable: len(r.bad)})
}

// read reads one file. It may run beside itself.
func (r *reading) read(f found) readOne {
	body, at, err := r.dirs[f.volume].read(f.path)
	one := readOne{at: at, opened: at != info{}, err: err}
	if err != nil {
		return one
	}
	doc, err := readDocument(r.who, f.name, body)
	if err != nil {
		one.err = err
		return one
	}
	one.doc = &doc
	return one
}

// take notes what could not be read, unless it is so young that it may still be being
// written; what has gone since it was listed is looked for again.
func (r *reading) take(f found, one readOne) error {
	switch {
	case one.err == nil:
		r.documents[f.volume]++
		return nil
	case !one.opened:
		return r.unopened(f, one.err)
	case r.young(f.volume, one.at):
		r.moving = true
		return nil
	}
	r.bad = append(r.bad, problem{f.volume, f.path, reasonOf(one.err, index.ReasonContent), plain(one.err)})
	r.seen = append(r.seen, stamp{volume: f.volume, path: f.path, time: one.at.time, size: one.at.size, file: true})
	return nil
}

// unopened notes a file that cannot be opened, unless nothing of the volume can be.
func (r *reading) unopened(f found, err error) error {
	if away := r.s.volumes[f.volume].there(); away != nil {
		return away
	}
	if errors.Is(err, fs.ErrNotExist) {
		r.s.soon(r.patient, retryPause)
		return nil
	}
	r.bad = append(r.bad, problem{f.volume, f.path, reasonOf(err, index.ReasonForbidden), plain(err)})
	r.seen = append(r.seen, stamp{volume: f.volume, path: f.path, time: timeRefused, file: true})
	return nil
}

// errEncoding: characters that no character set explains, where they matter.
var errEncoding = errors.New("characters that cannot be decoded")

// readDocument reads one file, which must be of the person, and refuses what
// [ssmix2.ReadDocument] reads with holes in it: a drug whose name lacks characters is another drug. In PID a hole is borne,
// since many names are written with characters of the hospital's own, but not in the
// kana name, by which the patient is verified.
func readDocument(who extended.Person, name ssmix2.Name, body []byte) (doc clinical.Document, err error) {
	err = hl7v2.Visit(body, func(msg *hl7v2.Message) (err error) {
		if doc, err = ssmix2.ReadMessage(name, msg); err != nil || name.DataType == ssmix2.PatientDemographics {
			return err // the demographics are what others are held against
		}
		return who.CheckMessage(msg)
	})
	if err != nil {
		return clinical.Document{}, err
	}
	for _, w := range doc.Warnings {
		if strings.Contains(w, ": "+string(jis.Undecodable)+": ") && !strings.Contains(w, "(PID)") {
			return doc, fault.New(fault.Invalid, "%w: %s", errEncoding, w)
		}
	}
	if d := doc.Demographics; d != nil && strings.ContainsRune(d.Kana, '\uFFFD') {
		return doc, fault.New(fault.Invalid, "%w: kana name", errEncoding)
	}
	return doc, nil
}

// unreadable gives what could not be read in the form of the index.
func (l *listing) unreadable() []index.Unreadable {
	out := make([]index.Unreadable, 0, len(l.bad))
	for _, b := range l.bad {
		out = append(out, index.Unreadable{
			Root: l.s.volumes[b.volume].name, Path: stored(path.Join(l.folder, b.path)),
			Patient: l.patient, Reason: b.reason, Detail: b.detail,
		})
	}
	return out
}
