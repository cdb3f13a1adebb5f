package kept

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

// note writes a decision down so that it is on the medium.
func (k *Keeper) note(d Decided) error {
	data, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("kept messages: %w", err)
	}
	if err := k.write(d.ID, d.ext(), data, true); err != nil {
		return err
	}
	return disk.SyncDir(k.dir)
}

// readDecided reads a decision; one that is not there is fs.ErrNotExist, and no other error
// comes of it. Its name says what was decided, so one that the disk does not give or gives
// damaged, or that a former program wrote empty, only lacks who decided, and is as old as
// its file. It must not hold up the others.
func readDecided(dir, id string, decision Decision) (Decided, error) {
	d := Decided{ID: id, Decision: decision}
	path := filepath.Join(dir, id+d.ext())
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return d, err
	}
	if err != nil || json.Unmarshal(data, &d) != nil {
		d = Decided{ID: id, Decision: decision}
	}
	if info, err := os.Stat(path); d.At.IsZero() && err == nil {
		d.At = info.ModTime()
	}
	d.At, d.Begun = d.At.UTC(), d.Begun.UTC()
	return d, nil
}

// decided gives the decision on a message that is not carried out, if there is one.
func (k *Keeper) decided(id string) (d Decided, ok bool, err error) {
	for decision := range decisions {
		d, err = readDecided(k.dir, id, decision)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return d, false, fmt.Errorf("kept messages: %w", err)
		}
		return d, true, nil
	}
	return Decided{}, false, nil
}

// DecideOpen writes decisions down on messages on which there is none, all or nothing. In
// between it has them recorded; what cannot be recorded is not decided. A message that is
// not [Keeper.Waiting] is not found; one that is decided on already is of kind conflict.
func (k *Keeper) DecideOpen(list []Decided, record func() error) error {
	k.deciding.Lock()
	defer k.deciding.Unlock()
	for _, d := range list {
		if err := k.Waiting(d.ID); err != nil {
			return err
		}
		if _, ok, err := k.decided(d.ID); err != nil {
			return err
		} else if ok {
			return fault.New(fault.Conflict, "message %s is decided on already", d.ID)
		}
	}
	if err := record(); err != nil {
		return err
	}
	for _, d := range list {
		if err := k.Decide(d); err != nil {
			return err
		}
	}
	return nil
}

// Withdraw takes a decision back before carrying it out has begun, once that is recorded.
// One that is not there any more is not found; one that has begun is of kind conflict,
// since part of it may stand in the storage.
func (k *Keeper) Withdraw(id string, record func(Decided) error) error {
	k.deciding.Lock()
	defer k.deciding.Unlock()
	if filepath.Base(id) != id {
		return fault.New(fault.NotFound, "no message %q", id)
	}
	d, ok, err := k.decided(id)
	switch {
	case err != nil:
		return err
	case !ok:
		return fault.New(fault.NotFound, "nothing is decided on message %s", id)
	case !d.Begun.IsZero():
		return fault.New(fault.Conflict, "what was decided on message %s is being done", id)
	}
	if err := record(d); err != nil {
		return err
	}
	if err := os.Remove(k.path(id, d.ext())); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("kept messages: %w", err)
	}
	return disk.SyncDir(k.dir)
}

// Begin notes that a decision is being carried out from now on, and so is not withdrawn
// any more. It is false for one that was withdrawn meanwhile, or replaced.
func (k *Keeper) Begin(d Decided, now time.Time) (bool, error) {
	k.deciding.Lock()
	defer k.deciding.Unlock()
	held, err := readDecided(k.dir, d.ID, d.Decision)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("kept messages: %w", err)
	}
	if !held.Begun.IsZero() {
		return true, nil
	}
	held.Begun = now
	k.mu.Lock()
	defer k.mu.Unlock()
	return true, k.note(held)
}
