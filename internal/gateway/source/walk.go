package source

import (
	"context"
	"path"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// batch is how many patients' demographics go into one transaction of the first walk.
const batch = 500

// walk reads the whole storage for the first time, with many workers: directories of a
// cold disk or a share answer slowly, one at a time.
func (s *Source) walk(ctx context.Context) error {
	begun := s.Clock()
	s.listPatients(ctx)
	ids := s.known()
	linked, err := s.index.LinkedIDs(ctx)
	if err != nil {
		return err
	}
	isLinked := map[ident.LocalPatientID]bool{}
	for _, id := range linked {
		isLinked[id] = true
	}
	read := make(chan index.Patient, batch)
	var writer errgroup.Group
	writer.Go(func() error { return s.writeWalked(ctx, read) })
	workers, wctx := errgroup.WithContext(ctx)
	workers.SetLimit(s.Workers)
	for _, id := range ids {
		if isLinked[id] {
			continue
		}
		workers.Go(func() error { return s.walkPatient(wctx, id, read) })
	}
	err = workers.Wait()
	close(read)
	if werr := writer.Wait(); err == nil {
		err = werr
	}
	if err != nil {
		return err
	}
	for _, id := range linked {
		if err := s.readPatient(ctx, id, nil); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.Log.ErrorContext(ctx, "read patient", "patient", id, "error", err)
			s.soon(id, retryPause)
		}
	}
	s.Log.InfoContext(ctx, "storage walked", "patients", len(ids), "linked", len(linked), "took", s.Clock().Sub(begun).Round(time.Millisecond))
	return nil
}

// walkPatient reads the demographics of a patient that is not linked.
func (s *Source) walkPatient(ctx context.Context, id ident.LocalPatientID, read chan<- index.Patient) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	files, bad, err := s.patientFiles(id, ssmix2.PatientDemographics)
	if err != nil {
		s.Log.WarnContext(ctx, "patient folder", "patient", id, "error", err)
		s.soon(id, retryPause)
		return nil
	}
	r := reading{s: s, patient: id, bad: bad}
	if err := r.begin(ctx, files, false); err != nil {
		return err
	}
	for _, f := range r.current {
		if doc, _, ok := r.read(f); ok {
			select {
			case read <- index.Patient{ID: id, Demographics: *doc.Demographics, Updated: doc.Timestamp}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	if len(r.bad) > 0 {
		return s.index.PutUnreadable(ctx, id, r.unreadable())
	}
	return nil
}

func (s *Source) writeWalked(ctx context.Context, read <-chan index.Patient) error {
	var pending []index.Patient
	var failed error
	flush := func() {
		if len(pending) > 0 && failed == nil {
			failed = s.index.PutPatients(ctx, pending)
		}
		pending = pending[:0]
	}
	for p := range read { // drained also after a failure, so that no worker hangs
		if pending = append(pending, p); len(pending) == batch {
			flush()
		}
	}
	flush()
	return failed
}

// listPatients finds every patient's folder: three levels below the root, reading only
// directories whose time has changed. It reports those that are new.
func (s *Source) listPatients(ctx context.Context) (fresh []ident.LocalPatientID) {
	for i := range s.roots {
		for _, first := range s.subfolders(ctx, i, ".") {
			for _, second := range s.subfolders(ctx, i, first) {
				if !s.changed(i, second) {
					continue
				}
				for _, folder := range s.subfolders(ctx, i, second) {
					if id := ident.LocalPatientID(path.Base(folder)); s.note(id, folder) {
						fresh = append(fresh, id)
					}
				}
			}
		}
	}
	return fresh
}

// note remembers a patient whose folder lies where its number says.
func (s *Source) note(id ident.LocalPatientID, folder string) (fresh bool) {
	if want, err := ssmix2.PatientFolder(id); err != nil || want != folder {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.patients[id] {
		return false
	}
	s.patients[id] = true
	s.order = append(s.order, id)
	return true
}

func (s *Source) known() []ident.LocalPatientID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.order)
}

func (s *Source) subfolders(ctx context.Context, root int, dir string) []string {
	entries, err := s.readDir(root, dir)
	if err != nil {
		s.Log.WarnContext(ctx, "storage folder", "root", s.roots[root].name, "error", err)
		return nil
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && e.Name()[0] != '.' {
			out = append(out, path.Join(dir, e.Name()))
		}
	}
	return out
}

// ReadContent reads one document again for a disclosure. What has been replaced or
// withdrawn since it was indexed is not found.
func (s *Source) ReadContent(e index.Entry) (clinical.Document, error) {
	i := slices.IndexFunc(s.roots, func(r root) bool { return r.name == e.Root })
	if i < 0 {
		return clinical.Document{}, fault.New(fault.NotFound, "folder %s is not read any more", e.Root)
	}
	name, err := ssmix2.ParsePath(e.Path)
	if err != nil {
		return clinical.Document{}, err
	}
	if name.PatientID != e.PatientID || name.Flag != ssmix2.Current {
		return clinical.Document{}, fault.New(fault.Internal, "index entry does not fit its file")
	}
	body, _, err := s.readFile(i, e.Path)
	if err != nil {
		s.soon(e.PatientID, 0)
		return clinical.Document{}, fault.New(fault.NotFound, "read document: %w", err)
	}
	doc, err := ssmix2.ReadDocument(name, body)
	if err != nil {
		return clinical.Document{}, err
	}
	if name.DataType == ssmix2.PatientDemographics { // of which only the allergies are content
		doc.Kind, doc.Demographics = clinical.KindAllergy, nil
	}
	return doc, nil
}
