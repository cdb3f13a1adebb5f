package account

import (
	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

// CheckRoles refuses roles that a profession may not hold: reading records is for
// those who treat or care.
func CheckRoles(p access.Profession, roles []access.Role) error {
	for _, r := range roles {
		if r == access.RoleViewer && !p.Clinical() {
			return fault.WithKey(fault.Invalid, "user.viewer_not_clinical", nil)
		}
	}
	return nil
}
