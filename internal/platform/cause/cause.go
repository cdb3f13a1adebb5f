// Package cause tells why something does not work (原因) as a code that stays the same: a
// surface has words for it, and what is stored keeps it, while the wording of an error may
// change.
//
// A cause is decided where an error arises. The program's own errors are made with [New], or
// given one with [Or]; those of the operating system, the network and TLS are told by type.
package cause

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"
)

// Kind is a cause.
type Kind string

// What a machine, its disks and its network may have.
const (
	DiskFull    Kind = "disk_full"
	ReadOnly    Kind = "read_only"
	Permission  Kind = "permission"
	Gone        Kind = "gone"        // no such file or folder
	NotFolder   Kind = "not_folder"  // something else is where a folder should be
	Stale       Kind = "stale"       // a share that has to be mounted anew
	Device      Kind = "device"      // input/output error of a disk or share
	Name        Kind = "name"        // a host's name cannot be resolved
	Refused     Kind = "refused"     // nothing listens there
	Broken      Kind = "broken"      // the connection broke
	Unreachable Kind = "unreachable" // no way to the host
	Timeout     Kind = "timeout"     // no answer in time
)

// What may be wrong between two ends of a connection.
const (
	NoCertificate   Kind = "no_certificate"   // the other end shows none
	CertificateTime Kind = "certificate_time" // a certificate holds no longer, or not yet
	Certificate     Kind = "certificate"      // a certificate cannot be verified
	NotListed       Kind = "not_listed"       // the other end's is not among those allowed
	Version         Kind = "tls_version"      // there is no version of TLS in common
	NotTLS          Kind = "not_tls"          // something else than TLS came
	TLS             Kind = "tls"              // anything else of TLS
	TLSHere         Kind = "tls_here"         // TLS came where there is none
	Revoked         Kind = "revoked"          // the other end is on the list of what was revoked
	Closed          Kind = "closed"           // the other end closed the connection
)

// What may be wrong with what arrives, or with what is kept.
const (
	Cut         Kind = "cut"         // the connection ended within a message
	Anew        Kind = "anew"        // another message began before one ended
	Slow        Kind = "slow"        // a message did not arrive in time
	Large       Kind = "large"       // a message is larger than allowed
	Busy        Kind = "busy"        // too many large messages came at the same time
	Stray       Kind = "stray"       // data that is no message
	Web         Kind = "web"         // an HTTP request
	Unframed    Kind = "unframed"    // it may be a message, and has no frame
	Empty       Kind = "empty"       // a storage's folder is there, and no patient's is in it
	Line        Kind = "line"        // a line of a file that the program keeps is damaged
	Taken       Kind = "taken"       // a list of what was revoked takes something back
	Unsigned    Kind = "unsigned"    // a list is not signed by whom it must be, or is no list
	NotHL7      Kind = "not_hl7"     // no HL7 message
	Unsupported Kind = "unsupported" // a message that is none of the contract
	Incomplete  Kind = "incomplete"  // a message that lacks something required
	Other       Kind = "other"       // the text has to tell
)

// Kinds lists all of them: a surface must have words for each.
func Kinds() []Kind {
	return []Kind{
		DiskFull, ReadOnly, Permission, Gone, NotFolder, Stale, Device, Name, Refused, Broken, Unreachable, Timeout,
		NoCertificate, CertificateTime, Certificate, NotListed, Version, NotTLS, TLS, TLSHere, Revoked, Closed,
		Cut, Anew, Slow, Large, Busy, Stray, Web, Unframed, Empty, Line, Taken, Unsigned, NotHL7, Unsupported, Incomplete, Other,
	}
}

// known is an error whose cause was decided where it arose.
type known struct {
	kind Kind
	err  error
}

func (k *known) Error() string { return k.err.Error() }

func (k *known) Unwrap() error { return k.err }

// New makes an error of a cause, to be compared with [errors.Is].
func New(kind Kind, text string) error { return &known{kind, errors.New(text)} }

// Or gives an error the cause unless it tells a nearer one; nil for nil.
func Or(kind Kind, err error) error {
	if err == nil || Of(err) != Other {
		return err
	}
	return &known{kind, err}
}

// numbers are the errors of operating systems.
var numbers = map[syscall.Errno]Kind{
	syscall.ENOSPC: DiskFull, syscall.EDQUOT: DiskFull, syscall.EROFS: ReadOnly,
	syscall.EACCES: Permission, syscall.EPERM: Permission,
	syscall.ENOENT: Gone, syscall.ENOTDIR: NotFolder, syscall.ESTALE: Stale, syscall.EIO: Device,
	syscall.ECONNREFUSED: Refused, syscall.ECONNRESET: Broken, syscall.ECONNABORTED: Broken, syscall.EPIPE: Broken,
	syscall.EHOSTDOWN: Unreachable, syscall.EHOSTUNREACH: Unreachable, syscall.ENETUNREACH: Unreachable, syscall.ENETDOWN: Unreachable,
	syscall.ETIMEDOUT: Timeout,
}

// Of gives the cause of an error: the outermost that was decided, else what the system's
// errors tell; [Other] if nothing does, and the empty kind for nil.
func Of(err error) Kind {
	if err == nil {
		return ""
	}
	var own *known
	if errors.As(err, &own) {
		return own.kind
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		if kind, ok := numbers[number]; ok {
			return kind
		}
	}
	if kind := ofTLS(err); kind != "" {
		return kind
	}
	var lookup *net.DNSError
	var answer net.Error
	switch {
	case errors.As(err, &lookup):
		return Name
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &answer) && answer.Timeout():
		return Timeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Broken
	}
	return Other
}

func ofTLS(err error) Kind {
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	var network *net.OpError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return CertificateTime
	case errors.As(err, &invalid), errors.As(err, &verification), errors.As(err, &authority), errors.As(err, &host):
		return Certificate
	case errors.As(err, &record):
		return NotTLS
	case errors.As(err, &network) && network.Op == "remote error": // an alert of the other end (RFC 8446 §6)
		return TLS
	}
	return ""
}

// Trouble is an error as it is shown and stored: the cause, and what was said. What a former
// program stored has no cause.
type Trouble struct {
	Cause Kind   `json:"cause,omitempty"`
	Said  string `json:"detail,omitempty"` // in English
}

// From makes an error a trouble; the zero of it for nil.
func From(err error) Trouble {
	if err == nil {
		return Trouble{}
	}
	return Trouble{Of(err), err.Error()}
}

// Kind gives the cause, [Other] where none was stored.
func (t Trouble) Kind() Kind {
	if t.Cause == "" {
		return Other
	}
	return t.Cause
}
