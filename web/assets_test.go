package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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

// The icon needs no build; every page names it.
func TestAssets_icon(t *testing.T) {
	w := httptest.NewRecorder()
	Assets().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/knot.svg", nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("got %d, %v", w.Code, w.Header())
	}
}

func TestAssets_serveWhatPagesLoad(t *testing.T) {
	if !Built() {
		t.Skip("web/dist is not built: npm --prefix web run build")
	}
	for _, page := range []string{"portal/labs", "portal/timeline", "portal/problem", "console/overview", "console/problem"} {
		l := LinksOf(page)
		if l.Script == "" || len(l.Styles) == 0 {
			t.Fatalf("%s loads %+v", page, l)
		}
		for _, link := range append(append(l.Styles, l.Preloads...), l.Script) {
			for _, encoding := range []string{"", "gzip"} {
				r := httptest.NewRequest("GET", link, nil)
				r.URL.Path = strings.TrimPrefix(link, Prefix)
				r.Header.Set("Accept-Encoding", encoding)
				w := httptest.NewRecorder()
				Assets().ServeHTTP(w, r)
				if w.Code != http.StatusOK || w.Header().Get("Content-Encoding") != encoding || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
					t.Errorf("GET %s with %q = %d, %v", link, encoding, w.Code, w.Header())
				}
			}
		}
	}
}
