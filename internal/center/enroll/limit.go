package enroll

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// burst is how many tries may come at once from one address: behind one is a whole
	// facility, which may enrol in one morning.
	burst = 10
	// allRate and allBurst hold for everybody together. They are far above what one
	// address is allowed, so that a stranger uses up their own share and nobody else's.
	allRate  = 50
	allBurst = 200
	// maxSources bounds the memory that strangers can take up.
	maxSources = 10_000
)

// limits holds tries down, for each source and for all together. It is safe for
// concurrent use.
type limits struct {
	each rate.Limit
	all  *rate.Limiter

	mu      sync.Mutex
	sources map[netip.Prefix]*rate.Limiter
}

func newLimits(each rate.Limit) *limits {
	return &limits{each: each, all: rate.NewLimiter(allRate, allBurst), sources: map[netip.Prefix]*rate.Limiter{}}
}

// allow counts a try from a remote address, host:port. The own share is asked first: what
// it refuses takes nothing from the others'.
func (l *limits) allow(remote string, now time.Time) bool {
	return l.of(sourceOf(remote), now).AllowN(now, 1) && l.all.AllowN(now, 1)
}

func (l *limits) of(source netip.Prefix, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one, ok := l.sources[source]; ok {
		return one
	}
	if len(l.sources) >= maxSources {
		for s, one := range l.sources {
			if one.TokensAt(now) >= burst { // has not tried for long: the same as a new one
				delete(l.sources, s)
			}
		}
	}
	if len(l.sources) >= maxSources {
		clear(l.sources) // the limit for all together still holds
	}
	one := rate.NewLimiter(l.each, burst)
	l.sources[source] = one
	return one
}

// sourceOf is who counts as one: an IPv4 address, or the IPv6 network of one connection.
func sourceOf(remote string) netip.Prefix {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	addr, bits := at.Addr().Unmap().WithZone(""), 64
	if addr.Is4() {
		bits = 32
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
