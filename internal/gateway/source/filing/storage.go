package filing

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
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

// stagedPath is for a record of the journal its own; those that are filed late, one at a
// time, have no number.
func stagedPath(r journal.Record) string { return path.Join(stagingDir, fmt.Sprintf("%016x", r.Seq)) }

// put files one entry after the rules of the standard (§1.4 of the reference): the
// current file becomes superseded and the new one current; a cancellation takes all
// versions along. What was filed before a crash is recognised and left as it is.
//
// The last step is the one that makes the new name, so where that name is, everything
// before it was done.
//
// An entry that is late changes what was received before it and nothing that came since.
func (s *storage) put(e entry) error {
	folder, err := e.name.Folder()
	if err != nil {
		return err
	}
	folder = path.Join(storageDir, folder)
	here, err := s.versions(folder, e.name)
	if err != nil {
		return err
	}
	done, err := s.filed(here, e)
	if err != nil || done {
		return err
	}
	moved, err := s.elsewhere(e.name)
	if err != nil {
		return err
	}
	flag := ssmix2.Superseded
	if e.name.Flag == ssmix2.Deleted {
		flag = ssmix2.Deleted
	}
	before := here
	if e.late {
		var since, movedOn []version
		before, since = split(here, e.name)
		moved, movedOn = split(moved, e.name)
		if slices.ContainsFunc(slices.Concat(since, movedOn), func(v version) bool { return sameMoment(v.name, e.name) }) {
			return fault.New(fault.Invalid, "other messages of its order were received within the same second: which is the later cannot be told, it must be sent again")
		}
		e.name.Flag = lateFlag(e.name.Flag, since, movedOn)
	}
	e.name.Timestamp = following(e.name.Timestamp, before)
	if err := s.step("folder"); err != nil {
		return err
	}
	if err := s.root.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	var flagged []renamed
	err = s.flag(before, flag, &flagged)
	if err == nil {
		err = s.flag(moved, ssmix2.Deleted, &flagged)
	}
	if err == nil {
		err = s.step("rename")
	}
	if err == nil {
		err = s.root.Rename(e.staged, path.Join(folder, e.name.String()))
	}
	if err != nil && e.late {
		return errors.Join(err, s.back(flagged))
	}
	return err
}

// renamed is a version that got another flag.
type renamed struct{ from, to string }

// back gives versions the flags that they had. What is received is tried until it is
// filed; but a late message may be dismissed after it failed, and what held before must
// hold then.
func (s *storage) back(list []renamed) error {
	var errs []error
	for _, r := range slices.Backward(list) {
		errs = append(errs, s.root.Rename(r.to, r.from))
	}
	return errors.Join(errs...)
}

// sameMoment reports whether a version may bear its time stamp only because others had
// the one before, see following.
func sameMoment(version, n ssmix2.Name) bool {
	at, err := parseStamp(version.Timestamp)
	of, err1 := parseStamp(n.Timestamp)
	return err == nil && err1 == nil && !at.Before(of) && at.Sub(of) < time.Second
}

// split gives the versions that were sent before n, and those that were not.
func split(list []version, n ssmix2.Name) (before, since []version) {
	for _, v := range list {
		if v.name.Before(n) {
			before = append(before, v)
		} else {
			since = append(since, v)
		}
	}
	return before, since
}

// lateFlag is the condition of an entry that is late: superseded if there are versions
// since, and deleted if the last of them took the entry back or moved it to another day.
func lateFlag(flag ssmix2.Flag, since, movedOn []version) ssmix2.Flag {
	switch {
	case flag == ssmix2.Deleted || len(movedOn) > 0:
		return ssmix2.Deleted
	case len(since) == 0:
		return flag
	case since[len(since)-1].name.Flag == ssmix2.Deleted: // the current one would be the last
		return ssmix2.Deleted
	}
	return ssmix2.Superseded
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

// filed reports whether the very record was filed before: same content under a time
// stamp that is not older. An earlier message with the same content has an older one.
func (s *storage) filed(here []version, e entry) (bool, error) {
	for _, v := range here {
		if v.name.Before(e.name) {
			continue
		}
		body, err := s.root.ReadFile(v.path)
		if err != nil {
			return false, err
		}
		if bytes.Equal(body, e.body) {
			return true, nil
		}
	}
	return false, nil
}

// elsewhere finds versions of the entry under other days.
func (s *storage) elsewhere(n ssmix2.Name) ([]version, error) {
	if !oneEntry[n.DataType] || n.OrderNo == ssmix2.NoOrder {
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
	var out []version
	for _, day := range days {
		if day == n.CareDate {
			continue
		}
		found, err := s.versions(path.Join(folder, day, string(n.DataType)), n)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// flag renames versions to another condition: superseded, or deleted. The current one
// is the last to be renamed, so that no older one seems to hold in between. It adds to
// done what it renamed, also when it fails.
func (s *storage) flag(list []version, flag ssmix2.Flag, done *[]renamed) error {
	for _, v := range list {
		if rank(v.name.Flag) <= rank(flag) {
			continue
		}
		to := v.name
		to.Flag = flag
		if err := s.step("flag"); err != nil {
			return err
		}
		r := renamed{v.path, path.Join(path.Dir(v.path), to.String())}
		if err := s.root.Rename(r.from, r.to); err != nil {
			return err
		}
		*done = append(*done, r)
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
	for _, d := range []string{storageDir, stagingDir} {
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
		err = errors.Join(err, root.Remove(path.Join(stagingDir, name)))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("received messages: %w", err), root.Close())
	}
	return s, nil
}
