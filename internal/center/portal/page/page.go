// Package page draws the portal's pages (画面): one view struct per page, the
// html/template files of package web, and the texts in Japanese and English.
//
// A view holds everything that its page shows; templates decide nothing but layout.
// Views for clinical content are built here from [clinical.Document] values, since
// choosing words, order and grouping is presentation. Nothing in this package reads
// a store or talks to anybody.
package page

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"path"

	"mizuhiki.dev/mizuhiki/web"
)

// View is what can be drawn: a whole page or a fragment that a page fetches. All
// implementations stand in this package.
type View interface {
	view() string // folder of its template under web/portal
}

// Languages that the portal speaks.
const (
	Japanese = "ja"
	English  = "en"
)

// Render draws a view in a language ("ja" or "en"; anything else is Japanese). It
// writes nothing if drawing fails, so that the caller can still answer with an error.
func Render(w io.Writer, lang string, v View) error {
	var out bytes.Buffer
	if err := Stream(&out, lang, v); err != nil {
		return err
	}
	_, err := w.Write(out.Bytes())
	return err
}

// Stream draws a view as [Render] does, into w at once: a record of years is not held twice.
// What was written before an error is no page; the caller must break the answer off.
func Stream(w io.Writer, lang string, v View) error {
	if lang != English {
		lang = Japanese
	}
	name := v.view()
	tmpl, ok := templates[lang][name]
	if !ok {
		return fmt.Errorf("page: no template for %s", name)
	}
	if err := tmpl.Execute(w, v); err != nil {
		return fmt.Errorf("page: draw %s: %w", name, err)
	}
	return nil
}

// fragments are drawn without the frame around them.
var fragments = map[string]bool{"part": true, "items": true, "lockcard": true}

// framed are the pages; the list is what the tests hold against the folders of web/portal.
var framed = []string{
	"signin", "setup", "lock", "stepup", "account", "passkey", "password", "welcome", "problem", "patients", "register", "links",
	"timeline", "medications", "labs", "conditions", "encounters", "notes", "exams", "vitals",
	"users", "grants", "sessions", "release", "log", "devices", "recoveries",
}

// templates holds every template by language and name. They are part of the program,
// so an error in one is a programmer's and ends the start.
var templates = map[string]map[string]*template.Template{
	Japanese: mustParse(Japanese),
	English:  mustParse(English),
}

func mustParse(lang string) map[string]*template.Template {
	set := map[string]*template.Template{}
	shared := template.Must(template.New("shared").Funcs(funcs(lang)).ParseFS(web.Templates, "portal/shell/*.html", "portal/content/*.html"))
	parse := func(name string) *template.Template {
		t := template.Must(shared.Clone()).Funcs(template.FuncMap{
			"pageName": func() string { return name },
			"links":    func() web.Links { return web.LinksOf(path.Join("portal", name)) },
		})
		template.Must(t.ParseFS(web.Templates, path.Join("portal", name, "page.html")))
		if fragments[name] {
			return t.Lookup("fragment")
		}
		return t.Lookup("frame")
	}
	for _, name := range framed {
		set[name] = parse(name)
	}
	for name := range fragments {
		set[name] = parse(name)
	}
	return set
}
