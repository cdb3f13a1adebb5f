package disk

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

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

// Shared reports whether path lies on a share of another machine (SMB, NFS, or what is
// mounted in user space, as many clients of shares are).
func Shared(path string) (bool, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return false, fmt.Errorf("file system of %s: %w", path, err)
	}
	switch uint32(st.Type) {
	case unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.FUSE_SUPER_MAGIC, unix.V9FS_MAGIC:
		return true, nil
	}
	return false, nil
}
