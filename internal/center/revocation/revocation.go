// Package revocation is what no longer holds of all that the network's CA has issued
// (証明書の失効): terminals, gateways, hosts of the center, issuing CAs, and the keys with
// which replicas sign. It is what certificate revocation lists (RFC 5280 §5) and the
// signed list for gateways are made from.
package revocation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Reason is why a certificate was revoked.
type Reason string

const (
	Unspecified   Reason = "unspecified"
	KeyCompromise Reason = "key_compromise" // lost, stolen, or its key seen by somebody
	CACompromise  Reason = "ca_compromise"
	LeftNetwork   Reason = "left_network" // its facility has left
	Superseded    Reason = "superseded"   // another took its place
	Ceased        Reason = "ceased"       // not used any more
)

// codes are the reason codes of RFC 5280 §5.3.1.
var codes = map[Reason]int{Unspecified: 0, KeyCompromise: 1, CACompromise: 2, LeftNetwork: 3, Superseded: 4, Ceased: 5}

// Reasons lists all reasons.
func Reasons() []Reason {
	return []Reason{Unspecified, KeyCompromise, CACompromise, LeftNetwork, Superseded, Ceased}
}

// Code gives the reason code of a CRL entry; what is none of ours is unspecified.
func (r Reason) Code() int { return codes[r] }

// Entry is one certificate or key that was revoked.
type Entry struct {
	Kind      wire.DeniedKind
	SHA256    string // hex
	Serial    string // hex; empty where it is not known
	Device    ident.DeviceID
	NotAfter  time.Time
	RevokedAt time.Time
	Reason    Reason
}

// Certificate is one of the center's own, or one that is denied by its fingerprint alone.
type Certificate struct {
	Entry        // RevokedAt is zero while it holds
	Name  string // for people
	By    string // who revoked it
	Noted time.Time
}

// Validate refuses, as invalid, what no gateway could act on.
func (c Certificate) Validate() error {
	kinds := []wire.DeniedKind{wire.DeniedDevice, wire.DeniedGateway, wire.DeniedServer, wire.DeniedIssuing, wire.DeniedSigner}
	raw, err := hex.DecodeString(c.SHA256)
	switch {
	case err != nil || len(raw) != sha256.Size || strings.ToLower(c.SHA256) != c.SHA256:
		return fault.New(fault.Invalid, "%q is not a SHA-256 in lower-case hexadecimal digits", c.SHA256)
	case !slices.Contains(kinds, c.Kind):
		return fault.New(fault.Invalid, "kind %q is none of %v", c.Kind, kinds)
	case c.NotAfter.IsZero():
		return fault.New(fault.Invalid, "until when the certificate would have held is missing")
	}
	return nil
}

// List is one edition of a list that is published.
type List struct {
	Name   string
	Number int64
	MadeAt time.Time
	Digest string // of what is on it, see [Digest]
	Body   []byte
}

// Next gives the number of the edition after l, made at now. It is never less than the
// seconds of the clock: a center that was restored from a backup goes on with numbers
// that it has not used yet, since it did not issue more than one list a second for long.
func (l List) Next(now time.Time) int64 { return max(l.Number+1, now.Unix()) }

// Digest tells two sets of entries apart.
func Digest(entries []Entry) (string, error) {
	sorted := slices.SortedFunc(slices.Values(entries), func(a, b Entry) int { return strings.Compare(a.SHA256, b.SHA256) })
	body, err := json.Marshal(sorted)
	if err != nil {
		return "", fmt.Errorf("digest of revoked certificates: %w", err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

// Denied gives the entries as gateways get them.
func Denied(entries []Entry) []wire.Denied {
	out := make([]wire.Denied, 0, len(entries))
	for _, e := range entries {
		out = append(out, wire.Denied{
			Kind: e.Kind, SHA256: e.SHA256, Serial: e.Serial, Device: e.Device,
			Ends: e.NotAfter.Unix(), Revoked: e.RevokedAt.Unix(), Reason: string(e.Reason),
		})
	}
	return out
}
