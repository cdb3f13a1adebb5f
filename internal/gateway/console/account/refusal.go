package account

import (
	"context"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// The log is never shortened, so strangers must not be able to make it grow as they
// like. Of the refusals of an hour the first are recorded one by one, by address, reason
// and what was to be done, and all together; of the others those whose number is 10, 20,
// 50, 100 …, with that number.
const (
	refusalHour        = time.Hour
	refusalsEach       = 5   // of one thing from one address for one reason
	refusalsAltogether = 200 // of all addresses
)

// tally counts the refusals of an hour. It is kept in memory: after a restart the first
// are recorded one by one again.
type tally struct {
	mu    sync.Mutex
	since time.Time
	all   int
	from  map[refusal]int // no more of them than refusalsAltogether
}

// refusal is what is counted on its own.
type refusal struct {
	address, reason string
	action          Action
}

// count counts one refusal and gives its number if it is to be recorded, 0 if not.
func (t *tally) count(r refusal, now time.Time) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.from == nil || now.Sub(t.since) >= refusalHour || now.Before(t.since) {
		t.since, t.all, t.from = now, 0, map[refusal]int{}
	}
	t.all++
	if t.all > refusalsAltogether {
		if milestone(t.all) {
			return t.all
		}
		return 0
	}
	t.from[r]++
	if n := t.from[r]; n <= refusalsEach || milestone(n) {
		return n
	}
	return 0
}

// milestone reports whether n is 10, 20, 50, 100, 200, 500 …
func milestone(n int) bool {
	for n >= 10 && n%10 == 0 {
		n /= 10
		if n == 1 || n == 2 || n == 5 {
			return true
		}
	}
	return false
}

// recordRefusal records that somebody was refused who had to prove who they are, if its
// turn has come.
func (s *Service) recordRefusal(ctx context.Context, tx *db.Tx, now time.Time, e Entry) error {
	n := s.refusals.count(refusal{e.Address, e.Detail.Reason, e.Action}, now)
	if n == 0 {
		return nil
	}
	e.Outcome = Denied
	if n > refusalsEach {
		e.Detail.Attempts = n
	}
	return record(ctx, tx, now, e)
}
