package page

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jcode"
)

// words puts codes of documents into words of one language.
type words struct{ lang string }

func wordsOf(lang string) words { return words{lang} }

// department gives a department code in words; what is not known is shown as written.
func (w words) department(code string) string {
	if d, ok := jcode.Department(code); ok {
		return d.In(w.lang)
	}
	return code
}

// unit prefers the words of the document: the same code may be written 錠 or Tab.
func (w words) unit(c clinical.Coded) string {
	if w.lang == English || c.Text == "" && c.LocalText == "" {
		if u, ok := jcode.Unit(c.Code); ok {
			return u.In(w.lang)
		}
	}
	label := c.Label()
	if short, ok := unitsSpelled[label]; ok {
		return short
	}
	if w.lang == English && writtenAsRead[c.System] && c.Code != "" {
		return c.Code
	}
	return label
}

// amount joins a number and its unit; a dose that has no number has no unit.
func (w words) amount(number string, unit clinical.Coded) string {
	if number == "" {
		return ""
	}
	u := w.unit(unit)
	if w.lang == English && u != "" {
		u = " " + u
	}
	return number + u
}

// usage says how a drug is taken. A code that is understood whole gives the words of
// the interface's language, else the words that came with it stand.
func (w words) usage(codes []clinical.Coded) string {
	var out []string
	for _, c := range codes {
		text := c.Text
		if text == "" {
			text = c.LocalText
		}
		if w.lang == Japanese && text != "" {
			out = append(out, text)
			continue
		}
		if said := jcode.UsageOf(c.System, c.Code, text).In(w.lang); said != "" {
			out = append(out, said)
		} else if label := c.Label(); label != "" {
			out = append(out, label)
		}
	}
	return strings.Join(out, "、")
}

func (w words) route(c clinical.Coded) string {
	if r, ok := jcode.Route(c.Code); ok && (w.lang == English || c.Text == "") {
		return r.In(w.lang)
	}
	return c.Label()
}

func (w words) labels(codes []clinical.Coded, table func(string) (jcode.Words, bool)) []string {
	var out []string
	for _, c := range codes {
		label := c.Label()
		if table != nil {
			if known, ok := table(c.Code); ok && (w.lang == English || c.Text == "" && c.LocalText == "") {
				label = known.In(w.lang)
			}
		}
		if label != "" {
			out = append(out, label)
		}
	}
	return out
}

// clinicalTime shows a clinical time with the precision it has: 2026, 2026/11,
// 2026/11/02, 2026/11/02 08:30, by the hour 2026/11/02 08:00, in Japan. Hours 24 to 47 stay, as the ward wrote them.
func clinicalTime(t clinical.Time) string {
	t = t.InJapan()
	s := string(t)
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			s = s[:i] // fractions
			break
		}
	}
	switch {
	case len(s) >= 12:
		return s[:4] + "/" + s[4:6] + "/" + s[6:8] + " " + s[8:10] + ":" + s[10:12]
	case len(s) >= 10: // the hour alone tells of which meal a diet is the first
		return s[:4] + "/" + s[4:6] + "/" + s[6:8] + " " + s[8:10] + ":00"
	case len(s) >= 8:
		return s[:4] + "/" + s[4:6] + "/" + s[6:8]
	case len(s) >= 6:
		return s[:4] + "/" + s[4:6]
	}
	return string(t)
}

// compactDay shows YYYYMMDD as 2026/11/02; anything else as it stands.
func compactDay(s string) string {
	if len(s) != 8 {
		return s
	}
	return s[:4] + "/" + s[4:6] + "/" + s[6:]
}

// foldWidth writes a name in the usual width (NFKC). Numbers that are raised, lowered,
// circled or fractions stay: 10⁶ must not become 106, nor 1½ 11/2.
func foldWidth(name string) string {
	var out strings.Builder
	start := 0
	for i, r := range name {
		if unicode.Is(unicode.No, r) {
			out.WriteString(norm.NFKC.String(name[start:i]))
			out.WriteRune(r)
			start = i + utf8.RuneLen(r)
		}
	}
	out.WriteString(norm.NFKC.String(name[start:]))
	return out.String()
}

// foldDigits makes full-width digits plain and takes spaces away, as staff type with a Japanese keyboard.
func foldDigits(s string) string { return strings.Join(strings.Fields(norm.NFKC.String(s)), "") }
