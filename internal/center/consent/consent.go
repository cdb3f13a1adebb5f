// Package consent is the ledger of what persons agreed to (同意): who took it, how,
// on what basis, since when, and its revocation (撤回).
package consent

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Scope is what a consent covers.
type Scope string

// Comprehensive (包括同意): all participating facilities of the union, present and future.
const Comprehensive Scope = "comprehensive"

// Basis is how consent was given.
type Basis string

const (
	Written        Basis = "written"          // 書面
	VerbalWithNote Basis = "verbal_with_note" // 口頭 + カルテ記載
	Proxy          Basis = "proxy"            // 代諾(書面)
)

// Bases lists all bases in the order of choice lists.
func Bases() []Basis { return []Basis{Written, VerbalWithNote, Proxy} }

// Record is one entry of the ledger.
type Record struct {
	ID            ident.ConsentID
	Union         ident.UnionID
	Person        ident.PersonID
	Scope         Scope
	Basis         Basis
	Signer        string // the person's name, or the proxy's name and relation
	Note          string
	Facility      ident.FacilityID // where it was taken
	TakenBy       ident.UserID
	EffectiveFrom time.Time
	ReceivedAt    time.Time // when the facility received it
	RecordedAt    time.Time // when it entered the ledger
	RevokedAt     time.Time // zero while it stands; nothing is shown from this instant on
	RevokedBy     ident.UserID
	RevokeReason  string
}

// InForce reports whether the consent opens anything at an instant.
func (r Record) InForce(at time.Time) bool {
	return !at.Before(r.EffectiveFrom) && (r.RevokedAt.IsZero() || at.Before(r.RevokedAt))
}

// Validate refuses an entry that could not be proved later.
func (r Record) Validate(now time.Time) error {
	switch {
	case r.Scope != Comprehensive:
		return fault.WithKey(fault.Invalid, "consent.scope_missing", nil)
	case r.Basis != Written && r.Basis != VerbalWithNote && r.Basis != Proxy:
		return fault.WithKey(fault.Invalid, "consent.basis_missing", nil)
	case r.Signer == "":
		return fault.WithKey(fault.Invalid, "consent.signer_missing", nil)
	case r.EffectiveFrom.IsZero() || r.EffectiveFrom.After(now):
		return fault.WithKey(fault.Invalid, "consent.date_future", nil)
	}
	return nil
}
