package account

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// PledgeVersion is the version of the pledge (誓約書) as the portal words it. A change of
// what is promised takes a new one.
const PledgeVersion = "1"

// PledgePaper stands for a pledge that was signed on paper and taken in by a manager.
const PledgePaper = "paper"

// PurposeVersion is the version of the statement of purpose (利用目的) on the sign-in page:
// care only, neither teaching nor research nor publication. Each sign-in records it.
const PurposeVersion = "1"

// Clearance is what stands before an account's first use: its person has been trained
// and has pledged to keep what they read. Without either a sign-in opens no role and
// nothing but the page on which the pledge is given: a pledge is worth what is known of
// who gave it, so it is given behind both factors, or behind the setup code that a manager
// has handed over in person.
type Clearance struct {
	TrainedOn     string       // YYYY-MM-DD; empty: no training is recorded
	TrainedBy     ident.UserID // who recorded it
	PledgeVersion string       // [PledgeVersion] as it was then, or [PledgePaper]; empty: none was given
	PledgeBy      ident.UserID // the person themself, or who took in the paper
	PledgedAt     time.Time
}

// Trained reports whether a training is recorded.
func (c Clearance) Trained() bool { return c.TrainedOn != "" }

// Pledged reports whether the pledge was given.
func (c Clearance) Pledged() bool { return c.PledgeVersion != "" }

// firstTraining is the year before which no network trained anybody: a slip of typing.
const firstTraining = 2000

// ParseTrained reads the day of a training as people type it (see [wareki.ParseDate]) and
// gives it as YYYY-MM-DD. Kind invalid: user.trained_invalid, and user.trained_future for
// a day that has not come yet.
func ParseTrained(typed string, now time.Time) (string, error) {
	d, err := wareki.ParseDate(typed)
	if err != nil || d.Year < firstTraining {
		return "", fault.WithKey(fault.Invalid, "user.trained_invalid", nil)
	}
	if d.After(wareki.On(now)) {
		return "", fault.WithKey(fault.Invalid, "user.trained_future", nil)
	}
	return d.String(), nil
}
