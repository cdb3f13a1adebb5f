package gateway_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// clerk is somebody of hospital IT at the console of a gateway.
type clerk struct {
	t     *testing.T
	cfg   gateway.Config
	token string // of the session
}

// hire makes an admin's account at the gateway's machine, through its first sign-in.
func hire(t *testing.T, cfg gateway.Config, login string) clerk {
	t.Helper()
	const own = "k7-ringo-9x4w"
	accounts, closer, err := gateway.OpenAccounts(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer closer()
	resume := func(token string, err error) account.Caller {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		c, err := accounts.Resume(t.Context(), token, false)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first, err := accounts.Add(t.Context(), account.AtCommandLine("root"), login, account.Admin)
	if err != nil {
		t.Fatal(err)
	}
	c := resume(accounts.SignIn(t.Context(), account.Attempt{Login: login, Password: first, Address: "127.0.0.1"}))
	c = resume(accounts.ChangePassword(t.Context(), c, first, own))
	secret, _, err := accounts.SecondFactor(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	token, err := accounts.EnrolSecondFactor(t.Context(), c, code)
	if err != nil {
		t.Fatal(err)
	}
	return clerk{t, cfg, token}
}

func (c clerk) ask(r *gateway.Running, method, path string, form url.Values) (status int, body string) {
	c.t.Helper()
	req, err := http.NewRequest(method, strings.TrimSuffix(r.ConsoleURL(), "/")+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.AddCookie(&http.Cookie{Name: "mizuhiki-console-" + req.URL.Port(), Value: c.token})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

func (c clerk) decide(r *gateway.Running, decision kept.Decision, why string, ids ...string) {
	c.t.Helper()
	status, body := c.ask(r, http.MethodPost, "/messages/decide", url.Values{"id": ids, "decision": {string(decision)}, "why": {why}})
	if status != http.StatusSeeOther {
		c.t.Fatalf("%s: status %d\n%.600s", decision, status, body)
	}
}

// history gives what it says of a message, the oldest first.
func (c clerk) history(id string) (out []string) {
	c.t.Helper()
	accounts, closer, err := gateway.OpenAccounts(c.t.Context(), c.cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	log, err := accounts.Log(c.t.Context(), 100)
	if err := errors.Join(err, closer()); err != nil {
		c.t.Fatal(err)
	}
	slices.Reverse(log)
	for _, e := range log {
		if e.Detail.Message != id {
			continue
		}
		line := e.Login + "@" + e.Address + " " + string(e.Action)
		if k := e.Detail.Kept; k != nil {
			for _, what := range []string{k.Why, string(k.Reason), k.As, string(k.Condition)} {
				line = strings.TrimSpace(line + " " + what)
			}
		}
		out = append(out, line)
	}
	return out
}

func (c clerk) wantHistory(id string, want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.history(id)); diff != "" {
		c.t.Errorf("history of %s (-want +got):\n%s", id, diff)
	}
}

// orderMessage is a prescription of a made-up patient.
func orderMessage(id, control string) string {
	return `MSH|^~\&|EHR|H|GW|M|20261125120000||RDE^O11^RDE_O11|` + id + "|P|2.5||||||~ISO IR87\rPID|||0000012345^^^^PI\r" +
		"ORC|" + control + "|000000000000077|||||||20261120\rRXE||drug|1||TAB||||||||||||||||OHO^^MR9P\r"
}

// unfiledBefore has messages on the list as a former version left them, which could not
// read them. It gives their ids in the order given.
func unfiledBefore(t *testing.T, cfg gateway.Config, bodies ...string) (ids []string) {
	t.Helper()
	k, err := kept.Open(filepath.Join(cfg.Received.Folder, "kept"))
	if err != nil {
		t.Fatal(err)
	}
	for i, body := range bodies {
		e := kept.Entry{Class: kept.Accepted, Reason: kept.ReasonNoPlace, Listener: "ehr", Received: time.Date(2026, 11, 25, 3, 0, i, 0, time.UTC), ControlID: fmt.Sprint(i)}
		if err := k.Keep(e, [16]byte{byte(i + 1)}, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := k.List(kept.Accepted, -1)
	if err != nil || len(list) != len(bodies) {
		t.Fatal(list, err)
	}
	for _, e := range slices.Backward(list) {
		ids = append(ids, e.ID)
	}
	return ids
}

func filesOf(t *testing.T, cfg gateway.Config) (names []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(cfg.Received.Folder, "storage"), func(_ string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, e.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func unfiledNow(t *testing.T, cfg gateway.Config) int {
	t.Helper()
	list, err := gateway.ReadKept(cfg, kept.Accepted, -1)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// From the page to the storage: what is decided at the console the gateway does, and the
// history has decision and outcome under the message's id.
func TestConsole_decidesOnKeptMessages(t *testing.T) {
	t.Parallel()
	cfg := receiving(t)
	cfg.Console.Listen, cfg.Console.PlainHTTP = "127.0.0.1:0", true
	ids := unfiledBefore(t, cfg, orderMessage("1", "NW"), orderMessage("2", "CA"), "no message", patientMessage("3", "0000012345"))
	r := start(t, cfg)
	c := hire(t, cfg, "hanako")
	status, body := c.ask(r, http.MethodGet, "/messages", nil)
	if status != http.StatusOK || strings.Count(body, "000000000000077") != 2 || strings.Count(body, "0000012345") != 3 || strings.Contains(body, "SHIKEN") {
		t.Errorf("the list, of an order, its cancellation, another patient's message and none: status %d\n%s", status, body)
	}
	status, body = c.ask(r, http.MethodPost, "/messages/review", url.Values{"id": ids[:1]})
	if status != http.StatusOK || !strings.Contains(body, "いまは格納できません") || !strings.Contains(body, ids[1]) {
		t.Errorf("an order without its cancellation: status %d\n%s", status, body)
	}
	status, body = c.ask(r, http.MethodPost, "/messages/review", url.Values{"id": ids})
	if status != http.StatusOK || !strings.Contains(body, "削除済みの電文として格納") || !strings.Contains(body, "取消の電文として格納") || strings.Contains(body, "SHIKEN") {
		t.Errorf("all together: status %d\n%s", status, body)
	}
	c.decide(r, kept.File, "", ids[:3]...)
	c.decide(r, kept.Dismiss, "再送済み", ids[3])
	eventually(t, func() bool {
		return unfiledNow(t, cfg) == 1 && len(c.history(ids[2])) == 2 && len(c.history(ids[3])) == 2
	})
	const name = "0000012345_20261120_OMP-01_000000000000077_2026112512000"
	if diff := cmp.Diff([]string{name + "0000_-_0", name + "1000_-_0"}, filesOf(t, cfg)); diff != "" {
		t.Errorf("storage (-want +got):\n%s", diff)
	}
	c.wantHistory(ids[0], "hanako@127.0.0.1 kept_file", "@the gateway kept_filed "+name+"0000_-_1 current")
	c.wantHistory(ids[1], "hanako@127.0.0.1 kept_file", "@the gateway kept_filed "+name+"1000_-_0 deleted")
	c.wantHistory(ids[2], "hanako@127.0.0.1 kept_file", "@the gateway kept_refused not_hl7")
	c.wantHistory(ids[3], "hanako@127.0.0.1 kept_dismiss 再送済み", "@the gateway kept_dismissed")
	for path, texts := range map[string][]string{
		"/activity":           {ids[0], "未格納電文を格納しました", name + "1000_-_0", "削除済み", "未格納電文を格納できませんでした", "ゲートウェイ", "再送済み", "コマンドライン(root)"},
		"/messages":           {ids[2], "再格納を試行"},
		"/":                   {"受信したHL7電文(この機器が作成)"},
		"/messages/dismissed": {ids[3], "hanako", "再送済み", "0000012345"},
	} {
		_, body := c.ask(r, http.MethodGet, path, nil)
		for _, text := range texts {
			if !strings.Contains(body, text) {
				t.Errorf("%s does not show %q:\n%s", path, text, body)
			}
		}
	}
	// Three decisions, and at least the outcome of a message that is not in the storage.
	_, body = c.ask(r, http.MethodGet, "/activity", nil)
	if n := strings.Count(body, `患者ID <span class="number">0000012345</span>`); n < 4 {
		t.Errorf("the history names the patient %d times", n)
	}
	if status, _ := c.ask(r, http.MethodPost, "/messages/restore", url.Values{"id": ids[3:]}); status != http.StatusSeeOther || unfiledNow(t, cfg) != 2 {
		t.Errorf("restore: status %d, %d on the list", status, unfiledNow(t, cfg))
	}
	if s, err := r.Health(t.Context()); err != nil || s.Unfiled != 2 {
		t.Errorf("%d not filed, %v", s.Unfiled, err)
	}
}

// A decision stands while the gateway does not run, and what a crash has done again is
// written to the history once.
func TestConsole_decisionsOutliveTheGateway(t *testing.T) {
	t.Parallel()
	cfg := receiving(t)
	cfg.Console.Listen, cfg.Console.PlainHTTP = "127.0.0.1:0", true
	ids := unfiledBefore(t, cfg, orderMessage("1", "NW"), orderMessage("2", "XO"))
	run := func() *gateway.Running {
		t.Helper()
		r, err := gateway.Start(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := run()
	c := hire(t, cfg, "hanako")
	c.decide(r, kept.File, "", ids...)
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	if n := unfiledNow(t, cfg); n != 2 {
		t.Fatalf("%d on the list: a decision is carried out before it has stood for a look", n)
	}
	dir := filepath.Join(cfg.Received.Folder, "kept")
	before := t.TempDir()
	if err := os.CopyFS(before, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r = run()
		eventually(t, func() bool { return unfiledNow(t, cfg) == 0 })
		if err := r.Stop(); err != nil {
			t.Fatal(err)
		}
		const name = "0000012345_20261120_OMP-01_000000000000077_2026112512000"
		c.wantHistory(ids[0], "hanako@127.0.0.1 kept_file", "@the gateway kept_filed "+name+"0000_-_1 current")
		c.wantHistory(ids[1], "hanako@127.0.0.1 kept_file", "@the gateway kept_filed "+name+"1000_-_1 current")
		if n := len(filesOf(t, cfg)); n != 2 {
			t.Errorf("%d files", n)
		}
		// As if a crash had come after the outcome and before the list was on the medium.
		if err := errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(before))); err != nil {
			t.Fatal(err)
		}
	}
}
