package extended

import (
	"errors"
	"io"

	"mizuhiki.dev/mizuhiki/internal/format/cda"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jahis"
	"mizuhiki.dev/mizuhiki/internal/format/prose"
)

// claims reads whom a file says that it is of. remark says that nobody could look.
func (r *reader) claims(i int, head []byte) (out []claim, remark string, err error) {
	f := &r.files[i]
	switch f.media {
	case mediaCDA:
		doc, err := r.parse(i)
		if err != nil {
			return nil, "", err
		}
		return []claim{claimOf(doc.Patient)}, "", nil // and nothing else of it: there may be many
	case mediaHL7:
		c, err := f.message(r.name.Type.Kind() == clinical.KindVital)
		return []claim{c}, "", err
	case mediaAECG:
		return r.subjects(i)
	case mediaDICOM:
		err = r.through(i, func(s *stream, budget *int64) bool {
			c, ok := dicomClaim(s, budget)
			out = append(out, c)
			return ok
		}, &remark, "no patient ID where one is looked for in a DICOM object: whom it is of was not checked")
	case mediaMFER:
		err = r.through(i, func(s *stream, _ *int64) (whole bool) {
			out, whole = mferClaims(s)
			return whole || hasID(out)
		}, &remark, "a waveform that cannot be followed to a patient ID: whom it is of was not checked")
	case mediaSCP:
		err = r.through(i, func(s *stream, _ *int64) (whole bool) {
			out, whole = scpClaims(s)
			return whole || hasID(out)
		}, &remark, "an ECG without a readable patient section: whom it is of was not checked")
	default:
		if isJAHIS(head) {
			out, err = r.symbol(i)
		}
	}
	return out, remark, err
}

func hasID(claims []claim) bool {
	for _, c := range claims {
		if len(c.ids) > 0 {
			return true
		}
	}
	return false
}

// through goes through a file with look, which tells whether it could look; if not, and
// nothing failed but the form of the file, what is put in *remark.
func (r *reader) through(i int, look func(s *stream, budget *int64) bool, remark *string, what string) error {
	f := &r.files[i]
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	here := min(r.budget, maxLooked)
	left, watched := here, &watching{in: in}
	var from io.Reader = watched
	if seeker, ok := in.(io.Seeker); ok {
		from = struct {
			io.Reader
			io.Seeker
		}{watched, seeker}
	}
	if !look(newStream(from, f.Size, &left), &left) {
		*remark = what
	}
	r.budget -= here - left
	return watched.err
}

// watching keeps the error of a disk, which is not that of a file's form.
type watching struct {
	in  io.Reader
	err error
}

func (w *watching) Read(p []byte) (int, error) {
	n, err := w.in.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// maxSubject is how much of an annotated ECG is read: its subject stands before the samples.
const maxSubject = 4 << 20

// subjects reads whom an annotated ECG is of.
func (r *reader) subjects(i int) (out []claim, remark string, err error) {
	body, err := r.files[i].begin(max(min(maxSubject, r.budget), 0))
	if err != nil {
		return nil, "", err
	}
	r.budget -= int64(len(body))
	subjects, err := cda.ReadSubjects(body)
	for _, s := range subjects {
		out = append(out, claimOf(s))
	}
	if (err != nil || len(body) == 0) && !hasID(out) {
		remark = "an annotated ECG that cannot be read to its patient: whom it is of was not checked"
	}
	return out, remark, nil
}

// isJAHIS reports whether a file is a prescription or a medication notebook as text,
// also one in which some byte is no text.
func isJAHIS(head []byte) bool {
	if isUTF16(head) {
		text, _, err := prose.Decode(head[:min(len(head)&^1, 128)], "")
		return err == nil && jahis.Recognised([]byte(text))
	}
	return jahis.Recognised(head)
}

// symbol reads whom a prescription or a medication notebook is of.
func (r *reader) symbol(i int) (out []claim, err error) {
	body, err := r.files[i].body(jahis.MaxBytes)
	if err != nil {
		return nil, err
	}
	if r.budget -= int64(len(body)); r.budget < 0 {
		return nil, invalid("%w: texts of more than %d bytes together", prose.ErrTooLarge, maxLookedTogether)
	}
	if isUTF16(body) {
		text, _, err := prose.Decode(body, "")
		if err != nil {
			return nil, err
		}
		body = []byte(text)
	}
	persons, err := jahis.Persons(body)
	if err != nil {
		return nil, err
	}
	for _, p := range persons {
		c := claim{birth: p.BirthDate, sex: p.Sex}
		if p.Number != "" {
			c.ids = []string{p.Number}
		}
		for _, name := range []string{p.Name, p.Kana} {
			if n := nameOf(name); n != (named{}) {
				c.names = append(c.names, n)
			}
		}
		out = append(out, c)
	}
	return out, nil
}
