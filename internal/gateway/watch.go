package gateway

import (
	"context"
	"slices"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

// maxEvents is how many events are remembered.
const maxEvents = 100

// watch remembers since when things are as they are, and what happened since the start.
type watch struct {
	clock   func() time.Time
	started time.Time

	mu        sync.Mutex
	up        bool
	changed   time.Time     // when the link came or went
	trouble   cause.Trouble // last error of the link
	troubleAt time.Time
	down      map[string]time.Time // sources that do not answer, since when
	events    []health.Event
}

func newWatch(clock func() time.Time) *watch {
	w := &watch{clock: clock, started: clock(), down: map[string]time.Time{}}
	w.note(health.Good, "started", "", cause.Trouble{})
	return w
}

// note remembers an event; the mutex must not be held.
func (w *watch) note(level health.Level, key fault.Key, place string, why cause.Trouble) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.add(level, key, place, why)
}

func (w *watch) add(level health.Level, key fault.Key, place string, why cause.Trouble) {
	w.events = append(w.events, health.Event{At: w.clock(), Level: level, Key: key, Place: place, Trouble: why})
	if len(w.events) > maxEvents {
		w.events = slices.Delete(w.events, 0, len(w.events)-maxEvents)
	}
}

// list gives the events, newest first.
func (w *watch) list() []health.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := slices.Clone(w.events)
	slices.Reverse(out)
	return out
}

// linked notes that the link came or went.
func (w *watch) linked(up bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.up, w.changed = up, w.clock()
	if up {
		w.trouble, w.troubleAt = cause.Trouble{}, time.Time{}
		w.add(health.Good, "link_up", "", cause.Trouble{})
	} else {
		w.add(health.Bad, "link_down", "", cause.Trouble{})
	}
}

// linkTrouble notes why the link does not stand.
func (w *watch) linkTrouble(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble, w.troubleAt = cause.From(err), w.clock()
}

func (w *watch) link(addr string, walked bool) health.Link {
	w.mu.Lock()
	defer w.mu.Unlock()
	return health.Link{Addr: addr, Connected: w.up, Waiting: !walked, Since: w.changed, Trouble: w.trouble, TroubleAt: w.troubleAt}
}

// since tells since when a source does not answer; zero while it does.
func (w *watch) since(name string) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.down[name]
}

// saw notes which sources came and went.
func (w *watch) saw(sources []health.Source) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range sources {
		since, was := w.down[s.Name]
		switch is := s.State == health.Down; {
		case is && !was:
			w.down[s.Name] = w.clock()
			w.add(health.Bad, "source_down", s.Place, s.Trouble)
		case !is && was && !since.IsZero():
			delete(w.down, s.Name)
			w.add(health.Good, "source_up", s.Place, cause.Trouble{})
		}
	}
}

// look is how often the sources are asked for their state, from memory.
const look = time.Second

// follow watches the sources until ctx ends.
func (r *Running) follow(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	walked := r.source.Walked()
	for {
		select {
		case <-ctx.Done():
			return
		case <-walked:
			walked = nil
			r.watch.note(health.Good, "walked", "", cause.Trouble{})
		case <-tick.C:
			r.watch.saw(r.sources())
		}
	}
}
