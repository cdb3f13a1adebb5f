package httpserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// ContentSecurityPolicy is what pages live under: nothing but what the server itself
// serves, no inline script or style, HTML made in the browser only through one named
// Trusted Types policy.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types mizuhiki-fragment"

// HeaderRef carries the reference of a request in its answer.
const HeaderRef = "Mizuhiki-Ref"

type refKey struct{}

// Ref is the reference of a request: what its log lines and its error page share.
func Ref(ctx context.Context) string {
	ref, _ := ctx.Value(refKey{}).(string)
	return ref
}

// wrap puts the handler behind what every request passes, outermost first: reference
// and log, headers, recovery, body limit, refusal of other hosts' requests, cross-origin
// refusal.
func wrap(cfg Config) http.Handler {
	h := cfg.Handler
	if cfg.Kind == Browser {
		h = ForBrowsers(h)
	}
	h = headers(cfg, onlyBy(cfg, h))
	limit := cfg.MaxBody
	if limit == 0 {
		limit = defaultMaxBody
	}
	log := cfg.Log.With(logging.KeySurface, cfg.Surface)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := cfg.Clock()
		ref := ident.New[string]()[:10]
		r = r.WithContext(context.WithValue(r.Context(), refKey{}, ref))
		rec := &recorder{ResponseWriter: w}
		rec.Header().Set(HeaderRef, ref)
		r.Body = http.MaxBytesReader(rec, r.Body, limit)
		defer func() {
			failure := recover()
			if failure != nil && failure != http.ErrAbortHandler {
				log.ErrorContext(r.Context(), "handler panicked", logging.KeyRef, ref, logging.KeyRoute, r.Pattern,
					logging.KeyError, failure, "stack", string(debug.Stack()))
				if rec.status == 0 {
					http.Error(rec, "エラーが発生しました。 / Something went wrong. ("+ref+")", http.StatusInternalServerError)
					failure = nil
				} else {
					failure = http.ErrAbortHandler // half an answer must not look like a whole one
				}
			}
			logRequest(log, cfg.level(r, rec), r, rec, ref, cfg.Clock().Sub(begin))
			if failure != nil {
				panic(failure)
			}
		}()
		h.ServeHTTP(rec, r)
	})
}

// logRequest writes one line per request. It says the route's pattern and never the
// path or query: those hold ids, and the pattern is what an operator can act on.
func logRequest(log *slog.Logger, level slog.Level, r *http.Request, rec *recorder, ref string, took time.Duration) {
	log.Log(r.Context(), level, "request", logging.KeyRef, ref, logging.KeyMethod, r.Method, logging.KeyRoute, r.Pattern,
		logging.KeyStatus, rec.status, logging.KeyBytes, rec.bytes, logging.KeyMillis, took.Milliseconds())
}

// level is at which a request is logged.
func (c Config) level(r *http.Request, rec *recorder) slog.Level {
	if slices.Contains(c.Probes, r.Pattern) && rec.status < http.StatusBadRequest {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// headers sets what holds unless a handler says otherwise.
func headers(cfg Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		if cfg.TLS != nil {
			// Without includeSubDomains: other hosts of the domain are not ours to decide about.
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// ForBrowsers puts a handler behind what pages live under: it is what a server of kind
// [Browser] does for all that it serves, for the few pages of one that serves programs.
func ForBrowsers(next http.Handler) http.Handler {
	guarded := sameOrigin(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", ContentSecurityPolicy)
		// Not no-referrer, under which browsers post forms with "Origin: null".
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), "+
			"publickey-credentials-create=(self), publickey-credentials-get=(self), usb=()")
		guarded.ServeHTTP(w, r)
	})
}

// sameOrigin refuses unsafe requests of other origins, and those that do not say
// where they come from: every browser that can open the portal sends Sec-Fetch-Site
// or Origin, so what sends neither is no browser.
func sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		unsafe := r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
		silent := r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == ""
		if err := protection.Check(r); err != nil || unsafe && silent {
			http.Error(w, "この要求は受け付けられません。 / Cross-origin request refused. ("+Ref(r.Context())+")", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// recorder notes what was answered. It passes http.ResponseController through.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// FlushError sends what is buffered and gives the answer another [writeTimeout]: a
// stream may last for as long as it goes on, and no longer once its reader is stuck.
func (r *recorder) FlushError() error {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	c := http.NewResponseController(r.ResponseWriter)
	if err := c.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return c.Flush()
}

// Flush is FlushError for handlers that ask for http.Flusher by type.
func (r *recorder) Flush() { _ = r.FlushError() }

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
