package prose

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// Page is what an HTML page says.
type Page struct {
	Title    string
	Sections []clinical.Section
	Warnings []string
	// Remarks are those of the warnings that hospital IT can mend.
	Remarks clinical.Remarks
}

// declaration finds the character set that a page names, in either form of meta.
var declaration = regexp.MustCompile(`(?i)<meta[^>]*?charset\s*=\s*["']?\s*([a-z0-9_-]+)`)

// ending is how a page ends.
const ending = "</html>"

// HTML reads a page into sections, which its headings part.
//
// It goes through the tokens of the page and builds no tree, so that time does not
// depend on how its elements lie in each other.
func HTML(b []byte) (Page, error) {
	if len(b) > MaxBytes {
		return Page{}, invalid("%w: text of more than %d bytes", ErrTooLarge, MaxBytes)
	}
	if whole := bytes.TrimRight(b, "\x00 \r\n"); bytes.HasSuffix(bytes.ToLower(whole[max(0, len(whole)-len(ending)):]), []byte(ending)) {
		b = whole // zeros behind it fill up a block
	}
	declared := ""
	if m := declaration.FindSubmatch(b[:min(len(b), 4096)]); m != nil {
		declared = string(m[1])
	}
	text, warning, err := Decode(b, declared)
	if err != nil {
		return Page{}, err
	}
	r := pageReader{tokens: html.NewTokenizer(strings.NewReader(text))}
	if warning != "" {
		r.remark(clinical.RemarkHole, warning)
	}
	r.styles(text)
	if err := r.read(); err != nil {
		return Page{}, err
	}
	r.levels()
	r.doubts()
	return r.page, nil
}

func (r *pageReader) remark(kind clinical.RemarkKind, warning string) {
	r.page.Remarks.Add(kind, warning)
	r.page.Warnings = append(r.page.Warnings, warning)
}

// styles reads the style sheets of a page: they hold for what stands before them, too.
func (r *pageReader) styles(text string) {
	tokens, inside := html.NewTokenizer(strings.NewReader(text)), false
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := tokens.TagName()
			inside = string(name) == "style"
			for link := string(name) == "link"; link && more; {
				var key, value []byte
				key, value, more = tokens.TagAttr()
				r.foreign = r.foreign || string(key) == "rel" && strings.Contains(strings.ToLower(string(value)), "stylesheet")
			}
		case html.TextToken:
			if inside {
				r.sheet.read(string(tokens.Text()))
			}
		default:
			inside = false
		}
	}
}

// doubts says of what words it is not certain how they looked.
func (r *pageReader) doubts() {
	if r.left {
		r.remark(clinical.RemarkLeftOut, "words that the page's own style does not show are left out")
	}
	if r.pale {
		r.page.Warnings = append(r.page.Warnings, "words in the colour of the page, which may not have been seen")
	}
	if r.opened.lost {
		r.remark(clinical.RemarkLeftOut, "elements too deep in each other strike out or hide words: they are shown as standing")
	}
	if r.sheet.doubtful {
		r.remark(clinical.RemarkLeftOut, "a style sheet strikes out or hides words in a way that is not followed here: they are shown as standing")
	}
	if r.foreign {
		r.page.Warnings = append(r.page.Warnings, "a style sheet in a file of its own is not read: whether it strikes out or hides words is not known")
	}
}

type pageReader struct {
	tokens *html.Tokenizer
	page   Page
	flow   Flow

	section clinical.Section // being read
	heading bool             // its heading is
	title   bool
	sup     bool
	sheet   sheet
	foreign bool // a style sheet lies elsewhere
	opened  elements
	left    bool // words were left out that are not shown
	pale    bool // words are as white as the page
	choice  bool // inside a select: only what is selected is said
	chosen  bool
	pre     int
	hidden  atom.Atom // what is in it is not shown
	depth   int       // of elements of its name
}

func (r *pageReader) read() error {
	for {
		switch r.tokens.Next() {
		case html.ErrorToken:
			if err := r.tokens.Err(); !errors.Is(err, io.EOF) {
				return invalid("HTML: %w", err)
			}
			return r.end()
		case html.TextToken:
			r.text(string(r.tokens.Text()))
		case html.StartTagToken:
			t := r.tokens.Token()
			if err := r.begin(t); err != nil {
				return err
			}
		case html.SelfClosingTagToken:
			t := r.tokens.Token()
			if err := r.begin(t); err != nil {
				return err
			}
			if r.hidden == t.DataAtom && t.DataAtom != 0 { // <svg/> has no content
				r.close(t.DataAtom)
			}
		case html.EndTagToken:
			name, _ := r.tokens.TagName()
			if err := r.closeTag(string(name), atom.Lookup(name)); err != nil {
				return err
			}
		}
	}
}

func (r *pageReader) text(s string) {
	switch {
	case r.hidden != 0, r.choice && !r.chosen:
	case r.unshown(r.opened.top(), s):
	case r.title:
		if r.page.Title == "" { // of several the first counts, as in a browser
			r.page.Title = strings.TrimSpace(clean(s))
		}
	case r.sup:
		r.flow.Text(Superscript(s))
	case r.pre > 0:
		r.flow.KeepLines = true
		r.flow.Text(s)
		r.flow.KeepLines = false
	default:
		r.flow.Text(s)
	}
}

// unseen are the elements whose content no browser shows as words.
var unseen = []atom.Atom{
	atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Iframe, atom.Object, atom.Svg, atom.Math,
	atom.Noframes, atom.Noembed, atom.Datalist, atom.Audio, atom.Video, atom.Canvas,
}

// blocks are the elements before and after which a new paragraph begins.
var blocks = []atom.Atom{
	atom.P, atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside,
	atom.Blockquote, atom.Pre, atom.Address, atom.Fieldset, atom.Legend, atom.Form, atom.Caption, atom.Hr,
	atom.Body, atom.Center, atom.Figure, atom.Figcaption, atom.Details, atom.Summary, atom.Dd, atom.Dt,
}

// unshown reports whether the page does not show words in an element. What its author
// did not see, he did not sign for; and it may be a remark that nobody should see.
func (r *pageReader) unshown(in element, words string) bool {
	if strings.TrimSpace(words) == "" {
		return in.gone
	}
	hides := in.gone || in.unseen || in.tiny || in.colour == transparent && in.ground != opaque
	if paper := in.colour == white && in.ground == ""; paper || in.colour != "" && in.colour == in.ground {
		if paper || r.foreign || r.sheet.doubtful || r.sheet.grounds { // what is behind it is not known
			r.pale = r.pale || !hides
		} else {
			hides = true
		}
	}
	r.left = r.left || hides
	return hides
}

// begin opens an element. One that the page does not show opens nothing: no row, no item.
func (r *pageReader) begin(t html.Token) error {
	a := t.DataAtom
	switch {
	case r.hidden != 0:
		if a == r.hidden {
			r.depth++
		}
		return nil
	case slices.Contains(unseen, a):
		r.hidden, r.depth = a, 1
		return nil
	}
	e := r.opened.begin(t, r.style(t))
	if words := wordsOf(t); words != "" && !r.unshown(e, words) {
		r.flow.Strike(r.opened.struck() || e.struck)
		r.flow.Text(words)
	}
	if !e.gone {
		if err := r.open(t); err != nil {
			return err
		}
	}
	r.flow.Strike(r.opened.struck())
	return nil
}

// style gives what the page's styles say of an element.
func (r *pageReader) style(t html.Token) Style {
	if len(t.Attr) == 0 && r.sheet.rules == nil {
		return Style{}
	}
	own := Style{colour: colour(attribute(t, "color")), ground: colour(attribute(t, "bgcolor"))}
	if has(t, "background") { // a picture
		own.ground = opaque
	}
	if t.DataAtom == atom.Body {
		own.colour = colour(attribute(t, "text"))
	}
	if has(t, "hidden") {
		own.display = fallen
	}
	return own.over(r.sheet.of(t.Data, attribute(t, "class"), attribute(t, "id"))).over(ReadStyle(attribute(t, "style")))
}

func (r *pageReader) open(t html.Token) error {
	a := t.DataAtom
	switch {
	case level(a) > 0 && r.flow.Plain():
		return r.openHeading(level(a))
	case slices.Contains(blocks, a):
		r.flow.End()
	}
	switch a {
	case atom.Title:
		r.title = true
	case atom.Br:
		r.flow.Break()
	case atom.Pre:
		r.pre++
	case atom.Ul, atom.Ol, atom.Dl:
		r.flow.OpenList()
	case atom.Li:
		r.flow.Item()
	case atom.Table:
		r.flow.OpenTable()
	case atom.Tr:
		r.flow.Row()
	case atom.Td, atom.Th:
		r.flow.Cell(a == atom.Th, number(attribute(t, "colspan")), number(attribute(t, "rowspan")))
	case atom.Sup:
		r.sup = true
	case atom.Select:
		r.choice, r.chosen = true, false
	case atom.Option:
		r.chosen = has(t, "selected")
	}
	return nil
}

// wordsOf gives what an element without an end says.
func wordsOf(t html.Token) string {
	switch t.DataAtom {
	case atom.Img:
		return attribute(t, "alt")
	case atom.Input:
		return filledIn(t)
	}
	return ""
}

// closeTag ends an element; an end tag without a beginning is passed over.
func (r *pageReader) closeTag(name string, a atom.Atom) (err error) {
	if r.hidden == 0 {
		if e, ok := r.opened.end(name, a); ok && e.gone {
			r.flow.Strike(r.opened.struck())
			return nil
		}
	}
	if level(a) > 0 && r.heading && r.hidden == 0 {
		err = r.closeHeading()
	} else {
		r.close(a)
	}
	r.flow.Strike(r.opened.struck())
	return err
}

func (r *pageReader) close(a atom.Atom) {
	if r.hidden != 0 {
		if a == r.hidden {
			if r.depth--; r.depth == 0 {
				r.hidden = 0
			}
		}
		return
	}
	if slices.Contains(blocks, a) {
		r.flow.End()
	}
	switch a {
	case atom.Title:
		r.title = false
	case atom.Pre:
		r.pre = max(r.pre-1, 0)
	case atom.Ul, atom.Ol, atom.Dl:
		r.flow.CloseList()
	case atom.Table:
		r.flow.CloseTable()
	case atom.Sup:
		r.sup = false
	case atom.Option:
		r.chosen = false
	case atom.Select:
		r.choice = false
	}
}

// openHeading ends the section before.
func (r *pageReader) openHeading(level int) error {
	if err := r.endSection(); err != nil {
		return err
	}
	r.section, r.heading = clinical.Section{Level: level}, true
	return nil
}

// closeHeading takes what was read since the heading began as its words.
func (r *pageReader) closeHeading() error {
	r.heading = false
	blocks, err := r.flow.Blocks()
	if err != nil {
		return err
	}
	var words []string
	for _, b := range blocks {
		if b.Paragraph == "" { // a table in a heading: it is content
			r.section.Blocks = append(r.section.Blocks, b)
			continue
		}
		words = append(words, strings.ReplaceAll(b.Paragraph, "\n", " "))
	}
	r.section.Heading = strings.TrimSpace(strings.Join(words, " "))
	return nil
}

func (r *pageReader) endSection() error {
	if r.heading { // never closed
		if err := r.closeHeading(); err != nil {
			return err
		}
	}
	blocks, err := r.flow.Blocks()
	if err != nil {
		return err
	}
	r.section.Blocks = append(r.section.Blocks, blocks...)
	if r.section.Heading != "" || len(r.section.Blocks) > 0 {
		r.page.Sections = append(r.page.Sections, r.section)
	}
	r.section = clinical.Section{}
	return nil
}

func (r *pageReader) end() error { return r.endSection() }

// levels counts the levels of headings from the highest that there is.
func (r *pageReader) levels() {
	top := 7
	for _, s := range r.page.Sections {
		if s.Level > 0 {
			top = min(top, s.Level)
		}
	}
	for i := range r.page.Sections {
		s := &r.page.Sections[i]
		s.Level = max(s.Level-top, 0)
	}
}

// level gives the level of a heading, 0 for what is none.
func level(a atom.Atom) int {
	return 1 + slices.Index([]atom.Atom{atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6}, a)
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(t html.Token, name string) bool {
	return slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func number(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return 1
	}
	return n
}

// filledIn gives what was filled into a field of a form: templates of notes are forms.
func filledIn(t html.Token) string {
	switch strings.ToLower(attribute(t, "type")) {
	case "checkbox", "radio":
		if has(t, "checked") {
			return "☑"
		}
		return "☐"
	case "", "text", "number", "date", "time", "tel", "email":
		return attribute(t, "value")
	}
	return ""
}

// IsHTML reports whether bytes begin as an HTML page does. Notes begin with "<所見>" as
// well, so the name of the first element decides.
func IsHTML(head []byte) bool { return firstElement.Match(Prolog(head)) }

var firstElement = regexp.MustCompile(`(?i)^(<!doctype\s+html|<(html|head|body|title|meta|style|p|div|table|ul|ol|pre|br|hr|b|font|span|center|h[1-6])[\s>/])`)

// Prolog gives what stands behind the white space, comments and instructions that a page
// or an XML document may begin with.
func Prolog(b []byte) []byte {
	b = bytes.TrimPrefix(b, bomUTF8)
	for {
		b = bytes.TrimLeft(b, " \t\r\n\v")
		end := ""
		switch {
		case bytes.HasPrefix(b, []byte("<!--")):
			end = "-->"
		case bytes.HasPrefix(b, []byte("<?")):
			end = "?>"
		default:
			return b
		}
		i := bytes.Index(b, []byte(end))
		if i < 0 {
			return nil
		}
		b = b[i+len(end):]
	}
}
