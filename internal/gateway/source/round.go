package source

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// thoroughEvery says which rounds look at the files themselves and not at their
// directories only: a file that was read and is then written over in place, which the
// specification does not have, is seen late.
const thoroughEvery = 10

// round looks once for what has changed, within the budget of directories: new
// patients, the folders of linked patients, and the demographics of the others. Where
// the budget does not reach all of them, the next round goes on where this one stopped.
func (s *Source) round(ctx context.Context, thorough bool) {
	if !s.answers(ctx) {
		return
	}
	for _, id := range s.listPatients(ctx) {
		s.soon(id, 0)
	}
	linked, err := s.index.LinkedIDs(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "list linked patients", logging.KeyError, err)
		}
		return
	}
	// Linked patients may take most of the budget and never all of it: a new number's
	// demographics must be seen as well.
	s.turnLinked = s.inTurn(group{ids: linked, linked: true, thorough: thorough}, s.turnLinked, s.Budget*3/4)
	s.turnOther = s.inTurn(group{ids: s.listed(), without: linked, thorough: thorough}, s.turnOther, s.Budget/4)
	s.finish()
}

func (s *Source) finish() {
	now := s.Clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looked = now
}

// group is the linked patients, or the others.
type group struct {
	ids      []ident.LocalPatientID
	without  []ident.LocalPatientID // sorted: those of ids that do not belong to it
	linked   bool
	thorough bool // look at sound files as well
}

// inTurn looks at patients one after the other, each once, until the budget is used up,
// and gives the place to go on from.
func (s *Source) inTurn(g group, turn, budget int) int {
	for range g.ids {
		if budget <= 0 {
			break
		}
		if turn >= len(g.ids) {
			turn = 0
		}
		id := g.ids[turn]
		turn++
		if _, out := slices.BinarySearch(g.without, id); out {
			continue
		}
		changed, looked := s.changed(id, g)
		if changed {
			s.soon(id, 0)
		}
		budget -= max(looked, 1)
	}
	return turn
}

// changed reports whether anything is not as it was when the patient was last read, or
// whether the patient was linked or unlinked since. A patient who was never read has
// not changed: that is in hand already.
func (s *Source) changed(id ident.LocalPatientID, g group) (changed bool, looked int) {
	p := s.patient(id)
	p.mu.Lock()
	seen, whole := p.seen, p.whole
	p.mu.Unlock()
	if len(seen) > 0 && whole != g.linked {
		return true, 0
	}
	folder, err := ssmix2.PatientFolder(id)
	if err != nil {
		return false, 0
	}
	for _, was := range seen {
		if was.sound && !g.thorough {
			continue
		}
		looked++
		if s.volumes[was.volume].now(folder, was) != was {
			return true, looked
		}
	}
	return false, looked
}

// now looks at what a stamp of a patient's folder is of as it is now.
func (v *volume) now(folder string, was stamp) stamp {
	now := stamp{volume: was.volume, path: was.path, time: timeAbsent, sound: was.sound}
	below := path.Join(folder, was.path)
	if was.time == timeRefused { // time and size do not tell whether it may be read now
		if f, err := open(v.root(), below); err == nil {
			f.Close()
		} else if !errors.Is(err, fs.ErrNotExist) {
			return was
		}
	}
	info, err := v.stat(below)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return now
	case err != nil:
		now.time = timeRefused
		return now
	}
	now.time = info.ModTime().UnixNano()
	if !info.IsDir() {
		now.size = info.Size()
	}
	return now
}

// listPatients finds every patient's folder, three levels below the roots, reading only
// directories whose time has changed. It gives those that are new, and lists what lies
// where no patient's folder can be.
func (s *Source) listPatients(ctx context.Context) (fresh []ident.LocalPatientID) {
	var bad []index.Unreadable
	anew := false
	for _, v := range s.volumes {
		u := upper{s: s, v: v}
		for _, first := range u.folders(ctx, ".") {
			for _, second := range u.folders(ctx, first) {
				for _, folder := range u.folders(ctx, second) {
					u.patient(folder)
				}
			}
		}
		if u.patients {
			s.noteVolume(ctx, v)
		}
		fresh, bad, anew = append(fresh, u.fresh...), append(bad, u.bad...), anew || u.anew
	}
	if anew {
		if err := s.index.PutMisplaced(ctx, bad); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "list misplaced folders", logging.KeyError, err)
		}
	}
	return fresh
}

func (s *Source) noteVolume(ctx context.Context, v *volume) {
	v.mu.Lock()
	noted := v.noted
	v.noted = true
	v.mu.Unlock()
	if noted {
		return
	}
	if err := s.index.NoteVolume(ctx, v.name); err != nil && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "note volume", logging.KeyError, err)
	}
}

// upper goes through the folders above the patients' in one volume.
type upper struct {
	s        *Source
	v        *volume
	anew     bool // something was read anew
	patients bool // there is a patient's folder
	fresh    []ident.LocalPatientID
	bad      []index.Unreadable
}

// folders gives the folders in a directory, read anew only if its time has changed.
func (u *upper) folders(ctx context.Context, dir string) []string {
	b := u.v.upper[dir]
	info, err := u.v.stat(dir)
	if err == nil && (b == nil || b.time != info.ModTime().UnixNano()) {
		u.anew = true
		b, err = u.read(dir)
	}
	if err != nil {
		delete(u.v.upper, dir)
		if !errors.Is(err, fs.ErrNotExist) {
			u.anew = true
			u.refuse(dir, reasonOf(err, index.ReasonForbidden), plain(err))
		}
		return nil
	}
	for _, l := range b.links {
		u.refuse(l, index.ReasonNotRegular, "a link, which is not followed: name its target as a root of its own")
	}
	return b.folders
}

func (u *upper) read(dir string) (*branch, error) {
	entries, t, err := readDir(u.v.root(), dir, u.s.young)
	if err != nil {
		return nil, err
	}
	b := &branch{time: t}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case e.Name()[0] == '.':
		case e.IsDir():
			b.folders = append(b.folders, name)
		case e.Type()&fs.ModeSymlink != 0:
			b.links = append(b.links, name)
		}
	}
	slices.Sort(b.folders)
	u.v.upper[dir] = b
	if path.Dir(dir) != "." { // above, only folders without patients come and go
		u.s.hints.watch(u.v.name, dir, true)
	}
	return b, nil
}

// patient takes a folder of the third level for a patient's if it lies where its name says.
func (u *upper) patient(folder string) {
	id := ident.LocalPatientID(path.Base(folder))
	if !isFolder(id, folder) {
		u.refuse(folder, index.ReasonPlace, "the upper folders are not the first six characters of the patient id")
		return
	}
	u.patients = true
	if !u.v.extended && u.s.list(id) { // who is a patient, the standard storage says
		u.fresh = append(u.fresh, id)
	}
}

func (u *upper) refuse(path string, reason index.Reason, detail string) {
	u.bad = append(u.bad, index.Unreadable{Root: u.v.name, Path: path, Reason: reason, Detail: detail})
}
