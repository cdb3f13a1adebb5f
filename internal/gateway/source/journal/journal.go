// Package journal holds received messages (受信電文) on disk from the moment that they are
// acknowledged until they are filed.
//
// It is a log of segment files that are only appended to. Whoever appends waits until
// the record is on the medium; those who wait at the same time share one write and one
// fsync (group commit). Records are read in the order of their numbers and dropped
// with their segment, so after a crash some are read that were filed already: filing
// must bear that.
//
// Every record has a checksum. One that does not hold is reported, its bytes are kept
// beside, and reading goes on with the next: damage costs what it hit and no more.
// When writing or fsync fails, those who wait are told, the segment is cut back to what
// is known to be durable and not written to again.
package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// Config says where a journal lies and what it may take.
type Config struct {
	Dir          string
	SegmentBytes int64 // a segment that has grown so far is followed by another; 0: 64 MiB
	MaxBacklog   int64 // bytes of records that are not done yet; 0: 1 GiB
	Log          *slog.Logger

	// fail is asked before each step that touches the disk, for tests of what happens
	// when it fails; nil: nobody is.
	fail func(step string) error
}

// maxBatch bounds what waits in memory to be written, one record apart.
const maxBatch = 8 << 20

// Journal is an open journal. It is safe for concurrent use, except that one goroutine
// at a time reads.
type Journal struct {
	cfg     Config
	flusher sync.WaitGroup
	wake    chan struct{}

	mu       sync.Mutex
	batch    *Commit // being filled
	spare    []byte
	closed   bool
	file     *os.File   // of the last segment; nil: the next write begins another
	segments []*segment // oldest first
	nextSeq  uint64
	durable  int64         // bytes of sound records ever seen
	done     int64         // of those, how many are done
	count    int           // records that are durable and not done
	oldest   time.Time     // receipt of the first of them that Next has given or will give; zero: none
	grown    chan struct{} // closed when there is more to read
	shrunk   chan struct{} // closed when there is less
	damage   []Damage
	resting  chan struct{} // not nil: the file is to be closed if all is done

	read cursor
}

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

// Open opens the journal of a folder, which it makes if there is none, and tells found
// of every record that is not done yet. Damage is logged and listed, and no error.
func Open(cfg Config, found func(Record)) (*Journal, error) {
	if cfg.SegmentBytes == 0 {
		cfg.SegmentBytes = 64 << 20
	}
	if cfg.MaxBacklog == 0 {
		cfg.MaxBacklog = 1 << 30
	}
	j := &Journal{cfg: cfg, wake: make(chan struct{}, 1), nextSeq: 1, grown: make(chan struct{}), shrunk: make(chan struct{}), batch: newCommit(nil)}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	names, err := filepath.Glob(filepath.Join(cfg.Dir, "*"+suffix))
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	slices.Sort(names)
	for i, name := range names {
		seg, err := j.recover(name, i == len(names)-1, func(r Record) {
			if j.oldest.IsZero() {
				j.oldest = r.Received
			}
			j.durable += r.size()
			if found != nil {
				found(r)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("journal: %s: %w", filepath.Base(name), err)
		}
		j.segments = append(j.segments, seg)
		j.count += seg.count
		j.nextSeq = max(j.nextSeq, seg.last+1, firstOf(name)+1)
	}
	j.flusher.Go(j.flush)
	return j, nil
}

const suffix = ".segment"

func (j *Journal) pathOf(first uint64) string {
	return filepath.Join(j.cfg.Dir, fmt.Sprintf("%016x%s", first, suffix))
}

func firstOf(path string) (seq uint64) {
	fmt.Sscanf(strings.TrimSuffix(filepath.Base(path), suffix), "%x", &seq) // another name: 0
	return seq
}

// ErrFull says that the backlog has reached its bound: nothing is taken before some of
// it is done. It is of kind unavailable.
var ErrFull = fault.New(fault.Unavailable, "the journal's backlog is at its bound")

var errClosed = fault.New(fault.Unavailable, "the journal is closed")

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
			err = j.file.Sync()
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

// writable gives the segment to write to, a new one if the last is full or given up.
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
	path := j.pathOf(first)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := disk.SyncDir(j.cfg.Dir); err != nil {
		return nil, errors.Join(fmt.Errorf("journal: %w", err), file.Close(), os.Remove(path))
	}
	seg := &segment{path: path}
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
	j.mu.Unlock()
	return errors.Join(file.Truncate(seg.size), file.Close())
}

// setAside keeps the bytes of a damaged stretch in a file of their own.
func (j *Journal) setAside(from *os.File, path string, off, length int64) error {
	dir := filepath.Join(j.cfg.Dir, "damaged")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	d := Damage{Segment: filepath.Base(path), Offset: off, Length: length}
	d.Kept = filepath.Join(dir, fmt.Sprintf("%s-%d.bin", strings.TrimSuffix(d.Segment, suffix), off))
	if err := copyRange(d.Kept, from, off, length); err != nil {
		return err
	}
	j.mu.Lock()
	j.damage = append(j.damage, d)
	j.mu.Unlock()
	j.cfg.Log.Error("journal: damaged", "segment", d.Segment, "offset", off, logging.KeyBytes, length, "kept", d.Kept)
	return nil
}

// copyRange writes a stretch of a file into a file of its own.
func copyRange(path string, from io.ReaderAt, off, length int64) error {
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, io.NewSectionReader(from, off, length))
	return errors.Join(err, to.Sync(), to.Close())
}

// Close writes what waits and closes the journal. Nothing that waits in Append or Next
// is woken: end those first.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	j.wakeFlusher() // for what was appended just before
	close(j.wake)
	j.mu.Unlock()
	j.flusher.Wait()
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	return errors.Join(err, j.read.close())
}

// State is how a journal stands.
type State struct {
	Records int       // durable and not done
	Bytes   int64     // of them
	Oldest  time.Time // when the first of them was received; zero: there is none
	Damage  []Damage  // found since the start
}

// State tells how the journal stands.
func (j *Journal) State() State {
	j.mu.Lock()
	defer j.mu.Unlock()
	return State{Records: j.count, Bytes: j.durable - j.done, Oldest: j.oldest, Damage: slices.Clone(j.damage)}
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
