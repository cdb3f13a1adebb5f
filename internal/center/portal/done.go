package portal

import (
	"net/http"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

// doneCookie carries what has just been done over the redirect that follows a form, to
// the one page that says so: in the URL it would be said again at every reload.
const doneCookie = "__Host-mizuhiki-done"

// doneSeconds is how long a page may take to follow.
const doneSeconds = 30

// doneKeys are the texts that the cookie may ask for.
var doneKeys = []fault.Key{
	"password.done", "register.done", "links.linked", "links.unlinked", "links.own_unlinked", "links.corrected", "person.amended", amendedPartly, "person.confirmed", "consent.given", "consent.withdrawn",
	"users.roles_changed", "users.closed", "users.cleared", "users.reactivated", "users.unlocked", "recovery.asked", "recovery.asked_alone", "recovery.withdrawn", "setup.done", "release.done", "devices.revoke_done",
	"sessions.ended", "sessions.idle_done",
	"passkey.added", "passkey.renamed", "passkey.removed", "passkey.alone",
}

// amendedPartly says that demographics were corrected and hospitals disagree.
const amendedPartly fault.Key = "person.amended_partly"

// done leads on to a page after a form went through, which tells so.
func done(w http.ResponseWriter, r *http.Request, key fault.Key, to string) {
	keepCookie(w, doneCookie, string(key), doneSeconds)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// doneNotice is the notice of what led to the page; nil for nothing.
func doneNotice(r *http.Request) *page.Notice {
	c, err := r.Cookie(doneCookie)
	if err != nil || r.Method != http.MethodGet || !slices.Contains(doneKeys, fault.Key(c.Value)) {
		return nil
	}
	n := page.Done(fault.Key(c.Value), nil)
	if n.Key == amendedPartly { // whose links are suspended must not read that all is well
		n.Tone = page.ToneTrouble
	}
	return n
}
