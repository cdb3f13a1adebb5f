package filing

import (
	"bytes"
	"errors"
	"os"
	"path"
	"slices"
	"strconv"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// outcome is what a message makes of the entry that is there.
type outcome struct {
	body   []byte      // of the entry from now on; nil: the message itself
	reason kept.Reason // why it is listed; empty: it is not
	detail string
	made   string // the time stamp of the message itself, where a crash came behind the body
}

// outcome holds a message against its entry.
func (s *storage) outcome(e entry, here []version) (outcome, error) {
	i, ok := base(here)
	if e.stops {
		return s.stop(e, here)
	}
	if !ok && e.name.DataType == ssmix2.AllergyInformation {
		return first(e.body), nil
	}
	if _, once := happened[e.name.DataType]; !ok || !once && !takenApart[e.name.DataType] && named[e.name.DataType] == nil {
		return outcome{}, nil
	}
	held, err := s.root.ReadFile(here[i].path)
	if err != nil {
		return outcome{}, err
	}
	if takenApart[e.name.DataType] && here[i].name.Flag == ssmix2.Current {
		stamp, ok, err := s.made(e, here, i, held)
		if ok || err != nil {
			return outcome{made: stamp}, err
		}
	}
	return e.against(held), nil
}

// against holds a message against what its entry says.
func (e entry) against(held []byte) (out outcome) {
	if e.stops {
		out.body, _ = stopped(held, e.body)
		return out
	}
	return against(e.name, held, e.body)
}

// first is what a message makes of a list of allergies that is not there.
func first(body []byte) outcome {
	c, ok := takeApart(ssmix2.AllergyInformation, body)
	if ok && slices.ContainsFunc(c.parts, func(p part) bool { return p.adds && (p.withdrawn || p.corrects) }) {
		return outcome{reason: kept.ReasonCancelsNothing, detail: "it changes or takes back an allergy, and there is no list yet"}
	}
	return outcome{}
}

// ownLate refuses what is late and would have to be put together with what is there,
// or lose it.
func (s *storage) ownLate(e entry, here []version) error {
	if !takenApart[e.name.DataType] {
		return nil
	}
	i, ok := base(here)
	if !ok {
		return nil
	}
	held, err := s.root.ReadFile(here[i].path)
	if err != nil {
		return err
	}
	out := against(e.name, held, e.body)
	if here[i].name.Before(e.name) {
		if out.body != nil || out.reason != "" {
			return sendAgain()
		}
		return nil
	}
	// What came since holds. It must have all that this one has.
	later := e.name
	later.Flag = here[i].name.Flag
	if e.name.Flag != ssmix2.Deleted {
		if out := against(later, e.body, held); out.body != nil || out.reason != "" {
			return sendAgain()
		}
	}
	return nil
}

// against holds a message against what its entry says now. In a standard storage the
// later message is all that an entry says (§1.4 of the reference). Over a wire many send
// no more than what is new: nothing may be lost for that.
func against(n ssmix2.Name, held, later []byte) outcome {
	if !takenApart[n.DataType] {
		if n.Flag != ssmix2.Deleted && lacks(n.DataType, held, later) {
			return outcome{reason: kept.ReasonReplacesMore, detail: "the entry had something that this message, which takes its place, does not have"}
		}
		return outcome{}
	}
	was, ok := takeApart(n.DataType, held)
	is, ok1 := takeApart(n.DataType, later)
	if !ok || !ok1 {
		return outcome{reason: kept.ReasonReplacesMore, detail: "what the entry had cannot be held against this message, which takes its place"}
	}
	if n.Flag == ssmix2.Deleted {
		return takenFrom(was, is)
	}
	if n.DataType == ssmix2.AllergyInformation && is.whole(n.DataType) {
		return outcome{} // the list as it is now
	}
	diff := was.beyond(is)
	switch {
	case diff.left == 0 && diff.fewer && !changesAll(is.msg):
		return outcome{reason: kept.ReasonReplacesMore, detail: detailFewer}
	case diff.left == 0:
		return outcome{}
	case changesAll(is.msg):
		return outcome{reason: kept.ReasonReplacesMore, detail: "it changes its order and has less than the entry had"}
	case !was.fits(is) || (was.linked || is.linked) && diff.matched > 0:
		return outcome{reason: kept.ReasonReplacesMore, detail: "it has less than the entry had and cannot be put together with it"}
	}
	out := outcome{body: together(n.DataType, was, is, diff.rest)}
	switch {
	case len(out.body) > hl7v2.MaxBytes:
		return outcome{reason: kept.ReasonReplacesMore, detail: "it has less than the entry had, and both together are too large for one message"}
	case diff.fewer:
		out.reason, out.detail = kept.ReasonReplacesMore, detailFewer
	case slices.ContainsFunc(diff.lone, func(p part) bool { return was.several(was.all(), p) }):
		out.reason, out.detail = kept.ReasonCancelsNothing, "it corrects or takes back what the entry has at several other times, which stay"
	case n.DataType == ssmix2.AllergyInformation && len(diff.lone) > 0:
		out.reason, out.detail = kept.ReasonCancelsNothing, "it changes or takes back an allergy that the list does not have under that code"
	case diff.again > 0:
		out.reason, out.detail = kept.ReasonCombined, "it repeats some of what the entry has and lacks the rest, which stays: one that is a list of all must withdraw what no longer holds"
	}
	return out
}

const detailFewer = "it has once, or without the hour, what the entry had more than once"

// takenFrom is what a cancellation makes of an entry: where it names less than the entry
// has, the rest stays.
func takenFrom(was, is *content) outcome {
	diff := was.beyond(is)
	guessed := diff.matched == 0
	if guessed { // perhaps it has another time
		for i := range is.parts {
			is.parts[i].corrects = true
		}
		diff = was.beyond(is)
	}
	switch {
	case len(is.parts) == 0, diff.left == 0 && (!guessed || diff.matched <= len(is.parts)):
		return outcome{}
	case diff.matched == 0 || diff.left == 0 || was.linked:
		return outcome{reason: kept.ReasonReplacesMore, detail: "the cancellation takes the whole order back, of which it names only a part or something else"}
	}
	rest := was.segments(func(p int) bool { return diff.rest[p] })
	return outcome{
		body: joined(was.lines[:was.head], rest), reason: kept.ReasonCombined,
		detail: "the cancellation names a part of what the entry has; the rest stays",
	}
}

// together writes the later message, without what it takes back, with the rest of what the
// entry has, and with the allergies that either says its patient has.
func together(typ ssmix2.DataType, was, is *content, rest []bool) []byte {
	own := is.lines[is.head:]
	if slices.ContainsFunc(is.parts, func(p part) bool { return p.withdrawn }) { // it is as it is now
		own = is.segments(func(p int) bool { return !is.parts[p].withdrawn })
	}
	own = slices.Concat(own, was.segments(func(p int) bool { return rest[p] }))
	head := slices.Clone(is.lines[:is.head])
	if typ == ssmix2.AllergyInformation {
		numbered(own, is.msg.Delimiters.Field)
		return joined(head, own)
	}
	for i, line := range was.lines[:was.head] {
		if was.msg.Segment(i+1).Name == "AL1" && !slices.ContainsFunc(head, func(l []byte) bool { return bytes.Equal(l, line) }) {
			head = append(head, line)
		}
	}
	return joined(head, own)
}

// numbered counts the entries of a list (IAM-1).
func numbered(list [][]byte, separator byte) {
	count := 0
	for i, line := range list {
		if fields := bytes.SplitN(line, []byte{separator}, 3); len(fields) == 3 && string(fields[0]) == "IAM" {
			count++
			list[i] = bytes.Join([][]byte{fields[0], strconv.AppendInt(nil, int64(count), 10), fields[2]}, []byte{separator})
		}
	}
}

func changesAll(msg *hl7v2.Message) bool {
	any := false
	for orc := range msg.Segments("ORC") {
		if !ssmix2.ChangesOrder(orc) {
			return false
		}
		any = true
	}
	return any
}

// named are the fields that say what an entry of other types is made of.
var named = map[ssmix2.DataType][]field{
	ssmix2.PrescriptionOrder: {{"RXE", 2}, {"RXO", 1}}, ssmix2.InjectionOrder: {{"RXE", 2}, {"RXO", 1}, {"RXC", 2}},
	ssmix2.LabOrder:     {{"OBR", 4}, {"OBX", 3}},
	ssmix2.ImagingOrder: {{"OBR", 4}}, ssmix2.EndoscopyOrder: {{"OBR", 4}}, ssmix2.PhysiologyOrder: {{"OBR", 4}},
	ssmix2.ImagingDone: {{"OBR", 4}, {"OBX", 3}}, ssmix2.EndoscopyDone: {{"OBR", 4}, {"OBX", 3}}, ssmix2.PhysiologyResult: {{"OBR", 4}, {"OBX", 3}},
	ssmix2.DiseaseList: {{"PRB", 3}},
}

// happened are the fields that say when what is filed once a day happened.
var happened = map[ssmix2.DataType]field{
	ssmix2.OutpatientReception: {"PV1", 44}, ssmix2.Admission: {"PV1", 44}, ssmix2.Leave: {"EVN", 6}, ssmix2.ReturnFromLeave: {"EVN", 6},
	ssmix2.Transfer: {"EVN", 6}, ssmix2.Discharge: {"PV1", 45},
}

type field struct {
	segment string
	number  int
}

// lacks reports whether a message that takes the place of another does not have all that
// it has, and does not say that it is a change.
func lacks(typ ssmix2.DataType, held, later []byte) bool {
	was, err := hl7v2.Parse(held)
	is, err1 := hl7v2.Parse(later)
	if err != nil || err1 != nil || changesAll(is) {
		return false
	}
	if f, ok := happened[typ]; ok && !severalADay[typ] {
		return was.First(f.segment).At(f.number, 1, 1, 1) != is.First(f.segment).At(f.number, 1, 1, 1)
	}
	had, has := namesOf(was, named[typ]), namesOf(is, named[typ])
	missing := 0
	for what := range had {
		if !has[what] {
			missing++
		}
	}
	if typ == ssmix2.DiseaseList { // a list of all has others than before, but hardly none of them
		return missing > 0 && missing == len(had)
	}
	return missing > 0
}

func namesOf(msg *hl7v2.Message, fields []field) map[string]bool {
	out := map[string]bool{}
	for _, f := range fields {
		for s := range msg.Segments(f.segment) {
			if !s.Field(f.number).IsEmpty() {
				out[f.segment+nameOfCode(s, f.number)] = true
			}
		}
	}
	return out
}

// base gives what an entry says now: its current version or, where a crash came between,
// the youngest of those that were superseded.
func base(here []version) (at int, ok bool) {
	at = -1
	for i, v := range here {
		switch {
		case v.name.Flag == ssmix2.Deleted:
		case at < 0, rank(here[at].name.Flag) < rank(v.name.Flag):
			at = i
		case rank(here[at].name.Flag) == rank(v.name.Flag) && here[at].name.Before(v.name):
			at = i
		}
	}
	return at, at >= 0
}

// combine files what a message and its entry say together. The message itself becomes a
// superseded version beside, so that all that was sent is there; its name is made last,
// and until it is, the message is read again.
func (s *storage) combine(e entry, folder string, here []version, body []byte) error {
	stamp := following(e.name.Timestamp, here)
	whole := e.name
	whole.Flag = ssmix2.Current
	if err := s.flag(here, ssmix2.Superseded); err != nil {
		return err
	}
	whole.Timestamp = stampAfter(stamp)
	if err := s.author(e.staged, path.Join(folder, whole.String()), body); err != nil {
		return err
	}
	return s.origin(e, folder, stamp)
}

func stampAfter(stamp string) string {
	at, err := parseStamp(stamp)
	if err != nil {
		return stamp
	}
	return stampOf(at.Add(time.Millisecond))
}

// made finds whether what a message and its entry say together was filed before a crash,
// and gives the time stamp of the message itself.
func (s *storage) made(e entry, here []version, now int, body []byte) (stamp string, ok bool, err error) {
	if here[now].name.Before(e.name) { // it was there before the message, and only says the same
		return "", false, nil
	}
	before := slices.Delete(slices.Clone(here), now, now+1)
	i, ok := base(before)
	if !ok {
		return "", false, nil
	}
	was, err := s.root.ReadFile(before[i].path)
	if err != nil {
		return "", false, err
	}
	if out := e.against(was); out.body == nil || !bytes.Equal(out.body, body) {
		return "", false, nil
	}
	at, err := parseStamp(here[now].name.Timestamp)
	return stampOf(at.Add(-time.Millisecond)), err == nil, nil
}

// origin files the message itself beside what was put together of it.
func (s *storage) origin(e entry, folder, stamp string) error {
	e.name.Flag, e.name.Timestamp = ssmix2.Superseded, stamp
	return s.rename(e, folder)
}

// author writes a content of the gateway's own into its place: on the medium before it
// has its name, as all contents are.
func (s *storage) author(staged, to string, body []byte) (err error) {
	staged += "-whole"
	if err := s.step("stage"); err != nil {
		return err
	}
	f, err := s.root.OpenFile(staged, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := s.step("rename"); err != nil {
		return err
	}
	return s.root.Rename(staged, to)
}

// sendAgain is why a message is not filed late that would have to be put together with
// what came since.
func sendAgain() error {
	return fault.New(fault.Invalid, "its entry has something that this message does not have, or has it otherwise since: it must be sent again")
}
