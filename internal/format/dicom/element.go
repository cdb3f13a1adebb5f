package dicom

import "strings"

// Tags that are read, or end what is read.
const (
	tagMetaSOPClass    = 0x00020002
	tagMetaSOPInstance = 0x00020003
	tagTransferSyntax  = 0x00020010
	tagCharacterSet    = 0x00080005
	tagSOPClass        = 0x00080016
	tagSOPInstance     = 0x00080018
	tagPatientName     = 0x00100010
	tagPatientID       = 0x00100020
	tagBirthDate       = 0x00100030
	tagSex             = 0x00100040
	tagStudy           = 0x0020000D
	tagWaveforms       = 0x54000100
	tagPixels          = 0x7FE00010
	tagItem            = 0xFFFEE000
	tagItemEnd         = 0xFFFEE00D
	tagSequenceEnd     = 0xFFFEE0DD
)

// directory is the SOP class of a DICOMDIR, which is of no study.
const directory = "1.2.840.10008.1.3.10"

// people are the elements that are names.
var people = map[uint32]Role{
	tagPatientName: Patient, 0x00101001: OtherName, 0x00080090: ReferringPhysician,
	0x00081050: PerformingPhysician, 0x00081060: ReadingPhysician, 0x00081070: Operator,
}

// plain gives where a value goes that is text in the default repertoire.
func (o *Object) plain(tag uint32) *string {
	switch tag {
	case tagMetaSOPClass, tagSOPClass:
		return &o.SOPClass
	case tagMetaSOPInstance, tagSOPInstance:
		return &o.SOPInstance
	case 0x00080020:
		return &o.StudyDate
	case 0x00080021:
		return &o.SeriesDate
	case 0x00080022:
		return &o.AcquisitionDate
	case 0x00080023:
		return &o.ContentDate
	case 0x00080030:
		return &o.StudyTime
	case 0x00080060:
		return &o.Modality
	case tagBirthDate:
		return &o.BirthDate
	case tagSex:
		return &o.Sex
	case tagStudy:
		return &o.Study
	case 0x0020000E:
		return &o.Series
	case 0x00200011:
		return &o.SeriesNumber
	case 0x00200013:
		return &o.InstanceNumber
	}
	return nil
}

// text gives where a value goes that is text in the specific character set.
func (o *Object) text(tag uint32) *string {
	switch tag {
	case 0x00080050:
		return &o.Accession
	case 0x00081030:
		return &o.StudyDescription
	case 0x0008103E:
		return &o.SeriesDescription
	case tagPatientID:
		return &o.PatientID
	case 0x00200010:
		return &o.StudyID
	}
	return nil
}

// value takes in a value of the data set, if it is one of those that are known.
func (r *reader) value(at int64, tag, length uint32) error {
	role, name := people[tag]
	plain, text := r.out.plain(tag), r.out.text(tag)
	wanted := name || plain != nil || text != nil || tag == tagCharacterSet
	b, err := r.take(at, tag, length, wanted)
	switch {
	case err != nil || !wanted:
		return err
	case name:
		r.name(role, r.decoded(tag, b, true))
	case plain != nil:
		if v := ascii(b); v != "" { // else what the file meta information said
			*plain = v
		}
	case text != nil:
		*text = r.decoded(tag, b, false)
	default:
		r.out.CharacterSets, r.charset = declared(b)
		r.out.Foreign = r.charset.continental()
		if r.charset.unknown {
			r.out.warn("a character set that is not known: text is read by its bytes")
		}
	}
	return nil
}

// decoded gives text in the specific character set, without padding.
func (r *reader) decoded(tag uint32, b []byte, name bool) string {
	text, guessed := r.charset.decode(b, name)
	if guessed {
		r.out.warn("element (%04X,%04X): bytes that its character set does not have, read as UTF-8 or CP932", tag>>16, tag&0xFFFF)
	}
	return strings.Trim(text, " \x00")
}

// name takes in names, which are several only of others than the patient.
func (r *reader) name(role Role, text string) {
	for one := range strings.SplitSeq(text, `\`) {
		if len(r.out.People) == maxPeople {
			return
		}
		groups := append(strings.Split(one, "="), "", "")
		for i := range groups {
			groups[i] = strings.TrimRight(strings.Trim(groups[i], " \x00"), "^ ")
		}
		p := Person{Role: role, Alphabetic: groups[0], Ideographic: groups[1], Phonetic: groups[2]}
		if p != (Person{Role: role}) {
			r.out.People = append(r.out.People, p)
		}
	}
}

// ascii gives text of the default repertoire; other bytes are U+FFFD.
func ascii(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return '\uFFFD'
		}
		return r
	}, trim(b))
}
