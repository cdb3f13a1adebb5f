package source

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// readOne is what reading one file gave.
type readOne struct {
	at     info
	opened bool
	entry  index.Entry        // of a document
	doc    *clinical.Document // of the demographics
	err    error
}

// readDocuments reads every current document that is not as it was when it was read before.
func (r *reading) readDocuments(ctx context.Context) error {
	r.out.Entries = slices.Grow(r.out.Entries, len(r.current))
	workers := min(r.workers, 1+len(r.current)/alone)
	if workers == 1 {
		for i, f := range r.current {
			if err := r.takeDocument(ctx, i, r.readDocument(f)); err != nil {
				return err
			}
		}
		return nil
	}
	// A batch is read by all workers and then taken in, in order.
	const batch = 256
	results := make([]readOne, batch)
	for from := 0; from < len(r.current); from += batch {
		files := r.current[from:min(from+batch, len(r.current))]
		var next atomic.Int64
		var g sync.WaitGroup
		for range workers {
			g.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
					results[i] = r.readDocument(files[i])
				}
			})
		}
		g.Wait()
		for i := range files {
			if err := r.takeDocument(ctx, from+i, results[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// readDocument reads one document unless the index has it as it is. It may run beside
// itself and changes nothing of the reading.
func (r *reading) readDocument(f found) readOne {
	if e, ok := r.before[f.below]; ok && e.Root == r.s.volumes[f.volume].name && !r.doubts(f.name) {
		at, err := r.dirs[f.volume].stat(f.path)
		if err == nil && at.mode.IsRegular() && at.size == e.Size && at.time == e.MTime {
			return readOne{at: at, opened: true, entry: e}
		}
	}
	one := r.read(f)
	if one.doc != nil {
		one.entry, one.doc = r.entry(f, one), nil
	}
	return one
}

// takeDocument takes in what reading a document gave, and tells how far it is.
func (r *reading) takeDocument(ctx context.Context, done int, one readOne) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f := r.current[done]
	if err := r.take(f, one); err != nil {
		return err
	}
	if one.entry.ID != "" {
		one.entry.MTime = r.timeOf(f.volume, one.at)
		r.out.Entries = append(r.out.Entries, one.entry)
	}
	if r.progress == nil {
		return nil
	}
	return r.progress(wire.Progress{Read: done + 1, Total: len(r.current) + len(r.objects), Unreadable: r.troubles})
}

// read reads one file. It may run beside itself.
func (r *reading) read(f found) readOne {
	body, at, err := r.dirs[f.volume].read(f.path)
	one := readOne{at: at, opened: at != info{}, err: err}
	if err != nil {
		return one
	}
	doc, err := ssmix2.ReadDocumentOf(f.name, body, r.of(f.name))
	if err != nil {
		one.err = err
		return one
	}
	one.doc = &doc
	return one
}

// take notes what could not be read, unless it is so young that it may still be being
// written; what has gone since it was listed is looked for again.
func (r *reading) take(f found, one readOne) error {
	switch {
	case one.err == nil:
		r.documents[f.volume]++
		return nil
	case !one.opened:
		return r.unopened(f, one.err)
	}
	if ofSystem(one.err) || errors.Is(one.err, errAway) {
		if away := r.s.volumes[f.volume].there(); away != nil {
			return away
		}
	}
	if r.young(f.volume, one.at) {
		r.moving = true
		return nil
	}
	r.amiss(problem{f.volume, f.path, reasonOf(one.err, index.ReasonContent), plain(one.err)})
	s := stamp{volume: f.volume, path: f.path, time: one.at.time, size: one.at.size, file: true}
	if ofSystem(one.err) {
		s.time = timeRefused
	}
	r.seen = append(r.seen, s)
	return nil
}

// unopened notes a file that cannot be opened, unless nothing of the volume can be.
func (r *reading) unopened(f found, err error) error {
	if away := r.s.volumes[f.volume].there(); away != nil {
		return away
	}
	if errors.Is(err, fs.ErrNotExist) {
		r.s.soon(r.patient, retryPause)
		return nil
	}
	r.amiss(problem{f.volume, f.path, reasonOf(err, index.ReasonForbidden), plain(err)})
	r.seen = append(r.seen, stamp{volume: f.volume, path: f.path, time: timeRefused, file: true})
	return nil
}
