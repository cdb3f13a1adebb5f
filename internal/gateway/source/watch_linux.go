package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

const (
	// fewWatches is what is asked for where the operating system's limit cannot be read.
	fewWatches = 8192
	// newcomers is how many watches may go to the folders in which new patients appear,
	// as a part of all: a storage may have as many such folders as patients, and the
	// linked come first.
	newcomers = 4
)

// watchMask: what is written is told when it is closed, so that half of a file is not
// read; times and rights are told for files that are mended in place.
const watchMask = unix.IN_CREATE | unix.IN_CLOSE_WRITE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_DELETE |
	unix.IN_ATTRIB | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR | unix.IN_DONT_FOLLOW | unix.IN_EXCL_UNLINK

// aboveMask: above the patients' folders only new ones matter.
const aboveMask = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_ONLYDIR | unix.IN_DONT_FOLLOW

// watcher is the file system's notifications. They only make things faster: they do not
// see what other machines write, and may be refused, so nothing rests on them.
//
// A watch takes four bytes here, since a storage has as many folders as documents, and
// about a kilobyte in the kernel.
type watcher struct {
	file *os.File // nil: none to be had
	log  *slog.Logger
	tell func(event) bool
	done chan struct{}

	mu    sync.Mutex
	limit int
	of    []uint32         // by number of the watch: [watched.patient]
	above map[int32]string // by number of the watch: [watched.above]
	count int
	full  bool
}

func newWatcher(log *slog.Logger, tell func(event) bool) *watcher {
	w := &watcher{log: log, tell: tell, limit: watchLimit(), above: map[int32]string{}, done: make(chan struct{})}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		log.Info("no file notifications, polling only", logging.KeyError, err)
		close(w.done)
		return w
	}
	w.file = os.NewFile(uintptr(fd), "inotify")
	go w.run()
	return w
}

// watchLimit is half of what the operating system lets one user have: there are other
// programs.
func watchLimit() int {
	text, err := os.ReadFile("/proc/sys/fs/inotify/max_user_watches")
	if err != nil {
		return fewWatches
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return fewWatches
	}
	return n / 2
}

func (w *watcher) close() error {
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	<-w.done
	return err
}

// counts tells how many folders are watched and whether any can be.
func (w *watcher) counts() (folders int, used bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count, w.file != nil
}

// watch asks for notifications of a folder and reports whether they will come. One that
// is watched already is watched still.
func (w *watcher) watch(name string, as watched) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.file == nil:
		return false
	case as.patient == 0 && len(w.above) >= w.limit/newcomers:
		return false
	case w.full && w.count >= w.limit:
		return false
	}
	mask := uint32(watchMask)
	if as.patient == 0 {
		mask = aboveMask
	}
	number, err := unix.InotifyAddWatch(w.fd(), name, mask)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.EACCES) {
		return false // gone meanwhile; or seen by polling, which tells why it cannot be read
	}
	if err == nil && w.count >= w.limit && !w.known(number) {
		_, err = unix.InotifyRmWatch(w.fd(), uint32(number))
		err = errors.Join(errors.New("half of what the operating system allows"), err)
	}
	if err != nil {
		if !w.full {
			w.log.Info("file notifications at their limit, polling for the rest", "watched", w.count, logging.KeyError, err)
		}
		w.full, w.limit = true, min(w.limit, w.count)
		return false
	}
	if !w.known(number) {
		w.count++
	}
	if as.patient == 0 {
		w.above[int32(number)] = as.above
		return true
	}
	for len(w.of) <= number {
		w.of = append(w.of, 0)
	}
	w.of[number] = as.patient
	return true
}

// fd gives the number of the file, which must not be closed meanwhile.
func (w *watcher) fd() (n int) {
	n = -1
	raw, err := w.file.SyscallConn()
	if err != nil {
		return n
	}
	raw.Control(func(fd uintptr) { n = int(fd) })
	return n
}

func (w *watcher) known(number int) bool {
	_, above := w.above[int32(number)]
	return above || number < len(w.of) && w.of[number] != 0
}

// run tells events until the file is closed.
func (w *watcher) run() {
	defer close(w.done)
	buf := make([]byte, 1<<16)
	for {
		n, err := w.file.Read(buf)
		if err != nil {
			if !errors.Is(err, os.ErrClosed) {
				w.log.Error("file notifications", logging.KeyError, err)
				w.tell(event{lost: true})
			}
			return
		}
		w.events(buf[:n])
	}
}

// events reads records as inotify(7) writes them: number of the watch, mask, cookie,
// length of the name, each of four bytes, and the name, filled up with zeros.
func (w *watcher) events(records []byte) {
	const head = unix.SizeofInotifyEvent
	for len(records) >= head {
		number := int32(binary.NativeEndian.Uint32(records))
		mask := binary.NativeEndian.Uint32(records[4:])
		end := head + int(binary.NativeEndian.Uint32(records[12:]))
		if end > len(records) {
			return
		}
		name, _, _ := bytes.Cut(records[head:end], []byte{0})
		records = records[end:]
		w.one(number, mask, string(name))
	}
}

func (w *watcher) one(number int32, mask uint32, name string) {
	if mask&unix.IN_Q_OVERFLOW != 0 {
		w.log.Info("file notifications were lost, polling will find what they were of")
		w.tell(event{lost: true})
		return
	}
	w.mu.Lock()
	e := event{name: name}
	e.above = w.above[number]
	if int(number) < len(w.of) {
		e.patient = w.of[number]
	}
	known := w.known(int(number))
	if mask&unix.IN_IGNORED != 0 && known { // the folder is gone, or its file system
		w.count--
		w.full = false
		delete(w.above, number)
		if int(number) < len(w.of) {
			w.of[number] = 0
		}
	}
	w.mu.Unlock()
	if known && !w.tell(e) && mask&unix.IN_IGNORED == 0 {
		unix.InotifyRmWatch(w.fd(), uint32(number)) // IN_IGNORED follows
	}
}
