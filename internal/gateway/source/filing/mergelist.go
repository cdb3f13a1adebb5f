package filing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

// mergeListName is the list's file in the folder of received messages.
const mergeListName = "merges.jsonl"

// MergeList is the file of the patient ids that the hospital merged, a line of JSON for
// each merge and each one taken back. An index can be made anew from the storage; what
// was merged stands in no storage, so it is kept here. The zero value is no list.
type MergeList struct {
	dir string
	mu  *sync.Mutex
}

// Merge is a line of the list: Prior's records belong to Surviving's, or, where
// Surviving is empty, do not any more.
type Merge struct {
	Prior     ident.LocalPatientID `json:"prior"`
	Surviving ident.LocalPatientID `json:"surviving,omitempty"`
	At        time.Time            `json:"at"`
	By        string               `json:"by,omitempty"` // who took it back
}

// MergesIn is the list in a folder of received messages, which need not exist yet.
func MergesIn(dir string) MergeList { return MergeList{dir, new(sync.Mutex)} }

func (l MergeList) path() string { return filepath.Join(l.dir, mergeListName) }

// Exists reports whether anything was ever listed.
func (l MergeList) Exists() (bool, error) {
	_, err := os.Stat(l.path())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Add brings a line to the medium. One that says what the list says already adds nothing.
func (l MergeList) Add(m Merge) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, whole, err := l.read()
	if err != nil {
		return err
	}
	if at := find(now, m.Prior); at >= 0 && now[at].Surviving == m.Surviving || at < 0 && m.Surviving == "" {
		return nil
	}
	line, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("list of merges: %w", err)
	}
	f, err := os.OpenFile(l.path(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("list of merges: %w", plain(err))
	}
	err = f.Truncate(whole) // of a line that was being written when the machine stopped
	if err == nil {
		_, err = f.WriteAt(append(line, '\n'), whole)
	}
	if err = errors.Join(err, f.Sync(), f.Close(), disk.SyncDir(l.dir)); err != nil {
		return fmt.Errorf("list of merges: %w", plain(err))
	}
	return nil
}

// Current gives the merges that hold, in the order in which they came.
func (l MergeList) Current() ([]Merge, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, _, err := l.read()
	return now, err
}

// read gives the merges that hold and how many bytes are whole lines. A last line
// without an end was never acknowledged, and its message comes again; any other line
// that cannot be read is an error, since a merge that is forgotten lets a number be
// linked to the wrong person.
func (l MergeList) read() (now []Merge, whole int64, err error) {
	f, err := os.Open(l.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("list of merges: %w", plain(err))
	}
	data, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, 0, fmt.Errorf("list of merges: %w", plain(err))
	}
	for number := 1; ; number++ {
		line, rest, ended := bytes.Cut(data, []byte{'\n'})
		if !ended {
			return now, whole, nil
		}
		var m Merge
		if err := json.Unmarshal(line, &m); err != nil || m.Prior == "" {
			return nil, 0, fmt.Errorf("list of merges: %s: line %d cannot be read; mend it, or take it out and make sure that no link of a merged patient id remains", l.path(), number)
		}
		now = hold(now, m)
		whole += int64(len(line)) + 1
		data = rest
	}
}

// hold is what holds after a line.
func hold(now []Merge, m Merge) []Merge {
	drop := func(prior ident.LocalPatientID) {
		if at := find(now, prior); at >= 0 {
			now = append(now[:at], now[at+1:]...)
		}
	}
	drop(m.Prior)
	if m.Surviving == "" {
		return now
	}
	// A merge the other way round replaces an earlier one.
	if at := find(now, m.Surviving); at >= 0 && now[at].Surviving == m.Prior {
		drop(m.Surviving)
	}
	return append(now, m)
}

func find(list []Merge, prior ident.LocalPatientID) int {
	for i, m := range list {
		if m.Prior == prior {
			return i
		}
	}
	return -1
}
