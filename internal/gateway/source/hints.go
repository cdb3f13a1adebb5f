package source

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// hintPause lets a writer finish what it is doing: a correction is a rename and a new file.
const hintPause = 300 * time.Millisecond

// maxWatches bounds the notifications asked for; what is beyond is seen by polling. The
// operating system's limit is per user and there for other programs as well.
const maxWatches = 20_000

// newcomers is how many of them may go to the folders in which new patients appear: a
// storage may have as many such folders as patients, and the linked come first.
const newcomers = maxWatches / 4

// hints are the file system's notifications. They only make things faster: they do not
// see what other machines write, and may be refused, so nothing rests on them.
type hints struct {
	watcher *fsnotify.Watcher // nil: none to be had
	log     *slog.Logger

	mu      sync.Mutex
	watched map[string]bool
	above   int // how many of them, ever, hold patients' folders
	full    bool
}

func newHints(log *slog.Logger) *hints {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		log.Info("no file notifications, polling only", logging.KeyError, err)
	}
	return &hints{watcher: w, log: log, watched: map[string]bool{}}
}

func (h *hints) close() error {
	if h.watcher == nil {
		return nil
	}
	return h.watcher.Close()
}

// watch asks for notifications of a directory, once. above says that patients' folders
// lie in it.
func (h *hints) watch(root, dir string, above bool) {
	name := filepath.Join(root, filepath.FromSlash(dir))
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watcher == nil || h.full || h.watched[name] || above && h.above >= newcomers {
		return
	}
	err := h.watcher.Add(name)
	if len(h.watched) >= maxWatches && err == nil {
		err = errors.New("as many directories as the program watches")
	}
	if err != nil {
		h.full = true
		h.log.Info("file notifications at their limit, polling for the rest", "watched", len(h.watched), logging.KeyError, err)
		return
	}
	h.watched[name] = true
	if above {
		h.above++
	}
}

// forget lets a directory that has gone be watched anew when it comes back.
func (h *hints) forget(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watched, name)
}

// channels gives those of the watcher; without one nil channels, which never speak.
func (h *hints) channels() (<-chan fsnotify.Event, <-chan error) {
	if h.watcher == nil {
		return nil, nil
	}
	return h.watcher.Events, h.watcher.Errors
}

// hinted has the patient read soon in whose folder something happened.
func (s *Source) hinted(e fsnotify.Event) {
	if e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename) {
		s.hints.forget(e.Name)
	}
	for _, v := range s.volumes {
		below, ok := strings.CutPrefix(e.Name, v.name+string(filepath.Separator))
		if !ok {
			continue
		}
		parts := strings.Split(filepath.ToSlash(below), "/")
		if len(parts) < 3 {
			continue
		}
		if id := ident.LocalPatientID(parts[2]); isFolder(id, strings.Join(parts[:3], "/")) {
			s.soon(id, hintPause)
		}
	}
}
