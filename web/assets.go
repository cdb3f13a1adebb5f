package web

import (
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Prefix is the path under which [Assets] is served.
const Prefix = "/assets/"

// types are those of what a build makes. The table of the host is not asked: one that
// calls scripts by another name leaves every page dead under nosniff.
var types = map[string]string{
	".bcmap": "application/octet-stream", // tables of characters for PDF
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".mjs":   "text/javascript; charset=utf-8",
	".pfb":   "application/octet-stream", // fonts for PDF
	".svg":   "image/svg+xml",
	".ttf":   "font/ttf",
	".woff2": "font/woff2",
}

// Assets serves the built files; the caller takes [Prefix] off the path. Names that
// change with their content are kept by browsers for good, the few others for an hour.
// Whoever takes gzip gets the copy that the build compressed. Everything that is not a
// file of a known type is not found, folders and the manifest among it.
func Assets() http.Handler { return embedded().assets() }

func (b build) assets() http.Handler {
	hashed := b.hashed()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		kind, known := types[path.Ext(name)]
		if !known || strings.HasPrefix(name, ".") || !fs.ValidPath(name) {
			http.NotFound(w, r)
			return
		}
		body, err := fs.ReadFile(b.files, name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Vary", "Accept-Encoding")
		h.Set("Cache-Control", "public, max-age=3600")
		if hashed[name] {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		if packed, err := fs.ReadFile(b.files, name+".gz"); err == nil && takesGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = packed
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	})
}

// takesGzip reads as much of Accept-Encoding as matters here: gzip named and not refused.
func takesGzip(accept string) bool {
	for _, coding := range strings.Split(accept, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		_, q, weighted := strings.Cut(weight, "=")
		if !weighted {
			return true
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		return err == nil && value > 0
	}
	return false
}
