package audit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Query asks for the rows that concern one facility: what its own staff did, and what
// anybody did with its content. Zero fields do not narrow it.
type Query struct {
	Facility ident.FacilityID // whose log it is; needed
	From, To time.Time        // From is in, To is out
	User     ident.UserID
	Person   ident.PersonID
	Actions  []Action // any of them
	Text     string   // part of the user's name, or of a name that a person linked to the facility has, or had while they were
	Before   Cursor   // go on after the last entry of the answer before
	Limit    int
}

// Entry is one row of an answer, newest first.
type Entry struct {
	Event
	Cursor Cursor

	// PersonName is what the person was called when the row was written or, if the facility
	// that asks was not linked to them then, when it came to be; only where a link lives.
	PersonName string
	NameNow    string // what they are called now, where that is another name

	// FormerNumber is the facility's own number of a person under which they were linked when
	// the row was written, and are no more; empty where that link lives or none did.
	FormerNumber ident.LocalPatientID
}

// Cursor is an entry's place in the order of time, as opaque text. The empty cursor
// is the newest end.
type Cursor string

// CursorOf gives the place of a record.
func CursorOf(r Record) Cursor {
	return Cursor(fmt.Sprintf("%d_%d_%s", r.At, r.Leaf, r.Replica))
}

// Place takes the cursor apart. One that [CursorOf] did not make is of kind invalid.
func (c Cursor) Place() (at, leaf int64, replica ident.ReplicaID, err error) {
	parts := strings.SplitN(string(c), "_", 3)
	if len(parts) == 3 {
		at, err = strconv.ParseInt(parts[0], 10, 64)
		if err == nil {
			leaf, err = strconv.ParseInt(parts[1], 10, 64)
		}
		if err == nil {
			return at, leaf, ident.ReplicaID(parts[2]), nil
		}
	}
	return 0, 0, "", fault.New(fault.Invalid, "access log cursor is not one of ours")
}
