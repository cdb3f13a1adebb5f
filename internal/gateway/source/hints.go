package source

import (
	"log/slog"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// hintPause lets a writer finish what it is doing: a correction is a rename and a new file.
const hintPause = 300 * time.Millisecond

// maxWatches bounds the notifications asked for; what is beyond is seen by polling.
const maxWatches = 50_000

// hints are the file system's notifications. They only make things faster: they do not
// see what other machines write, and may be refused, so nothing rests on them.
type hints struct {
	watcher *fsnotify.Watcher // nil: none to be had
	watches int
	log     *slog.Logger
}

func newHints(log *slog.Logger) *hints {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		log.Info("no file notifications, polling only", "error", err)
	}
	return &hints{watcher: w, log: log}
}

func (h *hints) close() {
	if h != nil && h.watcher != nil {
		h.watcher.Close()
	}
}

// watch asks for notifications of a directory. Asking twice is harmless.
func (h *hints) watch(root, dir string) {
	if h == nil || h.watcher == nil || h.watches >= maxWatches {
		return
	}
	if err := h.watcher.Add(filepath.Join(root, filepath.FromSlash(dir))); err != nil {
		h.log.Info("file notifications at their limit, polling for the rest", "watches", h.watches, "error", err)
		h.watches = maxWatches
		return
	}
	h.watches++
}

// next gives the channels of the watcher; nil channels, which never speak, without one.
func (h *hints) next() (<-chan fsnotify.Event, <-chan error) {
	if h.watcher == nil {
		return nil, nil
	}
	return h.watcher.Events, h.watcher.Errors
}
