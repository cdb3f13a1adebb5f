// Package disk asks the operating system what the standard library has no words for: how
// full a file system is (ディスク空き容量), and that what was written is on the medium.
package disk

import (
	"errors"
	"math"
	"os"
)

// Space is the size of a file system and what an ordinary user may still write, in bytes.
type Space struct{ Free, Size uint64 }

// Free gives the bytes that this user may still write to the file system of a folder. A
// system that cannot be asked has no bound: a full disk is noticed when it is full.
func Free(dir string) (int64, error) {
	s, err := Of(dir)
	if errors.Is(err, errors.ErrUnsupported) {
		return math.MaxInt64, nil
	}
	return int64(min(s.Free, math.MaxInt64)), err
}

// SyncDir brings the entries of a directory to the medium: that a file was made,
// renamed or removed in it.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
