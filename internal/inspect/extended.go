package inspect

import (
	"errors"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
)

// extendedStorage reads the files of extended storages. A content folder is one
// document; the line of the file that is the document has its content, the lines of
// its attachments have the name's. Folders come file by file, so that the last one
// is kept.
type extendedStorage struct {
	*storages
	last contentFolder
}

// contentFolder is a content folder that was read.
type contentFolder struct {
	path  string
	name  extended.Name
	files []string // below path, with slashes
	doc   clinical.Document
	main  int // place in files
	err   error
}

func (*extendedStorage) format() Format { return FormatExtended }

func (*extendedStorage) claims(f *file) bool {
	_, ok := contentFolderOf(f.path)
	return ok
}

// contentFolderOf finds the content folder that a file lies in: the first folder above
// it that could be one. Names that are wrong are told when it is read.
func contentFolderOf(path string) (folder string, ok bool) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", false
	}
	for dir := filepath.Dir(abs); filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if lastParts(dir, 6) == nil {
			return "", false
		}
		if isContentFolder(dir) {
			return dir, true
		}
	}
	return "", false
}

// isContentFolder reports whether a folder could be a content folder by where it lies.
func isContentFolder(dir string) bool {
	parts := lastParts(dir, 6)
	if parts == nil {
		return false
	}
	kind, err := extended.Decode(parts[4])
	if err != nil {
		return false
	}
	_, err = extended.ParseType(kind)
	if typed := err == nil; isPatientFolder(parts) {
		// Below a type that is none, a folder named like a document is one: it is the type that is wrong.
		return typed || strings.Contains(kind, "^") || strings.Count(parts[5], "_") >= 5 && !ssmix2.DataType(kind).Readable()
	} else {
		// A folder in a content folder lies below what could be a type as well.
		return typed && isCareDate(parts[3])
	}
}

// folder gives a content folder, read if it is not the last.
func (e *extendedStorage) folder(path string) *contentFolder {
	if e.last.path != path {
		e.last = e.read(path)
	}
	return &e.last
}

func (e *extendedStorage) lines(f *file) iter.Seq[Line] {
	folder, _ := contentFolderOf(f.path)
	c := e.folder(folder)
	var content *Content
	if c.name.PatientID != "" {
		content = named(c.name.Name)
		content.MediaType = extended.MediaType(f.head)
		content.DataType = printable(content.DataType)
	}
	line := Line{Content: content}
	if content != nil {
		line.Warnings = f.recorded(content)
	}
	if content != nil {
		e.place(&line, folder, c.name.Name, contentName)
	}
	if c.err != nil {
		line.Error = c.err.Error()
		return just(line)
	}
	line.Valid = true
	if i := slices.Index(c.files, below(folder, f.path)); i == c.main {
		content.Kind, content.MessageType = string(c.doc.Kind), c.doc.MessageType
		content.Entries, line.Warnings = entriesOf(c.doc), append(slices.Clone(c.doc.Warnings), line.Warnings...)
		if c.doc.Text != nil {
			content.Title = c.doc.Text.Title
		}
	}
	return just(line)
}

func below(folder, path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(folder, abs)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(rel)
}

func (e *extendedStorage) read(folder string) contentFolder {
	c := contentFolder{path: folder}
	c.name, c.err = extended.ParsePath(strings.Join(lastParts(folder, 6), "/"))
	if c.err != nil {
		return c
	}
	files, done, err := source.ContentFiles(folder)
	if err != nil {
		c.err = err
		return c
	}
	for _, f := range files {
		c.files = append(c.files, f.Name)
	}
	object, err := extended.Read(c.name, extended.Person{ID: c.name.PatientID, Record: e.recordOf(folder)}, files)
	c.doc, c.err = object.Document, errors.Join(err, done())
	c.main = mainFile(object, c.files)
	return c
}

// mainFile finds the file that is the document: the one that is listed as such, else
// the one that is listed as nothing since all of it was read.
func mainFile(o extended.Object, files []string) int {
	listed := make(map[int]bool)
	for i, p := range o.Parts {
		if p.Body != nil {
			continue
		}
		if o.Document.Text != nil && o.Document.Text.Files[i].Main {
			return p.File
		}
		listed[p.File] = true
	}
	first := -1
	for i, name := range files {
		switch {
		case listed[i]:
		case strings.HasPrefix(strings.ToLower(filepath.Base(name)), "main_document."):
			return i
		case first < 0:
			first = i
		}
	}
	return max(first, 0)
}
