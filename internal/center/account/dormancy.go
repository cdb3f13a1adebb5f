package account

import "time"

// DormantAfter is how long nobody may sign in to an account before it is not let in any
// more (MHLW checklist: accounts that are not in use are disabled; our value).
const DormantAfter = 90 * 24 * time.Hour

// Dormant reports whether the account has lain unused for [DormantAfter]: since the last
// sign-in, since it was made, or since a manager took it into use again.
func (u User) Dormant(now time.Time) bool {
	last := u.CreatedAt
	for _, at := range []time.Time{u.LastSignIn, u.ReactivatedAt} {
		if at.After(last) {
			last = at
		}
	}
	return u.Open() && now.Sub(last) >= DormantAfter
}
