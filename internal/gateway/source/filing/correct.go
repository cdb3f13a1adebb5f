package filing

import (
	"path"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// correct takes care of results that are corrected or withdrawn and stand under another
// day: what was wrong must not go on holding there. Where more than one day has them,
// nothing tells which is meant.
func (s *storage) correct(e entry, here []version) error {
	if e.name.DataType != ssmix2.LabResult || e.name.Flag == ssmix2.Deleted {
		return nil
	}
	if !mayCorrect(e.body) {
		return nil
	}
	is, ok := takeApart(e.name.DataType, e.body)
	if !ok {
		return nil
	}
	is.parts = slices.DeleteFunc(is.parts, func(p part) bool { return !p.corrects })
	if i, ok := base(here); ok && len(is.parts) > 0 {
		was, ok, err := s.apart(here[i])
		if !ok || err != nil {
			return err
		}
		// What its own entry has at several times is meant there, see [against].
		is.parts = slices.DeleteFunc(was.beyond(is).lone, func(p part) bool { return was.several(was.all(), p) })
	}
	if len(is.parts) == 0 {
		return nil
	}
	days, err := s.otherDays(e.name)
	if err != nil {
		return err
	}
	var found []corrected
	for _, list := range days {
		i, ok := base(list)
		if !ok {
			continue
		}
		was, ok, err := s.apart(list[i])
		if err != nil {
			return err
		}
		if ok {
			if diff := was.beyond(is); diff.matched > 0 {
				found = append(found, corrected{list, list[i].name, was, diff})
			}
		}
	}
	switch {
	case len(found) == 1 && !e.late && (found[0].diff.left == 0 || !found[0].was.linked):
		// Tests of one order may as well be of several days: somebody should look.
		err := e.remark(kept.ReasonOtherDay, "the results that it corrects or withdraws stood under another day and no longer hold there")
		if err != nil {
			return err
		}
		return s.takeOver(e, found[0])
	case len(found) > 0:
		return e.remark(kept.ReasonOtherDay, "results of its order that it corrects or withdraws stand under another day, or under several, and are left as they are")
	case slices.ContainsFunc(is.parts, func(p part) bool { return p.withdrawn }):
		// Before a crash it may have taken back what is not there any more.
		if done, err := e.remarked(kept.ReasonOtherDay); done || err != nil {
			return err
		}
		return e.remark(kept.ReasonCancelsNothing, "it withdraws results that are not filed under any day")
	}
	return nil
}

// elsewhereToo reports whether results that are late correct others of another day, or are
// corrected there.
func (s *storage) elsewhereToo(e entry, m sent, body []byte) (bool, error) {
	e.body = body
	if _, corrected, err := s.correctedElsewhere(e, m); corrected || err != nil {
		return corrected, err
	}
	is, ok := takeApart(e.name.DataType, body)
	if e.name.DataType != ssmix2.LabResult || e.name.Flag == ssmix2.Deleted || !ok {
		return false, nil
	}
	is.parts = slices.DeleteFunc(is.parts, func(p part) bool { return !p.corrects })
	if len(is.parts) == 0 {
		return false, nil
	}
	days, err := s.otherDays(e.name)
	for _, list := range days {
		i, ok := base(list)
		if !ok || err != nil {
			continue
		}
		was, ok, err := s.apart(list[i])
		if err != nil || ok && was.beyond(is).matched > 0 {
			return err == nil, err
		}
	}
	return false, err
}

// correctedElsewhere gives what is left of results of which others that came before them, and
// were written after them, correct or withdraw some under another day.
func (s *storage) correctedElsewhere(e entry, m sent) (rest []byte, corrected bool, err error) {
	if e.name.DataType != ssmix2.LabResult || e.name.Flag == ssmix2.Deleted || !m.delayed() {
		return nil, false, nil
	}
	days, err := s.otherDays(e.name)
	if err != nil || len(days) == 0 {
		return nil, false, err
	}
	is, ok := takeApart(e.name.DataType, e.body)
	if !ok || is.linked {
		return nil, false, nil
	}
	gone := make([]bool, len(is.parts))
	for _, v := range slices.Concat(days...) {
		body, err := s.root.ReadFile(v.path)
		if err != nil {
			return nil, false, err
		}
		other, ok := sentOf(v, body)
		if !ok || m.turnTo(other, false) != beforeIt || !mayCorrect(body) {
			continue
		}
		c, ok := takeApart(e.name.DataType, body)
		if !ok {
			continue
		}
		c.parts = slices.DeleteFunc(c.parts, func(p part) bool { return !p.corrects })
		left := is.beyond(c).rest
		for i, p := range is.parts {
			gone[i] = gone[i] || !left[i] && !p.withdrawn
		}
	}
	if !slices.Contains(gone, true) {
		return nil, false, nil
	}
	if !slices.Contains(gone, false) {
		return nil, true, nil
	}
	return joined(is.lines[:is.head], is.segments(func(p int) bool { return !gone[p] })), true, nil
}

// mayCorrect reports whether some field of a message is one of the statuses of a result
// (OBX-11), or begins as what cancels an order does (ORC-1, ORC-5), that [resultOf] looks
// for, so that most need not be taken apart.
func mayCorrect(body []byte) bool {
	for i := 4; i < len(body); i++ {
		switch body[i] {
		case 'C', 'D', 'W', 'O':
			if body[i-1] != body[3] {
				continue
			}
			if i+2 < len(body) && (body[i+1] == 'A' || body[i+1] == 'C' || body[i+1] == 'R') && (body[i+2] == body[3] || body[i+2] == '\r') {
				return true
			}
			if body[i] != 'O' && (i+1 == len(body) || body[i+1] == body[3] || body[i+1] == '\r' || body[i+1] == '\n') {
				return true
			}
		}
	}
	return false
}

// corrected is an entry of another day of which a message corrects results.
type corrected struct {
	versions []version
	now      ssmix2.Name // of what it says now
	was      *content
	diff     compared
}

// takeOver takes what is corrected from the entry of another day. What is left of that
// goes on standing there.
func (s *storage) takeOver(e entry, c corrected) error {
	if c.diff.left == 0 {
		return s.flag(c.versions, ssmix2.Deleted)
	}
	rest := joined(c.was.lines[:c.was.head], c.was.segments(func(p int) bool { return c.diff.rest[p] }))
	n := c.now
	n.Flag, n.Timestamp = ssmix2.Current, following(e.name.Timestamp, c.versions)
	if err := s.flag(c.versions, ssmix2.Superseded); err != nil {
		return err
	}
	return s.author(e.staged, path.Join(path.Dir(c.versions[0].path), n.String()), rest)
}

func (s *storage) apart(v version) (*content, bool, error) {
	body, err := s.root.ReadFile(v.path)
	if err != nil {
		return nil, false, err
	}
	c, ok := takeApart(v.name.DataType, body)
	return c, ok, nil
}
