package portal

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// signIn comes in by the front door.
func (b *browser) signIn(login, secret string) answer {
	b.d.Helper()
	code, err := totp.GenerateCode(secret, b.d.Now)
	if err != nil {
		b.d.Fatal(err)
	}
	return b.post("/signin", "login", login, "password", password, "code", code)
}

// A token stands for the session's secret, which is another one every time.
const token = "TOKEN"

// cookiesOf gives the cookies that an answer sets, as the browser reads them.
func (a answer) cookiesOf(secret string) []string {
	var out []string
	for _, line := range a.Header.Values("Set-Cookie") {
		if secret != "" {
			line = strings.ReplaceAll(line, secret, token)
		}
		out = append(out, line)
	}
	return out
}

func TestReq_SESS02_cookies(t *testing.T) {
	d := newDesk(t)
	b, _ := d.account(d.home.ID, who{login: "jiro", roles: []access.Role{access.RoleViewer}})
	const tail = "; HttpOnly; Secure; SameSite=Lax"

	in := b.signIn("jiro", secret)
	in.want(t, http.StatusSeeOther, "/")
	secret := b.cookies[sessionCookie]
	if len(secret) != 43 { // 256 bits in base64
		t.Errorf("the secret has %d characters, want 43", len(secret))
	}
	language := b.post("/language", "language", "en", "to", "/patients")
	done := b.post("/password", "old", password, "new", "w3tqa8r5", "again", "w3tqa8r5")
	out := b.post("/signout")
	for name, tc := range map[string]struct {
		got  answer
		want []string
	}{
		"sign-in":  {in, []string{"__Host-mizuhiki=" + token + "; Path=/" + tail}},
		"language": {language, []string{"__Host-mizuhiki-lang=en; Path=/; Max-Age=31536000" + tail}},
		"done":     {done, []string{"__Host-mizuhiki-done=password.done; Path=/; Max-Age=30" + tail}},
		"sign-out": {out, []string{"__Host-mizuhiki=; Path=/; Max-Age=0" + tail}},
	} {
		if diff := cmp.Diff(tc.want, tc.got.cookiesOf(secret)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	b.cookies[sessionCookie] = secret // kept by somebody
	b.get("/patients").want(t, http.StatusSeeOther, "/signin?ended=1")
}

func TestReq_SESS01_idleSessionLocks(t *testing.T) {
	d := newDesk(t)
	part := d.path("/views/" + ident.New[string]() + "/" + string(d.other.ID))
	for name, tc := range map[string]struct {
		meanwhile string // asked for after ten minutes
		locked    bool   // after sixteen
	}{
		"nothing keeps it open":          {"", true},
		"a page keeps it open":           {"/password", false},
		"what a script asks by itself":   {part, true},
		"how long it goes on":            {"/session", true},
		"scripts and styles":             {"/assets/knot.svg", true},
		"the sign-in page in a tab":      {"/signin", true},
		"a document opened by the hand":  {d.path("/items/" + string(d.other.ID) + "/" + string(d.item)), false},
		"a page that does not exist too": {"/no/such/page", false},
	} {
		t.Run(name, func(t *testing.T) {
			b := d.doctor()
			d.Now = d.Now.Add(10 * time.Minute)
			if tc.meanwhile != "" {
				b.get(tc.meanwhile)
			}
			d.Now = d.Now.Add(6 * time.Minute)
			got := b.get("/patients")
			if !tc.locked {
				got.want(t, http.StatusOK, "")
				return
			}
			got.want(t, http.StatusUnauthorized, "")
			got.shows(t, "画面ロック中")
			if strings.Contains(got.body, "data-session") || len(got.Cookies()) > 0 {
				t.Error("the lock screen is more than a lock screen, or drops the session")
			}
		})
	}
}

func TestReq_SESS01_absoluteEnd(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	for range 12 * 6 {
		b.get("/password").want(t, http.StatusOK, "")
		d.Now = d.Now.Add(10 * time.Minute)
	}
	b.get("/password").want(t, http.StatusSeeOther, "/signin?ended=1")
}

func TestReq_SESS03_cookieAtAnotherTerminal(t *testing.T) {
	for name, certificate := range map[string]func(d *desk) string{
		"another terminal of the facility": func(d *desk) string { return d.terminal(d.home.ID).cert },
		"another facility's terminal":      func(d *desk) string { return d.terminal(d.other.ID).cert },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			b := d.doctor()
			thief := &browser{d: d, cert: certificate(d), cookies: map[string]string{sessionCookie: b.cookies[sessionCookie]}}
			thief.get(d.path("")).want(t, http.StatusSeeOther, "/signin?ended=1")
			if rows := d.Events(audit.ActionProbe); len(rows) != 1 || rows[0].User != b.user.ID {
				t.Errorf("the log has %d rows of it", len(rows))
			}
			b.get("/patients").want(t, http.StatusSeeOther, "/signin?ended=1") // it has been copied: nobody goes on
		})
	}
	t.Run("no certificate, an unknown one", func(t *testing.T) {
		d := newDesk(t)
		b := d.doctor()
		b.do(http.MethodGet, "/patients", nil, func(r *http.Request) { r.TLS = nil }).want(t, http.StatusSeeOther, "/signin?ended=1")
		stranger := &browser{d: d, cert: "unknown", cookies: map[string]string{}}
		if got := stranger.do(http.MethodGet, "/signin", nil); got.StatusCode != http.StatusNotFound || !strings.Contains(got.body, "電子証明書") {
			t.Errorf("status %d, or the page does not speak of the certificate", got.StatusCode)
		}
	})
}

func TestReq_SESS05_endedMidUse(t *testing.T) {
	for name, end := range map[string]func(ctx context.Context, tx *db.Tx, b *browser) error{
		"sessions ended": func(ctx context.Context, tx *db.Tx, b *browser) error {
			return accountdb.Store{}.EndSessions(ctx, tx, b.user.ID, "", b.d.Now)
		},
		"account closed": func(ctx context.Context, tx *db.Tx, b *browser) error {
			return accountdb.Store{}.Close(ctx, tx, b.user.ID, b.d.Now)
		},
		"terminal revoked": func(ctx context.Context, tx *db.Tx, b *browser) error {
			d, err := devicedb.Store{}.Device(ctx, tx, b.dev)
			if err != nil {
				return err
			}
			return devicedb.Store{}.Revoke(ctx, tx, d, "test", device.Ceased, b.d.Now)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			b := d.doctor()
			part := partPath.FindStringSubmatch(b.get(d.path("/labs")).body)[1]
			d.InTx(func(ctx context.Context, tx *db.Tx) error { return end(ctx, tx, b) })
			secret := b.cookies[sessionCookie]
			for path, to := range map[string]string{
				d.path("/labs"): "/signin?ended=1",
				part:            "",
				d.path("/items/" + string(d.other.ID) + "/" + string(d.item)): "",
				d.path("/fetch?facility=" + string(d.other.ID)):               "",
			} {
				b.cookies[sessionCookie] = secret
				got := b.get(path)
				want := http.StatusUnauthorized
				if to != "" {
					want = http.StatusSeeOther
				}
				got.want(t, want, to)
				if to == "" && got.body != "" {
					t.Errorf("%s: a script is answered %q", path, got.body)
				}
				if b.cookies[sessionCookie] != secret {
					t.Errorf("%s: the cookie was changed; another tab may just have got a new one", path)
				}
			}
			delete(b.cookies, sessionCookie)
			b.get("/patients").want(t, http.StatusSeeOther, "/signin") // nobody was there: nothing has ended
		})
	}
}

func TestReq_SESS06_newSecretAtSignIn(t *testing.T) {
	d := newDesk(t)
	b, _ := d.account(d.home.ID, who{login: "jiro", roles: []access.Role{access.RoleViewer}})
	b.cookies[sessionCookie] = "planted"
	b.signIn("jiro", secret).want(t, http.StatusSeeOther, "/")
	former := b.cookies[sessionCookie]
	if former == "planted" {
		t.Error("the planted secret opens a session")
	}
	d.Now = d.Now.Add(account.IdleTimeout / 10)
	b.signIn("jiro", secret).want(t, http.StatusSeeOther, "/")
	later := b.cookies[sessionCookie]
	if later == former {
		t.Error("a new sign-in keeps the secret")
	}
	b.get("/patients").want(t, http.StatusOK, "")
	b.cookies[sessionCookie] = former
	b.get("/patients").want(t, http.StatusSeeOther, "/signin?ended=1")
}

func TestSignIn_refused(t *testing.T) {
	d := newDesk(t)
	b, _ := d.account(d.home.ID, who{login: "jiro", roles: []access.Role{access.RoleViewer}})
	code, err := totp.GenerateCode(secret, d.Now)
	if err != nil {
		t.Fatal(err)
	}
	for name, form := range map[string][]string{
		"a wrong password":        {"login", "jiro", "password", "x9k2m4p8", "code", code},
		"a wrong code":            {"login", "jiro", "password", password, "code", "000000"},
		"somebody who is unknown": {"login", "saburo", "password", password, "code", code},
	} {
		t.Run(name, func(t *testing.T) {
			got := d.terminal(d.home.ID).post("/signin", form...)
			got.want(t, http.StatusUnauthorized, "")
			got.shows(t, `value="`+form[1]+`"`, "ログインできませんでした")
			if len(got.Cookies()) > 0 || strings.Contains(got.body, form[3]) || strings.Contains(got.body, `value="`+form[5]) {
				t.Error("the refusal sets a cookie or repeats a secret")
			}
		})
	}
	b.get("/signin?ended=1").shows(t, "ログアウトされました", d.home.Name)
}

func TestHome(t *testing.T) {
	d := newDesk(t)
	for name, tc := range map[string]struct {
		by *browser
		to string
	}{
		"doctor":   {d.doctor(), "/patients"},
		"clerk":    {d.clerk(), "/patients"},
		"manager":  {d.manager(), "/manage/users"},
		"operator": {d.in(who{profession: access.Clerk, roles: []access.Role{access.RoleOperator}}), "/network/recoveries"},
	} {
		t.Run(name, func(t *testing.T) { tc.by.get("/").want(t, http.StatusSeeOther, tc.to) })
	}
}

func TestPassword(t *testing.T) {
	d := newDesk(t)
	for name, tc := range map[string]struct {
		old, next, again string
		errors           map[string]string
	}{
		"the old one is wrong":    {"x9k2m4p8", "w3tqa8r5", "w3tqa8r5", map[string]string{"old": "現在のパスワードが違います。"}},
		"the new ones differ":     {password, "w3tqa8r5", "w3tqa8r6", map[string]string{"again": "確認用のパスワードが一致しません。"}},
		"the new one is short":    {password, "w3t", "w3t", map[string]string{"new": "パスワードの長さが決まりに合いません(8文字以上)。"}},
		"the new one is the same": {password, password, password, map[string]string{"new": "以前に使ったパスワードは使えません。"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := d.doctor().post("/password", "old", tc.old, "new", tc.next, "again", tc.again)
			got.want(t, http.StatusUnprocessableEntity, "")
			if diff := cmp.Diff(tc.errors, got.errors()); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if strings.Contains(got.body, tc.old) || strings.Contains(got.body, tc.next) {
				t.Error("the page repeats a password")
			}
		})
	}
	t.Run("locked after many failures", func(t *testing.T) {
		b := d.doctor()
		var got answer
		for range 12 {
			got = b.post("/password", "old", "x9k2m4p8", "new", "w3tqa8r5", "again", "w3tqa8r5")
		}
		got.want(t, http.StatusUnprocessableEntity, "")
		if text := got.errors()["old"]; !strings.Contains(text, "一時的に") {
			t.Errorf("the old password's field says %q", text)
		}
	})
	t.Run("changed", func(t *testing.T) {
		b := d.doctor()
		b.post("/password", "old", password, "new", "w3tqa8r5", "again", "w3tqa8r5").want(t, http.StatusSeeOther, "/")
		b.get("/").want(t, http.StatusSeeOther, "/patients")
		b.get("/patients").shows(t, "パスワードを変更しました。")
		if again := b.get("/patients"); strings.Contains(again.body, "パスワードを変更しました。") {
			t.Error("it is said a second time")
		}
	})
}

func TestLanguage(t *testing.T) {
	d := newDesk(t)
	b := d.terminal(d.home.ID)
	b.post("/language", "language", "en", "to", "/signin").want(t, http.StatusSeeOther, "/signin")
	b.get("/signin").shows(t, `<html lang="en">`, "Sign in")
	b.post("/language", "language", "xx", "to", "/signin")
	b.get("/signin").shows(t, `<html lang="ja">`)

	doctor := d.doctor()
	doctor.get("/patients").shows(t, `<html lang="ja">`)
	to := d.path("?form=list&span=1y")
	doctor.post("/language", "language", "en", "to", to).want(t, http.StatusSeeOther, to)
	doctor.get("/patients").shows(t, `<html lang="en">`)
	delete(doctor.cookies, languageCookie) // it is the account's, wherever it signs in
	if got := doctor.get(d.path("/nothing")); got.StatusCode != http.StatusNotFound || got.Header.Get("Content-Language") != "en" {
		t.Errorf("status %d in %q", got.StatusCode, got.Header.Get("Content-Language"))
	}
}

// Where pages say that the language switch comes back to must be a page.
func TestLanguage_comesBack(t *testing.T) {
	d := newDesk(t)
	all := d.in(who{profession: access.Nurse, roles: []access.Role{access.RoleViewer, access.RoleLiaison, access.RoleManager}})
	for _, path := range []string{
		"/patients", "/register", "/password", "/manage/users", "/manage/release", "/manage/log", "/manage/devices",
		d.path(""), d.path("?form=list"), d.path("/links"), d.path("/labs"), d.path("/medications"), d.path("/conditions"), d.path("/encounters"),
	} {
		all.get(path).shows(t, `<input type="hidden" name="to" value="`+path+`">`)
	}
	// A page that answered a form comes back to its own GET.
	all.post(d.path("/revoke"), "reason", "").shows(t, `name="to" value="`+d.path("/links")+`"`)
}

func TestOwnPath(t *testing.T) {
	for path, want := range map[string]string{
		"/patients":                 "/patients",
		"/patients/x?form=list":     "/patients/x?form=list",
		"":                          "/",
		"patients":                  "/",
		"https://evil.example/":     "/",
		"//evil.example/":           "/",
		"///evil.example/":          "/",
		"/\\evil.example/":          "/",
		"\\\\evil.example/":         "/",
		"/\t/evil.example/":         "/",
		"/\n/evil.example/":         "/",
		"/x\r\nSet-Cookie: a=b":     "/",
		"javascript:alert(1)":       "/",
		"%2f%2fevil.example":        "/",
		"http:evil.example":         "/",
		" //evil.example":           "/",
		"/.//evil.example":          "/",
		"/..//evil.example":         "/",
		"/signin?to=//evil.example": "/signin?to=//evil.example",
	} {
		if got := ownPath(path); got != want {
			t.Errorf("ownPath(%q) = %q, want %q", path, got, want)
		}
	}
}

// Wherever the switch is told to go, the browser stays at the portal.
func FuzzOwnPath(f *testing.F) {
	for _, seed := range []string{"/patients?x=1", "//evil.example", "/.//evil.example", "/\\evil", "http:x", "/%2f/evil"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://portal.example/language")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := ownPath(path)
		to, err := base.Parse(got)
		if err != nil || to.Host != base.Host || to.Scheme != base.Scheme || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.HasPrefix(to.Path, "//") {
			t.Errorf("ownPath(%q) = %q leads to %v, %v", path, got, to, err)
		}
	})
}
