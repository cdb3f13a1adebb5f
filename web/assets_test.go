package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAssets_refuse(t *testing.T) {
	for _, path := range []string{"", ".keep", ".vite/manifest.json", "../embed.go", "no-such.js", "portal/shell/page.html"} {
		t.Run(path, func(t *testing.T) {
			r := httptest.NewRequest("GET", "http://portal/x", nil)
			r.URL.Path = path
			w := httptest.NewRecorder()
			Assets().ServeHTTP(w, r)
			if w.Code != http.StatusNotFound {
				t.Errorf("GET %q = %d, want 404", path, w.Code)
			}
		})
	}
}

func TestAssets_serveWhatPagesLoad(t *testing.T) {
	if !Built() {
		t.Skip("web/dist is not built: npm --prefix web run build")
	}
	for _, page := range []string{"labs", "timeline", "problem"} {
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
