package source

import (
	"testing"
	"testing/synctest"
)

// However many patients of a slow share are being read, one of a disk gets its turn; and
// they are never more than there are seats.
func TestSeats_theSlowKeepNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, slow := newSeats(), make(chan struct{})
		for range dueWorkers + slowWorkers - 1 {
			s.seat(func() { <-slow })
		}
		quick := make(chan struct{})
		s.seat(func() { close(quick) })
		<-quick
		s.seat(func() { <-slow })
		begun := false
		go s.seat(func() { begun = true })
		synctest.Wait()
		if begun {
			t.Error("more are read than there are seats")
		}
		close(slow)
		synctest.Wait()
		s.wait()
		if !begun {
			t.Error("nobody sits down where somebody got up")
		}
	})
}
