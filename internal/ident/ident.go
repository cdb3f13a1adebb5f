// Package ident names every identifier of the network, one Go type per kind, so
// that a facility's id can never be passed where a person's is wanted.
//
// Ids that the program makes are 128 random bits as 26 lower-case base32 letters
// without padding. A [LocalPatientID] (診察券番号, 患者ID) is the facility's own and
// is kept byte for byte: leading zeros are significant.
package ident

import (
	"crypto/rand"
	"encoding/base32"
	"log/slog"
	"strings"
)

type (
	// UnionID names a union (ユニオン): facilities under one operating body with the same care purpose.
	UnionID string
	// FacilityID names a participating facility (参加施設).
	FacilityID string
	// GatewayID names one gateway (ゲートウェイ), which belongs to one facility.
	GatewayID string
	// DeviceID names one registered terminal (端末), which belongs to one facility.
	DeviceID string
	// UserID names one account (利用者); it is never reused.
	UserID string
	// PersonID names one person in a union's index; no facility outside the center knows it.
	PersonID string
	// FormerID names what a person's demographics were before one correction.
	FormerID string
	// LinkID names one link (紐付け) of a person to a local patient ID of a facility.
	LinkID string
	// ConsentID names one entry of the consent ledger.
	ConsentID string
	// PasskeyID names one passkey of a user; it is not the authenticator's own id of it.
	PasskeyID string
	// RecoveryID names one request to recover an account whose authenticator is lost.
	RecoveryID string
	// SessionID names one signed-in session; it is not the cookie's secret.
	SessionID string
	// DecisionID names one access decision and so one audit row of the center.
	DecisionID string
	// EventID names one audit event.
	EventID string
	// ItemID names one catalog item: one current document of one facility. It is
	// made by the owning gateway, stable over restarts, and says nothing of its content.
	ItemID string
	// ReplicaID names one replica of the center.
	ReplicaID string
	// LocalPatientID is the number that a facility gave to its patient, verbatim.
	LocalPatientID string
)

var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// New makes a fresh id of any kind from 128 random bits.
func New[T ~string]() T {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return T(encoding.EncodeToString(b[:]))
}

// Valid reports whether s has the form of an id that [New] or [FromHash] makes.
// Surfaces check it before an id from a URL reaches a store.
func Valid(s string) bool {
	if len(s) != 26 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

// FromHash makes an id from the first 16 bytes of a hash, for ids that must be
// the same whenever they are computed (see [ItemID]). It panics on fewer bytes.
func FromHash[T ~string](sum []byte) T { return T(encoding.EncodeToString(sum[:16])) }

// LogValue keeps local patient ids out of technical logs: only length and last character show.
func (id LocalPatientID) LogValue() slog.Value {
	if len(id) < 4 {
		return slog.StringValue("…")
	}
	return slog.StringValue(strings.Repeat("…", 1) + string(id[len(id)-1:]))
}

// LogValue prints only the first characters of a person's id: enough to follow one
// request in a log, too little to look the person up.
func (id PersonID) LogValue() slog.Value {
	if len(id) < 8 {
		return slog.StringValue("…")
	}
	return slog.StringValue(string(id[:6]) + "…")
}
