package inspect

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	// batch is how many names of a folder are in memory at once.
	batch = 4096
	// maxDepth bounds folders in folders; a storage has seven levels.
	maxDepth = 64
)

var errTooDeep = errors.New("folders are nested too deep, not read")

// folder walks one folder.
func (r *run) folder(path string, depth int) error {
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

func (r *run) entry(path string, e fs.DirEntry, depth int) error {
	switch {
	case r.ctx.Err() != nil:
		return r.ctx.Err()
	case e.IsDir():
		return r.folder(path, depth+1)
	case e.Type().IsRegular():
		return r.file(path, false)
	}
	return r.skip(path, e.Type())
}
