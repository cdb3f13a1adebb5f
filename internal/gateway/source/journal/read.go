package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

// cursor is how far a journal has been read. It belongs to the one who reads.
type cursor struct {
	path string // of the segment
	file *os.File
	off  int64
}

func (c *cursor) close() error {
	if c.file == nil {
		return nil
	}
	err := c.file.Close()
	c.file = nil
	return err
}

// maxRecords bounds what Next gives at once.
const maxRecords = 512

// Next gives the records that follow those it gave last, in order: at least one, for
// which it waits, and not many more than limit bytes of them. Those it gave last must
// be done, see [Journal.Finish].
func (j *Journal) Next(ctx context.Context, limit int64) ([]Record, error) {
	for {
		j.mu.Lock()
		seg := j.toRead()
		var size int64
		if seg != nil {
			size = seg.size
		}
		if seg == nil { // what was given is done; what else was counted is damaged
			j.count, j.done, j.oldest = 0, j.durable, time.Time{}
		}
		grown := j.grown
		j.mu.Unlock()
		if seg != nil {
			records, err := j.readFrom(seg.path, size, limit)
			if len(records) > 0 { // they were passed; what is wrong behind them shows the next time
				return records, nil
			}
			if err != nil {
				return nil, err
			}
			continue // nothing but damage up to here
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-grown:
		}
	}
}

// toRead gives the segment that has something to read, nil if none has.
func (j *Journal) toRead() *segment {
	at := max(0, slices.IndexFunc(j.segments, func(s *segment) bool { return s.path == j.read.path }))
	for _, s := range j.segments[min(at, len(j.segments)):] {
		off := int64(0)
		if s.path == j.read.path {
			off = j.read.off
		}
		if s.size > off {
			return s
		}
	}
	return nil
}

func (j *Journal) readFrom(path string, size, limit int64) ([]Record, error) {
	if j.read.path != path || j.read.file == nil {
		if err := j.read.close(); err != nil {
			return nil, fmt.Errorf("journal: %w", err)
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("journal: %w", err)
		}
		if j.read.path != path {
			j.read.off = 0
		}
		j.read.path, j.read.file = path, f
	}
	s := scanner{from: j.read.file, size: size, off: j.read.off}
	var out []Record
	for taken := int64(0); taken < limit && len(out) < maxRecords; {
		r, skipped, at, err := s.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return out, err
		}
		if at > skipped && !j.knownDamage(path, skipped) {
			if err := j.setAside(j.read.file, path, skipped, at-skipped, damagedSuffix); err != nil {
				return out, fmt.Errorf("journal: %w", err)
			}
		}
		j.read.off = s.off
		if err != nil {
			break
		}
		r.Body = slices.Clone(r.Body)
		taken += r.size()
		out = append(out, r)
	}
	return out, nil
}

func (j *Journal) knownDamage(path string, off int64) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.ContainsFunc(j.damage, func(d Damage) bool { return d.Segment == filepath.Base(path) && d.Offset == off })
}

// Finish says that records are done with: those that Next gave last, in order. Segments
// of which nothing is left are cleared away. With [Journal.Rest] that holds for the one
// that is written to as well, so that no message lies in the journal of a gateway at rest.
func (j *Journal) Finish(records []Record) error {
	if len(records) == 0 {
		return nil
	}
	j.mu.Lock()
	for i := range records {
		j.done += records[i].size()
	}
	j.count -= len(records)
	if j.count == 0 {
		j.oldest = time.Time{}
	} else {
		j.oldest = records[len(records)-1].Received
	}
	close(j.shrunk)
	j.shrunk = make(chan struct{})
	drop := j.droppable(records[len(records)-1].Seq)
	j.mu.Unlock()
	return j.clear(drop)
}

// droppable takes out the segments that hold nothing after a number and are not
// written to.
func (j *Journal) droppable(seq uint64) (drop []*segment) {
	for len(j.segments) > 0 {
		s := j.segments[0]
		if s.last > seq || len(j.segments) == 1 && j.file != nil {
			break
		}
		drop = append(drop, s)
		j.segments = j.segments[1:]
	}
	return drop
}

// Rest has the segment that is written to cleared away if all of it is done: for moments when
// nothing comes in. The one who reads calls it.
func (j *Journal) Rest() error {
	j.mu.Lock()
	if j.closed || j.count > 0 || len(j.segments) == 0 {
		j.mu.Unlock()
		return nil
	}
	asked := make(chan struct{})
	j.resting = asked
	j.wakeFlusher()
	j.mu.Unlock()
	<-asked
	j.mu.Lock()
	var drop []*segment
	if j.count == 0 && j.file == nil && len(j.segments) > 0 {
		drop = j.droppable(j.segments[len(j.segments)-1].last)
	}
	j.mu.Unlock()
	return j.clear(drop)
}

// clear takes segments away that are done: what was a spare becomes one again, any other
// is removed.
func (j *Journal) clear(done []*segment) error {
	if len(done) == 0 {
		return nil
	}
	var errs []error
	var cleared []*segment
	for _, s := range done {
		if s.path == j.read.path {
			errs = append(errs, j.read.close())
			j.read.path = ""
		}
		if !s.prepared {
			errs = append(errs, os.Remove(s.path))
			continue
		}
		renamed, err := j.recycle(s)
		if err == nil {
			cleared = append(cleared, renamed)
		}
		errs = append(errs, err)
	}
	errs = append(errs, disk.SyncDir(j.cfg.Dir))
	// Only now: half of it zeros, a segment that came back under its name would be damaged.
	j.mu.Lock()
	j.cleared = append(j.cleared, cleared...)
	j.mu.Unlock()
	j.wakePreparer()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}
