package kept

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Effect is what filing a message would do by now.
type Effect string

const (
	Holds      Effect = "holds"      // it is the only one of its entry
	Replaces   Effect = "replaces"   // it holds, and what was received before it does no more
	Cancels    Effect = "cancels"    // it takes back what was received before it
	Amends     Effect = "amends"     // it is written into its order, which goes on holding
	Superseded Effect = "superseded" // another that was received since goes on holding
	TakenBack  Effect = "taken_back" // what was received since took the entry back or moved it
	IsFiled    Effect = "is_filed"   // it is in the storage already
	Unfit      Effect = "unfit"      // it cannot be filed now either
)

// Effects lists the effects.
func Effects() []Effect {
	return []Effect{Holds, Replaces, Cancels, Amends, Superseded, TakenBack, IsFiled, Unfit}
}

// Prospect is what would become of a message if it were filed now. It holds no content
// but what names the entry.
type Prospect struct {
	Effect Effect
	Reason Reason // why it is unfit
	Detail string // of that: place and cause in English, no values

	// Of one that has a place:
	Patient ident.LocalPatientID
	Type    string // data type of SS-MIX2
	Order   string // empty: of no order
	Day     string // of care, YYYYMMDD; empty: none

	Before    int       // versions of the same entry that were received before it
	Since     int       // and since
	LastSince time.Time // when the latest of these was received

	Related []string // other messages that are kept and are about the same order
}
