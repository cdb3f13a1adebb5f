package clinical

// RemarkKind is what sort of thing is odd about a file that was read all the same (指摘).
type RemarkKind string

const (
	RemarkLeftOut      RemarkKind = "left_out"      // something of it cannot be shown
	RemarkAttachment   RemarkKind = "attachment"    // it names an attachment that is not there
	RemarkMissing      RemarkKind = "missing"       // it lacks what the specification wants
	RemarkPadding      RemarkKind = "padding"       // zeros behind its end: the rest may be missing
	RemarkPerson       RemarkKind = "person"        // birth date or family name are not the facility's record's
	RemarkUnchecked    RemarkKind = "unchecked"     // whom it is of could not be told
	RemarkCareDate     RemarkKind = "care_date"     // that of name and folder is not the message's
	RemarkOrderNumber  RemarkKind = "order_number"  // that of the name is not the message's
	RemarkDepartment   RemarkKind = "department"    // that of the name is no department, or not the message's
	RemarkTimestamp    RemarkKind = "timestamp"     // that of the name is not what it should be
	RemarkMessageType  RemarkKind = "message_type"  // not the one that the data type wants
	RemarkHole         RemarkKind = "hole"          // characters that cannot be decoded
	RemarkCharset      RemarkKind = "charset"       // not the character set that is declared
	RemarkCharacter    RemarkKind = "character"     // characters that SS-MIX2 does not allow
	RemarkHour         RemarkKind = "hour"          // hours after 24
	RemarkBrokenLine   RemarkKind = "broken_line"   // a line break inside of a field
	RemarkContradicted RemarkKind = "contradiction" // its entries contradict each other
)

// RemarkKinds lists every kind, in the order in which they are explained to people: first
// those for which something is not shown or may be another person's.
func RemarkKinds() []RemarkKind {
	return []RemarkKind{
		RemarkLeftOut, RemarkAttachment, RemarkPadding, RemarkContradicted, RemarkPerson, RemarkUnchecked, RemarkMissing, RemarkCareDate,
		RemarkOrderNumber, RemarkDepartment, RemarkTimestamp, RemarkMessageType, RemarkHole, RemarkCharset, RemarkCharacter,
		RemarkHour, RemarkBrokenLine,
	}
}

// Remark is one thing that is odd about a file, for whoever can mend its writer.
type Remark struct {
	Kind   RemarkKind
	Detail string // place and cause in English, no values
}

// Remarks holds the first remark of each kind: a habit of a writer's shows in every line
// of a file, and one line is enough to find it.
type Remarks []Remark

// Add adds a remark if it is the first of its kind. One without a kind is nothing that
// anybody could mend.
func (r *Remarks) Add(kind RemarkKind, detail string) {
	if kind == "" || r.Has(kind) {
		return
	}
	*r = append(*r, Remark{kind, detail})
}

// Has reports whether there is a remark of a kind.
func (r Remarks) Has(kind RemarkKind) bool {
	for _, known := range r {
		if known.Kind == kind {
			return true
		}
	}
	return false
}
