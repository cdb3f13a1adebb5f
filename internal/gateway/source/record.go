package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
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
// not linked is not found.
func (s *Source) Refresh(ctx context.Context, id ident.LocalPatientID, progress func(wire.Progress) error) error {
	if _, err := s.index.LinkedPatient(ctx, s.index.Reader(), id); err != nil {
		return err
	}
	return s.readPatient(ctx, id, progress)
}

// readPatient reads what the storage has of one patient into the index: demographics,
// and all documents if the patient is linked.
func (s *Source) readPatient(ctx context.Context, id ident.LocalPatientID, progress func(wire.Progress) error) error {
	l := s.lock(id)
	l.Lock()
	defer l.Unlock()
	_, err := s.index.LinkedPatient(ctx, s.index.Reader(), id)
	linked := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	only := ssmix2.PatientDemographics
	if linked {
		only = ""
	}
	files, bad, err := s.patientFiles(id, only)
	if err != nil {
		return err
	}
	r := reading{s: s, patient: id, bad: bad, progress: progress}
	if err := r.begin(ctx, files, linked); err != nil {
		return err
	}
	if err := r.demographics(ctx); err != nil {
		return err
	}
	if !linked {
		return s.index.PutUnreadable(ctx, id, r.unreadable())
	}
	if err := r.documents(ctx); err != nil {
		return err
	}
	return s.index.PutRecord(ctx, id, r.entries, r.unreadable())
}

// reading is one patient being read.
type reading struct {
	s        *Source
	patient  ident.LocalPatientID
	current  []found
	before   map[string]index.Entry // by root and path: what was read earlier
	entries  []index.Entry
	bad      []problem
	progress func(wire.Progress) error
	done     int
}

// begin finds out which files are current.
func (r *reading) begin(ctx context.Context, files []found, linked bool) error {
	byName := map[ssmix2.Name]found{}
	names := make([]ssmix2.Name, 0, len(files))
	for _, f := range files {
		if f.name.PatientID != r.patient {
			continue // ParsePath has refused it already
		}
		byName[f.name] = f
		names = append(names, f.name)
	}
	for _, v := range ssmix2.Resolve(names) {
		for _, rival := range v.Rivals {
			f := byName[rival]
			r.bad = append(r.bad, problem{f.root, f.path, "another file of this entry is flagged current and younger"})
		}
		switch f := byName[v.Name]; {
		case v.State == ssmix2.StatePending:
			r.s.soon(r.patient, restTime)
		case v.State != ssmix2.StateCurrent:
		case !v.Name.DataType.Known():
			r.bad = append(r.bad, problem{f.root, f.path, fmt.Sprintf("data type %q: %v", v.Name.DataType, ssmix2.ErrUnknownType)})
		case v.Name.DataType.Readable():
			r.current = append(r.current, f)
		}
	}
	if !linked {
		return nil
	}
	entries, err := r.s.index.Entries(ctx, r.s.index.Reader(), r.patient)
	if err != nil {
		return err
	}
	r.before = make(map[string]index.Entry, len(entries))
	for _, e := range entries {
		r.before[e.Root+"\x00"+e.Path] = e
	}
	return nil
}

// demographics takes in the current ADT-00. Its allergies are a document like others.
func (r *reading) demographics(ctx context.Context) error {
	i := slices.IndexFunc(r.current, func(f found) bool { return f.name.DataType == ssmix2.PatientDemographics })
	if i < 0 {
		if len(r.bad) > 0 {
			return nil // it is there and cannot be told: what was known stays
		}
		return r.s.index.DropPatient(ctx, r.patient)
	}
	f := r.current[i]
	r.current = slices.Delete(r.current, i, i+1)
	doc, file, ok := r.read(f)
	if !ok {
		return nil
	}
	if doc.Allergies != nil {
		doc.Kind = clinical.KindAllergy
		r.add(f, file, doc)
	}
	return r.s.index.PutPatients(ctx, []index.Patient{{ID: r.patient, Demographics: *doc.Demographics, Updated: doc.Timestamp}})
}

// documents reads every current document that is not as it was when it was read before.
func (r *reading) documents(ctx context.Context) error {
	for _, f := range r.current {
		if err := ctx.Err(); err != nil {
			return err
		}
		if e, same := r.unchanged(f); same {
			r.entries = append(r.entries, e)
		} else if doc, file, ok := r.read(f); ok {
			r.add(f, file, doc)
		}
		r.done++
		if r.progress != nil {
			if err := r.progress(wire.Progress{Read: r.done, Total: len(r.current), Unreadable: len(r.bad)}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reading) unchanged(f found) (index.Entry, bool) {
	e, ok := r.before[r.s.roots[f.root].name+"\x00"+f.path]
	if !ok {
		return e, false
	}
	info, err := r.s.roots[f.root].dir.Stat(f.path)
	return e, err == nil && info.Size() == e.Size && info.ModTime().UnixNano() == e.MTime
}

// read reads one file. What cannot be read is noted, unless it is so young that it may
// still be being written; what has gone since it was listed is looked for again.
func (r *reading) read(f found) (doc clinical.Document, file index.File, ok bool) {
	body, info, err := r.s.readFile(f.root, f.path)
	if errors.Is(err, fs.ErrNotExist) {
		r.s.soon(r.patient, retryPause)
		return doc, file, false
	}
	if err == nil {
		doc, err = ssmix2.ReadDocument(f.name, body)
	}
	age := restTime
	if info != nil {
		age = r.s.Clock().Sub(info.ModTime())
		file = index.File{Root: r.s.roots[f.root].name, Path: f.path, Size: info.Size(), MTime: info.ModTime().UnixNano()}
	}
	if age < restTime {
		r.s.soon(r.patient, restTime)
	}
	if err == nil {
		return doc, file, true
	}
	if age < patience {
		r.s.soon(r.patient, retryPause)
	} else {
		r.bad = append(r.bad, problem{f.root, f.path, err.Error()})
	}
	return doc, file, false
}

func (r *reading) add(f found, file index.File, doc clinical.Document) {
	r.entries = append(r.entries, index.Entry{Item: metadata(r.s.index.ItemID(f.name.Key), f.name, doc), File: file})
}

// metadata says of a document what the center may know: nothing of what is in it.
func metadata(id ident.ItemID, name ssmix2.Name, doc clinical.Document) wire.Item {
	item := wire.Item{
		ID: id, PatientID: name.PatientID, Kind: doc.Kind, DataType: string(name.DataType),
		Date: name.CareDate, Department: doc.Department, Updated: name.Timestamp,
		Entries: len(doc.Medications) + len(doc.Injections) + len(doc.LabResults) + len(doc.Conditions),
	}
	if item.Date == "" {
		item.Date = name.Timestamp[:8]
	}
	if doc.Allergies != nil {
		item.Entries = len(doc.Allergies.Entries)
	}
	if e := doc.Encounter; e != nil {
		item.Event = e.Event
		item.Time = clock(e.Start)
		if e.Event == clinical.EventDischarge {
			item.Time = clock(e.End)
		}
	}
	for _, r := range doc.LabResults {
		if r.Flag != "" && r.Flag != "N" {
			item.Abnormal = true
		}
		if item.Time == "" {
			item.Time = clock(r.Collected)
		}
	}
	return item
}

// clock gives the HHMM of a clinical time, empty if it has none.
func clock(t clinical.Time) string {
	if len(t) < 12 {
		return ""
	}
	return string(t[8:12])
}

// unreadable gives what could not be read in the form of the index.
func (r *reading) unreadable() []index.Unreadable {
	out := make([]index.Unreadable, 0, len(r.bad))
	for _, b := range r.bad {
		out = append(out, index.Unreadable{Root: r.s.roots[b.root].name, Path: b.path, Patient: r.patient, Reason: b.reason})
	}
	return out
}
