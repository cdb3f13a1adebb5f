package portal

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Values of the form fields existing and basis that are no id and no basis.
const (
	newPerson   = "new"
	keptConsent = "kept"
)

func (p *Portal) registerForm(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	p.render(w, r, http.StatusOK, p.registration(r, c, page.RegistrationForm{}))
	return nil
}

func (p *Portal) registration(r *http.Request, c signin.Caller, form page.RegistrationForm) page.Registration {
	view := page.Registration{
		Shell: p.shell(r, c, page.SectionRegister, "/register"), Form: form,
		OwnVerifies: c.Home.Disclosing, Errors: page.Errors{},
	}
	if d, err := wareki.ParseDate(form.BirthDate); err == nil {
		view.Birth = d
	}
	return view
}

func readRegistration(r *http.Request) page.RegistrationForm {
	v := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return page.RegistrationForm{
		Kana: v("kana"), BirthDate: v("birth_date"), Sex: v("sex"), Existing: v("existing"),
		Name: v("name"), Address: v("address"),
		Basis: v("basis"), Signer: v("signer"), ConsentDate: v("consent_date"), ConsentNote: v("consent_note"),
		OwnID: v("own_id"), StaffVerified: v("staff_verified") == "1", ConfirmDistinct: v("confirm_distinct") == "1", ConfirmAlike: v("confirm_alike") == "1",
	}
}

func statusOf(errors page.Errors) int {
	if len(errors) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// find runs the search of step 1 into the view. What is wrong with its fields goes
// to the view; other errors come back.
func (p *Portal) find(r *http.Request, c signin.Caller, view *page.Registration) error {
	form, errors := &view.Form, view.Errors
	switch {
	case form.Kana == "":
		errors["kana"] = page.Message{Key: "person.kana_missing"}
	case !kana.IsKana(form.Kana):
		errors["kana"] = page.Message{Key: "person.kana_invalid"}
	}
	switch _, err := wareki.ParseDate(form.BirthDate); {
	case form.BirthDate == "":
		errors["birth_date"] = page.Message{Key: "person.birth_missing"}
	case err != nil:
		errors["birth_date"] = page.MessageOf(err)
	case view.Birth.After(wareki.On(p.Clock())):
		errors["birth_date"] = page.Message{Key: "person.birth_future"}
	}
	if len(errors) > 0 {
		return nil
	}
	found, err := p.Register.Find(r.Context(), c, register.FindQuery{
		Kana: form.Kana, BirthDate: view.Birth, Sex: clinical.Sex(form.Sex),
	})
	if fault.Is(err, fault.Invalid) {
		message := page.MessageOf(err)
		errors[registrationField[message.Key]] = message
		return nil
	}
	if err != nil {
		return err
	}
	view.Searched = true
	for _, f := range found {
		view.Found = append(view.Found, page.FoundPerson{Person: f.Person, OwnID: f.OwnID, Differs: f.Differs})
	}
	keepChoice(view, r.PostForm["shown"])
	return nil
}

// keepChoice keeps what was chosen only if it was chosen among whom the search gives now:
// a person only if they are still found, and none of them only if all were on the page.
func keepChoice(view *page.Registration, shown []string) {
	form := &view.Form
	id := func(f page.FoundPerson) string { return string(f.Person.ID) }
	switch {
	case form.Existing == newPerson:
		for _, f := range view.Found {
			if !slices.Contains(shown, id(f)) {
				form.Existing, form.ConfirmDistinct = "", false
			}
		}
	case !slices.ContainsFunc(view.Found, func(f page.FoundPerson) bool { return id(f) == form.Existing }):
		form.Existing = ""
	}
}

func (p *Portal) registerFind(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	form := readRegistration(r)
	form.Existing, form.ConfirmDistinct, form.ConfirmAlike = "", false, false // chosen after another search
	view := p.registration(r, c, form)
	if err := p.find(r, c, &view); err != nil {
		return err
	}
	if view.Searched && len(view.Found) == 0 {
		view.Form.Existing = newPerson
	}
	p.render(w, r, statusOf(view.Errors), view)
	return nil
}

func (p *Portal) registerCreate(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	view := p.registration(r, c, readRegistration(r))
	if err := p.find(r, c, &view); err != nil {
		return err
	}
	reg, ok := p.readForm(&view, c)
	if !ok {
		p.render(w, r, http.StatusUnprocessableEntity, view)
		return nil
	}
	id, err := p.Register.Register(r.Context(), c, reg)
	if err == nil {
		done(w, r, "register.done", linksPath(id))
		return nil
	}
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	view.Identical, view.Alike = notice.Key == "person.exists", notice.Key == "person.near"
	if notice.Key == "link.alike" {
		view.NumberAlike, _ = notice.Params["other"].(ident.LocalPatientID)
	}
	if field, ok := registrationField[notice.Key]; ok {
		view.Errors[field] = notice.Message
	} else {
		view.Notice = notice
	}
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

// registrationField says beside which field of the form a refusal belongs. The fields of a
// consent are the same on the page of links.
var registrationField = map[fault.Key]string{
	"person.name_missing":            "name",
	"person.kana_invalid":            "kana",
	"person.birth_missing":           "birth_date",
	"person.birth_future":            "birth_date",
	"person.sex_missing":             "sex",
	"person.exists":                  "existing",
	"person.near":                    "existing",
	"consent.basis_missing":          "basis",
	"consent.signer_missing":         "signer",
	"consent.date_future":            "consent_date",
	"consent.date_before_birth":      "consent_date",
	"consent.date_before_revocation": "consent_date",
	"consent.missing":                "basis",
	"link.exists":                    "existing",
	"link.mismatch":                  "own_id",
	"link.unknown_id":                "own_id",
	"link.taken":                     "own_id",
	"link.id_missing":                "own_id",
	"link.id_invalid":                "own_id",
	"link.alike":                     "own_id",
	"link.staff_unverified":          "staff_verified",
}

// readForm turns the form into what the flow takes, or notes what is wrong with it.
func (p *Portal) readForm(view *page.Registration, c signin.Caller) (register.Registration, bool) {
	form, errors := view.Form, view.Errors
	reg := register.Registration{
		OwnID: ident.LocalPatientID(form.OwnID), StaffVerified: form.StaffVerified, ConfirmDistinct: form.ConfirmDistinct, ConfirmAlike: form.ConfirmAlike,
	}
	switch {
	case form.Existing == newPerson:
		reg.New = person.Person{
			Union: c.Union, Name: form.Name, Kana: kana.ToKatakana(form.Kana), BirthDate: view.Birth,
			Sex: clinical.Sex(form.Sex), Address: form.Address,
		}
		if err := reg.New.Validate(wareki.On(p.Clock())); err != nil {
			message := page.MessageOf(err)
			if field := registrationField[message.Key]; errors[field].Key == "" { // what find said is more exact
				errors[field] = message
			}
		}
	case ident.Valid(form.Existing):
		reg.Existing = ident.PersonID(form.Existing)
	case view.Searched: // before that nobody could be chosen
		errors["existing"] = page.Message{Key: "person.undecided"}
	}
	if form.OwnID == "" {
		errors["own_id"] = page.Message{Key: "link.id_missing"}
	}
	if !c.Home.Disclosing && !form.StaffVerified {
		errors["staff_verified"] = page.Message{Key: "link.staff_unverified"}
	}
	if form.Basis != keptConsent {
		record, problems := readConsent(page.ConsentForm{Basis: form.Basis, Signer: form.Signer, ConsentDate: form.ConsentDate, Note: form.ConsentNote}, p.Clock())
		for field, message := range problems {
			errors[field] = message
		}
		reg.Consent = &record
	}
	return reg, len(errors) == 0
}

// readConsent reads a consent as typed and notes all that is wrong with it. A date means
// the beginning of that day in Japan.
func readConsent(form page.ConsentForm, now time.Time) (consent.Record, page.Errors) {
	errors := page.Errors{}
	record := consent.Record{
		Scope: consent.Comprehensive, Basis: consent.Basis(form.Basis), Signer: form.Signer, Note: form.Note,
		EffectiveFrom: now, ReceivedAt: now,
	}
	if form.ConsentDate == "" {
		errors["consent_date"] = page.Message{Key: "consent.date_missing"}
	} else if day, err := wareki.ParseDate(form.ConsentDate); err != nil {
		errors["consent_date"] = page.MessageOf(err)
	} else {
		record.EffectiveFrom = day.Midnight()
	}
	if err := record.Validate(now); err != nil {
		message := page.MessageOf(err)
		errors[registrationField[message.Key]] = message
	}
	return record, errors
}
