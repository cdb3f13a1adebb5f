package prose

import (
	"cmp"
	"slices"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// element is an element that is open, with what holds for the words in it.
type element struct {
	name  string
	prior int // the open element of the same name around it, -1 if there is none

	struck, gone, unseen, tiny bool
	resumes                    bool // struck by itself, and goes on if something around it ends
	colour, ground             string

	// Where around it, or itself, the innermost of these is that an end tag or another
	// beginning in it may end: browsers end what writers of HTML leave open.
	paragraph, item, cell, row, part, table int
	bound                                   int // what is outside of this element no end tag in it reaches
	inline                                  bool
}

// elements are those that are open, the outermost first. Nothing in it is searched for,
// so that end tags of what is far away cost nothing.
type elements struct {
	open []element
	last map[string]int // by name: the innermost one

	// One that formats words (font, b, s) lasts to its own end tag, whatever ends around it.
	inline string
	depth  int // of elements of its name

	over int  // elements that are open beyond maxOpen, and not followed
	lost bool // one of them struck words out or hid them
}

// maxOpen bounds the elements that are open at a time. Nobody's page comes near it; one
// that does is read on, and is said to have styles that are not followed.
const maxOpen = 10_000

var root = element{prior: -1, paragraph: -1, item: -1, cell: -1, row: -1, part: -1, table: -1, bound: -1}

func (e *elements) top() element {
	if len(e.open) == 0 {
		return root
	}
	return e.open[len(e.open)-1]
}

// struck reports whether words that come now are struck out.
func (e *elements) struck() bool { return e.inline != "" || e.top().struck }

// formatting elements go on in the next paragraph if they are not ended.
var formatting = []atom.Atom{
	atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U,
}

// void elements have no end.
var void = []atom.Atom{
	atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr,
}

// begin opens an element and gives it; what it implies the end of is ended.
func (e *elements) begin(t html.Token, style Style) element {
	e.imply(t.DataAtom)
	around := e.top()
	n := around
	n.name, n.inline = t.Data, e.inline != ""
	n.gone = around.gone || style.gone()
	if style.visibility != unsaid {
		n.unseen = style.visibility == fallen
	}
	if style.size != unsaid {
		n.tiny = style.size == fallen
	}
	n.colour, n.ground = cmp.Or(style.colour, around.colour), cmp.Or(style.ground, around.ground)
	if style.ground == transparent {
		n.ground = around.ground
	}
	struck := style.Struck() || t.DataAtom == atom.Del || t.DataAtom == atom.S || t.DataAtom == atom.Strike
	switch {
	case slices.Contains(void, t.DataAtom):
		n.struck = n.struck || struck
		return n
	case e.inline == t.Data:
		e.depth++
	case struck && e.inline == "" && slices.Contains(formatting, t.DataAtom):
		e.inline, e.depth = t.Data, 1
	case struck:
		n.struck, n.resumes = true, slices.Contains(formatting, t.DataAtom)
	}
	if len(e.open) >= maxOpen {
		e.over++
		e.lost = e.lost || struck && e.inline == "" || style.doubtful()
		return around
	}
	e.push(n, t.DataAtom)
	return n
}

// imply ends what cannot hold an element that begins.
func (e *elements) imply(a atom.Atom) {
	top := e.top()
	switch {
	case a == atom.Li || a == atom.Dd || a == atom.Dt:
		e.cut(top.item)
	case a == atom.Td || a == atom.Th:
		e.cut(top.cell)
	case a == atom.Tr:
		e.cut(cmp.Or(top.row+1, top.cell+1) - 1)
	case a == atom.Tbody || a == atom.Thead || a == atom.Tfoot:
		e.cut(cmp.Or(top.part+1, top.row+1) - 1)
	}
	if a == atom.Ul || a == atom.Ol || a == atom.Dl || a == atom.Table || a == atom.Li || level(a) > 0 || slices.Contains(blocks, a) {
		e.cut(e.top().paragraph)
	}
}

func (e *elements) push(n element, a atom.Atom) {
	i := len(e.open)
	switch a {
	case atom.P:
		n.paragraph = i
	case atom.Ul, atom.Ol, atom.Dl:
		n.item = -1
	case atom.Li, atom.Dd, atom.Dt:
		n.item = i
	case atom.Table:
		n.table, n.bound, n.paragraph, n.item, n.cell, n.row, n.part = i, i, -1, -1, -1, -1, -1
	case atom.Tbody, atom.Thead, atom.Tfoot:
		n.part = i
	case atom.Tr:
		n.row = i
	case atom.Td, atom.Th, atom.Caption:
		n.bound, n.paragraph, n.item, n.cell = i, -1, -1, i
	}
	n.prior = -1
	if last, ok := e.last[n.name]; ok {
		n.prior = last
	}
	if e.last == nil {
		e.last = map[string]int{}
	}
	e.last[n.name] = i
	e.open = append(e.open, n)
}

// end ends the innermost element of a name, and what is open in it. ok is false for an
// end tag of nothing that is open there.
func (e *elements) end(name string, a atom.Atom) (n element, ok bool) {
	if name == e.inline {
		if e.depth--; e.depth == 0 {
			e.inline = ""
		}
	}
	if e.over > 0 {
		e.over--
		return root, false
	}
	i, ok := e.last[name]
	if !ok {
		return root, false
	}
	reach := e.top().bound
	switch a {
	case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Td, atom.Th, atom.Caption:
		reach = e.top().table
	case atom.Body, atom.Html: // words behind them are read like those before
		return e.open[i], true
	}
	if i < reach {
		return root, false
	}
	n = e.open[i]
	e.cut(i)
	return n, true
}

// cut ends the element at a place and all in it; none at -1.
func (e *elements) cut(i int) {
	if i < 0 {
		return
	}
	e.over = 0
	for len(e.open) > i {
		n := e.top()
		e.open = e.open[:len(e.open)-1]
		delete(e.last, n.name)
		if n.prior >= 0 {
			e.last[n.name] = n.prior
		}
		if n.resumes && len(e.open) > i && e.inline == "" {
			e.inline, e.depth = n.name, 1
		}
		if n.bound == len(e.open) && !n.inline { // nothing goes on behind a cell
			e.inline = ""
		}
	}
}
