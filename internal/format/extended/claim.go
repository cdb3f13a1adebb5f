package extended

import (
	"errors"
	"io"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/cda"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/dicom"
	"mizuhiki.dev/mizuhiki/internal/format/jahis"
	"mizuhiki.dev/mizuhiki/internal/format/prose"
	"mizuhiki.dev/mizuhiki/internal/format/stream"
	"mizuhiki.dev/mizuhiki/internal/format/waveform"
)

const (
	// maxLooked bounds the bytes of one file that are read to find out whom it is of.
	// What is passed over by seeking does not count.
	maxLooked = 16 << 20
	// maxLookedTogether bounds them for all files of one content folder.
	maxLookedTogether = 256 << 20
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
		err = r.through(i, func(s *stream.Reader) bool {
			c := dicomClaim(s)
			out = append(out, c)
			return len(c.ids) > 0
		}, &remark, "no patient ID where one is looked for in a DICOM object: whom it is of was not checked")
	case mediaMFER:
		err = r.through(i, func(s *stream.Reader) (told bool) {
			out, told = waveformClaims(waveform.ReadMFER(s))
			return told
		}, &remark, "a waveform that cannot be followed to a patient ID: whom it is of was not checked")
	case mediaSCP:
		err = r.through(i, func(s *stream.Reader) (told bool) {
			out, told = waveformClaims(waveform.ReadSCP(s))
			return told
		}, &remark, "an ECG without a readable patient section: whom it is of was not checked")
	default:
		if isJAHIS(head) {
			out, err = r.symbol(i)
		}
	}
	return out, remark, err
}

// dicomClaim is whom a DICOM object says that it is of, as far as it could be read: why it
// was not read further says nothing of the patient.
func dicomClaim(s *stream.Reader) claim {
	o, _ := dicom.ReadPatient(s)
	c := claim{Claim: clinical.Claim{BirthDate: strings.ReplaceAll(o.BirthDate, ".", "")}} // 1976.01.01 before DICOM 3
	if o.PatientID != "" {
		c.ids = []string{o.PatientID}
	}
	c.Sex = clinical.Sex(o.Sex)
	for _, p := range o.People {
		if p.Role != dicom.Patient || o.Foreign {
			continue
		}
		for _, group := range []string{p.Alphabetic, p.Ideographic, p.Phonetic} {
			parts := append(strings.SplitN(group, "^", 3), "")
			c.Names = append(c.Names, clinical.PersonName{Family: strings.TrimSpace(parts[0]), Given: strings.TrimSpace(parts[1])})
		}
	}
	return c
}

// waveformClaims is whom a recording says that it is of. told tells whether it could be
// asked: of one that is cut behind its patient it does not matter.
func waveformClaims(r waveform.Recording, _ error) (out []claim, told bool) {
	for _, s := range r.Subjects {
		c := claim{Claim: clinical.Claim{BirthDate: s.BirthDate, Sex: s.Sex}}
		if s.ID != "" {
			c.ids = []string{s.ID}
		}
		for _, n := range s.Names {
			if n.Given == "" {
				c.Names = append(c.Names, clinical.NameOf(n.Family))
				continue
			}
			c.Names = append(c.Names, clinical.PersonName{Family: n.Family, Given: n.Given})
		}
		out = append(out, c)
	}
	return out, r.SubjectsRead || hasID(out)
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
func (r *reader) through(i int, look func(s *stream.Reader) bool, remark *string, what string) error {
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
	if !look(stream.New(from, f.Size, &left)) {
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
		c := claim{Claim: clinical.Claim{BirthDate: p.BirthDate, Sex: p.Sex}}
		if p.Number != "" {
			c.ids = []string{p.Number}
		}
		c.Names = []clinical.PersonName{clinical.NameOf(p.Name), clinical.NameOf(p.Kana)}
		out = append(out, c)
	}
	return out, nil
}
