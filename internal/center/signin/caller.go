// Package signin lets people in and keeps them in: device certificate, password and
// one-time code, then a session that each request proves anew (MHLW guideline 7.0,
// システム運用編 12 and 14: two factors of different kinds at application sign-in (利用者認証),
// lockout, automatic end of an unattended session).
package signin

import (
	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Caller is who makes a request, as established for this very request by
// [Service.Resume]: flows act in a Caller's name and take nobody else's word.
type Caller struct {
	access.Viewer
	Session    ident.SessionID
	Home       directory.Facility // the caller's own
	Language   string             // ja or en
	MustChange bool               // the password was set by somebody else: only changing it is allowed
}
