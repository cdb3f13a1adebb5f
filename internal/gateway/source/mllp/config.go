package mllp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/platform/tomlfile"
)

// Security is how a listener knows its senders.
type Security string

const (
	// MutualTLS: senders show a certificate of the authority that is named.
	MutualTLS Security = "mtls"
	// ServerTLS: the connection is encrypted; senders are known by their address.
	ServerTLS Security = "tls"
	// PlainInside: nothing is encrypted. Only for a network of the hospital's own.
	PlainInside Security = "plain-on-inner-network"
)

// ListenerConfig is one port on which an EHR or an interface engine sends messages.
type ListenerConfig struct {
	Name              string   `toml:"name" comment:"how lists and counters call it"`
	Listen            string   `toml:"listen" comment:"host:port"`
	Security          Security `toml:"security" comment:"mtls; tls; or plain-on-inner-network, where nothing is encrypted and only private addresses may send"`
	Cert              string   `toml:"cert" comment:"of this listener, PEM; for mtls and tls"`
	Key               string   `toml:"key"`
	ClientCA          string   `toml:"client_ca" comment:"authority of the senders' certificates, PEM; for mtls"`
	AllowTLS12        bool     `toml:"allow_tls12" comment:"for senders that cannot TLS 1.3"`
	AllowCertificates []string `toml:"allow_certificates" comment:"SHA-256 fingerprints of the senders' certificates; empty: all of the authority"`
	AllowAddresses    []string `toml:"allow_addresses" comment:"senders' addresses or networks such as 192.0.2.0/24; needed unless security is mtls"`
	MaxMessageMB      int      `toml:"max_message_mb"`
	MaxConnections    int      `toml:"max_connections"`
	MessageSeconds    int      `toml:"message_seconds" comment:"how long a message may take from its first byte to its last"`
	IdleSeconds       int      `toml:"idle_seconds" comment:"after which a connection on which nothing comes is closed"`
}

// DefaultListener is what a listener has that says nothing else.
func DefaultListener() ListenerConfig {
	return ListenerConfig{
		Name: "ehr", Listen: ":2575", Security: MutualTLS,
		Cert: "mllp/server.crt", Key: "mllp/server.key", ClientCA: "mllp/client-ca.crt",
		AllowCertificates: []string{}, AllowAddresses: []string{},
		MaxMessageMB: 16, MaxConnections: 100, MessageSeconds: 60, IdleSeconds: 3600,
	}
}

// Fill sets numbers that the file left out. What says who may send has no default.
func (c *ListenerConfig) Fill() {
	d := DefaultListener()
	for _, f := range []struct {
		value *int
		or    int
	}{{&c.MaxMessageMB, d.MaxMessageMB}, {&c.MaxConnections, d.MaxConnections}, {&c.MessageSeconds, d.MessageSeconds}, {&c.IdleSeconds, d.IdleSeconds}} {
		if *f.value == 0 {
			*f.value = f.or
		}
	}
}

// Absolute makes paths that are relative to the folder of the file absolute.
func (c *ListenerConfig) Absolute(file string) {
	for _, p := range []*string{&c.Cert, &c.Key, &c.ClientCA} {
		*p = tomlfile.Beside(file, *p)
	}
}

var (
	listenerName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	fingerprint  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ValidateListeners lists everything that is wrong, each naming its key.
func ValidateListeners(list []ListenerConfig) []string {
	var problems []string
	names := map[string]bool{}
	for i, c := range list {
		where := fmt.Sprintf("mllp[%d]", i)
		if listenerName.MatchString(c.Name) {
			where = "mllp " + c.Name
		}
		if names[c.Name] {
			problems = append(problems, where+": name: another listener has it")
		}
		names[c.Name] = true
		for _, p := range c.problems() {
			problems = append(problems, where+": "+p)
		}
	}
	return problems
}

func (c ListenerConfig) problems() []string {
	var out []string
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if !listenerName.MatchString(c.Name) {
		bad("name: must be lower-case letters, digits, - and _")
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		bad("listen: %q is not host:port", c.Listen)
	}
	for _, n := range []struct {
		key             string
		value, min, max int
	}{
		{"max_message_mb", c.MaxMessageMB, 1, 16}, {"max_connections", c.MaxConnections, 1, 10_000},
		{"message_seconds", c.MessageSeconds, 1, 3600}, {"idle_seconds", c.IdleSeconds, 1, 7 * 24 * 3600},
	} {
		if n.value < n.min || n.value > n.max {
			bad("%s: must be from %d to %d", n.key, n.min, n.max)
		}
	}
	for _, f := range c.AllowCertificates {
		if !fingerprint.MatchString(plainFingerprint(f)) {
			bad("allow_certificates: %q is not a SHA-256 fingerprint", f)
		}
	}
	if len(c.AllowCertificates) > 0 && c.Security != MutualTLS {
		bad("allow_certificates: only with security = %q", MutualTLS)
	}
	allow, err := c.prefixes()
	if err != nil {
		bad("allow_addresses: %v", err)
	}
	switch c.Security {
	case MutualTLS, ServerTLS:
		if _, err := c.tls(time.Now); err != nil {
			bad("%v", err)
		}
	case PlainInside:
		for _, p := range allow {
			if !inner(p) {
				bad("allow_addresses: %s is not of a private network, and nothing is encrypted", p)
			}
		}
	default:
		bad("security: is none of %q, %q, %q", MutualTLS, ServerTLS, PlainInside)
	}
	if c.Security != MutualTLS && len(c.AllowAddresses) == 0 {
		bad("allow_addresses: needed where senders show no certificate: anybody could write into records")
	}
	return out
}

// prefixes reads addresses and networks.
func (c ListenerConfig) prefixes() ([]netip.Prefix, error) {
	var out []netip.Prefix
	var errs []error
	for _, s := range c.AllowAddresses {
		if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			errs = append(errs, fmt.Errorf("%q is neither an address nor a network", s))
			continue
		}
		out = append(out, p.Masked())
	}
	return out, errors.Join(errs...)
}

var innerNetworks = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("::1/128"),
}

func inner(p netip.Prefix) bool {
	return slices.ContainsFunc(innerNetworks, func(n netip.Prefix) bool { return n.Bits() <= p.Bits() && n.Contains(p.Addr()) })
}

// suites12 are what TLS 1.2 may use where it is allowed at all: forward secrecy and
// authenticated encryption.
var suites12 = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// tls gives the configuration of the listener, nil for a plain one. The certificates are
// the hospital's own and of any kind that TLS knows.
func (c ListenerConfig) tls(clock func() time.Time) (*tls.Config, error) {
	if c.Security == PlainInside {
		return nil, nil
	}
	chain, err := tlsid.ReadCerts(c.Cert)
	if err != nil {
		return nil, fmt.Errorf("cert: %w", err)
	}
	key, err := secretfile.Read(c.Key)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	cert, err := tls.X509KeyPair(tlsid.EncodeCerts(chain...), key)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	out := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13, Time: clock}
	if c.AllowTLS12 {
		out.MinVersion, out.CipherSuites = tls.VersionTLS12, suites12
	}
	if c.Security == ServerTLS {
		return out, nil
	}
	authorities, err := tlsid.ReadCerts(c.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("client_ca: %w", err)
	}
	out.ClientAuth, out.ClientCAs = tls.RequireAndVerifyClientCert, tlsid.Pool(authorities...)
	if len(c.AllowCertificates) == 0 {
		return out, nil
	}
	allowed := map[string]bool{}
	for _, f := range c.AllowCertificates {
		allowed[plainFingerprint(f)] = true
	}
	// Not VerifyPeerCertificate, which a resumed session does not call.
	out.VerifyConnection = func(cs tls.ConnectionState) error {
		if len(cs.PeerCertificates) == 0 || !allowed[tlsid.Fingerprint(cs.PeerCertificates[0])] {
			return cause.New(cause.NotListed, "the sender's certificate is not on the list")
		}
		return nil
	}
	return out, nil
}

// plainFingerprint takes colons and capitals away, which other tools print.
func plainFingerprint(s string) string { return strings.ToLower(strings.ReplaceAll(s, ":", "")) }
