package web

import (
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
		"a page with a script of its own": {"portal/labs", Links{
			Styles:   []string{"/assets/shell-1.css", "/assets/labs-1.css"},
			Script:   "/assets/labs-1.js",
			Preloads: []string{"/assets/shell-1.js", "/assets/shared-1.js"},
		}},
		"a page without": {"portal/problem", Links{Styles: []string{"/assets/shell-1.css"}, Script: "/assets/shell-1.js"}},
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
	if diff := cmp.Diff(Links{}, never.links("portal/labs")); diff != "" {
		t.Errorf("links of what was never built (-want +got):\n%s", diff)
	}
	_, err = readBuild(fstest.MapFS{".vite/manifest.json": {Data: []byte("{")}})
	if err == nil || !strings.Contains(err.Error(), "manifest") {
		t.Errorf("a broken manifest: got %v, want an error that names it", err)
	}
}
