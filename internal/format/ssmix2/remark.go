package ssmix2

import (
	"fmt"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jcode"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

// bentKinds says what remark a departure from the character sets is.
var bentKinds = map[jis.Kind]clinical.RemarkKind{
	jis.OpenRun:       clinical.RemarkCharset,
	jis.Repaired:      clinical.RemarkCharset,
	jis.OldSet:        clinical.RemarkCharacter,
	jis.Halfwidth:     clinical.RemarkCharacter,
	jis.Supplementary: clinical.RemarkCharacter,
	jis.Vendor:        clinical.RemarkCharacter,
	jis.Undecodable:   clinical.RemarkHole,
	hl7v2.Undeclared:  clinical.RemarkCharset,
	hl7v2.Unnamed:     clinical.RemarkBrokenLine,
	hl7v2.Padded:      clinical.RemarkPadding,
	hl7v2.Romanised:   clinical.RemarkCharset,
}

// bent gives what the characters of a message are remarked for.
func bent(msg *hl7v2.Message) (out clinical.Remarks) {
	for _, b := range msg.Bent {
		out.Add(bentKinds[b.Kind], b.Warning)
	}
	return out
}

// Remarks gives what is odd about a name of either storage that could be read: a time
// stamp that is no time, a department that is none of user table 0069.
func (n Name) Remarks() (out clinical.Remarks) {
	if t, err := hl7v2.ParseTime(n.Timestamp[:min(len(n.Timestamp), 14)]); err != nil || t.Precision < hl7v2.PrecisionSecond || t.Hour > 23 {
		out.Add(clinical.RemarkTimestamp, "name: time stamp is no time")
	}
	if _, known := jcode.Department(n.Department); !known && n.Department != "" {
		out.Add(clinical.RemarkDepartment, "name: department is no code of user table 0069")
	}
	return out
}

// remarkName remarks on a file's name; a message that came over a wire has none. Of time
// stamps that are shorter than the specification's nothing is said in extended storages:
// NHO's own examples have them.
func remarkName(n Name, doc *clinical.Document) {
	remarks := n.Remarks()
	if len(n.Timestamp) < len("YYYYMMDDHHMMSSFFF") {
		remarks.Add(clinical.RemarkTimestamp, fmt.Sprintf("name: time stamp of %d digits, 17 are needed", len(n.Timestamp)))
	}
	for _, m := range remarks {
		doc.Remarks.Add(m.Kind, m.Detail)
		if len(doc.Warnings) < maxWarnings {
			doc.Warnings = append(doc.Warnings, m.Detail)
		}
	}
}

// department compares the name's department with ORC-17, where that is of the same table.
// A code of three characters is a part of the department of its first two. Of undated
// types each entry has an ORC of its own department.
func (r *reader) department(orc *hl7v2.Segment) {
	ours, theirs := r.name.Department, orc.Key(17)
	if theirs == "" || r.typ.undated || strings.HasPrefix(ours, theirs) || strings.HasPrefix(theirs, ours) || orc.At(17, 1, 3, 1) != "HL70069" {
		return
	}
	for _, code := range []string{ours, theirs} {
		if _, known := jcode.Department(code); !known {
			return
		}
	}
	r.remark(clinical.RemarkDepartment, orc, 17, "department differs from that of the file name")
}
