package gateway

import (
	"fmt"
	"net"
	"path/filepath"

	"mizuhiki.dev/mizuhiki/internal/platform/tomlfile"
)

// ConsoleConfig says where the console for hospital IT is served, if at all.
type ConsoleConfig struct {
	Listen       string `toml:"listen" comment:"host:port on the hospital's network; empty: no console"`
	Title        string `toml:"title" comment:"the hospital's name, as the console shows it"`
	Cert         string `toml:"cert" comment:"certificate and key of the listener; both empty: a self-signed one is made at\nthe first start, and its fingerprint logged"`
	Key          string `toml:"key"`
	PlainHTTP    bool   `toml:"plain_http" comment:"serve without TLS, which only a loopback address may"`
	MetricsToken string `toml:"metrics_token" comment:"file with the token that /metrics asks for; empty: only this machine reads it"`
}

func (c *ConsoleConfig) absolute(file string) {
	for _, p := range []*string{&c.Cert, &c.Key, &c.MetricsToken} {
		if *p != "" {
			*p = tomlfile.Beside(file, *p)
		}
	}
}

func (c ConsoleConfig) validate() []string {
	if c.Listen == "" {
		return nil
	}
	var problems []string
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		bad("console.listen: %q is not host:port", c.Listen)
	}
	if (c.Cert == "") != (c.Key == "") {
		bad("console.cert, console.key: one without the other")
	}
	if c.PlainHTTP && c.Cert != "" {
		bad("console.plain_http: contradicts console.cert")
	}
	if ip := net.ParseIP(host); c.PlainHTTP && err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		bad("console.plain_http: %s is not a loopback address; passwords would cross the network in the clear", host)
	}
	return problems
}

// The console's own files lie beside the database.
func (c Config) consoleFile(name string) string {
	return filepath.Join(filepath.Dir(c.Database), name)
}
