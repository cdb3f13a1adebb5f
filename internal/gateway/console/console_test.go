package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func TestPages_showTheState(t *testing.T) {
	d := newDesk(t, false, "")
	b, _ := d.settle("taro", account.Viewer)
	for path, want := range map[string][]string{
		"/":           {"架空病院", "稼働していますが、確認が必要です", root, "center.example:8444", "読み取れないファイルが2件", "別の患者を示すファイルを1件", "taro"},
		"/live":       {"稼働していますが、確認が必要です"},
		"/unreadable": {"000/000/0000000001/x_cut", "電文が途中で切れています", "電子カルテから再出力してください", "2件"},
		"/quarantine": {"000/000/0000000009/y", "別の患者の電文または文書です"},
		"/remarks":    {"000/000/0000000002/-/ADT-00/adt", "必要な項目の不足", "出力側で補ってください", "no name in kana", "1件"},
		"/messages":   {"HL7電文として読めません", "refused-1.hl7", "受け付けなかった電文"},
		"/suspended":  {"0000000001", "カナ氏名", "地域連携室"},
		"/activity":   {"起動しました", "ログイン", "認証アプリの登録", "127.0.0.1"},
		"/password":   {"パスワードの変更"},
	} {
		a := b.get(path)
		for _, w := range want {
			if a.status != http.StatusOK || !strings.Contains(a.body, w) {
				t.Errorf("GET %s: status %d, without %q", path, a.status, w)
			}
		}
	}
	if a := b.get("/nothing/here"); a.status != http.StatusNotFound || !strings.Contains(a.body, "ページがありません") {
		t.Errorf("no such page: %d", a.status)
	}
	d.lead(b.post("/language", "language", "en", "to", "/unreadable"), "/unreadable")
	if a := b.get("/unreadable"); !strings.Contains(a.body, "message is cut") || a.header.Get("Content-Language") != "en" {
		t.Errorf("English page: %.300s", a.body)
	}
	d.lead(b.post("/language", "language", "ja", "to", "//evil.example"), "/")
}

func TestFiles_areFilteredByPost(t *testing.T) {
	d := newDesk(t, false, "")
	b, _ := d.settle("taro", account.Viewer)
	a := b.post("/unreadable", "q", "x_cut")
	if !strings.Contains(a.body, "x_cut") || strings.Contains(a.body, "=cmd") {
		t.Errorf("search: %.300s", a.body)
	}
	if a := b.post("/unreadable", "reason", "name", "root", "1"); !strings.Contains(a.body, "=cmd") || strings.Contains(a.body, "x_cut") {
		t.Errorf("filter: %.300s", a.body)
	}
	for _, page := range []string{"7", "-1", "x", "99999999999999999999"} {
		if a := b.post("/unreadable", "page", page, "root", page); a.status != http.StatusOK || !strings.Contains(a.body, "x_cut") {
			t.Errorf("page %s: status %d, or it does not show the last page instead", page, a.status)
		}
	}
	// What a patient ID is searched by stands in no address.
	if a := b.get("/unreadable?q=x_cut"); !strings.Contains(a.body, "=cmd") {
		t.Error("a search by address is taken")
	}
	a = b.post("/unreadable/csv")
	if a.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(a.header.Get("Content-Disposition"), "unreadable-") {
		t.Errorf("headers %v", a.header)
	}
	want := "\uFEFFフォルダ,パス,患者ID,原因,詳細(ベンダー向け),検出日時,最終確認\r\n"
	if !strings.HasPrefix(a.body, want) || strings.Count(a.body, "\r\n") != 3 || !strings.Contains(a.body, "000/000/0000000001/x_cut,0000000001,電文が途中で切れています") {
		t.Errorf("table:\n%s", a.body)
	}
	for typed, want := range map[string]string{"=1+1": "'=1+1", "-x": "'-x", "@x": "'@x", "a=b": "a=b", "": ""} {
		if got := cell(typed); got != want {
			t.Errorf("cell(%q) = %q", typed, got)
		}
	}
}

func TestFiles_aTableIsBoundedAndSaysSo(t *testing.T) {
	d := newDesk(t, false, "")
	b, _ := d.settle("taro", account.Viewer)
	var many []index.Unreadable
	for i := range rowsPerTable {
		many = append(many, index.Unreadable{Root: root, Path: "000/000/0000000001/" + strconv.Itoa(i), Reason: index.ReasonCut, Detail: "cut"})
	}
	d.must(d.index.PutMisplaced(t.Context(), many, nil))
	if a := b.post("/unreadable/csv", "reason", string(index.ReasonCut)); !strings.Contains(a.body, "件のうち") || strings.Count(a.body, "\r\n") != rowsPerTable+2 {
		t.Errorf("table of %d lines ends with %q", strings.Count(a.body, "\r\n"), a.body[max(0, len(a.body)-200):])
	}
	if a := b.post("/unreadable/csv", "reason", string(index.ReasonName)); strings.Contains(a.body, "件のうち") {
		t.Error("a whole table says that it is cut")
	}
}

func TestActions_areForAdminsAndRecorded(t *testing.T) {
	d := newDesk(t, false, "")
	viewer, _ := d.settle("taro", account.Viewer)
	admin, _ := d.settle("hanako", account.Admin)
	acts := [][]string{{"/reread/patient", "patient", "００００００００01"}, {"/reread/root", "root", root}, {"/recheck"}}
	for _, act := range acts {
		if a := viewer.post(act[0], act[1:]...); a.status != http.StatusNotFound {
			t.Errorf("%s by a viewer: status %d", act[0], a.status)
		}
	}
	if len(d.read) != 0 {
		t.Fatalf("a viewer had %v read again", d.read)
	}
	d.lead(admin.post(acts[0][0], acts[0][1:]...), "/")
	if a := admin.get("/"); !strings.Contains(a.body, "患者IDの再読み取りを開始しました") {
		t.Error("it is not said that it was done")
	}
	d.lead(admin.post(acts[1][0], acts[1][1:]...), "/")
	d.lead(admin.post(acts[2][0]), "/quarantine")
	if diff := cmp.Diff([]ident.LocalPatientID{"0000000001", "0000000001", held, held}, d.read); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
	if a := admin.post("/unreadable/csv"); a.status != http.StatusOK {
		t.Errorf("download: status %d", a.status)
	}
	for _, bad := range [][]string{{"/reread/patient", "patient", "12"}, {"/reread/patient", "patient", "../../etc/passwd"}, {"/reread/root", "root", "/etc"}, {"/reread/patient", "patient", "9999999999"}} {
		if a := admin.post(bad[0], bad[1:]...); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: status %d", bad, a.status)
		}
	}
	log, err := d.accounts.Log(t.Context(), 100)
	d.must(err)
	done := map[account.Action]account.Detail{}
	for _, e := range log {
		if e.Login == "hanako" {
			done[e.Action] = e.Detail
		}
	}
	want := map[account.Action]account.Detail{
		account.ActionRereadPerson: {Patient: "0000000001", Patients: 1}, account.ActionRereadRoot: {Place: root, Patients: 2}, account.ActionRecheck: {Patients: 1},
		account.ActionDownload: {Place: "unreadable"},
	}
	for action, detail := range want {
		if diff := cmp.Diff(detail, done[action]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", action, diff)
		}
	}
}

// A patient of whom nothing is known yet can be read as soon as there is a folder.
func TestReread_folderThatNobodyHasLookedAt(t *testing.T) {
	d := newDesk(t, false, "")
	admin, _ := d.settle("hanako", account.Admin)
	d.lead(admin.post("/reread/patient", "patient", string(unread)), "/")
	if diff := cmp.Diff([]ident.LocalPatientID{unread}, d.read); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
}

func TestRoutes_nothingOpensWithoutASession(t *testing.T) {
	d := newDesk(t, false, "")
	stranger := d.browser()
	first, err := d.accounts.Add(t.Context(), "x", "novice", account.Admin)
	d.must(err)
	novice := d.browser()
	d.lead(novice.post("/signin", "login", "novice", "password", first), "/")
	c := &Console{}
	for _, r := range c.table() {
		method, path, _ := strings.Cut(r.pattern, " ")
		path = strings.TrimSuffix(path, "{$}")
		if r.pattern == "/" {
			method, path = http.MethodGet, "/no-such-page"
		}
		switch {
		case r.who < beginner:
		case path == "/live":
			if a := stranger.do(method, path, nil); a.status != http.StatusUnauthorized {
				t.Errorf("%s for a stranger: status %d", r.pattern, a.status)
			}
		default:
			d.lead(stranger.do(method, path, url.Values{}), "/signin")
		}
		if r.who > beginner {
			d.lead(novice.do(method, path, url.Values{}), "/password")
		}
	}
}

func TestServe_wantsEveryRouteDeclared(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a route that nobody declared is served")
		}
	}()
	serve([]route{{"GET /x", undeclared, files}})
}

func TestReq_SESS02_consoleCookies(t *testing.T) {
	d := newDesk(t, false, "")
	b, secret := d.settle("taro", account.Viewer)
	d.pass(time.Minute)
	a := d.browser().post("/signin", "login", "taro", "password", own, "code", d.code(secret))
	cookie := a.header.Get("Set-Cookie")
	for _, want := range []string{"__Host-mizuhiki-console=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
	// A session that somebody has planted is not taken up, and a new sign-in has another.
	planted := d.browser()
	u, err := url.Parse(d.url)
	d.must(err)
	planted.http.Jar.SetCookies(u, []*http.Cookie{{Name: "__Host-mizuhiki-console", Value: "planted", Secure: true, Path: "/"}})
	d.lead(planted.get("/"), "/signin?ended=1")
	planted.http.Jar.SetCookies(u, []*http.Cookie{{Name: "__Host-mizuhiki-console", Value: "planted", Secure: true, Path: "/"}})
	d.pass(time.Minute)
	a = planted.post("/signin", "login", "taro", "password", own, "code", d.code(secret))
	if c := a.header.Get("Set-Cookie"); strings.Contains(c, "planted") || a.status != http.StatusSeeOther {
		t.Errorf("a planted session was taken up: %q", c)
	}
	// Signing in again at the same browser ends what it had.
	before := b.http.Jar.Cookies(u)
	d.pass(time.Minute)
	d.lead(b.post("/signin", "login", "taro", "password", own, "code", d.code(secret)), "/")
	copied := d.browser()
	copied.http.Jar.SetCookies(u, before)
	d.lead(copied.get("/"), "/signin?ended=1")
	d.lead(b.post("/signout"), "/signin")
	d.lead(b.get("/"), "/signin")
}

func TestSignIn_saysTheSameOfEveryFailure(t *testing.T) {
	d := newDesk(t, false, "")
	_, secret := d.settle("taro", account.Viewer)
	d.pass(time.Minute)
	used := d.code(secret)
	d.lead(d.browser().post("/signin", "login", "taro", "password", own, "code", used), "/")
	var texts []string
	for _, form := range [][]string{
		{"taro", "wrong", d.code(secret)}, {"taro", own, "000000"}, {"nobody", own, "000000"}, {"taro", own, used}, {"", "", ""},
	} {
		a := d.browser().post("/signin", "login", form[0], "password", form[1], "code", form[2])
		if a.status != http.StatusUnauthorized || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%v: status %d, cookie %q", form, a.status, a.header.Get("Set-Cookie"))
		}
		_, rest, _ := strings.Cut(a.body, `role="alert"`)
		text, _, _ := strings.Cut(rest, "</div>")
		texts = append(texts, text)
		if strings.Contains(a.body, own) {
			t.Error("a password comes back")
		}
	}
	for _, text := range texts[1:] {
		if text != texts[0] || text == "" {
			t.Errorf("one failure says %q, another %q", texts[0], text)
		}
	}
}

func TestReq_WEB01_otherOriginsAreRefused(t *testing.T) {
	d := newDesk(t, false, "")
	admin, _ := d.settle("hanako", account.Admin)
	for name, headers := range map[string][]string{
		"cross-site":        {"Sec-Fetch-Site", "cross-site"},
		"same-site":         {"Sec-Fetch-Site", "same-site"},
		"another origin":    {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		"nothing to say so": {"Sec-Fetch-Site", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if a := admin.do(http.MethodPost, "/recheck", url.Values{}, headers...); a.status != http.StatusForbidden {
				t.Errorf("status %d", a.status)
			}
		})
	}
	if len(d.read) != 0 {
		t.Error("it was done all the same")
	}
	a := admin.get("/")
	for header, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=31536000"} {
		if a.header.Get(header) != want {
			t.Errorf("%s: %q", header, a.header.Get(header))
		}
	}
	if !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("policy %q", a.header.Get("Content-Security-Policy"))
	}
}

func TestPlain_isForLoopbackNamesOnly(t *testing.T) {
	d := newDesk(t, true, "")
	b, _ := d.settle("taro", account.Viewer)
	if a := b.get("/"); a.status != http.StatusOK {
		t.Errorf("status %d", a.status)
	}
	for _, host := range []string{"evil.example", "evil.example:80", "10.0.0.1"} {
		if a := b.do(http.MethodGet, "/", nil, "Host", host); a.status != http.StatusMisdirectedRequest {
			t.Errorf("by the name %s: status %d", host, a.status)
		}
	}
}

func TestHealthAndReadiness(t *testing.T) {
	d := newDesk(t, false, "")
	b := d.browser()
	say := func(path string, status int, text string) {
		t.Helper()
		if a := b.get(path); a.status != status || strings.TrimSpace(a.body) != text {
			t.Errorf("GET %s: %d %q, want %d %q", path, a.status, a.body, status, text)
		}
	}
	say("/healthz", 200, "ok")
	say("/readyz", 200, "ready")
	d.set(func(s *health.Snapshot) { s.Link.Connected = false })
	say("/readyz", 503, "no link to the center")
	d.set(func(s *health.Snapshot) { s.Link.Waiting = true; s.Sources[0].State = health.Starting })
	say("/readyz", 503, "the storage is being read for the first time")
	say("/healthz", 200, "ok")
}

func (d *desk) set(change func(*health.Snapshot)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.health)
}
