package demo

import (
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// A terminal stands for one PC of a facility (端末): a proxy on loopback that holds the
// PC's device certificate, so that a person with any browser can sit down at it. The
// portal sees nothing but a registered device.
//
// Terminals share one listener and are told apart by host name (f1.localhost …): ports
// do not separate cookies, host names do. Host, Origin and the portal's cookies are
// rewritten together, since the portal knows only its own name and a browser takes
// `__Host-` cookies over TLS only. What an authenticator signs names the terminal itself,
// which the center is told of (portal.passkey_origins).
type terminal struct {
	host   string // as the browser writes it: f1.localhost:PORT
	portal *url.URL
	proxy  *httputil.ReverseProxy
}

// How the names of cookies begin for the portal, and for a browser at a terminal.
const (
	portalCookie   = "__Host-"
	terminalCookie = "terminal-"
)

// newTerminal makes the proxy; transport presents the device's certificate.
func newTerminal(host string, portal *url.URL, transport http.RoundTripper, log *slog.Logger) *terminal {
	t := &terminal{host: host, portal: portal}
	t.proxy = &httputil.ReverseProxy{
		Transport:      transport,
		Rewrite:        t.toPortal,
		ModifyResponse: t.toBrowser,
		FlushInterval:  -1, // progress streams
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			log.WarnContext(r.Context(), "terminal", "host", host, "error", err)
			http.Error(w, "この端末からポータルに接続できません。 / The portal does not answer.", http.StatusBadGateway)
		},
	}
	return t
}

func (t *terminal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The portal says itself what may be kept; two voices would be one no.
	w.Header().Del("Cache-Control")
	w.Header().Del("X-Content-Type-Options")
	t.proxy.ServeHTTP(w, r)
}

func (t *terminal) toPortal(p *httputil.ProxyRequest) {
	p.SetURL(t.portal)
	p.Out.Host = t.portal.Host
	for _, name := range []string{"Origin", "Referer"} {
		if v := p.Out.Header.Get(name); v != "" {
			p.Out.Header.Set(name, strings.Replace(v, "http://"+t.host, t.portal.Scheme+"://"+t.portal.Host, 1))
		}
	}
	cookies := p.In.Cookies()
	p.Out.Header.Del("Cookie")
	for _, c := range cookies {
		if name, ok := strings.CutPrefix(c.Name, terminalCookie); ok {
			p.Out.AddCookie(&http.Cookie{Name: portalCookie + name, Value: c.Value})
		}
	}
}

func (t *terminal) toBrowser(res *http.Response) error {
	// A browser that once saw this header would refuse http://…localhost from then on.
	res.Header.Del("Strict-Transport-Security")
	cookies := res.Cookies()
	res.Header.Del("Set-Cookie")
	for _, c := range cookies {
		if name, ok := strings.CutPrefix(c.Name, portalCookie); ok {
			c.Name, c.Secure = terminalCookie+name, false
		}
		res.Header.Add("Set-Cookie", c.String())
	}
	if loc, err := res.Location(); err == nil && loc.Host == t.portal.Host {
		res.Header.Set("Location", loc.RequestURI())
	}
	return nil
}
