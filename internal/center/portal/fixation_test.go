package portal

import (
	"net/http"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/access"
)

// Whoever plants a cookie at a terminal, even that of a session of their own there, does
// not come into the session of the next who signs in, by whatever means: it gets a secret
// that was never seen before, and the planted one opens nothing any more. Before signing in
// there is no secret that could be taken over.
func TestReq_SESS06_plantedCookie(t *testing.T) {
	for name, tc := range map[string]struct {
		setup  bool
		signIn func(t *testing.T, b *browser, code string, answer func() string)
		to     string
	}{
		"by password": {false, func(t *testing.T, b *browser, _ string, _ func() string) {
			b.signIn("jiro", secret).want(t, http.StatusSeeOther, "/")
		}, "/patients"},
		"by passkey": {false, func(t *testing.T, b *browser, _ string, answer func() string) {
			b.post("/signin/passkey", "answer", answer()).want(t, http.StatusSeeOther, "/")
		}, "/patients"},
		"by setup code": {true, func(t *testing.T, b *browser, code string, _ func() string) {
			b.post("/signin/setup", "login", "jiro", "code", code).want(t, http.StatusSeeOther, "/welcome")
		}, "/welcome"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, own := range []bool{false, true} {
				d := newDesk(t)
				b, created := d.account(d.home.ID, who{login: "jiro", roles: []access.Role{access.RoleViewer}, setup: tc.setup})
				var answer func() string
				if !tc.setup {
					b.resume()
					key := b.holder(t)
					b.post("/signout")
					answer = func() string { return string(key.Sign(b.options(t, "/signin/options"))) }
				}
				for _, path := range []string{"/signin", "/signin/setup"} {
					for _, c := range b.get(path).Cookies() {
						if c.Name == sessionCookie && c.MaxAge >= 0 {
							t.Errorf("%s gives a secret before anybody has signed in", path)
						}
					}
				}
				planted := "planted"
				if own { // of somebody who may use this terminal
					attacker := d.doctor()
					attacker.cert, attacker.dev = b.cert, b.dev
					attacker.resume()
					planted = attacker.cookies[sessionCookie]
					attacker.get("/patients").want(t, http.StatusOK, "")
				}
				b.cookies[sessionCookie] = planted
				tc.signIn(t, b, created.Code, answer)
				if got := b.cookies[sessionCookie]; got == planted || len(got) < 43 {
					t.Errorf("the session has the secret %q", got)
				}
				b.get(tc.to).want(t, http.StatusOK, "")
				b.cookies[sessionCookie] = planted
				b.get("/patients").want(t, http.StatusSeeOther, "/signin?ended=1")
			}
		})
	}
}
