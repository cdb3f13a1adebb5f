package cda

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/prose"
)

// section reads a section and those in it.
func (r *reader) section(n *node, level int, place string) error {
	s := clinical.Section{Heading: n.get("title").words(), Code: coded(n.get("code")), Level: level}
	if s.Heading == "" {
		s.Heading = s.Code.Label()
	}
	if text := n.get("text"); text.is() {
		blocks, err := r.narrative(text, place)
		if err != nil {
			return err
		}
		s.Blocks = blocks
	}
	inner := n.all("component")
	if len(s.Blocks) == 0 && len(n.all("entry")) > 0 {
		r.warn(clinical.RemarkLeftOut, "%s: no narrative, its entries are not shown", place)
		// A heading without anything under it would read as: none.
		s.Blocks = []clinical.TextBlock{{Paragraph: "（この欄には本文がなく、構造化データは表示できません）"}}
	}
	if s.Heading != "" || len(s.Blocks) > 0 {
		r.doc.Sections = append(r.doc.Sections, s)
	}
	for i, c := range inner {
		if err := r.section(c.get("section"), level+1, fmt.Sprintf("%s.%d", place, i+1)); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) narrative(text *node, place string) ([]clinical.TextBlock, error) {
	w := narrator{reader: r, place: place, flow: prose.Flow{KeepLines: true}}
	w.inside(text)
	blocks, err := w.flow.Blocks()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	return blocks, nil
}

// narrator puts a narrative block (StrucDoc.Text) into blocks.
type narrator struct {
	*reader
	place  string
	flow   prose.Flow
	struck bool
	left   bool // words were left out that the document hides
}

func (w *narrator) inside(n *node) {
	for _, k := range n.kids {
		if k.name == "" {
			w.words(n, k.text)
			continue
		}
		w.element(k)
	}
}

// layout are the elements between whose children white space is only the writer's.
var layout = []string{"table", "thead", "tbody", "tfoot", "tr", "list"}

func (w *narrator) words(in *node, s string) {
	if slices.Contains(layout, in.name) && strings.TrimSpace(s) == "" {
		return
	}
	if in.name == "sup" {
		s = prose.Superscript(s)
	}
	w.flow.Text(s)
}

// element reads an element with the words in it, which may be struck out as a whole.
func (w *narrator) element(n *node) {
	style := prose.ReadStyle(n.at("style"))
	codes := strings.Fields(strings.ToLower(n.at("styleCode")))
	if style.Unshown() || slices.ContainsFunc(codes, hides) {
		if n.words() != "" && !w.left {
			w.left = true
			w.warn(clinical.RemarkLeftOut, "%s: words that the document's own style does not show are left out", w.place)
		}
		return
	}
	around := w.struck
	w.struck = around || n.at("revised") == "delete" || slices.Contains(strikes, n.name) || style.Struck() || slices.ContainsFunc(codes, strikesOut)
	w.flow.Strike(w.struck)
	w.inner(n)
	w.struck = around
	w.flow.Strike(around)
}

// strikes are elements of HTML that some writers put into a narrative.
var strikes = []string{"s", "del", "strike"}

// strikesOut and hides go by the words of a style code, in lower case: the standard names
// bold, underline, italics and emphasis, and leaves all others to the writer.
func strikesOut(code string) bool {
	return strings.Contains(code, "strike") || strings.Contains(code, "line-through") || strings.Contains(code, "linethrough")
}

func hides(code string) bool { return code == "hidden" || code == "xhidden" }

func (w *narrator) inner(n *node) {
	switch n.name {
	case "paragraph", "caption":
		w.flow.End()
		w.inside(n)
		w.flow.End()
	case "br":
		w.flow.Break()
	case "list":
		w.flow.OpenList()
		w.inside(n)
		w.flow.CloseList()
	case "item":
		w.flow.Item()
		w.inside(n)
	case "table":
		w.flow.OpenTable()
		w.inside(n)
		w.flow.CloseTable()
	case "tr":
		w.flow.Row()
		w.inside(n)
	case "td", "th":
		w.flow.Cell(n.name == "th", span(n.at("colspan")), span(n.at("rowspan")))
		w.inside(n)
	case "content", "linkHtml", "thead", "tbody", "tfoot", "sub", "sup", "footnote", "s", "del", "strike":
		w.inside(n)
	case "renderMultiMedia", "footnoteRef", "col", "colgroup":
	default:
		w.warn("", "%s: element of the narrative is not known, its words are kept", w.place)
		w.inside(n)
	}
}

func span(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 1
	}
	return n
}
