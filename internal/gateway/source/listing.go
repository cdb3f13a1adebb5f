package source

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// demographicsFolder is where a patient's ADT-00 lies in the patient's folder.
const demographicsFolder = "-/" + string(ssmix2.PatientDemographics)

// found is one file of a patient with its parsed name.
type found struct {
	volume int
	below  string // path below the root
	path   string // the part of it below the patient's folder
	name   ssmix2.Name
}

// problem is a file or folder that cannot be read.
type problem struct {
	volume int
	path   string // below the patient's folder
	reason index.Reason
	detail string
}

// listing is what the folders of one patient hold, in all volumes.
type listing struct {
	s       *Source
	patient ident.LocalPatientID
	folder  string    // of the patient, below the root
	whole   bool      // not only the demographics
	dirs    []*folder // the patient's folder in each volume; nil: none there

	files     []found
	objects   []foundObject // of extended volumes
	bad       []problem
	troubles  int                  // how many there are, also those that are not listed one by one
	amount    map[index.Reason]int // how many of each reason
	seen      []stamp
	documents []int // that were read, in each volume
	broken    bool  // a folder could not be read: files may be hidden in it
	blurred   bool  // something is wrong where the demographics lie

	away []*volume // that were left out
	why  error     // they were

	settled     []int64 // times that the clock does not explain and that are old, in order
	unexplained []int64 // those that were seen now
	moving      bool    // a file was young
}

// listPatient lists a patient's files: all if whole, else those of ADT-00. A volume that
// is known to be away is left out if it can be; one that turns out to be now is errAway, as
// are all of them. The listing is to be closed.
//
// The times of directories are taken before they are read: what comes in meanwhile is
// seen in the next round.
func (s *Source) listPatient(id ident.LocalPatientID, whole bool) (*listing, error) {
	below, err := ssmix2.PatientFolder(id)
	if err != nil {
		return nil, err
	}
	l := &listing{s: s, patient: id, folder: below, whole: whole, dirs: make([]*folder, len(s.volumes)), documents: make([]int, len(s.volumes)), settled: s.settled(id)}
	for i, v := range s.volumes {
		look := l.volume
		if away := v.missing(); away != nil {
			look = func(i int) error { return l.leave(i, away) }
		}
		if err := look(i); err != nil {
			l.close()
			return nil, err
		}
	}
	if len(l.away) == len(s.volumes) {
		return nil, l.why // no folder was opened
	}
	return l, nil
}

func (l *listing) close() {
	for _, d := range l.dirs {
		if d != nil {
			d.close() // read only: nothing can be lost
		}
	}
}

func (l *listing) volume(i int) error {
	v := l.s.volumes[i]
	leaf := l.typeFolder
	if v.extended {
		if leaf = l.contentFolders; !l.whole { // there are no demographics in it
			return nil
		}
	}
	dir, err := v.folder(l.folder)
	switch {
	case err != nil:
		return l.refused(i, ".", err)
	case dir == nil:
		if err := v.there(); err != nil {
			return err
		}
		l.seen = append(l.seen, stamp{volume: i, path: l.first(), time: timeAbsent})
		return nil
	}
	l.dirs[i] = dir
	if !l.whole {
		return l.typeFolder(i, demographicsFolder)
	}
	days, err := l.read(i, ".")
	if err != nil {
		return err
	}
	for _, day := range days {
		if l.passOver(i, ".", day, true) {
			continue
		}
		types, err := l.read(i, day.name)
		if err != nil {
			return err
		}
		for _, typ := range types {
			if l.passOver(i, day.name, typ, true) {
				continue
			}
			if err := leaf(i, path.Join(day.name, typ.name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// inexpressible is what stands in a name for characters that the character set of a mount
// does not have, and in no name that Windows takes.
const inexpressible = "?"

// first is the directory whose coming into being shows that there is something to list.
func (l *listing) first() string {
	if l.whole {
		return "."
	}
	return demographicsFolder
}

func (l *listing) typeFolder(i int, dir string) error {
	entries, err := l.read(i, dir)
	for _, e := range entries {
		if l.passOver(i, dir, e, false) {
			continue
		}
		below := l.folder + "/" + dir + "/" + e.name
		p := below[len(l.folder)+1:]
		name, err := ssmix2.ParsePath(below)
		if err != nil {
			l.amiss(problem{i, p, reasonOf(err, index.ReasonName), err.Error()})
			continue
		}
		l.files = append(l.files, found{i, below, p, name})
	}
	return err
}

// read reads one directory and remembers its time. One that is not there has no
// entries; one that the operating system refuses is noted; only a storage that does
// not answer is an error.
func (l *listing) read(i int, dir string) ([]entry, error) {
	entries, at, err := l.dirs[i].list(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.seen = append(l.seen, stamp{volume: i, path: dir, time: timeAbsent})
		if strings.Contains(path.Base(dir), inexpressible) {
			l.amiss(problem{i, dir, index.ReasonName, "the share lists this name and does not find it: mount it with a character set that has its characters, such as iocharset=utf8"})
		}
		return nil, l.s.volumes[i].there()
	case err != nil:
		return nil, l.refused(i, dir, err)
	}
	l.seen = append(l.seen, stamp{volume: i, path: dir, time: l.timeOf(i, at)})
	return entries, nil
}

// refused notes a folder that cannot be read, unless nothing of the volume can be.
func (l *listing) refused(i int, dir string, err error) error {
	if away := l.s.volumes[i].there(); away != nil {
		return away
	}
	if errors.Is(err, errAway) { // it was, and has been mounted anew
		return err
	}
	l.seen = append(l.seen, stamp{volume: i, path: dir, time: timeRefused})
	l.amiss(problem{i, dir, reasonOf(err, index.ReasonForbidden), plain(err)})
	l.broken = true
	return nil
}

// passOver reports what is no plain folder or file, and notes it: links, devices,
// pipes. Hidden files and those that writers and copiers leave beside (names that
// begin with a dot or end in .tmp) are passed over silently.
func (l *listing) passOver(i int, dir string, e entry, wantFolder bool) bool {
	if Beside(e.name, false) {
		return true
	}
	switch {
	case wantFolder && e.mode.IsDir(), !wantFolder && e.mode.IsRegular():
		return false
	case wantFolder && e.mode.IsRegular():
		l.amiss(problem{i, path.Join(dir, e.name), index.ReasonName, "a file where the storage has folders"})
	default:
		l.amiss(problem{i, path.Join(dir, e.name), index.ReasonNotRegular, "not a regular file: " + e.mode.String()})
	}
	return true
}

// maxListed bounds what is listed of one patient for one reason; of the rest is said how
// much it is. A writer gone mad leaves names by the hundred thousand, and all that the
// index does waits while they are taken in.
const maxListed = 1000

// amiss notes what cannot be read or does not hold.
func (l *listing) amiss(p problem) {
	l.blurred = l.blurred || p.path == "-" || strings.HasPrefix(p.path, demographicsFolder)
	l.troubles++
	if l.amount == nil {
		l.amount = map[index.Reason]int{}
	}
	if l.amount[p.reason]++; l.amount[p.reason] <= maxListed {
		l.bad = append(l.bad, p)
	}
}

// unreadable gives what could not be read in the form of the index.
func (l *listing) unreadable() []index.Unreadable {
	out := make([]index.Unreadable, 0, len(l.bad))
	listed := map[index.Reason]int{}
	for _, b := range l.bad {
		listed[b.reason]++
		if more := l.amount[b.reason] - maxListed; more > 0 && listed[b.reason] == maxListed {
			b.detail += fmt.Sprintf("; and %d more of this patient for the same reason", more)
		}
		out = append(out, index.Unreadable{
			Root: l.s.volumes[b.volume].name, Path: stored(path.Join(l.folder, b.path)),
			Patient: l.patient, Reason: b.reason, Detail: b.detail,
		})
	}
	return out
}

// Beside reports whether a name is one that writers, copiers and desktops leave in a
// storage, which is passed over silently. In a content folder, where any name may be a
// document's, those of desktops are known; elsewhere they are no names of the storage.
func Beside(name string, inContent bool) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".tmp") || ofServer(name) ||
		inContent && (strings.EqualFold(name, "Thumbs.db") || strings.EqualFold(name, "desktop.ini") || strings.HasPrefix(name, "~$"))
}

// ofServers are folders that file servers put into what they share: thumbnails, what was
// deleted, what was before.
var ofServers = []string{"@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found", "~snapshot"}

func ofServer(name string) bool {
	return slices.ContainsFunc(ofServers, func(of string) bool { return strings.EqualFold(name, of) })
}

// plain gives an error without the path, which stands beside it.
func plain(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// isFolder reports whether a path below the root is where a patient's folder lies.
func isFolder(id ident.LocalPatientID, below string) bool {
	want, err := ssmix2.PatientFolder(id)
	return err == nil && want == below
}
