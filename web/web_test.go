package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const manifest = `{
	"_shared-1.js": {"file": "shared-1.js", "imports": ["portal/shell/page.ts"]},
	"portal/shell/page.ts": {"file": "shell-1.js", "css": ["shell-1.css"]},
	"portal/labs/page.ts": {"file": "labs-1.js", "imports": ["portal/shell/page.ts", "_shared-1.js"], "css": ["labs-1.css"], "assets": ["font-1.woff2"]}
}`

func built(t *testing.T) build {
	t.Helper()
	b, err := readBuild(fstest.MapFS{
		".vite/manifest.json": {Data: []byte(manifest)},
		".keep":               {},
		"labs-1.js":           {Data: []byte("script")},
		"labs-1.js.gz":        {Data: []byte("packed")},
		"labs-1.css":          {Data: []byte("style")},
		"font-1.woff2":        {Data: []byte("font")},
		"knot.svg":            {Data: []byte("<svg/>")},
		"folder.js/x.js":      {Data: []byte("inner")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLinks(t *testing.T) {
	tests := map[string]struct {
		page string
		want Links
	}{
		"a page with a script of its own": {"labs", Links{
			Styles:   []string{"/assets/shell-1.css", "/assets/labs-1.css"},
			Script:   "/assets/labs-1.js",
			Preloads: []string{"/assets/shell-1.js", "/assets/shared-1.js"},
		}},
		"a page without": {"problem", Links{Styles: []string{"/assets/shell-1.css"}, Script: "/assets/shell-1.js"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, built(t).links(tt.page)); diff != "" {
				t.Errorf("links (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadBuild(t *testing.T) {
	never, err := readBuild(fstest.MapFS{".keep": {}})
	if err != nil {
		t.Fatalf("a tree that was never built: %v", err)
	}
	if diff := cmp.Diff(Links{}, never.links("labs")); diff != "" {
		t.Errorf("links of what was never built (-want +got):\n%s", diff)
	}
	_, err = readBuild(fstest.MapFS{".vite/manifest.json": {Data: []byte("{")}})
	if err == nil || !strings.Contains(err.Error(), "manifest") {
		t.Errorf("a broken manifest: got %v, want an error that names it", err)
	}
}

func TestAssets(t *testing.T) {
	const forGood, anHour = "public, max-age=31536000, immutable", "public, max-age=3600"
	tests := map[string]struct {
		path, accept         string
		status               int
		kind, cache, packing string
		body                 string
	}{
		"a script":                   {"/labs-1.js", "", 200, "text/javascript; charset=utf-8", forGood, "", "script"},
		"a script, packed":           {"/labs-1.js", "br, gzip", 200, "text/javascript; charset=utf-8", forGood, "gzip", "packed"},
		"packing by weight":          {"/labs-1.js", "GZIP; q=0.5", 200, "text/javascript; charset=utf-8", forGood, "gzip", "packed"},
		"packing refused":            {"/labs-1.js", "gzip;q=0", 200, "text/javascript; charset=utf-8", forGood, "", "script"},
		"a style without packed one": {"/labs-1.css", "gzip", 200, "text/css; charset=utf-8", forGood, "", "style"},
		"a font":                     {"/font-1.woff2", "", 200, "font/woff2", forGood, "", "font"},
		"a name that stays":          {"/knot.svg", "", 200, "image/svg+xml", anHour, "", "<svg/>"},
		"nothing of that name":       {path: "/labs-2.js", status: 404},
		"the list of files":          {path: "/", status: 404},
		"a folder":                   {path: "/folder.js", status: 404},
		"the packed file itself":     {path: "/labs-1.js.gz", status: 404},
		"the manifest":               {path: "/.vite/manifest.json", status: 404},
		"the keep-file":              {path: "/.keep", status: 404},
		"out of the folder":          {path: "/../embed.js", status: 404},
		"a script behind a dot":      {path: "/.vite/x.js", status: 404},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.URL.Path = tt.path
			r.Header.Set("Accept-Encoding", tt.accept)
			w := httptest.NewRecorder()
			built(t).assets().ServeHTTP(w, r)
			got := w.Result()
			if got.StatusCode != tt.status {
				t.Fatalf("status: got %d, want %d", got.StatusCode, tt.status)
			}
			if tt.status != http.StatusOK {
				return
			}
			body, err := io.ReadAll(got.Body)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{tt.kind, tt.cache, tt.packing, tt.body}
			have := []string{got.Header.Get("Content-Type"), got.Header.Get("Cache-Control"), got.Header.Get("Content-Encoding"), string(body)}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("type, cache, packing, body (-want +got):\n%s", diff)
			}
		})
	}
}

// Every file that the pages of the real build name is there; a tree that was never built
// names none.
func TestAssets_ofTheBuild(t *testing.T) {
	b := embedded()
	if b.manifest == nil {
		t.Log("nothing was built: `npm run build` in web")
	}
	serve := b.assets()
	for file := range b.hashed() {
		w := httptest.NewRecorder()
		serve.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+file, nil))
		if w.Code != http.StatusOK {
			t.Errorf("%s: got %d, want 200", file, w.Code)
		}
	}
}
