package gateway

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/filing"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/mllp"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

// Health tells how the gateway stands, for its console and for monitoring.
func (r *Running) Health(ctx context.Context) (health.Snapshot, error) {
	now := r.cfg.Clock()
	var err error
	s := health.Snapshot{
		Now: now, Started: r.watch.started, Version: build(), Gateway: r.cfg.Gateway,
		Link: r.watch.link(r.cfg.Center.Link, r.walked()), Certificate: r.certificateEnd(),
		Disks: []health.Disk{diskOf("database", filepath.Dir(r.cfg.Database))},
	}
	if r.received != nil {
		s.Disks = append(s.Disks, diskOf("spool", r.cfg.Received.Folder))
	}
	list := r.denylist.State()
	s.Denylist = health.Denylist{Entries: list.Entries, Newest: list.Newest, Age: list.Age(now), Trouble: list.Trouble}
	storage := r.source.State()
	s.Sources, s.Stuck, s.DamagedRecords = r.sources(), storage.Stuck, storage.Damaged
	if r.received != nil {
		st := r.received.receiver.State()
		s.Unfiled, s.Damaged, s.DamagedKept = st.Kept, st.Damaged, st.KeptDamaged
		if st.Ledger != "" {
			s.DamagedLedger = cause.Trouble{Cause: cause.Line, Said: st.Ledger}
		}
		if s.Unseen, s.UnseenFull, err = unseen(ctx, r.index.Reader(), r.received.kept); err != nil {
			return s, err
		}
	}
	if s.Documents, err = r.index.DocumentCount(ctx); err != nil {
		return s, err
	}
	if s.Patients, err = r.index.PatientCount(ctx); err != nil {
		return s, err
	}
	if s.Linked, s.Suspended, err = r.index.LinkedCount(ctx); err != nil {
		return s, err
	}
	if s.Reasons, err = r.index.UnreadableReasons(ctx); err != nil {
		return s, err
	}
	s.Remarks, err = r.index.RemarkTotals(ctx)
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
		d.Trouble = cause.From(err)
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
func (r *Running) sources() []health.Source {
	st, walked, now := r.source.State(), r.walked(), r.cfg.Clock()
	var receiving mllp.State
	if r.received != nil {
		receiving = r.received.state()
	}
	var out []health.Source
	for _, root := range st.Roots {
		standard, vitals := filing.StorageDir(r.cfg.Received.Folder), filing.ExtendedDir(r.cfg.Received.Folder)
		kind := health.Storage
		if root.Root == vitals || slices.Contains(cleaned(r.cfg.Storage.Extended), root.Root) {
			kind = health.Extended
		}
		s := storageSource(kind, root, st, walked, now)
		if root.Root == standard || root.Root == vitals { // nobody at the hospital named it
			s.Facts = slices.Insert(s.Facts, 0, health.Fact{Key: "origin", Value: fault.Key("origin.received")})
		}
		if root.Root == standard { // how filing stands is of both together
			s.Facts = append(s.Facts, filingFacts(receiving)...)
		}
		out = append(out, s)
	}
	out = append(out, listenerSources(receiving)...)
	for i := range out {
		out[i].Since = r.watch.since(out[i].Name)
	}
	return out
}

// storageSource states how one folder of a storage stands.
func storageSource(kind health.Kind, root source.RootState, st source.State, walked bool, now time.Time) health.Source {
	s := health.Source{Name: root.Root, Kind: kind, Place: root.Root, State: health.Up}
	switch {
	case root.Trouble.Said != "":
		s.State, s.Trouble = health.Down, root.Trouble
	case !walked:
		s.State = health.Starting
	}
	if root.Kind != "" { // else it has been away since the start
		s.Facts = append(s.Facts, health.Fact{Key: "medium", Value: fault.Key("medium." + string(root.Kind))})
	}
	if !st.Looked.IsZero() {
		s.Lag = max(now.Sub(st.Looked), root.Lag, 0)
		s.Facts = append(s.Facts, health.Fact{Key: "looked", Value: st.Looked}, health.Fact{Key: "lag", Value: s.Lag})
	}
	noticed := fault.Key("noticed.told")
	if root.Polling {
		noticed = "noticed.polled"
	}
	s.Facts = append(s.Facts,
		health.Fact{Key: "noticed", Value: noticed}, health.Fact{Key: "waiting", Value: st.Waiting},
		health.Fact{Key: "patients", Value: root.Patients}, health.Fact{Key: "documents", Value: root.Documents})
	return s
}

// listenerSources states how the ports for messages stand. What keeps messages from being
// filed, or from being taken, is every port's trouble.
func listenerSources(st mllp.State) []health.Source {
	var out []health.Source
	for _, l := range st.Listeners {
		s := health.Source{Name: "mllp " + l.Name, Kind: health.Messages, Place: l.Name + " " + l.Address, State: health.Up, Lag: st.FilingLag}
		if st.Trouble != "" || st.DiskLow {
			s.State, s.Trouble = health.Down, cause.Trouble{Cause: st.Cause, Said: st.Trouble}
			if st.DiskLow {
				s.Trouble = cause.Trouble{Cause: cause.DiskFull, Said: strings.TrimPrefix(st.Trouble+"; the disk is almost full, every message is refused", "; ")}
			}
		}
		s.Facts = []health.Fact{{Key: "security", Value: fault.Key("security." + string(l.Security))}}
		if !l.Last.IsZero() {
			s.Facts = append(s.Facts, health.Fact{Key: "last", Value: l.Last})
		}
		s.Facts = append(s.Facts,
			health.Fact{Key: "connections", Value: l.Connections}, health.Fact{Key: "accepted", Value: int(l.Accepted)},
			health.Fact{Key: "rejected", Value: int(l.Rejected)}, health.Fact{Key: "duplicate", Value: int(l.Duplicate)},
			health.Fact{Key: "flagged", Value: int(l.Flagged)})
		s.Receiving = &health.Receiving{Listener: l.Name, Unframed: l.Garbage}
		for _, i := range incident.Kinds() {
			s.Receiving.Incidents = append(s.Receiving.Incidents, health.Incident{Key: i, State: l.Incidents[i]})
		}
		out = append(out, s)
	}
	return out
}

// filingFacts states how filing stands. It is of all ports together: told of each, it would
// seem to be that one's, and a sum over them be wrong.
func filingFacts(st mllp.State) []health.Fact {
	return []health.Fact{{Key: "backlog", Value: st.Backlog}, {Key: "kept", Value: st.Kept}}
}

// roots are the folders that are read, as the index names them.
func (r *Running) roots() []string {
	var out []string
	for _, root := range r.source.State().Roots {
		out = append(out, root.Root)
	}
	return out
}

func cleaned(roots []string) []string {
	out := make([]string, 0, len(roots))
	for _, root := range roots {
		out = append(out, filepath.Clean(root))
	}
	return out
}
