//go:build !linux

package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Of is known for Linux only, on which gateways run; elsewhere it is an error.
func Of(string) (Space, error) { return Space{}, errors.ErrUnsupported }

// SyncData brings what was written to a file to the medium.
func SyncData(f *os.File) error { return f.Sync() }

// SyncAll brings everything below a folder to the medium, one file at a time.
func SyncAll(dir string) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !e.IsDir() && !e.Type().IsRegular() {
			return nil
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}
