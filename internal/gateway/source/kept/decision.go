package kept

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

// Decision is what somebody at the hospital wants done with a message that was
// acknowledged and not filed. It lies beside the message until the gateway has done it,
// so that it can be made while the gateway runs and while it does not.
type Decision string

const (
	File    Decision = "file"    // try to file it again, now that its cause is mended
	Dismiss Decision = "dismiss" // it needs no filing: what it says came in another way
)

var decisions = map[Decision]bool{File: true, Dismiss: true}

// dismissedDir holds what was dismissed: still nobody else has it.
const dismissedDir = "dismissed"

// Decided is a decision on a message.
type Decided struct {
	ID       string    `json:"-"`
	Decision Decision  `json:"-"`
	By       string    `json:"by,omitempty"` // who: a login of the console, or the command line and its user
	At       time.Time `json:"at,omitzero"`
	Why      string    `json:"why,omitempty"`  // as typed, of a dismissal
	Begun    time.Time `json:"begun,omitzero"` // when carrying it out began; from there on it is carried through
}

func (d Decided) ext() string { return "." + string(d.Decision) }

// Waiting says whether a message is listed as acknowledged and not filed. One that is not
// is not found.
func (k *Keeper) Waiting(id string) error {
	_, err := os.Stat(k.path(id, metaExt))
	switch {
	case classOf(id) != Accepted || filepath.Base(id) != id || errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "no message %q is waiting to be filed", id)
	case err != nil:
		return fmt.Errorf("kept messages: %w", err)
	}
	return nil
}

// Decide writes a decision down, in the place of one that was not carried out. A message
// that is not [Keeper.Waiting] is not found.
func (k *Keeper) Decide(d Decided) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.Waiting(d.ID); err != nil {
		return err
	}
	former, _, err := k.decided(d.ID)
	if err != nil {
		return err
	}
	d.Begun = former.Begun // what half stands in the storage is carried through, whatever is decided now
	for other := range decisions {
		if err := os.Remove(k.path(d.ID, Decided{Decision: other}.ext())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("kept messages: %w", err)
		}
	}
	return k.note(d)
}

// Decisions lists decisions that are not carried out, by id: of the oldest messages first.
func (k *Keeper) Decisions() (out []Decided, err error) {
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		return nil, fmt.Errorf("kept messages: %w", err)
	}
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		id, decision := strings.TrimSuffix(e.Name(), ext), Decision(strings.TrimPrefix(ext, "."))
		if !decisions[decision] || classOf(id) != Accepted {
			continue
		}
		d, err := readDecided(k.dir, id, decision)
		if errors.Is(err, fs.ErrNotExist) { // carried out or withdrawn just now
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("kept messages: %w", err)
		}
		out = append(out, d)
	}
	return out, nil
}

// Entry gives what is listed of a message. One that is not listed is not found.
func (k *Keeper) Entry(id string) (Entry, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if filepath.Base(id) != id {
		return Entry{}, fault.New(fault.NotFound, "no message %q", id)
	}
	e, err := k.read(id)
	if errors.Is(err, fs.ErrNotExist) {
		return e, fault.New(fault.NotFound, "no message %q", id)
	}
	return e, err
}

// Load gives a message that is listed. One that is not is fs.ErrNotExist; one whose body
// is gone is not found, and one whose body the disk does not give is invalid.
func (k *Keeper) Load(id string) (e Entry, body []byte, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e, err = k.read(id); err != nil {
		return e, nil, fmt.Errorf("kept messages: %w", err)
	}
	body, err = os.ReadFile(k.path(id, bodyExt))
	if errors.Is(err, fs.ErrNotExist) {
		return e, nil, fault.New(fault.NotFound, "the message's file is gone")
	}
	if err != nil {
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		return e, nil, fault.New(fault.Invalid, "the message's file cannot be read: %w", err)
	}
	return e, body, nil
}

// Filed takes a message off the list, once the storage has it on the medium.
func (k *Keeper) Filed(id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.carriedOut(id, File, k.remove(id))
}

// Dismissed takes a message off the list and sets it aside.
func (k *Keeper) Dismissed(id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.carriedOut(id, Dismiss, k.setAside(id))
}

func (k *Keeper) setAside(id string) error {
	dir := filepath.Join(k.dir, dismissedDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("kept messages: %w", err)
	}
	for _, ext := range []string{bodyExt, metaExt} { // as long as the second is there, it is listed
		err := os.Rename(k.path(id, ext), filepath.Join(dir, id+ext))
		if err != nil && !(ext == bodyExt && errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("kept messages: %w", err)
		}
	}
	k.counts[classOf(id)]--
	delete(k.damaged, id)
	return disk.SyncDir(dir)
}

// StillKept says that a message cannot be filed now either, and why.
func (k *Keeper) StillKept(id string, now time.Time, reason Reason, detail string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, err := k.read(id)
	if err == nil {
		e.Reason, e.Detail, e.Tried = reason, detail, now
		var meta []byte
		if meta, err = json.MarshalIndent(e, "", "  "); err == nil {
			err = k.write(id, metaExt, meta, true)
		}
	}
	return k.carriedOut(id, File, err)
}

// carriedOut removes a decision unless doing it failed; one to dismiss goes with its
// message. What it was about may be gone: a crash came in between, or it was decided twice.
func (k *Keeper) carriedOut(id string, decision Decision, err error) error {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ext := Decided{Decision: decision}.ext()
	aside := filepath.Join(k.dir, dismissedDir, id)
	if _, gone := os.Stat(aside + metaExt); decision == Dismiss && gone == nil {
		err = os.Rename(k.path(id, ext), aside+ext)
	} else {
		err = os.Remove(k.path(id, ext))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("kept messages: %w", err)
	}
	return disk.SyncDir(k.dir)
}

func (k *Keeper) read(id string) (Entry, error) {
	e, err := readEntry(k.dir, id)
	delete(k.damaged, id)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return e, err
	}
	k.damaged[id] = true
	return rebuilt(k.dir, id, err), nil
}

func readEntry(dir, id string) (e Entry, err error) {
	data, err := os.ReadFile(filepath.Join(dir, id+metaExt))
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	return e, err
}

// Damaged tells of how many messages that were acknowledged and not filed the entry was
// damaged when it was last read.
func (k *Keeper) Damaged() (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id := range k.damaged {
		if classOf(id) == Accepted {
			n++
		}
	}
	return n
}

// rebuilt makes anew what the id tells of an entry that the disk gave back damaged: the
// message itself is another file, and one entry must not hide the others, nor hold up what
// was decided on them.
func rebuilt(dir, id string, why error) Entry {
	e := Entry{ID: id, Class: classOf(id), Reason: ReasonDamaged, Detail: "its entry of the list cannot be read: " + why.Error()}
	if _, rest, ok := strings.Cut(id, "-"); ok {
		stamp, _, _ := strings.Cut(rest, "-")
		if at, err := time.Parse(idTime, stamp); err == nil {
			e.Received = at
		}
	}
	if info, err := os.Stat(filepath.Join(dir, id+bodyExt)); err == nil {
		e.Bytes = int(info.Size())
	}
	return e
}
