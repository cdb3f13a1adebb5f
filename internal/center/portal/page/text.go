package page

import (
	"encoding/json"
	"fmt"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/wording"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// catalogues holds the texts by language; a test holds both to the same keys.
var catalogues = map[string]map[fault.Key]string{Japanese: textsJapanese, English: textsEnglish}

// known reports whether there is a text of the key.
func known(key fault.Key) bool {
	_, ok := textsJapanese[key]
	return ok
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
	if !strings.Contains(text, "{") {
		return text
	}
	for name, value := range m.Params {
		said := parameter(lang, value)
		text = strings.ReplaceAll(wording.Inflect(text, name, said), "{"+name+"}", said)
	}
	return text
}

// parameter puts a parameter into words.
func parameter(lang string, value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []wire.Field:
		var names []string
		for _, f := range v {
			names = append(names, TextOf(lang, Message{Key: fault.Key("field." + f)}))
		}
		if lang == English {
			return strings.Join(names, ", ")
		}
		return strings.Join(names, "、")
	case []any: // a list of fields that came over the wire as JSON
		var fields []wire.Field
		for _, f := range v {
			fields = append(fields, wire.Field(fmt.Sprint(f)))
		}
		return parameter(lang, fields)
	}
	return fmt.Sprint(value)
}

// scriptTexts gives the texts that scripts use, as JSON.
func scriptTexts(lang string) map[string]string {
	out := map[string]string{}
	for key, text := range catalogues[lang] {
		if name, ok := strings.CutPrefix(string(key), "js."); ok {
			out[name] = text
		}
	}
	return out
}

// jsonOf is for values that the program itself made: they always have a JSON form.
func jsonOf(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(raw)
}
