package source

import (
	"context"
	"path"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// round looks once at what may have changed, within the budget of directories: new
// patients, the linked patients' folders, and in turn the demographics of the others.
func (s *Source) round(ctx context.Context) {
	for _, id := range s.listPatients(ctx) {
		s.soon(id, 0)
	}
	linked, err := s.index.LinkedIDs(ctx)
	if err != nil {
		s.Log.ErrorContext(ctx, "list linked patients", "error", err)
		return
	}
	left := s.Budget
	for _, id := range linked {
		changed, looked := s.patientChanged(id)
		if changed {
			s.soon(id, 0)
		}
		if left -= looked; left <= 0 {
			break
		}
	}
	s.demographicsInTurn(left)
}

// demographicsInTurn looks at the ADT-00 folders of as many patients as the budget
// allows, beginning where the last round stopped.
func (s *Source) demographicsInTurn(left int) {
	ids := s.known()
	if len(ids) == 0 {
		return
	}
	for range min(left/len(s.roots), len(ids)) {
		if s.turn >= len(ids) {
			s.turn = 0
		}
		id := ids[s.turn]
		s.turn++
		folder, err := ssmix2.PatientFolder(id)
		if err != nil {
			continue
		}
		for i := range s.roots {
			if dir := path.Join(folder, "-", string(ssmix2.PatientDemographics)); s.changed(i, dir) {
				s.soon(id, 0)
			}
		}
	}
}

// patientChanged looks at every directory of a linked patient that was read before.
func (s *Source) patientChanged(id ident.LocalPatientID) (changed bool, looked int) {
	folder, err := ssmix2.PatientFolder(id)
	if err != nil {
		return false, 0
	}
	for i := range s.roots {
		dirs := s.below(i, folder)
		if len(dirs) == 0 {
			looked++
			changed = changed || s.changed(i, folder)
		}
		for _, dir := range dirs {
			looked++
			if s.changed(i, dir) {
				return true, looked
			}
		}
	}
	return changed, looked
}

// below lists the directories that were read at or below a patient's folder.
func (s *Source) below(root int, folder string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for dir := range s.seen[group(root, folder)] {
		out = append(out, dir)
	}
	return out
}

// hinted reads the patient soon in whose folder something happened.
func (s *Source) hinted(dir string) {
	for _, r := range s.roots {
		rel, ok := strings.CutPrefix(dir, r.name+"/")
		if !ok {
			continue
		}
		if parts := strings.Split(rel, "/"); len(parts) >= 3 {
			s.soon(ident.LocalPatientID(parts[2]), hintPause)
		}
	}
}
