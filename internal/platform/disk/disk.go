// Package disk asks the operating system what the standard library has no words for:
// how much space is left, and that what was written is on the medium.
package disk

import (
	"errors"
	"os"
)

// SyncDir brings the entries of a directory to the medium: that a file was made,
// renamed or removed in it.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
