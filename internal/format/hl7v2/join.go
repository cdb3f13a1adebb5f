package hl7v2

import (
	"bytes"
	"slices"
	"strings"
)

// nameless looks again at a line that begins with no name and a separator: spaces may
// stand before them, and a name may stand alone, one of the sender's own too. Three letters
// that name no segment are the rest of a text: CRP, MRI.
func (p *parser) nameless(line string, fields []uint32) (name, text string) {
	text = strings.TrimLeft(line, " \t")
	name = nameOf(text, p.signs.field())
	if name == "" || len(text) == len(name) && name[0] != 'Z' && !slices.Contains(bare, name) {
		return "", line
	}
	if spaces := len(line) - len(text); spaces > 0 {
		for i := range fields {
			fields[i] -= uint32(spaces)
		}
		p.warn(Unnamed, "%s: spaces before the segment's name", place(p.message.Len()+1-len(p.joined), name, 0))
	}
	return name, text
}

// bare are the segments that may stand without any field.
var bare = strings.Fields("MSH BHS FHS EVN PID PD1 PV1 PV2 NK1 DB1 IN1 AL1 IAM PRB ZPR ORC TQ1 TQ2 RXO RXE RXR RXC RXA OBR OBX NTE SPM SAC CTI CTD BLG DG1 ODS ODT IPC ZE1 ZE2 ROL GT1 PDA ADD DSC BTS FTS")

// goesOn notes that the last line is no segment but more of the one before: a line break
// inside a text that its writer did not escape.
func (p *parser) goesOn() error {
	last := &p.message.segments[p.message.Len()-1]
	before := &p.message.segments[p.named]
	if before.Number == 1 && before.Len() <= 2 {
		return located(1, "MSH", 2, "line break inside the encoding characters")
	}
	last.Number = before.Number
	p.joined = append(p.joined, p.message.Len()-1)
	p.warn(Unnamed, "%s: line without a segment name, read as the next line of its text", before.Place(0))
	return nil
}

// addendum notes that the last line is an ADD: what stands behind its first separator goes
// on, sign for sign, with the segment before (HL7 v2.5 2.10.2.1). Without a separator, or
// right behind the header, the rest or the beginning is in a message of its own.
func (p *parser) addendum() error {
	last := &p.message.segments[p.message.Len()-1]
	switch before := &p.message.segments[p.named]; {
	case len(last.text) == len(last.Name):
		return located(last.Number, last.Name, 0, "%w: it goes on in another one", ErrCut)
	case before.Number == 1:
		return located(last.Number, last.Name, 0, "%w: it goes on with another one", ErrCut)
	default:
		last.Number = before.Number
	}
	p.joined = append(p.joined, p.message.Len()-1)
	return nil
}

// join puts the lines of every segment together, with the escape that its writer should
// have written between them, and splits it all again.
func (p *parser) join() error {
	warnings, bent, lineBreak := p.message.Warnings, p.message.Bent, wrap(".br", p.message.Delimiters)
	size := 0
	for i := range p.message.segments {
		size += len(p.message.segments[i].text) + len(lineBreak)
	}
	whole, next := slices.Grow(p.text[:0], size+blockSize), 0 // segments hold copies of what was in it
	for i := range p.message.segments {
		text := p.message.segments[i].text
		switch {
		case i == 0:
		case next < len(p.joined) && p.joined[next] == i:
			next++
			alone, added := len(p.message.segments[i-1].text) == 3 && p.message.segments[i-1].Name != "", p.message.segments[i].Name != ""
			if added {
				text = text[len("ADD|"):]
			}
			switch {
			case alone && !(added && strings.HasPrefix(text, string(p.signs.field()))): // behind a name that stands alone
				whole = append(whole, p.signs.field())
			case !added:
				whole = append(whole, lineBreak...)
			}
		default:
			whole = append(whole, '\r')
		}
		whole = append(whole, text...)
	}
	p.empty()
	p.text = whole
	_, err := p.split()
	p.message.Warnings, p.message.Bent = warnings, bent
	return err
}

// unclosed reports whether text stops inside an escape sequence, or right behind one
// that is no return to ASCII.
func unclosed(text []byte) bool {
	return bytes.IndexByte(text[max(0, len(text)-3):], 0x1B) >= 0 &&
		!bytes.HasSuffix(text, []byte("\x1b(B")) && !bytes.HasSuffix(text, []byte("\x1b(J"))
}
