package prose_test

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/prose"
)

const note = "【経過】本日より内服開始。美濃部、宮本に連絡。\n体温 36.5℃"

func encode(t testing.TB, e encoding.Encoding, s string) []byte {
	t.Helper()
	out, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestText_charsets(t *testing.T) {
	want := []clinical.TextBlock{{Paragraph: note}}
	tests := []struct {
		name string
		in   []byte
	}{
		{"UTF-8", []byte(note)},
		{"UTF-8 with mark", []byte("\xEF\xBB\xBF" + note)},
		{"CP932", encode(t, japanese.ShiftJIS, note)},
		{"CP932 with CR LF", encode(t, japanese.ShiftJIS, strings.ReplaceAll(note, "\n", "\r\n"))},
		{"ISO-2022-JP", encode(t, japanese.ISO2022JP, note)},
		{"EUC-JP", encode(t, japanese.EUCJP, note)},
		{"UTF-16 little endian", encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), note)},
		{"UTF-16 big endian", encode(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), note)},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, warnings, err := prose.Text(tc.in)
			if err != nil || len(warnings) > 0 {
				t.Fatalf("%v, warnings %v", err, warnings)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestText_refuses(t *testing.T) {
	tests := []struct {
		name  string
		in    []byte
		cause error
	}{
		{"noise", []byte("\x81\xFF\xFE\x80\xA0\xFD\x81\x00\x85\xFF"), prose.ErrEncoding},
		{"more than anybody writes", make([]byte, prose.MaxBytes+1), prose.ErrTooLarge},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if _, _, err := prose.Text(tc.in); !errors.Is(err, tc.cause) || !fault.Is(err, fault.Invalid) {
				t.Errorf("error %v, want %v", err, tc.cause)
			}
		})
	}
}

// A character of the hospital's own is a hole that is seen, not a reason to lose a note.
func TestText_hole(t *testing.T) {
	in := append(encode(t, japanese.ShiftJIS, strings.Repeat("記録。", 40)), 0xFC, 0xFC)
	blocks, warnings, err := prose.Text(in)
	if err != nil || len(warnings) != 1 {
		t.Fatalf("%v, warnings %v", err, warnings)
	}
	if !strings.Contains(blocks[0].Paragraph, "\uFFFD") {
		t.Error("the hole is not seen")
	}
}

// A few bad bytes are seen as such in every character set, and remarked on; many make it
// no text.
func TestText_badBytes(t *testing.T) {
	note := strings.Repeat("所見：肺野清。心拡大なし。\n", 20)
	for _, set := range []struct {
		name   string
		encode encoding.Encoding // nil: UTF-8
		bad    string
	}{
		{"UTF-8", nil, "\xFF"}, {"UTF-8, a character cut", nil, "\xE8\x82"}, {"UTF-8, a control character", nil, "\x07"}, {"UTF-8, a zero", nil, "\x00"},
		{"CP932", japanese.ShiftJIS, "\xFF"}, {"CP932, a control character", japanese.ShiftJIS, "\x01"}, {"EUC-JP", japanese.EUCJP, "\xFF"},
		{"ISO-2022-JP", japanese.ISO2022JP, "\xFF"}, {"ISO-2022-JP, a control character", japanese.ISO2022JP, "\x7F"},
	} {
		t.Run(set.name, func(t *testing.T) {
			b := []byte(note)
			if set.encode != nil {
				b = encode(t, set.encode, note)
			}
			blocks, warnings, err := prose.Text(append(append(slices.Clone(b), set.bad...), b...))
			if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "cannot be decoded") {
				t.Fatalf("%v, warnings %q", err, warnings)
			}
			if got := blocks[0].Paragraph; strings.Count(got, "肺野清。") < 39 || !strings.Contains(got, "\uFFFD") {
				t.Errorf("text %q", got)
			}
			want := prose.ErrEncoding
			if set.bad == "\x00" {
				want = prose.ErrCut
			}
			if _, _, err := prose.Text(append(bytes.Repeat([]byte(set.bad), 200), b...)); !errors.Is(err, want) {
				t.Errorf("many bad bytes: %v", err)
			}
		})
	}
}

// What was never written of a file is zeros, which are no end of a sentence.
func TestZeros(t *testing.T) {
	zeros := strings.Repeat("\x00", 8)
	note := strings.Repeat("所見：肺野清。心拡大なし。\n", 200)
	for _, in := range []string{note + "悪性所見は" + zeros, note + "悪性" + zeros + "は認めない。\n"} {
		if _, _, err := prose.Text([]byte(in)); !errors.Is(err, prose.ErrCut) {
			t.Errorf("text: %v", err)
		}
		if _, err := prose.HTML([]byte("<html><body>" + in)); !errors.Is(err, prose.ErrCut) {
			t.Errorf("HTML: %v", err)
		}
	}
	if page, err := prose.HTML([]byte("<HTML><body><p>悪性所見なし</p></body></HTML>\r\n" + zeros)); err != nil || len(page.Sections) == 0 || len(page.Warnings) != 0 {
		t.Errorf("a page that ends before the zeros: %+v, %v", page, err)
	}
}

func TestText_paragraphs(t *testing.T) {
	got, _, err := prose.Text([]byte("一\n　二  \n\n\n三\u202Eつ\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]clinical.TextBlock{{Paragraph: "一\n　二"}, {Paragraph: "三つ"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Cells that reach down a hundred rows are counted and not kept once there are too many.
func TestHTML_holdsNoMoreCellsThanItReads(t *testing.T) {
	wide := "<tr>" + strings.Repeat(`<td colspan=100 rowspan=100>`, prose.MaxCells/100)
	page := []byte("<table>" + wide + strings.Repeat("<tr><td>", 100))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := prose.HTML(page)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, prose.ErrTooLarge) {
		t.Errorf("error %v, want %v", err, prose.ErrTooLarge)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
		t.Errorf("%d MB were allocated for a page of %d bytes", took>>20, len(page))
	}
}

// A page that looks otherwise on a telephone was not read on one by its author.
func TestHTML_onSomeScreens(t *testing.T) {
	page, err := prose.HTML([]byte(`<html><style>@media screen and (max-width:600px){.d{display:none}} .e{text-decoration:line-through}</style><body><p class=d>一<p class=e>二`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]clinical.TextBlock{p("一"), p("（取消: 二）")}, page.Sections[0].Blocks); diff != "" || len(page.Warnings) != 1 {
		t.Errorf("warnings %q (-want +got):\n%s", page.Warnings, diff)
	}
}

func TestHTML_whiteOnAPicture(t *testing.T) {
	for _, in := range []string{
		`<body bgcolor=white><table><tr><td background="red.gif"><font color=white>禁忌</font></table>`,
		`<body bgcolor=white><p style="background-image:linear-gradient(red, blue);color:white">禁忌`,
	} {
		page, err := prose.HTML([]byte(in))
		if err != nil || len(page.Sections) != 1 || len(page.Sections[0].Blocks) != 1 || len(page.Warnings) > 0 {
			t.Errorf("%s: %+v, %v", in, page, err)
		}
	}
}

func TestHTML_firstTitle(t *testing.T) {
	page, err := prose.HTML([]byte("<title> 一 </title><title>二</title><p>三"))
	if err != nil || page.Title != "一" {
		t.Errorf("title %q, %v, want the first", page.Title, err)
	}
}

func p(s string) clinical.TextBlock { return clinical.TextBlock{Paragraph: s} }

func TestHTML(t *testing.T) {
	tests := []struct {
		name, in string
		want     []clinical.Section
	}{
		{"paragraphs and breaks", "<p>一<br>二</p><div>三 &lt;0.05</div>", []clinical.Section{{Blocks: []clinical.TextBlock{p("一\n二"), p("三 <0.05")}}}},
		{"headings", "<h2>S</h2>頭痛<h3>既往</h3>なし<h2>O</h2>", []clinical.Section{
			{Heading: "S", Blocks: []clinical.TextBlock{p("頭痛")}}, {Heading: "既往", Level: 1, Blocks: []clinical.TextBlock{p("なし")}}, {Heading: "O"},
		}},
		{"what is not shown", "<style>p{}</style><script>alert('x')</script><!-- 秘 --><template><p>t</p></template><svg><text>s</text></svg><p>見</p><noscript><b>n</b></noscript>", []clinical.Section{{Blocks: []clinical.TextBlock{p("見")}}}},
		{"lists", "前<ul><li>一<li>二<ol><li>内</ol></ul>後", []clinical.Section{{Blocks: []clinical.TextBlock{p("前"), {List: []string{"一", "二", "　内"}}, p("後")}}}},
		{"a table", "<table><tr><th>項目<th>値</tr><tr><td>K<td>5.7<br>H</tr></table>", []clinical.Section{{Blocks: []clinical.TextBlock{{Table: [][]string{{"項目", "値"}, {"K", "5.7\nH"}}, Head: true}}}}},
		{"merged cells", "<table><tr><td rowspan=2>日<td>朝<td>1</tr><tr><td>夕<td>2</tr><tr><td colspan=2>計<td>3</tr></table>", []clinical.Section{{Blocks: []clinical.TextBlock{{Table: [][]string{{"日", "朝", "1"}, {"", "夕", "2"}, {"計", "", "3"}}}}}}},
		{"a table in a cell", "<table><tr><td>外<table><tr><td>a<td>b</table></td><td>右</table>", []clinical.Section{{Blocks: []clinical.TextBlock{{Table: [][]string{{"外\na b", "右"}}}}}}},
		{"exponents", "WBC 10<sup>3</sup>/μL, m<sup>n</sup>, H<sub>2</sub>O", []clinical.Section{{Blocks: []clinical.TextBlock{p("WBC 10³/μL, m^n, H2O")}}}},
		{"struck out", "<p>インスリン<s>10</s>8単位</p>", []clinical.Section{{Blocks: []clinical.TextBlock{p("インスリン（取消: 10）8単位")}}}},
		{"a form", `<input type=checkbox checked>発熱 <input type=checkbox>咳 <input value="38.1">℃ <select><option>無<option selected>有</select><input type=hidden value=x>`, []clinical.Section{{Blocks: []clinical.TextBlock{p("☑発熱 ☐咳 38.1℃ 有")}}}},
		{"preformatted", "<pre>a  b\nc</pre>", []clinical.Section{{Blocks: []clinical.TextBlock{p("a b\nc")}}}},
		{"never closed", "<h1>題<p><table><tr><td>x", []clinical.Section{{Heading: "題", Blocks: []clinical.TextBlock{{Table: [][]string{{"x"}}}}}}},
		{"only end tags", "</table></ul></h1></p>語", []clinical.Section{{Blocks: []clinical.TextBlock{p("語")}}}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, err := prose.HTML([]byte("<html><body>" + tc.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.Sections); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What a style strikes out is struck out as what an element does, as far as it reaches on
// a screen and no further.
func TestHTML_struckByStyle(t *testing.T) {
	const struck = `style="text-decoration: line-through"`
	for name, tc := range map[string]struct {
		in   string
		want []clinical.TextBlock
	}{
		"a span":                  {`方針: <span ` + struck + `>ワーファリン継続</span> 中止`, []clinical.TextBlock{p("方針: （取消: ワーファリン継続） 中止")}},
		"beside underlining":      {`<span style="text-decoration:underline line-through red">継</span>中止`, []clinical.TextBlock{p("（取消: 継）中止")}},
		"the line alone":          {`<p style="text-decoration-line:line-through">継<p>中止`, []clinical.TextBlock{p("（取消: 継）"), p("中止")}},
		"capitals":                {`<font style='TEXT-DECORATION: Line-Through !important' color=red>継</font>中止`, []clinical.TextBlock{p("（取消: 継）中止")}},
		"a later declaration":     {`<span style="text-decoration:line-through;text-decoration:none">継</span>`, []clinical.TextBlock{p("継")}},
		"a comment":               {`<span style="/* text-decoration:line-through */color:red">継</span>`, []clinical.TextBlock{p("継")}},
		"words inside":            {`<div ` + struck + `>一<span style="text-decoration:none">二</span><b>三</b></div>四`, []clinical.TextBlock{p("（取消: 一二三）"), p("四")}},
		"paragraphs inside":       {`<del><p>一</p><p>二</p></del>三`, []clinical.TextBlock{p("（取消: 一）"), p("（取消: 二）"), p("三")}},
		"two, crossed":            {`<s>一<font ` + struck + `>二</s>三</font>四`, []clinical.TextBlock{p("（取消: 一二三）四")}},
		"never ended":             {`<p ` + struck + `>一<p>二</p>三`, []clinical.TextBlock{p("（取消: 一）"), p("二"), p("三")}},
		"ended by what is around": {`<div><span ` + struck + `>一</div>二`, []clinical.TextBlock{p("（取消: 一）"), p("二")}},
		"an end tag of nothing":   {`<div ` + struck + `>一</span></b>二</div>三`, []clinical.TextBlock{p("（取消: 一二）"), p("三")}},
		"one in its like":         {`<span ` + struck + `>一<span>二</span>三</span>四`, []clinical.TextBlock{p("（取消: 一二三）四")}},
		"formatting goes on":      {`<p><s>一</p><p>二</s>三</p>`, []clinical.TextBlock{p("（取消: 一）"), p("（取消: 二）三")}},
		"formatting in a cell":    {`<table><tr><td><s>一</td><td>二</td></tr></table>三`, []clinical.TextBlock{{Table: [][]string{{"（取消: 一）", "二"}}}, p("三")}},
		"a row":                   {`<table><tr ` + struck + `><td>一<td>二<tr><td>三</table>`, []clinical.TextBlock{{Table: [][]string{{"（取消: 一）", "（取消: 二）"}, {"三"}}}}},
		"an item":                 {`<ul><li ` + struck + `>一<li>二</ul>`, []clinical.TextBlock{{List: []string{"（取消: 一）", "二"}}}},
		"nothing":                 {`<s> </s>一`, []clinical.TextBlock{p("一")}},
		"a field":                 {`<input value="8" ` + struck + `>10`, []clinical.TextBlock{p("（取消: 8）10")}},
		"a class":                 {`<style><!-- /* x */ .del, p.x { color:red; text-decoration:line-through } --></style><span class="a del">一</span><p class=x>二<p class=y>三`, []clinical.TextBlock{p("（取消: 一）"), p("（取消: 二）"), p("三")}},
		"a class told later":      {`<p class=d>一<style>.d{text-decoration:line-through}</style>`, []clinical.TextBlock{p("（取消: 一）")}},
		"an id, and a class":      {`<style>#a{text-decoration:none}.d{text-decoration:line-through}</style><p id=a class=d>一<p class=d>二`, []clinical.TextBlock{p("一"), p("（取消: 二）")}},
		"on paper":                {`<style>@media print{.d{text-decoration:line-through}} @media screen{.e{text-decoration:line-through}}</style><p class=d>一<p class=e>二`, []clinical.TextBlock{p("一"), p("（取消: 二）")}},
		"a style of another use":  {`<style>@font-face{font-family:x}.d{text-decoration:line-through}</style><p class=d>一`, []clinical.TextBlock{p("（取消: 一）")}},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := prose.HTML([]byte("<html><body>" + tc.in))
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Sections) != 1 || len(page.Warnings) > 0 {
				t.Fatalf("%d sections, warnings %q", len(page.Sections), page.Warnings)
			}
			if diff := cmp.Diff(tc.want, page.Sections[0].Blocks); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What the author's own screen did not show is not said here either, and a warning tells
// that there was something; what only may not have been seen stays, with a warning.
func TestHTML_notShown(t *testing.T) {
	const (
		left   = "words that the page's own style does not show are left out"
		pale   = "words in the colour of the page, which may not have been seen"
		sheet  = "a style sheet strikes out or hides words in a way that is not followed here: they are shown as standing"
		linked = "a style sheet in a file of its own is not read: whether it strikes out or hides words is not known"
	)
	for name, tc := range map[string]struct {
		in, want string
		warning  string
	}{
		"no display":                   {`見<span style="display:none">秘<b>密</b></span>見`, "見見", left},
		"no display at all":            {`見<div style="display:none"><h2>秘</h2><table><tr><td>密</table></div>見`, "見見", left},
		"the attribute":                {`見<p hidden>秘</p>見`, "見見", left},
		"nothing in it":                {`見<span style="display:none"> </span>`, "見", ""},
		"invisible":                    {`見<span style="visibility:hidden">秘<i style="visibility:visible">見</i></span>`, "見見", left},
		"no size":                      {`見<span style="font-size:0px">秘</span>`, "見", left},
		"no size but of what is in it": {`<div style="font-size:0"><span style="font-size:12px">見</span> <i>秘</i></div>`, "見", left},
		"shown again":                  {`見<p style="display:none"><b style="display:inline">秘</b></p><p style="opacity:0;display:block">密</p>`, "見", left},
		"a size":                       {`<span style="font-size:0.8em">見</span>`, "見", ""},
		"see-through":                  {`見<span style="opacity:0">秘</span><span style="color:transparent">密</span>`, "見", left},
		"Word's own":                   {`見<span style='mso-hide:all'>秘</span>`, "見", left},
		"a class":                      {`<style>.h{display:none}</style>見<span class=h>秘</span>`, "見", left},
		"in the colour behind it":      {`見<td bgcolor=white><font color="#FFF">秘</font>`, "見", left},
		"behind it by a style":         {`見<span style="color:rgb(1, 2, 3);background:#010203">秘</span>`, "見", left},
		"a field":                      {`見<input value=秘 style="display:none">`, "見", left},
		"white on what is dark":        {`<p style="background:navy;color:white">見</p>`, "見", ""},
		"white on who knows what":      {`<font color=white>見</font>`, "見", pale},
		"white, and a picture":         {`<p style="background:url(x.png) white;color:white">見</p>`, "見", ""},
		"white on what a rule says":    {`<style>th{background:navy}</style><body bgcolor=white><font color=white>見</font>`, "見", pale},
		"a rule that is too much":      {`<style>.a > .b{text-decoration:line-through}</style>見`, "見", sheet},
		"a rule of no concern":         {`<style>.a > .b{color:red}</style>見`, "見", ""},
		"a sheet elsewhere":            {`<link rel=StyleSheet href=x.css>見`, "見", linked},
		"deeper than anybody goes":     {strings.Repeat("<i>", 10_000) + `<span style="display:none">秘</span>見`, "秘見", "elements too deep in each other strike out or hide words: they are shown as standing"},
		"an import":                    {`<style>@import url(x.css);</style>見`, "見", sheet},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := prose.HTML([]byte("<html><body>" + tc.in))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range page.Sections {
				for _, b := range s.Blocks {
					got = append(got, b.Paragraph)
				}
				if s.Heading != "" {
					t.Errorf("heading %q", s.Heading)
				}
			}
			if said := strings.Join(got, "\n"); said != tc.want {
				t.Errorf("%q, want %q", said, tc.want)
			}
			if all := strings.Join(page.Warnings, "\n"); all != tc.warning {
				t.Errorf("warnings %q, want %q", all, tc.warning)
			}
		})
	}
}

func TestHTML_declaredCharset(t *testing.T) {
	for name, page := range map[string][]byte{
		"EUC-JP by meta":    encode(t, japanese.EUCJP, `<html><head><meta http-equiv="Content-Type" content="text/html; charset=EUC-JP"><title>記録</title>`),
		"Shift_JIS by meta": encode(t, japanese.ShiftJIS, `<meta charset="Shift_JIS"><title>記録</title>`),
	} {
		got, err := prose.HTML(page)
		if err != nil || got.Title != "記録" {
			t.Errorf("%s: title %q, %v", name, got.Title, err)
		}
	}
	if _, err := prose.HTML([]byte(`<meta charset="utf-7">+ADw-script+AD4-`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("UTF-7 = %v, want a refusal", err)
	}
}

// Pages that cost other readers minutes or a stack.
func TestReq_FILE04_htmlAttacks(t *testing.T) {
	wide := "<table>" + strings.Repeat("<tr>"+strings.Repeat("<td colspan=1000 rowspan=65000>", 50), 200)
	for name, tc := range map[string]struct {
		in   string
		want error
	}{
		"deep":                    {strings.Repeat("<div>", 500_000), nil},
		"deep lists":              {strings.Repeat("<ul><li>", 200_000), nil},
		"deep tables":             {strings.Repeat("<table><tr><td>", 100_000), nil},
		"huge attribute":          {"<p title='" + strings.Repeat("x", 3<<20) + "'>語", nil},
		"many attributes":         {"<p " + strings.Repeat("a=1 ", 500_000) + ">", nil},
		"cells from spans":        {wide, prose.ErrTooLarge},
		"open comment":            {"<!--" + strings.Repeat("-", 1<<20), nil},
		"styles":                  {strings.Repeat("<p style='text-decoration:line-through'><b>", 80_000), nil},
		"end tags of what is far": {"<span><p><table><tr><td>" + strings.Repeat("<b>", 300_000) + strings.Repeat("</span><div></p>", 150_000), nil},
		"rules":                   {"<style>" + strings.Repeat(".a{display:none}", 100_000) + "</style>" + strings.Repeat("<b class=a>", 100_000), nil},
		"open rules":              {"<style>" + strings.Repeat("@x{", 500_000), nil},
		"open CSS comments":       {"<p style='" + strings.Repeat("/*", 1<<20) + "'>語", nil},
		"classes":                 {"<style>.a{display:none}</style><p class='" + strings.Repeat("b ", 1<<20) + "'>語", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := prose.HTML([]byte(tc.in)); !errors.Is(err, tc.want) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
		})
	}
}

// checkBlocks holds whatever was read against what every block promises.
func checkBlocks(t *testing.T, blocks []clinical.TextBlock, limit int) {
	t.Helper()
	size := 0
	check := func(s string) {
		size += len(s)
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\x1B\r\u202E") {
			t.Errorf("not plain text: %q", s)
		}
	}
	for _, b := range blocks {
		set := 0
		if b.Paragraph != "" {
			set++
		}
		if b.List != nil {
			set++
		}
		if b.Table != nil {
			set++
		}
		if set != 1 {
			t.Errorf("%d fields of a block are set", set)
		}
		check(b.Paragraph)
		for _, s := range b.List {
			check(s)
		}
		for _, row := range b.Table {
			for _, s := range row {
				check(s)
			}
		}
	}
	if size > limit {
		t.Errorf("%d bytes of text from %d", size, limit)
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"<h1>題</h1><p>本文<br>続き</p><ul><li>一<li>二</ul>", "<table><tr><th rowspan=3>a<td colspan=2>b</table>",
		"<select><option selected>x</select><sup>-3</sup><del>y</del>", "<meta charset=euc-jp>\xb5\xad", "<svg/><script>x</script><textarea><p>",
		"<li><table><li></table></li><h2><table><td></h2>", "\x1b$B5-\x1b(B",
		"<style>p.a,#b{text-decoration:line-through}@media print{i{display:none}}</style><p class=a>x<s>y<p id=b>z</s><td hidden>w",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		page, err := prose.HTML(b)
		if err != nil {
			return
		}
		for _, s := range page.Sections {
			checkBlocks(t, s.Blocks, 1000+20*len(b))
			if s.Level < 0 || s.Level > 5 {
				t.Errorf("level %d", s.Level)
			}
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add([]byte(note))
	f.Add(encode(f, japanese.ShiftJIS, note))
	f.Add(encode(f, japanese.ISO2022JP, note))
	f.Add(encode(f, japanese.EUCJP, note))
	f.Add(encode(f, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), note))
	f.Fuzz(func(t *testing.T, b []byte) {
		blocks, _, err := prose.Text(b)
		if err != nil {
			return
		}
		checkBlocks(t, blocks, 1000+4*len(b))
		var lines []string
		for _, b := range blocks {
			lines = append(lines, b.Paragraph)
		}
		if diff := cmp.Diff(blocks, prose.Paragraphs(strings.Join(lines, "\n\n"))); diff != "" {
			t.Errorf("read again (-once +twice):\n%s", diff)
		}
	})
}
