package portal

import (
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// purposes say what somebody is about to do who is asked for a proof, by the route. Those
// of a person or a user name them, see [Portal.purpose].
var purposes = map[string]fault.Key{
	"POST /patients/{person}/revoke":       "stepup_for.revoke",
	"POST /patients/{person}/unlink":       "stepup_for.unlink",
	"POST /patients/{person}/correct":      "stepup_for.correct",
	"POST /patients/{person}/demographics": "stepup_for.amend",

	"POST /manage/users":                          "stepup_for.user_new",
	"POST /manage/users/{user}/roles":             "stepup_for.roles",
	"POST /manage/users/{user}/clearance":         "stepup_for.clear",
	"POST /manage/users/{user}/reactivate":        "stepup_for.wake",
	"POST /manage/users/{user}/unlock":            "stepup_for.unlock",
	"POST /manage/users/{user}/close":             "stepup_for.close",
	"POST /manage/users/{user}/code":              "stepup_for.code",
	"POST /manage/users/{user}/recovery":          "stepup_for.recovery",
	"POST /manage/recoveries/{recovery}/approve":  "stepup_for.approve",
	"POST /manage/recoveries/{recovery}/withdraw": "stepup_for.withdraw",
	"POST /manage/release":                        "stepup_for.release",
	"POST /manage/devices":                        "stepup_for.device",
	"POST /manage/devices/{device}/replace":       "stepup_for.device_replace",
	"POST /manage/sessions/idle":                  "stepup_for.idle",

	"GET /account/passkeys/new":               "stepup_for.passkey",
	"POST /account/passkeys":                  "stepup_for.passkey",
	"POST /account/passkeys/{passkey}/remove": "stepup_for.passkey_remove",
	"POST /account/passwordless":              "stepup_for.passwordless",
	"POST /password":                          "stepup_for.password",

	"POST /network/recoveries":                     "stepup_for.recovery_ask",
	"POST /network/recoveries/{recovery}/approve":  "stepup_for.approve",
	"POST /network/recoveries/{recovery}/withdraw": "stepup_for.withdraw",
}

// purpose says for what a proof is asked; nil where there are no words for it, or where it
// is about somebody who is not the caller's to know: the act itself will be refused.
func (p *Portal) purpose(r *http.Request, c signin.Caller) (*page.Message, error) {
	key, ok := purposes[r.Pattern]
	if !ok {
		return nil, nil
	}
	m := &page.Message{Key: key}
	var name string
	var err error
	switch {
	case ident.Valid(r.PathValue("person")):
		name, err = p.Register.Name(r.Context(), c, ident.PersonID(r.PathValue("person")))
	case r.PathValue("user") != "":
		name, err = p.userName(r, c, ident.UserID(r.PathValue("user")))
	case key == "stepup_for.user_new":
		name = r.PostFormValue("display_name")
	default:
		return m, nil
	}
	switch {
	case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Denied) || err == nil && name == "":
		return nil, nil
	case err != nil:
		return nil, err
	}
	m.Params = map[string]any{"name": name}
	return m, nil
}

// userName names an account of the own facility; empty for any other.
func (p *Portal) userName(r *http.Request, c signin.Caller, id ident.UserID) (string, error) {
	users, err := p.Manage.Users(r.Context(), c)
	if err != nil {
		return "", err
	}
	for _, u := range users {
		if u.ID == id {
			return u.DisplayName, nil
		}
	}
	return "", nil
}
