package page

import "mizuhiki.dev/mizuhiki/internal/center/account"

// Grants is the facility manager's page of the roles that one account holds and held.
type Grants struct {
	Shell
	User account.User
	Rows []account.Grant
}

func (Grants) view() string { return "grants" }
