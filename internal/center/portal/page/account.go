package page

import (
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Account is the page of the reader's own account.
type Account struct {
	Shell
	Own       signin.Own
	ByPasskey bool // the reader came in by one, or has proved so since
}

func (Account) view() string { return "account" }

// NewPasskey is the page on which the reader makes a passkey. Form: POST /account/passkeys
// with name, and answer, which a script fills.
type NewPasskey struct {
	Shell
	Name   string
	Errors Errors
}

func (NewPasskey) view() string { return "passkey" }

// FormField is a field of a form that is sent on as it came.
type FormField struct{ Name, Value string }

// StepUp is the page that asks the reader for a fresh proof of who they are before what
// they were doing goes on. Form: POST to Action with Fields and either stepup.passkey, which
// a script fills, or stepup.password and stepup.code.
type StepUp struct {
	Shell
	Purpose  *Message        // what the reader is about to do; nil where no words are known
	Action   string          // where the form that it holds was sent
	Fields   []FormField     // that form
	Back     string          // path of the page to give up to
	Session  ident.SessionID // for which the proof is asked; field stepup.session
	Passkeys bool            // the reader has some
	Password bool            // the reader has one
}

func (StepUp) view() string { return "stepup" }
