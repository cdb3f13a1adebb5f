// Package extended reads the extended storage of SS-MIX2 (拡張ストレージ): what its folders
// are called, which content folder of an entry is current, what kind of content a
// document type is, and what a document says (SS-MIX2 extended storage guideline 1.2,
// data-type folders, content folders and condition flags; the guideline's table of LOINC
// document types; NHO's practice for six-field names and vital signs).
//
//	<ID[0:3]>/<ID[3:6]>/<ID>/<care date>/<data-type folder>/<content folder>/<files>
//
// [ParsePath] reads names, [Resolve] tells the current content folder of every entry,
// [Read] reads its files into a [clinical.Document]. Nothing here touches a disk.
//
// Names are read in any normal form of Unicode and in CP932, as copies over shares and
// archives leave them behind ([Decode]). Names are refused with:
//
//	cause                                          message
//	no character set                               name in no character set
//	a path of other than six parts                 path of N parts, 6 are needed
//	a data type of neither 3, 6 nor 7 fields       data-type folder of N fields, 3, 6 or 7 are needed
//	neither a local nor a standard half            data-type folder says no type
//	a data type of the standard storage            data-type folder: belongs into the standard storage
//	fewer than six fields, or none that is a day   content folder name of N fields, 6 or 7 are needed
//	no time stamp                                  content folder name: time stamp is not YYYYMMDDHHMMSSFFF
//	a time stamp that is no time                   content folder name: time stamp is no time: ...
//	no flag                                        content folder name: condition flag is neither 0, 1 nor 2
//	no patient, type or key                        content folder name: a field is empty
//	another patient's folder                       patient folder: belongs to another patient
//	another date's folder                          content folder and its folder differ in the care date
//	another type's folder                          content folder and its folder differ in the data type
//	upper folders of another id                    the upper folders are not the first six characters of the patient id
//	control characters, slashes                    name has a character that no name may have
//
// # Content
//
// One file of a content folder is the document, the others belong to it: main_document.*
// if there is one, else the first of clinical document (CDA), HL7 message, HTML, text,
// PDF, word processor's file, picture, anything else. CDA, HTML and text are read into
// sections, vital signs (ORU^R30) into measurements. Everything else is listed as files
// by the type that its first bytes say; names and endings decide nothing. Archives and
// pictures are never opened, of waveforms and DICOM objects no more is read than whom
// they are of. A text in which a few bytes are none is text, with what is lost shown as
// U+FFFD and a warning.
//
// # Identity
//
// Every file that says whom it is of is held against the patient of the folder and what
// the facility has of this patient:
//
//	clinical document (CDA)            recordTarget
//	HL7 message                        PID
//	DICOM object, or data set alone    patient ID, name, birth date and sex; in any transfer syntax
//	waveform (MFER, ISO 22077-1)       MWF_PID, MWF_PNM, MWF_AGE, MWF_SEX, wherever they stand
//	ECG (SCP-ECG, ISO 11073-91064)     section 1, tags 2, 0 and 1, 5, 8
//	annotated ECG (HL7 aECG)           trialSubject
//	prescription, notebook (JAHIS)     records 11 to 13; record 1
//
// One that is another's refuses the whole object, as does one that names two people. A
// name counts as another only when neither the full name, in kanji or kana, nor the given
// name with the same birth date agrees: people marry. Names in Latin letters are not
// compared with Japanese ones. Numbers are compared byte for byte.
//
// A file that says nothing is shown. One of which nobody could tell, since it is cut, or
// bent, or says nothing within the first 16 MB that must be read (4 MB of an annotated
// ECG), is shown with a warning. Long values are passed over by seeking and do not count;
// all files of an object may take 256 MB together. What does not begin as one of these does
// is not asked: office files, PDF and pictures say whom they are of to people.
//
// # Refusals
//
// Objects are refused with, besides what [cda.Read], [prose.Text], [prose.HTML],
// [jahis.Persons] and [ssmix2.ReadVitals] refuse:
//
//	cause                                          message
//	no file                                        empty: no file in the content folder
//	more files than MaxFiles                       too many files: more than 2000 files
//	the document is an empty file                  file N: empty
//	a file that is larger than its format allows   file N: text too large: more than N bytes
//	CDA of more than 80 MB together                file N: text too large: clinical documents of more than N bytes together
//	texts of JAHIS beyond 256 MB together          file N: text too large: texts of more than N bytes together
//	a message of nobody                            file N: no PID segment
//	an ID that is another's, or two                file N: belongs to another patient
//	name, birth date or sex that is another's      file N: names another person: <field>
//
// All are of kind [fault.Invalid] and name a file by its number in the order of names,
// never by its name, which may be the patient's.
package extended

import (
	"errors"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

const (
	// MaxFiles bounds the files of one content folder.
	MaxFiles = 2000
	// headBytes is how much of a file is looked at to tell what it is.
	headBytes = 64 << 10
)

var (
	// ErrEmpty: a content folder or document without anything in it, as a writer leaves
	// it that has not come to it yet.
	ErrEmpty = errors.New("empty")
	// ErrTooMany: more files than a document has.
	ErrTooMany = errors.New("too many files")
)

func invalid(format string, args ...any) error {
	return &fault.Error{Kind: fault.Invalid, Err: fmt.Errorf(format, args...)}
}
