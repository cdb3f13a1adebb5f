package gateway

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

// Health tells how the gateway stands, for its console and for monitoring.
func (r *Running) Health(ctx context.Context) (health.Snapshot, error) {
	now := r.cfg.Clock()
	s := health.Snapshot{
		Now: now, Started: r.watch.started, Version: build(), Gateway: r.cfg.Gateway,
		Link: r.watch.link(r.cfg.Center.Link, r.walked()), Certificate: r.certificateEnd(),
		Disks: []health.Disk{diskOf("database", filepath.Dir(r.cfg.Database))},
	}
	documents, err := r.index.DocumentsByRoot(ctx)
	if err != nil {
		return s, err
	}
	s.Sources = r.sources(documents)
	for _, n := range documents {
		s.Documents += n
	}
	if s.Patients, err = r.index.PatientCount(ctx); err != nil {
		return s, err
	}
	linked, err := r.index.LinkedIDs(ctx)
	if err != nil {
		return s, err
	}
	s.Linked = len(linked)
	suspended, err := r.index.Suspensions(ctx)
	if err != nil {
		return s, err
	}
	s.Suspended = len(suspended)
	s.Reasons, err = r.index.UnreadableReasons(ctx)
	return s, err
}

// certificateEnd is until when the gateway's own certificate holds.
func (r *Running) certificateEnd() time.Time {
	cert, _ := r.identity.Current()
	return cert.Leaf.NotAfter
}

func diskOf(name fault.Key, path string) health.Disk {
	d := health.Disk{Name: name, Path: path}
	var err error
	if d.Space, err = disk.Of(path); err != nil {
		d.Err = err.Error()
	}
	return d
}

func (r *Running) walked() bool {
	select {
	case <-r.source.Walked():
		return true
	default:
		return false
	}
}

// sources lists everything from which the gateway gets documents: a further kind of
// source adds its rows here.
func (r *Running) sources(documents map[string]int) []health.Source {
	st := r.source.State()
	var out []health.Source
	for i, root := range r.roots() {
		s := storageSource(root, st, r.walked(), r.cfg.Clock())
		s.Since = r.watch.since(root)
		s.Facts = append([]health.Fact{{Key: "medium", Value: r.media[i]}}, s.Facts...)
		s.Facts = append(s.Facts, health.Fact{Key: "documents", Value: documents[root]})
		out = append(out, s)
	}
	return out
}

// storageSource states how one folder of the storage stands.
func storageSource(root string, st source.State, walked bool, now time.Time) health.Source {
	s := health.Source{Name: root, Kind: health.Storage, Place: root, State: health.Up}
	switch trouble := troubleOf(root, st.Trouble); {
	case trouble != "":
		s.State, s.Trouble = health.Down, trouble
	case !walked:
		s.State = health.Starting
	}
	if !st.Looked.IsZero() {
		s.Lag = max(now.Sub(st.Looked), 0)
		s.Facts = append(s.Facts, health.Fact{Key: "looked", Value: st.Looked}, health.Fact{Key: "lag", Value: s.Lag})
	}
	s.Facts = append(s.Facts, health.Fact{Key: "waiting", Value: st.Waiting})
	return s
}

// troubleOf finds what is wrong with one folder in what is wrong with the storage: a line
// for each folder, which names it.
func troubleOf(root, trouble string) string {
	var lines []string
	for line := range strings.Lines(trouble) {
		if _, rest, ok := strings.Cut(line, root); ok && (rest == "" || strings.ContainsRune(":/ \n", rune(rest[0]))) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "; ")
}

// roots are the folders of the storage as the index names them.
func (r *Running) roots() []string {
	out := make([]string, 0, len(r.cfg.Storage.Roots))
	for _, root := range r.cfg.Storage.Roots {
		out = append(out, filepath.Clean(root))
	}
	return out
}

// mediaOf says for each folder whether it lies on this machine: asked once, when the
// folders have just been opened, since a share that is gone does not answer.
func mediaOf(roots []string) []fault.Key {
	out := make([]fault.Key, 0, len(roots))
	for _, root := range roots {
		switch shared, err := disk.Shared(root); {
		case err != nil:
			out = append(out, "medium.unknown")
		case shared:
			out = append(out, "medium.share")
		default:
			out = append(out, "medium.local")
		}
	}
	return out
}
