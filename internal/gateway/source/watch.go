package source

import (
	"path"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

// hintPause lets a writer finish what it is doing: a correction is a rename and a new file.
const hintPause = 300 * time.Millisecond

// watched says what a folder is that the file system tells changes of: one of a linked
// patient, or one in which patients' folders lie.
type watched struct {
	patient uint32 // its place in the order of the rounds, from 1; 0: not of a patient
	above   string // below the root, if it is not of a patient
}

// event is a change that the file system told.
type event struct {
	watched
	name string // in the folder
	lost bool   // changes were lost, nobody knows of what
}

// hinted has the patient read soon in whose folder something happened, and reports
// whether the folder is still to be watched.
func (s *Source) hinted(e event) bool {
	if e.lost {
		s.unwatch()
		return true
	}
	if e.patient == 0 {
		if id := ident.LocalPatientID(e.name); isFolder(id, path.Join(e.above, e.name)) {
			s.soon(id, hintPause)
		}
		return true
	}
	s.mu.Lock()
	p := s.order[e.patient-1]
	s.mu.Unlock()
	p.mu.Lock()
	linked := p.whole
	p.mu.Unlock()
	if strings.HasSuffix(e.name, ".tmp") || strings.HasPrefix(e.name, ".") {
		return linked // what is not looked at
	}
	s.soon(p.id, hintPause)
	return linked
}

// unwatch takes it that no notification comes any more: everything is polled, and
// watched anew on the way. What is watched still is not watched twice.
func (s *Source) unwatch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.order {
		p.mu.Lock()
		p.watched = false
		p.mu.Unlock()
	}
}

// unwatchBelow takes it that no notification comes any more of patients whose folders lie
// in one above: it was moved away, and the operating system tells of that neither of what
// lies in it nor of what took its place.
func (s *Source) unwatchBelow(dir string) {
	begin := strings.ReplaceAll(dir, "/", "")
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.order {
		if strings.HasPrefix(string(p.id), begin) {
			p.mu.Lock()
			p.watched = false
			p.mu.Unlock()
		}
	}
}

// watchPatient has the file system tell of every folder of a linked patient that was
// listed, which is what of remembers, and reports whether it will. It must come before the
// look at the folders' times that is to be the last.
func (s *Source) watchPatient(p *patient, of memory, folder string, seen []stamp) bool {
	s.mu.Lock()
	number := p.number
	s.mu.Unlock()
	all := number != 0
	for _, was := range seen {
		v := s.volumes[was.volume]
		if !all || was.time == timeAbsent || was.file || !v.local() {
			continue
		}
		all = s.watcher.watch(v.path(path.Join(folder, was.path)), watched{patient: number})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.memory == of { // else it was read meanwhile, and of has not all folders
		p.watched = all
	}
	return all
}

// watchable reports whether the file system tells of any volume.
func (s *Source) watchable() bool {
	return slices.ContainsFunc(s.volumes, (*volume).local)
}
