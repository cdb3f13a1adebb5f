package console

import (
	"maps"
	"net/http"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/page"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// Fields that the page of a proof adds to the form that it holds.
const (
	proofPassword = "stepup.password"
	proofCode     = "stepup.code"
	proofOf       = "stepup.login" // whose the page was that asked
)

// act answers people who do what outlasts their session. Where the handler asks for a
// fresh proof ([account.NeedFresh]), a page asks for it that holds the form as it was sent
// and sends it again with the proof, to the same path.
func (c *Console) act(h callerHandler) func(admission) http.Handler {
	return c.page(func(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
		if err := r.ParseForm(); err != nil {
			return fault.New(fault.Invalid, "read form: %w", err)
		}
		p := takeProof(r)
		if p.given && p.of != caller.Login { // what somebody else was doing here does not go on
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return nil
		}
		if p.given {
			token, fresh, err := c.Accounts.StepUp(r.Context(), caller, p.password, p.code)
			switch key, _, _ := fault.Message(err); {
			case key == "session.ended":
				c.sendToSignIn(w, r)
				return nil
			case key == "signin.refused":
				c.askProof(w, r, caller, &page.Notice{Tone: page.ToneRefused, Message: page.Message{Key: "stepup.refused"}})
				return nil
			case err != nil:
				return err
			}
			c.keepCookie(w, sessionCookie, token, 0)
			caller = fresh
		}
		err := h(w, r, caller)
		if key, _, _ := fault.Message(err); key == account.KeyStepUp {
			c.askProof(w, r, caller, nil)
			return nil
		}
		return err
	})
}

// proof is what somebody shows again.
type proof struct {
	password, code, of string
	given              bool
}

// takeProof takes a proof out of a form, so that no handler and no page sees it.
func takeProof(r *http.Request) proof {
	p := proof{r.PostForm.Get(proofPassword), r.PostForm.Get(proofCode), r.PostForm.Get(proofOf), r.PostForm.Has(proofPassword)}
	for _, name := range []string{proofPassword, proofCode, proofOf} {
		r.PostForm.Del(name)
		r.Form.Del(name)
	}
	return p
}

func (c *Console) askProof(w http.ResponseWriter, r *http.Request, caller account.Caller, refused *page.Notice) {
	back := "/messages"
	if r.URL.Path == "/messages/restore" {
		back = "/messages/dismissed"
	}
	view := page.StepUp{Shell: c.shell(r, caller, page.SectionMessages, back), Action: r.URL.Path, Back: back, Purpose: purpose(r)}
	view.Notice = refused
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, value := range r.PostForm[name] {
			view.Fields = append(view.Fields, page.FormField{Name: name, Value: value})
		}
	}
	c.render(w, r, http.StatusUnauthorized, view)
}

// purpose says what was being done.
func purpose(r *http.Request) page.Message {
	n := map[string]any{"n": len(r.PostForm["id"])}
	switch r.URL.Path {
	case "/messages/withdraw":
		return page.Message{Key: "stepup_for.withdraw"}
	case "/messages/restore":
		return page.Message{Key: "stepup_for.restore", Params: n}
	}
	if r.PostForm.Get("decision") == string(kept.File) {
		return page.Message{Key: "stepup_for.file", Params: n}
	}
	return page.Message{Key: "stepup_for.dismiss", Params: n}
}
