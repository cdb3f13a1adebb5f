package page

import (
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

func unfiledEntry(n int, typ, control string, reason kept.Reason, detail string) kept.Entry {
	received := ago(time.Duration(n) * 47 * time.Minute)
	return kept.Entry{
		ID: "accepted-" + received.UTC().Format("20060102T150405.000000") + "-9f3c21d07a4be85" + string(rune('0'+n)), Class: kept.Accepted, Reason: reason, Detail: detail,
		Listener: "ehr", Received: received, Type: typ, ControlID: control, Bytes: 812,
	}
}

const seenID = "flagged-20261125T023000.000000-3c21d007a4be859f-cancels_nothing"

func unfiled() []kept.Entry {
	tried := unfiledEntry(3, "RDE^O11^RDE_O11", "26112509180000021", kept.ReasonLate, "its order is cancelled by accepted-20261125T031012.000000-9f3c21d07a4be852, which is kept as well: have both filed together")
	tried.Tried = ago(10 * time.Minute)
	damaged := unfiledEntry(6, "", "", kept.ReasonDamaged, "its entry of the list cannot be read: unexpected end of JSON input")
	return []kept.Entry{
		unfiledEntry(1, "OUL^R22^OUL_R22", "26112513420000107", kept.ReasonNoPlace, "segment 3 (PID), field 3: no patient id"),
		unfiledEntry(2, "RDE^O11^RDE_O11", "26112512580000064", kept.ReasonNoPlace, "segment 4 (ORC), field 9: no day of care"),
		tried,
		unfiledEntry(4, "ADT^A08^ADT_A01", "26112510270000015", kept.ReasonFiling, "file name too long"),
		unfiledEntry(5, "OML^O33^OML_O33", "26112509450000009", kept.ReasonNoPlace, "segment 5 (SPM): no such segment in the contract"),
		damaged,
	}
}

// keptFixtures gives the pages about messages that are kept.
func keptFixtures() map[string]View {
	rows := unfiled()
	decided := map[string]kept.Decided{
		rows[3].ID: {ID: rows[3].ID, Decision: kept.File, By: "joho.taro", At: ago(20 * time.Second)},
		rows[4].ID: {ID: rows[4].ID, Decision: kept.Dismiss, By: account.AtCommandLine("root"), At: ago(40 * time.Second), Begun: ago(time.Second), Why: "13:05に新しいメッセージIDで再送済み"},
	}
	messages := func(role account.Role) Messages {
		v := Messages{Shell: shellOf(SectionMessages, "/messages", role), Receiving: true, Decided: decided, Unseen: 211, Seen: map[string]account.Seen{seenID: {Login: "joho.taro", At: ago(30 * time.Minute)}}}
		for i, e := range rows {
			row := KeptRow{Entry: e}
			if i > 0 && i < 5 {
				row.About = About{Patient: "0000012345", Order: "000000000000077"}
			}
			v.Unfiled.Rows = append(v.Unfiled.Rows, row)
		}
		v.Unfiled.Total = len(rows)
		v.Flagged = Listed{Total: 731, Rows: []KeptRow{
			{Entry: kept.Entry{ID: "flagged-20261125T043000.000000-859f3c21d007a4be-replaces_more", Class: kept.Flagged, Reason: kept.ReasonReplacesMore, Detail: "2 entries of RXE are no longer shown", Listener: "ehr", Received: ago(time.Hour), Type: "RDE^O11^RDE_O11", ControlID: "26112513300000101"}, Waits: true},
			{Entry: kept.Entry{ID: seenID, Class: kept.Flagged, Reason: kept.ReasonCancelsNothing, Listener: "ehr", Received: ago(3 * time.Hour), Type: "OMG^O19^OMG_O19", ControlID: "26112511300000044"}},
			{Entry: kept.Entry{ID: "flagged-20261125T033000.000000-07a4be859f3c21d0-merge", Class: kept.Flagged, Reason: kept.ReasonMerge, Listener: "ehr", Received: ago(2 * time.Hour), Type: "ADT^A40^ADT_A39", ControlID: "26112512300000052"}},
		}}
		v.Refused = Listed{Total: 2, Rows: []KeptRow{
			{Entry: kept.Entry{ID: "refused-2-piece", Class: kept.Refused, Reason: kept.ReasonCut, Cause: cause.Slow, Detail: "connection ended within a message, after 150 bytes", Listener: "ehr", From: "10.1.2.20", Received: ago(4 * time.Hour), Type: "ADT^A08^ADT_A01", ControlID: "26112009180000003", Bytes: 150}},
			{Entry: kept.Entry{ID: "refused-20261125T023000.000000-be859f3c21d007a4", Class: kept.Refused, Reason: kept.ReasonUnsupported, Detail: "MSH^1^12: HL7 version 2.5 is supported", Listener: "ehr", From: "10.1.2.20", Received: ago(3 * time.Hour), Again: ago(time.Minute), Bytes: 400}, About: About{Patient: "0000045678"}},
		}}
		return v
	}
	changed := messages(account.Admin)
	changed.Notice = &Notice{Tone: ToneRefused, Message: Message{Key: "kept.changed"}}
	review := Review{Shell: shellOf(SectionMessages, "/messages", account.Admin), Missing: 1, Rows: []Reviewed{
		{rows[2], About{"0000012345", "000000000000077"}, kept.Prospect{Effect: kept.Superseded, Patient: "0000012345", Type: "OMP-01", Order: "000000000000077", Day: "20261120", Before: 1, Since: 2, LastSince: ago(40 * time.Minute)}, rows[1:2]},
		{rows[0], About{Order: "000000000000078"}, kept.Prospect{Effect: kept.Unfit, Reason: kept.ReasonNoPlace, Detail: "segment 3 (PID), field 3: no patient id"}, nil},
		{rows[3], About{}, kept.Prospect{Effect: kept.Replaces, Patient: "0000045678", Type: "ADT-00", Before: 3}, nil},
	}}
	whyless := review
	whyless.Missing, whyless.Decision, whyless.Errors = 0, kept.Dismiss, Errors{"why": {Key: "kept.no_why"}}
	whyless.Rows = nil
	for i, effect := range kept.Effects() {
		whyless.Rows = append(whyless.Rows, Reviewed{rows[i%len(rows)], About{}, kept.Prospect{Effect: effect, Reason: kept.ReasonLate, Patient: "0000012345", Type: "OMP-01", Order: "77", Day: "20261120", Before: 1, Since: 1, LastSince: ago(time.Hour)}, nil})
	}
	undecided := review
	undecided.Errors = Errors{"decision": {Key: "kept.no_decision"}}
	proof := StepUp{
		Shell: shellOf(SectionMessages, "/messages", account.Admin), Action: "/messages/decide", Back: "/messages",
		Purpose: Message{Key: "stepup_for.dismiss", Params: map[string]any{"n": 2}},
		Fields:  []FormField{{"decision", "dismiss"}, {"id", rows[0].ID}, {"id", rows[1].ID}, {"why", "再送済み"}},
	}
	refused := proof
	refused.Notice = &Notice{Tone: ToneRefused, Message: Message{Key: "stepup.refused"}}
	dismissed := func(role account.Role) Dismissed {
		return Dismissed{Shell: shellOf(SectionMessages, "/messages/dismissed", role), More: role == account.Viewer, Rows: []DismissedRow{
			{kept.Dismissal{Entry: rows[1], Decided: kept.Decided{ID: rows[1].ID, Decision: kept.Dismiss, By: "joho.taro", At: ago(5 * time.Minute), Why: "13:05に新しいメッセージIDで再送済み"}}, About{Patient: "0000012345", Order: "000000000000077"}},
			{kept.Dismissal{Entry: rows[3], Decided: kept.Decided{ID: rows[3].ID, Decision: kept.Dismiss, By: account.AtCommandLine("root"), At: ago(50 * time.Minute)}}, About{Patient: "0000045678"}},
			{kept.Dismissal{Entry: rows[5], Decided: kept.Decided{ID: rows[5].ID, Decision: kept.Dismiss}}, About{}},
		}}
	}
	return map[string]View{
		"messages": messages(account.Viewer), "messages-admin": messages(account.Admin), "messages-changed": changed,
		"review": review, "review-why": whyless, "review-undecided": undecided, "stepup": proof, "stepup-refused": refused,
		"dismissed": dismissed(account.Admin), "dismissed-viewer": dismissed(account.Viewer), "dismissed-none": Dismissed{Shell: shellOf(SectionMessages, "/messages/dismissed", account.Viewer)},
	}
}

// keptLog gives a row of the history what it says of a kept message.
func keptLog(e account.Entry) account.Entry {
	const file = "0000012345_20261120_OMP-01_000000000000077_20261125111200000_-_"
	switch e.Action {
	case account.ActionKeptWithdraw:
		e.Detail.Patient = "0000012345"
		e.Detail.Kept = &account.Kept{Decided: kept.Dismiss, Order: "000000000000077"}
	case account.ActionKeptDismiss:
		e.Address, e.Login = account.AtCommandLine("root"), ""
		e.Detail.Kept = &account.Kept{Why: "13:05に新しいメッセージIDで再送済み"}
	case account.ActionKeptFiled, account.ActionKeptAlready, account.ActionKeptLate:
		e.Address, e.Login = account.ByGateway, ""
		e.Detail.Kept = &account.Kept{As: file + "2", Condition: account.Superseded, Since: strings.Replace(file, "1112", "1301", 1) + "1"}
	case account.ActionKeptRefused:
		e.Address, e.Login = account.ByGateway, ""
		e.Detail.Kept = &account.Kept{Reason: kept.ReasonNoPlace, Cause: "segment 3 (PID), field 3: no patient id"}
	case account.ActionKeptWaits:
		e.Address, e.Login = account.ByGateway, ""
		e.Detail.Kept = &account.Kept{Order: "000000000000077", Reason: kept.ReasonNoOrder, Cause: "segment 3 (ORC), field 2: the order is not filed"}
	case account.ActionKeptDismissed, account.ActionKeptGone:
		e.Address, e.Login = account.ByGateway, ""
	}
	if strings.HasPrefix(string(e.Action), "kept_") {
		e.Detail.Message = unfiled()[1].ID
	}
	return e
}

// Who may only look is offered nothing that decides.
func TestRender_onlyAdminsDecide(t *testing.T) {
	for name, offers := range map[string]map[string]bool{
		"messages":         {"/messages/review": false, "/messages/withdraw": false, "/messages/seen": false, "checkbox": false},
		"messages-admin":   {"/messages/review": true, "/messages/withdraw": true, "/messages/seen": true, "checkbox": true},
		"dismissed":        {"/messages/restore": true},
		"dismissed-viewer": {"/messages/restore": false},
	} {
		html := render(t, Japanese, keptFixtures()[name])
		for what, want := range offers {
			if got := strings.Contains(html, what); got != want {
				t.Errorf("%s offers %s: %v", name, what, got)
			}
		}
		if !strings.Contains(html, "コマンドライン(root)") {
			t.Errorf("%s does not say who decided at the command line", name)
		}
	}
}

// What is decided cannot be chosen again, and what has begun cannot be withdrawn.
func TestRender_decidedIsNotOffered(t *testing.T) {
	v := keptFixtures()["messages-admin"].(Messages)
	html := render(t, Japanese, v)
	for id, d := range v.Decided {
		if strings.Contains(html, `name="id" value="`+id+`" aria-label="`+id+` を選択"`) {
			t.Errorf("%s can be chosen", id)
		}
		if got := strings.Contains(html, `name="id" value="`+id+`" aria-label="`+id+` への`); got != d.Begun.IsZero() {
			t.Errorf("%s can be withdrawn: %v", id, got)
		}
	}
}

func TestTexts_keptHasWords(t *testing.T) {
	var keys []fault.Key
	for _, e := range kept.Effects() {
		keys = append(keys, "effect."+fault.Key(e))
	}
	for _, d := range []kept.Decision{kept.File, kept.Dismiss} {
		keys = append(keys, "decided."+fault.Key(d), "stepup_for."+fault.Key(d))
	}
	for _, c := range []account.Condition{account.Current, account.Superseded, account.Deleted} {
		keys = append(keys, "condition."+fault.Key(c))
	}
	for _, key := range append(keys, "stepup_for.withdraw", "stepup_for.restore") {
		if textsJapanese[key] == "" {
			t.Errorf("no text %s", key)
		}
	}
	p := phrases{Japanese}
	for by, want := range map[string]string{
		"joho.taro": "joho.taro", "10.1.20.33": "10.1.20.33", account.ByGateway: "ゲートウェイ",
		account.AtCommandLine(""): "コマンドライン", account.AtCommandLine("root"): "コマンドライン(root)", "command lines": "command lines",
	} {
		if got := p.from(by); got != want {
			t.Errorf("from(%q) = %q, want %q", by, got, want)
		}
	}
}

// A list says how many there are, also where it shows fewer, and only what waits is chosen.
func TestRender_messagesAreCounted(t *testing.T) {
	html := render(t, Japanese, keptFixtures()["messages-admin"])
	for _, want := range []string{"731件 (このうち3件を表示)", "未確認 211件", "<small>2件</small>", `form="seen" name="id" value="flagged-20261125T043000`, "オーダ番号</dt><dd class=\"number\">000000000000077"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, id := range []string{seenID, "flagged-20261125T033000.000000-07a4be859f3c21d0-merge"} {
		if strings.Contains(html, `form="seen" name="id" value="`+id) {
			t.Errorf("%s can be marked as looked at", id)
		}
	}
	if html = render(t, Japanese, keptFixtures()["review"]); !strings.Contains(html, "000000000000078") {
		t.Error("of a message that cannot be filed the review names no order, though it is known")
	}
	if html = render(t, Japanese, keptFixtures()["dismissed-viewer"]); !strings.Contains(html, "最新の3件を表示(これより古いものもあります)") {
		t.Error("a list of dismissed messages that was cut does not say so")
	}
}

// A piece tells why it is one, and what came again when it last did. An entry that a former
// program wrote has neither, and reads as it did.
func TestMessages_tellMore(t *testing.T) {
	v := keptFixtures()["messages"].(Messages)
	html := render(t, Japanese, v)
	for _, want := range []string{textsJapanese["cause.slow"], "同じ電文の再送: 最終 2026/"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for i := range v.Refused.Rows {
		v.Refused.Rows[i].Cause, v.Refused.Rows[i].Again = "", time.Time{}
	}
	html = render(t, Japanese, v)
	for _, key := range []fault.Key{"cause.slow", "cause.other"} {
		if strings.Contains(html, textsJapanese[key]) {
			t.Errorf("an entry without a cause has %s", key)
		}
	}
}
