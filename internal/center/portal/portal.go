// Package portal is the surface on which people work (ポータル): clinicians, liaison
// clerks (地域連携室) and facility managers, each at a registered terminal.
//
// A request comes from a known device, then from a session on that device, then
// reaches a handler with its [signin.Caller]. Handlers read the request, call one
// flow and fill one view; they decide nothing and reach no store. Errors meet the
// user in one place (fault.go): denied and not found look the same.
package portal

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/refresh"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/wire"
	"mizuhiki.dev/mizuhiki/web"
)

// Config is what the portal serves from.
type Config struct {
	SignIn   *signin.Service
	Register *register.Service
	Disclose *disclose.Service
	Refresh  *refresh.Service
	Manage   *manage.Service
	Enroll   Enrolment
	Renewal  Renewal
	Clock    func() time.Time
	Log      *slog.Logger
}

// Enrolment is where terminals without a certificate go, as managers are told.
type Enrolment struct {
	Address       string // https://host:port of the enrolment host
	CAFingerprint string // SHA-256 of the root certificate, hex
}

// Renewal gives a terminal its next certificate; the enrolment host's [enroll.Renewal]
// does, which issues there as well.
//
// [enroll.Renewal]: mizuhiki.dev/mizuhiki/internal/center/enroll
type Renewal interface {
	Renew(ctx context.Context, d device.Device, req wire.RenewRequest) (wire.DeviceAnswer, error)
}

// Portal serves the portal's routes.
type Portal struct{ Config }

// New gives the portal as a handler. The server around it sets headers and limits and
// refuses requests without a device certificate at TLS.
func New(cfg Config) http.Handler {
	if !web.Built() {
		cfg.Log.Warn("scripts and styles are not built into this program: run `npm --prefix web run build` before `go build`")
	}
	p := &Portal{cfg}
	return serve(p.table())
}

type contextKey int

const (
	languageKey contextKey = iota
	callerKey
)

// language is the language in which the request is answered: ja or en.
func language(ctx context.Context) string {
	if lang, ok := ctx.Value(languageKey).(string); ok {
		return lang
	}
	return "ja"
}
