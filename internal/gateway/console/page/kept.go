package page

import (
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Messages lists received messages that could not be taken in, or were with a remark.
// Forms for admins: POST /messages/review with id, several; /messages/withdraw with id;
// /messages/seen with id, several, or with all and shown, several.
type Messages struct {
	Shell
	Unfiled   Listed                  // that nobody else has
	Flagged   Listed                  // filed with a remark; first those that somebody has to look at
	Refused   Listed                  // that are still with their sender
	Decided   map[string]kept.Decided // of unfiled ones, not carried out, by id
	Unseen    int                     // flagged ones that somebody has to look at, those not shown among them
	Seen      map[string]account.Seen // of flagged ones, by id
	Receiving bool                    // there is a port for messages
}

// Listed is the part of a list that a page shows.
type Listed struct {
	Rows  []KeptRow
	Total int // rows that there are
}

// Cut reports whether there are more than are shown.
func (l Listed) Cut() bool { return l.Total > len(l.Rows) }

// KeptRow is one message of a list.
type KeptRow struct {
	kept.Entry
	About
	Waits bool // somebody has to look at it, and nobody has
}

// About says of which patient and order a message is; empty where it cannot be told.
type About struct {
	Patient ident.LocalPatientID
	Order   string
}

func (Messages) view() string { return "messages" }

// Review shows chosen messages and asks what is to become of them.
// Form: POST /messages/decide with id, several, decision and why.
type Review struct {
	Shell
	Rows     []Reviewed
	Missing  int // of those chosen: decided on meanwhile, or not on the list any more
	Decision kept.Decision
	Why      string
	Errors   Errors
}

func (Review) view() string { return "review" }

// Reviewed is one chosen message.
type Reviewed struct {
	Entry    kept.Entry
	About    About // as the message says itself; what it would be filed as stands in Prospect
	Prospect kept.Prospect
	Apart    []kept.Entry // about the same order, not chosen and not decided on
}

// Dismissed lists messages that were set aside. Form for admins: POST /messages/restore with id.
type Dismissed struct {
	Shell
	Rows []DismissedRow // the latest
	More bool           // there are others before them
}

// DismissedRow is one message that was set aside.
type DismissedRow struct {
	kept.Dismissal
	About
}

func (Dismissed) view() string { return "dismissed" }

// StepUp asks for a fresh proof of who the reader is, and holds the form for which it is.
type StepUp struct {
	Shell
	Action  string // where the form goes
	Fields  []FormField
	Purpose Message // what was being done
	Back    string
}

func (StepUp) view() string { return "stepup" }

// FormField is a field of a form that a page holds.
type FormField struct{ Name, Value string }

// from says who or what did something: the address of a browser or a login as it is, and
// whoever sits at the gateway's machine, or the gateway itself, in words.
func (p phrases) from(by string) string {
	if by == account.ByGateway {
		return p.named("from", "gateway")
	}
	user, ok := account.CommandLineUser(by)
	switch {
	case !ok:
		return by
	case user == "":
		return p.named("from", "machine")
	}
	return TextOf(p.lang, Message{Key: "from.user", Params: map[string]any{"user": user}})
}

// effect says what filing a message now would do.
func (p phrases) effect(of kept.Prospect) string {
	return TextOf(p.lang, Message{Key: "effect." + fault.Key(of.Effect), Params: map[string]any{
		"before": of.Before, "since": of.Since, "last": second(of.LastSince),
	}})
}

// careDay writes YYYYMMDD as days are written; anything else as it is.
func careDay(day string) string {
	if len(day) != 8 {
		return day
	}
	return day[:4] + "/" + day[4:6] + "/" + day[6:]
}
