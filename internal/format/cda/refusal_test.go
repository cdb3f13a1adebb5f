package cda_test

import (
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/cda"
	"mizuhiki.dev/mizuhiki/internal/format/refusaltest"
)

func TestRefusals(t *testing.T) {
	refused := map[string]error{}
	for name, body := range map[string]string{
		"more bytes than may be":  strings.Repeat("a", cda.MaxBytes+1),
		"a document type":         "<!DOCTYPE x>" + narrative(""),
		"an entity":               narrative("<!ENTITY a 'x'>"),
		"depth":                   narrative(strings.Repeat("<a>", cda.MaxDepth+1)),
		"elements":                narrative(strings.Repeat("<br/>", cda.MaxElements+1)),
		"a huge tag":              narrative("<a b='" + strings.Repeat("x", cda.MaxTag) + "'/>"),
		"a comment without end":   narrative("") + "<!-- ",
		"crossed tags":            narrative("<a><b></a></b>"),
		"nothing":                 "",
		"two document elements":   narrative("") + "<x/>",
		"another character set":   strings.Replace(narrative(""), "UTF-8", "UTF-7", 1),
		"characters of no set":    "<ClinicalDocument>" + strings.Repeat("\xff\xfd", 100) + "</ClinicalDocument>",
		"other XML":               "<AnnotatedECG/>",
		"nobody":                  "<ClinicalDocument/>",
		"no body":                 document(""),
		"no base64":               document(`<nonXMLBody><text representation="B64">%%%</text></nonXMLBody>`),
		"a picture that is none":  document(`<structuredBody><component><observationMedia><value representation="B64">%</value></observationMedia></component></structuredBody>`),
		"a table of many columns": narrative("<table>" + strings.Repeat("<tr>"+strings.Repeat("<td colspan='100'/>", 20)+"</tr>", 100) + "</table>"),
	} {
		_, refused[name] = cda.Read([]byte(body))
	}
	_, refused["a document type without its end"] = cda.ReadSubjects([]byte("<!DOCTYPE x ["))
	_, refused["an aECG that is cut"] = cda.ReadSubjects([]byte("<AnnotatedECG><trialSubject>"))
	refusaltest.Check(t, refused)
}
