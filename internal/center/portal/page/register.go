package page

import (
	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Registration is the guided first registration (連携患者登録): one screen, one form,
// four steps that all stay in sight.
//
// Form: POST /register/find with kana, birth_date, sex looks for the person and comes
// back with everything that was typed; POST /register creates, with also existing
// (a person id, or "new"), name, address, basis (a [consent.Basis], or "kept" where a
// consent stands already), signer, consent_date, consent_note, own_id, staff_verified
// ("1"), shown (the ids of the persons among whom was chosen), confirm_distinct ("1") and confirm_alike ("1").
type Registration struct {
	Shell
	Form     RegistrationForm
	Birth    wareki.Date // the typed birth date as it was read, zero if it was not
	Searched bool        // the search has run with these values
	Found    []FoundPerson
	// Identical is set after a refusal because such a person exists: the clerk must
	// look at the found persons and confirm that this is somebody else.
	Identical bool
	// Alike is set after a refusal because somebody is there who differs in one field as by
	// a slip: the clerk must confirm that this is somebody else.
	Alike bool
	// NumberAlike is set after a refusal because a number of the facility differs from the
	// typed one in leading zeros or the case of letters only: that number.
	NumberAlike ident.LocalPatientID
	// OwnVerifies: the own facility discloses, so its gateway compares the person with
	// its record; otherwise a member of staff states that they did.
	OwnVerifies bool
	Errors      Errors
}

func (Registration) view() string { return "register" }

// Step is the step that the reader is at, 1 to 4; later ones are shown but closed.
func (r Registration) Step() int {
	switch {
	case !r.Searched:
		return 1
	case len(r.Found) > 0 && r.Form.Existing == "":
		return 1
	}
	return 2
}

// Closed reports whether the steps after the first are closed: before the first search.
// Once something stands in them they stay open, since browsers send no closed field and
// what was typed would be lost with the next search.
func (r Registration) Closed() bool {
	f := r.Form
	later := f.Name + f.Address + f.Basis + f.Signer + f.ConsentDate + f.ConsentNote + f.OwnID
	return !r.Searched && later == "" && !f.StaffVerified
}

// RegistrationForm is what was typed, as it was typed.
type RegistrationForm struct {
	Kana, BirthDate, Sex string
	Existing             string // person id, "new", or empty while undecided
	Name, Address        string
	Basis                string
	Signer               string
	ConsentDate          string
	ConsentNote          string
	OwnID                string
	StaffVerified        bool
	ConfirmDistinct      bool
	ConfirmAlike         bool
}

// FoundPerson is a person of the union who agrees with the search.
type FoundPerson struct {
	Person person.Person
	OwnID  ident.LocalPatientID // the reader's facility has them already, under this number; empty otherwise
	// Differs is the field in which the person only nearly agrees; empty for whoever agrees.
	Differs wire.Field
}

// Exact lists the found persons who agree with the search.
func (r Registration) Exact() []FoundPerson { return r.found(false) }

// Near lists those who differ in one field as by a slip.
func (r Registration) Near() []FoundPerson { return r.found(true) }

func (r Registration) found(near bool) (out []FoundPerson) {
	for _, f := range r.Found {
		if (f.Differs != "") == near {
			out = append(out, f)
		}
	}
	return out
}

// Bases lists the choices of how consent was given.
func (Registration) Bases() []consent.Basis { return consent.Bases() }

// Sexes lists the choices of sex.
func (Registration) Sexes() []clinical.Sex {
	return []clinical.Sex{clinical.Female, clinical.Male, clinical.OtherSex, clinical.UnknownSex}
}
