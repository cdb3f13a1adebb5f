package portal

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// third adds a hospital that knows the patient by a number and is not linked yet.
func (d *desk) third(number ident.LocalPatientID) ident.FacilityID {
	f := d.hospital("水引記念病院", "記念", "9910000071").ID
	d.Gateways.With(f, func(g *flowtest.Gateway) {
		g.Patients[number] = flowtest.ClaimOf(number, name, kanaOf)
		g.Patients["1"] = flowtest.ClaimOf("1", "誰か", "ダレカ")
	})
	return f
}

func TestLinks_linkAndUnlink(t *testing.T) {
	d := newDesk(t)
	third := string(d.third("0005005"))
	clerk := d.clerk()

	got := clerk.post(d.path("/candidates"), "facility", third, "patient_id", "00050")
	got.want(t, http.StatusOK, "")
	got.shows(t, `name="patient_id" value="0005005"`, `value="00050"`) // the candidate, and what was being typed

	for name, tc := range map[string]struct{ number, text string }{
		"none":      {" ", "患者IDを入力してください。"},
		"unknown":   {"404", "患者ID 404 は、相手施設に登録されていません。"},
		"another's": {"1", "一致しない項目があります: カナ氏名。"},
	} {
		t.Run(name, func(t *testing.T) {
			got := clerk.post(d.path("/link"), "facility", third, "patient_id", tc.number)
			got.want(t, http.StatusUnprocessableEntity, "")
			if text := got.errors()["id-"+third]; !strings.Contains(text, tc.text) {
				t.Errorf("beside the number stands %q, want %q", text, tc.text)
			}
			got.shows(t, `value="`+tc.number+`"`)
		})
	}
	t.Run("a gateway that is silent", func(t *testing.T) {
		d.Gateways.With(ident.FacilityID(third), func(g *flowtest.Gateway) { g.Online = false })
		got := clerk.post(d.path("/link"), "facility", third, "patient_id", "0005005")
		if text := got.errors()["id-"+third]; !strings.Contains(text, "応答していません") {
			t.Errorf("beside the number stands %q", text)
		}
		d.Gateways.With(ident.FacilityID(third), func(g *flowtest.Gateway) { g.Online = true })
	})

	clerk.post(d.path("/link"), "facility", third, "patient_id", "0005005").want(t, http.StatusSeeOther, d.path("/links"))
	page := clerk.get(d.path("/links"))
	page.shows(t, "連携しました。", "0005005")

	// Somebody was faster: the row has no field any more, so the reason stands above.
	clerk.post(d.path("/link"), "facility", third, "patient_id", "0005005").shows(t, "この施設とはすでに連携されています。")

	page.shows(t, name+" さん(水引記念病院 0005005)の連携を解除します。", "この方を閲覧しているすべての施設で、水引記念病院の診療情報が見られなくなります。")
	link := page.linkOf(third)
	clerk.post(d.path("/unlink"), "link", link, "reason", " ").shows(t, "理由を入力してください。")
	clerk.post(d.path("/unlink"), "link", link, "reason", "誤り").want(t, http.StatusSeeOther, d.path("/links"))
	clerk.get(d.path("/links")).shows(t, "連携を解除しました。")
}

// linkOf finds the link of a facility's row.
func (a answer) linkOf(f string) string {
	_, rest, _ := strings.Cut(a.body, `<tr id="f-`+f)
	_, rest, _ = strings.Cut(rest, `name="link" value="`)
	link, _, _ := strings.Cut(rest, `"`)
	return link
}

// The own link can be ended, with what that means, and leads to the list.
func TestLinks_ownIsEnded(t *testing.T) {
	d := newDesk(t)
	clerk := d.clerk()
	page := clerk.get(d.path("/links"))
	page.shows(t, "患者IDの訂正・連携解除…", name+" さん(水引市立病院 "+string(ownID)+")の連携を解除します。", "同意と、ほかの施設との連携は残ります。")
	d.Gateways.With(d.home.ID, func(g *flowtest.Gateway) { g.Patients["0007070"] = flowtest.ClaimOf("0007070", name, kanaOf) })
	form := []string{"link", page.linkOf(string(d.home.ID)), "reason", "打ち間違い", "patient_id"}
	clerk.post(d.path("/correct"), append(form, string(ownID))...).shows(t, "今の患者IDと同じです。", "data-dialog-now", `name="patient_id" value="`+string(ownID)+`"`, `name="reason" value="打ち間違い"`)
	clerk.post(d.path("/correct"), append(form, "０００７０７０")...).want(t, http.StatusSeeOther, d.path("/links"))
	page = clerk.get(d.path("/links"))
	page.shows(t, "患者IDを訂正しました。", "0007070")
	clerk.post(d.path("/unlink"), "link", page.linkOf(string(d.home.ID)), "reason", "登録誤り", "own", "1").want(t, http.StatusSeeOther, "/patients")
	list := clerk.get("/patients")
	list.shows(t, "自施設の連携を解除しました。")
	if strings.Contains(list.body, name) {
		t.Error("the patient is in the list still")
	}
	log := d.manager().get("/manage/log?kind=linkage")
	log.shows(t, "連携解除", "患者ID "+string(ownID), "理由: 打ち間違い", "患者ID 0007070", "理由: 登録誤り")
}

// A suspended link can be compared anew from the page, the own one too.
func TestLinks_suspendedIsComparedAgain(t *testing.T) {
	d := newDesk(t)
	clerk := d.clerk()
	for _, f := range []struct {
		id     ident.FacilityID
		number ident.LocalPatientID
	}{{d.other.ID, otherID}, {d.home.ID, ownID}} {
		d.InTx(func(ctx context.Context, tx *db.Tx) error {
			l, err := linkagedb.Store{}.At(ctx, tx, flowtest.Union, d.patient.ID, f.id)
			if err != nil {
				return err
			}
			return linkagedb.Store{}.Suspend(ctx, tx, l.ID, []wire.Field{wire.FieldKana}, d.Now)
		})
		clerk.get(d.path("/links")).shows(t, "もう一度照合する", "要再照合")
		form := []string{"facility", string(f.id), "patient_id", string(f.number)}
		got := clerk.post(d.path("/link"), form...)
		if text := got.errors()["id-"+string(f.id)]; !strings.Contains(text, "登録されていません") {
			t.Errorf("beside the number stands %q", text)
		}
		d.Gateways.With(f.id, func(g *flowtest.Gateway) { g.Patients[f.number] = flowtest.ClaimOf(f.number, name, kanaOf) })
		clerk.post(d.path("/link"), form...).want(t, http.StatusSeeOther, d.path("/links"))
		if page := clerk.get(d.path("/links")); strings.Contains(page.body, "要再照合") {
			t.Error("the link is suspended still")
		}
	}
}

func TestLinks_consent(t *testing.T) {
	d := newDesk(t)
	clerk := d.clerk()
	clerk.post(d.path("/revoke"), "reason", "").shows(t, "理由を入力してください。")
	clerk.post(d.path("/revoke"), "reason", "ご本人の申し出").want(t, http.StatusSeeOther, d.path("/links"))
	clerk.get(d.path("/links")).shows(t, "同意を撤回しました。", "有効な同意がありません", "ご本人の申し出")
	d.doctor().get(d.path("")).shows(t, "有効な同意がないため、診療情報は表示されません。")
	clerk.post(d.path("/revoke"), "reason", "もう一度").shows(t, "有効な同意がありません。")

	form := []string{"basis", "proxy", "signer", "", "consent_date", "いつか", "note", "電話で"}
	got := clerk.post(d.path("/consent"), form...)
	got.want(t, http.StatusUnprocessableEntity, "")
	got.keeps(t, form)
	if errors := got.errors(); errors["signer"] == "" || errors["consent_date"] == "" {
		t.Errorf("errors %v, want both signer and date", errors)
	}
	for date, text := range map[string]string{"": "同意日を入力してください。", "S23.3.8": "同意日が生年月日より前の日付です。同意日をご確認ください。", "R8.11.26": "同意日を今日以前の日付で入力してください。"} {
		got := clerk.post(d.path("/consent"), "basis", "proxy", "signer", "長女", "consent_date", date)
		got.want(t, http.StatusUnprocessableEntity, "")
		if got := got.errors()["consent_date"]; got != text {
			t.Errorf("consent of %q: %q, want %q", date, got, text)
		}
	}
	clerk.post(d.path("/consent"), "basis", "proxy", "signer", "長女", "consent_date", "R8.11.25").want(t, http.StatusSeeOther, d.path("/links"))
	clerk.get(d.path("/links")).shows(t, "同意を登録しました。", "長女")
}

// How far a fetch is tells nobody how many documents there are: the gateway reads those
// too that it does not release to the reader.
func TestFetch(t *testing.T) {
	d := newDesk(t)
	path := d.path("/fetch?facility=" + string(d.other.ID))
	gateway := func(lines ...wire.Progress) {
		d.Gateways.With(d.other.ID, func(g *flowtest.Gateway) { g.Progress = lines })
	}
	for name, tc := range map[string]struct {
		lines []wire.Progress
		want  string
	}{
		"to the end": {
			[]wire.Progress{{Read: 19, Total: 40}, {Read: 40, Total: 40, Unreadable: 3, UnreadableOf: []wire.KindCount{{Kind: clinical.KindPhysicianNote, Files: 2}}, Done: true}},
			"data: {\"percent\":40}\n\nevent: done\ndata: {\"percent\":100,\"unreadable\":1}\n\n",
		},
		"no faster than the eye": { // the clock stands still
			[]wire.Progress{{Read: 4, Total: 40}, {Read: 20, Total: 40}, {Read: 30, Total: 40}, {Read: 40, Total: 40, Done: true}},
			"data: {\"percent\":10}\n\nevent: done\ndata: {\"percent\":100}\n\n",
		},
		"so few that a step would count them": {
			[]wire.Progress{{Read: 1, Total: 3}, {Read: 3, Total: 3, Done: true}},
			"event: done\ndata: {\"percent\":100}\n\n",
		},
		"nothing there": {
			[]wire.Progress{{Done: true}},
			"event: done\ndata: {\"percent\":100}\n\n",
		},
		"broken off": {
			[]wire.Progress{{Read: 40, Total: 40}, {Error: &wire.Error{Kind: fault.Unavailable, Key: "gateway.silent"}}},
			"data: {\"percent\":100}\n\nevent: failed\ndata: {\"message\":\"相手施設のゲートウェイが応答していません。\"}\n\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			gateway(tc.lines...)
			got := d.clerk().get(path)
			got.want(t, http.StatusOK, "")
			if got.body != tc.want || got.Header.Get("Content-Type") != "text/event-stream" {
				t.Errorf("stream %q of type %q, want %q", got.body, got.Header.Get("Content-Type"), tc.want)
			}
		})
	}
	t.Run("without consent", func(t *testing.T) {
		d.Revoke(d.patient.ID)
		if got := d.clerk().get(path); got.body != "event: failed\ndata: {\"message\":\"同意の登録が必要です。\"}\n\n" {
			t.Errorf("stream %q", got.body)
		}
		d.Consent(d.patient.ID)
	})
	t.Run("a silent gateway", func(t *testing.T) {
		d.Gateways.With(d.other.ID, func(g *flowtest.Gateway) { g.Online = false })
		d.clerk().get(path).shows(t, "event: failed", "応答していません")
		d.Gateways.With(d.other.ID, func(g *flowtest.Gateway) { g.Online = true })
	})
}

// A refresh is a GET that leaves rows in somebody's name: only the portal's pages cause it.
func TestReq_WEB01_fetchIsAskedForByOwnPages(t *testing.T) {
	d := newDesk(t)
	b := d.in(who{profession: access.Nurse, roles: []access.Role{access.RoleLiaison}})
	path := d.path("/fetch?facility=" + string(d.other.ID))
	for site, status := range map[string]int{
		"same-origin": http.StatusOK,
		"none":        http.StatusNotFound, // typed, a bookmark, a prefetch of one
		"same-site":   http.StatusNotFound,
		"cross-site":  http.StatusNotFound,
	} {
		before := len(d.Events(audit.ActionRefresh))
		got := b.do(http.MethodGet, path, nil, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", site) })
		got.want(t, status, "")
		if rows := len(d.Events(audit.ActionRefresh)) - before; (rows > 0) != (status == http.StatusOK) {
			t.Errorf("%s: %d rows", site, rows)
		}
	}
}

// Demographics are corrected on the page: what was typed stays where it was refused, and
// the hospitals that do not agree are named by their state.
func TestLinks_demographicsAreCorrected(t *testing.T) {
	d := newDesk(t)
	clerk := d.clerk()
	d.Gateways.With(d.home.ID, func(g *flowtest.Gateway) { g.Patients[ownID] = flowtest.ClaimOf(ownID, name, kanaOf) })
	clerk.get(d.path("/links")).shows(t, "患者の登録内容", `name="kana" value="`+kanaOf+`"`)
	born := d.patient.BirthDate.String()
	form := func(kana, birth, reason string) []string {
		return []string{"name", "結城 花子", "kana", kana, "birth_date", birth, "sex", string(d.patient.Sex), "address", "", "reason", reason}
	}
	clerk.post(d.path("/demographics"), form("ゆうき花子", born, "婚姻")...).shows(t, "カナ氏名をカナで入力してください。", "data-dialog-now", `value="ゆうき花子"`)
	clerk.post(d.path("/demographics"), form("ユウキ ハナコ", "昭和99年1月1日", "婚姻")...).shows(t, "data-dialog-now", `value="昭和99年1月1日"`)
	clerk.post(d.path("/demographics"), form("ユウキ ハナコ", born, " ")...).shows(t, "理由を入力してください。", "data-dialog-now")
	clerk.post(d.path("/demographics"), form("ユウキ ハナコ", born, "婚姻")...).shows(t, "一致しない項目があります: カナ氏名", "data-dialog-now", `name="reason" value="婚姻"`)
	d.Gateways.With(d.home.ID, func(g *flowtest.Gateway) {
		c := g.Patients[ownID]
		c.Kana = "ユウキ ハナコ"
		g.Patients[ownID] = c
	})
	clerk.post(d.path("/demographics"), form("ゆうき はなこ", born, "婚姻")...).want(t, http.StatusSeeOther, d.path("/links"))
	clerk.get(d.path("/links")).shows(t, "登録内容を訂正しました。", "停止しています", "結城 花子", "要再照合", "訂正の履歴", kanaOf)
	d.manager().get("/manage/log?kind=linkage").shows(t, "患者の登録内容の訂正", "訂正: 氏名、カナ氏名", "理由: 婚姻", "連携の一時停止")
	d.Exec(`UPDATE person_link SET verified_by = 'staff' WHERE facility_id = $1`, d.home.ID) // before the facility had a gateway
	clerk.get(d.path("/links")).shows(t, `name="staff_verified"`)
}

// What others have corrected waits in the list and on the page of links until a clerk of
// the facility has compared it by hand; the correction's old and new values stand there.
func TestLinks_correctionIsConfirmed(t *testing.T) {
	d := newDesk(t)
	clerk := d.clerk()
	d.Exec(`UPDATE person_link SET verified_by = 'staff' WHERE facility_id = $1`, d.home.ID)
	clerk.get("/patients").hides(t, "確認待ち", "訂正されました")
	clerk.get(d.path("/links")).hides(t, "登録内容が訂正されました")
	d.Exec(`UPDATE person SET name = '結城 花子', kana = 'ユウキ ハナコ' WHERE id = $1`, d.patient.ID)
	clerk.get("/patients").shows(t, "登録内容が訂正された患者が 1 名います", "/patients?show=corrected", "訂正の確認待ち")
	clerk.get("/patients?show=corrected").shows(t, "訂正の確認待ちの患者 1 名", "結城 花子", "すべての患者を表示")
	d.doctor().get("/patients").hides(t, "確認待ち", "訂正されました")
	got := clerk.get(d.path("/links"))
	got.shows(t, "登録内容が訂正されました。ご確認ください", name, "結城 花子", kanaOf, "ユウキ ハナコ")
	got.hides(t, `data-changed="sex"`, `data-changed="birth_date"`)
	form := func(kana, verified string) []string {
		return []string{"name", "結城 花子", "kana", kana, "birth_date", d.patient.BirthDate.String(), "sex", string(d.patient.Sex), "staff_verified", verified}
	}
	clerk.post(d.path("/demographics/confirm"), form("ユウキ ハナコ", "")...).shows(t, "本人確認をして、確認済みの印を付けてください。")
	clerk.post(d.path("/demographics/confirm"), form("アヤ ハナコ", "1")...).shows(t, "さらに訂正されました")
	clerk.post(d.path("/demographics/confirm"), form("ユウキ ハナコ", "1")...).want(t, http.StatusSeeOther, d.path("/links"))
	got = clerk.get(d.path("/links"))
	got.shows(t, "訂正された登録内容を確認済みにしました。")
	got.hides(t, "登録内容が訂正されました")
	got = clerk.get("/patients?show=corrected")
	got.shows(t, "訂正の確認待ちの患者はいません")
	got.hides(t, "結城 花子")
	clerk.post(d.path("/demographics/confirm"), form("ユウキ ハナコ", "1")...).shows(t, "すでに確認済み")
	d.manager().get("/manage/log?kind=linkage").shows(t, "訂正された登録内容の確認", "訂正: 氏名、カナ氏名")
}
