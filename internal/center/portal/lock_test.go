package portal

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
)

// idle leaves a terminal alone until its session has locked itself.
func (d *desk) idle() { d.Now = d.Now.Add(account.IdleTimeout) }

// A page is asked for again where the lock came, and what was typed goes on.
func TestReq_SESS01_lockKeepsWhatWasDone(t *testing.T) {
	d := newDesk(t)
	b, _ := d.account(d.home.ID, who{profession: access.Clerk, roles: []access.Role{access.RoleLiaison}})
	b.resume()
	d.idle()
	screen := b.get(d.path("/links"))
	screen.want(t, http.StatusUnauthorized, "")
	screen.shows(t, "画面ロック中", b.user.DisplayName, d.home.Name)
	if strings.Contains(screen.body, d.patient.Name) {
		t.Error("the lock screen names the patient")
	}
	form := screen.stepUpForm(t)
	b.do(http.MethodPost, "/stepup", b.proved(form, secret)).want(t, http.StatusSeeOther, d.path("/links"))
	b.get(d.path("/links")).want(t, http.StatusOK, "")

	d.idle()
	sent := url.Values{"reason": {"ご本人の申し出"}}
	screen = b.do(http.MethodPost, d.path("/revoke"), sent)
	screen.want(t, http.StatusUnauthorized, "")
	if n := len(d.Events(audit.ActionConsentRevoke)); n != 0 {
		t.Fatal("a locked session did something")
	}
	wrong := screen.stepUpForm(t)
	wrong.Set(proofPassword, "typed-in-vain-7")
	wrong.Set(proofCode, "123456")
	screen = b.do(http.MethodPost, d.path("/revoke"), wrong)
	screen.want(t, http.StatusUnauthorized, "")
	screen.shows(t, "確認できませんでした", `name="reason" value="ご本人の申し出"`)
	if strings.Contains(screen.body, "typed-in-vain") {
		t.Error("the page holds the proof that was typed")
	}
	b.do(http.MethodPost, d.path("/revoke"), b.proved(screen.stepUpForm(t), secret)).want(t, http.StatusSeeOther, d.path("/links"))
	if n := len(d.Events(audit.ActionConsentRevoke)); n != 1 {
		t.Errorf("%d rows of the withdrawal after the lock, want 1", n)
	}
}

// What a script does that has covered its page.
func TestReq_SESS01_lockScreenOverAPage(t *testing.T) {
	d := newDesk(t)
	b, _ := d.account(d.home.ID, who{roles: []access.Role{access.RoleViewer}})
	b.resume()
	var state struct {
		Session string
		Locks   int
	}
	if err := json.Unmarshal([]byte(b.get("/session").body), &state); err != nil || state.Locks != 15*60 || state.Session == "" {
		t.Fatalf("session state %+v, %v", state, err)
	}
	d.Now = d.Now.Add(10 * time.Minute)
	b.post("/session").want(t, http.StatusOK, "") // a hand that types
	d.Now = d.Now.Add(10 * time.Minute)
	b.get("/session").want(t, http.StatusOK, "")
	d.Now = d.Now.Add(5 * time.Minute)
	for _, ask := range []func() answer{
		func() answer { return b.get("/session") },
		func() answer { return b.post("/session") },
		func() answer { return b.get(d.path("/items/" + string(d.other.ID) + "/" + string(d.item))) },
		func() answer { return b.post("/stepup/options", "origin", "x") },
	} {
		if got := ask(); got.StatusCode != http.StatusLocked || got.body != "" {
			t.Errorf("a script of a locked session gets %d, %q", got.StatusCode, got.body)
		}
	}
	screen := b.get("/lock")
	screen.want(t, http.StatusOK, "")
	screen.shows(t, b.user.DisplayName, `action="/unlock"`)
	if strings.Contains(screen.body, "<html") {
		t.Error("the lock screen for a script is a whole page")
	}
	refused := b.do(http.MethodPost, "/unlock", url.Values{proofPassword: {"x"}, proofCode: {"000000"}})
	refused.want(t, http.StatusOK, "")
	refused.shows(t, "確認できませんでした")
	before := b.cookies[sessionCookie]
	b.do(http.MethodPost, "/unlock", b.proved(url.Values{}, secret)).want(t, http.StatusNoContent, "")
	if b.cookies[sessionCookie] == before {
		t.Error("the session kept its token")
	}
	again := state
	if err := json.Unmarshal([]byte(b.get("/session").body), &again); err != nil || again.Session != state.Session {
		t.Errorf("goes on as %+v, %v", again, err)
	}
	for _, path := range []string{"/lock", "/session"} {
		stranger := d.terminal(d.home.ID)
		stranger.get(path).want(t, http.StatusUnauthorized, "")
	}
	d.terminal(d.home.ID).do(http.MethodPost, "/unlock", b.proved(url.Values{}, secret)).want(t, http.StatusUnauthorized, "")
}

func TestReq_SESS01_lockByHand(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	b.post("/lock").want(t, http.StatusSeeOther, "/")
	b.get("/patients").want(t, http.StatusUnauthorized, "")
	// Whoever comes next ends it: nothing of it is left.
	token := b.cookies[sessionCookie]
	b.post("/signout").want(t, http.StatusSeeOther, "/signin")
	b.cookies[sessionCookie] = token
	b.get("/patients").want(t, http.StatusSeeOther, "/signin?ended=1")
	if n := len(d.Events(audit.ActionSessionLock)); n != 1 {
		t.Errorf("%d rows of the lock, want 1", n)
	}
}

// Somebody else who signs in at a locked screen ends the session that was there.
func TestReq_SESS06_signInEndsTheFormer(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	former := b.cookies[sessionCookie]
	next, _ := d.account(d.home.ID, who{login: "jiro", roles: []access.Role{access.RoleViewer}})
	d.idle()
	next.cert, next.cookies = b.cert, map[string]string{sessionCookie: former}
	next.signIn("jiro", secret).want(t, http.StatusSeeOther, "/")
	b.cookies[sessionCookie] = former
	b.get("/patients").want(t, http.StatusSeeOther, "/signin?ended=1")
}

func TestReq_SESS05_managerEndsSessionsInThePortal(t *testing.T) {
	d := newDesk(t)
	boss, _ := d.account(d.home.ID, who{profession: access.Clerk, roles: []access.Role{access.RoleManager}})
	boss.resume()
	doctor := d.doctor()
	boss.get("/manage/sessions").shows(t, doctor.user.DisplayName, "利用者別")
	boss.get("/manage/sessions?by=device").want(t, http.StatusOK, "")
	boss.post("/manage/sessions/end", "user", string(doctor.user.ID)).want(t, http.StatusSeeOther, "/manage/sessions")
	doctor.get("/patients").want(t, http.StatusSeeOther, "/signin?ended=1")
	boss.post("/manage/sessions/end").want(t, http.StatusUnprocessableEntity, "")
	boss.post("/manage/sessions/end", "all", "1", "user", "x").want(t, http.StatusUnprocessableEntity, "")
	boss.post("/manage/sessions/idle", "minutes", "5").want(t, http.StatusSeeOther, "/manage/sessions")
	boss.get("/manage/sessions").shows(t, `<option value="5" selected>`)
	boss.post("/manage/sessions/idle", "minutes", "600").shows(t, "3分から15分")
	boss.get("/manage/log?kind=signin").shows(t, "強制ログアウト")
	boss.post("/manage/sessions/end", "all", "1").want(t, http.StatusSeeOther, "/signin")
	boss.get("/manage/users").want(t, http.StatusSeeOther, "/signin")
}

func TestReq_SESS05_ownSessionsInThePortal(t *testing.T) {
	d := newDesk(t)
	here, _ := d.account(d.home.ID, who{login: "jiro", roles: []access.Role{access.RoleViewer}})
	here.signIn("jiro", secret)
	d.Now = d.Now.Add(time.Minute)
	there := d.terminal(d.home.ID)
	there.signIn("jiro", secret)
	page := here.get("/account")
	page.shows(t, "ログイン中の端末", "ログイン履歴")
	other := regexp.MustCompile(`action="(/account/sessions/[a-z2-7]{26}/end)"`).FindAllStringSubmatch(page.body, -1)
	if len(other) != 1 {
		t.Fatalf("%d sessions can be ended, want the one elsewhere", len(other))
	}
	here.post(other[0][1]).want(t, http.StatusSeeOther, "/account")
	there.get("/patients").want(t, http.StatusSeeOther, "/signin?ended=1")
	here.get("/patients").want(t, http.StatusOK, "")
	here.post("/account/sessions/end").want(t, http.StatusSeeOther, "/signin")
	here.get("/patients").want(t, http.StatusSeeOther, "/signin")
}

// What somebody was doing goes on by their own proof alone, also at a terminal where
// somebody else has come in meanwhile.
func TestReq_SESS01_anothersProofDoesNothing(t *testing.T) {
	d := newDesk(t)
	a, _ := d.account(d.home.ID, who{profession: access.Clerk, roles: []access.Role{access.RoleLiaison}})
	a.resume()
	d.idle()
	form := a.do(http.MethodPost, d.path("/revoke"), url.Values{"reason": {"ご本人の申し出"}}).stepUpForm(t)
	b, _ := d.account(d.home.ID, who{profession: access.Clerk, roles: []access.Role{access.RoleLiaison}})
	b.cert, b.dev = a.cert, a.dev
	b.resume()
	for name, locked := range map[string]bool{"at work": false, "locked": true} {
		t.Run(name, func(t *testing.T) {
			if locked {
				d.idle()
			}
			got := b.do(http.MethodPost, d.path("/revoke"), b.proved(maps.Clone(form), secret))
			got.want(t, http.StatusSeeOther, "/") // and the form is gone
			if n := len(d.Events(audit.ActionStepUp)) + len(d.Events(audit.ActionConsentRevoke)); n != 0 {
				t.Error("the proof was taken, or consent was withdrawn")
			}
		})
	}
	b.do(http.MethodPost, "/unlock", b.proved(url.Values{proofOf: form[proofOf]}, secret)).want(t, http.StatusUnauthorized, "")
}

// The screen of a terminal that nobody sits at holds no passwords.
func TestReq_SESS01_lockHoldsNoPasswords(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	d.idle()
	screen := b.post("/password", "old", "typed-old-1", "new", "typed-new-1", "again", "typed-new-1")
	screen.want(t, http.StatusUnauthorized, "")
	if strings.Contains(screen.body, "typed-") {
		t.Error("the lock screen holds a password")
	}
	screen.shows(t, `name="to" value="/password"`)
	if screen = b.post("/lock"); strings.Contains(screen.body, `action="/lock"`) {
		t.Error("locking what is locked asks for two proofs")
	}
}
