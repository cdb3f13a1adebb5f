package gateway

import (
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
)

func TestTroubleOf(t *testing.T) {
	trouble := "the storage does not answer: stat /mnt/a: no such file or directory\nthe storage does not answer: /mnt/ab has no folders"
	for root, want := range map[string]string{
		"/mnt/a":  "the storage does not answer: stat /mnt/a: no such file or directory",
		"/mnt/ab": "the storage does not answer: /mnt/ab has no folders",
		"/mnt/c":  "",
	} {
		if got := troubleOf(root, trouble); got != want {
			t.Errorf("troubleOf(%s) = %q, want %q", root, got, want)
		}
	}
}

func TestStorageSource(t *testing.T) {
	now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		st     source.State
		walked bool
		want   health.State
		lag    time.Duration
	}{
		"the first walk":      {source.State{}, false, health.Starting, 0},
		"followed":            {source.State{Looked: now.Add(-3 * time.Second)}, true, health.Up, 3 * time.Second},
		"gone":                {source.State{Trouble: "x: stat /a: gone", Looked: now.Add(-time.Minute)}, true, health.Down, time.Minute},
		"gone, before it was": {source.State{Trouble: "x: stat /a: gone"}, false, health.Down, 0},
		"another one is gone": {source.State{Trouble: "x: stat /b: gone"}, true, health.Up, 0},
		"a clock put back":    {source.State{Looked: now.Add(time.Hour)}, true, health.Up, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := storageSource("/a", tc.st, tc.walked, now)
			if got.State != tc.want || got.Lag != tc.lag {
				t.Errorf("state %s, lag %v, want %s, %v", got.State, got.Lag, tc.want, tc.lag)
			}
		})
	}
}

func TestWatch(t *testing.T) {
	now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	w := newWatch(func() time.Time { return now })
	now = now.Add(time.Minute)
	w.saw([]health.Source{{Name: "a", Place: "/a", State: health.Down, Trouble: "gone"}, {Name: "b", State: health.Up}})
	now = now.Add(time.Minute)
	w.saw([]health.Source{{Name: "a", Place: "/a", State: health.Down}, {Name: "b", State: health.Up}})
	if got := w.since("a"); !got.Equal(now.Add(-time.Minute)) {
		t.Errorf("since %v", got)
	}
	w.saw([]health.Source{{Name: "a", Place: "/a", State: health.Up}})
	if got := w.since("a"); !got.IsZero() {
		t.Errorf("since %v", got)
	}
	w.linked(true)
	w.linked(false)
	var got []string
	for _, e := range w.list() {
		got = append(got, string(e.Key))
	}
	if want := "link_down link_up source_up source_down started"; strings.Join(got, " ") != want {
		t.Errorf("events %v, want %s", got, want)
	}
	for range 2 * maxEvents {
		w.linked(true)
	}
	if n := len(w.list()); n != maxEvents {
		t.Errorf("%d events are kept", n)
	}
}
