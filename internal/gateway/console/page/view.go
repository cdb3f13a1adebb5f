package page

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Section is an entry of the navigation.
type Section string

const (
	SectionOverview   Section = "overview"
	SectionFiles      Section = "files"
	SectionQuarantine Section = "quarantine"
	SectionRemarks    Section = "remarks"
	SectionSuspended  Section = "suspended"
	SectionMessages   Section = "messages"
	SectionActivity   Section = "activity"
	SectionPassword   Section = "password"
)

// Shell is what surrounds every page.
type Shell struct {
	Title   string // of the installation: the hospital's name
	Gateway ident.GatewayID
	User    string // login; empty for nobody
	Role    account.Role
	Ready   bool // the first sign-in is over: there is something to navigate to
	Section Section
	Path    string // where the language switch comes back to, without patient IDs
	Notice  *Notice
	Now     time.Time
}

func (s Shell) shell() Shell { return s }

// Admin reports whether the reader may act, and not only look.
func (s Shell) Admin() bool { return s.Ready && s.Role == account.Admin }

// Tone is how a notice is to be taken: the portal's words.
type Tone string

const (
	ToneDone    Tone = "done"
	ToneRefused Tone = "refused"
	ToneTrouble Tone = "trouble"
)

// Message is a text of the catalogue with its parameters.
type Message struct {
	Key    fault.Key
	Params map[string]any
}

// Notice is a message at the top of a page.
type Notice struct {
	Tone Tone
	Message
	Ref string
}

// Errors holds what is wrong with the fields of a form, by field name.
type Errors map[string]Message

// SignIn is the page before anybody has come in. Form: POST /signin with login, password, code.
type SignIn struct {
	Shell
	Login string // kept after a refusal; password and code never are
	Ended bool   // a session has just ended by time
}

func (SignIn) view() string { return "signin" }

// Password is the page on which somebody changes their own password.
// Form: POST /password with old, new, again.
type Password struct {
	Shell
	Must   bool
	Errors Errors
}

func (Password) view() string { return "password" }

// Factor is the page on which a second factor is enrolled. Form: POST /second-factor with code.
type Factor struct {
	Shell
	Secret string
	URL    string // otpauth
	Errors Errors
}

func (Factor) view() string { return "factor" }

// Overview is how the gateway stands.
type Overview struct {
	Shell
	Health health.Snapshot
	Errors Errors
}

func (Overview) view() string { return "overview" }

// Live is the overview without its frame.
type Live struct{ Overview }

func (Live) view() string { return live }

// Files lists files that cannot be read, or those held back. Forms: POST to the page
// itself with reason, root, q and page; to Path/csv with the same.
type Files struct {
	Shell
	Quarantined bool
	Rows        []index.Unreadable
	Total       int
	Page, Pages int // from 1
	Reason      index.Reason
	Root        int // 1-based; 0: all
	Text        string
	Reasons     []index.ReasonCount // of all files of the list, whatever is filtered
	Roots       []string
}

func (Files) view() string { return "files" }

// Previous and Next are the neighbouring pages, 0 for none.
func (f Files) Previous() int { return f.Page - 1 }

// Next is the following page, 0 for none.
func (f Files) Next() int {
	if f.Page < f.Pages {
		return f.Page + 1
	}
	return 0
}

// Filtered reports whether not all of the list was asked for.
func (f Files) Filtered() bool { return f.Reason != "" || f.Root != 0 || f.Text != "" }

// Suspended lists links whose record disagrees by now.
type Suspended struct {
	Shell
	Rows []index.Suspension
}

func (Suspended) view() string { return "suspended" }

// Activity is what happened: to the gateway, at the console, and how many disclosures.
type Activity struct {
	Shell
	Days   []index.Day // the latest last
	Events []health.Event
	Log    []account.Entry
}

func (Activity) view() string { return "activity" }

// ProblemKind says which page stands for an error.
type ProblemKind string

const (
	ProblemNotFound ProblemKind = "not_found" // also for what is denied
	ProblemInvalid  ProblemKind = "invalid"
	ProblemInternal ProblemKind = "internal"
)

// Problem is the page for a request that came to nothing.
type Problem struct {
	Shell
	Kind ProblemKind
	Ref  string
}

func (Problem) view() string { return "problem" }
