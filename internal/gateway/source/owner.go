package source

import (
	"context"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Numbers are given to new patients, and what was written of the former owner stays in the
// folder. What names its patient is held against who has the number now; what names nobody,
// as notes, letters and pictures do, can only be told by its time. Whose a number was, its
// versions of ADT-00 say, and what the index has seen of them: hospitals tidy up, too.
//
// A version that cannot be read may name anybody. The link stands, since files break more
// often than numbers change hands; but from then on what names nobody is held back until
// the file can be read.

// holding is who has a number, and since when.
type holding struct {
	record *clinical.Demographics // whom documents are held against; nil: not known
	spans  []span                 // in the order of time; none unless some are another's
}

// span begins when a version of ADT-00 was sent and lasts until the next.
type span struct {
	from    string // 17 digits; empty: before all others
	another bool   // it names, or may name, another than has the number now
}

// holdingOf finds out which spans of a number's history are another person's. Whom a
// version names is compared with all that its holder has been called so far, from now
// backwards: a corrected birth date and a marriage together would make another of anybody.
func holdingOf(record *clinical.Demographics, history []index.Owner) holding {
	h := holding{record: record}
	if record == nil || len(history) == 0 {
		return h
	}
	same := []clinical.Demographics{bare(*record)}
	untold := make([]bool, 0, len(history))
	for _, o := range slices.Backward(history) {
		s, is := span{sent(o.Since), true}, silent
		switch {
		case o.Who == (clinical.Demographics{}):
			is = differs
		case slices.Contains(same, o.Who):
			s.another, is = false, agrees
		default:
			is = likest(same, o.Who)
			s.another = is == differs
			if is == agrees {
				same = append(same, o.Who)
			}
		}
		h.spans, untold = append(h.spans, s), append(untold, is == silent)
	}
	slices.Reverse(h.spans)
	slices.Reverse(untold)
	for i := range h.spans { // whoever had it before may have been entered so
		if i > 0 && untold[i] {
			h.spans[i].another = h.spans[i-1].another
		}
	}
	if !slices.ContainsFunc(h.spans, func(s span) bool { return s.another }) {
		h.spans = nil
	}
	return h
}

const (
	differs = iota
	silent  // nothing that can be compared says that it is the same person, or another
	agrees
)

// likest compares somebody with all that a holder was called. A stand-in in Latin letters
// without a birth date (YOYAKU, TEST) is like everybody, and links nobody with another.
func likest(same []clinical.Demographics, who clinical.Demographics) int {
	out := differs
	for _, d := range same {
		switch c := d.Compare(who.Claim()); {
		case c.Same():
			return agrees
		case c.Another() == "":
			out = silent
		}
	}
	return out
}

// bare gives what tells who somebody is, without where they live.
func bare(d clinical.Demographics) clinical.Demographics {
	return clinical.Demographics{Name: d.Name, Kana: d.Kana, BirthDate: d.BirthDate, Sex: d.Sex}
}

// sent gives a time stamp with as many digits as any has, so that stamps compare as texts.
func sent(stamp string) string {
	if stamp == "" {
		return ""
	}
	return (stamp + strings.Repeat("0", 17))[:17]
}

// of gives the holder as a document of a name is held against.
func (h holding) of(n ssmix2.Name) clinical.Holder {
	return clinical.Holder{Record: h.record, Doubted: h.doubts(n)}
}

// person gives the holder as an object of a name is held against.
func (h holding) person(n extended.Name) extended.Person {
	return extended.Person{ID: n.PatientID, Record: h.record, Doubted: h.doubts(n.Name)}
}

// doubts reports whether the number was, or may have been, another's when a document was
// written, or on the day of care that it is of: what is written, or written again, after
// the number changed hands may still be of a visit before. On the day itself the time of
// writing decides.
func (h holding) doubts(n ssmix2.Name) bool {
	if len(h.spans) == 0 {
		return false
	}
	const morning, night = "000000000", "235959999"
	return h.another(sent(n.Timestamp)) || n.CareDate != "" && h.another(n.CareDate+morning) && h.another(n.CareDate+night)
}

// another reports whose the number was at a time; before all that is known it was the
// first one's of whom anything is.
func (h holding) another(at string) bool {
	s := h.spans[0]
	for _, next := range h.spans[1:] {
		if next.from > at {
			break
		}
		s = next
	}
	return s.another
}

// holdingOf gives who has a number by what the index knows.
func (s *Source) holdingOf(ctx context.Context, id ident.LocalPatientID) (holding, error) {
	known, err := s.index.Patient(ctx, s.index.Reader(), id)
	if fault.Is(err, fault.NotFound) {
		return holding{}, nil
	}
	if err != nil {
		return holding{}, err
	}
	history, err := s.index.Owners(ctx, s.index.Reader(), id)
	if len(history) > 0 {
		history = append(history, index.Owner{Since: known.Updated, Who: bare(known.Demographics)})
		sortOwners(history)
	}
	return holdingOf(&known.Demographics, history), err
}

func sortOwners(history []index.Owner) {
	slices.SortStableFunc(history, func(a, b index.Owner) int { return strings.Compare(sent(a.Since), sent(b.Since)) })
}

// findOwners finds out who has had the number by the versions of ADT-00 and by what the
// index remembers; known is what it has on record, nil for nothing.
func (r *reading) findOwners(ctx context.Context, known *index.Patient) error {
	history, err := r.s.index.Owners(ctx, r.s.index.Reader(), r.patient)
	if err != nil {
		return err
	}
	if r.record == nil { // whoever comes next may be another
		if known != nil {
			history = append(history, index.Owner{Since: known.Updated, Who: bare(known.Demographics)})
		}
		r.out.Owners = history
		return nil
	}
	if !r.lacks(false) { // what cannot be read is known anew
		history = slices.DeleteFunc(history, func(o index.Owner) bool { return o.Who == (clinical.Demographics{}) })
	}
	versions, err := r.versions()
	if err != nil {
		return err
	}
	history = append(history, versions...)
	if known != nil {
		history = append(history, index.Owner{Since: known.Updated, Who: bare(known.Demographics)})
	}
	if r.out.Demographics != nil {
		history = upTo(index.Owner{Since: r.out.Updated, Who: bare(*r.out.Demographics)}, history)
	}
	if known != nil && sent(r.unread) > sent(known.Updated) {
		history = append(history, index.Owner{Since: r.unread})
	}
	sortOwners(history)
	history = slices.CompactFunc(history, func(a, b index.Owner) bool { return a.Who == b.Who })
	r.holding = holdingOf(r.record, history)
	if len(r.spans) > 0 {
		r.out.Owners = slices.CompactFunc(history, func(a, b index.Owner) bool { return a.Since == b.Since })
	}
	return nil
}

// upTo ends a history with the current ADT-00, which is younger than what is not flagged
// current whatever the stamps say. Where another's stamp is no older, since a file was
// written over or a clock was wrong, nobody knows since when that was: it is put first.
func upTo(now index.Owner, history []index.Owner) []index.Owner {
	out := make([]index.Owner, 0, len(history)+1)
	for _, o := range history {
		if sent(o.Since) >= sent(now.Since) {
			o.Since = now.Since
			if now.Who.Compare(o.Who.Claim()).Another() != "" {
				o.Since = ""
			}
		}
		out = append(out, o)
	}
	return append(out, now)
}

// versions reads the versions of ADT-00 that are not current. They are never changed, and a
// patient who comes every week has hundreds: each is read once. One that cannot be read
// says nothing; it may be one of years in which none could be.
func (r *reading) versions() (out []index.Owner, err error) {
	if len(r.former) == 0 {
		return nil, nil
	}
	p := r.s.patient(r.patient)
	for _, f := range r.former {
		v := version{f.name.OrderNo, f.name.Timestamp, f.name.Flag}
		who := p.versionOf(v)
		if who == nil {
			if who, err = r.version(f); err != nil {
				return nil, err
			}
		}
		if who != nil {
			out = append(out, index.Owner{Since: f.name.Timestamp, Who: p.keep(v, *who)})
		}
	}
	return out, nil
}

// version is one version of a patient's ADT-00.
type version struct {
	order, stamp string
	flag         ssmix2.Flag
}

// version reads one version and gives whom it names, nil for nobody.
func (r *reading) version(f found) (*clinical.Demographics, error) {
	body, _, err := r.dirs[f.volume].read(f.path)
	if err != nil {
		return nil, r.s.volumes[f.volume].there()
	}
	doc, err := ssmix2.ReadDocument(f.name, body)
	if err != nil || doc.Demographics == nil {
		return nil, nil
	}
	who := bare(*doc.Demographics)
	return &who, nil
}

// versionOf gives whom a version names that was read before.
func (p *patient) versionOf(v version) *clinical.Demographics {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.versions[v]
}

// keep remembers whom a version names; most name the same person.
func (p *patient) keep(v version, who clinical.Demographics) clinical.Demographics {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.versions == nil {
		p.versions = map[version]*clinical.Demographics{}
	}
	for _, known := range p.versions {
		if *known == who {
			p.versions[v] = known
			return who
		}
	}
	p.versions[v] = &who
	return who
}
