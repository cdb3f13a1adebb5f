// Package page draws the pages of a gateway's console (ゲートウェイ管理画面): one view struct
// per page, the html/template files of package web, and the texts in Japanese and English.
//
// A view holds everything that its page shows, and no view has a place for a patient's
// name: patient IDs, as folders of the storage have them, are all that is ever shown.
// The frame, its styles and its parts are the portal's.
package page

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"path"

	"mizuhiki.dev/mizuhiki/web"
)

// View is what can be drawn. All implementations stand in this package.
type View interface {
	view() string // folder of its template under web/console
}

// Languages that the console speaks.
const (
	Japanese = "ja"
	English  = "en"
)

// Render draws a view in a language ("en"; anything else is Japanese). It writes nothing
// if drawing fails, so that the caller can still answer with an error.
func Render(w io.Writer, lang string, v View) error {
	if lang != English {
		lang = Japanese
	}
	tmpl, ok := templates[lang][v.view()]
	if !ok {
		return fmt.Errorf("console page: no template for %s", v.view())
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, v); err != nil {
		return fmt.Errorf("console page: draw %s: %w", v.view(), err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// framed are the whole pages; the list is what the tests hold against the folders of web/console.
var framed = []string{"signin", "password", "factor", "overview", "files", "remarks", "suspended", "messages", "review", "dismissed", "stepup", "activity", "problem"}

// live is the part of the overview that follows by itself.
const live = "live"

// templates holds every template by language and name. They are part of the program, so
// an error in one is a programmer's and ends the start.
var templates = map[string]map[string]*template.Template{
	Japanese: mustParse(Japanese),
	English:  mustParse(English),
}

func mustParse(lang string) map[string]*template.Template {
	shared := template.Must(template.New("shared").Funcs(funcs(lang)).ParseFS(web.Templates,
		"portal/shell/page.html", "portal/shell/sprite.html", "console/shell/*.html"))
	parse := func(name string) *template.Template {
		t := template.Must(shared.Clone()).Funcs(template.FuncMap{
			"pageName": func() string { return name },
			"links":    func() web.Links { return web.LinksOf(path.Join("console", name)) },
		})
		return template.Must(t.ParseFS(web.Templates, path.Join("console", name, "page.html")))
	}
	set := map[string]*template.Template{live: parse("overview").Lookup("main")}
	for _, name := range framed {
		set[name] = parse(name).Lookup("frame")
	}
	return set
}
