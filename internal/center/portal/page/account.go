package page

import "mizuhiki.dev/mizuhiki/internal/center/signin"

// Account is the page of the reader's own account.
type Account struct {
	Shell
	Own signin.Own
}

func (Account) view() string { return "account" }

// FormField is a field of a form that is sent on as it came.
type FormField struct{ Name, Value string }

// StepUp is the page that asks the reader for a fresh proof of who they are before what
// they were doing goes on. Form: POST to Action with Fields, stepup.password, stepup.code.
type StepUp struct {
	Shell
	Action string      // where the form that it holds was sent
	Fields []FormField // that form
	Back   string      // path of the page to give up to
}

func (StepUp) view() string { return "stepup" }
