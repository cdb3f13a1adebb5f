package source

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

const (
	// restTime is how long a file must have been left alone before it counts as written;
	// one that is read earlier is looked at once more. It exceeds the two seconds in
	// which the coarsest file systems count: a later change leaves another time.
	restTime = 2500 * time.Millisecond
	// skew is by how much the clock of a share's server may be off.
	skew = 15 * time.Minute
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
	l.unexplained = max(l.unexplained, at.time)
	return at.time > l.settled
}

// age tells by the clock whether what was changed at a time is old, if the clock explains
// that time.
func (s *Source) age(v *volume, changed int64) (old, explained bool) {
	age := s.Clock().Sub(time.Unix(0, changed))
	if v.local() {
		return age >= restTime, age >= 0
	}
	return true, age >= skew
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

// sighting is the latest time of a patient's files that the clock does not explain, and
// when it was seen first; by the monotonic clock, so that who sets the clock neither
// hides a change nor has a patient read for ever.
type sighting struct {
	time  int64
	since time.Time
}

// settled gives the time up to which a patient's times have been seen for long enough.
func (s *Source) settled(id ident.LocalPatientID) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if was, ok := s.sightings[id]; ok && time.Since(was.since) >= restTime {
		return was.time
	}
	return -1 << 63
}

// sighted keeps what a listing saw, and has the patient read again if a file may still be being written.
func (l *listing) sighted() {
	s := l.s
	s.mu.Lock()
	switch was, ok := s.sightings[l.patient]; {
	case l.unexplained == 0 || l.unexplained <= l.settled:
		delete(s.sightings, l.patient)
	case !ok || was.time < l.unexplained:
		s.sightings[l.patient] = sighting{l.unexplained, time.Now()}
	}
	s.mu.Unlock()
	if l.moving {
		s.soon(l.patient, restTime)
	}
}
