package portal

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// errAnswered says that a request has its answer already.
var errAnswered = errors.New("answered")

// atLock meets a request of a locked session. A script gets the status that makes it
// cover its page. A person gets the lock screen in place of what was asked for; it holds
// the form that was sent, and sends it again with a proof of who they are, for which the
// session goes on and the caller is given. Otherwise the error says what to answer.
func (p *Portal) atLock(w http.ResponseWriter, r *http.Request, kind answerKind) (signin.Caller, error) {
	if kind == fragment || r.Header.Get("Sec-Fetch-Dest") == "empty" { // a script asks, whatever for
		w.WriteHeader(http.StatusLocked)
		return signin.Caller{}, errAnswered
	}
	dev, err := p.device(r)
	if err != nil {
		return signin.Caller{}, err
	}
	if r.Method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			return signin.Caller{}, fault.New(fault.Invalid, "read form: %w", err)
		}
	}
	var refused *page.Notice
	proof, of, given := takeProof(r)
	if !p.isOf(r, dev, of) { // what somebody else was doing here is not held for this one either
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return signin.Caller{}, errAnswered
	}
	if given {
		token, err := p.SignIn.Unlock(r.Context(), dev, tokenOf(r), proof)
		if err == nil {
			keepCookie(w, sessionCookie, token, 0)
			return p.SignIn.Resume(r.Context(), dev, token, false)
		}
		if refused, err = notProved(err); err != nil {
			return signin.Caller{}, err
		}
	}
	card, err := p.lockCard(r, dev)
	if err != nil {
		return signin.Caller{}, err
	}
	card.Notice = refused
	card.Action, card.Fields = held(r)
	card.Kept = r.Method == http.MethodPost && card.Action != "/stepup"
	p.render(w, r, http.StatusUnauthorized, page.Lock{LockCard: card, Path: "/"})
	return signin.Caller{}, errAnswered
}

// lockCard is what the lock screen shows to whose session it is.
func (p *Portal) lockCard(r *http.Request, dev device.Device) (page.LockCard, error) {
	holder, err := p.SignIn.Holder(r.Context(), dev, tokenOf(r))
	if err != nil {
		return page.LockCard{}, err
	}
	passkeys, password, err := p.means(r, holder)
	return page.LockCard{Facility: holder.Home.Name, User: holder.DisplayName, Session: holder.Session, Passkeys: passkeys, Password: password}, err
}

// isOf reports whether the browser's session is the one for which a proof was asked: what
// somebody was doing does not go on by the proof of somebody else.
func (p *Portal) isOf(r *http.Request, dev device.Device, of ident.SessionID) bool {
	if of == "" {
		return true
	}
	holder, err := p.SignIn.Holder(r.Context(), dev, tokenOf(r))
	return err != nil || holder.Session == of // what is wrong with it shows where it is used
}

// sessionState tells a script whose session it is and how long a page may stay as it is,
// in seconds from now.
func (p *Portal) sessionState(w http.ResponseWriter, _ *http.Request, c signin.Caller) error {
	body, err := json.Marshal(struct {
		Session string `json:"session"`
		Locks   int    `json:"locks"`
	}{string(c.Session), locksIn(p.Clock(), c)})
	if err != nil {
		return err
	}
	return answerJSON(w, body)
}

// locksIn is how many seconds a page may stay as it is: until the session locks itself, or
// ends.
func locksIn(now time.Time, c signin.Caller) int {
	until := c.LocksAt
	if c.EndsAt.Before(until) {
		until = c.EndsAt
	}
	return max(0, int(until.Sub(now)/time.Second))
}

// lock locks the screen by hand. Scripts cover the page by themselves; without one the
// page that follows is the lock screen.
func (p *Portal) lock(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	if err := p.SignIn.Lock(r.Context(), c); err != nil {
		return err
	}
	http.Redirect(w, r, back(r), http.StatusSeeOther)
	return nil
}

// lockScreen gives a script the lock screen to lay over a page.
func (p *Portal) lockScreen(w http.ResponseWriter, r *http.Request, dev device.Device) error {
	return p.lockAnswer(w, r, dev, http.StatusOK, nil)
}

func (p *Portal) lockAnswer(w http.ResponseWriter, r *http.Request, dev device.Device, status int, refused *page.Notice) error {
	card, err := p.lockCard(r, dev)
	if fault.Is(err, fault.Denied) {
		w.WriteHeader(http.StatusUnauthorized) // it has ended: the page is to be loaded anew
		return nil
	}
	if err != nil {
		return err
	}
	card.Action, card.Notice, card.Kept = "/unlock", refused, true
	p.render(w, r, status, card)
	return nil
}

// unlock lets a session go on whose page a script has covered. Refused, it answers with
// the lock screen again.
func (p *Portal) unlock(w http.ResponseWriter, r *http.Request, dev device.Device) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "read form: %w", err)
	}
	proof, of, _ := takeProof(r)
	if !p.isOf(r, dev, of) { // somebody else has come meanwhile: the page is to be loaded anew
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	token, err := p.SignIn.Unlock(r.Context(), dev, tokenOf(r), proof)
	if err == nil {
		keepCookie(w, sessionCookie, token, 0)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if key, _, _ := fault.Message(err); key == "session.ended" {
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	refused, err := notProved(err)
	if err != nil {
		return err
	}
	return p.lockAnswer(w, r, dev, http.StatusOK, refused)
}

// unlockOptions gives a script what it asks the authenticator of whose session it is.
func (p *Portal) unlockOptions(w http.ResponseWriter, r *http.Request, dev device.Device) error {
	holder, err := p.SignIn.Holder(r.Context(), dev, tokenOf(r))
	if fault.Is(err, fault.Denied) {
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	if err != nil {
		return err
	}
	return p.stepUpOptions(w, r, holder)
}
