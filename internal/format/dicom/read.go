package dicom

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/format/stream"
)

// Read reads an object to its end. Refusals are in the package comment; what was read is
// given beside them.
func Read(in *stream.Reader) (Object, error) {
	r := reader{in: in}
	err := r.object()
	if err == nil {
		r.missing()
	}
	return r.out, err
}

// ReadPatient reads an object as far as whom it is of: up to the patient module (PS3.3
// C.7.1.1). Nothing behind that is known of it.
func ReadPatient(in *stream.Reader) (Object, error) {
	r := reader{in: in, patientOnly: true}
	err := r.object()
	return r.out, err
}

type reader struct {
	form
	in          *stream.Reader
	patientOnly bool
	over        bool // what is wanted was read
	empty       bool // no element was
	charset     charset
	out         Object
	wave        *wave // the item that is gone through
}

func (r *reader) object() error {
	if err := r.begin(); err != nil {
		return err
	}
	r.empty = true
	at := r.in.At()
	if err := r.dataSet(topLevel, -1); err != nil {
		return err
	}
	if r.empty {
		return invalid("byte %d: no data set", at)
	}
	slices.SortStableFunc(r.out.People, func(a, b Person) int { return rank(a) - rank(b) })
	return nil
}

// rank puts the patient's names before those of others.
func rank(p Person) int {
	switch p.Role {
	case Patient:
		return 0
	case OtherName:
		return 1
	}
	return 2
}

// begin reads what stands before the data set, and finds out how that is written.
func (r *reader) begin() error {
	head := r.in.Peek(lookedAt)
	skipped := before(head)
	if skipped < 0 {
		f, ok := formBy(head)
		if !ok {
			return invalid("not a DICOM object")
		}
		r.form, r.out.TransferSyntax = f, f.syntax()
		r.out.warn("a data set without file meta information, read as it shows")
		return nil
	}
	if skipped < preamble {
		r.out.warn("no preamble")
	}
	if err := r.in.Skip(int64(skipped)); err != nil {
		return located(err, 0, 0)
	}
	if err := r.meta(); err != nil {
		return err
	}
	r.syntax()
	return nil
}

// meta reads the file meta information, which is explicit little endian.
func (r *reader) meta() error {
	r.form = formOf(explicitLittle)
	for {
		if b := r.in.Peek(8); len(b) < 8 || r.order.Uint16(b) != 2 {
			return nil
		}
		at := r.in.At()
		tag, length, err := r.next()
		if err != nil {
			return err
		}
		var to *string
		switch tag {
		case tagTransferSyntax:
			to = &r.out.TransferSyntax
		case tagMetaSOPClass, tagMetaSOPInstance:
			to = r.out.plain(tag)
		}
		b, err := r.take(at, tag, length, to != nil)
		if err != nil {
			return err
		}
		if to != nil {
			*to = ascii(b)
		}
	}
}

// syntax takes the form of the data set from the transfer syntax, or from what shows.
func (r *reader) syntax() {
	said := r.out.TransferSyntax
	if deflated[said] {
		r.in = r.in.Inflated()
		return
	}
	head := r.in.Peek(lookedAt)
	shows, ok := formBy(head)
	switch {
	case said == "":
		if !ok { // that it is one is certain here: implicit is the default (PS3.5 10.1)
			shows = formOf(explicitLittle)
			if _, vr, _, _, _ := shows.header(head); !isRepresentation(vr) {
				shows = formOf(implicitLittle)
			}
		}
		r.form, r.out.TransferSyntax = shows, shows.syntax()
		r.out.warn("no transfer syntax: read as it shows")
	case ok && shows != formOf(said):
		r.form = shows
		r.out.warn("the data set is not written as its transfer syntax says: read as it shows")
	default:
		r.form = formOf(said)
	}
}

// next reads tag and length of an element and passes over them.
func (r *reader) next() (tag, length uint32, err error) {
	at := r.in.At()
	tag, _, length, size, ok := r.header(r.in.Peek(12))
	if !ok {
		return 0, 0, located(r.in.Short(12), at, tag)
	}
	return tag, length, located(r.in.Skip(int64(size)), at, tag)
}

// take reads a value that is wanted, or passes over it.
func (r *reader) take(at int64, tag, length uint32, wanted bool) (b []byte, err error) {
	switch {
	case length == undefinedLength:
		return nil, r.skipItems(at, tag)
	case wanted:
		b, err = r.in.Take(int64(length))
	default:
		err = r.in.Skip(int64(length))
	}
	return b, located(err, at, tag)
}

// scope is where an element stands.
type scope int

const (
	topLevel scope = iota
	waveformItem
	channelItem
	sourceItem // code of what a channel is of
	unitItem   // code of a unit
)

// sequences that are gone into, by where they stand.
var sequences = map[scope]map[uint32]scope{
	topLevel:     {tagWaveforms: waveformItem},
	waveformItem: {0x003A0200: channelItem},
	channelItem:  {0x003A0208: sourceItem, 0x003A0211: unitItem},
}

// dataSet goes through elements up to byte end, or if that is not known (-1) to the end of
// the item or of the file. How deep it goes is bounded by the scopes.
func (r *reader) dataSet(in scope, end int64) error {
	for !r.over && (end < 0 || r.in.At() < end) {
		if in == topLevel {
			if over, err := r.atEnd(); over || err != nil {
				return err
			}
		}
		at := r.in.At()
		tag, length, err := r.next()
		if err != nil {
			return err
		}
		r.empty = false
		switch {
		case in != topLevel && tag == tagItemEnd, r.patientOnly && tag > tagSex:
			return nil
		case in == topLevel && tag == tagPixels:
			err = r.pixels(at, tag, length)
		case sequences[in][tag] != topLevel:
			err = r.items(sequences[in][tag], tag, length)
		case in == topLevel:
			err = r.value(at, tag, length)
		default:
			err = r.waveValue(in, at, tag, length)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pixels passes over the pixels.
func (r *reader) pixels(at int64, tag, length uint32) error {
	if r.in.Left() < 0 {
		r.over = true
		r.out.warn("deflated: whether all pixels are there was not checked")
		return nil
	}
	_, err := r.take(at, tag, length, false)
	if errors.Is(err, stream.ErrBudget) { // many small fragments
		r.over, err = true, nil
		r.out.warn("so many fragments that whether all pixels are there was not checked")
	}
	return err
}

// atEnd reports whether nothing follows but what fills a file up.
func (r *reader) atEnd() (bool, error) {
	b := r.in.Peek(8)
	if len(b) == 8 {
		return false, nil
	}
	err := r.in.Short(8)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && len(b) > 0 && len(bytes.Trim(b, "\x00")) == 0 {
		return true, nil
	}
	return false, located(err, r.in.At(), 0)
}

// items goes through a sequence.
func (r *reader) items(in scope, sequence, length uint32) error {
	end := int64(-1)
	if length != undefinedLength {
		end = r.in.At() + int64(length)
	}
	for end < 0 || r.in.At() < end {
		at := r.in.At()
		tag, length, err := r.next()
		switch {
		case err != nil:
			return err
		case tag == tagSequenceEnd:
			return nil
		case tag != tagItem:
			return invalid("%s: not an item", placeOf(at, sequence))
		}
		inner := int64(-1)
		if length != undefinedLength {
			inner = r.in.At() + int64(length)
		}
		if err := r.item(in, at, inner); err != nil {
			return err
		}
	}
	return nil
}

// skipItems passes over the items of a sequence of undefined length, and over sequences
// in them, until its own end, and over fragments of pixels. Elements are never read twice,
// so time is bounded by bytes.
func (r *reader) skipItems(at int64, sequence uint32) error {
	for depth := 1; depth > 0; {
		tag, length, err := r.next()
		switch {
		case err != nil:
			return err
		case tag == tagSequenceEnd || tag == tagItemEnd:
			depth--
		case length == undefinedLength: // an item, or a sequence in one
			depth++
		default:
			if err := r.in.Skip(int64(length)); err != nil {
				return located(err, at, sequence)
			}
		}
	}
	return nil
}

// missing remarks on what every object must have.
func (r *reader) missing() {
	if r.out.SOPClass == directory {
		return
	}
	for _, f := range []struct{ what, is string }{
		{"SOP class UID", r.out.SOPClass}, {"SOP instance UID", r.out.SOPInstance}, {"study instance UID", r.out.Study}, {"series instance UID", r.out.Series},
	} {
		if f.is == "" {
			r.out.warn("no %s", f.what)
		}
	}
}
