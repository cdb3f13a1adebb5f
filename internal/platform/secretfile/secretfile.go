// Package secretfile writes and reads the files that hold keys and passwords: nobody
// but the program's own user may read them, and none is ever written over.
package secretfile

import (
	"errors"
	"fmt"
	"os"
)

const mode = 0o600

// Write writes a new file and brings it to disk. A file that is there already is
// left alone and is an error ([os.ErrExist]).
func Write(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// Read reads a file and refuses one that others on the machine can read.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others on this machine (mode %04o): chmod 600 it", path, perm)
	}
	return os.ReadFile(path)
}
