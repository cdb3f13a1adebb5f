package hl7v2

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

// Code is a coded entry (CE, CWE, CNE) as written: two triplets, of which either
// may be the standard's, and the text that was there before it was coded (CWE-9).
type Code struct {
	Code, Text, System          string
	AltCode, AltText, AltSystem string
	Original                    string
}

// IsZero reports that the entry says nothing.
func (c Code) IsZero() bool { return c == Code{} }

// Local reports whether an HL7 id names a coding system of the facility: 99xxx or L.
func Local(system string) bool {
	return system == "L" || strings.HasPrefix(system, "99") && len(system) > 2
}

// Code reads a repetition as a coded entry of components.
func (r Repetition) Code() Code { return r.f.code(r.f.delims.component()) }

// Code reads a component as a coded entry of subcomponents, as in TQ1-3 and CQ.
func (c Component) Code() Code { return c.f.code(c.f.delims.subcomponent()) }

// Code reads the first repetition as a coded entry.
func (f Field) Code() Code { return f.code(f.delims.component()) }

// Codes reads all repetitions as coded entries, leaving out empty ones.
func (f Field) Codes() []Code {
	var out []Code
	for r := range f.Repetitions() {
		if c := r.Code(); !c.IsZero() {
			out = append(out, c)
		}
	}
	return out
}

// code reads a coded entry whose parts stand between separators, up to the end of the
// first repetition. Blanks behind a part fill it up (HL7 v2.5 2.A.75) and are none of it, nor
// are those before a code or the name of its system: a code that has them would be another.
func (f Field) code(separator byte) Code {
	if f.literal || f.raw == "" {
		return Code{Code: f.raw}
	}
	var parts [6]string
	behind := split(&parts, f.raw, separator, f.delims.repetition())
	original := ""
	if behind != "" { // versions of the tables, and the text
		original = part(part(behind, f.delims.repetition(), 1), separator, 3)
	}
	escaped := f.delims.escapes(f.raw)
	for i, s := range parts {
		if escaped || isNull(s) {
			parts[i] = unescape(s, f.delims)
		}
		if parts[i] = strings.TrimRight(parts[i], " "); i%3 != 1 {
			parts[i] = strings.TrimLeft(parts[i], " ")
		}
	}
	if escaped || isNull(original) {
		original = unescape(original, f.delims)
	}
	return Code{parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], original}
}

// Quantity is an amount with its unit (CQ).
type Quantity struct {
	Amount string
	Unit   Code
}

// Quantity reads the first repetition as amount^unit, the unit with subcomponents
// (3^TAB&錠&MR9P) or bare (5^D).
func (f Field) Quantity() Quantity {
	r := f.Repetition(1)
	return Quantity{Amount: r.Component(1).Text(), Unit: r.Component(2).Code()}
}

// RepeatPatterns reads TQ1-3 (RPT): one code per repetition, in subcomponents of
// component 1 as SS-MIX2 writes it. An entry that spreads over components is taken too.
func (f Field) RepeatPatterns() []Code {
	var out []Code
	for r := range f.Repetitions() {
		c := r.Component(1).Code()
		if c.Text == "" && c.System == "" && r.Component(2).Raw() != "" {
			c = r.Code()
		}
		if !c.IsZero() {
			out = append(out, c)
		}
	}
	return out
}

// Representation says in which script a name is written (HL7 table 0465).
type Representation string

const (
	Ideographic Representation = "I"
	Phonetic    Representation = "P"
	Alphabetic  Representation = "A"
)

// PersonName is one representation of a name.
type PersonName struct {
	Representation Representation // empty: not stated and not evident
	Type           string         // HL7 table 0200: L the legal one, M before a marriage, A an alias …; empty: not stated
	Family, Given  string
}

// Full gives family and given name with one ASCII space between. Where a writer
// put the whole name into the family name, its ideographic space becomes that space.
func (n PersonName) Full() string {
	if n.Family != "" && n.Given != "" && !spaced(n.Family) && !spaced(n.Given) {
		return n.Family + " " + n.Given
	}
	return strings.Join(strings.FieldsFunc(n.Family+" "+n.Given, func(r rune) bool { return strings.ContainsRune(nameSpaces, r) }), " ")
}

// nameSpaces stand between the parts of names.
const nameSpaces = " 　\t"

// spaced reports whether a part of a name has any of [nameSpaces].
func spaced(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t':
			return true
		case "　"[0]:
			if strings.HasPrefix(s[i:], "　") {
				return true
			}
		}
	}
	return false
}

// Names reads XPN repetitions: 姓^名^^^^^L^I. The representation is taken from
// component 8, or 7 from writers that are one caret short, or from the script.
func (f Field) Names() []PersonName {
	var out []PersonName
	for r := range f.Repetitions() {
		n := PersonName{Family: r.Component(1).At(1), Given: r.Component(2).Text()}
		if n.Full() == "" {
			continue
		}
		n.Type = strings.ToUpper(r.Component(7).Text())
		n.Representation = representation(r.Component(8).Text())
		if n.Representation == "" {
			if n.Representation = representation(n.Type); n.Representation != "" {
				n.Type = strings.ToUpper(r.Component(6).Text())
			}
		}
		if n.Representation == "" {
			n.Representation = scriptOf(n.Full())
		}
		out = append(out, n)
	}
	return out
}

// Name gives the name of a representation: the legal one, or one of which nothing says that
// it is another; else the first. Writers put aliases and names before a marriage anywhere.
func (f Field) Name(want Representation) (PersonName, bool) {
	return Legal(slices.DeleteFunc(f.Names(), func(n PersonName) bool { return n.Representation != want }))
}

// Legal gives the legal one of several names, as [Field.Name] does.
func Legal(names []PersonName) (PersonName, bool) {
	for _, n := range names {
		if n.Type == "L" || n.Type == "" {
			return n, true
		}
	}
	if len(names) == 0 {
		return PersonName{}, false
	}
	return names[0], true
}

func representation(s string) Representation {
	switch r := Representation(s); r {
	case Ideographic, Phonetic, Alphabetic:
		return r
	}
	return ""
}

// scriptOf guesses the representation of an unmarked name.
func scriptOf(name string) Representation {
	kana, latin := true, true
	for _, r := range jis.Fullwidth(name) {
		if r == ' ' {
			continue
		}
		kana = kana && (r >= 'ぁ' && r <= 'ゖ' || r >= 'ァ' && r <= 'ヺ' || r == 'ー' || r == '・')
		latin = latin && r < 0x80
	}
	switch {
	case kana:
		return Phonetic
	case latin:
		return Alphabetic
	}
	return Ideographic
}

// StaffName is a member of staff as a message names them (XCN).
type StaffName struct{ ID, Name string }

// Staff reads the first repetition that names somebody as XCN: ID^姓^名. The whole
// name in component 2 shifts the rest by one, which leaves the name right.
func (f Field) Staff() (StaffName, bool) {
	for r := range f.Repetitions() {
		given := r.Component(3).Text()
		if given == "L" || representation(given) != "" {
			given = ""
		}
		s := StaffName{ID: r.Component(1).Text(), Name: PersonName{Family: r.Component(2).At(1), Given: given}.Full()}
		if s != (StaffName{}) {
			return s, true
		}
	}
	return StaffName{}, false
}

// Location is where a patient is (PL): ward^room^bed^^^type.
type Location struct{ Ward, Room, Bed, Type string }

// Location reads the first repetition. Type C is a clinic: Ward is then its department.
func (f Field) Location() Location {
	r := f.Repetition(1)
	return Location{
		Ward: r.Component(1).At(1),
		Room: r.Component(2).At(1),
		Bed:  r.Component(3).At(1),
		Type: r.Component(6).At(1),
	}
}

// Time reads the first component of the first repetition (TS, DR, DT).
func (f Field) Time() (Time, error) { return ParseTime(strings.TrimSpace(f.At(1, 1, 1))) }
