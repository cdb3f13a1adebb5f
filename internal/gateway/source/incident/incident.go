// Package incident names the ways in which messages do not arrive at a port (受信障害).
package incident

// Kind is one of them, as state files, the console and its metrics name it.
type Kind string

const (
	Address Kind = "address" // connection from an address that is not allowed
	Full    Kind = "full"    // connection above the bound
	TLS     Kind = "tls"     // without a certificate that is allowed, or TLS at one end alone
	Stray   Kind = "stray"   // connection on which something else came than messages
	Cut     Kind = "cut"     // message that broke off, or has no frame
	Refused Kind = "refused" // message that was answered with an error, since it cannot be taken as it is
	Unheard Kind = "unheard" // connection on which the sender did not take its answers
)

// Kinds lists them, in the order in which a sender meets them.
func Kinds() []Kind { return []Kind{Address, Full, TLS, Stray, Cut, Refused, Unheard} }
