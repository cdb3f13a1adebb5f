package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// The extended storage (拡張ストレージ) is followed as the standard one is: its roots are
// volumes beside the others. They say nothing of who is a patient, and of linked
// patients only it is looked at what they hold. An entry there is a content folder with
// files; here it is called an object.

// DefaultMaxFile is how large a file of a document may be to be opened for a disclosure.
const DefaultMaxFile = 200 << 20

// foundObject is one content folder of a patient with its parsed name.
type foundObject struct {
	volume int
	path   string // below the patient's folder, as the disk has it
	name   extended.Name
}

// contentFolders lists the content folders in a data-type folder.
func (l *listing) contentFolders(i int, dir string) error {
	entries, err := l.read(i, dir)
	for _, e := range entries {
		if l.passOver(i, dir, e, true) {
			continue
		}
		p := path.Join(dir, e.name)
		name, err := extended.ParsePath(path.Join(l.folder, p))
		if err != nil {
			l.amiss(problem{i, p, reasonOf(err, index.ReasonName), err.Error()})
			continue
		}
		l.objects = append(l.objects, foundObject{i, p, name})
	}
	return err
}

// resolveObjects leaves the current objects in r.objects.
func (r *reading) resolveObjects() {
	byName := make(map[ssmix2.Name]foundObject, len(r.objects))
	names := make([]extended.Name, 0, len(r.objects))
	for _, o := range r.objects {
		was, twice := byName[o.name.Name]
		if !twice {
			names = append(names, o.name)
			byName[o.name.Name] = o
			continue
		}
		// In another root, with and without the field of the department, or in other bytes.
		if cmp.Or(cmp.Compare(was.volume, o.volume), strings.Compare(was.path, o.path)) < 0 {
			was, o = o, was
		}
		byName[was.name.Name] = was
		if o.name.Flag == ssmix2.Current {
			r.amiss(problem{o.volume, o.path, index.ReasonRival, "another folder of the same name is taken: in another root, in other characters, or with a department"})
		}
	}
	r.objects = r.objects[:0]
	for _, v := range extended.Resolve(names) {
		for _, rival := range v.Rivals {
			o := byName[rival.Name]
			r.amiss(overruled(v.State, o.volume, o.path, "folder"))
		}
		switch o := byName[v.Name.Name]; {
		case v.State == ssmix2.StateCurrent:
			r.says(o.name.Name)
			r.objects = append(r.objects, o)
		case v.State == ssmix2.StatePending && !r.lacks(true):
			r.amiss(problem{o.volume, o.path, index.ReasonNoCurrent, "all folders of this entry are flagged superseded"})
		}
	}
}

// extended reads the patient's objects that are not as they were when they were read
// before.
func (r *reading) extended(ctx context.Context) error {
	if len(r.objects) == 0 {
		return nil
	}
	for done, o := range r.objects {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.object(ctx, o); err != nil {
			return err
		}
		if r.progress == nil {
			continue
		}
		n := len(r.current)
		if err := r.progress(wire.Progress{Read: n + done + 1, Total: n + len(r.objects), Unreadable: r.troubles}); err != nil {
			return err
		}
	}
	return nil
}

// object reads one object, as [reading.readDocument] does a file.
func (r *reading) object(ctx context.Context, o foundObject) error {
	c, err := listContent(r.dirs[o.volume], o.path, func(at info) bool { return r.young(o.volume, at) })
	if err != nil {
		return r.objectTrouble(o, c, err)
	}
	file := index.File{
		Root: r.s.volumes[o.volume].name, Path: stored(path.Join(r.folder, o.path)), Size: c.size, MTime: c.newest,
	}
	if e, ok := r.before[file.Path]; ok && !c.young && e.File == file && !r.doubts(o.name.Name) {
		r.out.Entries = append(r.out.Entries, e)
		r.documents[o.volume]++
		r.aboveBound(o, c)
		r.sawObject(o, c, true)
		return nil
	}
	read, err := extended.Read(o.name, r.person(o.name), c.toRead(ctx, r.dirs[o.volume]))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return r.objectTrouble(o, c, err)
	}
	if c.young {
		file.MTime, r.moving = timeYoung, true
	}
	r.documents[o.volume]++
	r.aboveBound(o, c)
	item := objectMetadata(r.s.index.ItemID(o.name.Key), o.name, read.Document)
	r.out.Entries = append(r.out.Entries, index.Entry{
		Item: item, File: file, Remarks: index.RemarksOf(read.Document.Remarks), Lasting: read.Document.Lasting(item.Date),
	})
	r.sawObject(o, c, true)
	return nil
}

// aboveBound lists the files that are too large to be opened: the document is shown with
// them, and a viewer who is refused one cannot tell the hospital why.
func (r *reading) aboveBound(o foundObject, c content) {
	for _, f := range c.files {
		if f.info.size > r.s.MaxFile {
			r.amiss(problem{o.volume, f.path, index.ReasonAboveBound,
				fmt.Sprintf("file of %d MB is not disclosed: storage.max_file_mb is %d", (f.info.size+1<<20-1)>>20, r.s.MaxFile>>20)})
		}
	}
}

// objectTrouble notes an object that cannot be read, unless nothing of the volume can be
// or it may still be being written.
func (r *reading) objectTrouble(o foundObject, c content, err error) error {
	var disk *fs.PathError
	if errors.As(err, &disk) {
		if away := r.s.volumes[o.volume].there(); away != nil {
			return away
		}
	}
	if errors.Is(err, fs.ErrNotExist) || c.young {
		r.s.soon(r.patient, retryPause)
		r.sawObject(o, c, false)
		return nil
	}
	at, otherwise, detail := o.path, index.ReasonContent, err.Error()
	if disk != nil {
		otherwise, detail = index.ReasonForbidden, plain(err)
	}
	if disk != nil && disk.Op == "open" { // neither time nor size tell whether it may be read now
		r.seen = append(r.seen, stamp{volume: o.volume, path: disk.Path, time: timeRefused, file: true})
	}
	if c.offender != "" {
		at = c.offender
	}
	r.amiss(problem{o.volume, at, reasonOf(err, otherwise), detail})
	r.sawObject(o, c, false)
	return nil
}

// maxSeen bounds how many files of one object are looked at again: objects are never
// changed in place, and one of thousands of files must not eat up a round.
const maxSeen = 50

// sawObject remembers an object as it is.
func (r *reading) sawObject(o foundObject, c content, sound bool) {
	for _, d := range c.folders {
		r.seen = append(r.seen, stamp{volume: o.volume, path: d.path, time: d.time})
	}
	if len(c.folders) == 0 {
		r.seen = append(r.seen, stamp{volume: o.volume, path: o.path, time: timeRefused})
	}
	for _, f := range c.files[:min(len(c.files), maxSeen)] {
		r.seen = append(r.seen, stamp{volume: o.volume, path: f.path, time: f.info.time, size: f.info.size, file: true, sound: sound})
	}
}

// objectMetadata says of an object what the center may know: of its type no more than
// the standard's code, since a hospital names types as it likes.
func objectMetadata(id ident.ItemID, name extended.Name, doc clinical.Document) wire.Item {
	item := wire.Item{
		ID: id, PatientID: name.PatientID, Kind: doc.Kind, DataType: name.Type.Standardised(),
		Date: name.CareDate, Department: doc.Department, Updated: name.Timestamp, Entries: len(doc.Vitals),
	}
	if item.Date == "" {
		item.Date = name.Timestamp[:8]
	}
	if t := doc.Text; t != nil {
		item.Entries, item.Time = len(t.Files), timeOfDay(t.Written)
	}
	for _, v := range doc.Vitals {
		if item.Time == "" {
			item.Time = timeOfDay(v.Collected)
		}
	}
	return item
}

// content is what a content folder holds.
type content struct {
	base     string // the content folder, below the folder that dir is of
	folders  []folderSeen
	files    []contentFile
	size     int64
	newest   int64 // latest time of modification, nanoseconds
	young    bool
	offender string // what made it unreadable
}

type folderSeen struct {
	path string
	time int64
}

type contentFile struct {
	path string // below the folder that dir is of
	info info
}

// maxNesting bounds folders inside of a content folder.
const maxNesting = 4

// errNesting: folders in folders, as a loop of mounts or a copy of a disk makes them.
var errNesting = fmt.Errorf("more than %d folders in each other", maxNesting)

// listContent lists a content folder below dir. It opens no file, and stops at the first
// thing that is neither file nor folder, since a document without a part of it is not
// that document. What programs leave beside ([Beside]) is passed over.
func listContent(dir *folder, base string, young func(info) bool) (content, error) {
	c := content{base: base}
	err := c.list(dir, base, 1, young)
	return c, err
}

// ContentFiles lists the files of a content folder as a gateway does, for whoever shows
// what a gateway would make of it; they can be opened until done is called. Where it
// fails for something in the folder, the error names that.
func ContentFiles(name string) (files []extended.File, done func() error, err error) {
	dir, err := openFolder(name)
	if err != nil {
		return nil, nil, err
	}
	c, err := listContent(dir, ".", func(info) bool { return false })
	if err == nil {
		return c.toRead(context.Background(), dir), dir.close, nil
	}
	if c.offender != "" {
		err = fmt.Errorf("%s: %w", stored(c.offender), err)
	}
	return nil, nil, errors.Join(err, dir.close())
}

func (c *content) list(dir *folder, at string, depth int, young func(info) bool) error {
	if depth > maxNesting {
		c.offender = at
		return errNesting
	}
	here := len(c.folders)
	c.folders = append(c.folders, folderSeen{path: at})
	var refused error
	before, err := dir.each(at, many, func(some []entry) bool {
		for _, e := range some {
			if refused = c.entry(dir, path.Join(at, e.name), e, depth, young); refused != nil {
				return false
			}
		}
		return true
	})
	if before == (info{}) { // it could not be opened
		c.folders = slices.Delete(c.folders, here, here+1)
		return err
	}
	c.folders[here].time = before.time
	if young(before) {
		c.folders[here].time = timeYoung
	}
	c.saw(before, young)
	return cmp.Or(refused, err)
}

func (c *content) saw(at info, young func(info) bool) {
	c.young = young(at) || c.young
	c.newest = max(c.newest, at.time)
}

func (c *content) entry(dir *folder, at string, e entry, depth int, young func(info) bool) error {
	switch {
	case Beside(e.name, true):
		return nil
	case e.mode.IsDir():
		return c.list(dir, at, depth+1, young)
	case !e.mode.IsRegular():
		c.offender = at
		return errNotRegular
	case len(c.files) >= extended.MaxFiles:
		return fault.New(fault.Invalid, "%w: more than %d files", extended.ErrTooMany, extended.MaxFiles)
	}
	file, err := dir.stat(at)
	if err != nil {
		return err
	}
	c.files = append(c.files, contentFile{at, file})
	c.size += file.size
	c.saw(file, young)
	return nil
}

// toRead gives the files for [extended.Read], which fails when ctx ends.
func (c *content) toRead(ctx context.Context, dir *folder) []extended.File {
	files := make([]extended.File, 0, len(c.files))
	for _, f := range c.files {
		files = append(files, extended.File{
			Name: strings.TrimPrefix(f.path, c.base+"/"), Size: f.info.size,
			Open: func() (io.ReadCloser, error) {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				file, err := f.open(dir)
				if err != nil {
					return nil, err
				}
				return dir.reader(file, f.path), nil
			},
		})
	}
	return files
}

// open opens the very file that was listed, as it was listed: one that was put in its
// place meanwhile is not the one that was looked at.
func (f contentFile) open(dir *folder) (*os.File, error) {
	file, err := dir.open(f.path)
	if err != nil {
		return nil, err
	}
	st, err := file.Stat()
	if err == nil && infoOfFile(st) != f.info {
		err = &fs.PathError{Op: "open", Path: f.path, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
