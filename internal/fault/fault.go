// Package fault gives every error of the network a kind and, where a person is to
// read it, a message key.
//
// An error crosses many layers and meets its reader in one place per surface: the
// portal turns the key into Japanese or English, the link turns the kind into a
// status. Between them errors are wrapped with %w and the operation. What is lost
// at a surface is the chain of causes: it goes to the log with a reference, the
// reader gets the reference.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what went wrong in terms of what the caller can do about it.
type Kind string

const (
	// Invalid: the input is wrong; the caller can mend it.
	Invalid Kind = "invalid"
	// NotFound: no such thing, or none that the caller may know of.
	NotFound Kind = "not_found"
	// Denied: the caller may not. At people's surfaces it looks like NotFound.
	Denied Kind = "denied"
	// Conflict: the state has moved on, or the thing exists already.
	Conflict Kind = "conflict"
	// Unavailable: something needed does not answer; trying later helps.
	Unavailable Kind = "unavailable"
	// Internal: ours to mend. The zero of a foreign error.
	Internal Kind = "internal"
)

// Status is the HTTP status (RFC 9110) of the kind on the wire between programs.
// The numbers stand here so that formats, which import this package, stay free of net/http.
func (k Kind) Status() int {
	switch k {
	case Invalid:
		return 422
	case NotFound:
		return 404
	case Denied:
		return 403
	case Conflict:
		return 409
	case Unavailable:
		return 503
	default:
		return 500
	}
}

// Key is a message key of a text catalogue, such as "link.mismatch".
type Key string

// Error is an error with a kind and, for people, a key with parameters.
type Error struct {
	Kind   Kind
	Key    Key            // empty: the surface uses the generic text of the kind
	Params map[string]any // for the text; never clinical content, never another person's values
	Op     string         // what was being done, for the log
	Err    error          // cause, may be nil
}

// Error gives the operation, the cause, or the kind and key if neither is set.
func (e *Error) Error() string {
	switch {
	case e.Op != "" && e.Err != nil:
		return e.Op + ": " + e.Err.Error()
	case e.Op != "":
		return e.Op
	case e.Err != nil:
		return e.Err.Error()
	case e.Key != "":
		return string(e.Kind) + ": " + string(e.Key)
	}
	return string(e.Kind)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind; format and args as for fmt.Errorf, %w included.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Err: fmt.Errorf(format, args...)}
}

// WithKey makes an error that a person is to read as the text of key.
func WithKey(kind Kind, key Key, params map[string]any) *Error {
	return &Error{Kind: kind, Key: key, Params: params}
}

// KindOf gives the kind of the outermost [Error] in err's chain, Internal if there
// is none, and the empty kind for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// KindOfStatus is the inverse of [Kind.Status] for the reading side of the wire.
func KindOfStatus(status int) Kind {
	for _, k := range []Kind{Invalid, NotFound, Denied, Conflict, Unavailable} {
		if k.Status() == status {
			return k
		}
	}
	return Internal
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Message gives key and parameters of the first error in the chain that has a key.
func Message(err error) (Key, map[string]any, bool) {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return "", nil, false
		}
		if e.Key != "" {
			return e.Key, e.Params, true
		}
		err = e.Err
	}
	return "", nil, false
}
