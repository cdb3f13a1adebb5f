package source

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

type handle struct{ fd int }

func openHandle(name string) (*handle, error) {
	fd, err := again(func() (int, error) {
		return unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &handle{fd}, nil
}

// noHandle gives one of which every call fails.
func noHandle() *handle { return &handle{-1} }

// close may be called again: the number of a closed file is soon another file's.
func (f *handle) close() error {
	if f.fd < 0 {
		return nil
	}
	fd := f.fd
	f.fd = -1
	return unix.Close(fd)
}

func (f *handle) sub(path string) (*handle, error) {
	fd, err := f.openBelow(path, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	return &handle{fd}, nil
}

func (f *handle) open(path string) (*os.File, error) {
	fd, err := f.openBelow(path, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}

// withoutOpenat2 is set once the kernel turns out to be older than Linux 5.6, or a
// sandbox to refuse the call.
var withoutOpenat2 atomic.Bool

func (f *handle) openBelow(path string, flags int) (int, error) {
	flags |= unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOFOLLOW | unix.O_NOCTTY
	fd, err := -1, error(unix.ENOSYS)
	if !withoutOpenat2.Load() {
		fd, err = again(func() (int, error) {
			return unix.Openat2(f.fd, path, &unix.OpenHow{Flags: uint64(flags), Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS})
		})
		if err == unix.ENOSYS || err == unix.EPERM {
			withoutOpenat2.Store(true)
		}
	}
	if withoutOpenat2.Load() {
		fd, err = f.openStepwise(path, flags)
	}
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: path, Err: refusal(err)}
	}
	return fd, nil
}

// refusal tells of an error of opening that it is for a while. EAGAIN is what a lease on
// this machine gives, EBUSY what the server of an SMB share says of a file that a program
// on Windows has opened for itself alone.
func refusal(err error) error {
	if err == unix.EAGAIN || err == unix.EBUSY {
		return errInUse
	}
	return err
}

// openStepwise opens one folder after the other, so that none can be a link.
func (f *handle) openStepwise(path string, flags int) (int, error) {
	at := f.fd
	for {
		name, rest, more := strings.Cut(path, "/")
		if name == ".." || name == "" {
			return -1, unix.EXDEV
		}
		step := flags
		if more {
			step = unix.O_PATH | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
		}
		fd, err := again(func() (int, error) { return unix.Openat(at, name, step, 0) })
		if at != f.fd {
			unix.Close(at)
		}
		if err != nil || !more {
			return fd, err
		}
		at, path = fd, rest
	}
}

// again repeats what a signal broke off.
func again(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}

func infoOf(st *unix.Stat_t) info {
	return info{
		mode: modeOf(st.Mode & unix.S_IFMT), size: st.Size, time: st.Mtim.Nano(),
		dev: uint64(st.Dev), ino: st.Ino,
	}
}

// infoOfFile gives the information of an open file.
func infoOfFile(st fs.FileInfo) info {
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return info{mode: st.Mode().Type(), size: st.Size(), time: st.ModTime().UnixNano(), dev: uint64(sys.Dev), ino: sys.Ino}
	}
	return info{}
}

// modeOf gives the type of a file from the bits of its mode.
func modeOf(format uint32) fs.FileMode {
	switch format {
	case unix.S_IFREG:
		return 0
	case unix.S_IFDIR:
		return fs.ModeDir
	case unix.S_IFLNK:
		return fs.ModeSymlink
	case unix.S_IFIFO:
		return fs.ModeNamedPipe
	case unix.S_IFSOCK:
		return fs.ModeSocket
	case unix.S_IFCHR:
		return fs.ModeDevice | fs.ModeCharDevice
	case unix.S_IFBLK:
		return fs.ModeDevice
	}
	return fs.ModeIrregular
}

func (f *handle) here() (info, error) { return statOf(f.fd, ".") }

func statOf(fd int, path string) (info, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return info{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return infoOf(&st), nil
}

func (f *handle) stat(path string) (info, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(f.fd, path, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return info{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return infoOf(&st), nil
}

func (f *handle) each(path string, some int, take func([]entry) bool) (before info, err error) {
	fd, err := f.openBelow(path, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return info{}, err
	}
	defer unix.Close(fd)
	if before, err = statOf(fd, path); err != nil {
		return info{}, err
	}
	const perEntry = 32 // the least bytes of one that are asked for
	buf := buffers.Get().(*[many * perEntry]byte)
	defer buffers.Put(buf)
	for {
		n, err := again(func() (int, error) { return unix.ReadDirent(fd, buf[:some*perEntry]) })
		if err != nil {
			return before, &fs.PathError{Op: "readdir", Path: path, Err: err}
		}
		if n <= 0 || !take(entriesOf(fd, buf[:n])) {
			return before, nil
		}
	}
}

// entriesOf reads records as getdents64 writes them: number (8 bytes), offset (8),
// length (2), type (1), name up to a zero byte.
func entriesOf(dir int, records []byte) []entry {
	const lengthAt, typeAt, nameAt = 16, 18, 19
	out := make([]entry, 0, len(records)/64+2)
	for len(records) > nameAt {
		length := int(binary.NativeEndian.Uint16(records[lengthAt:]))
		if length <= nameAt || length > len(records) {
			break
		}
		name := records[nameAt:length]
		if end := bytes.IndexByte(name, 0); end >= 0 {
			name = name[:end]
		}
		typ := records[typeAt]
		records = records[length:]
		if string(name) == "." || string(name) == ".." {
			continue
		}
		e := entry{name: string(name)}
		if typ == unix.DT_UNKNOWN { // some file systems do not say
			var st unix.Stat_t
			if unix.Fstatat(dir, e.name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil {
				continue // gone again
			}
			e.mode = modeOf(st.Mode & unix.S_IFMT)
		} else {
			e.mode = modeOf(uint32(typ) << 12) // as the kernel makes the one from the other
		}
		out = append(out, e)
	}
	return out
}

func (f *handle) read(path string, got func()) (body []byte, at info, err error) {
	fd, err := f.openBelow(path, unix.O_RDONLY)
	if err != nil {
		return nil, info{}, err
	}
	defer unix.Close(fd)
	if at, err = statOf(fd, path); err != nil {
		return nil, info{}, err
	}
	if err := at.readable(); err != nil {
		return nil, at, err
	}
	body, err = readAll(fd, int(at.size), got)
	if err == unix.EFBIG {
		return nil, at, errTooLarge
	}
	if err != nil {
		return nil, at, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return body, at, nil
}

// readAll reads to the end. A file that is still growing may be longer than it was said
// to be, but not longer than any file may. It tells when it got some of it.
func readAll(fd, size int, got func()) ([]byte, error) {
	body := make([]byte, size+1)
	for n := 0; ; {
		more, err := again(func() (int, error) { return unix.Read(fd, body[n:min(n+atOnce, len(body))]) })
		if err != nil {
			return nil, err
		}
		got()
		n += more
		switch {
		case more == 0 || n == size: // a file of the size it said is not asked once more
			return body[:n], nil
		case n > maxFile:
			return nil, unix.EFBIG
		case n == len(body):
			body = append(body, make([]byte, len(body))...)
		}
	}
}
