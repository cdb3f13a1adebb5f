package filing

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// Folders below the receiver's own.
const (
	storageDir = "storage" // the standardised storage
	stagingDir = "staging" // contents on their way into it, on the same file system
)

// oneEntry are the types of which an order has one entry whatever day it is of: a
// change that moves the day, or a cancellation sent on another, means that entry. One
// order may well be given, examined or reported on several days.
var oneEntry = map[ssmix2.DataType]bool{
	"OMD": true, "OMP-01": true, "OMP-02": true, "OML-01": true, "OMG-01": true, "OMG-02": true, "OMG-03": true,
}

// entry is one message on its way into the storage.
type entry struct {
	name   ssmix2.Name
	body   []byte
	staged string // path of the staged content, below the root
	late   bool   // messages that were received after it may have been filed already
	stops  bool   // it has its name from what it discontinues, or cancels in part
	// remark lists the message, with place and cause and no values; again it changes nothing.
	remark func(reason kept.Reason, detail string) error
	// remarked tells whether it is listed for a reason, perhaps since before a crash.
	remarked func(reason kept.Reason) (bool, error)
}

// version is a file of the storage.
type version struct {
	name ssmix2.Name
	path string
}

// storage writes an SS-MIX2 standardised storage. Nothing is ever written over: a
// content is staged, brought to the medium, and then renamed into its place.
type storage struct {
	root *os.Root
	fail func(step string) error // see Config

	vitals atomic.Int64 // that were staged
}

func (s *storage) step(name string) error {
	if s.fail == nil {
		return nil
	}
	return s.fail(name)
}

func (s *storage) stage(e entry) error {
	if err := s.step("stage"); err != nil {
		return err
	}
	return s.root.WriteFile(e.staged, e.body, 0o600)
}

// unstage removes what is still staged of a record. What cannot be removed is at the next start.
func (s *storage) unstage(r journal.Record) { s.root.Remove(stagedPath(r)) }

// stagedPath is for a record of the journal, and for each order of it, its own; those that are
// filed late, one at a time, have no number.
func stagedPath(r journal.Record) string {
	return path.Join(stagingDir, fmt.Sprintf("%016x-%x", r.Seq, r.Content))
}

func (s *storage) folder(folder string) error {
	if err := s.step("folder"); err != nil {
		return err
	}
	return s.root.MkdirAll(folder, 0o700)
}

func (s *storage) rename(e entry, folder string) error {
	if err := s.step("rename"); err != nil {
		return err
	}
	return s.root.Rename(e.staged, path.Join(folder, e.name.String()))
}

// flagOfOlder is the condition that an entry leaves older versions in.
func flagOfOlder(flag ssmix2.Flag) ssmix2.Flag {
	if flag == ssmix2.Deleted {
		return ssmix2.Deleted
	}
	return ssmix2.Superseded
}

// sameMoment reports whether a version may bear its time stamp only because others had
// the one before, see following.
func sameMoment(version, n ssmix2.Name) bool {
	at, err := parseStamp(version.Timestamp)
	of, err1 := parseStamp(n.Timestamp)
	return err == nil && err1 == nil && !at.Before(of) && at.Sub(of) < time.Second
}

// versions lists the files of an entry in a folder, the current last.
func (s *storage) versions(folder string, of ssmix2.Name) ([]version, error) {
	names, err := s.list(folder)
	if err != nil {
		return nil, err
	}
	var out []version
	for _, file := range names {
		n, err := ssmix2.ParseName(file)
		if err == nil && n.DataType == of.DataType && n.OrderNo == of.OrderNo && n.PatientID == of.PatientID {
			out = append(out, version{n, path.Join(folder, file)})
		}
	}
	slices.SortStableFunc(out, func(a, b version) int {
		return int(rank(a.name.Flag)) - int(rank(b.name.Flag))
	})
	return out, nil
}

// asReceived gives versions in the order in which they were received.
func asReceived(list []version) []version {
	return slices.SortedStableFunc(slices.Values(list), func(a, b version) int {
		switch {
		case a.name.Before(b.name):
			return -1
		case b.name.Before(a.name):
			return 1
		}
		return 0
	})
}

func rank(f ssmix2.Flag) int {
	switch f {
	case ssmix2.Deleted:
		return 0
	case ssmix2.Superseded:
		return 1
	}
	return 2
}

func (s *storage) list(folder string) ([]string, error) {
	d, err := s.root.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

// filed finds the very record if it was filed before: same content under a time stamp
// that is not older. An earlier message with the same content has an older one.
func (s *storage) filed(here []version, e entry) (own version, ok bool, err error) {
	for _, v := range here {
		if v.name.Before(e.name) {
			continue
		}
		if same, err := s.hasBody(v, e.body); same || err != nil {
			return v, same, err
		}
	}
	return own, false, nil
}

// elsewhere finds versions of the entry under other days.
func (s *storage) elsewhere(n ssmix2.Name) ([]version, error) {
	if !oneEntry[n.DataType] {
		return nil, nil
	}
	days, err := s.otherDays(n)
	return slices.Concat(days...), err
}

// otherDays finds the versions of an order's entry under each other day.
func (s *storage) otherDays(n ssmix2.Name) (out [][]version, err error) {
	if n.OrderNo == ssmix2.NoOrder {
		return nil, nil
	}
	folder, err := ssmix2.PatientFolder(n.PatientID)
	if err != nil {
		return nil, err
	}
	folder = path.Join(storageDir, folder)
	days, err := s.list(folder)
	if err != nil {
		return nil, err
	}
	for _, day := range days {
		if day == n.CareDate {
			continue
		}
		found, err := s.versions(path.Join(folder, day, string(n.DataType)), n)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			out = append(out, found)
		}
	}
	return out, nil
}

// flag renames versions to another condition: superseded, or deleted. The current one
// is the last to be renamed, so that no older one seems to hold in between.
func (s *storage) flag(list []version, flag ssmix2.Flag) error {
	for _, v := range list {
		if rank(v.name.Flag) <= rank(flag) {
			continue
		}
		to := v.name
		to.Flag = flag
		if err := s.step("flag"); err != nil {
			return err
		}
		if err := s.root.Rename(v.path, path.Join(path.Dir(v.path), to.String())); err != nil {
			return err
		}
	}
	return nil
}

// following gives the time stamp, or one behind the youngest version: of messages
// within one millisecond, or after the clock was set back, the later one holds.
func following(stamp string, here []version) string {
	for _, v := range here {
		if v.name.Timestamp < stamp {
			continue
		}
		if at, err := parseStamp(v.name.Timestamp); err == nil {
			stamp = stampOf(at.Add(time.Millisecond))
		}
	}
	return stamp
}

func parseStamp(stamp string) (time.Time, error) {
	return time.Parse("20060102150405.000", stamp[:14]+"."+(stamp + "000")[14:17])
}

func stampOf(at time.Time) string {
	return strings.Replace(at.Format("20060102150405.000"), ".", "", 1)
}

// jst is the zone of all times in an SS-MIX2 storage.
var jst = time.FixedZone("JST", 9*60*60)

func openStorage(dir string, fail func(string) error) (*storage, error) {
	for _, d := range []string{storageDir, extendedDir, stagingDir} {
		if err := os.MkdirAll(path.Join(dir, d), 0o700); err != nil {
			return nil, fmt.Errorf("received messages: %w", err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("received messages: %w", err)
	}
	s := &storage{root: root, fail: fail}
	// What was staged before a crash is staged again.
	left, err := s.list(stagingDir)
	for _, name := range left {
		err = errors.Join(err, root.RemoveAll(path.Join(stagingDir, name)))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("received messages: %w", err), root.Close())
	}
	return s, nil
}
