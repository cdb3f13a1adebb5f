package portal

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
)

// Fields that the page of a proof adds to the form that it holds.
const (
	proofPasskey  = "stepup.passkey"
	proofPassword = "stepup.password"
	proofCode     = "stepup.code"
	proofOf       = "stepup.session" // whose the page was that asked
)

// act lets a handler act. A handler whose flow asks for a fresh proof of who the caller
// is ([signin.NeedFresh]) is answered with a page that asks for it. That page holds the
// form as it was sent and sends it again with the proof, to the same path: here the
// proof is taken out before the handler reads the form.
func (p *Portal) act(w http.ResponseWriter, r *http.Request, kind answerKind, c signin.Caller, h callerHandler) error {
	if r.Method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			return fault.New(fault.Invalid, "read form: %w", err)
		}
	}
	proof, of, given := takeProof(r)
	if of != "" && of != c.Session { // what somebody else was doing here does not go on
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	if given {
		token, fresh, err := p.SignIn.StepUp(r.Context(), c, proof)
		if key, _, _ := fault.Message(err); key == "session.ended" {
			p.sendToSignIn(w, r, wholePage)
			return nil
		} else if key == signin.KeyLocked { // locked in another tab while this one was being proved
			_, err := p.atLock(w, r, kind)
			return answered(err)
		}
		if err != nil {
			refused, err := notProved(err)
			if err != nil {
				return err
			}
			return p.askProof(w, r, c, refused)
		}
		keepCookie(w, sessionCookie, token, 0)
		c = fresh
		r = r.WithContext(context.WithValue(r.Context(), callerKey, c))
	}
	err := h(w, r, c)
	if key, _, _ := fault.Message(err); key != signin.KeyStepUp {
		return err
	}
	if kind == fragment {
		w.WriteHeader(http.StatusForbidden)
		return nil
	}
	return p.askProof(w, r, c, nil)
}

// askProof shows the page that asks for a proof, by what the caller has.
func (p *Portal) askProof(w http.ResponseWriter, r *http.Request, c signin.Caller, refused *page.Notice) error {
	passkeys, password, err := p.means(r, c)
	if err != nil {
		return err
	}
	view := page.StepUp{Shell: p.shell(r, c, "", "/account"), Back: back(r), Session: c.Session, Passkeys: passkeys, Password: password}
	view.Action, view.Fields = held(r)
	if view.Purpose, err = p.purpose(r, c); err != nil {
		return err
	}
	view.Notice = refused
	p.render(w, r, http.StatusUnauthorized, view)
	return nil
}

// means says by what somebody can prove who they are.
func (p *Portal) means(r *http.Request, c signin.Caller) (passkeys, password bool, err error) {
	own, err := p.SignIn.Own(r.Context(), c)
	return own.Possible && len(own.Passkeys) > 0, own.HasPassword, err
}

// stepUpOptions gives a script what it asks the caller's authenticator.
func (p *Portal) stepUpOptions(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	options, err := p.SignIn.AskStepUp(r.Context(), c, r.PostFormValue("origin"))
	if err != nil {
		return err
	}
	return answerJSON(w, options)
}

// takeProof takes a proof out of a form.
func takeProof(r *http.Request) (proof signin.Proof, of ident.SessionID, given bool) {
	given = r.PostForm.Has(proofPassword) || r.PostForm.Has(proofPasskey)
	proof = signin.Proof{Password: r.PostForm.Get(proofPassword), Code: r.PostForm.Get(proofCode)}
	if answer := r.PostForm.Get(proofPasskey); answer != "" {
		proof.Passkey = []byte(answer)
	}
	of = ident.SessionID(r.PostForm.Get(proofOf))
	for _, name := range []string{proofPasskey, proofPassword, proofCode, proofOf} {
		r.PostForm.Del(name)
		r.Form.Del(name)
	}
	return proof, of, given
}

// notProved is what somebody is told whose proof was none; anything else is given back.
func notProved(err error) (*page.Notice, error) {
	key, params, _ := fault.Message(err)
	switch key {
	case "signin.refused":
		key = "stepup.refused"
	case "signin.locked", credential.KeyBusy:
	default:
		return nil, err
	}
	return &page.Notice{Tone: page.ToneRefused, Message: page.Message{Key: key, Params: params}}, nil
}

// held is what was being done, for a page that asks for a proof first: a form to be sent
// again, or a page to be gone to.
func held(r *http.Request) (action string, fields []page.FormField) {
	to := func(path string) (string, []page.FormField) {
		return "/stepup", []page.FormField{{Name: "to", Value: path}}
	}
	switch {
	case r.Method != http.MethodPost:
		return to(r.URL.RequestURI())
	case r.URL.Path == "/password": // a page must not hold passwords: they are typed again
		return to("/password")
	case r.URL.Path == "/lock": // it is locked already
		return to(back(r))
	}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, value := range r.PostForm[name] {
			fields = append(fields, page.FormField{Name: name, Value: value})
		}
	}
	return r.URL.RequestURI(), fields
}

// back is the page from which a request came, if it is one of the portal.
func back(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	return ownPath(from.RequestURI())
}

// stepUpDone leads to the page for which a proof was asked.
func (p *Portal) stepUpDone(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	if err := signin.NeedFresh(c, p.Clock()); err != nil {
		return err
	}
	http.Redirect(w, r, ownPath(r.PostFormValue("to")), http.StatusSeeOther)
	return nil
}
