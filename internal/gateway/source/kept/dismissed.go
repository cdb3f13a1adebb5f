package kept

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

// Dismissal is a message that was set aside, with the decision to do so. Of one that a
// former program set aside nobody is named.
type Dismissal struct {
	Entry
	Decided Decided
}

// ListDismissed gives up to limit messages that were set aside (-1: all), the latest
// received first.
func (k *Keeper) ListDismissed(limit int) ([]Dismissal, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	dir := filepath.Join(k.dir, dismissedDir)
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("dismissed messages: %w", err)
	}
	slices.Reverse(files)
	var out []Dismissal
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name(), metaExt)
		if !ok || classOf(id) != Accepted {
			continue
		}
		if len(out) == limit {
			break
		}
		e, err := readEntry(dir, id)
		if err != nil {
			e = rebuilt(dir, id, err)
		}
		d, _ := readDecided(dir, id, Dismiss) // without it the message is listed too; the history says who decided
		out = append(out, Dismissal{e, d})
	}
	return out, nil
}

// Body gives the message of an id, listed or set aside; not found where there is none, and of
// a piece, in which anything may be cut.
func (k *Keeper) Body(id string) ([]byte, error) {
	if filepath.Base(id) != id || binOf(id).piece {
		return nil, fault.New(fault.NotFound, "no message %q is kept", id)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	body, err := os.ReadFile(k.path(id, bodyExt))
	if errors.Is(err, fs.ErrNotExist) {
		body, err = os.ReadFile(filepath.Join(k.dir, dismissedDir, id+bodyExt))
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.New(fault.NotFound, "no message %q is kept", id)
	case err != nil:
		return nil, fmt.Errorf("kept messages: %w", err)
	}
	return body, nil
}

// Restore puts a message that was set aside back on the list, once that is recorded. One
// that is not set aside is not found.
func (k *Keeper) Restore(id string, record func() error) error {
	k.deciding.Lock()
	defer k.deciding.Unlock()
	dir := filepath.Join(k.dir, dismissedDir)
	switch _, err := os.Stat(filepath.Join(dir, id+metaExt)); {
	case filepath.Base(id) != id || classOf(id) != Accepted || errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "no message %q was dismissed", id)
	case err != nil:
		return fmt.Errorf("dismissed messages: %w", err)
	}
	if err := record(); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, ext := range []string{bodyExt, metaExt} { // with the second it is listed
		err := os.Rename(filepath.Join(dir, id+ext), k.path(id, ext))
		if err != nil && !(ext == bodyExt && errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("dismissed messages: %w", err)
		}
	}
	k.counts[Accepted]++
	if _, err := k.read(id); err != nil { // notes what is damaged
		return fmt.Errorf("kept messages: %w", err)
	}
	ext := Decided{Decision: Dismiss}.ext()
	if err := os.Remove(filepath.Join(dir, id+ext)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("dismissed messages: %w", err)
	}
	return errors.Join(disk.SyncDir(k.dir), disk.SyncDir(dir))
}
