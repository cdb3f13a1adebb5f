package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
)

// chunk is one entry of Vite's manifest.
type chunk struct {
	File    string   `json:"file"`
	CSS     []string `json:"css"`
	Assets  []string `json:"assets"`
	Imports []string `json:"imports"`
}

// build is what `npm run build` left behind: its files and which of them belong to what.
// The zero manifest is that of a tree that was never built.
type build struct {
	files    fs.FS
	manifest map[string]chunk
}

// layers are folders seen as one. What is in several of them is the same in each.
type layers []fs.FS

func (l layers) Open(name string) (fs.File, error) {
	for _, layer := range l {
		if f, err := layer.Open(name); !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// readBuild reads the manifest of a build; files without one were never built.
func readBuild(files fs.FS) (build, error) {
	b := build{files: files}
	raw, err := fs.ReadFile(files, ".vite/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &b.manifest)
	}
	if err != nil {
		return b, fmt.Errorf("web: manifest of the build: %w", err)
	}
	return b, nil
}

// embedded is the build that was compiled in. What is broken there was broken when the
// program was made, so nothing but a new build helps.
var embedded = sync.OnceValue(func() build {
	var files layers
	for dir, in := range map[string]fs.FS{"dist": dist, "public": public} {
		layer, err := fs.Sub(in, dir)
		if err != nil {
			panic(err)
		}
		files = append(files, layer)
	}
	b, err := readBuild(files)
	if err != nil {
		panic(err)
	}
	return b
})

// Built reports whether scripts and styles were built into the program.
func Built() bool { return embedded().manifest != nil }

// Links is what a page loads.
type Links struct {
	Styles   []string // stylesheets in order
	Script   string   // the module to run; empty if nothing was built
	Preloads []string // modules that the script imports at once
}

// LinksOf gives what the page of a folder, such as portal/labs, loads. A page without a
// script of its own has that of its surface's shell.
func LinksOf(folder string) Links { return embedded().links(folder) }

func (b build) links(folder string) Links {
	entry := folder + "/page.ts"
	if _, ok := b.manifest[entry]; !ok {
		entry = path.Dir(folder) + "/shell/page.ts"
	}
	c, ok := b.manifest[entry]
	if !ok {
		return Links{}
	}
	l := Links{Script: Prefix + c.File}
	seen := map[string]bool{c.File: true}
	add := func(to *[]string, file string) {
		if !seen[file] {
			seen[file] = true
			*to = append(*to, Prefix+file)
		}
	}
	visited := map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		if visited[name] {
			return
		}
		visited[name] = true
		// What is imported comes first: its styles are the ground on which a page's own stand.
		for _, i := range b.manifest[name].Imports {
			follow(i)
			add(&l.Preloads, b.manifest[i].File)
		}
		for _, s := range b.manifest[name].CSS {
			add(&l.Styles, s)
		}
	}
	follow(entry)
	return l
}

// hashed tells the files whose names change with their content.
func (b build) hashed() map[string]bool {
	names := map[string]bool{}
	for _, c := range b.manifest {
		names[c.File] = true
		for _, f := range c.CSS {
			names[f] = true
		}
		for _, f := range c.Assets {
			names[f] = true
		}
	}
	return names
}
