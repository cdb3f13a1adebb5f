package page

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Recoveries is the operator's page of the requests for recovery at all facilities.
//
// Forms: POST /network/recoveries with login, reason asks; under
// /network/recoveries/{recovery}: POST approve, withdraw.
type Recoveries struct {
	Shell
	Rows   []RecoveryRow
	Form   RecoveryForm
	Errors Errors
	Code   *SetupCode // shown in this one answer and never again
}

func (Recoveries) view() string { return "recoveries" }

// Reasons lists why an account may be recovered.
func (Recoveries) Reasons() []account.RecoveryReason { return account.RecoveryReasons() }

// RecoveryRow is one request that waits.
type RecoveryRow struct {
	ID          ident.RecoveryID
	UserName    string
	Facility    string // by name
	Reason      account.RecoveryReason
	AskedByName string
	AskedAt     time.Time
	ExpiresAt   time.Time
	Refused     fault.Key // why the reader may not approve it; empty: they may
	Mine        bool      // the reader asked
}

// RecoveryForm is a request as it was typed.
type RecoveryForm struct {
	Login  string
	Reason account.RecoveryReason
}
