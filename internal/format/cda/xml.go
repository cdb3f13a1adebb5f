package cda

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/prose"
)

// node is an element, or words if it has no name.
type node struct {
	name string
	text string
	attr []xml.Attr
	kids []*node
}

// declared finds the character set that an XML declaration names.
var declared = regexp.MustCompile(`^\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']`)

// parse reads XML within the bounds of the package.
func parse(src []byte) (*node, []string, error) {
	text, warning, err := decode(src)
	if err != nil {
		return nil, nil, err
	}
	var warnings []string
	if warning != "" {
		warnings = append(warnings, warning)
	}
	if _, err := scan([]byte(text)); err != nil {
		return nil, nil, err
	}
	root, err := build(text)
	return root, warnings, err
}

// decode gives the text of XML in the character set that it declares or turns out to have.
func decode(src []byte) (text, warning string, err error) {
	if len(src) > MaxBytes {
		return "", "", invalid("XML of more than %d bytes", MaxBytes)
	}
	charset := ""
	if m := declared.FindSubmatch(src[:min(len(src), 400)]); m != nil {
		charset = string(m[1])
	}
	if strings.EqualFold(charset, "utf-16") { // without byte order mark it is none
		charset = ""
	}
	if whole := bytes.TrimRight(src, "\x00"); bytes.HasSuffix(bytes.TrimSpace(whole), []byte(">")) && !bytes.HasPrefix(src, []byte{0xFF, 0xFE}) {
		src = whole // zeros behind the last tag fill up a block; whether it is the last the parser tells
	}
	return prose.Decode(src, charset)
}

// scan goes through the markup once and refuses what could cost more than its bytes, so
// that no parser has to be trusted with it. sound is how far there was nothing of that.
func scan(b []byte) (sound int, err error) {
	depth, elements := 0, 0
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '<')
		if i < 0 {
			return len(b), nil
		}
		at += i
		rest := b[at:]
		for _, m := range []struct{ begin, end string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
			if bytes.HasPrefix(rest, []byte(m.begin)) {
				end := bytes.Index(rest[len(m.begin):], []byte(m.end))
				if end < 0 {
					return at, invalid("XML, byte %d: not ended", at)
				}
				at += len(m.begin) + end + len(m.end)
				rest = nil
				break
			}
		}
		if rest == nil {
			continue
		}
		if bytes.HasPrefix(rest, []byte("<!")) {
			return at, invalid("XML, byte %d: a document type is not read", at)
		}
		end := tagEnd(rest)
		if end < 0 {
			return at, invalid("XML, byte %d: a tag of more than %d bytes, or not ended", at, MaxTag)
		}
		switch {
		case rest[1] == '/':
			depth--
		case rest[end-1] == '/':
			elements++
		default:
			depth++
			elements++
		}
		switch {
		case depth > MaxDepth:
			return at, invalid("XML, byte %d: more than %d elements in each other", at, MaxDepth)
		case elements > MaxElements:
			return at, invalid("XML, byte %d: more than %d elements", at, MaxElements)
		}
		at += end + 1
	}
}

// tagEnd finds the end of the tag that begins b, -1 if it is not within MaxTag.
func tagEnd(b []byte) int {
	var quote byte
	for i, c := range b[:min(len(b), MaxTag)] {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>' && i > 1:
			return i
		}
	}
	return -1
}

func build(text string) (*node, error) {
	d := decoder(text)
	top := &node{}
	if err := grow(d, top); err != nil {
		return nil, err
	}
	if len(top.kids) != 1 {
		return nil, invalid("XML: %d document elements", len(top.kids))
	}
	return top.kids[0], nil
}

func decoder(text string) *xml.Decoder {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = true
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	return d
}

func malformed(d *xml.Decoder) error {
	line, _ := d.InputPos()
	return invalid("XML, line %d: not well-formed", line)
}

// grow reads what is inside of an element that has begun, to its end. Its depth and size
// are bounded and no document type is among it: [scan] has been there before.
func grow(d *xml.Decoder, top *node) error {
	open := []*node{top}
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil // a decoder that is strict knows what is open
		}
		if err != nil {
			return malformed(d)
		}
		in := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local, attr: t.Attr}
			in.kids = append(in.kids, n)
			open = append(open, n)
		case xml.EndElement:
			if open = open[:len(open)-1]; len(open) == 0 {
				return nil
			}
		case xml.CharData:
			if len(open) > 1 {
				in.kids = append(in.kids, &node{text: string(t)})
			}
		}
	}
}

// get gives the first element under a path of names, one without anything if there is none.
func (n *node) get(path ...string) *node {
	for _, name := range path {
		all := n.all(name)
		if len(all) == 0 {
			return &node{}
		}
		n = all[0]
	}
	return n
}

// all gives the child elements of a name.
func (n *node) all(name string) []*node {
	var out []*node
	for _, k := range n.kids {
		if k.name == name {
			out = append(out, k)
		}
	}
	return out
}

func (n *node) is() bool { return n.name != "" }

func (n *node) at(name string) string {
	for _, a := range n.attr {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// words gives all words inside, white space folded.
func (n *node) words() string {
	var b strings.Builder
	n.eachText(func(s string) { b.WriteString(s) })
	return strings.Join(strings.Fields(b.String()), " ")
}

func (n *node) eachText(do func(string)) {
	if n.name == "" {
		do(n.text)
	}
	for _, k := range n.kids {
		k.eachText(do)
	}
}

// each goes through all elements of a name below.
func (n *node) each(name string, do func(*node)) {
	for _, k := range n.kids {
		if k.name == name {
			do(k)
		}
		k.each(name, do)
	}
}

// rootName matches the first tag, without its prefix.
var rootName = regexp.MustCompile(`^<(?:[A-Za-z_][\w.-]{0,40}:)?([A-Za-z_][\w.-]{0,100})[\s/>]`)

// Root gives the name of the document element of XML by its first bytes, without prefix;
// empty for what does not begin as XML does. A document type is passed over, not read.
func Root(head []byte) string {
	text, _, err := prose.Decode(head, "")
	if err != nil {
		return ""
	}
	b := prose.Prolog([]byte(text))
	if b = afterDoctype(b); b == nil {
		return ""
	}
	if m := rootName.FindSubmatch(b); m != nil {
		return string(m[1])
	}
	return ""
}

// afterDoctype passes over a document type and what may stand behind it; nil if it does
// not end.
func afterDoctype(b []byte) []byte {
	if !bytes.HasPrefix(b, []byte("<!DOCTYPE")) {
		return b
	}
	end := bytes.IndexByte(b, '>')
	if inside := bytes.IndexByte(b, '['); inside >= 0 && inside < end {
		end = bytes.Index(b, []byte("]>"))
		if end >= 0 {
			end++
		}
	}
	if end < 0 {
		return nil
	}
	return prose.Prolog(b[end+1:])
}

// DocumentElement is the name of a clinical document's document element.
const DocumentElement = "ClinicalDocument"
