package page

// SignIn is the page before anybody has come in. Forms: POST /signin/passkey with answer,
// which a script fills; POST /signin with login, password, code.
type SignIn struct {
	Facility string // whose terminal it is
	Device   string // the terminal's name
	Login    string // kept after a refusal; password and code never are
	Ended    bool   // a session has just ended by time
	Passkeys bool   // passkeys can be used here
	Open     bool   // the form for passwords stands open: nobody here has a passkey, or it was just used
	Notice   *Notice
	Path     string
}

func (SignIn) view() string { return "signin" }

// shell is that of nobody: the frame shows no navigation.
func (s SignIn) shell() Shell { return Shell{Facility: s.Facility, Notice: s.Notice, Path: s.Path} }

// Password is the page on which somebody changes their own password.
// Form: POST /password with old, new, again.
type Password struct {
	Shell
	Must   bool // nothing else is open until it is done
	Errors Errors
}

func (Password) view() string { return "password" }

// ProblemKind says which page stands for an error.
type ProblemKind string

const (
	ProblemNotFound ProblemKind = "not_found" // also for what is denied
	ProblemSession  ProblemKind = "session"
	ProblemSilent   ProblemKind = "silent"
	ProblemWritten  ProblemKind = "written"
	ProblemInternal ProblemKind = "internal"
	ProblemInvalid  ProblemKind = "invalid"
	ProblemDevice   ProblemKind = "device" // the terminal's certificate is not registered
)

// Problem is the page for a request that came to nothing. Its Shell may be zero: nobody is signed in.
type Problem struct {
	Shell
	Kind ProblemKind
	Ref  string
}

func (Problem) view() string { return "problem" }

// Setup is the page on which somebody comes in by a setup code. Form: POST /signin/setup
// with login, code.
type Setup struct {
	Facility string // whose terminal it is
	Device   string // the terminal's name
	Login    string // kept after a refusal; the code never is
	Notice   *Notice
	Path     string
}

func (Setup) view() string { return "setup" }

// shell is that of nobody: the frame shows no navigation.
func (s Setup) shell() Shell { return Shell{Facility: s.Facility, Notice: s.Notice, Path: s.Path} }

// Welcome is what stands before an account's first use: the training, which a manager
// records, the pledge, and a credential of one's own: for whoever came by a setup code a
// passkey or password and one-time codes, else a password in place of one that was handed over.
//
// Forms: POST /welcome with pledge=1; POST /welcome/passkey with name, and answer, which a
// script fills; POST /welcome/password with new, again, code.
type Welcome struct {
	Shell
	Name                             string
	Untrained, Unpledged, MustChange bool
	Setup                            bool   // came by a setup code
	First                            *First // what there is to choose from; nil before that step
	KeyName                          string // of the passkey, as it was typed
	ByPassword                       bool   // the form for a password stands open
	Errors                           Errors
}

// First is what a first credential is chosen from. The secret is on its owner's own screen.
type First struct {
	Passkeys   bool // can be used here at all
	TOTPSecret string
	TOTPURL    string // otpauth://…, drawn as a QR code
}

func (Welcome) view() string { return "welcome" }

// Promises are the points of the pledge, by number.
func (Welcome) Promises() []int { return []int{1, 2, 3, 4, 5, 6} }
