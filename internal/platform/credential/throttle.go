package credential

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
	window      = 15 * time.Minute // failures that belong together, and how long a lock holds
	pairSlow    = 5                // from here each attempt has to wait: 2, 4, 8, 16, 32 s
	pairLock    = 10
	deviceLock  = 30 // somebody tries names
	accountLock = 100
	// AccountWindow is how far back failures count at all.
	AccountWindow = 24 * time.Hour
)

// Wait tells how long from now no attempt is taken; zero or less means that one is.
func (f Failures) Wait(now time.Time) time.Duration {
	return max(pairWait(f.Pair, now), lockWait(f.Device, deviceLock, now), accountWait(f.Account, now))
}

func pairWait(failures []time.Time, now time.Time) time.Duration {
	if n := burst(failures); n >= pairSlow && n < pairLock {
		return failures[0].Add(2 * time.Second << (n - pairSlow)).Sub(now)
	}
	return lockWait(failures, pairLock, now)
}

// lockWait locks for the whole window from the failure that reached the limit.
func lockWait(failures []time.Time, limit int, now time.Time) time.Duration {
	if burst(failures) < limit {
		return 0
	}
	return failures[0].Add(window).Sub(now)
}

// accountWait locks while so many failures lie within a day.
func accountWait(failures []time.Time, now time.Time) time.Duration {
	if len(failures) < accountLock {
		return 0
	}
	return failures[accountLock-1].Add(AccountWindow).Sub(now)
}

// burst counts the failures within the window before the newest, with it.
func burst(failures []time.Time) int {
	n := 0
	for n < len(failures) && failures[0].Sub(failures[n]) < window {
		n++
	}
	return n
}
