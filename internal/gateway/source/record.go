package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

const (
	// restTime is how long a file must have been left alone before it counts as
	// written; one that is read earlier is looked at once more.
	restTime = 2 * time.Second
	// patience is how young a file may be and still be excused for being unreadable.
	patience = 3 * time.Second
	// retryPause is how long to wait with what could not be read or was still moving.
	retryPause = time.Second
)

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
	result, seen, err := s.look(ctx, id, linked, progress)
	if err != nil {
		return err
	}
	if err := s.index.Put(ctx, result); err != nil {
		return err
	}
	p.remember(seen, linked)
	return nil
}

func (p *patient) remember(seen []stamp, whole bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen, p.whole = seen, whole
}

// look reads a patient's files and changes nothing. seen is what a later change will be
// told by.
func (s *Source) look(ctx context.Context, id ident.LocalPatientID, whole bool, progress func(wire.Progress) error) (index.Reading, []stamp, error) {
	l, err := s.listPatient(id, whole)
	if err != nil {
		return index.Reading{}, nil, err
	}
	defer l.close()
	r := reading{listing: l, progress: progress, out: index.Reading{ID: id, Whole: whole}}
	if err := r.begin(ctx); err != nil {
		return index.Reading{}, nil, err
	}
	if err := r.demographics(); err != nil {
		return index.Reading{}, nil, err
	}
	if err := r.documents(ctx); err != nil {
		return index.Reading{}, nil, err
	}
	if err := r.extended(ctx); err != nil {
		return index.Reading{}, nil, err
	}
	r.out.Unreadable = l.unreadable()
	return r.out, l.seen, nil
}

// reading is one patient being read.
type reading struct {
	*listing
	current  []found
	pending  map[ssmix2.DataType]bool // types of which an entry is between two versions
	before   map[[2]string]index.Entry
	progress func(wire.Progress) error
	out      index.Reading
}

// begin finds out which files are current.
func (r *reading) begin(ctx context.Context) error {
	byName := map[ssmix2.Name]found{}
	names := make([]ssmix2.Name, 0, len(r.files))
	for _, f := range r.files {
		byName[f.name] = f
		names = append(names, f.name)
	}
	r.resolveObjects()
	r.pending = map[ssmix2.DataType]bool{}
	for _, v := range ssmix2.Resolve(names) {
		for _, rival := range v.Rivals {
			f := byName[rival]
			r.bad = append(r.bad, problem{f.volume, f.path, index.ReasonRival, "another file of this entry is flagged current and younger"})
		}
		switch f := byName[v.Name]; {
		case v.State == ssmix2.StatePending:
			r.pending[v.Name.DataType] = true
		case v.State != ssmix2.StateCurrent:
		case !v.Name.DataType.Known():
			r.bad = append(r.bad, problem{f.volume, f.path, index.ReasonUnknownType, fmt.Sprintf("data type %q: %v", v.Name.DataType, ssmix2.ErrUnknownType)})
		case v.Name.DataType.Readable():
			r.current = append(r.current, f)
		}
	}
	if !r.whole {
		return nil
	}
	entries, err := r.s.index.Entries(ctx, r.s.index.Reader(), r.patient)
	if err != nil {
		return err
	}
	r.before = make(map[[2]string]index.Entry, len(entries))
	for _, e := range entries {
		r.before[[2]string{e.Root, e.Path}] = e
	}
	return nil
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
	doc, file, err := r.read(f)
	if err != nil {
		return err
	}
	if doc == nil {
		r.out.Uncertain = true
		return nil
	}
	r.out.Demographics, r.out.Updated = doc.Demographics, doc.Timestamp
	if r.whole && doc.Allergies != nil {
		doc.Kind = clinical.KindAllergy
		r.add(f, file, *doc)
	}
	return nil
}

// documents reads every current document that is not as it was when it was read before.
func (r *reading) documents(ctx context.Context) error {
	for done, f := range r.current {
		if err := ctx.Err(); err != nil {
			return err
		}
		if e, same := r.unchanged(f); same {
			r.out.Entries = append(r.out.Entries, e)
		} else {
			doc, file, err := r.read(f)
			if err != nil {
				return err
			}
			if doc != nil {
				r.add(f, file, *doc)
			}
		}
		if r.progress == nil {
			continue
		}
		if err := r.progress(wire.Progress{Read: done + 1, Total: len(r.current) + len(r.objects), Unreadable: len(r.bad)}); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) unchanged(f found) (index.Entry, bool) {
	e, ok := r.before[[2]string{r.s.volumes[f.volume].name, path.Join(r.folder, f.path)}]
	if !ok {
		return e, false
	}
	info, err := r.dirs[f.volume].Stat(f.path)
	if err != nil || info.Size() != e.Size || info.ModTime().UnixNano() != e.MTime {
		return e, false
	}
	r.saw(f, info, true)
	return e, true
}

// saw remembers a file as it is.
func (r *reading) saw(f found, info fs.FileInfo, sound bool) {
	r.seen = append(r.seen, stamp{volume: f.volume, path: f.path, time: info.ModTime().UnixNano(), size: info.Size(), sound: sound})
}

// read reads one file, nil if it cannot be. It is then noted, unless it is so young that
// it may still be being written; what has gone since it was listed is looked for again.
func (r *reading) read(f found) (*clinical.Document, index.File, error) {
	body, info, err := readFile(r.dirs[f.volume], f.path)
	if info == nil { // it could not even be opened
		return nil, index.File{}, r.unopened(f, err)
	}
	file := index.File{
		Root: r.s.volumes[f.volume].name, Path: path.Join(r.folder, f.path),
		Size: info.Size(), MTime: info.ModTime().UnixNano(),
	}
	if r.s.young(info) {
		file.MTime = timeYoung
		r.s.soon(r.patient, restTime)
	}
	var doc clinical.Document
	if err == nil {
		doc, err = readDocument(f.name, body)
	}
	if err == nil {
		r.saw(f, info, true)
		return &doc, file, nil
	}
	if age := r.s.Clock().Sub(info.ModTime()); age >= 0 && age < patience {
		r.s.soon(r.patient, retryPause)
		return nil, file, nil
	}
	r.bad = append(r.bad, problem{f.volume, f.path, reasonOf(err, index.ReasonContent), err.Error()})
	r.saw(f, info, false)
	return nil, file, nil
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
	r.seen = append(r.seen, stamp{volume: f.volume, path: f.path, time: timeRefused})
	return nil
}

// errEncoding: characters that no character set explains, where they matter.
var errEncoding = errors.New("characters that cannot be decoded")

// readDocument reads one file and refuses what [ssmix2.ReadDocument] reads with holes
// in it: a drug whose name lacks characters is another drug. In PID a hole is borne,
// since many names are written with characters of the hospital's own, but not in the
// kana name, by which the patient is verified.
func readDocument(name ssmix2.Name, body []byte) (clinical.Document, error) {
	doc, err := ssmix2.ReadDocument(name, body)
	if err != nil {
		return doc, err
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
