package source

import (
	"sync"
	"time"
)

const (
	// dueWorkers is how many patients are read at a time after the first walk.
	dueWorkers = 4
	// slowWorkers is how many are beside them that take longer than slowTime: a patient's
	// folder on a slow share takes minutes, and on a disk a moment.
	slowWorkers = 12
	slowTime    = 2 * time.Second
)

// seats are for those who read patients. Who turns out to be slow moves to another seat, so
// that patients of a slow share do not keep those of a disk waiting.
type seats struct {
	quick, slow chan struct{}
	taken       sync.WaitGroup
}

func newSeats() *seats {
	return &seats{quick: make(chan struct{}, dueWorkers), slow: make(chan struct{}, slowWorkers)}
}

// seat has something read as soon as there is a seat, and waits for that alone.
func (s *seats) seat(read func()) {
	s.quick <- struct{}{}
	s.taken.Go(func() {
		var mu sync.Mutex
		mine, done := s.quick, false
		var move *time.Timer
		mu.Lock()
		move = time.AfterFunc(slowTime, func() {
			mu.Lock()
			defer mu.Unlock()
			if done {
				return
			}
			select {
			case s.slow <- struct{}{}:
				<-s.quick
				mine = s.slow
			default: // all are taken: perhaps later
				move.Reset(slowTime)
			}
		})
		mu.Unlock()
		read()
		move.Stop()
		mu.Lock()
		defer mu.Unlock()
		done = true
		<-mine
	})
}

// wait waits until all are done.
func (s *seats) wait() { s.taken.Wait() }
