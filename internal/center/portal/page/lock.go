package page

import "mizuhiki.dev/mizuhiki/internal/ident"

// LockCard asks whose locked session it is for a proof, so that it goes on. Drawn alone it
// is the fragment that a script lays over a page.
//
// Forms: POST to Action with Fields and a proof as in [StepUp]; POST /signout.
type LockCard struct {
	Facility string          // of whose session it is
	User     string          // display name
	Session  ident.SessionID // as in [StepUp]
	Kept     bool            // what was typed is still there
	Action   string
	Fields   []FormField
	Passkeys bool // the user has some
	Password bool // the user has one
	Notice   *Notice
}

func (LockCard) view() string { return "lockcard" }

// Lock is the lock screen as a page, in place of what a locked session asked for.
type Lock struct {
	LockCard
	Path string
}

func (Lock) view() string { return "lock" }

// shell is that of nobody: the frame shows no navigation. The card has the notice.
func (l Lock) shell() Shell { return Shell{Path: l.Path} }
