package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// A handle opens what lies below a folder and never what lies elsewhere: it follows no
// link, and no name leads upwards. It reads files and folders with the fewest calls that
// the operating system allows, since on a warm disk these calls are what a walk costs.
//
//	openHandle(name string) (*handle, error)            follows links in name itself
//	noHandle() *handle                                  of which every call fails
//	(*handle) sub(path string) (*handle, error)
//	(*handle) each(path string, some int, take func([]entry) bool) (info, error)  in parts, while take wants more; info is from before
//	(*handle) stat(path string) (info, error)
//	(*handle) open(path string) (*os.File, error)       without waiting, also for a pipe
//	(*handle) read(path string, got func()) ([]byte, info, error)  a regular file of bounded size; got is called on the way
//	(*handle) here() (info, error)
//	(*handle) fileSystem() (name string, kind Kind)
//	(*handle) close() error
//
// Paths have slashes. All errors are [fs.PathError] or wrap one of this package's.

// A folder is a handle that may be closed while others use it, and of which, on a share,
// no call waits for ever (silent.go).
type folder struct {
	silence *silence // nil: on a disk, where calls come back

	using sync.RWMutex
	on    *handle
	done  bool // closed
}

func openFolder(name string) (*folder, error) {
	on, err := openHandle(name)
	if err != nil {
		return nil, err
	}
	return &folder{on: on}, nil
}

// noFolder gives one of which every call fails.
func noFolder() *folder { return &folder{on: noHandle(), done: true} }

// use gives what a call needs of the folder while it runs.
func use[T any](f *folder, op, path string, call func(*handle) (T, error)) (T, error) {
	f.using.RLock()
	defer f.using.RUnlock()
	if f.done {
		var none T
		return none, &fs.PathError{Op: op, Path: path, Err: errClosed}
	}
	return call(f.on)
}

// close closes the folder once nobody uses it. That may be never, on a share.
func (f *folder) close() error {
	if f.silence == nil {
		return f.closeNow()
	}
	go f.closeNow() // read only: nothing can be lost
	return nil
}

func (f *folder) closeNow() error {
	f.using.Lock()
	defer f.using.Unlock()
	f.done = true
	return f.on.close()
}

func (f *folder) sub(path string) (*folder, error) {
	on, err := ask(f, "open", path, func(h *handle, _ func()) (*handle, error) { return h.sub(path) }, closeHandle)
	if err != nil {
		return nil, err
	}
	return &folder{silence: f.silence, on: on}, nil
}

func closeHandle(h *handle) {
	if h != nil {
		h.close() // read only: nothing can be lost
	}
}

// list lists a folder below; the information is from before it was listed.
func (f *folder) list(path string) (out []entry, before info, err error) {
	before, err = f.each(path, many, func(some []entry) bool {
		out = append(out, some...)
		return true
	})
	return out, before, err
}

func (f *folder) stat(path string) (info, error) {
	return ask(f, "stat", path, func(h *handle, _ func()) (info, error) { return h.stat(path) }, nil)
}

func (f *folder) here() (info, error) {
	return ask(f, "stat", ".", func(h *handle, _ func()) (info, error) { return h.here() }, nil)
}

// open opens a file. Of one on a share nothing is read but by [folder.reader].
func (f *folder) open(path string) (*os.File, error) {
	return ask(f, "open", path, func(h *handle, _ func()) (*os.File, error) { return h.open(path) }, func(file *os.File) {
		if file != nil {
			file.Close() // read only: nothing can be lost
		}
	})
}

// read reads a regular file of bounded size.
func (f *folder) read(path string) ([]byte, info, error) {
	type file struct {
		body []byte
		at   info
	}
	got, err := ask(f, "read", path, func(h *handle, some func()) (file, error) {
		body, at, err := h.read(path, some)
		return file{body, at}, err
	}, nil)
	return got.body, got.at, err
}

// entry is one name in a folder.
type entry struct {
	name string
	mode fs.FileMode // type only
}

// info is what a change is told by.
type info struct {
	mode     fs.FileMode // type only
	size     int64
	time     int64 // of the last modification, nanoseconds
	dev, ino uint64
}

func (i info) same(o info) bool { return i.dev == o.dev && i.ino == o.ino }

// atOnce is how many bytes of a file are asked for at a time: a slow share is not silent.
const atOnce = 1 << 18

// maxFile bounds a file; a larger one is unreadable.
const maxFile = hl7v2.MaxBytes

var (
	errNotRegular = errors.New("not a regular file")
	errTooLarge   = fmt.Errorf("more than %d bytes", maxFile)
	// errInUse: somebody has it for itself, as a writer through a share may. Who has a lease on
	// it, such as the server of a share that this machine is, was asked to give it back, and
	// may take its time.
	errInUse = errors.New("in use by another program")
)

// readable refuses by its information alone what is not read as a file.
func (i info) readable() error {
	switch {
	case !i.mode.IsRegular():
		return errNotRegular
	case i.size > maxFile:
		return errTooLarge
	}
	return nil
}

// About how many entries of a folder are read at a time: few where the first tells
// enough. A name may take 255 bytes, so that few must have room for one.
const (
	few  = 16
	many = 1 << 10
)

// buffers are for listing folders: a type folder fits, a day of a hospital takes a few.
var buffers = sync.Pool{New: func() any { return new([many * 32]byte) }}
