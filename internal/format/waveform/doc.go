// Package waveform reads the heads of recorded waveforms (波形, most of them 心電図): which
// leads there are, how often and how finely they were sampled, for how long, and whom they
// say that they are of.
//
//	MFER          ISO 22077-1, HS032           [ReadMFER]
//	SCP-ECG       ISO 11073-91064, EN 1064     [ReadSCP], [Checksums]
//	aECG          HL7 annotated ECG, PORT_MT020001   [ReadAnnotated]
//
// Waveforms in DICOM objects are in package dicom, which gives them as a [Part], too.
//
// Samples are never decoded, but they must be there: a recording that has fewer than it
// declares is refused. Of compressed ones (MFER compression and AHA data type, SCP-ECG with
// Huffman tables) that can be told only as far as a sample takes a bit; how many they are
// is as declared.
//
// # Refusals
//
// All are of kind [fault.Invalid] and name the place, never a value. What was read up to
// there is given beside them: whom a recording is of is known also where it is cut. MFER
// is refused with:
//
//	cause                                       message
//	a definition that is cut, or bent           byte N: definition: cut
//	a value, or samples, beyond the file        byte N: tag X: cut
//	a file that must be read too far            byte N: tag X: not within the bytes that may be read
//	definitions beyond what may be read         byte N: definition: not within the bytes that may be read
//	samples of indefinite length                byte N: waveform N: nobody can tell where it ends
//	no channel, or more than MaxLeads           byte N: N channels, 1 to 1024 are read
//	a channel without a sample in a block       byte N: waveform N: a channel without samples
//	fewer samples than are declared             byte N: waveform N: data of N bytes have fewer samples than are declared
//	more than MaxParts of samples               byte N: more than 256 waveforms
//	no samples at all                           no waveform
//	more than 64 statements of whom it is of    byte N: more than 64 statements of whom it is of
//
// SCP-ECG is refused with:
//
//	cause                                       message
//	no section 0, or one of no pointers         section 0: <what is wrong>
//	a section that goes beyond the file         section N: ends at byte N, the file at byte N
//	a section inside of another                 section N: lies inside of another
//	a section of another number                 section N: another number in its head
//	a section that is too short                 section N: cut
//	a section that must be read too far         section N: not within the bytes that may be read
//	no leads, or no rhythm data                 section N: not there
//	no lead, or more than MaxLeads              section 3: N leads, 1 to 1024 are read
//	a lead that ends before it begins           section 3: lead N: ends before it begins
//	leads that go beyond their section          section 6: the data of its leads go beyond it
//	fewer samples than are declared             section 6: lead N: data of N bytes have fewer samples than are declared
//	no time between samples                     section 6: no sampling interval
//	more than 64 statements of whom it is of    section 1: more than 64 statements of whom it is of
//
// An annotated ECG is refused with what [cda.ReadECG] refuses, and with:
//
//	cause                                       message
//	no lead with samples                        no waveform
//	a lead without samples                      series N: lead N: no samples
//	a lead of fewer samples than the first      series N: lead N: N samples, the first lead has N
//	more than MaxParts or MaxLeads              series N: more than N <of what>
package waveform

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/stream"
)

const (
	// MaxLeads bounds the leads of one part.
	MaxLeads = 1024
	// MaxParts bounds the parts of one recording.
	MaxParts = 256
)

// Recording is what the head of a file says.
type Recording struct {
	// Subjects are whom it says that it is of; each statement is one of its own, so that a
	// recording that names two people is seen to.
	Subjects []Subject
	// SubjectsRead tells whether all places were read where a recording says that.
	SubjectsRead bool
	Parts        []Part // in the order of the file
	Warnings     []string
}

// Subject is one statement of whom a recording is of. Empty fields say nothing.
type Subject struct {
	ID        string
	Names     []Name // readings of one name
	BirthDate string // YYYY[MM[DD]]
	Sex       clinical.Sex
}

// Name is a name in one script; one that was not parted stands in Family. A character
// that could not be decoded is U+FFFD.
type Name struct {
	Family, Given string
	Unlikely      bool // parted otherwise than the standard recommends, as some write it
}

// Part is what was recorded at once: a rhythm, or a beat that was averaged from one.
type Part struct {
	Name  string // what the file calls it; empty if it does not
	Leads []Lead
}

// Lead is one channel.
type Lead struct {
	Name    string
	Rate    float64 // Hz; 0 if it is not said
	Scale   float64 // Unit for a step of one; 0 if it is not said
	Unit    string
	Samples int64
}

// Seconds is how long a lead goes on, 0 if its rate is not said.
func (l Lead) Seconds() float64 {
	if l.Rate <= 0 {
		return 0
	}
	return float64(l.Samples) / l.Rate
}

// maxSubjects bounds the statements of whom a recording is of. One that makes more different
// ones is of nobody.
const maxSubjects = 64

// say notes a statement that was not made before, false if there are too many.
func (r *Recording) say(s Subject) bool {
	if slices.ContainsFunc(r.Subjects, func(o Subject) bool {
		return s.ID == o.ID && s.BirthDate == o.BirthDate && s.Sex == o.Sex && slices.Equal(s.Names, o.Names)
	}) {
		return true
	}
	if len(r.Subjects) == maxSubjects {
		return false
	}
	r.Subjects = append(r.Subjects, s)
	return true
}

// maxWarnings bounds what is remarked on one recording.
const maxWarnings = 20

func (r *Recording) warn(format string, args ...any) {
	if len(r.Warnings) < maxWarnings {
		r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
	}
}

func invalid(format string, args ...any) error {
	return &fault.Error{Kind: fault.Invalid, Err: fmt.Errorf(format, args...)}
}

// located says where a file ended or could not be read on. Errors of a disk stay.
func located(err error, place string, args ...any) error {
	place = fmt.Sprintf(place, args...)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return invalid("%s: cut", place)
	case errors.Is(err, stream.ErrBudget):
		return invalid("%s: %w", place, stream.ErrBudget)
	}
	return err
}

// decimal gives n × 10^exponent as the number that is nearest to it, which a product of
// two floats is not.
func decimal(n int64, exponent int) float64 {
	f, err := strconv.ParseFloat(strconv.FormatInt(n, 10)+"e"+strconv.Itoa(exponent), 64)
	if err != nil { // out of range
		return 0
	}
	return f
}
