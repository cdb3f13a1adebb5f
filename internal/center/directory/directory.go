// Package directory is who takes part: unions, facilities (参加施設) and their gateways.
package directory

import (
	"time"

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
}

// Gateway is one enrolled gateway of a facility.
type Gateway struct {
	ID         ident.GatewayID
	Facility   ident.FacilityID
	CertSHA256 string // hex of the SHA-256 of the DER certificate that may link
	NotAfter   time.Time
	EnrolledAt time.Time
	LastSeen   time.Time
	RevokedAt  time.Time
	Epoch      string
	ChangeSeq  int64
}
