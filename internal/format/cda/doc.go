// Package cda reads clinical documents of HL7 CDA Release 2 (診療文書): who they are of, who
// wrote what when, and their narrative as plain sections (HL7 CDA R2 narrative block and
// header; JAHIS 診療文書構造化記述規約 共通編 1.0 for names and identifiers).
//
// The narrative is what a CDA document says and what its author signed for; entries
// repeat it for machines and are not read, but for pictures inside of them
// (observationMedia); of a section that has entries alone it is said that they are not
// shown. What only the header says (recipients, the stay, what it replaces or adds to) is
// a section of its own (About). A body that is no XML, or pictures, come out as [File].
//
// Of annotated ECGs (HL7 aECG, AnnotatedECG) [ReadSubjects] reads whom they are of.
//
// XML is read without entities of its own, without DTD and without anything from
// outside. Refused, all of kind [fault.Invalid] and located where there is a place:
//
//	cause                                            message
//	more bytes than MaxBytes                         XML of more than N bytes
//	<!DOCTYPE, <!ENTITY (aECG: passed over)          XML, byte N: a document type is not read
//	deeper than MaxDepth                             XML, byte N: more than 200 elements in each other
//	more than MaxElements                            XML, byte N: more than 200000 elements
//	a document type of an aECG without its end       XML: a document type that does not end
//	a tag of more than MaxTag bytes                  XML, byte N: a tag of more than 65536 bytes, or not ended
//	a comment, CDATA or instruction without its end  XML, byte N: not ended
//	not well-formed                                  XML, line N: not well-formed
//	no document element, or two                      XML: N document elements
//	a character set that is not read                 character set "X" is not read
//	more than one character in fifty in no charset   characters that cannot be decoded
//	another document element ([ErrOther])            not a clinical document
//	no recordTarget, or two                          recordTarget: N of them, one is needed
//	neither structuredBody nor nonXMLBody            no body
//	a file inside that is not base64                 <place>: not base64
//	more table cells than prose.MaxCells             section N: text too large: tables of more than N cells
//
// What is struck out, by a later version (revised), a style code or a style, is marked as
// in HTML (see [prose.StruckOut]).
//
// Read with a warning: words that the document's own style hides (left out), a section without narrative, a time that is none, an element
// of the narrative that is not known (its words stay), a picture that is missing, a
// document that its author marked as restricted.
package cda

import (
	"errors"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

// Bounds of a document.
const (
	MaxBytes    = 20 << 20
	MaxDepth    = 200
	MaxElements = 200_000
	MaxTag      = 64 << 10
)

// ErrOther: XML that is no clinical document.
var ErrOther = errors.New("not a clinical document")

func invalid(format string, args ...any) error {
	return &fault.Error{Kind: fault.Invalid, Err: fmt.Errorf(format, args...)}
}
