package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// maxFile bounds a file; a larger one is unreadable.
const maxFile = hl7v2.MaxBytes

// found is one file of a patient with its parsed name.
type found struct {
	root int
	path string // below the root, with slashes
	name ssmix2.Name
}

// problem is a file or folder that cannot be read.
type problem struct {
	root   int
	path   string
	reason string
}

// patientFiles lists a patient's files in every root and notes the directories' times,
// taken before they are read: what comes in meanwhile is seen in the next round.
// only, if not empty, limits the listing to one data type under "-".
func (s *Source) patientFiles(id ident.LocalPatientID, only ssmix2.DataType) (files []found, bad []problem, err error) {
	folder, err := ssmix2.PatientFolder(id)
	if err != nil {
		return nil, nil, err
	}
	for i := range s.roots {
		l := lister{s: s, root: i}
		if only != "" {
			l.typeFolder(path.Join(folder, "-", string(only)))
		} else {
			l.patientFolder(folder)
		}
		if l.err != nil {
			return nil, nil, l.err
		}
		files = append(files, l.files...)
		bad = append(bad, l.bad...)
	}
	if len(files) == 0 && len(bad) == 0 {
		return nil, nil, s.answers()
	}
	return files, bad, nil
}

// answers fails if a root holds nothing at all: the share is unmounted and only its
// mount point is left. Nothing must then be taken for deleted.
func (s *Source) answers() error {
	for i, r := range s.roots {
		entries, err := s.readDir(i, ".")
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return fmt.Errorf("storage folder %s is empty", r.name)
		}
	}
	return nil
}

type lister struct {
	s     *Source
	root  int
	files []found
	bad   []problem
	err   error // the storage itself does not answer
}

// entries reads one directory; one that is not there has none.
func (l *lister) entries(dir string) []fs.DirEntry {
	entries, err := l.s.readDir(l.root, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		l.err = err
	}
	return entries
}

func (l *lister) patientFolder(dir string) {
	for _, day := range l.entries(dir) {
		if l.refuse(dir, day, true) {
			continue
		}
		for _, typ := range l.entries(path.Join(dir, day.Name())) {
			if !l.refuse(path.Join(dir, day.Name()), typ, true) {
				l.typeFolder(path.Join(dir, day.Name(), typ.Name()))
			}
		}
	}
}

func (l *lister) typeFolder(dir string) {
	for _, e := range l.entries(dir) {
		if l.refuse(dir, e, false) {
			continue
		}
		p := path.Join(dir, e.Name())
		name, err := ssmix2.ParsePath(p)
		if err != nil {
			l.bad = append(l.bad, problem{l.root, p, err.Error()})
			continue
		}
		l.files = append(l.files, found{l.root, p, name})
	}
}

// refuse notes what is no plain folder or file: links, devices, pipes. Hidden files
// and those that writers and copiers leave beside (names that begin with a dot, or
// end in .tmp) are passed over.
func (l *lister) refuse(dir string, e fs.DirEntry, wantDir bool) bool {
	if strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(e.Name(), ".tmp") {
		return true
	}
	switch {
	case wantDir && e.IsDir(), !wantDir && e.Type().IsRegular():
		return false
	case wantDir:
		l.bad = append(l.bad, problem{l.root, path.Join(dir, e.Name()), "not a folder, where the storage has folders"})
	default:
		l.bad = append(l.bad, problem{l.root, path.Join(dir, e.Name()), "not a regular file"})
	}
	return true
}

// readDir reads a directory below a root and remembers its time.
func (s *Source) readDir(root int, dir string) ([]fs.DirEntry, error) {
	f, err := s.roots[root].dir.Open(dir)
	if err != nil {
		s.forget(root, dir)
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder", path.Join(s.roots[root].name, dir))
	}
	s.mu.Lock()
	g := group(root, dir)
	if s.seen[g] == nil {
		s.seen[g] = map[string]int64{}
	}
	s.seen[g][dir] = info.ModTime().UnixNano()
	s.mu.Unlock()
	s.hints.watch(s.roots[root].name, dir)
	return f.ReadDir(-1)
}

// group names the patient's folder that a directory lies in, or the root above them.
func group(root int, dir string) string {
	parts := strings.SplitN(dir, "/", 4)
	if len(parts) < 3 {
		return fmt.Sprintf("%d:", root)
	}
	return fmt.Sprintf("%d:%s", root, strings.Join(parts[:3], "/"))
}

func (s *Source) lastRead(root int, dir string) (mtime int64, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mtime, known = s.seen[group(root, dir)][dir]
	return mtime, known
}

func (s *Source) forget(root int, dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen[group(root, dir)], dir)
}

// changed reports whether a directory is not as it was when it was last read. One
// that is not there and never was has not changed.
func (s *Source) changed(root int, dir string) bool {
	was, known := s.lastRead(root, dir)
	info, err := s.roots[root].dir.Stat(dir)
	if err != nil {
		return known
	}
	return !known || info.ModTime().UnixNano() != was
}

// readFile reads a regular file of bounded size.
func (s *Source) readFile(root int, p string) (body []byte, info fs.FileInfo, err error) {
	f, err := s.roots[root].dir.Open(p)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, info, errors.New("not a regular file")
	case info.Size() > maxFile:
		return nil, info, fmt.Errorf("file of %d bytes, at most %d are read", info.Size(), maxFile)
	}
	body, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && int64(len(body)) > maxFile {
		err = fmt.Errorf("file of more than %d bytes", maxFile)
	}
	return body, info, err
}
