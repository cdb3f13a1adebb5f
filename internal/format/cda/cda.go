package cda

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/prose"
)

// Document is what a clinical document says.
type Document struct {
	Patient  Patient
	Type     clinical.Coded
	Title    string
	Authors  []clinical.Staff
	Orders   []string          `json:",omitempty"` // numbers of the orders that it fulfils (inFulfillmentOf), with their accession numbers
	Written  clinical.Time     // effectiveTime, as written
	About    *clinical.Section `json:",omitempty"` // what the header says besides; nil: nothing
	Sections []clinical.Section
	Files    []File
	Warnings []string // located, without values
	// Remarks are those of the warnings that hospital IT can mend.
	Remarks clinical.Remarks `json:"-"`
}

// LogValue keeps the content out of technical logs.
func (Document) LogValue() slog.Value { return slog.StringValue("(clinical document)") }

// Patient is who a document is of (recordTarget).
type Patient struct {
	IDs       []ID
	Names     []Name
	BirthDate string       // as written, YYYY[MM[DD]]; empty: not said
	Sex       clinical.Sex // empty: not said
}

// ID is one identifier (II).
type ID struct{ Root, Extension string }

// Name is a name as written in one script; parts that are not told apart stand in Family.
type Name struct{ Family, Given string }

// File is a file that belongs to a document: inside of it, or beside it.
type File struct {
	Body      []byte // of one that is inside
	Reference string // the name of one that is beside
}

// LOINC is the code system of document types and sections.
const LOINC = "2.16.840.1.113883.6.1"

// Read reads a document. It fails with [ErrOther] for other XML.
func Read(src []byte) (Document, error) {
	root, warnings, err := parse(src)
	if err != nil {
		return Document{}, err
	}
	if root.name != DocumentElement {
		return Document{}, invalid("%w", ErrOther)
	}
	r := reader{root: root, doc: Document{Warnings: warnings}}
	for _, w := range warnings {
		r.doc.Remarks.Add(clinical.RemarkHole, w)
	}
	for _, step := range []func() error{r.patient, r.header, r.body} {
		if err := step(); err != nil {
			return Document{}, err
		}
	}
	return r.doc, nil
}

type reader struct {
	root *node
	doc  Document
}

// maxWarnings bounds the remarks on one document.
const maxWarnings = 100

func (r *reader) warn(kind clinical.RemarkKind, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.doc.Remarks.Add(kind, text)
	if len(r.doc.Warnings) < maxWarnings {
		r.doc.Warnings = append(r.doc.Warnings, text)
	}
}

func (r *reader) patient() error {
	targets := r.root.all("recordTarget")
	if len(targets) != 1 {
		return invalid("recordTarget: %d of them, one is needed", len(targets))
	}
	role := targets[0].get("patientRole")
	r.doc.Patient = patientOf(role, role.get("patient"))
	return nil
}

// patientOf reads a role's identifiers and who has it.
func patientOf(role, who *node) Patient {
	p := Patient{BirthDate: digits(who.get("birthTime").at("value")), Sex: sex(who.get("administrativeGenderCode").at("code"))}
	for _, id := range role.all("id") {
		if ext := id.at("extension"); ext != "" {
			p.IDs = append(p.IDs, ID{Root: id.at("root"), Extension: ext})
		}
	}
	for _, n := range who.all("name") {
		if name := personName(n); name != (Name{}) {
			p.Names = append(p.Names, name)
		}
	}
	return p
}

// sex reads AdministrativeGender and, as some write it, HL7 table 0001.
func sex(code string) clinical.Sex {
	switch code {
	case "M", "F", "O":
		return clinical.Sex(code)
	case "UN", "U":
		return clinical.UnknownSex
	}
	return ""
}

func personName(n *node) Name {
	family, given := n.get("family").words(), n.get("given").words()
	if family == "" && given == "" {
		family = n.words()
	}
	return Name{Family: family, Given: given}
}

// full gives 姓 名.
func (n Name) full() string { return strings.TrimSpace(n.Family + " " + n.Given) }

func (r *reader) header() error {
	d := &r.doc
	d.Type = coded(r.root.get("code"))
	d.Title = r.root.get("title").words()
	d.Written = r.time("effectiveTime", r.root.get("effectiveTime").at("value"))
	for _, f := range r.root.all("inFulfillmentOf") {
		for _, id := range f.get("order").all("id") {
			if number := strings.TrimSpace(id.at("extension")); number != "" {
				d.Orders = append(d.Orders, number)
			}
		}
	}
	for _, a := range r.root.all("author") {
		who := a.get("assignedAuthor")
		s := clinical.Staff{ID: who.get("id").at("extension"), Name: ideographic(who.get("assignedPerson")).full()}
		if s.Name != "" {
			d.Authors = append(d.Authors, s)
		}
	}
	r.about()
	switch r.root.get("confidentialityCode").at("code") {
	case "R", "V":
		r.warn("", "confidentialityCode: the author marked the document as restricted")
	}
	return nil
}

// ideographic chooses the name in kanji among those in several scripts.
func ideographic(person *node) Name {
	names := person.all("name")
	for _, n := range names {
		if strings.Contains(n.at("use"), "IDE") {
			return personName(n)
		}
	}
	if len(names) > 0 {
		return personName(names[0])
	}
	return Name{}
}

var timeForm = regexp.MustCompile(`^\d{4}(\d{2}){0,5}(\.\d{1,6})?([+-]\d{4})?$`)

func (r *reader) time(place, value string) clinical.Time {
	if value != "" && !timeForm.MatchString(value) {
		r.warn(clinical.RemarkLeftOut, "%s: not a time, left out", place)
		return ""
	}
	return clinical.Time(value)
}

// digits gives the day of a time as far as it is said.
func digits(s string) string {
	if !timeForm.MatchString(s) {
		return ""
	}
	return s[:min(len(s), 8)]
}

// coded reads a code (CE): LOINC is the standard's, a translation or another system is
// the facility's own.
func coded(n *node) clinical.Coded {
	var c clinical.Coded
	for _, one := range append([]*node{n}, n.all("translation")...) {
		code, text, system := one.at("code"), one.at("displayName"), one.at("codeSystem")
		switch {
		case code == "" && text == "":
		case system == LOINC && c.Code == "":
			c.Code, c.Text, c.System = code, text, "LN"
		case c.LocalCode == "":
			c.LocalCode, c.LocalText, c.LocalSystem = code, text, one.at("codeSystemName")
		}
	}
	return c
}

func (r *reader) body() error {
	component := r.root.get("component")
	structured, other := component.get("structuredBody"), component.get("nonXMLBody")
	switch {
	case structured.is():
		for i, c := range structured.all("component") {
			if err := r.section(c.get("section"), 0, fmt.Sprintf("section %d", i+1)); err != nil {
				return err
			}
		}
	case other.is():
		return r.file(other.get("text"), "nonXMLBody")
	default:
		return invalid("no body")
	}
	var err error
	media := 0
	structured.each("observationMedia", func(n *node) {
		if media++; err == nil {
			err = r.file(n.get("value"), fmt.Sprintf("observationMedia %d", media))
		}
	})
	return err
}

// file takes a file that an ED names or holds.
func (r *reader) file(n *node, place string) error {
	if ref := n.get("reference").at("value"); ref != "" {
		r.doc.Files = append(r.doc.Files, File{Reference: ref})
		return nil
	}
	var b strings.Builder
	n.eachText(func(s string) { b.WriteString(s) })
	text := strings.Map(func(c rune) rune {
		if c == ' ' || c == '\n' || c == '\t' {
			return -1
		}
		return c
	}, b.String())
	switch {
	case text == "":
		r.warn(clinical.RemarkMissing, "%s: empty", place)
		return nil
	case n.at("representation") != "B64": // words
		r.doc.Sections = append(r.doc.Sections, clinical.Section{Blocks: prose.Paragraphs(b.String())})
		return nil
	}
	body, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return invalid("%s: not base64", place)
	}
	r.doc.Files = append(r.doc.Files, File{Body: body})
	return nil
}
