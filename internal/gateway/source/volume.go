package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// volume is one root of the storage.
type volume struct {
	name     string // as configured, cleaned
	extended bool   // of the extended storage

	mu         sync.RWMutex
	dir        *folder // replaced only by the goroutine of Run
	fileSystem string
	kind       Kind
	noted      bool  // known to have held patients
	away       error // why it does not answer

	upper map[string]*branch // folders above the patients'; of the goroutine of Run alone
	turn  int                // the second-level folder with which the next round begins

	patients, folders, documents atomic.Int64
}

// branch is a folder above the patients' as it was last read.
type branch struct {
	time    int64
	folders []string           // names of the folders in it
	bad     []index.Unreadable // what lies in it and can be no patient's folder
}

func openVolume(name string) (*volume, error) {
	dir, err := openFolder(name)
	if err != nil {
		return nil, fmt.Errorf("storage folder: %w", err)
	}
	v := &volume{name: name, dir: dir, upper: map[string]*branch{}}
	v.fileSystem, v.kind = dir.fileSystem()
	return v, nil
}

func (v *volume) close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.dir.close()
}

// path gives the name of what lies below the root.
func (v *volume) path(below string) string { return filepath.Join(v.name, filepath.FromSlash(below)) }

// errAway says that a volume does not answer: nothing must be concluded from it.
var errAway = errors.New("the storage does not answer")

// folder opens a folder below the root, nil if there is none.
func (v *volume) folder(path string) (*folder, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	sub, err := v.dir.sub(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return sub, err
}

// stat tells time and size of what lies below the root. Where a link leads on the way
// does not matter to somebody who reads nothing but the time.
func (v *volume) stat(path string) (info, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.dir.stat(path)
}

// reopen takes the folder that bears the name now: a share that was mounted, or mounted
// again, is another one than that which was opened. It reports whether it is another.
func (v *volume) reopen() (fresh bool, err error) {
	dir, err := openFolder(v.name)
	if err != nil {
		return false, fmt.Errorf("%w: %w", errAway, err)
	}
	now, err := dir.here()
	if err != nil {
		return false, errors.Join(fmt.Errorf("%w: %w", errAway, err), dir.close())
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if was, err := v.dir.here(); err == nil && was.same(now) {
		return false, dir.close()
	}
	old := v.dir
	v.dir, v.upper = dir, map[string]*branch{}
	v.fileSystem, v.kind = dir.fileSystem()
	return true, old.close()
}

// upperName is how long the names of the uppermost folders are: the first three
// characters of the patients' numbers.
const upperName = 3

// there fails with errAway if the root is gone, or has no folder that could hold
// patients and is known to have held some: a mount point may hold a note of the
// administrator's, and a fresh disk its lost+found.
func (v *volume) there() error {
	v.mu.RLock()
	defer v.mu.RUnlock()
	found := false
	_, err := v.dir.each(".", few, func(some []entry) bool {
		found = slices.ContainsFunc(some, func(e entry) bool {
			return e.mode.IsDir() && e.name[0] != '.' && (len(e.name) == upperName || !v.noted)
		})
		return !found
	})
	switch {
	case found || err == nil && !v.noted:
		return nil
	case err != nil:
		return fmt.Errorf("%w: %s: %w", errAway, v.name, err)
	}
	return fmt.Errorf("%w: %s has no folders of patients", errAway, v.name)
}

// answers checks all volumes at the beginning of a round and notes what is wrong.
func (s *Source) answers(ctx context.Context) bool {
	var errs []error
	for _, v := range s.volumes {
		fresh, err := v.reopen()
		if err == nil {
			err = v.there()
		}
		if fresh { // what was watched is another file system's
			s.unwatch()
		}
		v.mu.Lock()
		v.away = err
		v.mu.Unlock()
		errs = append(errs, err)
	}
	err := errors.Join(errs...)
	s.note(ctx, err)
	return err == nil
}

// note keeps why the storage does not answer, and logs it once. It reports whether err
// says so.
func (s *Source) note(ctx context.Context, err error) bool {
	if err != nil && !errors.Is(err, errAway) {
		return false
	}
	s.mu.Lock()
	was := s.trouble
	s.trouble = err
	s.mu.Unlock()
	switch {
	case err != nil && was == nil:
		s.Log.ErrorContext(ctx, "storage does not answer", logging.KeyError, err)
	case err == nil && was != nil:
		s.Log.InfoContext(ctx, "storage answers again")
	}
	return err != nil
}

// errIndex says that the index could not take in what was read.
var errIndex = errors.New("the index cannot be written")

// put takes readings in. That it cannot, for a full disk, stops nothing: what was read
// is read again. It is logged when it begins and when it ends.
func (s *Source) put(ctx context.Context, readings ...index.Reading) error {
	err := s.index.Put(ctx, readings...)
	if err != nil {
		err = fmt.Errorf("%w: %w", errIndex, err)
	}
	if ctx.Err() != nil {
		return err
	}
	s.mu.Lock()
	was := s.stuck
	s.stuck = err
	s.mu.Unlock()
	switch {
	case err != nil && was == nil:
		s.Log.ErrorContext(ctx, "index cannot be written, trying again", logging.KeyError, err)
	case err == nil && was != nil:
		s.Log.InfoContext(ctx, "index can be written again")
	}
	return err
}
