// Package journal holds received messages (受信電文) on disk from the moment that they are
// acknowledged until they are filed.
//
// It is a log of segment files that are only appended to. Whoever appends waits until
// the record is on the medium; those who wait at the same time share one write and one
// fsync (group commit). Segments lie ready, full of zeros, and are written over, which
// spares that fsync the file's own blocks and length. Records are read in the order of
// their numbers and cleared away with their segment, so after a crash some are read that
// were filed already: filing must bear that.
//
// Every record has a checksum. One that does not hold is reported, its bytes are kept
// beside, and reading goes on with the next: damage costs what it hit and no more.
// When writing or fsync fails, those who wait are told, the segment is cut back to what
// is known to be durable and not written to again.
package journal

import (
	"errors"
	"fmt"
	"hash/crc32"
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
	SegmentBytes int64 // a segment that is full so far is followed by another; 0: 16 MiB
	MaxBacklog   int64 // bytes of records that are not done yet; 0: 1 GiB
	MinFree      int64 // bytes of the disk that no spare may take
	Log          *slog.Logger

	// fail is asked before each step that touches the disk, for tests of what happens
	// when it fails; nil: nobody is.
	fail func(step string) error
	free func(dir string) (int64, error) // nil: the operating system is asked
}

// Journal is an open journal. It is safe for concurrent use, except that one goroutine
// at a time reads.
type Journal struct {
	cfg     Config
	workers sync.WaitGroup // flusher and preparer
	wake    chan struct{}  // the flusher
	prepare chan struct{}  // wakes the preparer
	ending  chan struct{}  // closed when the preparer must end

	mu       sync.Mutex
	batch    *Commit // being filled
	spare    []byte  // for the batch after it
	closed   bool
	file     *os.File   // of the last segment; nil: the next write begins another
	segments []*segment // oldest first
	spares   []string   // paths of segments that lie ready
	cleared  []*segment // are done, renamed and not zeros yet
	prepared int        // spares, cleared ones and segments that were spares
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

// Open opens the journal of a folder, which it makes if there is none, and tells found
// of every record that is not done yet. Damage is logged and listed, and no error.
func Open(cfg Config, found func(Record)) (*Journal, error) {
	if cfg.SegmentBytes == 0 {
		cfg.SegmentBytes = 16 << 20
	}
	if cfg.free == nil {
		cfg.free = disk.Free
	}
	if cfg.MaxBacklog == 0 {
		cfg.MaxBacklog = 1 << 30
	}
	j := &Journal{
		cfg: cfg, wake: make(chan struct{}, 1), prepare: make(chan struct{}, 1), ending: make(chan struct{}),
		nextSeq: 1, grown: make(chan struct{}), shrunk: make(chan struct{}), batch: newCommit(nil),
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	names, err := filepath.Glob(filepath.Join(cfg.Dir, "*"+segmentSuffix))
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
	if err := j.findSpares(); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j.workers.Go(j.flush)
	j.workers.Go(j.prepareSpares)
	return j, nil
}

const segmentSuffix = ".segment"

func (j *Journal) pathOf(first uint64) string {
	return filepath.Join(j.cfg.Dir, fmt.Sprintf("%016x%s", first, segmentSuffix))
}

func firstOf(path string) (seq uint64) {
	fmt.Sscanf(strings.TrimSuffix(filepath.Base(path), segmentSuffix), "%x", &seq) // another name: 0
	return seq
}

// ErrFull says that the backlog has reached its bound: nothing is taken before some of
// it is done. It is of kind unavailable.
var ErrFull = fault.New(fault.Unavailable, "the journal's backlog is at its bound")

var errClosed = fault.New(fault.Unavailable, "the journal is closed")

// setAside keeps the bytes of a damaged stretch in a file of their own.
func (j *Journal) setAside(from *os.File, path string, off, length int64, suffix string) error {
	dir := filepath.Join(j.cfg.Dir, damagedDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	d := Damage{Segment: filepath.Base(path), Offset: off, Length: length}
	sum := crc32.New(table) // names and offsets come again after a start
	if _, err := io.Copy(sum, io.NewSectionReader(from, off, length)); err != nil {
		return err
	}
	d.Kept = filepath.Join(dir, fmt.Sprintf("%s-%d-%08x%s", strings.TrimSuffix(d.Segment, segmentSuffix), off, sum.Sum32(), suffix))
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
	close(j.ending)
	j.mu.Unlock()
	j.workers.Wait()
	var errs []error
	for _, s := range j.cleared { // messages that are done must not lie there until the next start
		errs = append(errs, os.Remove(s.path))
	}
	if j.file != nil {
		errs = append(errs, j.file.Close())
	}
	return errors.Join(append(errs, j.read.close())...)
}

// damagedDir holds the bytes of damaged stretches. It is looked at by people, who empty it.
const damagedDir = "damaged"

// Bytes of a stretch are kept in a file of their own. What a crash left behind the last record
// was mostly being written, and acknowledged to nobody.
const (
	damagedSuffix = ".bin"
	tornSuffix    = ".torn"
)

// Damaged counts the stretches that could not be read and whose bytes are still kept,
// those of earlier processes among them.
func (j *Journal) Damaged() (int, error) {
	names, err := filepath.Glob(filepath.Join(j.cfg.Dir, damagedDir, "*"+damagedSuffix))
	return len(names), err
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
