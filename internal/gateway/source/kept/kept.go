// Package kept holds what a receiver could not take in (保留電文), or took in with a remark,
// for somebody at the hospital to look at: each message as it came, with the reason.
//
// There are three classes. What was acknowledged and then could not be filed is never
// removed by the program, since nobody else has it any more: it stays until somebody has
// it filed after all or set aside, see [Decision]. What was refused is still
// with its sender: the newest are held, and the same message again is the same entry. So
// are pieces of messages, of which fewer are held.
// Flagged is what was filed all the same and is only listed: what somebody has to look at for
// long, apart from what nobody has to, of which some senders send nothing else.
package kept

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

// Class says what became of a message.
type Class string

const (
	Accepted Class = "accepted" // acknowledged and not filed
	Refused  Class = "refused"  // not acknowledged; the sender has it
	Flagged  Class = "flagged"  // acknowledged and filed, with a remark
)

// Entry is one message that is listed.
type Entry struct {
	ID        string     `json:"id"` // given by [Keeper.Keep]
	Class     Class      `json:"class"`
	Reason    Reason     `json:"reason"`
	Cause     cause.Kind `json:"cause,omitempty"` // of pieces, nearer than the reason; empty: of a former program
	Detail    string     `json:"detail"`          // place and cause in English, no values
	Listener  string     `json:"listener"`
	From      string     `json:"from,omitempty"` // address of the sender, of what was refused
	Received  time.Time  `json:"received"`
	Again     time.Time  `json:"again,omitzero"`       // when it was refused again last, to the minute; zero: never
	Type      string     `json:"type,omitempty"`       // MSH-9 where it could be read
	ControlID string     `json:"control_id,omitempty"` // MSH-10
	Code      string     `json:"code,omitempty"`       // of HL7 table 0357, as told the sender
	Bytes     int        `json:"bytes"`
	Tried     time.Time  `json:"tried,omitzero"` // when filing it was tried again last, and failed as said
	File      string     `json:"-"`              // of the body; empty: flagged
}

// Bounds of what is removed when newer comes in.
const (
	maxEntries = 1000 // of a class
	looks      = 10   // times as many of those that somebody has to look at
	maxPieces  = 100  // of messages, which are refused: they must not push out whole ones
	maxBytes   = 256 << 20
)

// Keeper is a folder of such messages. It is safe for concurrent use.
type Keeper struct {
	dir   string
	limit int // maxEntries, fewer in tests

	// deciding is held before mu where a decision is made, taken back or begun: whether that
	// may be, its record, and doing it are one.
	deciding sync.Mutex

	mu      sync.Mutex
	bounded map[bin][]held // oldest first; refused and flagged
	counts  map[Class]int
	damaged map[string]bool // ids of entries that were damaged when they were last read
}

type held struct {
	id    string
	bytes int
}

// bin is what is bounded together.
type bin struct {
	class Class
	piece bool
	look  bool // somebody has to look at it
}

func binOf(id string) bin {
	class := classOf(id)
	return bin{class, strings.HasSuffix(id, pieceSuffix), class == Flagged && ReasonOf(id).NeedsLook()}
}

func (k *Keeper) limitOf(b bin) int {
	switch {
	case b.piece:
		return min(k.limit, maxPieces)
	case b.look:
		return looks * k.limit
	}
	return k.limit
}

const (
	bodyExt = ".hl7"
	metaExt = ".json"
	// pieceSuffix ends the id of a piece of a message.
	pieceSuffix = "-piece"
)

// Open opens a folder, which it makes if there is none.
func Open(dir string) (*Keeper, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("kept messages: %w", err)
	}
	k := &Keeper{dir: dir, limit: maxEntries, bounded: map[bin][]held{}, counts: map[Class]int{}, damaged: map[string]bool{}}
	names, err := k.names()
	if err != nil {
		return nil, err
	}
	for _, id := range names {
		class := classOf(id)
		k.counts[class]++
		if class == Accepted {
			k.read(id) // notes what is damaged
		} else {
			h := held{id: id}
			if info, err := os.Stat(k.path(id, bodyExt)); err == nil {
				h.bytes = int(info.Size())
			}
			k.bounded[binOf(id)] = append(k.bounded[binOf(id)], h)
		}
	}
	return k, nil
}

// Tidy removes what a crash left half-written: files that never got their names. Only
// the process that keeps may call it, before it does: beside it, it would take what is
// being written.
func (k *Keeper) Tidy() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		return fmt.Errorf("kept messages: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if e.Type().IsRegular() && unfinished(e.Name()) {
			errs = append(errs, os.Remove(filepath.Join(k.dir, e.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("kept messages: %w", err)
	}
	return nil
}

// unfinished reports whether a name is one under which [Keeper.write] begins a file, and
// not that of somebody else's.
func unfinished(name string) bool {
	id, begun := strings.CutPrefix(name, ".")
	if ext := filepath.Ext(id); !begun || ext != bodyExt && ext != metaExt && !decisions[Decision(strings.TrimPrefix(ext, "."))] {
		return false
	}
	switch classOf(id) {
	case Accepted, Refused, Flagged:
		return true
	}
	return false
}

// names lists the entries' ids, oldest first within a class.
func (k *Keeper) names() ([]string, error) {
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		return nil, fmt.Errorf("kept messages: %w", err)
	}
	var out []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), metaExt); ok && !strings.HasPrefix(id, ".") {
			out = append(out, id)
		}
	}
	return out, nil
}

func classOf(id string) Class {
	class, _, _ := strings.Cut(id, "-")
	return Class(class)
}

func (k *Keeper) path(id, ext string) string { return filepath.Join(k.dir, id+ext) }

// Keep lists a message. content tells the same message again from others. What was
// acknowledged is on the medium when Keep returns.
func (k *Keeper) Keep(e Entry, content [16]byte, body []byte) error {
	e.Bytes = len(body)
	e.ID = idOf(e.Class, e.Received, content)
	if e.Class == Flagged {
		e.ID = flaggedID(e.ID, e.Reason)
	} else if e.Reason.piece() {
		e.ID += pieceSuffix
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if id, ok := k.known(e); ok {
		switch e.Class {
		case Accepted: // perhaps by a try that failed only in bringing it to the medium
			return disk.SyncDir(k.dir)
		case Refused:
			return k.cameAgain(id, e)
		}
		return nil
	}
	if e.Class != Flagged {
		if err := k.write(e.ID, bodyExt, body, e.Class == Accepted); err != nil {
			return err
		}
	}
	meta, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("keep message: %w", err)
	}
	if err := k.write(e.ID, metaExt, meta, e.Class == Accepted); err != nil {
		return err
	}
	k.counts[e.Class]++
	if e.Class == Accepted {
		return disk.SyncDir(k.dir)
	}
	b := binOf(e.ID)
	k.bounded[b] = append(k.bounded[b], held{e.ID, len(body)})
	return k.trim(b)
}

// idTime is the form of the time of receipt in an id, in UTC.
const idTime = "20060102T150405.000000"

func idOf(class Class, received time.Time, content [16]byte) string {
	return fmt.Sprintf("%s-%s-%x", class, received.UTC().Format(idTime), content[:8])
}

// AcceptedID gives the id of a message that was acknowledged and not filed.
func AcceptedID(received time.Time, content [16]byte) string {
	return idOf(Accepted, received, content)
}

// Holds reports whether a message was acknowledged and not filed, also if it has been
// dismissed since.
func (k *Keeper) Holds(received time.Time, content [16]byte) (bool, error) {
	k.mu.Lock() // a message that is put back must not be missed in both places
	defer k.mu.Unlock()
	name := idOf(Accepted, received, content) + metaExt
	for _, path := range []string{name, filepath.Join(dismissedDir, name)} {
		switch _, err := os.Stat(filepath.Join(k.dir, path)); {
		case err == nil:
			return true, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, fmt.Errorf("kept messages: %w", err)
		}
	}
	return false, nil
}

// Flags reports whether a message that was filed is listed for a reason.
func (k *Keeper) Flags(received time.Time, content [16]byte, reason Reason) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, err := os.Stat(k.path(flaggedID(idOf(Flagged, received, content), reason), metaExt))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("kept messages: %w", err)
	}
	return err == nil, nil
}

// flaggedID is that of a message and a reason: it may be listed for several.
func flaggedID(id string, reason Reason) string { return id + "-" + string(reason) }

// known gives the id under which the entry is there: by time and content after a crash, by
// content alone for what was refused, since its sender will try again.
func (k *Keeper) known(e Entry) (id string, ok bool) {
	if _, err := os.Stat(k.path(e.ID, metaExt)); err == nil {
		return e.ID, true
	}
	if e.Class != Refused {
		return "", false
	}
	content := func(id string) string {
		id = strings.TrimSuffix(id, pieceSuffix)
		return id[strings.LastIndexByte(id, '-'):]
	}
	list := k.bounded[binOf(e.ID)]
	i := slices.IndexFunc(list, func(h held) bool { return content(h.id) == content(e.ID) })
	if i < 0 {
		return "", false
	}
	return list[i].id, true
}

// againEvery is how exactly is told when a refused message came last: a sender that tries it
// every second must not keep the disk busy.
const againEvery = time.Minute

// cameAgain notes when a message that was refused before came last, and from where.
func (k *Keeper) cameAgain(id string, now Entry) error {
	e, err := readEntry(k.dir, id)
	if errors.Is(err, fs.ErrNotExist) { // removed by somebody's hand
		return nil
	}
	last := e.Received
	if e.Again.After(last) {
		last = e.Again
	}
	if err != nil || now.Received.Sub(last) < againEvery { // a damaged entry is listed as that
		return nil
	}
	e.Again, e.From = now.Received, now.From
	meta, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("keep message: %w", err)
	}
	return k.write(id, metaExt, meta, false)
}

// write brings a file into the folder whole or not at all.
func (k *Keeper) write(id, ext string, data []byte, durable bool) error {
	tmp := filepath.Join(k.dir, "."+id+ext)
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("keep message: %w", err)
	}
	_, err = f.Write(data)
	if err == nil && durable {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(tmp, k.path(id, ext))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep message: %w", err), os.Remove(tmp))
	}
	return nil
}

// trim removes the oldest of what is bounded.
func (k *Keeper) trim(b bin) error {
	list, bytes, limit := k.bounded[b], 0, k.limitOf(b)
	for _, h := range list {
		bytes += h.bytes
	}
	var errs []error
	for len(list) > limit || bytes > maxBytes && len(list) > 1 {
		errs = append(errs, k.remove(list[0].id))
		bytes -= list[0].bytes
		list = list[1:]
	}
	k.bounded[b] = slices.Clone(list)
	return errors.Join(errs...)
}

func (k *Keeper) remove(id string) error {
	err := os.Remove(k.path(id, metaExt))
	switch {
	case err == nil:
		k.counts[classOf(id)]--
	case !errors.Is(err, fs.ErrNotExist): // if it is gone, a crash may have left the body
		return fmt.Errorf("kept messages: %w", err)
	}
	delete(k.damaged, id)
	if err := os.Remove(k.path(id, bodyExt)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("kept messages: %w", err)
	}
	return nil
}
