package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// maxBatch bounds what waits in memory to be written, one record apart.
const maxBatch = 8 << 20

// Commit is a group of records that become durable together.
type Commit struct {
	done  chan struct{}
	err   error // set before done is closed
	buf   []byte
	count int
	last  uint64
	first time.Time
}

// Wait waits until the record is durable; an error says that it may not be.
func (c *Commit) Wait() error {
	<-c.done
	return c.err
}

// Done is closed when Wait would not wait.
func (c *Commit) Done() <-chan struct{} { return c.done }

func newCommit(buf []byte) *Commit { return &Commit{done: make(chan struct{}), buf: buf[:0]} }

// Append hands a record over and gives what to wait for. The record is copied. While
// the disk has not taken what waits, Append waits too.
func (j *Journal) Append(ctx context.Context, r Record) (*Commit, error) {
	if len(r.Listener) > 255 || r.size() > maxRecord {
		return nil, fault.New(fault.Invalid, "a record of %d bytes is too large for the journal", r.size())
	}
	for {
		j.mu.Lock()
		switch {
		case j.closed:
			j.mu.Unlock()
			return nil, errClosed
		case j.durable-j.done >= j.cfg.MaxBacklog:
			j.mu.Unlock()
			return nil, ErrFull
		}
		c := j.batch
		if c.count == 0 || len(c.buf)+int(r.size()) <= maxBatch {
			r.Seq = j.nextSeq
			j.nextSeq++
			r.group = r.Seq - uint64(c.count)
			c.buf = r.append(c.buf)
			c.count++
			c.last = r.Seq
			if c.count == 1 {
				c.first = r.Received
			}
			j.wakeFlusher()
			j.mu.Unlock()
			return c, nil
		}
		j.mu.Unlock()
		// The batch is full. It is taken as soon as the one before it is written.
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.done:
		}
	}
}

// wakeFlusher is called with mu held, so that the channel is not closed.
func (j *Journal) wakeFlusher() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// flush writes what waits until the journal is closed.
func (j *Journal) flush() {
	for range j.wake {
		j.mu.Lock()
		c := j.batch
		if c.count == 0 {
			err := j.rest()
			j.mu.Unlock()
			if err != nil {
				j.cfg.Log.Error("journal: close segment", logging.KeyError, err)
			}
			continue
		}
		j.batch, j.spare = newCommit(j.spare), nil
		j.mu.Unlock()
		c.err = j.write(c)
		if c.err != nil {
			j.cfg.Log.Error("journal: write", logging.KeyError, c.err)
		}
		j.mu.Lock()
		if cap(c.buf) <= maxBatch {
			j.spare = c.buf
		}
		c.buf = nil
		err := j.rest()
		j.mu.Unlock()
		close(c.done)
		if err != nil {
			j.cfg.Log.Error("journal: close segment", logging.KeyError, err)
		}
	}
}

// rest answers [Journal.Rest]: the file is closed if nothing of it is left to be done.
func (j *Journal) rest() (err error) {
	if j.resting == nil {
		return nil
	}
	if j.count == 0 && j.batch.count == 0 && j.file != nil {
		err = j.file.Close()
		j.file = nil
	}
	close(j.resting)
	j.resting = nil
	return err
}

func (j *Journal) step(name string) error {
	if j.cfg.fail == nil {
		return nil
	}
	return j.cfg.fail(name)
}

// write brings a group to the medium. Only the flusher calls it.
func (j *Journal) write(c *Commit) error {
	seg, err := j.writable(c.last - uint64(c.count) + 1)
	if err != nil {
		return err
	}
	if err = j.step("write"); err == nil {
		_, err = j.file.WriteAt(c.buf, seg.size)
	}
	if err == nil {
		if err = j.step("fsync"); err == nil {
			err = disk.SyncData(j.file)
		}
	}
	if err != nil {
		return errors.Join(fmt.Errorf("journal: %w", err), j.abandon(seg))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	seg.size += int64(len(c.buf))
	seg.last, seg.count = c.last, seg.count+c.count
	j.durable += int64(len(c.buf))
	if j.count == 0 {
		j.oldest = c.first
	}
	j.count += c.count
	close(j.grown)
	j.grown = make(chan struct{})
	return nil
}

// writable gives the segment to write to, another one if the last is full or given up.
func (j *Journal) writable(first uint64) (*segment, error) {
	j.mu.Lock()
	file, full := j.file, len(j.segments) == 0 || j.segments[len(j.segments)-1].size >= j.cfg.SegmentBytes
	if file != nil && !full {
		defer j.mu.Unlock()
		return j.segments[len(j.segments)-1], nil
	}
	j.file = nil
	j.mu.Unlock()
	if file != nil {
		if err := file.Close(); err != nil {
			return nil, fmt.Errorf("journal: %w", err)
		}
	}
	if err := j.step("create"); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	seg := &segment{path: j.pathOf(first)}
	seg.prepared = j.takeSpare(seg.path)
	flags := os.O_RDWR
	if !seg.prepared {
		flags |= os.O_CREATE | os.O_EXCL
	}
	file, err := os.OpenFile(seg.path, flags, 0o600)
	if err == nil {
		if err = disk.SyncDir(j.cfg.Dir); err != nil {
			err = errors.Join(err, file.Close(), os.Remove(seg.path))
		}
	} else if seg.prepared {
		err = errors.Join(err, os.Remove(seg.path))
	}
	if err != nil {
		if seg.prepared {
			j.lost()
		}
		return nil, fmt.Errorf("journal: %w", err)
	}
	j.wakePreparer()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.file, j.segments = file, append(j.segments, seg)
	return seg, nil
}

// abandon gives a segment up whose writing failed: after a failed fsync nobody knows
// what of it is on the medium. What was not acknowledged is cut off.
func (j *Journal) abandon(seg *segment) error {
	j.mu.Lock()
	file := j.file
	j.file = nil
	if seg.prepared {
		seg.prepared = false
		j.prepared--
	}
	j.mu.Unlock()
	return errors.Join(file.Truncate(seg.size), file.Sync(), file.Close())
}

// Room waits until the backlog is below its bound.
func (j *Journal) Room(ctx context.Context) error {
	for {
		j.mu.Lock()
		room, shrunk := j.durable-j.done < j.cfg.MaxBacklog, j.shrunk
		j.mu.Unlock()
		if room {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-shrunk:
		}
	}
}
