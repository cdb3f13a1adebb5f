package document

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html"
	"strings"
	"time"

	"golang.org/x/text/encoding/japanese"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
)

func escape(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.String()
}

// loinc is the code system of document types.
const loinc = `codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"`

// cda writes a letter as a clinical document (CDA R2, JAHIS 診療文書構造化記述規約).
func (a *author) cda(l letter) []byte {
	p := a.p
	var b strings.Builder
	name := func(use, family, given string) string {
		return fmt.Sprintf(`<name use="%s"><family>%s</family><given>%s</given></name>`, use, escape(family), escape(given))
	}
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<id root="1.2.392.99999.1.%s" extension="%s.%s"/>
<code code="%s" %s displayName="%s"/>
<title>%s</title>
<effectiveTime value="%s"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
<languageCode code="ja-JP"/>
`, a.Code, p.ID, l.at.Format("20060102150405"), l.code, loinc, l.name, escape(l.title), l.at.Format("20060102150405"))
	fmt.Fprintf(&b, `<recordTarget><patientRole><id root="1.2.392.100495.20.3.51.1%s" extension="%s"/>
<patient>%s%s
<administrativeGenderCode code="%s" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="%s"/></patient></patientRole></recordTarget>
`, a.Code, p.ID, name("IDE", p.Family, p.Given), name("SYL", p.FamilyKana, p.GivenKana), p.Sex, p.BirthDate.Compact())
	fmt.Fprintf(&b, `<author><time value="%s"/><assignedAuthor><id root="1.2.392.100495.20.3.41.1%s" extension="%s"/>
<assignedPerson>%s</assignedPerson><representedOrganization><name>%s</name></representedOrganization></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><id root="1.2.392.100495.20.3.23" extension="%s"/><name>%s</name></representedCustodianOrganization></assignedCustodian></custodian>
<component><structuredBody>
`, l.at.Format("20060102150405"), a.Code, l.by.ID, name("IDE", l.by.Family, l.by.Given), escape(a.Name), a.Code, escape(a.Name))
	for _, part := range l.parts {
		fmt.Fprintf(&b, "<component><section><title>%s</title><text>", escape(part.heading))
		for _, w := range part.words {
			fmt.Fprintf(&b, "<paragraph>%s</paragraph>", escape(w))
		}
		if len(part.list) > 0 {
			b.WriteString("<list>")
			for _, item := range part.list {
				fmt.Fprintf(&b, "<item>%s</item>", escape(item))
			}
			b.WriteString("</list>")
		}
		writeTable(&b, part.table)
		b.WriteString("</text></section></component>\n")
	}
	b.WriteString("</structuredBody></component>\n</ClinicalDocument>\n")
	return []byte(b.String())
}

// writeTable writes what HTML and the narrative of CDA have in common.
func writeTable(b *strings.Builder, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	b.WriteString("<table><thead>")
	for i, row := range rows {
		cell := "td"
		if i == 0 {
			cell = "th"
		}
		b.WriteString("<tr>")
		for _, c := range row {
			fmt.Fprintf(b, "<%s>%s</%s>", cell, escape(c), cell)
		}
		b.WriteString("</tr>")
		if i == 0 {
			b.WriteString("</thead><tbody>")
		}
	}
	b.WriteString("</tbody></table>")
}

// html writes a letter as a page, as browser-based systems do.
func (a *author) html(l letter) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"ja\"><head><meta charset=\"UTF-8\"><title>%s</title>\n<style>td,th{border:1px solid}</style></head><body>\n", html.EscapeString(l.title))
	fmt.Fprintf(&b, "<p>%s　%s　記載者: %s</p>\n", l.at.Format("2006/01/02 15:04"), html.EscapeString(l.department.Name), html.EscapeString(staffName(l.by)))
	for _, part := range l.parts {
		fmt.Fprintf(&b, "<h2>%s</h2>\n", html.EscapeString(part.heading))
		for _, w := range part.words {
			fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(w))
		}
		if len(part.list) > 0 {
			b.WriteString("<ul>")
			for _, item := range part.list {
				fmt.Fprintf(&b, "<li>%s</li>", html.EscapeString(item))
			}
			b.WriteString("</ul>\n")
		}
		writeTable(&b, part.table)
	}
	b.WriteString("</body></html>\n")
	return []byte(b.String())
}

// plain writes a letter as text of a Windows program: CP932 with CR LF.
func (a *author) plain(l letter) []byte {
	lines := []string{l.title, l.at.Format("2006/01/02 15:04") + "　" + l.department.Name + "　" + staffName(l.by)}
	for _, part := range l.parts {
		lines = append(lines, "", "【"+part.heading+"】")
		lines = append(lines, part.words...)
		for _, item := range part.list {
			lines = append(lines, "・"+item)
		}
		for _, row := range part.table {
			lines = append(lines, strings.Join(row, "\t"))
		}
	}
	text := strings.NewReplacer("〜", "～", "−", "－").Replace(strings.Join(lines, "\r\n") + "\r\n") // as Windows has them
	out, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(text))
	if err != nil {
		a.err = fault.New(fault.Internal, "document of %s cannot be written in CP932: %w", a.Name, err)
	}
	return out
}

// Misfiled gives a note on another person that was filed under p: what a gateway must
// keep apart.
func (w Writer) Misfiled(p, other *storage.Patient, when time.Time) ([]storage.File, error) {
	a := &author{Writer: w, p: p}
	stranger := *other
	stranger.ID = p.ID // the number is that of the chart that was open
	wrong := &author{Writer: w, p: &stranger}
	doc := letter{kind: progressNote, at: when, department: master.Internal, by: w.Doctors[master.Internal.Code][0], title: "外来経過記録", parts: []part{
		{heading: "S", words: []string{"咳が続いている。"}}, {heading: "P", words: []string{"経過観察。"}},
	}}
	a.put(doc, form{asCDA.file, func(_ *author, l letter) []byte { return wrong.cda(l) }}, ssmix2.Current, 9001)
	return a.files, a.err
}
