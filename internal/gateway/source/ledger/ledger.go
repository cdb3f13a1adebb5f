// Package ledger keeps, beside the index, what the hospital said of its patient numbers
// and would never say again: which were merged into which (患者ID統合の台帳), as the
// messages of HL7 v2.5 chapter 3 (ADT^A18, A40 …) told it, and which of that was taken back.
//
// It is a text file of one JSON object a line that is only appended to, each line on the
// medium before the call returns. The index is a copy that may be deleted; a number that
// was merged away must stay refused all the same.
package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

// Op is what happened to a patient number.
type Op string

const (
	Merge   Op = "merge"   // Prior's records are Surviving's now
	Unmerge Op = "unmerge" // the merge of Prior was taken back
)

// Event is one line of a ledger.
type Event struct {
	At        time.Time            `json:"at"` // when the gateway was told
	Op        Op                   `json:"op"`
	Prior     ident.LocalPatientID `json:"prior"`
	Surviving ident.LocalPatientID `json:"surviving,omitempty"` // of a merge
	By        string               `json:"by,omitempty"`        // who took it back
}

func (e Event) validate() error {
	switch {
	case e.Prior == "":
		return fault.New(fault.Invalid, "no prior patient number")
	case e.Op == Merge && (e.Surviving == "" || e.Surviving == e.Prior):
		return fault.New(fault.Invalid, "no other patient number that survives")
	case e.Op != Merge && e.Op != Unmerge:
		return fault.New(fault.Invalid, "an op that this program does not know")
	}
	return nil
}

const fileName = "merges.jsonl"

// Append writes events to the ledger of a folder, which it makes if there is none, and
// has them on the medium when it returns. Two programs may append at the same time.
func Append(dir string, events ...Event) (err error) {
	var lines []byte
	for _, e := range events {
		if err := e.validate(); err != nil {
			return fmt.Errorf("ledger of merges: %w", err)
		}
		line, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("ledger of merges: %w", err)
		}
		lines = append(append(lines, line...), '\n')
	}
	if len(lines) == 0 {
		return nil
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("ledger of merges: %w", err)
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, fileName), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// A line that a crash cut was never reported as written: it must not spoil the next.
	if cut, err := torn(f); err != nil {
		return err
	} else if cut {
		lines = append([]byte{'\n'}, lines...)
	}
	if _, err := f.Write(lines); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return disk.SyncDir(dir)
}

// torn reports whether the last line of a file has no end.
func torn(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false, err
	}
	var last [1]byte
	_, err = f.ReadAt(last[:], info.Size()-1)
	return last[0] != '\n', err
}

// Written tells when a folder's ledger was last written to and how large it is, for who
// has read it; of a folder without one, nothing.
func Written(dir string) (at time.Time, size int64, err error) {
	info, err := os.Stat(filepath.Join(dir, fileName))
	if errors.Is(err, fs.ErrNotExist) {
		return at, 0, nil
	}
	if err != nil {
		return at, 0, fmt.Errorf("ledger of merges: %w", err)
	}
	return info.ModTime(), info.Size(), nil
}

// Read gives the events of a folder's ledger in order; of a folder without one, none.
//
// A line that was cut by a crash is passed over. Any other that cannot be read is an
// error of kind invalid that names file and line of the first such, beside the events of all
// lines that are sound: a merge that is silently forgotten opens one person's record to
// whoever looks for another.
func Read(dir string) (out []Event, err error) {
	path := filepath.Join(dir, fileName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ledger of merges: %w", err)
	}
	for n := 1; len(data) > 0; n++ {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		e, unread := parse(line)
		switch {
		case errors.Is(unread, errCut):
		case unread == nil:
			out = append(out, e)
		case err == nil:
			err = fault.New(fault.Invalid, "ledger of merges: %s, line %d: %w", path, n, unread)
		}
	}
	return out, err
}

// errCut: the beginning of a line, as a crash leaves it.
var errCut = errors.New("cut line")

func parse(line []byte) (e Event, err error) {
	var cause *json.SyntaxError
	switch err := json.Unmarshal(line, &e); {
	case errors.As(err, &cause) && int(cause.Offset) == len(line): // it ends before it is whole
		return e, errCut
	case err != nil: // which would quote the line
		return e, fault.New(fault.Invalid, "not an event")
	}
	return e, e.validate()
}

// Standing is what a ledger says of patient numbers by now.
type Standing struct {
	Merged []Event                       // merges in force, in the order in which they were told
	Told   map[ident.LocalPatientID]bool // numbers of which the ledger has said anything, as prior
}

// Sum adds up events. A merge the other way round replaces an earlier one: the number
// that it brings back lives again.
func Sum(events []Event) Standing {
	s := Standing{Told: map[ident.LocalPatientID]bool{}}
	last := map[ident.LocalPatientID]int{} // of each prior number that is merged
	for i, e := range events {
		s.Told[e.Prior] = true
		if e.Op == Unmerge {
			delete(last, e.Prior)
			continue
		}
		last[e.Prior] = i
		if back, ok := last[e.Surviving]; ok && events[back].Surviving == e.Prior {
			delete(last, e.Surviving)
			s.Told[e.Surviving] = true
		}
	}
	for i, e := range events {
		if at, ok := last[e.Prior]; ok && at == i {
			s.Merged = append(s.Merged, e)
		}
	}
	return s
}

// Changed reports whether a patient number may be another person's than it was at a time:
// it was merged away then or has been since, also if that was taken back. A mistake that
// was taken back and a number that was given to somebody else look the same.
func Changed(events []Event, number ident.LocalPatientID, since time.Time) bool {
	since = since.Truncate(time.Microsecond) // as precise as times of receipt are kept
	var before []Event
	for _, e := range events {
		switch {
		case e.At.Before(since):
			before = append(before, e)
		case e.Prior == number:
			return true
		}
	}
	return slices.ContainsFunc(Sum(before).Merged, func(e Event) bool { return e.Prior == number })
}
