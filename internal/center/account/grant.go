package account

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Grant is one stretch of time in which an account held a role (権限付与の履歴).
type Grant struct {
	Role          access.Role
	GrantedBy     ident.UserID
	GrantedByName string // empty: not by an account, as when a network is set up
	GrantedAt     time.Time
	EndedBy       ident.UserID // empty while the role is held
	EndedByName   string
	EndedAt       time.Time // zero while the role is held
}
