package httpserver

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// onlyBy refuses requests that name another host than the server has (RFC 9110, 15.5.20):
// a page elsewhere whose name is made to point here would be of the same origin to its
// browser (DNS rebinding), and what is made of the host, such as a link, would lead to
// where the caller likes. The port is not looked at: there may be another in front.
// Probes are let through; monitoring asks by whatever address it has.
func onlyBy(cfg Config, next http.Handler) http.Handler {
	if len(cfg.Hosts) == 0 {
		return next
	}
	own := make([]string, len(cfg.Hosts))
	for i, host := range cfg.Hosts {
		own[i] = hostname(host)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(own, hostname(r.Host)) && !slices.Contains(cfg.Probes, r.Method+" "+r.URL.Path) {
			http.Error(w, "この要求は受け付けられません。 / Not by this name. ("+Ref(r.Context())+")", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostname gives a host, with or without port, in the one form in which hosts are compared.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().String()
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}
