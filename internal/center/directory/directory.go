// Package directory is who takes part: unions, facilities (参加施設) and their gateways.
package directory

import (
	"slices"
	"time"
	"unicode/utf8"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// FacilityKind is what a facility is.
type FacilityKind string

const (
	Hospital    FacilityKind = "hospital"
	Clinic      FacilityKind = "clinic"
	Pharmacy    FacilityKind = "pharmacy"
	HomeNursing FacilityKind = "home_nursing"
	CareHome    FacilityKind = "care_home"
)

// Union is a group of facilities under one operating body with the same care purpose.
type Union struct {
	ID   ident.UnionID
	Name string
}

// Facility is one participating facility.
type Facility struct {
	ID         ident.FacilityID
	Code       string // 10-digit medical institution code: prefecture 2, score table 1, institution 7
	Name       string
	Kana       string
	Mark       string // two characters that stand for it on events, beside its colour
	Kind       FacilityKind
	Disclosing bool // discloses through a gateway
	Unions     []ident.UnionID
	JoinedAt   time.Time
	Idle       time.Duration // after which sessions of its users lock themselves; whole minutes
}

// Gateway is one enrolled gateway of a facility.
type Gateway struct {
	ID         ident.GatewayID
	Facility   ident.FacilityID
	CertSHA256 string // hex of the SHA-256 of the DER certificate that may link
	CertSerial string // its serial number, hex; empty where it was issued before that was kept
	NotAfter   time.Time
	Next       NextCert // zero: none
	EnrolledAt time.Time
	LastSeen   time.Time
	RevokedAt  time.Time
	Epoch      string
	ChangeSeq  int64
	Behind     time.Time // since when it cannot take in all of its storage; zero: it can
	LeftOut    int       // items that could not be placed in the catalog, since that began anew
}

// NextCert is a certificate that has been issued to a gateway and with which it has not
// come yet. Until it does, either certificate may link.
type NextCert struct {
	SHA256   string // as CertSHA256
	Serial   string // as CertSerial
	NotAfter time.Time
}

// FacilityKinds lists all kinds in the order of choice lists.
func FacilityKinds() []FacilityKind {
	return []FacilityKind{Hospital, Clinic, Pharmacy, HomeNursing, CareHome}
}

// Validate refuses a facility that could not take part, with kind invalid and a
// message key: its code is ten digits, its mark two characters, and it belongs to a union.
func (f Facility) Validate() error {
	digits := len(f.Code) == 10
	for i := range len(f.Code) {
		digits = digits && f.Code[i] >= '0' && f.Code[i] <= '9'
	}
	switch {
	case !digits:
		return fault.WithKey(fault.Invalid, "facility.code_invalid", map[string]any{"code": f.Code})
	case f.Name == "" || f.Kana == "":
		return fault.WithKey(fault.Invalid, "facility.name_missing", nil)
	case utf8.RuneCountInString(f.Mark) != 2:
		return fault.WithKey(fault.Invalid, "facility.mark_invalid", map[string]any{"mark": f.Mark})
	case !slices.Contains(FacilityKinds(), f.Kind):
		return fault.WithKey(fault.Invalid, "facility.kind_invalid", map[string]any{"kind": string(f.Kind)})
	case len(f.Unions) == 0:
		return fault.WithKey(fault.Invalid, "facility.union_missing", nil)
	}
	return nil
}
