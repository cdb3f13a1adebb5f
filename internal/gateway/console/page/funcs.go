package page

import (
	"fmt"
	"html/template"
	"maps"
	"strconv"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/platform/qrcode"
	"mizuhiki.dev/mizuhiki/internal/platform/wording"
	"mizuhiki.dev/mizuhiki/internal/wire"
	"mizuhiki.dev/mizuhiki/web"
)

var catalogues = map[string]map[fault.Key]string{Japanese: textsJapanese, English: textsEnglish}

// The texts of deciding on kept messages stand in files of their own.
func init() {
	maps.Copy(textsJapanese, keptJapanese)
	maps.Copy(textsEnglish, keptEnglish)
}

// TextOf gives a message in a language. A key that nobody knows shows itself in
// brackets: better than silence, and the tests look for the brackets.
func TextOf(lang string, m Message) string {
	catalogue, ok := catalogues[lang]
	if !ok {
		catalogue = textsJapanese
	}
	text, ok := catalogue[m.Key]
	if !ok {
		return "⟦" + string(m.Key) + "⟧"
	}
	for name, value := range m.Params {
		said := words(lang, value)
		text = strings.ReplaceAll(wording.Inflect(text, name, said), "{"+name+"}", said)
	}
	return text
}

// words puts a parameter or a fact into words.
func words(lang string, value any) string {
	p := phrases{lang}
	switch v := value.(type) {
	case string:
		return v
	case int:
		return count(v)
	case int64:
		return count(int(v))
	case time.Time:
		return p.ago(v)
	case time.Duration:
		return p.duration(v)
	case fault.Key:
		return TextOf(lang, Message{Key: v})
	case []wire.Field:
		var names []string
		for _, f := range v {
			names = append(names, p.named("field", f))
		}
		if lang == English {
			return strings.Join(names, ", ")
		}
		return strings.Join(names, "・")
	}
	return fmt.Sprint(value)
}

// funcs are the words that templates speak in a language.
func funcs(lang string) template.FuncMap {
	p := phrases{lang}
	return template.FuncMap{
		"lang": func() string { return lang }, "isJapanese": func() bool { return lang == Japanese },
		"pageName": func() string { return "" }, "links": func() web.Links { return web.Links{} },
		"from": p.from, "effect": p.effect, "careDay": careDay,
		"shellOf":     func(v interface{ shell() Shell }) Shell { return v.shell() },
		"scriptTexts": func() map[string]string { return map[string]string{} },

		"t": p.text, "tk": p.named, "msg": func(m Message) string { return TextOf(lang, m) },
		"value": func(v any) string { return words(lang, v) }, "count": count, "bytes": bytesText, "percent": percent,
		"moment": moment, "second": second, "day": dayText, "ago": p.ago, "duration": p.duration, "left": p.left,
		"reason": func(r index.Reason) string { return r.Text(lang) }, "advice": p.advice,
		"remark":       func(k clinical.RemarkKind) string { return p.remark("remark", k) },
		"remarkAdvice": func(k clinical.RemarkKind) string { return p.remark("amend", k) },
		"whyKept":      func(r kept.Reason) string { return r.Text(lang) },
		"finding":      p.finding, "findings": health.Snapshot.Findings, "toDo": health.ToDo, "notices": func(list []health.Finding) int { return len(list) - health.ToDo(list) }, "cause": p.cause,
		"icon": icon, "qr": qrcode.SVG, "inc": func(i int) int { return i + 1 },
		"field": field, "invalid": invalid,
	}
}

type phrases struct{ lang string }

// text gives the text of a key with parameters as name, value pairs.
func (p phrases) text(key string, pairs ...any) (string, error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("text %s: parameters come in pairs", key)
	}
	params := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		params[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return TextOf(p.lang, Message{Key: fault.Key(key), Params: params}), nil
}

// named gives the word of a value of an enumeration: named "state" up.
func (p phrases) named(group string, value any) string {
	return TextOf(p.lang, Message{Key: fault.Key(group + "." + fmt.Sprint(value))})
}

// finding says what is, or with "advice" what to do about it.
func (p phrases) finding(group string, f health.Finding) string {
	return TextOf(p.lang, Message{Key: fault.Key(group + "." + string(f.Key)), Params: f.Params})
}

// advice says what to do about files of a reason; nothing for one of another version of the program.
func (p phrases) advice(r index.Reason) string {
	if _, ok := textsJapanese["mend."+fault.Key(r)]; !ok {
		return ""
	}
	return p.named("mend", r)
}

var japan = time.FixedZone("JST", 9*60*60)

func moment(t time.Time) string { return format(t, "2006/01/02 15:04") }

func second(t time.Time) string { return format(t, "2006/01/02 15:04:05") }

func dayText(t time.Time) string { return format(t, "01/02") }

func format(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.In(japan).Format(layout)
}

func (p phrases) ago(t time.Time) string {
	if t.IsZero() {
		return p.named("time", "never")
	}
	return second(t)
}

// duration says how long something takes, in the one unit that matters.
func (p phrases) duration(d time.Duration) string {
	unit, n := "seconds", int(d/time.Second)
	switch {
	case d >= 48*time.Hour:
		unit, n = "days", int(d/(24*time.Hour))
	case d >= 2*time.Hour:
		unit, n = "hours", int(d/time.Hour)
	case d >= 2*time.Minute:
		unit, n = "minutes", int(d/time.Minute)
	}
	return TextOf(p.lang, Message{Key: fault.Key("time." + unit), Params: map[string]any{"n": n}})
}

// left says how long it is until t.
func (p phrases) left(t, now time.Time) string {
	if !t.After(now) {
		return p.named("time", "over")
	}
	return TextOf(p.lang, Message{Key: "time.left", Params: map[string]any{"time": p.duration(t.Sub(now))}})
}

// count writes a number in groups of three.
func count(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// bytesText writes a size as an operating system does.
func bytesText(n uint64) string {
	units := []string{"B", "KB", "MB", "GB", "TB", "PB"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if v >= 100 || i == 0 {
		return fmt.Sprintf("%.0f %s", v, units[i])
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}

func percent(part, whole uint64) int {
	if whole == 0 {
		return 0
	}
	return int(part * 100 / whole)
}

// icon shows a symbol of the sprite. The name is part of a template or of an enumeration.
func icon(name string) template.HTML {
	return template.HTML(`<svg class="i" aria-hidden="true"><use href="#i-` + template.HTMLEscapeString(name) + `"/></svg>`)
}

// fieldError is the error of one field, for the template of that name.
type fieldError struct {
	Name    string
	Message *Message
}

func field(errors Errors, name string) fieldError {
	if m, ok := errors[name]; ok {
		return fieldError{name, &m}
	}
	return fieldError{Name: name}
}

// invalid marks a field that has an error. The error's text and the hints by the given
// ids describe the field.
func invalid(errors Errors, name string, hints ...string) template.HTMLAttr {
	attr := ""
	if _, ok := errors[name]; ok {
		attr = ` aria-invalid="true"`
		hints = append([]string{name + "-error"}, hints...)
	}
	if len(hints) > 0 {
		attr += ` aria-describedby="` + strings.Join(hints, " ") + `"`
	}
	return template.HTMLAttr(attr)
}
