package demo

import (
	"context"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// plan is what a new region is made from: who takes part, who works there, who is
// registered where.
type plan struct {
	Region     string
	Facilities []plannedFacility
	Persons    []plannedPerson // to be registered
	Unlinked   []plannedPatient

	// writeStorage writes the SS-MIX2 standard storage of a disclosing facility,
	// writeExtended its extended storage.
	writeStorage, writeExtended func(ctx context.Context, facility int, dir string) error
}

type plannedFacility struct {
	Code, Name, Kana, Mark string
	Kind                   directory.FacilityKind
	Disclosing             bool
	Staff                  []plannedStaff
}

type plannedStaff struct {
	Login, DisplayName, Kana string
	Profession               access.Profession
	Roles                    []access.Role
}

// plannedPerson is registered by the first facility of Links; the others follow.
type plannedPerson struct {
	Name, Kana string
	BirthDate  wareki.Date
	Sex        clinical.Sex
	Address    string
	Links      []plannedLink
}

type plannedLink struct {
	Facility  int // index into Facilities
	PatientID ident.LocalPatientID
}

type plannedPatient struct {
	Facility   int
	PatientID  ident.LocalPatientID
	Name, Kana string
	BirthDate  wareki.Date
	Sex        clinical.Sex
}
