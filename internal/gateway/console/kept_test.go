package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

const secretBody = "MSH|…|目印太郎|19610203"

// keep puts a message on the list and gives its id.
func (d *desk) keep(control string, n byte) string {
	d.t.Helper()
	e := kept.Entry{Class: kept.Accepted, Reason: kept.ReasonNoPlace, Detail: "segment 3 (PID), field 3: no patient id", Listener: "ehr",
		Received: d.clock().Add(time.Duration(n) * time.Second), Type: "RDE^O11^RDE_O11", ControlID: control}
	d.must(d.kept.Keep(e, [16]byte{n}, []byte(secretBody)))
	list, err := d.kept.List(kept.Accepted, -1)
	d.must(err)
	for _, e := range list {
		if e.ControlID == control {
			return e.ID
		}
	}
	d.t.Fatalf("%s is not kept", control)
	return ""
}

// prospects tells of each that another order of the number came since, and of the first
// that the others are of the same order.
func (d *desk) prospects(ids []string) (map[string]kept.Prospect, error) {
	out := map[string]kept.Prospect{}
	list, err := d.kept.List(kept.Accepted, -1)
	for _, id := range ids {
		p := kept.Prospect{Effect: kept.Superseded, Patient: "0000000001", Type: "OMP-01", Order: "000000000000077", Since: 2, LastSince: d.clock()}
		for _, e := range list {
			if e.ID != id {
				p.Related = append(p.Related, e.ID)
			}
		}
		out[id] = p
	}
	return out, err
}

func (d *desk) decisions() []kept.Decided {
	d.t.Helper()
	list, err := d.kept.Decisions()
	d.must(err)
	return list
}

// said gives what the history says of kept messages, the oldest first.
func (d *desk) said() (out []string) {
	d.t.Helper()
	log, err := d.accounts.Log(d.t.Context(), 100)
	d.must(err)
	for _, e := range log {
		if e.Detail.Message != "" {
			line := e.Login + " " + string(e.Action) + " " + e.Detail.Message
			if e.Detail.Kept != nil {
				line = strings.TrimSpace(line + " " + e.Detail.Kept.Why + string(e.Detail.Kept.Decided))
			}
			out = append([]string{line}, out...)
		}
	}
	return out
}

// postAll posts a form in which fields may stand more than once.
func (b *browser) postAll(path string, pairs ...string) answer {
	b.d.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

func (d *desk) shows(a answer, status int, texts ...string) {
	d.t.Helper()
	if a.status != status {
		d.t.Errorf("status %d, want %d", a.status, status)
	}
	for _, w := range texts {
		if !strings.Contains(a.body, w) {
			d.t.Errorf("it does not show %q:\n%.1500s", w, a.body)
		}
	}
}

// An admin chooses messages, sees what it would mean, and decides; everybody sees that.
func TestKept_isDecidedOn(t *testing.T) {
	d := newDesk(t, false, "")
	viewer, _ := d.settle("taro", account.Viewer)
	admin, _ := d.settle("hanako", account.Admin)
	one, two, three := d.keep("C1", 1), d.keep("C2", 2), d.keep("C3", 3)
	d.shows(admin.get("/messages"), http.StatusOK, `value="`+one+`"`, "C1", "未定", "選択した電文の対応へ進む", "refused-1")

	a := admin.postAll("/messages/review", "id", two, "id", one)
	d.shows(a, http.StatusOK, "C1", "C2", "修正前の電文として格納します", "000000000000077", "0000000001", "同じオーダの未格納電文があります", "C3")
	if strings.Contains(a.body, "PID|") {
		t.Error("the review shows content")
	}
	d.shows(admin.postAll("/messages/decide", "id", one), http.StatusUnprocessableEntity, "対応を選択してください")
	d.shows(admin.postAll("/messages/decide", "id", one, "decision", "dismiss", "why", "  "), http.StatusUnprocessableEntity, "理由を入力してください", one)
	d.shows(admin.postAll("/messages/decide", "id", one, "decision", "dismiss", "why", strings.Repeat("あ", 201)), http.StatusUnprocessableEntity, "200文字以内")
	d.shows(admin.postAll("/messages/decide", "id", one, "decision", "restore"), http.StatusUnprocessableEntity, "対応を選択してください")
	if n := len(d.decisions()); n != 0 || d.said() != nil {
		t.Fatalf("%d decisions of forms that were refused, history %v", n, d.said())
	}
	d.lead(admin.postAll("/messages/decide", "id", two, "id", one, "decision", "file", "why", "typed before the other was chosen"), "/messages")
	d.shows(admin.get("/messages"), http.StatusOK, "格納し直すよう指示しました", "実行待ち", "指示を取り消す")
	d.lead(admin.postAll("/messages/decide", "id", three, "decision", "dismiss", "why", " 再送済み "), "/messages")
	want := []kept.Decided{
		{ID: one, Decision: kept.File, By: "hanako", At: d.clock().UTC()}, {ID: two, Decision: kept.File, By: "hanako", At: d.clock().UTC()},
		{ID: three, Decision: kept.Dismiss, By: "hanako", At: d.clock().UTC(), Why: "再送済み"},
	}
	if diff := cmp.Diff(want, d.decisions()); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	d.shows(viewer.get("/messages"), http.StatusOK, "格納し直す", "実行待ち", "hanako", "再送済み")
	d.shows(viewer.get("/activity"), http.StatusOK, "未格納電文を格納し直す指示", one, "未格納電文を対応済みにする指示", "再送済み")
}

// Who may only look is offered nothing and gets nowhere.
func TestKept_viewersDecideNothing(t *testing.T) {
	d := newDesk(t, false, "")
	viewer, _ := d.settle("taro", account.Viewer)
	one, two := d.keep("C1", 1), d.keep("C2", 2)
	d.must(d.kept.Decide(kept.Decided{ID: two, Decision: kept.Dismiss, By: "hanako", At: d.clock()}))
	d.must(d.kept.Dismissed(two))
	d.must(d.kept.Decide(kept.Decided{ID: one, Decision: kept.File, By: "hanako", At: d.clock()}))
	before := d.decisions()
	for _, act := range [][]string{
		{"/messages/review", "id", one}, {"/messages/decide", "id", one, "decision", "file"}, {"/messages/withdraw", "id", one}, {"/messages/restore", "id", two},
		{"/messages/seen", "id", "flagged-1"}, {"/messages/seen", "all", "1", "shown", "flagged-1"},
		{"/messages/decide", "id", one, "decision", "file", "stepup.login", "taro", "stepup.password", own, "stepup.code", "000000"},
	} {
		if a := viewer.postAll(act[0], act[1:]...); a.status != http.StatusNotFound {
			t.Errorf("%v: status %d", act, a.status)
		}
	}
	if diff := cmp.Diff(before, d.decisions()); diff != "" || d.said() != nil {
		t.Errorf("history %v, decisions (-want +got):\n%s", d.said(), diff)
	}
	d.shows(viewer.get("/messages/dismissed"), http.StatusOK, "C2", "hanako")
	for _, path := range []string{"/messages", "/messages/dismissed"} {
		if a := viewer.get(path); strings.Contains(a.body, `action="/messages`) || strings.Contains(a.body, "checkbox") {
			t.Errorf("%s offers a viewer something", path)
		}
	}
	// A form of another site does nothing for an admin either.
	admin, _ := d.settle("hanako", account.Admin)
	if a := admin.do(http.MethodPost, "/messages/withdraw", url.Values{"id": {one}}, "Sec-Fetch-Site", "cross-site"); a.status != http.StatusForbidden || len(d.decisions()) != 1 {
		t.Errorf("a form of another site: status %d, decisions %v", a.status, d.decisions())
	}
}

// Two who decide at the same time: the second is told, and nothing of theirs is half done.
func TestKept_decidedTwice(t *testing.T) {
	d := newDesk(t, false, "")
	hanako, _ := d.settle("hanako", account.Admin)
	taro, _ := d.settle("taro", account.Admin)
	one, two := d.keep("C1", 1), d.keep("C2", 2)
	d.lead(hanako.postAll("/messages/decide", "id", one, "decision", "file"), "/messages")
	want := d.decisions()
	d.shows(taro.postAll("/messages/decide", "id", two, "id", one, "decision", "dismiss", "why", "再送済み"), http.StatusUnprocessableEntity, "何も変更していません")
	d.shows(taro.postAll("/messages/review", "id", two, "id", one), http.StatusOK, "すでに対応が決まったか", "C2")
	d.shows(taro.postAll("/messages/review", "id", one), http.StatusUnprocessableEntity, "何も変更していません")
	d.shows(taro.postAll("/messages/decide", "id", one, "decision", "dismiss"), http.StatusUnprocessableEntity, "何も変更していません")
	d.shows(taro.postAll("/messages/review"), http.StatusUnprocessableEntity, "1件以上")
	for _, id := range []string{"accepted-none", "../" + two, "refused-1"} {
		d.shows(taro.postAll("/messages/decide", "id", id, "decision", "file"), http.StatusUnprocessableEntity, "何も変更していません")
	}
	if diff := cmp.Diff(want, d.decisions()); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	// What the gateway has begun is not withdrawn, what it has done neither.
	if ok, err := d.kept.Begin(want[0], d.clock()); !ok || err != nil {
		t.Fatal(ok, err)
	}
	d.shows(taro.postAll("/messages/withdraw", "id", one), http.StatusUnprocessableEntity, "実行が始まっている", "実行中")
	d.must(d.kept.Filed(one))
	d.shows(taro.postAll("/messages/withdraw", "id", one), http.StatusUnprocessableEntity, "すでに実行されたか")
	if diff := cmp.Diff([]string{"hanako kept_file " + one}, d.said()); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestKept_isWithdrawnAndRestored(t *testing.T) {
	d := newDesk(t, false, "")
	admin, _ := d.settle("hanako", account.Admin)
	one := d.keep("C1", 1)
	d.lead(admin.postAll("/messages/decide", "id", one, "decision", "dismiss", "why", "再送済み"), "/messages")
	d.lead(admin.postAll("/messages/withdraw", "id", one), "/messages")
	d.shows(admin.get("/messages"), http.StatusOK, "指示を取り消しました", "未定")
	d.lead(admin.postAll("/messages/decide", "id", one, "decision", "dismiss", "why", "再送済み"), "/messages")
	d.must(d.kept.Dismissed(one)) // by the gateway
	d.shows(admin.get("/messages/dismissed"), http.StatusOK, "C1", "hanako", "再送済み", "一覧に戻す")
	d.lead(admin.postAll("/messages/restore", "id", one), "/messages")
	d.shows(admin.get("/messages"), http.StatusOK, "電文を一覧に戻しました", "C1")
	d.shows(admin.get("/messages/dismissed"), http.StatusOK, "対応済みの電文はありません")
	if a := admin.postAll("/messages/restore", "id", one); a.status != http.StatusNotFound {
		t.Errorf("restored twice: status %d", a.status)
	}
	want := []string{"hanako kept_dismiss " + one + " 再送済み", "hanako kept_withdraw " + one + " dismiss", "hanako kept_dismiss " + one + " 再送済み", "hanako kept_restore " + one}
	got := map[string]int{}
	for _, line := range d.said() { // all of the same moment
		got[line]++
	}
	for _, line := range want {
		got[line]--
	}
	for line, n := range got {
		if n != 0 {
			t.Errorf("history has %q %+d times too often", line, n)
		}
	}
}

// Nothing that lasts is done by a session whose proof is old: it is asked for, and what was
// being done then goes on.
func TestStepUp_isAskedFor(t *testing.T) {
	d := newDesk(t, false, "")
	admin, secret := d.settle("hanako", account.Admin)
	one, two, three := d.keep("C1", 1), d.keep("C2", 2), d.keep("C3", 3)
	d.must(d.kept.Decide(kept.Decided{ID: two, Decision: kept.File, By: "taro", At: d.clock()}))
	d.must(d.kept.Decide(kept.Decided{ID: three, Decision: kept.Dismiss, By: "taro", At: d.clock()}))
	d.must(d.kept.Dismissed(three))
	for name, act := range map[string]struct {
		form    []string
		purpose string
	}{
		"dismissing":  {[]string{"/messages/decide", "decision", "dismiss", "id", one, "why", `再送 "済み"`}, "未格納の電文1件を、格納せずに対応済みにします"},
		"withdrawing": {[]string{"/messages/withdraw", "id", two}, "指示を取り消します"},
		"restoring":   {[]string{"/messages/restore", "id", three}, "一覧に戻します"},
	} {
		d.pass(account.FreshFor)
		said, decided := len(d.said()), d.decisions()
		prove := func(login, password, code string) answer {
			return admin.postAll(act.form[0], append(slices.Clone(act.form[1:]), "stepup.login", login, "stepup.password", password, "stepup.code", code)...)
		}
		d.shows(admin.postAll(act.form[0], act.form[1:]...), http.StatusUnauthorized, "再認証", act.purpose,
			`name="stepup.login" value="hanako"`, `action="`+act.form[0]+`"`, `name="id" value="`+act.form[slices.Index(act.form, "id")+1]+`"`)
		for _, proof := range [][2]string{{"wrong", d.code(secret)}, {own, "000000"}} {
			a := prove("hanako", proof[0], proof[1])
			d.shows(a, http.StatusUnauthorized, "確認できませんでした", act.purpose)
			if strings.Contains(a.body, "wrong") || strings.Contains(a.body, own) || strings.Contains(a.body, `"000000"`) {
				t.Errorf("%s: the page holds what was typed as proof", name)
			}
		}
		// Of somebody else, who was at the browser before, nothing goes on.
		d.lead(prove("taro", own, d.code(secret)), "/")
		if diff := cmp.Diff(decided, d.decisions()); diff != "" || len(d.said()) != said || d.kept.Waiting(three) == nil && name == "restoring" {
			t.Fatalf("%s: done without a proof: %v\n%s", name, d.said(), diff)
		}
		a := prove("hanako", own, d.code(secret))
		if a.status != http.StatusSeeOther || !strings.Contains(a.header.Get("Set-Cookie"), "__Host-mizuhiki-console=") || len(d.said()) != said+1 {
			t.Errorf("%s: status %d, %v, history %v", name, a.status, a.header, d.said())
		}
	}
	if d.kept.Waiting(three) != nil || len(d.decisions()) != 1 || d.decisions()[0].Why != `再送 "済み"` {
		t.Errorf("decisions %+v", d.decisions())
	}
	// From then on nobody is asked for a while.
	d.lead(admin.postAll("/messages/decide", "decision", "file", "id", three), "/messages")
}

// What is typed wrong is told before a proof is asked for.
func TestStepUp_comesAfterTheForm(t *testing.T) {
	d := newDesk(t, false, "")
	admin, _ := d.settle("hanako", account.Admin)
	one := d.keep("C1", 1)
	d.pass(account.FreshFor)
	d.shows(admin.postAll("/messages/decide", "id", one, "decision", "dismiss"), http.StatusUnprocessableEntity, "理由を入力してください")
}

// flag lists a message that was filed with a remark and gives its id.
func (d *desk) flag(n byte, reason kept.Reason) string {
	d.t.Helper()
	e := kept.Entry{Class: kept.Flagged, Reason: reason, Listener: "ehr", Received: d.clock().Add(time.Duration(n) * time.Second), ControlID: "F" + string(rune('0'+n))}
	d.must(d.kept.Keep(e, [16]byte{n}, nil))
	list, err := d.kept.List(kept.Flagged, 1) // the newest
	d.must(err)
	return list[0].ID
}

// Whoever compared a message says so once, for everybody; what needs no look is not asked for.
func TestFlagged_isSeen(t *testing.T) {
	d := newDesk(t, false, "")
	admin, _ := d.settle("hanako", account.Admin)
	viewer, _ := d.settle("taro", account.Viewer)
	one, two, three, merge := d.flag(1, kept.ReasonReplacesMore), d.flag(2, kept.ReasonCancelsNothing), d.flag(3, kept.ReasonRepeat), d.flag(4, kept.ReasonMerge)
	d.shows(viewer.get("/messages"), http.StatusOK, "未確認 3件", "照合は不要", "4件")
	d.lead(admin.postAll("/messages/seen", "id", one, "id", merge), "/messages")
	d.shows(admin.get("/messages"), http.StatusOK, "確認済みにしました", "未確認 2件", "hanako")
	// Of two who do so, the first is named; another page's messages are none of this one's.
	for _, ids := range [][]string{{one}, {merge}, {"flagged-none"}, {"../" + two}} {
		d.shows(admin.postAll("/messages/seen", "id", ids[0]), http.StatusUnprocessableEntity, "何も変更していません")
	}
	d.shows(admin.postAll("/messages/seen"), http.StatusUnprocessableEntity, "1件以上")
	d.lead(admin.postAll("/messages/seen", "all", "1", "id", three, "shown", two), "/messages")
	d.shows(admin.get("/messages"), http.StatusOK, "未確認 1件", `value="`+three+`"`)
	got := d.said()
	slices.Sort(got)
	want := []string{"hanako kept_seen " + one, "hanako kept_seen " + two}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	d.shows(viewer.get("/activity"), http.StatusOK, "注意付きの電文を確認済みにした", one)
}

// What nobody has looked at stands before the rest, however old it is and however much
// came since: the overview's number and the list agree.
func TestFlagged_unseenComesFirst(t *testing.T) {
	d := newDesk(t, false, "")
	admin, _ := d.settle("hanako", account.Admin)
	old := d.flag(1, kept.ReasonOtherDay)
	for i := range flaggedMax {
		e := kept.Entry{Class: kept.Flagged, Reason: kept.ReasonCombined, Received: d.clock().Add(time.Minute + time.Duration(i)*time.Second)}
		d.must(d.kept.Keep(e, [16]byte{9, byte(i)}, nil))
	}
	a := admin.get("/messages")
	d.shows(a, http.StatusOK, "201件 (このうち200件を表示)", "未確認 1件", `name="id" value="`+old+`"`)
}

// Lists, dismissed ones too, and the history name patient and order where they are known.
func TestKept_namesPatientAndOrder(t *testing.T) {
	d := newDesk(t, false, "")
	admin, _ := d.settle("hanako", account.Admin)
	one := d.keep("C1", 1)
	d.shows(admin.get("/messages"), http.StatusOK, "0000000001", "000000000000077")
	d.lead(admin.postAll("/messages/decide", "id", one, "decision", "dismiss", "why", "再送済み"), "/messages")
	d.shows(admin.get("/activity"), http.StatusOK, "0000000001", "000000000000077")
	d.must(d.kept.Dismissed(one))
	d.shows(admin.get("/messages/dismissed"), http.StatusOK, "0000000001", "000000000000077")
}
