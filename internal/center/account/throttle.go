package account

import "time"

// Failures are the failed sign-ins that bear on one attempt, newest first.
type Failures struct {
	Pair    []time.Time // of this account at this device
	Account []time.Time // of this account anywhere
	Device  []time.Time // of any account at this device
}

// The thresholds (ours; the guideline names none). An attempt needs a registered
// terminal to begin with, so that a stranger cannot lock a physician out; a colleague's
// terminal that fails again and again locks that terminal and that pair first, and the
// account itself only at a count that no human reaches.
const (
	pairWindow  = 15 * time.Minute
	pairSlow    = 5  // from here each attempt has to wait: 2, 4, 8, 16, 32 s
	pairLock    = 10 // from here for the whole window
	deviceLock  = 30 // within pairWindow: somebody tries names
	accountLock = 100
	// AccountWindow is how far back failures count at all.
	AccountWindow = 24 * time.Hour
)

// Wait tells how long from now no attempt is taken; zero or less means that one is.
func (f Failures) Wait(now time.Time) time.Duration {
	return max(pairWait(f.Pair, now), lockWait(f.Device, deviceLock, pairWindow, now), lockWait(f.Account, accountLock, AccountWindow, now))
}

func pairWait(failures []time.Time, now time.Time) time.Duration {
	n := within(failures, now, pairWindow)
	switch {
	case n >= pairLock:
		return failures[0].Add(pairWindow).Sub(now)
	case n >= pairSlow:
		return failures[0].Add(2 * time.Second << (n - pairSlow)).Sub(now)
	}
	return 0
}

// lockWait locks while limit failures lie within the window.
func lockWait(failures []time.Time, limit int, window time.Duration, now time.Time) time.Duration {
	if within(failures, now, window) < limit {
		return 0
	}
	return failures[limit-1].Add(window).Sub(now)
}

// within counts the leading failures that lie within the window before now.
func within(failures []time.Time, now time.Time, window time.Duration) int {
	n := 0
	for n < len(failures) && now.Sub(failures[n]) < window {
		n++
	}
	return n
}
