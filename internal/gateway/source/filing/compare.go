package filing

import (
	"bytes"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

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

// addsNothing reports whether a message says nothing that its entry does not have, and takes
// nothing back that it has: put together with it, it would leave all segments as they are.
func addsNothing(n ssmix2.Name, held, later []byte) bool {
	was, ok := takeApart(n.DataType, held)
	is, ok1 := takeApart(n.DataType, later)
	if !ok || !ok1 || len(is.parts) == 0 {
		return false
	}
	diff := was.beyond(is)
	if n.Flag == ssmix2.Deleted {
		return diff.matched == 0
	}
	if is.whole(n.DataType) {
		return false
	}
	now, ok := takeApart(n.DataType, together(n.DataType, was, is, diff.rest))
	return ok && slices.EqualFunc(now.sorted(), was.sorted(), bytes.Equal)
}

// whole reports whether a message says that it is all that its entry says.
func (c *content) whole(typ ssmix2.DataType) bool {
	if typ == ssmix2.AllergyInformation {
		return !slices.ContainsFunc(c.parts, func(p part) bool { return p.adds })
	}
	return changesAll(c.msg)
}

// sorted gives the segments of all parts, entries of a list without their numbers.
func (c *content) sorted() [][]byte {
	out := slices.Clone(c.lines[c.head:])
	for i, line := range out {
		if fields := bytes.SplitN(line, []byte{c.msg.Delimiters.Field}, 3); len(fields) == 3 && string(fields[0]) == "IAM" {
			out[i] = slices.Concat(fields[0], []byte{c.msg.Delimiters.Field}, fields[2])
		}
	}
	slices.SortFunc(out, bytes.Compare)
	return out
}
