package filing

import (
	"cmp"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
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

// takeApart takes a message apart, if [segmentsOf] does.
func takeApart(typ ssmix2.DataType, body []byte) (c *content, ok bool) {
	msg, lines, ok := segmentsOf(body)
	if !ok {
		return nil, false
	}
	n := len(lines)
	c = &content{msg: msg, lines: lines, head: -1, outer: make([]int, n), group: make([]int, n), part: make([]int, n)}
	for i := range c.part {
		c.part[i] = -1
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

// segmentsOf reads a message and gives the bytes of each of its segments; ok is false where
// they cannot be told from each other.
func segmentsOf(body []byte) (msg *hl7v2.Message, lines [][]byte, ok bool) {
	msg, err := hl7v2.Parse(body)
	if err != nil {
		return nil, nil, false
	}
	lines, ok = msg.Lines(body)
	return msg, lines, ok
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
		switch s.ID(6) {
		case "D":
			p.withdrawn, p.adds = true, true
		case "U":
			p.corrects, p.adds = true, true
		case "A":
			p.adds = true
		}
		p.withdrawn = p.withdrawn || s.ID(17) == "E"
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
			c.linked = c.linked || !s.Field(26).IsBlank() || !s.Field(29).IsBlank()
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
	switch obx.ID(11) {
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
			p.corrects = s.ID(21) == "U"
			p.withdrawn = s.ID(21) == "D" || ssmix2.CancelsOrder(orc)
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

func joined(lines ...[][]byte) []byte {
	var out []byte
	for _, l := range slices.Concat(lines...) {
		out = append(append(out, l...), '\r')
	}
	return out
}
