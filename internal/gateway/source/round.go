package source

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// sharePass is how long looking at all linked patients' folders may take on a share; with
// what it takes to read them, a change is known within a minute. On a disk every round
// looks at all that notifications do not cover.
const sharePass = 50 * time.Second

// round looks once for what has changed: new patients, the folders of linked patients,
// their files, and the demographics of the others. Where the budget does not reach all
// of them, the next round goes on where this one stopped; but for the folders of linked
// patients, which are looked at as often as has been promised.
func (s *Source) round(ctx context.Context) {
	if !s.answers(ctx) {
		return
	}
	for _, id := range s.listPatients(ctx, s.Budget) {
		s.soon(id, 0)
	}
	ids, err := s.index.LinkedIDs(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "list linked patients", logging.KeyError, err)
		}
		return
	}
	linked := make([]*patient, len(ids))
	for i, id := range ids {
		linked[i] = s.patient(id)
	}
	begun, before := s.Clock(), s.turnLinked
	visited := s.inTurn(ctx, group{patients: linked, linked: true, least: s.least(len(linked))}, &s.turnLinked, s.Budget/2)
	s.passed(begun, before, visited, len(linked))
	// Never all of the budget for the linked: a new number's demographics must be seen
	// as well. A file that was read and is then written over in place, which the
	// specification does not have, is found by the way, or by a notification.
	s.inTurn(ctx, group{patients: linked, linked: true, thorough: true}, &s.turnFiles, s.Budget/4)
	s.inTurn(ctx, group{patients: s.listed(), without: ids, thorough: true}, &s.turnOther, s.Budget/4)
	s.readAgain(linked)
	s.finish()
}

// againTime is how old what was read of a linked patient on a share may be before it is
// read again though nothing seems to have changed.
const againTime = time.Hour

// readAgain has the next of the linked patients read again whose time has come, if anything
// of theirs may lie on a share. Whether a folder there has changed, its time tells; but
// some clients keep that time longer than the listing that belongs to it, or the listing
// longer than the time, and some servers never change it. It is one at a time, so that
// what did change is not kept waiting.
func (s *Source) readAgain(linked []*patient) {
	if !slices.ContainsFunc(s.volumes, func(v *volume) bool { return !v.local() && v.missing() == nil }) {
		return
	}
	if p := s.again; p != nil {
		if !p.reading.TryLock() { // the last is being read still
			return
		}
		p.reading.Unlock()
	}
	now := s.Clock()
	for range linked {
		s.turnAgain = (s.turnAgain + 1) % len(linked)
		p := linked[s.turnAgain]
		p.mu.Lock()
		old := p.whole && now.Sub(p.read).Abs() >= againTime
		p.mu.Unlock()
		if old {
			s.again = p
			s.soon(p.id, 0)
			return
		}
	}
}

// listed gives the patients with a folder, in the order in which they were found.
func (s *Source) listed() []*patient {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.order[:len(s.order):len(s.order)]
}

// least is how many of so many linked patients a round must look at.
func (s *Source) least(linked int) int {
	if s.watchable() {
		return linked
	}
	return int(int64(linked)*int64(s.Poll)/int64(sharePass)) + 1
}

// passed keeps when all linked patients' folders have been looked at.
func (s *Source) passed(begun time.Time, before, visited, all int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before == 0 || s.passBegun.IsZero() {
		s.passBegun, s.passVisited = begun, 0
	}
	if s.passVisited += visited; s.passVisited < all {
		return
	}
	now := s.Clock()
	s.pass, s.passTook, s.passFrom = now, now.Sub(s.passBegun), s.passBegun
	s.passBegun, s.passVisited = time.Time{}, 0
}

func (s *Source) finish() {
	now := s.Clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looked = now
}

// group is the linked patients, or the others.
type group struct {
	patients []*patient
	without  []ident.LocalPatientID // sorted: those of patients that do not belong to it
	linked   bool
	thorough bool // look at all files as well, and at what the file system tells changes of
	least    int  // how many of patients are looked at whatever the budget
}

// together is how many patients are shared out among the workers at a time.
const together = 256

// inTurn looks at patients one after the other, each once, until the budget of folders
// is used up. It moves turn on and gives how many it was.
func (s *Source) inTurn(ctx context.Context, g group, turn *int, budget int) (visited int) {
	for visited < len(g.patients) && (budget > 0 || visited < g.least) && ctx.Err() == nil {
		n := min(together, max(budget, g.least-visited), len(g.patients)-visited)
		var looked, next atomic.Int64
		look := func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				p := g.patients[(*turn+int(i))%len(g.patients)]
				if _, out := slices.BinarySearch(g.without, p.id); out {
					continue
				}
				changed, folders := s.changed(ctx, p, g)
				if changed {
					s.soon(p.id, 0)
				}
				looked.Add(int64(max(folders, 1)))
			}
		}
		var wg sync.WaitGroup
		for range min(s.Workers, 1+n/alone) {
			wg.Go(look)
		}
		wg.Wait()
		*turn = (*turn + n) % len(g.patients)
		visited += n
		budget -= int(looked.Load())
	}
	return visited
}

// changed reports whether anything is not as it was when the patient was last read, or
// whether the patient was linked or unlinked since. A patient who was never read has
// not changed: that is in hand already.
func (s *Source) changed(ctx context.Context, p *patient, g group) (changed bool, looked int) {
	p.mu.Lock()
	memory, whole, watched := p.memory, p.whole, p.watched
	p.mu.Unlock()
	if memory != "" && whole != g.linked {
		return true, 0
	}
	folder, err := ssmix2.PatientFolder(p.id)
	if err != nil || memory == "" {
		return false, 0
	}
	seen := memory.stamps(p.id, len(s.volumes))
	if g.linked && !watched && s.watchable() {
		s.watchPatient(p, memory, folder, slices.Collect(seen))
	}
	for was := range seen {
		if s.volumes[was.volume].missing() != nil {
			continue
		}
		told := watched && !was.file && was.time >= 0 && s.volumes[was.volume].local()
		if !g.thorough && (told || was.sound) {
			continue
		}
		looked++
		if s.volumes[was.volume].now(folder, was) != was {
			return true, looked
		}
	}
	if !g.linked || !g.thorough {
		return false, looked
	}
	changed, files := s.filesChanged(ctx, p.id)
	return changed, looked + files
}

// filesChanged looks at the files of all documents that the index knows of a patient.
func (s *Source) filesChanged(ctx context.Context, id ident.LocalPatientID) (changed bool, looked int) {
	entries, err := s.index.Entries(ctx, s.index.Reader(), id)
	if errors.Is(err, index.ErrDamaged) { // which reading the patient tells of, when it is time
		return true, 0
	}
	if err != nil {
		if ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "list documents", "patient", id, logging.KeyError, err)
		}
		return false, 0
	}
	for _, e := range entries {
		looked++
		v := s.volumeOf(e.Root)
		if v == nil {
			return true, looked
		}
		if v.extended || v.missing() != nil {
			continue // of objects files and folders are remembered
		}
		at, err := v.stat(e.Path)
		if err != nil || at.size != e.Size || at.time != e.MTime {
			return true, looked
		}
	}
	return false, looked
}

// now looks at what a stamp of a patient's folder is of as it is now.
func (v *volume) now(folder string, was stamp) stamp {
	now := was
	now.time, now.size = timeAbsent, 0
	below := path.Join(folder, was.path)
	if was.time == timeRefused { // time and size do not tell whether it may be read now
		err := v.mayOpen(below)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return was
		}
	}
	at, err := v.stat(below)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return now
	case errors.Is(err, errAway):
		return was
	case err != nil:
		now.time = timeRefused
		return now
	}
	now.time = at.time
	if was.file {
		now.size = at.size
	}
	return now
}

func (v *volume) mayOpen(path string) error {
	f, err := v.root().open(path)
	if err != nil {
		return err
	}
	return f.Close()
}

func (s *Source) volumeOf(root string) *volume {
	i := slices.IndexFunc(s.volumes, func(v *volume) bool { return v.name == root })
	if i < 0 {
		return nil
	}
	return s.volumes[i]
}

func (s *Source) noteVolume(ctx context.Context, v *volume) {
	v.mu.Lock()
	v.noted = true
	kept := v.kept
	v.mu.Unlock()
	if kept {
		return
	}
	if err := s.index.NoteVolume(ctx, index.VolumeHolds, v.name); err != nil {
		if ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "note volume", logging.KeyError, err)
		}
		return
	}
	v.mu.Lock()
	v.kept = true
	v.mu.Unlock()
}

// refusal is what lies above the patients' folders and cannot be read.
func (v *volume) refusal(path string, reason index.Reason, detail string) index.Unreadable {
	return index.Unreadable{Root: v.name, Path: stored(path), Reason: reason, Detail: detail}
}
