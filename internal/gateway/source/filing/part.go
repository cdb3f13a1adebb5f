package filing

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// part is the least of an entry that one message may have and another may not: an allergy,
// a result, a drug that was given at a time.
type part struct {
	what      string // by codes, or by words where there are none
	panel     string // of a result
	at        string // digits of the time that it is of, as precise as it is written
	bare      bool   // a group without any part: a panel without results, an order without what was given
	open      bool   // a result that is not final
	withdrawn bool
	corrects  bool // what was said before, perhaps of another time
	adds      bool // an allergy that is told alone and not as one of a list
}

// content is a message taken apart. What belongs together is a group; what stands
// before groups and is of all of them, such as a specimen, is outer.
type content struct {
	msg    *hl7v2.Message
	lines  [][]byte // its segments as they were written
	head   int      // segments before the first part
	outer  []int    // of each segment, which outer it is of; 0: none
	group  []int    // of each segment, 0: of none
	part   []int    // of each segment, index in parts; -1: of its group
	parts  []part
	linked bool // results of cultures refer to each other
	bare   bool // some part is
	bound  bool // specimens stand before what was found in them
}

// takenApart are the types of which a later message may have less than the entry without
// taking the rest back.
var takenApart = map[ssmix2.DataType]bool{
	ssmix2.AllergyInformation: true, ssmix2.LabResult: true, ssmix2.PrescriptionDone: true, ssmix2.InjectionDone: true,
}

// takeApart takes a message apart. ok is false for one whose bytes cannot be told from
// each other as its segments are.
func takeApart(typ ssmix2.DataType, body []byte) (c *content, ok bool) {
	msg, err := hl7v2.Parse(body)
	if err != nil {
		return nil, false
	}
	c = &content{msg: msg, lines: linesOf(body), head: -1}
	if len(c.lines) != msg.Len() || msg.OpenEnd {
		return nil, false
	}
	n := len(c.lines)
	c.outer, c.group, c.part = make([]int, n), make([]int, n), make([]int, n)
	for i := range c.part {
		c.part[i] = -1
		if !bytes.HasPrefix(c.lines[i], []byte(msg.Segment(i+1).Name)) {
			return nil, false
		}
	}
	switch typ {
	case ssmix2.AllergyInformation:
		c.allergies()
	case ssmix2.LabResult:
		c.results()
	case ssmix2.PrescriptionDone, ssmix2.InjectionDone:
		c.given()
	default:
		return nil, false
	}
	if c.head < 0 {
		c.head = n
	}
	return c, true
}

// linesOf gives the segments of a message byte by byte. No half of a kanji is CR or LF.
func linesOf(body []byte) [][]byte {
	return bytes.FieldsFunc(body, func(r rune) bool { return r == '\r' || r == '\n' || r == 0x0B || r == 0x1C })
}

func (c *content) add(i int, p part) {
	c.parts = append(c.parts, p)
	c.part[i] = len(c.parts) - 1
}

func (c *content) begin(i int) {
	if c.head < 0 {
		c.head = i
	}
}

// nameOfCode gives what a coded field names, by its first code and system.
func nameOfCode(s *hl7v2.Segment, field int) string {
	if code := s.At(field, 1, 1, 1); code != "" {
		return code + "\x00" + s.At(field, 1, 3, 1)
	}
	return "\x00" + s.At(field, 1, 2, 1)
}

func (c *content) allergies() {
	for i := range c.lines {
		s := c.msg.Segment(i + 1)
		if s.Name != "IAM" {
			if i > 0 && c.part[i-1] >= 0 {
				c.part[i], c.group[i] = c.part[i-1], c.group[i-1]
			}
			continue
		}
		c.begin(i)
		p := part{what: nameOfCode(s, 3)}
		switch s.At(6, 1, 1, 1) {
		case "D":
			p.withdrawn, p.adds = true, true
		case "U":
			p.corrects, p.adds = true, true
		case "A":
			p.adds = true
		}
		p.withdrawn = p.withdrawn || s.At(17, 1, 1, 1) == "E"
		c.add(i, p)
		c.group[i] = len(c.parts)
	}
}

// results takes OUL^R22 apart ({SPM {OBR [ORC] {OBX}}}), and its forms as ORU^R01, where
// specimens stand behind, and OML^O33, where ORC stands before.
func (c *content) results() {
	behind := c.msg.Header().At(9, 1, 1, 1) == "ORU"
	outer, group := 0, 0
	var spm, obr, orc *hl7v2.Segment
	from, held := 0, -1 // the group's first segment and part
	end := func(to int) {
		if group > 0 && held < 0 && obr != nil {
			c.bare = true
			c.parts = append(c.parts, part{what: "panel", panel: nameOfCode(obr, 4), bare: true, open: true, withdrawn: ssmix2.CancelsOrder(orc)})
			for j := from; j < to; j++ {
				c.part[j] = len(c.parts) - 1
			}
		}
		obr, orc, held = nil, nil, -1
	}
	groups := 0
	for i := range c.lines {
		s := c.msg.Segment(i + 1)
		next := func() { end(i); groups++; group, from = groups, i }
		switch s.Name {
		case "SPM":
			if behind && group > 0 {
				break
			}
			c.begin(i)
			end(i)
			c.bound = true
			spm, group = s, 0
			outer = i + 1
		case "ORC":
			if c.begin(i); group == 0 || orc != nil || held >= 0 {
				next()
			}
			orc = s
		case "OBR":
			if c.begin(i); group == 0 || obr != nil {
				next()
			}
			obr = s
			c.linked = c.linked || !s.Field(26).IsEmpty() || !s.Field(29).IsEmpty()
		case "OBX":
			if group == 0 || obr == nil {
				break
			}
			c.add(i, resultOf(spm, obr, orc, s))
			held = i
		case "NTE":
			if held >= 0 {
				c.part[i] = c.part[i-1]
			}
		}
		if c.head >= 0 {
			c.outer[i], c.group[i] = outer, group
		}
	}
	end(len(c.lines))
}

func resultOf(spm, obr, orc, obx *hl7v2.Segment) part {
	p := part{
		what:  strings.Join([]string{nameOfCode(obx, 3), obx.At(4, 1, 1, 1), nameOfCode(spm, 4), obr.Field(26).Raw(), obr.Field(29).Raw()}, "\x00"),
		panel: nameOfCode(obr, 4),
		at:    digits(cmp.Or(spm.At(17, 1, 1, 1), obr.At(7, 1, 1, 1), obx.At(14, 1, 1, 1))),
	}
	switch obx.At(11, 1, 1, 1) {
	case "C":
		p.corrects = true
	case "D", "W":
		p.corrects, p.withdrawn = true, true
	case "P", "I", "R", "S", "O":
		p.open = true
	}
	if ssmix2.CancelsOrder(orc) {
		p.corrects, p.withdrawn = true, true
	}
	return p
}

// given takes RAS^O17 apart ({ORC {TQ1} [RXE …] {RXA} RXR}), and its older form as OMP^O09.
func (c *content) given() {
	var orc, rxe *hl7v2.Segment
	from, held, group := 0, false, 0
	end := func(to int) {
		if group > 0 && !held && rxe != nil {
			c.parts = append(c.parts, part{what: "order\x00" + nameOfCode(rxe, 2), bare: true, withdrawn: ssmix2.CancelsOrder(orc)})
			for j := from; j < to; j++ {
				c.part[j] = len(c.parts) - 1
			}
		}
		rxe, held = nil, false
	}
	for i := range c.lines {
		s := c.msg.Segment(i + 1)
		switch s.Name {
		case "ORC":
			c.begin(i)
			end(i)
			orc, from = s, i
			group++
		case "RXE", "RXO":
			rxe = s
		case "RXA":
			if group == 0 {
				break
			}
			p := part{what: nameOfCode(s, 5), at: digits(s.At(3, 1, 1, 1))}
			p.corrects = s.At(21, 1, 1, 1) == "U"
			p.withdrawn = s.At(21, 1, 1, 1) == "D" || ssmix2.CancelsOrder(orc)
			c.add(i, p)
			held = true
		}
		if c.head >= 0 {
			c.group[i] = group
		}
	}
	end(len(c.lines))
}

// digits gives the digits of a time, which may be written more or less precisely.
func digits(time string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, time)
}

// matches reports whether a later part is about the same as p; freely: also if it is of
// another time.
func (p part) matches(later part, freely bool) bool {
	switch {
	case p.bare && later.bare:
		return p.what == later.what && p.panel == later.panel
	case p.bare: // it was announced, and is here
		return p.panel != "" && p.panel == later.panel
	case later.bare:
		return later.withdrawn && p.panel != "" && p.panel == later.panel
	case p.what != later.what:
		return false
	}
	return freely || strings.HasPrefix(p.at, later.at) || strings.HasPrefix(later.at, p.at)
}

// compared is what an earlier content has beyond a later one.
type compared struct {
	rest    []bool // its parts that the later neither has nor takes back
	left    int    // how many these are
	matched int    // how many the later has or takes back
	again   int    // how many of them it only repeats, as a list of all would
	fewer   bool   // it has once, or with less of a time, what the earlier has more than once
	lone    []part // of the later, which take back or correct what the earlier does not have
}

// beyond compares parts. A correction that says another time than any that is there means
// what it corrects all the same, if there is one such: of two, nobody knows which.
func (c *content) beyond(later *content) (out compared) {
	by := map[string][]int{} // parts of c that may match, by what is the same of them
	keys := func(p part) []string { return []string{"w" + p.what, "p" + p.panel} }
	for i, p := range c.parts {
		for _, k := range keys(p) {
			by[k] = append(by[k], i)
		}
	}
	out.rest = make([]bool, len(c.parts))
	gone := map[int]part{}
	firm, said := map[int]bool{}, 0 // whole parts of c that the later means, and its own that mean them
	for _, l := range later.parts {
		found := false
		for _, freely := range []bool{false, true} {
			if found || freely && !l.corrects {
				break
			}
			for _, k := range keys(l) {
				if k == "p" || k[0] == 'p' && !l.bare && !c.bare {
					continue
				}
				for _, i := range by[k] {
					if !c.parts[i].matches(l, freely) || freely && c.several(by[k], l) {
						continue
					}
					gone[i], found = l, true
					if p := c.parts[i]; !l.bare && !p.bare && !p.open && !p.withdrawn {
						firm[i] = true
					}
				}
			}
		}
		if found && !l.bare {
			said++
		}
		if !found && (l.corrects || l.withdrawn) {
			out.lone = append(out.lone, l)
		}
	}
	out.fewer = len(firm) > said
	for i, p := range c.parts {
		l, ok := gone[i]
		switch {
		case ok:
			if out.matched++; !l.withdrawn && !l.corrects && !p.open && !p.bare {
				out.again++
			}
		case !p.withdrawn: // which says nothing by now
			out.rest[i] = true
			out.left++
		}
	}
	return out
}

// several reports whether parts of more than one time are what a later part may correct.
func (c *content) several(among []int, l part) bool {
	times := map[string]bool{}
	for _, i := range among {
		if p := c.parts[i]; !p.withdrawn && p.matches(l, true) {
			times[p.at] = true
		}
	}
	return len(times) > 1
}

func (c *content) all() []int {
	out := make([]int, len(c.parts))
	for i := range out {
		out[i] = i
	}
	return out
}

// segments gives those parts of a message with what they need around them.
func (c *content) segments(keep func(part int) bool) (out [][]byte) {
	groups, outers := map[int]bool{}, map[int]bool{}
	for i, p := range c.part {
		if p >= 0 && keep(p) {
			groups[c.group[i]], outers[c.outer[i]] = true, true
		}
	}
	for i := c.head; i < len(c.lines); i++ {
		switch p := c.part[i]; {
		case p >= 0 && !keep(p), c.group[i] == 0 && !outers[c.outer[i]], c.group[i] > 0 && !groups[c.group[i]]:
		default:
			out = append(out, c.lines[i])
		}
	}
	return out
}

// fits reports whether parts of c may stand behind a later message: of one person, in one
// character set, with the same delimiters, in one order of segments. What stands behind a
// specimen is of it, so what has none must not come there.
func (c *content) fits(later *content) bool {
	for i, p := range c.part {
		if p >= 0 && c.bound && c.outer[i] == 0 {
			return false
		}
	}
	return c.bound == later.bound && c.msg.Delimiters == later.msg.Delimiters && c.msg.Charset == later.msg.Charset &&
		c.msg.Header().At(9, 1, 1, 1) == later.msg.Header().At(9, 1, 1, 1) && samePerson(c.msg.First("PID"), later.msg.First("PID"))
}

// samePerson reports whether two messages of a number may be of one person: numbers are
// given to others, and what one had must not come to stand in what the other has.
func samePerson(a, b *hl7v2.Segment) bool {
	born, born1 := digits(a.At(7, 1, 1, 1)), digits(b.At(7, 1, 1, 1))
	if born != "" && born1 != "" && !strings.HasPrefix(born, born1) && !strings.HasPrefix(born1, born) {
		return false
	}
	var was clinical.Demographics
	is := clinical.Claim{Sex: clinical.Sex(strings.TrimSpace(b.Text(8)))}
	was.Sex = clinical.Sex(strings.TrimSpace(a.Text(8)))
	for _, n := range a.Field(5).Names() {
		if name := strings.TrimSpace(n.Family + " " + n.Given); kana.IsKana(name) {
			was.Kana = name
		} else {
			was.Name = name
		}
	}
	for _, n := range b.Field(5).Names() {
		is.Names = append(is.Names, clinical.PersonName{Family: n.Family, Given: n.Given})
	}
	return was.Compare(is).Another() == ""
}

func joined(lines ...[][]byte) []byte {
	var out []byte
	for _, l := range slices.Concat(lines...) {
		out = append(append(out, l...), '\r')
	}
	return out
}
