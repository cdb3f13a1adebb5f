package source

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// A folder opens what lies below it and never what lies elsewhere: it follows no link,
// and no name leads upwards. It reads files and folders with the fewest calls that the
// operating system allows, since on a warm disk these calls are what a walk costs.
//
//	openFolder(name string) (*folder, error)            follows links in name itself
//	noFolder() *folder                                  of which every call fails
//	(*folder) sub(path string) (*folder, error)
//	(*folder) list(path string) ([]entry, info, error)  info is from before it was listed
//	(*folder) each(path string, some int, take func([]entry) bool) (info, error)  in parts, while take wants more
//	(*folder) stat(path string) (info, error)
//	(*folder) open(path string) (*os.File, error)       without waiting, also for a pipe
//	(*folder) read(path string) ([]byte, info, error)   a regular file of bounded size
//	(*folder) here() (info, error)
//	(*folder) close() error
//
// Paths have slashes. All errors are [fs.PathError] or wrap one of this package's.

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

// maxFile bounds a file; a larger one is unreadable.
const maxFile = hl7v2.MaxBytes

var (
	errNotRegular = errors.New("not a regular file")
	errTooLarge   = fmt.Errorf("more than %d bytes", maxFile)
	// errInUse: whoever has a lease on it, such as the server of a share that this machine
	// is, was asked to give it back, and may take its time.
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
