package source

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

// Whoever asks a share whose server has fallen silent waits in the kernel: minutes where it
// is mounted soft, for ever where it is mounted hard, and nothing ends it. So of a share
// somebody else asks. Who waited for longer than [answerTime] goes away, as does everybody
// after until the root has been opened anew: the other roots, the console and whoever wants
// a document must not wait with them. What was asked ends by itself when the server is
// back or the share is unmounted by force.

// errSilent: the share does not answer, so that nothing must be concluded from it.
var errSilent = cause.New(cause.Timeout, fmt.Sprintf("nothing came back within %d s", int(answerTime.Seconds())))

// errClosed: the folder was opened anew meanwhile, or never.
var errClosed = fmt.Errorf("%w: it was mounted anew", errAway)

// silence is whether a share has fallen silent, for all that was opened below its root.
type silence struct {
	fallen atomic.Bool
	answer time.Duration // how long it may take to answer
}

func newSilence() *silence { return &silence{answer: answerTime} }

// amiss is the error of whoever asks a silent share.
func (s *silence) amiss(op, path string) error {
	return &fs.PathError{Op: op, Path: path, Err: fmt.Errorf("%w: %w", errAway, errSilent)}
}

// ask has a call answered; on a share within the time that it may take, which begins anew
// whenever the call says that some of the answer came. What comes later goes to late.
func ask[T any](f *folder, op, path string, call func(*handle, func()) (T, error), late func(T)) (T, error) {
	if f.silence == nil {
		return use(f, op, path, func(h *handle) (T, error) { return call(h, func() {}) })
	}
	var none T
	type answer struct {
		is  T
		err error
	}
	if f.silence.fallen.Load() {
		return none, f.silence.amiss(op, path)
	}
	came, some, gone := make(chan answer), make(chan struct{}, 1), make(chan struct{})
	go func() {
		is, err := use(f, op, path, func(h *handle) (T, error) {
			return call(h, func() {
				select {
				case some <- struct{}{}:
				default:
				}
			})
		})
		select {
		case came <- answer{is, err}:
		case <-gone:
			if late != nil {
				late(is)
			}
		}
	}()
	wait := time.NewTimer(f.silence.answer)
	defer wait.Stop()
	for {
		select {
		case a := <-came:
			return a.is, a.err
		case <-some:
			wait.Reset(f.silence.answer)
		case <-wait.C:
			close(gone)
			f.silence.fallen.Store(true)
			return none, f.silence.amiss(op, path)
		}
	}
}

// each lists a folder in parts, while take wants more; the information is from before.
func (f *folder) each(path string, some int, take func([]entry) bool) (info, error) {
	if f.silence == nil {
		return use(f, "readdir", path, func(h *handle) (info, error) { return h.each(path, some, take) })
	}
	if f.silence.fallen.Load() {
		return info{}, f.silence.amiss("readdir", path)
	}
	type end struct {
		at  info
		err error
	}
	// take is of whoever asks, and is not called any more once that one has gone away.
	parts, wanted, gone, ended := make(chan []entry), make(chan bool, 1), make(chan struct{}), make(chan end, 1)
	go func() {
		at, err := use(f, "readdir", path, func(h *handle) (info, error) {
			return h.each(path, some, func(part []entry) bool {
				select {
				case parts <- part:
					return <-wanted
				case <-gone:
					return false
				}
			})
		})
		ended <- end{at, err}
	}()
	wait := time.NewTimer(f.silence.answer)
	defer wait.Stop()
	for {
		select {
		case part := <-parts:
			wanted <- take(part)
			wait.Reset(f.silence.answer)
		case e := <-ended:
			return e.at, e.err
		case <-wait.C:
			close(gone)
			f.silence.fallen.Store(true)
			return info{}, f.silence.amiss("readdir", path)
		}
	}
}

// reader gives an open file of the folder to be read: on a share it fails when that falls
// silent.
func (f *folder) reader(file *os.File, path string) io.ReadCloser {
	if f.silence == nil {
		return file
	}
	return &shareReader{file: file, silence: f.silence, path: path}
}

type shareReader struct {
	file    *os.File
	silence *silence
	path    string
}

// Read reads into a buffer of its own: what comes late must not be written into that of
// somebody who has gone away.
func (r *shareReader) Read(p []byte) (int, error) {
	own := &folder{silence: r.silence}
	got, err := ask(own, "read", r.path, func(*handle, func()) ([]byte, error) {
		buf := make([]byte, min(len(p), atOnce))
		n, err := r.file.Read(buf)
		return buf[:n], err
	}, nil)
	return copy(p, got), err
}

func (r *shareReader) Close() error {
	go r.file.Close() // read only: nothing can be lost
	return nil
}
