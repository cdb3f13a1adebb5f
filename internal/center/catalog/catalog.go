// Package catalog is what exists where: metadata of the current documents of linked
// patients, as their gateways report it. Names of drugs, tests and diseases are
// content and never enter it.
package catalog

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Item is one current document of a facility.
type Item struct {
	Facility ident.FacilityID
	wire.Item
	ReceivedAt time.Time
}

// Source says how well one patient of one facility is known.
type Source struct {
	Facility   ident.FacilityID
	PatientID  ident.LocalPatientID
	FetchedAt  time.Time // when the catalog was last known complete; zero: never
	Unreadable int       // files of the patient that the gateway could not read
}
