package enroll

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/web"
)

// linkPage is the page of a link. It holds nothing that the link's maker knows.
type linkPage struct {
	Method  device.Method
	Problem fault.Key // what stands there instead of how to go on: refused, busy or failed
	Ref     string
}

// Nothing is known of who opens a link, so a page speaks both languages, one below the other.
var (
	languages = []string{"ja", "en"}
	texts     = map[string]map[fault.Key]string{"ja": textsJapanese, "en": textsEnglish}
)

func text(lang string, key fault.Key) (string, error) {
	if s, ok := texts[lang][key]; ok {
		return s, nil
	}
	return "", fmt.Errorf("no text %s in %s", key, lang)
}

// steps are the texts of what is to be done, in order.
func steps(lang string, m device.Method) (out []string) {
	for i := 1; ; i++ {
		s, ok := texts[lang][fault.Key(fmt.Sprintf("%s.step%d", m, i))]
		if !ok {
			return out
		}
		out = append(out, s)
	}
}

var linkTemplate = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"links":     func() web.Links { return web.LinksOf("enroll/terminal") },
	"languages": func() []string { return languages },
	"t":         func(lang string, key any) (string, error) { return text(lang, fault.Key(fmt.Sprint(key))) },
	"steps":     steps,
}).ParseFS(web.Templates, "enroll/terminal/page.html"))

func (s *surface) page(w http.ResponseWriter, r *http.Request, status int, view linkPage) {
	view.Ref = httpserver.Ref(r.Context())
	var body bytes.Buffer
	if err := linkTemplate.Execute(&body, view); err != nil {
		s.refuse(w, r, http.StatusInternalServerError, fmt.Errorf("draw page of link: %w", err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w)
}
