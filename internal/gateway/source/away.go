package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// A root that is away must not stop the others from being read: what a new ADT-00 in one
// of them says of a patient suspends a link, whatever has become of the file server with
// the scanned letters. Of what is away nothing is concluded. What the index knows of it
// stays, and a patient who was read meanwhile is read again when it is back.
//
// A root of which the index does not know yet all that was in it cannot be done without:
// patients would be unknown and documents gone that are only not read yet.

// errAway says that a volume does not answer: nothing must be concluded from it.
var errAway = errors.New("the storage does not answer")

const (
	// answerTime is how long a root that answered may take to answer again.
	answerTime = 10 * time.Second
	// backTime is how long a round waits for one that did not: it is asked anew in each.
	backTime = 200 * time.Millisecond
)

// probe is what a look at the folder that bears a root's name now gave.
type probe struct {
	dir        *folder // nil: err says why
	at         info
	fileSystem string
	kind       Kind
	err        error
}

func (p probe) close() error {
	if p.dir == nil {
		return nil
	}
	return p.dir.close()
}

func takeProbe(name string) probe {
	dir, err := openFolder(name)
	if err != nil {
		return probe{err: err}
	}
	p := probe{dir: dir}
	if p.at, err = dir.here(); err != nil {
		return probe{err: fmt.Errorf("%s: %w", name, errors.Join(err, dir.close()))}
	}
	if p.fileSystem, p.kind = dir.on.fileSystem(); p.kind == Share {
		dir.silence = newSilence()
	}
	return p
}

// reopen takes the folder that bears the name now: a share that was mounted, or mounted
// again, is another one than that which was opened. It reports whether it is another.
// A server that has gone silent may keep who asks waiting for ever, so somebody else does.
func (v *volume) reopen() (fresh bool, err error) {
	wait := backTime
	if v.probing == nil {
		ch := make(chan probe, 1)
		go func() { ch <- takeProbe(v.name) }()
		v.probing = ch
		if v.missing() == nil {
			wait = answerTime
		}
	}
	select {
	case p := <-v.probing:
		v.probing = nil
		return v.adopt(p)
	case <-time.After(wait):
		return false, fmt.Errorf("%w: %s: %w", errAway, v.name, errSilent)
	}
}

func (v *volume) adopt(p probe) (fresh bool, err error) {
	if p.err != nil {
		return false, fmt.Errorf("%w: %w", errAway, p.err)
	}
	old := v.root()
	if old.silence != nil { // it may be over
		old.silence.fallen.Store(false)
	}
	if was, err := old.here(); err == nil && was.same(p.at) {
		return false, p.close()
	}
	v.mu.Lock()
	v.dir, v.upper = p.dir, map[string]*branch{}
	v.fileSystem, v.kind = p.fileSystem, p.kind
	v.mu.Unlock()
	return true, old.close()
}

// there fails with errAway if the root is gone, or has no folder that could hold
// patients and is known to have held some: a mount point may hold a note of the
// administrator's, and a fresh disk its lost+found. From then on it is away until a
// round finds it back.
func (v *volume) there() error {
	err := v.holds()
	if err != nil {
		v.setAway(err)
	}
	return err
}

func (v *volume) holds() error {
	v.mu.RLock()
	dir, noted := v.dir, v.noted
	v.mu.RUnlock()
	found := false
	_, err := dir.each(".", few, func(some []entry) bool {
		found = slices.ContainsFunc(some, func(e entry) bool {
			return e.mode.IsDir() && e.name[0] != '.' && (len(e.name) == upperName || !noted)
		})
		return !found
	})
	switch {
	case found || err == nil && !noted:
		return nil
	case err != nil:
		return fmt.Errorf("%w: %s: %w", errAway, v.name, err)
	}
	return cause.Or(cause.Empty, fmt.Errorf("%w: %s has no folders of patients", errAway, v.name))
}

func (v *volume) setAway(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.away = err
}

// missing gives why the volume does not answer, nil if it did when last looked at.
func (v *volume) missing() error {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if s := v.dir.silence; v.away == nil && s != nil && s.fallen.Load() {
		return fmt.Errorf("%w: %s: %w", errAway, v.name, errSilent)
	}
	return v.away
}

// dispensable reports whether patients may be read without the volume.
func (v *volume) dispensable() bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.walked
}

// answers checks all volumes at the beginning of a round and notes what is wrong. It
// reports whether there is enough to go on: at least one answers, and all of which the
// index does not know yet what was in them.
func (s *Source) answers(ctx context.Context) bool {
	var errs []error
	some, enough := false, true
	for _, v := range s.volumes {
		fresh, err := v.reopen()
		if err == nil {
			err = v.there()
		}
		if fresh { // what was watched is another file system's
			s.unwatch()
		}
		v.setAway(err)
		errs = append(errs, err)
		some = some || err == nil
		enough = enough && (err == nil || v.dispensable())
	}
	s.note(ctx, errors.Join(errs...))
	return some && enough
}

// note keeps why the storage does not answer, and logs it once. It reports whether err
// says so.
func (s *Source) note(ctx context.Context, err error) bool {
	if err != nil && !errors.Is(err, errAway) {
		return false
	}
	s.mu.Lock()
	was := s.trouble
	s.trouble = err
	s.sinceWhen()
	s.mu.Unlock()
	switch {
	case err != nil && was == nil:
		s.Log.ErrorContext(ctx, "storage does not answer", logging.KeyError, err)
	case err == nil && was != nil:
		s.Log.InfoContext(ctx, "storage answers again")
	}
	return err != nil
}

// sinceWhen keeps since when not everything is taken in; the mutex is held.
func (s *Source) sinceWhen() {
	switch trouble := s.trouble != nil || s.stuck != nil; {
	case !trouble:
		s.behind = time.Time{}
	case s.behind.IsZero():
		s.behind = s.Clock()
	}
}

// Behind tells since when not all of the storage is taken in: a root is away, or the
// index cannot be written. Zero: it is.
func (s *Source) Behind() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behind
}

// recall asks the index what it knows of a volume.
func (s *Source) recall(ctx context.Context, v *volume) error {
	holds, err := s.index.VolumeNoted(ctx, index.VolumeHolds, v.name)
	if err != nil {
		return err
	}
	walked, err := s.index.VolumeNoted(ctx, index.VolumeWalked, v.name)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.noted, v.kept, v.walked = v.noted || holds, holds, walked
	return nil
}

// noteWalked remembers which volumes were read through. One that was there when the walk
// began and is not now may have gone before anything of it was looked at.
func (s *Source) noteWalked(ctx context.Context) error {
	for _, v := range s.volumes {
		if v.dispensable() {
			continue
		}
		if err := v.there(); err != nil {
			return err
		}
		if err := s.index.NoteVolume(ctx, index.VolumeWalked, v.name); err != nil {
			return err
		}
		v.mu.Lock()
		v.walked = true
		v.mu.Unlock()
	}
	return nil
}

// leave passes a volume over that is away, which is only borne of one whose contents the
// index knows. It is remembered as of no time, so that the patient is read again as soon
// as it is back.
func (l *listing) leave(i int, away error) error {
	v := l.s.volumes[i]
	if !v.dispensable() {
		return away
	}
	l.away, l.why = append(l.away, v), errors.Join(l.why, away)
	l.seen = append(l.seen, stamp{volume: i, path: l.first(), time: timeAway})
	return nil
}

// lacks reports whether a volume was left out, of the extended storage or of the standard.
func (l *listing) lacks(extended bool) bool {
	return slices.ContainsFunc(l.away, func(v *volume) bool { return v.extended == extended })
}

// awayRoots gives the names of the volumes that were left out.
func (l *listing) awayRoots() []string {
	var out []string
	for _, v := range l.away {
		out = append(out, v.name)
	}
	return out
}

// says remembers, while a volume is away, when an entry was last written or deleted in
// those that are there.
func (r *reading) says(n ssmix2.Name) {
	if len(r.away) == 0 {
		return
	}
	if r.said == nil {
		r.said = map[ident.ItemID]string{}
	}
	id := r.s.index.ItemID(n.Key)
	if n.Flag == ssmix2.Current { // a deletion is of its key alone
		id = entryOf(id, string(n.DataType))
	}
	r.said[id] = max(r.said[id], n.Timestamp)
}

// entryOf gives what takes the place of an item: any item of an undated type that of
// another, since a patient has one.
func entryOf(id ident.ItemID, dataType string) ident.ItemID {
	if ssmix2.DataType(dataType).Undated() {
		return ident.ItemID(dataType)
	}
	return id
}

// carry takes over what the index knows of volumes that are away: what lies there is what
// it was, unless the others have a younger file of the entry, readable or not, or one that
// deletes it.
func (r *reading) carry() {
	if len(r.away) == 0 {
		return
	}
	here := make(map[ident.ItemID]int, len(r.out.Entries))
	for i, e := range r.out.Entries {
		here[entryOf(e.ID, e.DataType)] = i
	}
	for _, e := range r.before {
		volume := slices.IndexFunc(r.s.volumes, func(v *volume) bool { return v.name == e.Root })
		if volume < 0 || !slices.Contains(r.away, r.s.volumes[volume]) {
			continue
		}
		entry := entryOf(e.ID, e.DataType)
		i, read := here[entry]
		switch {
		case max(r.said[e.ID], r.said[entry]) > e.Updated:
		case !read:
			r.out.Entries = append(r.out.Entries, e)
			r.documents[volume]++
		case r.out.Entries[i].Updated < e.Updated:
			r.out.Entries[i] = e
		}
	}
}
