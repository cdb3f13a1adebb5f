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
	place string
	flow  prose.Flow
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

func (w *narrator) element(n *node) {
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
	case "content", "linkHtml":
		w.content(n)
	case "thead", "tbody", "tfoot", "sub", "sup", "footnote":
		w.inside(n)
	case "renderMultiMedia", "footnoteRef", "col", "colgroup":
	default:
		w.warn("", "%s: element of the narrative is not known, its words are kept", w.place)
		w.inside(n)
	}
}

// content marks what a later version of the document struck out.
func (w *narrator) content(n *node) {
	if n.at("revised") != "delete" {
		w.inside(n)
		return
	}
	w.flow.Text(prose.StruckOut)
	w.inside(n)
	w.flow.Text(prose.StruckOutEnd)
}

func span(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 1
	}
	return n
}
