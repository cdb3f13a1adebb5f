package portal

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestUsers_createRefused(t *testing.T) {
	d := newDesk(t)
	d.account(d.home.ID, who{login: "jiro"})
	for name, tc := range map[string]struct {
		form  []string
		field string
	}{
		"no name":             {[]string{"login", "saburo", "kana", "ムスビ", "profession", "nurse", "roles", "viewer"}, "display_name"},
		"a login with spaces": {[]string{"login", "sa bu ro", "display_name", "結 三郎", "profession", "nurse", "roles", "viewer"}, "login"},
		"a login in use":      {[]string{"login", "jiro", "display_name", "結 三郎", "profession", "nurse", "roles", "viewer"}, "login"},
		"no profession":       {[]string{"login", "saburo", "display_name", "結 三郎", "roles", "viewer"}, "profession"},
		"no role":             {[]string{"login", "saburo", "display_name", "結 三郎", "profession", "nurse"}, "roles"},
		"a clerk who reads":   {[]string{"login", "saburo", "display_name", "結 三郎", "profession", "clerk", "roles", "viewer"}, "roles"},
	} {
		t.Run(name, func(t *testing.T) {
			got := d.manager().post("/manage/users", tc.form...)
			got.want(t, http.StatusUnprocessableEntity, "")
			if errors := got.errors(); len(errors) != 1 || errors[tc.field] == "" {
				t.Errorf("errors %v, want one beside %s", errors, tc.field)
			}
			for i := 0; i < len(tc.form); i += 2 {
				switch field, value := tc.form[i], tc.form[i+1]; field {
				case "login", "display_name", "kana":
					got.shows(t, `name="`+field+`" value="`+value+`"`)
				case "profession":
					got.shows(t, `value="`+value+`" selected`)
				case "roles":
					_, form, _ := strings.Cut(got.body, `action="/manage/users" class="form"`)
					if !strings.Contains(form, `name="roles" value="`+value+`" checked`) {
						t.Errorf("the role %s is no longer marked", value)
					}
				}
			}
		})
	}
}

// rowOf gives the id of an account of the list on a page.
func rowOf(t *testing.T, a answer, login string) string {
	t.Helper()
	_, row, ok := strings.Cut(a.body, "<td><code>"+login+"</code></td>")
	if !ok {
		t.Fatalf("%s is not in the list", login)
	}
	_, row, _ = strings.Cut(row, `action="/manage/users/`)
	id, _, _ := strings.Cut(row, "/")
	return id
}

var codeShown = regexp.MustCompile(`<dd><code>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</code>`)

func (a answer) code(t *testing.T) string {
	t.Helper()
	m := codeShown.FindStringSubmatch(a.body)
	if m == nil {
		t.Fatal("no setup code is shown")
	}
	return m[1]
}

// The whole life of an account, as a manager and its user see it.
func TestUsers_life(t *testing.T) {
	d := newDesk(t)
	boss := d.manager()
	created := boss.post("/manage/users", "login", "saburo", "display_name", "結 三郎", "profession", "nurse", "roles", "viewer", "trained", "R8.4.1")
	created.want(t, http.StatusOK, "")
	created.shows(t, "結 三郎 さんを追加しました", "今回だけ")
	for _, secret := range []string{"otpauth:", `<svg class="qr"`, "パスワード:"} {
		if strings.Contains(created.body, secret) {
			t.Errorf("the manager is shown %s", secret)
		}
	}
	first := created.code(t)
	if again := boss.get("/manage/users"); strings.Contains(again.body, first) {
		t.Error("the code is shown a second time")
	}
	id := rowOf(t, created, "saburo")
	code := boss.post("/manage/users/" + id + "/code").code(t)
	if code == first {
		t.Error("the same code again")
	}
	boss.post("/manage/users/"+id+"/recovery", "reason", "lost").shows(t, "初回設定コードを表示してください")

	// The person comes in by the code and makes a credential.
	b := d.terminal(d.home.ID)
	refused := b.post("/signin/setup", "login", "saburo", "code", first)
	refused.want(t, http.StatusUnauthorized, "")
	refused.shows(t, "設定を始められませんでした", `value="saburo"`)
	b.post("/signin/setup", "login", "ＳＡＢＵＲＯ", "code", " "+strings.ToUpper(strings.ReplaceAll(code, "-", " "))).want(t, http.StatusSeeOther, "/welcome")
	b.get("/patients").want(t, http.StatusSeeOther, "/welcome")
	b.get("/welcome").shows(t, "誓約書")
	b.post("/welcome/password", "new", "w3tqa8r5", "again", "w3tqa8r5", "code", "000000").want(t, http.StatusNotFound, "") // not before the pledge
	b.post("/welcome", "pledge", "1").want(t, http.StatusSeeOther, "/welcome")
	step := b.get("/welcome")
	step.shows(t, `<svg class="qr"`, `action="/welcome/password"`, `action="/welcome/passkey"`)
	_, secret, _ := strings.Cut(step.body, "<br><code>")
	secret, _, _ = strings.Cut(secret, "</code>")
	totpCode, err := totp.GenerateCode(secret, d.Now)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		new, again, code, field string
	}{
		"a short password":    {"w3tqa8r", "w3tqa8r", totpCode, "new"},
		"the own login in it": {"saburo-w3t", "saburo-w3t", totpCode, "new"},
		"typed differently":   {"w3tqa8r5", "w3tqa8r6", totpCode, "again"},
		"a wrong code":        {"w3tqa8r5", "w3tqa8r5", "000000", "code"},
	} {
		got := b.post("/welcome/password", "new", tc.new, "again", tc.again, "code", tc.code)
		got.want(t, http.StatusUnprocessableEntity, "")
		if errors := got.errors(); len(errors) != 1 || errors[tc.field] == "" {
			t.Errorf("%s: errors %v, want one beside %s", name, errors, tc.field)
		}
	}
	before := b.cookies[sessionCookie]
	b.post("/welcome/password", "new", "w3tqa8r5", "again", "w3tqa8r5", "code", totpCode).want(t, http.StatusSeeOther, "/")
	if b.cookies[sessionCookie] == before {
		t.Error("the session of the setup code goes on")
	}
	b.get("/patients").shows(t, "認証手段を登録しました")

	boss.post("/manage/users/"+id+"/code").shows(t, "すでに認証手段を登録しています")
	boss.post("/manage/users/"+id+"/roles").shows(t, "権限を1つ以上選んでください。")
	boss.post("/manage/users/"+id+"/roles", "roles", "viewer", "roles", "liaison").want(t, http.StatusSeeOther, "/manage/users")
	boss.get("/manage/users").shows(t, "権限を変更しました。")
	boss.post("/manage/users/"+id+"/close").want(t, http.StatusSeeOther, "/manage/users")
	boss.get("/manage/users").shows(t, "利用停止にしました。")
	boss.post("/manage/users/"+string(boss.user.ID)+"/close").shows(t, "ご自身のIDには行えません。")
	boss.post("/manage/users/"+string(boss.user.ID)+"/roles", "roles", "liaison").shows(t, "管理責任者が1名もいなくなる")
}

// A recovery as its two managers and its user see it.
func TestReq_AUTH09_pages(t *testing.T) {
	d := newDesk(t)
	boss, second := d.manager(), d.manager()
	nurse := d.in(who{login: "hanako", roles: []access.Role{access.RoleViewer}})
	boss.post("/manage/users/"+string(nurse.user.ID)+"/recovery", "reason", "nothing").shows(t, "理由を選んでください。")
	boss.post("/manage/users/"+string(nurse.user.ID)+"/recovery", "reason", "lost").want(t, http.StatusSeeOther, "/manage/users")
	mine := boss.get("/manage/users")
	mine.shows(t, "再発行を申請しました", "機器の紛失・盗難", "別の管理責任者の承認待ち")
	_, id, _ := strings.Cut(mine.body, `action="/manage/recoveries/`)
	id, _, _ = strings.Cut(id, "/")
	if strings.Contains(mine.body, id+"/approve") {
		t.Error("whoever asked is offered to approve")
	}
	boss.post("/manage/recoveries/"+id+"/approve").shows(t, "申請した人は承認できません")
	second.get("/manage/users").shows(t, "/manage/recoveries/"+id+"/approve")
	approved := second.post("/manage/recoveries/" + id + "/approve")
	approved.want(t, http.StatusOK, "")
	approved.shows(t, "再発行を承認しました")
	nurse.get("/patients").want(t, http.StatusSeeOther, "/signin?ended=1")
	nurse.post("/signin/setup", "login", "hanako", "code", approved.code(t)).want(t, http.StatusSeeOther, "/welcome")
	nurse.get("/welcome").shows(t, `action="/welcome/password"`) // trained and pledged before
	second.post("/manage/recoveries/"+id+"/approve").shows(t, "承認・取り下げ済み")

	// And one that is taken back.
	other := d.in(who{login: "jiro", roles: []access.Role{access.RoleViewer}})
	boss.post("/manage/users/"+string(other.user.ID)+"/recovery", "reason", "forgotten").want(t, http.StatusSeeOther, "/manage/users")
	_, id, _ = strings.Cut(second.get("/manage/users").body, `action="/manage/recoveries/`)
	id, _, _ = strings.Cut(id, "/")
	second.post("/manage/recoveries/"+id+"/withdraw").want(t, http.StatusSeeOther, "/manage/users")
	second.get("/manage/users").shows(t, "申請を取り下げました")
	other.get("/patients").want(t, http.StatusOK, "")
}

// An operator's account is the network's: the page offers nothing that would be refused.
func TestUsers_operatorIsNotOurs(t *testing.T) {
	d := newDesk(t)
	operator, _ := d.account(d.home.ID, who{login: "unei", profession: access.Clerk, roles: []access.Role{access.RoleOperator}})
	path := "/manage/users/" + string(operator.user.ID)
	boss := d.manager()
	got := boss.get("/manage/users")
	got.shows(t, "<code>unei</code>")
	if strings.Contains(got.body, path) {
		t.Error("the page has a form for the account")
	}
	boss.post(path+"/recovery", "reason", "lost").want(t, http.StatusNotFound, "")
	boss.post(path+"/code").want(t, http.StatusNotFound, "")
}

func TestRelease(t *testing.T) {
	d := newDesk(t)
	boss := d.manager()
	t.Run("a delay that is no number: all that was typed stays", func(t *testing.T) {
		got := boss.post("/manage/release", "version", "1", "allow.lab.nurse", "1", "delay.lab.nurse", "しばらく", "allow.condition.physician", "1", "delay.condition.physician", "7")
		got.want(t, http.StatusUnprocessableEntity, "")
		got.shows(t, `name="delay.lab.nurse" value="しばらく" aria-invalid="true"`, `name="delay.condition.physician" value="7"`, `name="version" value="1"`,
			`name="allow.lab.nurse" value="1" checked`)
		if strings.Contains(got.body, `name="allow.encounter.nurse" value="1" checked`) {
			t.Error("what was no longer marked is marked again")
		}
		if diff := cmp.Diff(map[string]string{"release": "日数は0から365の数字で入力してください。"}, got.errors()); diff != "" {
			t.Errorf("errors (-want +got):\n%s", diff)
		}
	})
	t.Run("the gateway has moved on: its matrix is shown, not the stale one", func(t *testing.T) {
		m := flowtest.Everything()
		m.Set(clinical.KindLab, access.AudienceNurse, access.Cell{Allowed: true, DelayDays: 9})
		d.Gateways.With(d.home.ID, func(g *flowtest.Gateway) { g.State = wire.ReleaseState{Version: 5, Matrix: m} })
		got := boss.post("/manage/release", "version", "1", "allow.lab.nurse", "1")
		got.want(t, http.StatusUnprocessableEntity, "")
		got.shows(t, "表示した後に公開範囲が変わりました", `name="version" value="5"`, `name="delay.lab.nurse" value="9"`)
	})
	t.Run("what changes is said before it is sent", func(t *testing.T) {
		m := access.Matrix{}
		m.Set(clinical.KindLab, access.AudienceNurse, access.Cell{Allowed: true, DelayDays: 9})
		m.Set(clinical.KindCondition, access.AudiencePhysician, access.Cell{Allowed: true})
		d.Gateways.With(d.home.ID, func(g *flowtest.Gateway) { g.State = wire.ReleaseState{Version: 5, Matrix: m} })
		form := []string{"version", "5", "allow.lab.nurse", "1", "delay.lab.nurse", "2", "allow.report.nurse", "1"}
		got := boss.post("/manage/release", form...)
		got.want(t, http.StatusOK, "")
		got.shows(t, "広げる変更 2件", "狭める変更 1件", "9日後に公開</td><td><b>2日後に公開", "非公開</td><td><b>公開", "公開</td><td><b>非公開", `name="delay.lab.nurse" value="2"`, `name="confirm" value="1"`)
		if g := d.Gateways.At(d.home.ID); g.State.Version != 5 || len(g.State.Pending) != 0 {
			t.Errorf("it was sent on: %+v", g.State)
		}
		boss.post("/manage/release", append(form, "edit", "1")...).shows(t, `name="delay.lab.nurse" value="2"`, `name="allow.report.nurse" value="1" checked`)
		boss.post("/manage/release", "version", "5", "allow.lab.nurse", "1", "delay.lab.nurse", "9", "allow.condition.physician", "1").shows(t, "変更された項目がありません。")
	})
	t.Run("sent", func(t *testing.T) {
		boss.post("/manage/release", "version", "5", "allow.lab.nurse", "1", "confirm", "1").want(t, http.StatusSeeOther, "/manage/release")
		boss.get("/manage/release").shows(t, "公開範囲の変更を受け付けました。", `name="version" value="6"`)
	})
	t.Run("a silent gateway", func(t *testing.T) {
		d.Gateways.With(d.home.ID, func(g *flowtest.Gateway) { g.Online = false })
		boss.get("/manage/release").shows(t, "ゲートウェイが応答していないため変更できません")
	})
	t.Run("nothing to release at a clinic", func(t *testing.T) {
		b, _ := d.account(flowtest.Clinic, who{profession: access.Clerk, roles: []access.Role{access.RoleManager}})
		b.resume()
		b.get("/manage/release").shows(t, "自施設は情報提供施設ではないため")
		b.post("/manage/release", "version", "1").want(t, http.StatusNotFound, "")
	})
}

func TestAccessLog(t *testing.T) {
	d := newDesk(t)
	d.doctor().get(d.path("/labs"))
	boss := d.manager()
	boss.get("/manage/log").shows(t, name, "結び記念病院")
	t.Run("a bad date stays", func(t *testing.T) {
		got := boss.post("/manage/log", "from", "いつか", "to", "R8.11.30", "q", "結")
		got.want(t, http.StatusUnprocessableEntity, "")
		got.shows(t, `name="from" value="いつか"`, `name="to" value="R8.11.30"`, `value="結"`)
		if text := got.errors()["from"]; text == "" {
			t.Error("nothing stands beside the date")
		}
	})
	t.Run("the day's end is in", func(t *testing.T) {
		boss.post("/manage/log", "from", "R8.11.25", "to", "2026/11/25").shows(t, name)
		if got := boss.post("/manage/log", "to", "2026/11/24"); strings.Contains(got.body, name) {
			t.Error("rows of the day after are shown")
		}
	})
	t.Run("one user's rows", func(t *testing.T) {
		got := boss.get("/manage/log?user=" + string(boss.user.ID))
		got.want(t, http.StatusOK, "")
		got.shows(t, `value="`+string(boss.user.ID)+`" selected`)
	})
}

func TestPatients(t *testing.T) {
	d := newDesk(t)
	clerk := d.clerk()
	for name, q := range map[string]string{"number": "0007007", "kana": "みずひき", "name": "花子", "birth": "S23.3.9"} {
		t.Run(name, func(t *testing.T) {
			got := clerk.post("/patients", "q", " "+q+" ")
			got.want(t, http.StatusOK, "")
			got.shows(t, `value="`+q+`"`, string(ownID))
		})
	}
	clerk.post("/patients", "q", "誰もいない").shows(t, `value="誰もいない"`)
	if got := clerk.get("/patients?q=誰もいない"); !strings.Contains(got.body, string(ownID)) {
		t.Error("a search in a URL is heard")
	}
	clerk.get("/patients?page=99").shows(t, string(ownID)) // the last page there is
	clerk.get("/patients?page=-1&sort=nonsense").shows(t, string(ownID))
}

// The operator's page: what waits, what is asked, what is approved.
func TestReq_AUTH09_operatorsPage(t *testing.T) {
	d := newDesk(t)
	boss := d.manager()
	nurse := d.in(who{login: "hanako", roles: []access.Role{access.RoleViewer}})
	operator := d.in(who{profession: access.Clerk, roles: []access.Role{access.RoleOperator}})
	other := d.in(who{profession: access.Clerk, roles: []access.Role{access.RoleOperator}})
	boss.post("/manage/users/"+string(nurse.user.ID)+"/recovery", "reason", "lost").want(t, http.StatusSeeOther, "/manage/users")
	boss.get("/manage/users").shows(t, "運営管理者に承認を依頼してください")
	waiting := operator.get("/network/recoveries")
	waiting.shows(t, "機器の紛失・盗難", d.home.Name, `href="/network/recoveries" aria-current="page"`)
	_, id, _ := strings.Cut(waiting.body, `action="/network/recoveries/`)
	id, _, _ = strings.Cut(id, "/")
	approved := operator.post("/network/recoveries/" + id + "/approve")
	approved.want(t, http.StatusOK, "")
	approved.code(t)
	operator.post("/network/recoveries/"+id+"/approve").shows(t, "承認・取り下げ済み")

	got := operator.post("/network/recoveries", "login", "daremo", "reason", "lost")
	got.want(t, http.StatusUnprocessableEntity, "")
	if got.shows(t, `value="daremo"`); got.errors()["login"] == "" {
		t.Error("nothing stands beside the login")
	}
	operator.post("/network/recoveries", "login", boss.user.Login, "reason", "forgotten").want(t, http.StatusSeeOther, "/network/recoveries")
	mine := operator.get("/network/recoveries")
	mine.shows(t, "申請した人は承認できません", "取り下げる")
	_, id, _ = strings.Cut(mine.body, `action="/network/recoveries/`)
	id, _, _ = strings.Cut(id, "/")
	other.get("/network/recoveries").shows(t, "/network/recoveries/"+id+"/approve")
	operator.post("/network/recoveries/"+id+"/withdraw").want(t, http.StatusSeeOther, "/network/recoveries")
	other.post("/network/recoveries/"+id+"/approve").shows(t, "承認・取り下げ済み")
}

// Whoever is the only manager is told that the network's operator approves, before and after.
func TestRecovery_ofASingleManager(t *testing.T) {
	d := newDesk(t)
	nurse, _ := d.account(d.home.ID, who{roles: []access.Role{access.RoleViewer}})
	boss := d.manager()
	boss.get("/manage/users").shows(t, "事務局の運営管理者が承認します。")
	boss.post("/manage/users/"+string(nurse.user.ID)+"/recovery", "reason", "lost").want(t, http.StatusSeeOther, "/manage/users")
	got := boss.get("/manage/users")
	got.shows(t, "事務局の運営管理者に連絡して")
	if strings.Contains(got.body, "別の管理責任者の承認を待っています") || strings.Contains(got.body, "申請した人とは別の管理責任者が") {
		t.Error("the page promises another manager")
	}
}
