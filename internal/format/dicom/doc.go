// Package dicom reads what an object of DICOM (医用画像) says of itself: whom it is of, to
// which study and series it belongs, and what waveforms it has (PS3.10 files, PS3.5 data
// sets and character sets, PS3.3 patient, study, series and waveform modules).
//
// Every transfer syntax is read, since they differ in the pixels but for the order of
// bytes, how elements are written, and deflation: [Read] goes from element to element,
// takes the few that it knows and passes over the rest. Pixels are never read. That they
// are there is told by their length, of compressed ones by the lengths of their fragments;
// of a data set that is deflated as a whole it is not.
//
// A file begins with a preamble and "DICM" (Part 10). Read is also one without preamble,
// and a data set alone where nothing else could look so ([Recognised]): elements of rising
// tags from group 8 or 10 on, up to a unique identifier or, with value representations, a
// patient's name or number. A transfer syntax that is missing, or of another form than the
// data set, is made good by the same rule, with a warning.
//
// # Character sets
//
// Text is read in the Specific Character Set: ISO_IR 6, 13, 100, 101, 109, 110, 126, 127,
// 138, 144, 148, 166, 203, with code extensions those and ISO 2022 IR 58, 87, 149, 159,
// and ISO_IR 192, GB18030, GBK. Escape sequences are followed whether their sets are
// declared or not; a set of two bytes that is declared holds behind a delimiter as well,
// where its writer should have chosen it again. Bytes that no declared set has are read
// as Japanese programs write them (UTF-8, else CP932), with a warning. What cannot be
// read is U+FFFD.
//
// # Refusals
//
// All are of kind [fault.Invalid] and name a byte, in deflated data sets one of what was
// inflated, and an element by its tag, never a value. What was read up to there is given
// beside them.
//
//	cause                                      message
//	neither preamble nor a certain data set    not a DICOM object
//	nothing behind the file meta information   byte N: no data set
//	an element that ends behind the file       byte N: element (X): cut
//	one of which not even the tag is there     byte N: element: cut
//	deflated data that are not                 byte N: element: corrupt compressed data
//	an object that must be read too far        byte N: element (X): not within the bytes that may be read
//	something else than an item in a sequence  byte N: element (X): not an item
//	fewer samples than are declared            byte N: waveform N: data of N bytes have fewer samples than are declared
//	samples of no size                         byte N: waveform N: no bits are allocated
//	no channel, more than waveform.MaxLeads    byte N: waveform N: N channels, 1 to 1024 are read
//	more than waveform.MaxParts                byte N: more than 256 waveforms
package dicom

import (
	"errors"
	"fmt"
	"io"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/stream"
	"mizuhiki.dev/mizuhiki/internal/format/waveform"
)

// Object is what a DICOM object says of itself. Values are as they are written, without
// padding; empty if they are not there.
type Object struct {
	TransferSyntax            string // UID; of a data set alone as it shows
	SOPClass, SOPInstance     string // UIDs
	Study, Series             string // UIDs
	Modality                  string
	StudyDate, StudyTime      string // YYYYMMDD, HHMMSS[.F…]
	SeriesDate                string
	AcquisitionDate           string
	ContentDate               string
	Accession, StudyID        string
	SeriesNumber              string
	InstanceNumber            string
	StudyDescription          string
	SeriesDescription         string
	PatientID, BirthDate, Sex string
	CharacterSets             []string // as declared
	Foreign                   bool     // Chinese or Korean is: names are not written as in Japanese
	People                    []Person // the patient first
	Waveforms                 []waveform.Part
	Warnings                  []string
}

// Person is a person name (PN) with what it is the name of.
type Person struct {
	Role                              Role
	Alphabetic, Ideographic, Phonetic string // components parted by "^"
}

// Role says whose a name is.
type Role string

// The roles of the names that are read.
const (
	Patient             Role = "patient"
	OtherName           Role = "patient, other name"
	ReferringPhysician  Role = "referring physician"
	PerformingPhysician Role = "performing physician"
	ReadingPhysician    Role = "reading physician"
	Operator            Role = "operator"
)

const (
	maxWarnings = 20
	maxPeople   = 100
)

func (o *Object) warn(format string, args ...any) {
	if len(o.Warnings) < maxWarnings {
		o.Warnings = append(o.Warnings, fmt.Sprintf(format, args...))
	}
}

func invalid(format string, args ...any) error {
	return &fault.Error{Kind: fault.Invalid, Err: fmt.Errorf(format, args...)}
}

// placeOf names a place, with the tag of the element where that was read.
func placeOf(at int64, tag uint32) string {
	if tag == 0 {
		return fmt.Sprintf("byte %d: element", at)
	}
	return fmt.Sprintf("byte %d: element (%04X,%04X)", at, tag>>16, tag&0xFFFF)
}

// located says at which element a file ended or could not be read on. Errors of a disk stay.
func located(err error, at int64, tag uint32) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return invalid("%s: cut", placeOf(at, tag))
	case errors.Is(err, stream.ErrBudget), errors.Is(err, stream.ErrCorrupt):
		return invalid("%s: %w", placeOf(at, tag), err)
	}
	return err
}
