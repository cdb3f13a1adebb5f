// Package tally counts what goes wrong with those who connect to a port (接続元別の異常件数): how
// often, when last, and from which addresses, in memory that does not grow with them.
package tally

import (
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

const (
	maxPeers = 8
	// A sender that fails tries again and again, a port scan comes and goes: who is still
	// there after lasting, without a pause, is no scan. One scan a night is not either.
	lasting = 5 * time.Minute
	pause   = 3 * time.Hour
	// maxDetail bounds what is quoted, of which the other end may have written a part.
	maxDetail = 200
)

// Tally is a count of one thing. The zero value is ready, and safe for concurrent use.
type Tally struct {
	mu    sync.Mutex
	total int64
	peers []peer // in the order of their last coming
}

type peer struct {
	Peer
	begun time.Time // of its coming without a pause; zero: it begins anew
}

// Peer is what an address had a part in.
type Peer struct {
	Address       string    `json:"address"`
	Count         int64     `json:"count"`
	Last          time.Time `json:"last"`
	Lasting       time.Time `json:"lasting,omitzero"` // when it last came after it had been coming for minutes; zero: never yet
	cause.Trouble           // of the last
}

// State is a tally at one moment.
type State struct {
	Total int64  `json:"total"`
	Peers []Peer `json:"peers,omitempty"` // that came last, the latest first
}

// AddressOf gives the address of a connection's other end, without port.
func AddressOf(a net.Addr) string {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().String()
	}
	return a.String()
}

// Add counts one more.
func (t *Tally) Add(address string, now time.Time, why cause.Trouble) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total++
	p := t.take(address)
	if p.begun.IsZero() || now.Sub(p.Last) > pause {
		p.begun = now
	}
	why.Said = short(why.Said)
	p.Count, p.Last, p.Trouble = p.Count+1, now, why
	if now.Sub(p.begun) >= lasting {
		p.Lasting = now
	}
	t.peers = append(t.peers, p)
}

// take takes a peer out, a new one if it is not there, for which room is made.
func (t *Tally) take(address string) peer {
	i := slices.IndexFunc(t.peers, func(p peer) bool { return p.Address == address })
	if i >= 0 {
		p := t.peers[i]
		t.peers = slices.Delete(t.peers, i, i+1)
		return p
	}
	if len(t.peers) == maxPeers {
		// A scan from many addresses must not hide a sender that keeps trying.
		out := max(0, slices.IndexFunc(t.peers, func(p peer) bool { return p.Lasting.IsZero() }))
		t.peers = slices.Delete(t.peers, out, out+1)
	}
	return peer{Peer: Peer{Address: address}}
}

// Mended says that an address has now done what it had failed at.
func (t *Tally) Mended(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.peers {
		if p := &t.peers[i]; p.Address == address {
			p.Lasting, p.begun = time.Time{}, time.Time{}
		}
	}
}

// State gives the count.
func (t *Tally) State() State {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := State{Total: t.total}
	for _, p := range slices.Backward(t.peers) {
		s.Peers = append(s.Peers, p.Peer)
	}
	return s
}

func short(detail string) string {
	return strings.ToValidUTF8(detail[:min(len(detail), maxDetail)], "")
}
