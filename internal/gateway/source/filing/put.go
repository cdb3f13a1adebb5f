package filing

import (
	"bytes"
	"path"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// put files one entry after the rules of the standard (§1.4 of the reference): the
// current file becomes superseded and the new one current; a cancellation takes all
// versions along. What was filed before a crash is recognised and left as it is. Where
// the message has less than its entry, or takes nothing back, see [against] and
// [storage.meant]; what is remarkable is listed before anything is renamed.
//
// The last step is the one that makes the new name, so where that name is, everything
// before it was done. For a cancellation it is the other way round, since nothing leads to
// what is taken back already, and for an entry that is late, see putLate.
func (s *storage) put(e entry) error {
	if err := s.tellApart(&e.name, e.body); err != nil {
		return err
	}
	at, done, err := s.look(e)
	if done || err != nil {
		return err
	}
	if done, err := s.resequence(e, at); done || err != nil {
		return err
	}
	if e.name.Flag == ssmix2.Deleted && !at.holds(e.name) {
		meant, ok, err := s.meant(e, at)
		if err != nil {
			return err
		}
		if !ok {
			err = e.remark(kept.ReasonCancelsNothing, "nothing that it takes back is filed as current")
		} else {
			e.name = meant
			at, done, err = s.look(e)
		}
		if done || err != nil {
			return err
		}
	}
	if e.late && e.stops {
		return s.stopLate(e, at)
	}
	if e.late {
		if err := s.ownLate(e, at.here); err != nil {
			return err
		}
		return s.putLate(e, at.folder, at.here, at.moved)
	}
	return s.putNow(e, at)
}

// look gives what is there of an entry, and whether nothing is left to be done with the
// message: it was filed, and is carried through, or it says nothing new.
func (s *storage) look(e entry) (at ground, done bool, err error) {
	if at, err = s.ground(e.name); err != nil {
		return at, false, err
	}
	own, done, err := s.filed(at.here, e)
	switch {
	case err != nil:
		return at, false, err
	case done && e.late && e.stops && own.name.Flag == ssmix2.Superseded:
		return at, true, s.carryOn(e, own, at)
	case done && (e.late || e.name.Flag == ssmix2.Deleted && own.name.Flag == ssmix2.Deleted):
		return at, true, s.flagBefore(e.name.Flag, own.name, at.here, at.moved)
	case done:
		return at, true, nil
	}
	done, err = s.repeated(at.here, e)
	return at, done, err
}

// putNow files an entry that is younger than all that is there.
func (s *storage) putNow(e entry, at ground) error {
	out, err := s.outcome(e, at.here)
	if err != nil {
		return err
	}
	if out.made != "" {
		return s.origin(e, at.folder, out.made)
	}
	if err := s.correct(e, at.here); err != nil {
		return err
	}
	if err := s.remarkGoingOn(e, at); err != nil {
		return err
	}
	if out.reason != "" {
		if err := e.remark(out.reason, out.detail); err != nil {
			return err
		}
	}
	if err := s.folder(at.folder); err != nil {
		return err
	}
	if out.body != nil {
		return s.combine(e, at.folder, at.here, out.body)
	}
	if e.name.Flag == ssmix2.Deleted {
		e.name.Timestamp = following(e.name.Timestamp, slices.Concat(at.here, at.moved))
		if err := s.rename(e, at.folder); err != nil {
			return err
		}
		return s.flagBefore(e.name.Flag, e.name, at.here, at.moved)
	}
	e.name.Timestamp = following(e.name.Timestamp, at.here)
	if err := s.flag(at.here, flagOfOlder(e.name.Flag)); err != nil {
		return err
	}
	if err := s.flag(at.moved, ssmix2.Deleted); err != nil {
		return err
	}
	return s.rename(e, at.folder)
}

// remarkGoingOn lists a message that takes the place of its order and names as going on what
// of it had ended: it is the sender's newer word, and somebody should look.
func (s *storage) remarkGoingOn(e entry, at ground) error {
	if e.stops || e.name.Flag != ssmix2.Current || !oneEntry[e.name.DataType] {
		return nil
	}
	i, ok := base(at.here)
	if !ok {
		at.here = at.moved
		i, ok = base(at.here)
	}
	if !ok {
		return nil
	}
	held, err := s.root.ReadFile(at.here[i].path)
	if err != nil {
		return err
	}
	if !goesOn(held, e.body) {
		return nil
	}
	return e.remark(kept.ReasonGoesOn, "it names as going on what of its order had been discontinued, cancelled or replaced")
}

// ground is what is there of an entry before a message of it is filed.
type ground struct {
	folder string
	here   []version
	moved  []version // under other days
}

func (s *storage) ground(n ssmix2.Name) (out ground, err error) {
	folder, err := n.Folder()
	if err != nil {
		return out, err
	}
	out.folder = path.Join(storageDir, folder)
	if out.here, err = s.versions(out.folder, n); err != nil {
		return out, err
	}
	out.moved, err = s.elsewhere(n)
	return out, err
}

// holds reports whether there is something that a cancellation takes back.
func (at ground) holds(n ssmix2.Name) bool {
	return slices.ContainsFunc(slices.Concat(at.here, at.moved), func(v version) bool { return taken(n, v.name) })
}

// repeated reports whether an older version has the very content. Senders that start
// again, or put a queue back, send what was changed or cancelled since: it must not hold
// again, and is listed unless it holds, alone or as a part of what was put together.
func (s *storage) repeated(here []version, e entry) (bool, error) {
	for _, v := range here {
		if !v.name.Before(e.name) {
			continue
		}
		same, err := s.hasBody(v, e.body)
		if err != nil {
			return false, err
		}
		if !same {
			continue
		}
		if v.name.Flag == ssmix2.Current {
			return true, nil
		}
		if holds, err := s.partHolds(here, e); holds || err != nil {
			return true, err
		}
		return true, e.remark(kept.ReasonRepeat, "byte for byte a message that came before, all or some of which was changed or cancelled since: it was not filed again")
	}
	return false, nil
}

// partHolds reports whether what the entry says now, which was put together, has all that a
// message says.
func (s *storage) partHolds(here []version, e entry) (bool, error) {
	i, ok := base(here)
	if !ok || here[i].name.Flag != ssmix2.Current {
		return false, nil
	}
	held, err := s.root.ReadFile(here[i].path)
	if err != nil {
		return false, err
	}
	if e.stops {
		body, cause := stopped(held, e.body)
		return cause == nil && bytes.Equal(body, held), nil
	}
	return addsNothing(e.name, held, e.body), nil
}

func (s *storage) hasBody(v version, body []byte) (bool, error) {
	info, err := s.root.Stat(v.path)
	if err != nil || info.Size() != int64(len(body)) {
		return false, err
	}
	is, err := s.root.ReadFile(v.path)
	return err == nil && bytes.Equal(is, body), err
}
