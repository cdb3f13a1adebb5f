package portal

import (
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// stepUpForm gives the form that a page of a proof holds.
func (a answer) stepUpForm(t *testing.T) url.Values {
	t.Helper()
	form := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(bare(a.body), -1) {
		form.Add(m[1], html.UnescapeString(m[2]))
	}
	return form
}

// proved adds a proof to a form.
func (b *browser) proved(form url.Values, secret string) url.Values {
	b.d.Helper()
	code, err := totp.GenerateCode(secret, b.d.Now)
	if err != nil {
		b.d.Fatal(err)
	}
	form.Set(proofPassword, password)
	form.Set(proofCode, code)
	return form
}

// What needs a fresh proof asks for it, changes nothing, and goes on with what was
// typed once it has it.
func TestReq_AUTH10_formsGoOnAfterTheProof(t *testing.T) {
	d := newDesk(t)
	nurse, _ := d.account(d.home.ID, who{roles: []access.Role{access.RoleViewer}})
	own := "/manage/users/" + string(nurse.user.ID)
	for name, tc := range map[string]struct {
		role   access.Role
		path   string
		form   url.Values
		action audit.Action // filed once it is done
		want   int
	}{
		"a new account": {access.RoleManager, "/manage/users", url.Values{
			"login": {"saburo"}, "display_name": {"結 三郎 <b>"}, "profession": {"nurse"}, "roles": {"viewer", "liaison"},
		}, audit.ActionUserCreate, http.StatusOK},
		"roles":            {access.RoleManager, own + "/roles", url.Values{"roles": {"liaison"}}, audit.ActionUserChange, http.StatusSeeOther},
		"a recovery":       {access.RoleManager, own + "/recovery", url.Values{"reason": {"lost"}}, audit.ActionRecoveryAsk, http.StatusSeeOther},
		"a release":        {access.RoleManager, "/manage/release", url.Values{"version": {"1"}, "allow.lab.nurse": {"1"}, "confirm": {"1"}}, audit.ActionRelease, http.StatusSeeOther},
		"an end of a link": {access.RoleLiaison, d.path("/unlink"), url.Values{"link": {d.clerk().get(d.path("/links")).linkOf(string(d.other.ID))}, "reason": {"誤り"}}, audit.ActionUnlink, http.StatusSeeOther},
		"a withdrawal":     {access.RoleLiaison, d.path("/revoke"), url.Values{"reason": {"ご本人の申し出"}}, audit.ActionConsentRevoke, http.StatusSeeOther},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := d.account(d.home.ID, who{profession: access.Clerk, roles: []access.Role{tc.role}})
			b.resume()
			before := len(d.Events(tc.action))
			d.Now = d.Now.Add(6 * time.Minute)
			asked := b.do(http.MethodPost, tc.path, tc.form)
			asked.want(t, http.StatusUnauthorized, "")
			if got := len(d.Events(tc.action)); got != before {
				t.Fatalf("%d rows of %s before the proof", got-before, tc.action)
			}
			got := asked.stepUpForm(t)
			shown := maps.Clone(got)
			shown.Del(proofOf)
			if diff := cmp.Diff(tc.form, shown); diff != "" {
				t.Errorf("the form that the page holds (-sent +held):\n%s", diff)
			}
			token := b.cookies[sessionCookie]
			done := b.do(http.MethodPost, tc.path, b.proved(got, secret))
			if done.StatusCode != tc.want {
				t.Errorf("after the proof: status %d, want %d", done.StatusCode, tc.want)
			}
			if got := len(d.Events(tc.action)); got == before {
				t.Errorf("no row of %s after the proof", tc.action)
			}
			if b.cookies[sessionCookie] == token {
				t.Error("the session kept its token")
			}
			b.get("/account").want(t, http.StatusOK, "")
		})
	}
}

// The page says for what it asks, of whom, and never names who is not the caller's.
func TestStepUp_saysForWhat(t *testing.T) {
	d := newDesk(t)
	nurse, _ := d.account(d.home.ID, who{roles: []access.Role{access.RoleViewer}})
	stranger := d.Person("余所 太郎", "ヨソ タロウ")
	for _, tc := range []struct {
		role       access.Role
		path, want string
	}{
		{access.RoleLiaison, d.path("/revoke"), name + " さんの同意を撤回します。"},
		{access.RoleLiaison, d.path("/unlink"), name + " さんの連携を解除します。"},
		{access.RoleManager, "/manage/users/" + string(nurse.user.ID) + "/close", "結 次郎 さんの利用を停止します。"},
		{access.RoleManager, "/manage/release", "公開範囲を変更します。"},
		{access.RoleLiaison, "/patients/" + string(stranger.ID) + "/revoke", ""},
	} {
		b, _ := d.account(d.home.ID, who{profession: access.Clerk, roles: []access.Role{tc.role}})
		b.resume()
		b.agesProof()
		got := b.post(tc.path, "reason", "x", "link", ident.New[string](), "version", "1", "confirm", "1")
		got.want(t, http.StatusUnauthorized, "")
		got.shows(t, tc.want, "操作している利用者ご本人であること")
		if strings.Contains(got.body, stranger.Name) {
			t.Errorf("%s names a stranger", tc.path)
		}
	}
	patterns := map[string]bool{}
	for _, r := range d.portal.table() {
		patterns[r.pattern] = true
	}
	for pattern := range purposes {
		if !patterns[pattern] {
			t.Errorf("a purpose of %s, which is no route", pattern)
		}
	}
}

// agesProof lets the session's proof become stale.
func (b *browser) agesProof() {
	b.d.Helper()
	b.d.Exec(`UPDATE session SET verified_at = verified_at - $1 WHERE user_id = $2`, (6 * time.Minute).Microseconds(), b.user.ID)
}

// A wrong proof asks again, with the form and without what was typed as a proof.
func TestStepUp_asksAgain(t *testing.T) {
	d := newDesk(t)
	b, _ := d.account(d.home.ID, who{profession: access.Clerk, roles: []access.Role{access.RoleManager}})
	b.resume()
	d.Now = d.Now.Add(6 * time.Minute)
	form := url.Values{"roles": {"liaison"}, proofPassword: {"typed-in-vain-7"}, proofCode: {"123456"}}
	again := b.do(http.MethodPost, "/manage/users/"+string(b.user.ID)+"/roles", form)
	again.want(t, http.StatusUnauthorized, "")
	again.shows(t, "確認できませんでした", `name="roles" value="liaison"`)
	if regexp.MustCompile("typed-in-vain|123456").MatchString(again.body) {
		t.Error("the page holds the proof that was typed")
	}
	right := b.proved(url.Values{"to": {"/account"}}, secret)
	b.do(http.MethodPost, "/stepup", right).want(t, http.StatusSeeOther, "/account")
}

// The page that leads on after a proof leads nowhere without one, and to no other site.
func TestStepUp_leadsOn(t *testing.T) {
	d := newDesk(t)
	b, _ := d.account(d.home.ID, who{profession: access.Clerk, roles: []access.Role{access.RoleManager}})
	b.resume()
	d.Now = d.Now.Add(6 * time.Minute)
	b.post("/stepup", "to", "/account").want(t, http.StatusUnauthorized, "")
	b.do(http.MethodPost, "/stepup", b.proved(url.Values{"to": {"https://elsewhere.example/"}}, secret)).want(t, http.StatusSeeOther, "/")
}

// A proof counts for whoever gives it, also where none is asked for.
func TestStepUp_whereNoneIsAsked(t *testing.T) {
	d := newDesk(t)
	b, _ := d.account(d.home.ID, who{profession: access.Clerk, roles: []access.Role{access.RoleManager}})
	b.resume()
	b.do(http.MethodPost, "/manage/log", b.proved(url.Values{"q": {"結"}}, secret)).want(t, http.StatusOK, "")
	if rows := d.Events(audit.ActionStepUp); len(rows) != 1 || rows[0].Outcome != audit.Done {
		t.Errorf("audit rows %+v", rows)
	}
}
