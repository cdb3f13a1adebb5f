package page

import (
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Section is an entry of the navigation.
type Section string

const (
	SectionPatients Section = "patients"
	SectionRegister Section = "register"
	SectionUsers    Section = "users"
	SectionRelease  Section = "release"
	SectionLog      Section = "log"
	SectionDevices  Section = "devices"
	SectionAccount  Section = "account"

	SectionRecoveries Section = "recoveries"
)

// Shell is what surrounds every page of somebody who is signed in.
type Shell struct {
	User       string // display name
	Profession access.Profession
	Facility   string // name of the home facility
	Roles      []access.Role
	Section    Section
	Path       string    // where the language switch comes back to: a path of this portal, without patient numbers
	Notice     *Notice   // outcome of the action that led here, nil for none
	Expiry     *Expiry   // a certificate that ends soon, nil for none
	Now        time.Time // of the request; ages and "today" are reckoned from it
	Session    ident.SessionID
	LocksIn    int // seconds until the session locks itself if nobody does anything
}

// Expiry says that certificates of terminals end soon.
type Expiry struct {
	Here     bool // that of the terminal at which the reader sits
	Count    int  // else: how many of the facility's
	Days     int  // that the first has left
	Pressing bool
}

// Has reports whether the reader holds a role; templates show only what the role can use.
func (s Shell) Has(role access.Role) bool { return slices.Contains(s.Roles, role) }

// shell lets the frame template find the Shell inside any page.
func (s Shell) shell() Shell { return s }

// Message is a text of the catalogue with its parameters. Parameters are text, numbers,
// or lists of [wire.Field]; they never hold what another facility has on record.
type Message struct {
	Key    fault.Key
	Params map[string]any
}

// Tone is how a notice is to be taken.
type Tone string

const (
	ToneDone    Tone = "done"    // it happened
	ToneRefused Tone = "refused" // it did not, for a reason that the reader can mend
	ToneTrouble Tone = "trouble" // it did not, or not all of it: trying later, calling somebody or what the text says helps
)

// Notice is a message at the top of a page.
type Notice struct {
	Tone Tone
	Message
	Ref string // reference to quote to the support desk; empty unless something broke
}

// Done is the notice of an action that went through.
func Done(key fault.Key, params map[string]any) *Notice {
	return &Notice{Tone: ToneDone, Message: Message{key, params}}
}

// Trouble turns an error into what its reader is told. Denied and not found give
// the same text; an error without a key gives the text of its kind. ref is shown
// only for what is ours to mend.
func Trouble(err error, ref string) *Notice {
	kind := fault.KindOf(err)
	n := &Notice{Tone: ToneRefused, Message: MessageOf(err)}
	switch kind {
	case fault.Unavailable:
		n.Tone = ToneTrouble
	case fault.Internal:
		n.Tone, n.Ref = ToneTrouble, ref
	}
	return n
}

// MessageOf gives the text that belongs to an error, see [Trouble].
func MessageOf(err error) Message {
	kind := fault.KindOf(err)
	if kind == fault.Denied {
		kind = fault.NotFound
	}
	if key, params, ok := fault.Message(err); ok && kind != fault.NotFound && known(key) {
		return Message{key, params}
	}
	return Message{Key: fault.Key("fault." + string(kind))}
}

// Errors holds what is wrong with the fields of a form, by field name. The empty
// name is for what concerns the form as a whole.
type Errors map[string]Message

// Colours is how many facility colours there are; a colour never stands without its mark.
const Colours = 8

// Facility is a facility as pages show it: its two-character mark on the colour it has in this network.
type Facility struct {
	directory.Facility
	Colour int // 1 to Colours; 0 is neutral
}

// Palette gives the facilities of a network their colours: in the order of their
// codes, so that a facility has the same colour on every page. Beyond eight colours
// repeat and the mark alone tells facilities apart.
type Palette map[string]int

// NewPalette takes all disclosing facilities of the network.
func NewPalette(disclosing []directory.Facility) Palette {
	sorted := slices.Clone(disclosing)
	slices.SortFunc(sorted, func(a, b directory.Facility) int {
		return compareStrings(a.Code, b.Code, string(a.ID), string(b.ID))
	})
	p := Palette{}
	for i, f := range sorted {
		p[string(f.ID)] = i%Colours + 1
	}
	return p
}

// Of gives a facility its colour, neutral for one that does not disclose.
func (p Palette) Of(f directory.Facility) Facility { return Facility{f, p[string(f.ID)]} }

// compareStrings compares pairs in turn until two differ.
func compareStrings(pairs ...string) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		switch {
		case pairs[i] < pairs[i+1]:
			return -1
		case pairs[i] > pairs[i+1]:
			return 1
		}
	}
	return 0
}
