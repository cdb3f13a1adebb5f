// Package denylist is the gateway's own memory of what was revoked (失効リスト): terminals,
// gateways, hosts and issuing CAs of the center, keys that sign. With it a hospital
// refuses a center whose certificate was stolen, and requests for a terminal that was
// shut out, whatever that center says.
//
// The list comes from the center, signed by a key that the offline assertion root has
// certified. It is added to what is known and takes nothing away, so that whoever holds
// such a key can revoke and not undo it. A list that goes back, or leaves out what would
// still hold, does not count as news: when the last good one is older than
// [wire.DenylistEnd] the gateway discloses nothing.
package denylist

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// leeway is how long before its end an entry may be missing from a list: the center's
// clock may be ahead, and it leaves out what has ended.
const leeway = 5 * time.Minute

// Store keeps the list in the gateway's database and in memory. It is safe for
// concurrent use.
type Store struct {
	db    *db.DB
	root  ed25519.PublicKey
	clock func() time.Time

	taking sync.Mutex // one list at a time

	mu      sync.RWMutex
	entries map[string]entry // by SHA256
	devices map[ident.DeviceID]bool
	signers map[string]signer // by digest of the key
	awaited time.Time         // since when this gateway waits for its first list
	trouble cause.Trouble
	changed chan struct{} // closed when an entry is added
}

type entry struct {
	wire.Denied
	signer string
}

// signer is the newest list of one key.
type signer struct {
	key     string
	replica ident.ReplicaID
	seq     int64
	issued  time.Time
}

// Open reads the list from a migrated database. root is the assertion root that the
// gateway pinned when it enrolled.
func Open(ctx context.Context, d *db.DB, root ed25519.PublicKey, clock func() time.Time) (*Store, error) {
	s := &Store{
		db: d, root: root, clock: clock, changed: make(chan struct{}),
		entries: map[string]entry{}, devices: map[ident.DeviceID]bool{}, signers: map[string]signer{},
	}
	var held []entry
	var lists []signer
	err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if s.awaited, err = awaited(ctx, tx, clock()); err != nil {
			return err
		}
		if held, err = readEntries(ctx, tx); err != nil {
			return err
		}
		lists, err = readSigners(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open denylist: %w", err)
	}
	s.hold(held)
	for _, l := range lists {
		s.signers[l.key] = l
	}
	return s, nil
}

// hold takes entries into memory; whoever calls it holds the lock or is alone.
func (s *Store) hold(entries []entry) {
	for _, e := range entries {
		s.entries[e.SHA256] = e
		if e.Kind == wire.DeniedDevice && e.Device != "" {
			s.devices[e.Device] = true
		}
	}
}

// Take takes a list from the center. What it adds holds at once and for good, also if the
// list is refused for going back or for leaving out an entry that would still hold
// (conflict). One that is not signed as it must be is denied and adds nothing.
func (s *Store) Take(ctx context.Context, in wire.SignedDenylist) (wire.DenylistTaken, error) {
	s.taking.Lock()
	defer s.taking.Unlock()
	now := s.clock()
	list, key, err := wire.OpenDenylist(s.root, in.List, now)
	if err == nil && s.denies(key, wire.DeniedSigner) {
		err = fault.New(fault.Denied, "denylist: the key of %s has been revoked", list.Replica)
	}
	if err == nil {
		err = check(list)
	}
	if err != nil {
		s.troubled(err)
		return wire.DenylistTaken{}, err
	}
	added := s.missing(list, key)
	next := signer{key, list.Replica, list.Seq, time.Unix(list.Issued, 0)}
	refusal := s.judge(next, list, now)
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := addEntries(ctx, tx, added, now); err != nil {
			return err
		}
		if refusal != nil {
			return nil
		}
		return putSigner(ctx, tx, next, now)
	})
	if err != nil {
		return wire.DenylistTaken{}, fmt.Errorf("keep denylist: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold(added)
	if len(added) > 0 {
		close(s.changed)
		s.changed = make(chan struct{})
	}
	if refusal != nil {
		s.trouble = cause.From(cause.Or(cause.Taken, refusal))
		return wire.DenylistTaken{}, refusal
	}
	s.trouble, s.signers[key] = cause.Trouble{}, next
	return wire.DenylistTaken{Entries: len(s.entries)}, nil
}

// latest is the last second that a time in a list may name: in the year 4147.
const latest = 1 << 36

// check refuses a list with an entry that could not be acted on.
func check(l wire.Denylist) error {
	for i, e := range l.Entries {
		if len(e.SHA256) != 64 || e.Kind == "" || e.Ends < 0 || e.Ends > latest || e.Revoked < 0 || e.Revoked > latest {
			return fault.New(fault.Invalid, "denylist: entry %d has no kind, no SHA-256, or times that cannot be", i)
		}
	}
	return nil
}

// missing are the list's entries that are not held yet.
func (s *Store) missing(l wire.Denylist, key string) (out []entry) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, e := range l.Entries {
		if _, ok := s.entries[e.SHA256]; !ok {
			out = append(out, entry{e, key})
		}
	}
	return out
}

// judge says why a list does not count as news.
func (s *Store) judge(next signer, l wire.Denylist, now time.Time) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	last, ok := s.signers[next.key]
	if ok && (next.seq < last.seq || next.issued.Before(last.issued)) {
		return fault.New(fault.Conflict, "denylist: %s has sent number %d after %d, as if from a time before", l.Replica, next.seq, last.seq)
	}
	has := map[string]bool{}
	for _, e := range l.Entries {
		has[e.SHA256] = true
	}
	var lifted []string
	for sha, e := range s.entries {
		said, revoked := s.entries[e.signer]
		if revoked && said.Kind == wire.DeniedSigner {
			continue // what a stolen key has said stays, but nobody must repeat it
		}
		if !has[sha] && e.Ends > now.Add(leeway).Unix() {
			lifted = append(lifted, sha)
		}
	}
	if len(lifted) > 0 {
		return fault.New(fault.Conflict, "denylist: %s leaves out %d entries that would still hold, among them %.16s…", l.Replica, len(lifted), lifted[0])
	}
	return nil
}

func (s *Store) troubled(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = cause.From(cause.Or(cause.Unsigned, err))
}

func (s *Store) denies(sha256 string, kinds ...wire.DeniedKind) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, ok := s.entries[sha256]
	for _, k := range kinds {
		if ok && e.Kind == k {
			return true
		}
	}
	return false
}

// CheckCenter refuses a connection to a center whose certificate, or the issuing CA's
// above it, is on the list. It is of kind denied.
func (s *Store) CheckCenter(cs tls.ConnectionState) error {
	chains := append(cs.VerifiedChains, cs.PeerCertificates)
	for _, chain := range chains {
		for _, cert := range chain {
			if sha := tlsid.Fingerprint(cert); s.denies(sha, wire.DeniedServer, wire.DeniedIssuing) {
				return fault.New(fault.Denied, "the center's certificate is on the denylist: %q, %.16s…", cert.Subject.CommonName, sha)
			}
		}
	}
	return nil
}

// CheckAssertion refuses, denied, what is asked for a terminal that was shut out or under
// a key that was revoked; and, unavailable with [wire.KeyDenylistOld], everything while
// nobody can know what has been revoked.
func (s *Store) CheckAssertion(a wire.Assertion) error {
	if s.denies(a.Signer, wire.DeniedSigner) {
		return fault.New(fault.Denied, "assertion: the key of %s has been revoked", a.Replica)
	}
	s.mu.RLock()
	shutOut := s.devices[a.Viewer.Device]
	s.mu.RUnlock()
	if shutOut {
		return fault.New(fault.Denied, "assertion: terminal %s has been revoked", a.Viewer.Device)
	}
	if st := s.State(); st.Age(s.clock()) > wire.DenylistEnd {
		err := fmt.Errorf("the newest denylist is of %s", st.Newest.UTC().Format(time.RFC3339))
		if st.Newest.IsZero() {
			err = errors.New("no denylist has come")
		}
		return &fault.Error{Kind: fault.Unavailable, Key: wire.KeyDenylistOld, Op: "assertion", Err: err}
	}
	return nil
}

// Changed gives a channel that is closed when an entry is added.
func (s *Store) Changed() <-chan struct{} {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.changed
}

// State is how the list stands.
type State struct {
	Entries int
	Newest  time.Time     // when the newest good list was issued; zero: none has come
	Awaited time.Time     // since when the gateway waits for its first
	Trouble cause.Trouble // why the last list was refused; zero if it was taken
}

// Age is how old the knowledge of what has been revoked is.
func (s State) Age(now time.Time) time.Duration {
	if s.Newest.IsZero() {
		return now.Sub(s.Awaited)
	}
	return now.Sub(s.Newest)
}

// State tells how the list stands. Lists under a key that was revoked since do not count.
func (s *Store) State() State {
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := State{Entries: len(s.entries), Awaited: s.awaited, Trouble: s.trouble}
	for key, l := range s.signers {
		if e, ok := s.entries[key]; ok && e.Kind == wire.DeniedSigner {
			continue
		}
		if l.issued.After(st.Newest) {
			st.Newest = l.issued
		}
	}
	return st
}
