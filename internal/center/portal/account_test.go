package portal

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
)

// origin is the portal's address in these tests.
const origin = "https://portal.example.jp"

// options asks for what a script asks an authenticator.
func (b *browser) options(t *testing.T, path string) []byte {
	t.Helper()
	got := b.post(path, "origin", origin)
	got.want(t, http.StatusOK, "")
	if ct := got.Header.Get("Content-Type"); ct != "application/json" {
		t.Errorf("%s answers %s", path, ct)
	}
	return []byte(got.body)
}

// holder gives whoever has signed in at b a passkey.
func (b *browser) holder(t *testing.T) *flowtest.Authenticator {
	t.Helper()
	a := flowtest.NewAuthenticator(t, origin)
	b.post("/account/passkeys", "name", "診察室のPC", "answer", string(a.Make(b.options(t, "/account/passkeys/options")))).want(t, http.StatusSeeOther, "/account")
	return a
}

var passkeyPath = regexp.MustCompile(`action="(/account/passkeys/[a-z2-7]{26})/name"`)

func TestReq_AUTH03_signInByPasskey(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	b.get("/signin").shows(t, `<details class="signin-other" data-passkey-other open>`) // nobody has one yet
	a := b.holder(t)
	b.post("/signout")

	page := b.get("/signin")
	page.shows(t, `action="/signin/passkey"`, `<details class="signin-other" data-passkey-other>`)
	before := b.cookies[sessionCookie]
	b.post("/signin/passkey", "answer", string(a.Sign(b.options(t, "/signin/options")))).want(t, http.StatusSeeOther, "/")
	if b.cookies[sessionCookie] == "" || b.cookies[sessionCookie] == before {
		t.Error("no new session")
	}
	b.get("/patients").want(t, http.StatusOK, "")
}

// Whatever is wrong, the answer is that of a wrong password, byte by byte.
func TestReq_AUTH03_refusalsLookAlike(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	a := b.holder(t)
	b.post("/signout")
	options := b.options(t, "/signin/options")
	phished := *a
	phished.Page.Origin = "https://evil.example"
	unknown := flowtest.NewAuthenticator(t, origin)
	unknown.Auth.Options.UserHandle = a.Auth.Options.UserHandle
	want := b.post("/signin/passkey", "answer", "nonsense")
	want.want(t, http.StatusUnauthorized, "")
	want.shows(t, "ログインできませんでした")
	for _, tc := range []struct {
		name   string
		answer []byte
	}{
		{"another site's page", phished.Sign(options)},
		{"an unknown passkey", unknown.Sign(b.options(t, "/signin/options"))},
		{"a used challenge", a.Sign(options)},
	} {
		if got := b.post("/signin/passkey", "answer", string(tc.answer)); got.StatusCode != http.StatusUnauthorized || got.body != want.body || len(got.Cookies()) > 0 {
			t.Errorf("%s is told apart: status %d", tc.name, got.StatusCode)
		}
	}
	stranger := &browser{d: d, cert: "unknown", cookies: map[string]string{}}
	stranger.post("/signin/options", "origin", origin).want(t, http.StatusNotFound, "")
	elsewhere := b.post("/signin/options", "origin", "https://evil.example")
	elsewhere.want(t, http.StatusUnprocessableEntity, "")
}

func TestReq_AUTH10_proofByPasskey(t *testing.T) {
	d := newDesk(t)
	b, _ := d.account(d.home.ID, who{profession: access.Clerk, roles: []access.Role{access.RoleManager}})
	b.resume()
	a := b.holder(t)
	d.Now = d.Now.Add(6 * time.Minute)
	form := url.Values{"login": {"shiro"}, "display_name": {"結 四郎"}, "profession": {"nurse"}, "roles": {"viewer"}}
	asked := b.do(http.MethodPost, "/manage/users", form)
	asked.want(t, http.StatusUnauthorized, "")
	asked.shows(t, `data-options="/stepup/options"`, "stepup-password")
	form.Set(proofPasskey, string(a.Sign(b.options(t, "/stepup/options"))))
	b.do(http.MethodPost, "/manage/users", form).want(t, http.StatusOK, "")
	if rows := d.Events(audit.ActionStepUp); len(rows) != 1 || rows[0].Detail["method"] != "passkey" {
		t.Errorf("audit rows %+v", rows)
	}
	d.Now = d.Now.Add(6 * time.Minute)
	form.Set("login", "goro") // and the answer a second time
	again := b.do(http.MethodPost, "/manage/users", form)
	again.want(t, http.StatusUnauthorized, "")
	again.shows(t, "確認できませんでした", `value="goro"`)
}

func TestAccount_passkeys(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	b.get("/account").shows(t, "登録されているパスキーはありません")
	named := b.post("/account/passkeys", "name", " ", "answer", "{}")
	named.want(t, http.StatusUnprocessableEntity, "")
	if got := named.errors()["name"]; got == "" {
		t.Error("nothing stands beside the name")
	}
	a := b.holder(t)
	page := b.get("/account")
	page.shows(t, "パスキーを追加しました", "診察室のPC", "未使用")
	b.post("/account/passkeys", "name", "PC", "answer", string(a.Make(b.options(t, "/account/passkeys/options")))).shows(t, "すでに登録されています")
	path := passkeyPath.FindStringSubmatch(page.body)[1]
	b.post(path+"/name", "name", "受付のPC").want(t, http.StatusSeeOther, "/account")
	b.get("/account").shows(t, "受付のPC", "名前を変更しました")
	d.doctor().post(path+"/remove").want(t, http.StatusNotFound, "")

	d.Now = d.Now.Add(6 * time.Minute)
	b.post("/account/passkeys/options", "origin", origin).want(t, http.StatusForbidden, "")
	b.get("/account/passkeys/new").want(t, http.StatusUnauthorized, "")
	b.post(path+"/remove").want(t, http.StatusUnauthorized, "")
	b.do(http.MethodPost, path+"/remove", url.Values{proofPasskey: {string(a.Sign(b.options(t, "/stepup/options")))}}).want(t, http.StatusSeeOther, "/account")
	b.get("/account").shows(t, "パスキーを削除しました", "登録されているパスキーはありません")
}

func TestAccount_withoutAPassword(t *testing.T) {
	d := newDesk(t)
	b, _ := d.account(d.home.ID, who{login: "jiro", roles: []access.Role{access.RoleViewer}})
	b.resume()
	a := b.holder(t)
	b.post("/account/passwordless").shows(t, "先にパスキーでログインし")
	b.post("/signout")
	b.post("/signin/passkey", "answer", string(a.Sign(b.options(t, "/signin/options"))))
	b.post("/account/passwordless").want(t, http.StatusSeeOther, "/account")
	b.get("/account").shows(t, "パスワードを使わない設定です")
	b.post(passkeyPath.FindStringSubmatch(b.get("/account").body)[1]+"/remove").shows(t, "最後のパスキーは削除できません")
	d.Now = d.Now.Add(6 * time.Minute)
	if asked := b.get("/account/passkeys/new"); regexp.MustCompile("stepup-password").MatchString(asked.body) {
		t.Error("whoever has no password is asked for one")
	}
	b.signIn("jiro", secret).want(t, http.StatusUnauthorized, "")
}
