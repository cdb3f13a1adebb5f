package journal

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/disk"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// A spare is a segment of zeros, with all its blocks on the medium. A file that grows
// makes every fsync bring its new length and blocks to the medium as well, in a write of
// its own; one that is written over has neither, and a sender waits half as long. Of what
// a spare held before nothing is left: it is written over with zeros before it is one.
const (
	spareSuffix = ".spare"
	// unreadySuffix is for a file that is becoming a spare. One that is found at the start
	// is removed.
	unreadySuffix = ".unready"

	// maxSpares is how many segments lie ready, for a burst of messages, or are in use and
	// will be spares again.
	maxSpares = 8
	// Zeros are written in pieces with pauses, so that messages get most of the disk.
	zeroBytes = 1 << 20
	zeroPause = 20 * time.Millisecond
)

// findSpares finds the spares that an earlier process left, and removes what is none.
func (j *Journal) findSpares() error {
	for _, pattern := range []string{"*" + spareSuffix, "*" + unreadySuffix} {
		names, err := filepath.Glob(filepath.Join(j.cfg.Dir, pattern))
		if err != nil {
			return err
		}
		for _, name := range names {
			info, err := os.Lstat(name)
			if err != nil {
				return err
			}
			zeros := false
			if strings.HasSuffix(name, spareSuffix) && info.Size() == j.cfg.SegmentBytes && len(j.spares) < maxSpares {
				if zeros, err = isZeros(name, info.Size()); err != nil {
					return err
				}
			}
			if zeros {
				j.spares = append(j.spares, name)
				j.prepared++
			} else if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// isZeros reads a file: one that came back from a copy may hold records of another life.
func isZeros(name string, size int64) (bool, error) {
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	s := scanner{from: f, size: size}
	end, err := s.written(0)
	return end == 0, err
}

// takeSpare makes a spare the segment of a path, and reports false if there is none. The
// path must be free. A spare that cannot be had is forgotten: a segment can grow too.
func (j *Journal) takeSpare(path string) bool {
	j.mu.Lock()
	if len(j.spares) == 0 {
		j.mu.Unlock()
		return false
	}
	spare := j.spares[len(j.spares)-1]
	j.spares = j.spares[:len(j.spares)-1]
	j.mu.Unlock()
	if err := os.Rename(spare, path); err != nil {
		j.cfg.Log.Warn("journal: spare segment", logging.KeyError, err)
		j.lost()
		return false
	}
	return true
}

// lost counts a prepared segment that is none any more.
func (j *Journal) lost() {
	j.mu.Lock()
	j.prepared--
	j.mu.Unlock()
}

// recycle renames a segment that is done and was a spare to what becomes one again.
func (j *Journal) recycle(s *segment) (*segment, error) {
	path := strings.TrimSuffix(s.path, segmentSuffix) + unreadySuffix
	if err := os.Rename(s.path, path); err != nil {
		j.lost()
		return nil, err
	}
	return &segment{path: path, size: s.size}, nil
}

func (j *Journal) wakePreparer() {
	select {
	case j.prepare <- struct{}{}:
	default:
	}
}

// prepareSpares makes spares until the journal is closed: of segments that are done, and
// new ones. It is woken when a segment is begun, so a journal that receives nothing
// takes no room.
func (j *Journal) prepareSpares() {
	for {
		select {
		case <-j.ending:
			return
		case <-j.prepare:
		}
		for j.prepareSpare() {
		}
	}
}

// prepareSpare makes one spare, and reports false if none is needed or no new one can be
// made. A done segment that cannot become one is gone, and the next is tried.
func (j *Journal) prepareSpare() bool {
	var s *segment
	j.mu.Lock()
	switch {
	case len(j.cleared) > 0:
		s, j.cleared = j.cleared[0], j.cleared[1:]
	case j.prepared < maxSpares:
		j.prepared++
	default:
		j.mu.Unlock()
		return false
	}
	j.mu.Unlock()
	path, err := j.zero(s)
	if err == nil {
		j.mu.Lock()
		j.spares = append(j.spares, path)
		j.mu.Unlock()
		return true
	}
	j.lost()
	if !errors.Is(err, fs.ErrClosed) && !errors.Is(err, errNoRoom) {
		j.cfg.Log.Warn("journal: spare segment", logging.KeyError, err)
	}
	return s != nil
}

// zero writes zeros over what a done segment holds, or over all of a new one if there
// is none, and gives the path of the spare. What fails is removed. When the journal is
// being closed it is fs.ErrClosed, without room for a spare errNoRoom.
func (j *Journal) zero(done *segment) (path string, err error) {
	if err := j.room(0); done != nil && errors.Is(err, errNoRoom) {
		return "", cmp.Or(os.Remove(done.path), err)
	}
	var f *os.File
	size := j.cfg.SegmentBytes
	if done != nil {
		size = done.size
		f, err = os.OpenFile(done.path, os.O_RDWR, 0)
	} else {
		f, err = os.CreateTemp(j.cfg.Dir, "*"+unreadySuffix)
	}
	if err != nil {
		if done != nil {
			err = errors.Join(err, os.Remove(done.path))
		}
		return "", fmt.Errorf("prepare: %w", err)
	}
	if err = j.zeros(f, size, done == nil); err == nil && size > j.cfg.SegmentBytes {
		if err = f.Truncate(j.cfg.SegmentBytes); err == nil {
			err = f.Sync()
		}
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		path = strings.TrimSuffix(f.Name(), unreadySuffix) + spareSuffix
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("prepare: %w", err), os.Remove(f.Name()))
	}
	return path, nil
}

// zeros writes that many zeros. A file that grows by that must leave its room to messages:
// others may write to the same disk meanwhile.
func (j *Journal) zeros(f *os.File, size int64, grows bool) error {
	buf := make([]byte, min(zeroBytes, size))
	for off := int64(0); off < size; off += zeroBytes {
		if err := j.step("prepare"); err != nil {
			return err
		}
		if grows {
			if err := j.room(size - off); err != nil {
				return err
			}
		}
		if _, err := f.WriteAt(buf[:min(zeroBytes, size-off)], off); err != nil {
			return err
		}
		if err := disk.SyncData(f); err != nil {
			return err
		}
		select {
		case <-j.ending:
			return fs.ErrClosed
		case <-time.After(zeroPause):
		}
	}
	return nil
}

// errNoRoom says that the disk has no room for a spare, which is no trouble: a segment can
// grow too.
var errNoRoom = errors.New("too little free space for a spare segment")

// room reports with errNoRoom that a spare may not take so many bytes of the disk.
func (j *Journal) room(n int64) error {
	free, err := j.cfg.free(j.cfg.Dir)
	if err != nil {
		return err
	}
	if free-n < j.cfg.MinFree {
		return errNoRoom
	}
	return nil
}

// GiveBack removes spares until the disk has as much free space as must stay, or none is
// left, and tells how many. Whoever watches the disk calls it: a spare that lies there must
// not be why messages are refused. A disk that does not tell its free space is not low.
func (j *Journal) GiveBack() (n int, err error) {
	for errors.Is(j.room(0), errNoRoom) {
		j.mu.Lock()
		last := len(j.spares) - 1
		if last < 0 {
			j.mu.Unlock()
			break
		}
		spare := j.spares[last]
		j.spares = j.spares[:last]
		j.prepared--
		j.mu.Unlock()
		if err := os.Remove(spare); err != nil {
			return n, fmt.Errorf("journal: spare segment: %w", err)
		}
		n++
	}
	return n, nil
}
