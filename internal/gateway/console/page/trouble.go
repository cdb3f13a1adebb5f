package page

import (
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

// causes are what systems say of the commonest troubles, in the order in which they are
// looked for: the texts cause.KEY.
var causes = []struct {
	said string
	key  fault.Key
}{
	{"the disk is almost full", "disk_full"},
	{"no space left", "disk_full"},
	{"disk quota exceeded", "disk_full"},
	{"read-only file system", "read_only"},
	{"permission denied", "permission"},
	{"no such host", "name"},
	{"server misbehaving", "name"},
	{"connection ended within a message", "cut"},
	{"another message began before", "anew"},
	{"did not arrive in time", "slow"},
	{"is larger than allowed", "large"},
	{"too many large messages", "busy"},
	{"belong to no message", "stray"},
	{"begins TLS where a message", "tls_here"},
	{"certificate is not on the list", "not_listed"},
	{"didn't provide a certificate", "no_certificate"},
	{"certificate has expired", "certificate_time"},
	{"x509:", "certificate"},
	{"tls:", "tls"},
	{"connection refused", "refused"},
	{"connection reset", "broken"},
	{"broken pipe", "broken"},
	{"host is down", "unreachable"},
	{"no route to host", "unreachable"},
	{"network is unreachable", "unreachable"},
	{"stale file handle", "stale"},
	{"stale NFS", "stale"},
	{"i/o timeout", "timeout"},
	{"deadline exceeded", "timeout"},
	{"timed out", "timeout"},
	{"no such file or directory", "gone"},
	{"does not answer", "timeout"},
}

// cause says in words what an error text of the system means, as far as it is known.
func (p phrases) cause(said string) string {
	for _, c := range causes {
		if strings.Contains(said, c.said) {
			return p.named("cause", c.key)
		}
	}
	return p.named("cause", "other")
}
