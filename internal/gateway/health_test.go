package gateway

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/mllp"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/tally"
)

func TestStorageSource(t *testing.T) {
	now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		root   source.RootState
		looked time.Time
		walked bool
		want   health.State
		lag    time.Duration
	}{
		"the first walk":        {source.RootState{}, time.Time{}, false, health.Starting, 0},
		"followed":              {source.RootState{}, now.Add(-3 * time.Second), true, health.Up, 3 * time.Second},
		"a pass takes its time": {source.RootState{Lag: 40 * time.Second}, now.Add(-3 * time.Second), true, health.Up, 40 * time.Second},
		"gone":                  {source.RootState{Trouble: cause.Trouble{Cause: cause.Gone, Said: "stat /a: gone"}}, now.Add(-time.Minute), true, health.Down, time.Minute},
		"gone, before it was":   {source.RootState{Trouble: cause.Trouble{Cause: cause.Gone, Said: "stat /a: gone"}}, time.Time{}, false, health.Down, 0},
		"a clock put back":      {source.RootState{}, now.Add(time.Hour), true, health.Up, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := storageSource(health.Extended, tc.root, source.State{Looked: tc.looked}, tc.walked, now)
			if got.State != tc.want || got.Lag != tc.lag || got.Kind != health.Extended || got.Trouble != tc.root.Trouble {
				t.Errorf("%+v, want %s, lag %v", got, tc.want, tc.lag)
			}
		})
	}
}

func TestListenerSources(t *testing.T) {
	cut := tally.State{Total: 2, Peers: []tally.Peer{{Address: "10.1.2.20", Count: 2}}}
	port := mllp.ListenerState{Name: "his", Address: "10.1.2.3:2575", Accepted: 3, Garbage: 5, Incidents: map[incident.Kind]tally.State{incident.Cut: cut}}
	for name, tc := range map[string]struct {
		st      mllp.State
		want    health.State
		trouble cause.Trouble
	}{
		"receiving":        {mllp.State{}, health.Up, cause.Trouble{}},
		"nothing is filed": {mllp.State{Trouble: "fsync: EIO", Cause: cause.Device}, health.Down, cause.Trouble{Cause: cause.Device, Said: "fsync: EIO"}},
		"the disk is full": {mllp.State{DiskLow: true}, health.Down, cause.Trouble{Cause: cause.DiskFull, Said: "the disk is almost full, every message is refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.st.Listeners = []mllp.ListenerState{port, {Name: "lab"}}
			got := listenerSources(tc.st)
			if len(got) != 2 || got[0].Name == got[1].Name {
				t.Fatalf("sources %+v, want one for each port", got)
			}
			if got[0].State != tc.want || got[0].Trouble != tc.trouble || got[0].Kind != health.Messages {
				t.Errorf("%+v, want %s, trouble %+v", got[0], tc.want, tc.trouble)
			}
			for _, f := range got[0].Facts {
				if f.Key == "kept" || f.Key == "backlog" {
					t.Errorf("%s, which is of all ports, is told of one", f.Key)
				}
			}
			want := &health.Receiving{Listener: "his", Unframed: 5, Incidents: []health.Incident{
				{Key: incident.Address}, {Key: incident.Full}, {Key: incident.TLS}, {Key: incident.Stray}, {Key: incident.Cut, State: cut}, {Key: incident.Refused}, {Key: incident.Unheard},
			}}
			if diff := cmp.Diff(want, got[0].Receiving); diff != "" {
				t.Errorf("receiving (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWatch(t *testing.T) {
	now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	w := newWatch(func() time.Time { return now })
	now = now.Add(time.Minute)
	w.saw([]health.Source{{Name: "a", Place: "/a", State: health.Down, Trouble: cause.Trouble{Cause: cause.Gone, Said: "gone"}}, {Name: "b", State: health.Up}})
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
