package page

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/qrcode"
	"mizuhiki.dev/mizuhiki/internal/wire"
	"mizuhiki.dev/mizuhiki/web"
)

// funcs are the words that templates speak in a language. Those that name the page
// are replaced page by page.
func funcs(lang string) template.FuncMap {
	p := phrases{lang}
	return template.FuncMap{
		"lang": func() string { return lang }, "isJapanese": func() bool { return lang == Japanese },
		"pageName": func() string { return "" }, "links": func() web.Links { return web.Links{} },
		// Pages have fields of their own by the names of the shell's: the frame asks for the shell itself.
		"shellOf":     func(v interface{ shell() Shell }) Shell { return v.shell() },
		"scriptTexts": func() map[string]string { return scriptTexts(lang) },
		"spans":       Spans,

		"t": p.text, "tk": p.named, "msg": func(m Message) string { return TextOf(lang, m) },
		"fields": func(f []wire.Field) string { return parameter(lang, f) },

		"isoDay": isoDay, "day": day, "date": p.date, "both": p.both, "wareki": wareki.Date.Wareki, "age": p.age, "weekday": p.weekday,
		"when": p.when, "clock": clock, "moment": moment, "second": second, "micros": micros, "hhmm": hhmm, "today": wareki.On,
		"columnHead": p.columnHead, "sourceTime": p.sourceTime, "unreadable": p.unreadable,

		"icon": icon, "qr": qrcode.SVG, "readings": readings, "hiragana": kana.ToHiragana,
		"markTitle": p.markTitle, "markIcon": func(m Mark) string { return iconOf(m.Kind, m.Event) },
		"itemIcon":  func(it TimelineItem) string { return iconOf(it.Kind, it.Event) },
		"requested": requested, "specimenOf": specimenOf, "titleIn": p.titleIn,
		"entries": p.entries, "docs": docs, "docOf": func(it TimelineItem) string { return docs([]TimelineItem{it}) },
		"allergyMissing": allergyMissing, "cell": p.cell, "filesOf": filesOf,
		"hasRole": func(u account.User, r access.Role) bool { return slices.Contains(u.Roles, r) },
		"inRoles": func(rs []access.Role, r access.Role) bool { return slices.Contains(rs, r) },

		"oddNumber": oddNumber, "who": p.who,

		"field": field, "invalid": invalid, "dict": dict, "list": func(s ...string) []string { return s }, "inc": func(i int) int { return i + 1 },
	}
}

// phrases makes the texts of templates in one language.
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

// named gives the word of a value of an enumeration: named "sex" M.
func (p phrases) named(group string, value any) string {
	return TextOf(p.lang, Message{Key: fault.Key(group + "." + fmt.Sprint(value))})
}

// oddNumber reports whether a patient number is stored otherwise than one is read today,
// see [ident.TypedPatientID].
func oddNumber(id ident.LocalPatientID) bool {
	read, ok := ident.TypedPatientID(string(id))
	return !ok || read != id
}

// commandLine is how the log names who worked at the server itself, see internal/setup.
const commandLine = "command line"

// who names who did something: a person, or whoever ran a command of the server.
func (p phrases) who(name string) string {
	user, ok := strings.CutPrefix(name, commandLine)
	switch {
	case !ok:
		return name
	case user == "":
		return TextOf(p.lang, Message{Key: "log.command"})
	}
	user, ok = strings.CutPrefix(user, " of ")
	if !ok {
		return name
	}
	return TextOf(p.lang, Message{Key: "log.command_of", Params: map[string]any{"user": user}})
}

// isoDay shows a day YYYY-MM-DD as 2026/11/02.
func isoDay(d string) string { return strings.ReplaceAll(d, "-", "/") }

// day shows a day of any kind as 2026/11/02.
func day(v any) string {
	switch d := v.(type) {
	case wareki.Date:
		return compactDay(d.Compact())
	case string:
		return compactDay(d)
	}
	return fmt.Sprint(v)
}

// date shows the day of an instant in Japan.
func (p phrases) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return day(wareki.On(t))
}

// both shows a birth date in both calendars; in English the era follows.
func (p phrases) both(d wareki.Date) string {
	if d.IsZero() {
		return ""
	}
	if p.lang == English {
		return d.English() + " (" + d.Wareki() + ")"
	}
	return d.Wareki() + "(" + d.Western() + ")"
}

// age is reckoned in Japan at an instant.
func (p phrases) age(born wareki.Date, now time.Time) string {
	if p.lang == English {
		return born.AgeEnglish(wareki.On(now))
	}
	return born.AgeText(wareki.On(now))
}

func (p phrases) weekday(d wareki.Date) string {
	return p.named("weekday", int(weekday(d)))
}

var japan = time.FixedZone("JST", 9*60*60)

func clock(t time.Time) string { return format(t, "15:04") }

func moment(t time.Time) string { return format(t, "2006/01/02 15:04") }

func second(t time.Time) string { return format(t, "2006/01/02 15:04:05") }

func micros(us int64) string { return moment(time.UnixMicro(us)) }

func format(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.In(japan).Format(layout)
}

// when shows an instant as short as its distance from now allows: 14:02 today, else with its day.
func (p phrases) when(t, now time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case wareki.On(t) == wareki.On(now):
		return clock(t)
	case t.In(japan).Year() == now.In(japan).Year():
		return format(t, "1/2 15:04")
	}
	return moment(t)
}

// hhmm shows HHMM as 08:30.
func hhmm(s string) string {
	if len(s) < 4 {
		return s
	}
	return s[:2] + ":" + s[2:4]
}

func (p phrases) columnHead(grain string, c Column) string {
	if grain == "month" || grain == "quarter" {
		return TextOf(p.lang, Message{Key: fault.Key("head." + grain), Params: map[string]any{"m": c.Head}})
	}
	return c.Head
}

// sourceTime says of when a source's data are.
func (p phrases) sourceTime(s Source, now time.Time) string {
	say := func(key fault.Key, t time.Time) string {
		return TextOf(p.lang, Message{Key: key, Params: map[string]any{"time": p.when(t, now)}})
	}
	switch {
	case s.State == SourceUnshared:
		return ""
	case s.State == SourceSilent && !s.LastAnswer.IsZero():
		return say("source.last", s.LastAnswer)
	case s.State == SourceSilent:
		return TextOf(p.lang, Message{Key: "source.never_answered"})
	case !s.FetchedAt.IsZero():
		return say("source.at", s.FetchedAt)
	}
	return TextOf(p.lang, Message{Key: "source.never"})
}

// unreadable says of which kinds there are documents that cannot be read.
func (p phrases) unreadable(counts []wire.KindCount) string {
	var of []string
	for _, c := range counts {
		kind := p.named("source", "unreadable_unknown")
		if c.Kind != "" {
			kind = p.named("kind_short", c.Kind)
		}
		of = append(of, TextOf(p.lang, Message{Key: "source.unreadable_of", Params: map[string]any{"kind": kind, "n": c.Files}}))
	}
	return strings.Join(of, TextOf(p.lang, Message{Key: "account.and"}))
}

// markTitle says in words what a mark of the calendar shows in shapes.
func (p phrases) markTitle(m Mark) string {
	days := day(m.From())
	if m.From() != m.To() {
		days += " – " + day(m.To())
	}
	kind := p.named("kind", m.Kind)
	if m.Event != "" {
		kind = p.named("event", m.Event)
	}
	if m.Ordered {
		kind += " " + TextOf(p.lang, Message{Key: "exam.ordered"})
	}
	title := TextOf(p.lang, Message{Key: "timeline.mark_title", Params: map[string]any{
		"facility": m.Facility.Name, "kind": kind, "n": len(m.Items), "days": days,
	}})
	if m.Abnormal {
		title += " " + TextOf(p.lang, Message{Key: "timeline.mark_abnormal"})
	}
	return title
}

func (p phrases) entries(it TimelineItem) string {
	return TextOf(p.lang, Message{Key: fault.Key("entries." + string(it.Kind)), Params: map[string]any{"n": it.Entries}})
}

// cell says what a cell of the release matrix means.
func (p phrases) cell(c access.Cell) string {
	switch {
	case !c.Allowed:
		return p.named("release", "withheld")
	case c.DelayDays > 0:
		return TextOf(p.lang, Message{Key: "release.after", Params: map[string]any{"n": c.DelayDays}})
	}
	return p.named("release", "open")
}

// icon shows a symbol of the sprite. The name is part of a template or of an enumeration.
func icon(name string) template.HTML {
	return template.HTML(`<svg class="i" aria-hidden="true"><use href="#i-` + template.HTMLEscapeString(name) + `"/></svg>`)
}

// iconOf chooses the shape: within encounters it shows what happened.
func iconOf(k clinical.Kind, e clinical.EncounterEvent) string {
	switch e {
	case clinical.EventAdmission, clinical.EventTransfer, clinical.EventReturn:
		return "admission"
	case clinical.EventDischarge, clinical.EventLeave:
		return "discharge"
	}
	return string(k)
}

// doc is what the filter on the page needs of a document.
type doc struct {
	Department string `json:"d,omitempty"`
	Abnormal   bool   `json:"a,omitempty"`
	Kind       string `json:"k"`
	Facility   string `json:"f"`
	Ordered    bool   `json:"o,omitempty"`
}

func docs(items []TimelineItem) string {
	out := make([]doc, 0, len(items))
	for _, it := range items {
		out = append(out, doc{it.DepartmentCode, it.Abnormal, string(it.Kind), string(it.Facility.ID), requested(it)})
	}
	return jsonOf(out)
}

// filesOf is the beginning of the addresses of a document's files.
func filesOf(person ident.PersonID, f ident.FacilityID, item ident.ItemID) string {
	return fmt.Sprintf("/patients/%s/files/%s/%s/", person, f, item)
}

// allergyMissing lists the facilities from which no allergies will come on this page.
func allergyMissing(p Patient) []Facility {
	var out []Facility
	for _, s := range p.Sources {
		if !s.Shares(clinical.KindAllergy) {
			out = append(out, s.Facility)
		}
	}
	return out
}

// reading is a piece of a name with its furigana, empty where they cannot be matched.
type reading struct{ Text, Reading string }

// readings matches name and kana word by word; if they have a different number of words
// the whole reading stands over the whole name.
func readings(name, kanaName string) []reading {
	words, sounds := strings.Fields(name), strings.Fields(kana.ToHiragana(kanaName))
	if len(words) != len(sounds) {
		return []reading{{name, strings.Join(sounds, " ")}}
	}
	out := make([]reading, len(words))
	for i := range words {
		out[i] = reading{words[i], sounds[i]}
	}
	return out
}

// fieldError is the error of one field, for the template of that name.
type fieldError struct {
	Name    string
	Message *Message
}

func field(errors Errors, name string) fieldError {
	if m, ok := errors[name]; ok && m.Key != "" {
		if name == "" {
			name = "form"
		}
		return fieldError{name, &m}
	}
	return fieldError{Name: name}
}

// invalid marks a field that has an error. The error's text and the hints by the given
// ids describe the field.
func invalid(errors Errors, name string, hints ...string) template.HTMLAttr {
	attr := ""
	if m, ok := errors[name]; ok && m.Key != "" {
		attr = ` aria-invalid="true"`
		hints = append([]string{name + "-error"}, hints...)
	}
	if len(hints) > 0 {
		attr += ` aria-describedby="` + strings.Join(hints, " ") + `"`
	}
	return template.HTMLAttr(attr)
}

// dict passes several values to a template.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: values come in pairs")
	}
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		out[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return out, nil
}

// requested reports whether an item is what was ordered. Without the word a day shows the
// same row twice.
func requested(it TimelineItem) bool { return ordersOnly(it.Kind, it.DataType) }

// ordersOnly reports whether documents of a data type say what was ordered, of a kind for
// which what came of it is a document of its own: SS-MIX2 numbers requests from 01 and
// results from 11 (OML-01 and OML-11).
func ordersOnly(kind clinical.Kind, dataType string) bool {
	switch kind {
	case clinical.KindLab, clinical.KindInjection, clinical.KindImaging, clinical.KindEndoscopy, clinical.KindPhysiology:
		_, number, _ := strings.Cut(dataType, "-")
		return strings.HasPrefix(number, "0")
	}
	return false
}
