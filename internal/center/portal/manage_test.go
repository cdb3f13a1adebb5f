package portal

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// The whole life of an account, as a manager and its user see it.
func TestUsers_life(t *testing.T) {
	d := newDesk(t)
	boss := d.manager()
	created := boss.post("/manage/users", "login", "saburo", "display_name", "結 三郎", "profession", "nurse", "roles", "viewer")
	created.want(t, http.StatusOK, "")
	created.shows(t, "結 三郎 さんを追加しました", `<svg class="qr"`, "一度")
	if again := boss.get("/manage/users"); strings.Contains(again.body, `<svg class="qr"`) {
		t.Error("the credentials are shown a second time")
	}
	_, row, ok := strings.Cut(created.body, "<td><code>saburo</code></td>")
	if !ok {
		t.Fatal("the account is not in the list")
	}
	_, row, _ = strings.Cut(row, `action="/manage/users/`)
	id, _, _ := strings.Cut(row, "/")

	boss.post("/manage/users/"+id+"/roles").shows(t, "権限を1つ以上選んでください。")
	boss.post("/manage/users/"+id+"/roles", "roles", "viewer", "roles", "liaison").want(t, http.StatusSeeOther, "/manage/users")
	boss.get("/manage/users").shows(t, "権限を変更しました。")
	reset := boss.post("/manage/users/" + id + "/reset")
	reset.want(t, http.StatusOK, "")
	reset.shows(t, "結 三郎 さんの認証情報を再発行しました", `<svg class="qr"`)
	boss.post("/manage/users/"+id+"/close").want(t, http.StatusSeeOther, "/manage/users")
	boss.get("/manage/users").shows(t, "利用停止にしました。")
	boss.post("/manage/users/"+string(boss.user.ID)+"/close").shows(t, "ご自身のIDには行えません。")
	boss.post("/manage/users/"+string(boss.user.ID)+"/roles", "roles", "liaison").shows(t, "管理責任者が1名もいなくなる")
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
	boss.post(path+"/reset").want(t, http.StatusNotFound, "")
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
	t.Run("sent", func(t *testing.T) {
		boss.post("/manage/release", "version", "5", "allow.lab.nurse", "1").want(t, http.StatusSeeOther, "/manage/release")
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
