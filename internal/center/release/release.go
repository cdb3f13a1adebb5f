// Package release is the center's copy of what each facility releases (公開範囲). The
// matrix is mastered at the facility's gateway, which decides last; the copy serves
// lists, explanations and the first of the two decisions.
package release

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Copy is a gateway's release state as last fetched.
type Copy struct {
	Facility ident.FacilityID
	wire.ReleaseState
	FetchedAt time.Time
}
