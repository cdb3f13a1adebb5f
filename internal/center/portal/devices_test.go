package portal

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// ends lets a terminal's certificate end in days.
func (d *desk) ends(id ident.DeviceID, days int) {
	d.Exec(`UPDATE device SET cert_not_after = $1 WHERE id = $2`, db.Micros(d.Now.AddDate(0, 0, days)), string(id))
}

// A code is shown in the one answer and never again: with the command for a terminal's own
// program, or with a link that does not hold the file's password.
func TestReq_CERT02_codeIsShownOnce(t *testing.T) {
	form := func(method string) url.Values {
		return url.Values{"name": {"受付2"}, "place": {"1階"}, "user_group": {"医事課"}, "method": {method}}
	}
	d := newDesk(t)
	b := d.manager()
	shown := b.do(http.MethodPost, "/manage/devices", form("helper"))
	shown.want(t, http.StatusOK, "")
	shown.shows(t, "mizuhiki enroll device --center https://enrol.example:8445 --ca-fingerprint "+strings.Repeat("ab", 32)+" --code ", "https://enrol.example:8445/terminal<")
	file := b.do(http.MethodPost, "/manage/devices", form("pkcs12"))
	m := regexp.MustCompile(`https://enrol\.example:8445/terminal/pkcs12/([a-z2-7-]+)<`).FindStringSubmatch(file.body)
	p := regexp.MustCompile(`<code>([A-Z2-7]{26})</code>`).FindStringSubmatch(file.body)
	if m == nil || p == nil || strings.Contains(m[0], p[1]) {
		t.Fatalf("link %q, password %q", m, p)
	}
	if again := b.get("/manage/devices").body; strings.Contains(again, m[1]) || strings.Contains(again, p[1]) {
		t.Error("code or password is shown again")
	}
	if rows := d.Events(audit.ActionDeviceCode); len(rows) != 2 {
		t.Errorf("%d audit rows, want 2", len(rows))
	}
	b.do(http.MethodPost, "/manage/devices", url.Values{"name": {"受付2"}, "place": {"1階"}, "method": {"helper"}}).want(t, http.StatusUnprocessableEntity, "")
}

// The ledger as a file holds no formula, whatever a terminal is called.
func TestReq_CERT01_ledgerAsAFile(t *testing.T) {
	d := newDesk(t)
	b := d.manager()
	for i, name := range []string{`=HYPERLINK("https://evil.example")`, "+1", "-1", "@SUM(A1)", "＝1", "受付"} {
		d.Exec(`UPDATE device SET name = $1, place = $1, os = $1, user_group = $1 WHERE id = $2`, name, string(b.dev))
		got := b.get("/manage/devices/ledger.csv")
		got.want(t, http.StatusOK, "")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(got.body, "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		want := "'" + name
		if i == 5 {
			want = name
		}
		found := 0
		for _, row := range rows {
			for _, cell := range row {
				if cell == want {
					found++
				}
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
					t.Errorf("cell %q is a formula", cell)
				}
			}
		}
		if found != 4 || !strings.HasPrefix(got.body, "\ufeff") {
			t.Errorf("%q stands %d times, want 4", want, found)
		}
	}
}

// Whoever sits at a terminal whose certificate ends soon is told so on every page, with
// what to do; managers are told of all terminals of their facility.
func TestReq_CERT03_peopleAreWarned(t *testing.T) {
	d := newDesk(t)
	b, other := d.manager(), d.manager()
	for _, tc := range []struct {
		days int
		want string
	}{{91, ""}, {90, "あと90日"}, {60, "あと60日"}, {30, "あと30日"}, {15, "あと15日"}, {7, "あと7日"}, {6, "あと6日"}, {1, "あと1日"}} {
		d.ends(b.dev, tc.days)
		for path, who := range map[string]*browser{"/account": b, "/manage/users": other, "/manage/devices": other} {
			body := who.get(path).body
			if shown := strings.Contains(body, `class="notice notice-`) && strings.Contains(body, "expiry"); shown != (tc.want != "") || !strings.Contains(body, tc.want) {
				t.Errorf("%d days left: %s warns: %v, want %q", tc.days, path, shown, tc.want)
			}
		}
	}
	d.Now = d.Now.Add(time.Minute)
	b.do(http.MethodPost, "/manage/devices/"+string(b.dev)+"/renew", url.Values{}).shows(t, "更新コードを発行しました")
}
