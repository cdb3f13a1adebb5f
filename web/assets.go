package web

import (
	"encoding/json"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

// Prefix is the path under which [Assets] is served.
const Prefix = "/assets/"

// chunk is one entry of Vite's manifest.
type chunk struct {
	File    string   `json:"file"`
	CSS     []string `json:"css"`
	Imports []string `json:"imports"`
}

var manifest = sync.OnceValue(func() map[string]chunk {
	raw, err := fs.ReadFile(dist, "dist/.vite/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var m map[string]chunk
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err != nil {
		panic("web: manifest of the build: " + err.Error()) // embedded: a broken build, not input
	}
	return m
})

// Built reports whether scripts and styles were built into the program.
func Built() bool { return manifest() != nil }

// Links is what a page loads.
type Links struct {
	Styles   []string // stylesheets in order
	Script   string   // the module to run; empty if nothing was built
	Preloads []string // modules that the script imports at once
}

// LinksOf gives what the page of a folder of portal loads. A page without a script of
// its own has that of the shell.
func LinksOf(page string) Links {
	m := manifest()
	entry := "portal/" + page + "/page.ts"
	if _, ok := m[entry]; !ok {
		entry = "portal/shell/page.ts"
	}
	c, ok := m[entry]
	if !ok {
		return Links{}
	}
	var l Links
	seen := map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, i := range m[name].Imports {
			follow(i)
			if f := Prefix + m[i].File; !seen[f] {
				seen[f] = true
				l.Preloads = append(l.Preloads, f)
			}
		}
		for _, s := range m[name].CSS {
			if !seen[s] {
				seen[s] = true
				l.Styles = append(l.Styles, Prefix+s)
			}
		}
	}
	follow(entry)
	l.Script = Prefix + c.File
	return l
}

// Assets serves the built files; the caller takes [Prefix] off the path. Their names change with their content,
// so browsers keep them for good; compressed copies that the build made are sent to
// whoever takes them.
func Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" || strings.HasPrefix(name, ".") || !fs.ValidPath(name) || strings.HasSuffix(name, ".gz") {
			http.NotFound(w, r)
			return
		}
		body, err := fs.ReadFile(dist, path.Join("dist", name))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		if t := mime.TypeByExtension(path.Ext(name)); t != "" {
			h.Set("Content-Type", t)
		}
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		if packed, err := fs.ReadFile(dist, path.Join("dist", name+".gz")); err == nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = packed
		}
		w.Write(body)
	})
}
