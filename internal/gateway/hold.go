package gateway

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// hold keeps something to this gateway until it ends, by a lock on a file. Two gateways on
// one index would take each other's changes, two on one journal would write over each
// other's messages: the second is refused, and told who the first is.
func (r *Running) hold(what, path, lockFile string) error {
	lock := flock.New(lockFile, flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !got {
		return fmt.Errorf("%s: another gateway runs on %s%s", what, path, holder(lockFile))
	}
	r.closers = append(r.closers, lock.Unlock)
	host, err := os.Hostname()
	if err == nil {
		err = os.WriteFile(holderFile(lockFile), fmt.Appendf(nil, "process %d on %s\n", os.Getpid(), host), 0o600)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// holderFile is where the holder of a lock says who it is: some systems let nobody write
// into the locked file itself.
func holderFile(lockFile string) string { return strings.TrimSuffix(lockFile, ".lock") + ".holder" }

// holder says what the holder of a lock wrote of itself, if that can be read.
func holder(lockFile string) string {
	said, err := os.ReadFile(holderFile(lockFile))
	if err != nil || len(said) == 0 {
		return ""
	}
	return " (" + strings.TrimSpace(string(said)) + ")"
}

// holdReceived keeps the folder of received messages to this gateway. Without listeners it
// has one only if messages came before, or merges were told of.
func (r *Running) holdReceived() error {
	folder := r.cfg.Received.Folder
	if len(r.cfg.MLLP) > 0 {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fmt.Errorf("received.folder: %w", err)
		}
	} else if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return r.hold("received.folder", folder, filepath.Join(folder, "gateway.lock"))
}
