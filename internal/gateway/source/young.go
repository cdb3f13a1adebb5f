package source

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

const (
	// restTime is how long a file must have been left alone before it counts as written;
	// one that is read earlier is looked at once more. It exceeds the two seconds in
	// which the coarsest file systems count: a later change leaves another time.
	restTime = 2500 * time.Millisecond
	// skew is by how much the clock of a share's server is off without anybody noticing.
	skew = 15 * time.Minute
	// astray is by how much it may be off: by a time zone or two, or a wrong day. What seems
	// younger than that is young until it was seen for restTime.
	astray = 48 * time.Hour
)

// young reports whether something was changed so lately that a further change could
// leave the same time, and a file may still be being written.
//
// On a disk the clock tells. A time that it does not explain is one of the future, or
// one of a share, whose server has a clock of its own: that is young until it has been
// seen for [restTime].
func (l *listing) young(volume int, at info) bool {
	old, explained := l.s.age(l.s.volumes[volume], at.time)
	if explained {
		return !old
	}
	l.unexplained = append(l.unexplained, at.time)
	return l.fresh(at.time)
}

// fresh reports whether a time that the clock does not explain has not been seen for long.
func (l *listing) fresh(time int64) bool {
	_, settled := slices.BinarySearch(l.settled, time)
	return !settled
}

// age tells by the clock whether what was changed at a time is old, if the clock explains
// that time.
func (s *Source) age(v *volume, changed int64) (old, explained bool) {
	age := s.Clock().Sub(time.Unix(0, changed))
	if v.local() {
		return age >= restTime, age >= 0
	}
	return true, age >= astray
}

// timeOf gives the time to remember: of what is young, one that every later look finds
// changed. For a file that is soon; the folders get their turn.
func (l *listing) timeOf(volume int, at info) int64 {
	l.moving = l.moving || at.mode.IsRegular() && l.young(volume, at)
	if l.young(volume, at) {
		return timeYoung
	}
	return at.time
}

// sighting is a time of a patient's files that the clock does not explain, and when it was
// seen first, from [started]: by the monotonic clock, so that who sets the clock neither
// hides a change nor has a patient read for ever. Each time is seen for itself: one of next
// year, of a server whose clock was wrong for a day, tells nothing of what is written now.
type sighting struct {
	time  int64
	since time.Duration
}

var started = time.Now()

// settled gives, in order, the times that have been seen for long enough.
func (s *Source) settled(id ident.LocalPatientID) (times []int64) {
	now := time.Since(started)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, was := range s.sightings[id] {
		if now-was.since >= restTime {
			times = append(times, was.time)
		}
	}
	return times
}

// sighted keeps what a listing saw, and has the patient read again if a file may still be being written.
func (l *listing) sighted() {
	slices.Sort(l.unexplained)
	times := slices.Compact(l.unexplained)
	if !slices.ContainsFunc(times, l.fresh) { // there is nothing left to wait for
		times = nil
	}
	l.s.sees(l.patient, times)
	if l.moving {
		l.s.soon(l.patient, restTime)
	}
}

// sees keeps the times of a patient that the clock does not explain, in order.
func (s *Source) sees(id ident.LocalPatientID, times []int64) {
	now := time.Since(started)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(times) == 0 {
		delete(s.sightings, id)
		return
	}
	list := make([]sighting, 0, len(times))
	before := s.sightings[id]
	for _, t := range times {
		since := now
		if i, known := slices.BinarySearchFunc(before, t, func(b sighting, t int64) int { return cmp.Compare(b.time, t) }); known {
			since = before[i].since
		}
		list = append(list, sighting{t, since})
	}
	s.sightings[id] = list
}

// justGone reports whether demographics that were there have been missed for less than
// [restTime]: folders are put back and files written anew, and a link that is suspended
// for a moment stays suspended. Then the patient is read once more.
func (r *reading) justGone(ctx context.Context) (bool, error) {
	p := r.s.patient(r.patient)
	p.mu.Lock()
	first := p.memory == ""
	p.mu.Unlock()
	if first {
		return false, nil
	}
	_, err := r.s.index.Patient(ctx, r.s.index.Reader(), r.patient)
	if fault.Is(err, fault.NotFound) {
		r.s.isBack(r.patient)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.s.mu.Lock()
	since, missed := r.s.gone[r.patient]
	if !missed {
		since = time.Now()
		r.s.gone[r.patient] = since
	}
	r.s.mu.Unlock()
	left := restTime - time.Since(since)
	if left <= 0 {
		return false, nil
	}
	r.s.soon(r.patient, left)
	return true, nil
}

// isBack forgets that a patient's demographics were missed.
func (s *Source) isBack(id ident.LocalPatientID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.gone, id)
}
