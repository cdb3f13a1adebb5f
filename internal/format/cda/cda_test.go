package cda_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/cda"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

var update = flag.Bool("update", false, "write the golden files")

// document wraps a body in the header that every document needs.
func document(body string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><id root="1.2" extension="0000012345"/></patientRole></recordTarget><component>` + body + `</component></ClinicalDocument>`
}

func narrative(text string) string {
	return document("<structuredBody><component><section><text>" + text + "</text></section></component></structuredBody>")
}

// The golden file was compared with the document by eye.
func TestRead_golden(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("testdata", "summary.xml"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := cda.Read(src)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "summary.json")
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRead_narrative(t *testing.T) {
	p := func(s string) clinical.TextBlock { return clinical.TextBlock{Paragraph: s} }
	tests := []struct {
		name, in string
		want     []clinical.TextBlock
	}{
		{"bare lines", "一\n  二\n\n三", []clinical.TextBlock{p("一\n二\n三")}},
		{"paragraphs", "<paragraph>一<br/>二</paragraph><paragraph><content styleCode='Bold'>三</content></paragraph>", []clinical.TextBlock{p("一\n二"), p("三")}},
		{"a list", "<list>\n <item>一</item>\n <item>二</item>\n</list>", []clinical.TextBlock{{List: []string{"一", "二"}}}},
		{"a table", "<table>\n<caption>表</caption><thead><tr><th>項目</th><th>値</th></tr></thead>\n<tbody><tr><td>Na</td>\n<td>138</td></tr></tbody></table>", []clinical.TextBlock{p("表"), {Table: [][]string{{"項目", "値"}, {"Na", "138"}}, Head: true}}},
		{"an exponent", "10<sup>9</sup>/L", []clinical.TextBlock{p("10⁹/L")}},
		{"struck out in a later version", "<content revised='delete'>右</content><content revised='insert'>左</content>", []clinical.TextBlock{p("（取消: 右）左")}},
		{"struck out by a style code", "<content styleCode='Bold Strikethrough'>右</content>左", []clinical.TextBlock{p("（取消: 右）左")}},
		{"a style code as others write it", "<paragraph styleCode='strikethrough'>右<content>1</content></paragraph><paragraph styleCode='xLineThrough'>中</paragraph><paragraph>左</paragraph>", []clinical.TextBlock{p("（取消: 右1）"), p("（取消: 中）"), p("左")}},
		{"a row struck out", "<table><tr styleCode='Strikethrough'><td>右</td><td>1</td></tr><tr><td>左</td></tr></table>", []clinical.TextBlock{{Table: [][]string{{"（取消: 右）", "（取消: 1）"}, {"左"}}}}},
		{"struck out in what is", "<content revised='delete'>右<content styleCode='Strikethrough'>1</content>2</content>左", []clinical.TextBlock{p("（取消: 右12）左")}},
		{"struck out as in HTML", "<content style='text-decoration: line-through'>右</content><del>中</del>左", []clinical.TextBlock{p("（取消: 右）（取消: 中）左")}},
		{"hidden", "<content style='display:none'>右</content><content styleCode='xHidden'>中</content>左", []clinical.TextBlock{p("左")}},
		{"an element that is not known", "<blink>語</blink>", []clinical.TextBlock{p("語")}},
		{"markup as text", "&lt;script&gt;<![CDATA[<b>]]>", []clinical.TextBlock{p("<script><b>")}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			doc, err := cda.Read([]byte(narrative(tc.in)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, doc.Sections[0].Blocks); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRead_charsets(t *testing.T) {
	src := narrative("美濃部、宮本")
	for name, in := range map[string]struct {
		charset string
		encode  func(string) (string, error)
	}{
		"Shift_JIS":   {"Shift_JIS", japanese.ShiftJIS.NewEncoder().String},
		"EUC-JP":      {"EUC-JP", japanese.EUCJP.NewEncoder().String},
		"ISO-2022-JP": {"ISO-2022-JP", japanese.ISO2022JP.NewEncoder().String},
		"UTF-16":      {"UTF-16", unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String},
	} {
		body, err := in.encode(strings.Replace(src, `"UTF-8"`, `"`+in.charset+`"`, 1))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := cda.Read([]byte(body))
		if err != nil || len(doc.Sections) != 1 || doc.Sections[0].Blocks[0].Paragraph != "美濃部、宮本" {
			t.Errorf("%s: %v, %v", name, doc.Sections, err)
		}
		if root := cda.Root([]byte(body)[:200]); root != cda.DocumentElement {
			t.Errorf("%s: document element %q", name, root)
		}
	}
}

// A report names the order that it answers, and the study by its accession number.
func TestRead_orders(t *testing.T) {
	src := strings.Replace(narrative("所見"), "<component>", `<inFulfillmentOf><order><id root="1.2.392" extension=" 000000000123456 "/><id root="1.2.3" extension="A20260908001"/><id nullFlavor="UNK"/></order></inFulfillmentOf><component>`, 1)
	doc, err := cda.Read([]byte(src))
	if diff := cmp.Diff([]string{"000000000123456", "A20260908001"}, doc.Orders); err != nil || diff != "" {
		t.Errorf("%v, orders (-want +got):\n%s", err, diff)
	}
}

func TestRead_files(t *testing.T) {
	doc, err := cda.Read([]byte(document(`<nonXMLBody><text mediaType="application/pdf" representation="B64">JVBE
 Ri0=</text></nonXMLBody>`)))
	if err != nil || len(doc.Files) != 1 || string(doc.Files[0].Body) != "%PDF-" {
		t.Errorf("inside: %v, %v", doc.Files, err)
	}
	doc, err = cda.Read([]byte(document(`<nonXMLBody><text><reference value="letter.pdf"/></text></nonXMLBody>`)))
	if err != nil || len(doc.Files) != 1 || doc.Files[0].Reference != "letter.pdf" {
		t.Errorf("beside: %v, %v", doc.Files, err)
	}
	doc, err = cda.Read([]byte(document("<nonXMLBody><text>一\n\n二</text></nonXMLBody>")))
	if err != nil || len(doc.Files) != 0 || len(doc.Sections) != 1 || len(doc.Sections[0].Blocks) != 2 {
		t.Errorf("words: %v, %v", doc.Sections, err)
	}
}

func TestReq_FILE02_refuses(t *testing.T) {
	deep := func(n int) string {
		return narrative(strings.Repeat("<content>", n) + strings.Repeat("</content>", n))
	}
	if _, err := cda.Read([]byte(deep(150))); err != nil {
		t.Errorf("150 elements in each other = %v", err)
	}
	tests := []struct{ name, in, message string }{
		{"an external entity", `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + narrative("&e;")[38:], "a document type is not read"},
		{"billion laughs", `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><ClinicalDocument>&b;</ClinicalDocument>`, "a document type is not read"},
		{"an entity inside", narrative("<!ENTITY a 'x'>"), "a document type is not read"},
		{"an undeclared entity", narrative("&e;"), "not well-formed"},
		{"an external DTD", `<!DOCTYPE ClinicalDocument SYSTEM "http://example.invalid/x.dtd">` + narrative(""), "a document type is not read"},
		{"depth", deep(250), "more than 200 elements in each other"},
		{"two million elements", narrative(strings.Repeat("<br/>", 2_000_000)), "more than 200000 elements"},
		{"a huge attribute", narrative("<content ID='" + strings.Repeat("x", 1<<20) + "'/>"), "a tag of more than"},
		{"many attributes", narrative("<content " + strings.Repeat("a='1' ", 1<<18) + "/>"), "a tag of more than"},
		{"more than 20 MB", narrative(strings.Repeat("a", cda.MaxBytes)), "XML of more than"},
		{"UTF-7", strings.Replace(narrative(""), "UTF-8", "UTF-7", 1), `character set "UTF-7" is not read`},
		{"cut", narrative("本文")[:300], "not ended"},
		{"cut behind a tag, zeros for the rest", narrative("本文")[:strings.LastIndex(narrative("本文")[:300], ">")+1] + "\x00\x00\x00", "not well-formed"},
		{"cut in a text, zeros for the rest", strings.Split(narrative("本文"), "文")[0] + "\x00\x00\x00", "the text was cut"},
		{"crossed tags", narrative("<a><b></a></b>"), "not well-formed"},
		{"two document elements", narrative("") + "<x/>", "2 document elements"},
		{"no patient", `<ClinicalDocument><component><structuredBody/></component></ClinicalDocument>`, "recordTarget"},
		{"no body", document(""), "no body"},
		{"no base64", document(`<nonXMLBody><text representation="B64">%%%</text></nonXMLBody>`), "nonXMLBody: not base64"},
		{"other XML", `<aECG/>`, "not a clinical document"},
		{"too many cells", narrative("<table>" + strings.Repeat("<tr>"+strings.Repeat("<td colspan='100'/>", 20)+"</tr>", 100) + "</table>"), "tables of more than"},
		{"nothing", "", "document elements"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			_, err := cda.Read([]byte(tc.in))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.message) {
				t.Errorf("error %v, want %q", err, tc.message)
			}
		})
	}
	if _, err := cda.Read([]byte("<x/>")); !errors.Is(err, cda.ErrOther) {
		t.Errorf("other XML = %v, want ErrOther", err)
	}
}

func TestRead_warns(t *testing.T) {
	doc, err := cda.Read([]byte(document(`<structuredBody><component><section><title>処方</title><entry/></section></component></structuredBody>`)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"section 1: no narrative, its entries are not shown"}, doc.Warnings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRead_warnsOfWhatIsHidden(t *testing.T) {
	doc, err := cda.Read([]byte(narrative("<content style='display:none'>右</content><content styleCode='Hidden'>中</content>左")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"section 1: words that the document's own style does not show are left out"}, doc.Warnings); diff != "" || !doc.Remarks.Has(clinical.RemarkLeftOut) {
		t.Errorf("remarks %v, (-want +got):\n%s", doc.Remarks, diff)
	}
}

func TestRoot(t *testing.T) {
	for in, want := range map[string]string{
		`<?xml version="1.0"?><!-- <x> --><cda:ClinicalDocument xmlns:cda="urn:hl7-org:v3">`: "ClinicalDocument",
		`<!DOCTYPE a [<!ENTITY b "c">]> <ClinicalDocument>`:                                  "ClinicalDocument",
		"\xEF\xBB\xBF<AnnotatedECG>":                                                         "AnnotatedECG",
		"<所見>":                                                                               "",
		"text":                                                                               "",
	} {
		if got := cda.Root([]byte(in)); got != want {
			t.Errorf("Root(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	if src, err := os.ReadFile(filepath.Join("testdata", "summary.xml")); err == nil {
		f.Add(src)
	}
	for _, s := range []string{
		narrative("<table><tr><td rowspan='3'>a</td></tr></table>"), document(`<nonXMLBody><text representation="B64">AAAA</text></nonXMLBody>`),
		"<!DOCTYPE x>", "<a b='", "<![CDATA[", "\xFE\xFF\x00<", `<?xml encoding="EUC-JP"?><ClinicalDocument/>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		doc, err := cda.Read(b)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("error of kind %v: %v", fault.KindOf(err), err)
			}
			return
		}
		for _, s := range doc.Sections {
			for _, block := range s.Blocks {
				if strings.ContainsAny(block.Paragraph, "\x00\x1B") {
					t.Errorf("not plain text: %q", block.Paragraph)
				}
			}
		}
	})
}

// TestRead_header: what a letter and a summary say in their header alone.
func TestRead_header(t *testing.T) {
	header := `<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2" extension="D-1"/></parentDocument></relatedDocument>
<relatedDocument typeCode="APND"><parentDocument/></relatedDocument><relatedDocument typeCode="XFRM"><parentDocument/></relatedDocument>
<informationRecipient typeCode="PRCP"><intendedRecipient><informationRecipient><name use="IDE"><family>紹介</family><given>太郎</given></name></informationRecipient><receivedOrganization><name>試験医院</name></receivedOrganization></intendedRecipient></informationRecipient>
<informationRecipient typeCode="TRC"><intendedRecipient><receivedOrganization><name>第二医院</name></receivedOrganization></intendedRecipient></informationRecipient>
<documentationOf><serviceEvent><effectiveTime><low value="20240501"/></effectiveTime></serviceEvent></documentationOf>
<componentOf><encompassingEncounter><effectiveTime><low value="202406010930+0900"/><high value="20240610"/></effectiveTime><dischargeDispositionCode code="3" displayName="死亡"/></encompassingEncounter></componentOf>`
	src := strings.Replace(document("<structuredBody><component><section><title>経過</title><text>良好</text></section></component></structuredBody>"), "<component>", header+"<component>", 1)
	doc, err := cda.Read([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	want := &clinical.Section{Heading: "文書情報"}
	for _, line := range []string{"以前の文書に代わる改訂版 D-1", "以前の文書への追補", "宛先 試験医院 紹介 太郎", "写しの送付先 第二医院", "対象期間 2024/05/01 –", "入院・受診 2024/06/01 09:30 – 2024/06/10", "退院時転帰 死亡"} {
		want.Blocks = append(want.Blocks, clinical.TextBlock{Paragraph: line})
	}
	if diff := cmp.Diff(want, doc.About); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if doc, err = cda.Read([]byte(narrative("良好"))); err != nil || doc.About != nil {
		t.Errorf("nothing in the header: %+v, %v", doc.About, err)
	}
}

// TestRead_sectionOfEntriesAlone: allergies that only machines can read are not none.
func TestRead_sectionOfEntriesAlone(t *testing.T) {
	doc, err := cda.Read([]byte(document("<structuredBody><component><section><title>アレルギー</title><text/><entry><observation/></entry></section></component><component><section><title>既往歴</title><text/></section></component></structuredBody>")))
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Sections) != 2 || len(doc.Sections[0].Blocks) != 1 || !strings.Contains(doc.Sections[0].Blocks[0].Paragraph, "表示できません") || doc.Sections[1].Blocks != nil {
		t.Errorf("sections = %+v", doc.Sections)
	}
}
