package inspect

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/gateway/source"
)

const (
	// batch is how many names of a folder are in memory at once.
	batch = 4096
	// maxDepth bounds folders in folders; a storage has seven levels.
	maxDepth = 64
)

var errTooDeep = errors.New("folders are nested too deep, not read")

// folder walks one folder, and tells of a content folder that has no file to be told in.
func (r *run) folder(path string, depth int) error {
	before := r.files
	if err := r.walk(path, depth); err != nil {
		return err
	}
	if r.files > before || !isContentFolder(path) {
		return nil
	}
	return r.content(path)
}

func (r *run) walk(path string, depth int) error {
	if depth > maxDepth {
		return r.fail(path, errTooDeep)
	}
	in, err := os.Open(path)
	if err != nil {
		return r.fail(path, err)
	}
	defer in.Close()
	for {
		entries, err := in.ReadDir(batch)
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		for _, e := range entries {
			if err := r.entry(filepath.Join(path, e.Name()), e, depth); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return r.fail(path, err)
		}
	}
}

func (r *run) content(path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return r.fail(path, err)
	}
	for _, known := range r.recognisers {
		storage, ok := known.(*extendedStorage)
		if !ok {
			continue
		}
		if c := storage.folder(abs); c.err != nil {
			return r.print(path, Line{Format: storage.format(), Error: c.err.Error()}, true)
		}
	}
	return nil
}

// isBeside reports whether a gateway passes over what is called so there.
func isBeside(path, name string) bool {
	if !source.Beside(name, true) {
		return false
	}
	if _, ok := contentFolderOf(path); ok {
		return true
	}
	return source.Beside(name, false) && inPatientFolder(path) > 0
}

func (r *run) entry(path string, e fs.DirEntry, depth int) error {
	switch {
	case r.ctx.Err() != nil:
		return r.ctx.Err()
	case isBeside(path, e.Name()):
		return r.passOver(path)
	case e.IsDir():
		return r.folder(path, depth+1)
	case e.Type().IsRegular():
		return r.file(path, false)
	}
	return r.skip(path, e.Type())
}
