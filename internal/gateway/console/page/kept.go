package page

import (
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// Messages lists received messages that could not be taken in, or were with a remark.
// Form for admins: POST /messages/review with id, several; /messages/withdraw with id.
type Messages struct {
	Shell
	Unfiled   []kept.Entry // that nobody else has
	Others    []kept.Entry
	Decided   map[string]kept.Decided // of unfiled ones, not carried out, by id
	Receiving bool                    // there is a port for messages
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
	Prospect kept.Prospect
	Apart    []kept.Entry // about the same order, not chosen and not decided on
}

// Dismissed lists messages that were set aside. Form for admins: POST /messages/restore with id.
type Dismissed struct {
	Shell
	Rows []kept.Dismissal
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
