//go:build !linux

package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
)

type handle struct{ root *os.Root }

func openHandle(name string) (*handle, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &handle{root}, nil
}

// noHandle gives one of which every call fails: it has been closed.
func noHandle() *handle {
	f, err := openHandle("/")
	if err == nil {
		f.close() // nothing can be lost
	}
	return f
}

func (f *handle) close() error { return f.root.Close() }

func (f *handle) sub(name string) (*handle, error) {
	if err := f.plain(name); err != nil {
		return nil, err
	}
	root, err := f.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &handle{root}, nil
}

func (f *handle) open(name string) (*os.File, error) {
	if err := f.plain(name); err != nil {
		return nil, err
	}
	file, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.EAGAIN) {
		err = &fs.PathError{Op: "open", Path: name, Err: errInUse}
	}
	return file, err
}

// errLink: a link on the way. It would not lead out of the storage, but perhaps to
// another patient's folder.
var errLink = errors.New("a link, which is not followed")

func (f *handle) plain(below string) error {
	for at := below; at != "." && at != "/"; at = path.Dir(at) {
		st, err := f.root.Lstat(at)
		if err != nil {
			return err
		}
		if st.Mode()&fs.ModeSymlink != 0 {
			return &fs.PathError{Op: "open", Path: below, Err: errLink}
		}
	}
	return nil
}

func infoOfFile(st fs.FileInfo) info { return infoOf(st) }

func infoOf(st fs.FileInfo) info {
	return info{mode: st.Mode().Type(), size: st.Size(), time: st.ModTime().UnixNano()}
}

// here gives no number of device and file, so another folder of the name is told by its
// time.
func (f *handle) here() (info, error) {
	i, err := f.stat(".")
	i.ino = uint64(i.time)
	return i, err
}

func (f *handle) stat(path string) (info, error) {
	st, err := f.root.Lstat(path)
	if err != nil {
		return info{}, err
	}
	return infoOf(st), nil
}

func (f *handle) each(name string, some int, take func([]entry) bool) (before info, err error) {
	if err := f.plain(name); err != nil {
		return info{}, err
	}
	dir, err := f.root.Open(name)
	if err != nil {
		return info{}, err
	}
	defer dir.Close()
	st, err := dir.Stat()
	if err != nil {
		return info{}, err
	}
	before = infoOf(st)
	for {
		names, err := dir.ReadDir(some)
		part := make([]entry, 0, len(names))
		for _, e := range names {
			part = append(part, entry{e.Name(), e.Type()})
		}
		switch more := take(part); {
		case !more || errors.Is(err, io.EOF):
			return before, nil
		case err != nil:
			return before, err
		}
	}
}

func (f *handle) read(path string, _ func()) ([]byte, info, error) {
	file, err := f.open(path)
	if err != nil {
		return nil, info{}, err
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return nil, info{}, err
	}
	at := infoOf(st)
	if err := at.readable(); err != nil {
		return nil, at, err
	}
	body, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(body) > maxFile {
		err = errTooLarge
	}
	return body, at, err
}
