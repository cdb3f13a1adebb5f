package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// volume is one root of the storage.
type volume struct {
	name     string // as configured, cleaned
	extended bool   // of the extended storage

	mu    sync.RWMutex
	dir   *os.Root
	noted bool // known to have held patients

	upper map[string]*branch // folders above the patients'; of the goroutine of Run alone
}

// branch is a folder above the patients' as it was last read.
type branch struct {
	time    int64
	folders []string // names of the folders in it
	links   []string // names of links in it, which are not followed
}

func openVolume(name string) (*volume, error) {
	dir, err := os.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("storage folder: %w", err)
	}
	return &volume{name: name, dir: dir, upper: map[string]*branch{}}, nil
}

func (v *volume) close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.dir.Close()
}

// errAway says that a volume does not answer: nothing must be concluded from it.
var errAway = errors.New("the storage does not answer")

// folder opens a folder below the root, nil if there is none.
func (v *volume) folder(path string) (*os.Root, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	sub, err := v.dir.OpenRoot(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return sub, err
}

// root gives the handle of the root. It is replaced only by the goroutine of Run.
func (v *volume) root() *os.Root {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.dir
}

// stat tells time and size of what lies below the root, by its name. [os.Root] would
// open every folder on the way, which is most of what a round costs; and where a link
// leads does not matter to somebody who reads nothing but the time.
func (v *volume) stat(path string) (fs.FileInfo, error) {
	return os.Stat(filepath.Join(v.name, filepath.FromSlash(path)))
}

// reopen takes the folder that bears the name now: a share that was mounted, or mounted
// again, is another one than that which was opened.
func (v *volume) reopen() error {
	now, err := os.Stat(v.name)
	if err != nil {
		return fmt.Errorf("%w: %w", errAway, err)
	}
	if was, err := v.root().Stat("."); err == nil && os.SameFile(was, now) {
		return nil
	}
	dir, err := os.OpenRoot(v.name)
	if err != nil {
		return fmt.Errorf("%w: %w", errAway, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	old := v.dir
	v.dir, v.upper = dir, map[string]*branch{}
	return old.Close()
}

// there fails with errAway if the root is gone, or has no folder and is known to have
// held patients: a mount point may hold a note of the administrator's.
func (v *volume) there() error {
	v.mu.RLock()
	defer v.mu.RUnlock()
	f, err := v.dir.Open(".")
	if err != nil {
		return fmt.Errorf("%w: %s: %w", errAway, v.name, err)
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(100)
		if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.IsDir() && e.Name()[0] != '.' }) {
			return nil
		}
		switch {
		case errors.Is(err, io.EOF) && !v.noted:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%w: %s has no folders", errAway, v.name)
		case err != nil:
			return fmt.Errorf("%w: %s: %w", errAway, v.name, err)
		}
	}
}

// answers checks all volumes at the beginning of a round and notes what is wrong.
func (s *Source) answers(ctx context.Context) bool {
	var errs []error
	for _, v := range s.volumes {
		err := v.reopen()
		if err == nil {
			err = v.there()
		}
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

// maxFile bounds a file; a larger one is unreadable.
const maxFile = hl7v2.MaxBytes

var (
	errNotRegular = errors.New("not a regular file")
	errTooLarge   = fmt.Errorf("more than %d bytes", maxFile)
)

// open opens a file or directory for reading without waiting: a pipe that was put in
// a file's place would never answer.
func open(dir *os.Root, path string) (*os.File, error) {
	return dir.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// readFile reads a regular file of bounded size.
func readFile(dir *os.Root, path string) (body []byte, info fs.FileInfo, err error) {
	f, err := open(dir, path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, info, errNotRegular
	case info.Size() > maxFile:
		return nil, info, errTooLarge
	}
	body, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(body) > maxFile {
		err = errTooLarge
	}
	return body, info, err
}
