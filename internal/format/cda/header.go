package cda

import (
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// about puts into a section of its own what the header says that the narrative need not
// repeat: to whom a letter goes, of which stay a summary is, that it takes the
// place of another document or adds to one.
func (r *reader) about() {
	var said []string
	say := func(what, value string) {
		if value != "" {
			said = append(said, what+" "+value)
		}
	}
	for _, related := range r.root.all("relatedDocument") {
		number := related.get("parentDocument", "id").at("extension")
		switch related.at("typeCode") {
		case "RPLC":
			said = append(said, strings.TrimSpace("以前の文書に代わる改訂版 "+number))
		case "APND":
			said = append(said, strings.TrimSpace("以前の文書への追補 "+number))
		}
	}
	for _, recipient := range r.root.all("informationRecipient") {
		to := recipient.get("intendedRecipient")
		where, who := to.get("receivedOrganization", "name").words(), ideographic(to.get("informationRecipient")).full()
		what := "宛先"
		if recipient.at("typeCode") == "TRC" {
			what = "写しの送付先"
		}
		say(what, strings.TrimSpace(where+" "+who))
	}
	for _, event := range r.root.all("documentationOf") {
		say("対象期間", r.period("serviceEvent", event.get("serviceEvent", "effectiveTime")))
	}
	stay := r.root.get("componentOf", "encompassingEncounter")
	say("入院・受診", r.period("encompassingEncounter", stay.get("effectiveTime")))
	outcome := coded(stay.get("dischargeDispositionCode"))
	say("退院時転帰", outcome.Label())
	if len(said) == 0 {
		return
	}
	r.doc.About = &clinical.Section{Heading: "文書情報"}
	for _, line := range said {
		r.doc.About.Blocks = append(r.doc.About.Blocks, clinical.TextBlock{Paragraph: line})
	}
}

// period puts a time or an interval (IVL_TS) into words.
func (r *reader) period(place string, n *node) string {
	from := r.time(place, n.at("value"))
	if from == "" {
		from = r.time(place, n.get("low").at("value"))
	}
	to := r.time(place, n.get("high").at("value"))
	if from == "" && to == "" {
		return ""
	}
	if to == "" && !n.get("low").is() {
		return written(from)
	}
	return strings.TrimSpace(written(from) + " – " + written(to))
}

// written gives a time for people.
func written(t clinical.Time) string {
	s, _, _ := strings.Cut(string(t.InJapan()), ".") // without fractions
	switch {
	case len(s) >= len("200601021504"):
		return s[:4] + "/" + s[4:6] + "/" + s[6:8] + " " + s[8:10] + ":" + s[10:12]
	case len(s) >= len("20060102"):
		return s[:4] + "/" + s[4:6] + "/" + s[6:8]
	case len(s) == len("200601"):
		return s[:4] + "/" + s[4:]
	}
	return s
}
