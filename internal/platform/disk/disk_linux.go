package disk

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// SyncData brings what was written to a file to the medium, and of its own entry only what
// is needed to read that: for a file that is written over, nothing.
func SyncData(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}

// SyncAll brings everything that was written to the file system of a folder to the
// medium, names and contents: one call where a file at a time would take thousands.
func SyncAll(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(d.Fd())), d.Close())
}

// Of tells of the file system that holds path. It asks the file system itself, and so
// waits with it: not for shares that may have gone.
func Of(path string) (Space, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return Space{}, fmt.Errorf("disk space of %s: %w", path, err)
	}
	unit := uint64(st.Bsize)
	return Space{Free: st.Bavail * unit, Size: st.Blocks * unit}, nil
}
