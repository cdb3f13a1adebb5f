package extended

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/format/cda"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/prose"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// File is one file of a content folder.
type File struct {
	Name string // below the content folder, with slashes, as the disk has it
	Size int64
	// Open opens the file. What it gives is passed over by seeking if it is an [io.Seeker].
	Open func() (io.ReadCloser, error)
}

// Object is a content folder that was read.
type Object struct {
	Document clinical.Document
	Parts    []Part // where the files of Document.Text lie, one for each
}

// Part says where a file of a document is: Body if it is inside of another, else the
// place of the file among those that were read.
type Part struct {
	File int
	Body []byte
}

// Read reads the content folder that name names, whose files are given in any order, as
// a document of person. The object is whole or there is none. Errors of opening and
// reading files come as they are; all others are of kind invalid, see the package
// comment. Warnings are located and have no values.
func Read(name Name, person Person, files []File) (Object, error) {
	switch {
	case len(files) == 0:
		return Object{}, invalid("%w: no file in the content folder", ErrEmpty)
	case len(files) > MaxFiles:
		return Object{}, invalid("%w: more than %d files", ErrTooMany, MaxFiles)
	}
	r := reader{name: name, person: person, budget: maxLookedTogether}
	for i, f := range files {
		r.files = append(r.files, looked{File: f, place: i})
	}
	slices.SortFunc(r.files, func(a, b looked) int { return strings.Compare(a.Name, b.Name) })
	for i := range r.files {
		if err := r.look(i); err != nil {
			return Object{}, fmt.Errorf("file %d: %w", i+1, err)
		}
	}
	if person.Doubted && !r.confirmed {
		return Object{}, invalid("%w", ssmix2.ErrUnnamed)
	}
	main := r.main()
	if err := r.read(main); err != nil {
		return Object{}, fmt.Errorf("file %d: %w", main+1, err)
	}
	return r.object(main), nil
}

type reader struct {
	name   Name
	person Person
	files  []looked
	doc    clinical.Document
	text   clinical.Text
	parts  []Part
	listed map[int]bool     // files that the document names itself
	whole  bool             // the main file is in the document and no file of it
	parsed int              // bytes of clinical documents that were parsed
	byPath map[string][]int // files by their decoded names, see beside
	byBase map[string][]int
	// confirmed: some file names the person.
	confirmed bool
	budget    int64 // bytes that may still be read to find out whom files are of
}

// maxParsed bounds the clinical documents of one content folder together: a folder may
// have two thousand files, and each of them may be large.
const maxParsed = 4 * cda.MaxBytes

// warn warns of what was found in a file.
func (r *reader) warn(i int, warnings ...string) {
	for _, w := range warnings {
		if w != "" && len(r.doc.Warnings) < maxWarnings {
			r.doc.Warnings = append(r.doc.Warnings, fmt.Sprintf("file %d: %s", i+1, w))
		}
	}
}

// remark warns of what hospital IT can mend.
func (r *reader) remark(i int, kind clinical.RemarkKind, warnings ...string) {
	for _, w := range warnings {
		if w != "" {
			r.doc.Remarks.Add(kind, fmt.Sprintf("file %d: %s", i+1, w))
		}
	}
	r.warn(i, warnings...)
}

// take takes over what the reader of a file warned of.
func (r *reader) take(i int, warnings []string, remarks clinical.Remarks) {
	for _, m := range remarks {
		r.doc.Remarks.Add(m.Kind, fmt.Sprintf("file %d: %s", i+1, m.Detail))
	}
	r.warn(i, warnings...)
}

const maxWarnings = 100

// look finds out what a file is and whom it says that it is of.
func (r *reader) look(i int) error {
	f := &r.files[i]
	head, err := f.head()
	if err != nil {
		return err
	}
	f.media = sniff(head)
	claims, remark, err := r.claims(i, head)
	if err != nil {
		return err
	}
	r.remark(i, clinical.RemarkUnchecked, remark)
	for _, c := range claims {
		warning, named, err := r.person.check(c)
		if err != nil {
			return err
		}
		r.confirmed = r.confirmed || named
		r.remark(i, clinical.RemarkPerson, warning)
	}
	return nil
}

// parse reads a clinical document.
func (r *reader) parse(i int) (cda.Document, error) {
	body, err := r.files[i].body(cda.MaxBytes)
	if err != nil {
		return cda.Document{}, err
	}
	if r.parsed += len(body); r.parsed > maxParsed {
		return cda.Document{}, invalid("%w: clinical documents of more than %d bytes together", prose.ErrTooLarge, maxParsed)
	}
	return cda.Read(body)
}

// ranks says which files rather are the document, the first before the others.
var ranks = []func(media string) bool{
	func(m string) bool { return m == mediaCDA },
	func(m string) bool { return m == mediaHL7 },
	func(m string) bool { return m == mediaHTML },
	func(m string) bool { return m == mediaText },
	func(m string) bool { return m == mediaPDF },
	func(m string) bool { return m == mediaWord || m == mediaRichText || m == mediaOldOffice },
	func(m string) bool { return strings.HasPrefix(m, "image/") },
	func(m string) bool { return m != mediaUnknown },
}

// main chooses the file that is the document.
func (r *reader) main() int {
	for i, f := range r.files {
		if strings.HasPrefix(strings.ToLower(path.Base(f.Name)), "main_document.") {
			return i
		}
	}
	for _, is := range ranks {
		if i := slices.IndexFunc(r.files, func(f looked) bool { return is(f.media) }); i >= 0 {
			return i
		}
	}
	return 0
}

// read reads the file that is the document.
func (r *reader) read(i int) error {
	f := r.files[i]
	r.named()
	r.whole = true
	switch {
	case f.Size == 0:
		return invalid("%w", ErrEmpty)
	case f.vital:
		return r.vitals(i)
	case f.media == mediaCDA:
		return r.clinicalDocument(i)
	case f.media == mediaHTML:
		body, err := f.body(prose.MaxBytes)
		if err != nil {
			return err
		}
		page, err := prose.HTML(body)
		if err != nil {
			return err
		}
		r.text.Title, r.text.Sections = page.Title, page.Sections
		r.take(i, page.Warnings, page.Remarks)
		return nil
	case f.media == mediaText:
		body, err := f.body(prose.MaxBytes)
		if err != nil {
			return err
		}
		blocks, warnings, err := prose.Text(body)
		if err != nil {
			return err
		}
		if len(blocks) > 0 {
			r.text.Sections = []clinical.Section{{Blocks: blocks}}
		}
		r.remark(i, clinical.RemarkHole, warnings...)
		return nil
	}
	r.whole = false
	return nil
}

// named fills in what the name says.
func (r *reader) named() {
	n := r.name
	r.doc.Kind, r.doc.PatientID, r.doc.DataType = n.Type.Kind(), n.PatientID, string(n.DataType)
	r.doc.Date, r.doc.OrderNo, r.doc.Timestamp, r.doc.Department = n.CareDate, n.OrderNo, n.Timestamp, n.Department
	r.text.Type = n.Type.Coded()
	for _, m := range n.Name.Remarks() {
		r.doc.Remarks.Add(m.Kind, m.Detail)
		r.doc.Warnings = append(r.doc.Warnings, m.Detail)
	}
}

func (r *reader) vitals(i int) error {
	body, err := r.files[i].body(hl7v2.MaxBytes)
	if err != nil {
		return err
	}
	v, err := ssmix2.ReadVitals(r.name.PatientID, body)
	if err != nil {
		return err
	}
	r.doc.Kind, r.doc.Vitals, r.doc.MessageType, r.doc.Requester = clinical.KindVital, v.Vitals, v.MessageType, v.Requester
	r.doc.Comments, r.doc.Observations, r.doc.StatedAllergies, r.doc.Trials = v.Comments, v.Observations, v.StatedAllergies, v.Trials
	r.take(i, v.Warnings, v.Remarks)
	return nil
}

// clinicalDocument takes in a clinical document. Its own type stands where the folder has none.
func (r *reader) clinicalDocument(i int) error {
	d, err := r.parse(i)
	if err != nil {
		return err
	}
	t := &r.text
	t.Title, t.Authors, t.Written, t.Sections, t.Orders = d.Title, d.Authors, d.Written, d.Sections, d.Orders
	if d.About != nil {
		t.Sections = slices.Insert(slices.Clone(d.Sections), 0, *d.About)
	}
	if t.Type.Code == "" {
		t.Type.Code, t.Type.Text, t.Type.System = d.Type.Code, d.Type.Text, d.Type.System
	}
	if k, ok := kinds[d.Type.Code]; ok && r.name.Type.Standardised() == "" && r.doc.Kind == clinical.KindDocument {
		r.doc.Kind = k
	}
	if len(d.Authors) > 0 {
		r.doc.Requester = &d.Authors[0]
	}
	r.take(i, d.Warnings, d.Remarks)
	r.listed = map[int]bool{}
	for n, f := range d.Files {
		if f.Reference == "" {
			r.add(clinical.File{Name: fmt.Sprintf("%d", n+1), MediaType: MediaType(f.Body), Size: int64(len(f.Body)), Main: len(d.Sections) == 0}, Part{Body: f.Body})
			continue
		}
		at := r.beside(i, f.Reference)
		if at < 0 {
			r.remark(i, clinical.RemarkAttachment, fmt.Sprintf("attachment %d is not in the content folder", n+1))
			continue
		}
		if !r.listed[at] {
			r.list(at, len(d.Sections) == 0)
		}
	}
	return nil
}

// beside finds the file that a document names: where the reference says, seen from the
// document's own folder. One that names no folder may lie in another, if only one file is
// called so: of two, one may be of the other eye or of another day. -1: there is none.
func (r *reader) beside(document int, reference string) int {
	if r.byPath == nil {
		r.nameFiles()
	}
	want := path.Clean(strings.ReplaceAll(norm.NFC.String(reference), `\`, "/"))
	if strings.Contains(want, ":") || path.IsAbs(want) {
		return -1
	}
	own, err := decodePath(r.files[document].Name)
	if err != nil {
		return -1
	}
	at := r.byPath[path.Join(path.Dir(own), want)]
	if len(at) == 0 && !strings.Contains(want, "/") {
		at = r.byBase[want]
	}
	if len(at) != 1 || at[0] == document {
		return -1
	}
	return at[0]
}

// nameFiles notes where the files are by their names, for beside.
func (r *reader) nameFiles() {
	r.byPath, r.byBase = map[string][]int{}, map[string][]int{}
	for i, f := range r.files {
		if name, err := decodePath(f.Name); err == nil {
			r.byPath[name] = append(r.byPath[name], i)
			r.byBase[path.Base(name)] = append(r.byBase[path.Base(name)], i)
		}
	}
}

// decodePath decodes a path below the content folder, part by part as pathParts does.
func decodePath(raw string) (string, error) {
	parts := strings.Split(raw, "/")
	for i, p := range parts {
		name, err := Decode(p)
		if err != nil {
			return "", err
		}
		parts[i] = name
	}
	return strings.Join(parts, "/"), nil
}

func (r *reader) add(f clinical.File, p Part) {
	r.text.Files = append(r.text.Files, f)
	r.parts = append(r.parts, p)
}

func (r *reader) list(i int, main bool) {
	f := r.files[i]
	name, err := Decode(path.Base(f.Name))
	if err != nil {
		name = fmt.Sprintf("%d", i+1)
	}
	if r.listed == nil {
		r.listed = map[int]bool{}
	}
	r.listed[i] = true
	r.add(clinical.File{Name: name, MediaType: shown(f.media), Size: f.Size, Main: main}, Part{File: f.place})
}

// object lists what is left as files, the document first.
func (r *reader) object(main int) Object {
	if r.doc.Vitals != nil {
		if len(r.files) > 1 {
			r.remark(main, clinical.RemarkLeftOut, "other files beside measurements are not shown")
		}
		return Object{Document: r.doc}
	}
	if !r.whole {
		r.list(main, true)
	}
	for i := range r.files {
		if !r.listed[i] && !(i == main && r.whole) {
			r.list(i, false)
		}
	}
	r.doc.Text = &r.text
	return Object{Document: r.doc, Parts: r.parts}
}
