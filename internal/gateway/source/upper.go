package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// listPatients finds every patient's folder, three levels below the roots, reading only
// directories whose time has changed. It looks at no more than budget folders of the
// second level, going on where it stopped. It gives the patients that are new, and lists
// what lies where no patient's folder can be.
func (s *Source) listPatients(ctx context.Context, budget int) (fresh []ident.LocalPatientID) {
	anew := s.unlisted
	var away []string
	for _, v := range s.volumes {
		if v.missing() != nil {
			away = append(away, v.name)
			continue
		}
		u := upper{s: s, v: v}
		var seconds []string
		for _, first := range u.folders(".") {
			seconds = append(seconds, u.folders(first)...)
		}
		for range min(budget, len(seconds)) {
			v.turn %= len(seconds)
			u.patients(seconds[v.turn])
			v.turn++
		}
		if u.any {
			s.noteVolume(ctx, v)
		}
		fresh, anew = append(fresh, u.fresh...), anew || u.anew
	}
	if !anew {
		return fresh
	}
	var bad []index.Unreadable
	for _, v := range s.volumes {
		for _, b := range v.upper {
			bad = append(bad, b.bad...)
		}
	}
	err := s.index.PutMisplaced(ctx, bad, away)
	if s.unlisted = err != nil; s.unlisted && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "list misplaced folders", logging.KeyError, err)
	}
	return fresh
}

// upperName is how long the names of the uppermost folders are: the first three
// characters of the patients' numbers.
const upperName = 3

// upper goes through the folders above the patients' in one volume.
type upper struct {
	s     *Source
	v     *volume
	anew  bool // what can be no patient's folder is not what it was
	any   bool // there is a patient's folder
	fresh []ident.LocalPatientID
}

// folders gives the folders in a directory, read anew only if its time has changed.
func (u *upper) folders(dir string) []string {
	b, _ := u.branch(dir)
	if b == nil {
		return nil
	}
	return b.folders
}

// patients lists those whose folders lie in a directory of the second level.
func (u *upper) patients(dir string) {
	b, read := u.branch(dir)
	u.any = u.any || b != nil && len(b.folders) > 0
	if !read {
		return
	}
	for _, folder := range b.folders {
		// Who is a patient, the standard storage says.
		if id := ident.LocalPatientID(path.Base(folder)); !u.v.extended && u.s.list(id) {
			u.fresh = append(u.fresh, id)
		}
	}
}

// branch gives a directory as it is now, nil if it is not there, and whether it was read.
func (u *upper) branch(dir string) (b *branch, read bool) {
	b = u.v.upper[dir]
	at, err := u.v.stat(dir)
	if err == nil && b != nil && b.time == at.time && !u.another(b, at) {
		return b, false
	}
	var now *branch
	if err == nil {
		now, err = u.read(dir)
	}
	if errors.Is(err, fs.ErrNotExist) {
		u.drop(dir)
		return nil, false
	}
	if err != nil && u.v.there() != nil { // nothing of the volume can be read
		return b, false
	}
	if err != nil {
		now = &branch{time: timeRefused, bad: []index.Unreadable{u.v.refusal(dir, reasonOf(err, index.ReasonForbidden), plain(err))}}
	}
	var was []index.Unreadable
	if b != nil {
		was = b.bad
		if u.another(b, now.at) {
			u.s.unwatchBelow(dir)
		}
		for _, folder := range b.folders {
			if _, still := slices.BinarySearch(now.folders, folder); !still {
				u.drop(folder)
			}
		}
	}
	u.anew = u.anew || !slices.Equal(was, now.bad)
	u.v.upper[dir] = now
	return now, true
}

// another reports whether a folder of this name is not the one that was read. Of shares the
// numbers of folders may be the client's own, and change.
func (u *upper) another(b *branch, at info) bool {
	return u.v.local() && b.at != (info{}) && at != (info{}) && !b.at.same(at)
}

// drop forgets a folder that was read and has gone, and what lay in it. The patients' below
// may be watched where they are now.
func (u *upper) drop(dir string) {
	b := u.v.upper[dir]
	if b == nil {
		return
	}
	delete(u.v.upper, dir)
	u.anew = true
	u.s.unwatchBelow(dir)
	for _, folder := range b.folders {
		u.drop(folder)
	}
}

// maxMisplaced bounds what is listed of one directory as no patient's folder.
const maxMisplaced = 1000

func (u *upper) read(dir string) (*branch, error) {
	depth := 1
	switch {
	case dir == ".":
		depth = 0
	case path.Dir(dir) != ".":
		depth = 2
	}
	if depth == 2 && u.v.local() { // above, only folders without patients come and go
		u.s.watcher.watch(u.v.path(dir), watched{above: dir})
	}
	b := &branch{}
	more := 0
	at, err := u.v.root().each(dir, many, func(some []entry) bool {
		for _, e := range some {
			below := path.Join(dir, e.name)
			var bad index.Unreadable
			switch {
			case e.name[0] == '.', ofServer(e.name):
				continue
			case e.mode.IsDir() && u.mayHold(depth, e.name, below):
				b.folders = append(b.folders, below)
				continue
			case e.mode.IsDir():
				bad = u.v.refusal(below, index.ReasonPlace, "the upper folders are not the first six characters of the patient id")
			case e.mode&fs.ModeSymlink != 0:
				bad = u.v.refusal(below, index.ReasonNotRegular, "a link, which is not followed: name its target as a root of its own")
			case isDocument(e): // else a note of the administrator's
				bad = u.v.refusal(below, index.ReasonPlace, "a document outside of its patient's folder")
			default:
				continue
			}
			if len(b.bad) < maxMisplaced {
				b.bad = append(b.bad, bad)
			} else {
				more++
			}
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	if more > 0 {
		b.bad = append(b.bad, u.v.refusal(dir, index.ReasonPlace, fmt.Sprintf("%d more in this folder", more)))
	}
	b.at, b.time = at, at.time
	if age := u.s.Clock().UnixNano() - at.time; age < int64(restTime) || !u.v.local() && age < int64(skew) {
		b.time = timeYoung
	}
	slices.Sort(b.folders)
	return b, nil
}

// isDocument reports whether a file is called as those of a standard storage are.
func isDocument(e entry) bool {
	_, err := ssmix2.ParseName(e.name)
	return err == nil && e.mode.IsRegular()
}

// mayHold reports whether a folder in one of a depth below the root can hold patients'
// folders, or is one.
func (u *upper) mayHold(depth int, name, below string) bool {
	if depth < 2 {
		return len(name) == upperName
	}
	return isFolder(ident.LocalPatientID(name), below)
}
