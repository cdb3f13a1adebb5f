package page

import (
	"cmp"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Sessions is the page of who is signed in at the facility.
//
// Forms: POST /manage/sessions/end with one of session, user, device, or all=1; POST
// /manage/sessions/idle with minutes.
type Sessions struct {
	Shell
	ByDevice bool // grouped by terminal, not by user
	Rows     []manage.SignedIn
	Idle     time.Duration // after which the facility's screens lock themselves
}

func (Sessions) view() string { return "sessions" }

// SessionGroup is all sessions of one user, or at one terminal.
type SessionGroup struct {
	User   ident.UserID   // whose they are; empty if grouped by terminal
	Device ident.DeviceID // where; empty if grouped by user
	Name   string
	Place  string // of the terminal
	Rows   []manage.SignedIn
}

// Groups are the rows as they are shown: the groups by name, in each the last used first.
func (s Sessions) Groups() (out []SessionGroup) {
	groupOf := func(r manage.SignedIn) SessionGroup {
		if s.ByDevice {
			return SessionGroup{Device: r.Device.ID, Name: r.Device.Name, Place: r.Device.Place}
		}
		return SessionGroup{User: r.User.ID, Name: r.User.DisplayName}
	}
	rows := slices.Clone(s.Rows)
	slices.SortStableFunc(rows, func(a, b manage.SignedIn) int {
		if s.ByDevice {
			return cmp.Or(cmp.Compare(a.Device.Name, b.Device.Name), cmp.Compare(a.Device.ID, b.Device.ID))
		}
		return cmp.Or(cmp.Compare(a.User.Kana, b.User.Kana), cmp.Compare(a.User.ID, b.User.ID))
	})
	for _, row := range rows {
		g := groupOf(row)
		if n := len(out); n == 0 || out[n-1].User != g.User || out[n-1].Device != g.Device {
			out = append(out, g)
		}
		last := &out[len(out)-1]
		last.Rows = append(last.Rows, row)
	}
	return out
}

// IdleChoices are the minutes that a facility can choose from; its own is one of them.
func (s Sessions) IdleChoices() []int {
	choices := []int{3, 5, 10, 15}
	if own := s.IdleMinutes(); own > 0 && !slices.Contains(choices, own) {
		choices = append(choices, own)
		slices.Sort(choices)
	}
	return choices
}

// IdleMinutes is Idle in minutes.
func (s Sessions) IdleMinutes() int { return int(s.Idle / time.Minute) }
