package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// volume is one root of the storage.
type volume struct {
	name     string // as configured, cleaned
	extended bool   // of the extended storage
	own      bool   // the gateway's, see [Config.Own]

	mu         sync.RWMutex
	dir        *folder // replaced only by the rounds
	fileSystem string
	kind       Kind
	noted      bool  // known to have held patients
	kept       bool  // and the index knows it as well
	walked     bool  // the index knows all that was in it: it can be done without for a while
	away       error // why it does not answer; nil: it did when it was looked at last

	probing chan probe // a look at the root that has not come back; of the rounds alone

	upper map[string]*branch // folders above the patients'; of the rounds alone
	turn  int                // the second-level folder with which the next round begins

	patients, folders, documents atomic.Int64
}

// branch is a folder above the patients' as it was last read.
type branch struct {
	at      info // when it was looked at
	time    int64
	folders []string           // names of the folders in it
	bad     []index.Unreadable // what lies in it and can be no patient's folder
}

// openVolume opens a root. One that is not there is an error with the volume that it
// will be once it is.
func openVolume(name string) (*volume, error) {
	v := &volume{name: name, dir: noFolder(), upper: map[string]*branch{}}
	if _, err := v.reopen(); err != nil {
		v.away = err
		return v, fmt.Errorf("storage folder: %w", err)
	}
	return v, nil
}

func (v *volume) close() error {
	if ch := v.probing; ch != nil { // it may not come back for hours
		go func() { (<-ch).close() }()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.dir.close()
}

// local reports whether the operating system tells of every change in the volume.
func (v *volume) local() bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.kind == Local
}

// path gives the name of what lies below the root.
func (v *volume) path(below string) string { return filepath.Join(v.name, filepath.FromSlash(below)) }

// root gives the root as it was opened last. The lock is never held while a share is
// asked: whoever wants to know how the volume stands must not wait for its server.
func (v *volume) root() *folder {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.dir
}

// folder opens a folder below the root, nil if there is none.
func (v *volume) folder(path string) (*folder, error) {
	sub, err := v.root().sub(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return sub, err
}

// stat tells time and size of what lies below the root. Where a link leads on the way
// does not matter to somebody who reads nothing but the time.
func (v *volume) stat(path string) (info, error) { return v.root().stat(path) }

// errIndex says that the index could not take in what was read.
var errIndex = errors.New("the index cannot be written")

// put takes readings in. That it cannot, for a full disk, stops nothing: what was read
// is read again. It is logged when it begins and when it ends.
func (s *Source) put(ctx context.Context, readings ...index.Reading) error {
	err := s.index.Put(ctx, readings...)
	if errors.Is(err, index.ErrDamaged) { // which is of one patient, and others go on being written
		return err
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", errIndex, err)
	}
	if ctx.Err() != nil {
		return err
	}
	s.mu.Lock()
	was := s.stuck
	s.stuck = err
	s.sinceWhen()
	s.mu.Unlock()
	switch {
	case err != nil && was == nil:
		s.Log.ErrorContext(ctx, "index cannot be written, trying again", logging.KeyError, err)
	case err == nil && was != nil:
		s.Log.InfoContext(ctx, "index can be written again")
	}
	return err
}
