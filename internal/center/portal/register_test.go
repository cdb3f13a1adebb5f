package portal

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// typed is a whole registration as a clerk types it; change makes it another one.
func typed(change ...string) []string {
	form := map[string]string{
		"kana": "ムスビ アキ", "birth_date": "S35.4.1", "sex": "F", "existing": "new", "name": "結び 秋", "address": "水引市結町1-2",
		"basis": "written", "signer": "本人", "consent_date": "R8.11.25", "consent_note": "窓口で",
		"own_id": "0009009", "staff_verified": "1",
	}
	for i := 0; i < len(change); i += 2 {
		form[change[i]] = change[i+1]
	}
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(form)) {
		pairs = append(pairs, k, form[k])
	}
	return pairs
}

// expectAtHome puts a patient of the typed registration into the own hospital's record.
func (d *desk) expectAtHome(id ident.LocalPatientID) {
	claim := flowtest.ClaimOf(id, "結び 秋", "ムスビ アキ")
	claim.BirthDate = "1960-04-01"
	d.Gateways.With(d.home.ID, func(g *flowtest.Gateway) { g.Patients[id] = claim })
}

func TestRegister(t *testing.T) {
	d := newDesk(t)
	d.expectAtHome("0009009")
	clerk := d.clerk()
	got := clerk.post("/register", typed()...)
	to := got.Header.Get("Location")
	if id, ok := strings.CutPrefix(strings.TrimSuffix(to, "/links"), "/patients/"); got.StatusCode != http.StatusSeeOther || !ok || !ident.Valid(id) {
		t.Fatalf("status %d to %q\n%v", got.StatusCode, to, got.errors())
	}
	clerk.get(to).shows(t, "連携患者を登録しました", "結び 秋", "0009009", "包括同意があります")
}

// Whatever is wrong, it stands beside its field, and everything typed stays.
func TestRegister_refused(t *testing.T) {
	d := newDesk(t)
	d.expectAtHome("0009009")
	d.expectAtHome("0009010")
	d.Gateways.With(d.home.ID, func(g *flowtest.Gateway) {
		g.Patients["0009011"] = flowtest.ClaimOf("0009011", "誰か", "ダレカ")
	})
	twin := d.patient // 水引 花子, registered already
	if got := d.clerk().post("/register", typed()...); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("status %d, %v", got.StatusCode, got.errors())
	}
	alike := []string{"kana", "みずひき はなこ", "birth_date", "1948/3/9", "name", "水引 華子", "own_id", "0009010", "shown", string(twin.ID)}
	nearly := append(slices.Clone(alike), "birth_date", "1948/3/19")
	for name, tc := range map[string]struct {
		form   []string
		errors map[string]string
		notice string
	}{
		"nothing at all": {
			[]string{"staff_verified", "1"},
			map[string]string{
				"kana": "カナ氏名を入力してください。", "birth_date": "生年月日を入力してください。",
			}, "",
		},
		"no kana":                     {typed("kana", "結び"), map[string]string{"kana": "カナ氏名をカナで入力してください。"}, ""},
		"one letter of kana":          {typed("kana", "ム"), map[string]string{"kana": "カナ氏名をカナで入力してください。"}, ""},
		"no day":                      {typed("birth_date", "S35.13.1"), map[string]string{"birth_date": "存在しない日付です(1960-13-1)。"}, ""},
		"born tomorrow":               {typed("birth_date", "R8.11.26"), map[string]string{"birth_date": "生年月日が未来の日付です。"}, ""},
		"no name":                     {typed("kana", "ムスビ フユ", "name", ""), map[string]string{"name": "氏名を入力してください。"}, ""},
		"no sex":                      {typed("kana", "ムスビ フユ", "sex", ""), map[string]string{"sex": "性別を選んでください。"}, ""},
		"no basis":                    {typed("kana", "ムスビ フユ", "basis", ""), map[string]string{"basis": "同意の方法を選んでください。"}, ""},
		"no basis and no date":        {typed("kana", "ムスビ フユ", "basis", "", "consent_date", "いつか"), map[string]string{"basis": "同意の方法を選んでください。", "consent_date": "日付として読み取れません。例: S35.4.1、昭和35年4月1日、1960/4/1"}, ""},
		"consent of tomorrow":         {typed("kana", "ムスビ フユ", "consent_date", "R8.11.26"), map[string]string{"consent_date": "同意日を今日以前の日付で入力してください。"}, ""},
		"no date of consent":          {typed("kana", "ムスビ フユ", "consent_date", ""), map[string]string{"consent_date": "同意日を入力してください。"}, ""},
		"consent before birth":        {typed("kana", "ムスビ フユ", "consent_date", "S35.3.31"), map[string]string{"consent_date": "同意日が生年月日より前の日付です。同意日をご確認ください。"}, ""},
		"no number":                   {typed("kana", "ムスビ フユ", "own_id", ""), map[string]string{"own_id": "患者IDを入力してください。"}, ""},
		"an unknown number":           {typed("kana", "ムスビ フユ", "own_id", "1"), map[string]string{"own_id": "患者ID 1 は、相手施設に登録されていません。"}, ""},
		"another's number":            {typed("kana", "ムスビ フユ", "own_id", "0009011"), map[string]string{"own_id": "患者ID 0009011 には、相手施設の登録内容と一致しない項目があります: 生年月日、カナ氏名。患者IDと本人確認書類をご確認ください。"}, ""},
		"a number that is used":       {typed("kana", "ムスビ フユ", "own_id", "0009009"), map[string]string{"own_id": "患者ID 0009009 は、すでに別の方に連携されています。患者IDをご確認ください。正しい場合は、運営事務局にご連絡ください。"}, ""},
		"a used number in full width": {typed("kana", "ムスビ フユ", "own_id", "０００９００９"), map[string]string{"own_id": "患者ID 0009009 は、すでに別の方に連携されています。患者IDをご確認ください。正しい場合は、運営事務局にご連絡ください。"}, ""},
		"no number but a name":        {typed("kana", "ムスビ フユ", "own_id", "ムスビ"), map[string]string{"own_id": "患者IDは英数字と記号だけで入力してください。途中に空白は入れられません。"}, ""},
		"a number with other zeros":   {typed("kana", "ムスビ フユ", "own_id", "9009"), map[string]string{"own_id": "先頭の0の数または英字の大文字・小文字だけが異なる患者ID 0009009 が、自施設で登録されています。入力した患者ID 9009 に誤りがないかご確認ください。別の方の場合は、確認のうえ印を付けて登録してください。"}, ""},
		"such a person exists":        {typed(alike...), map[string]string{"existing": "同じカナ氏名・生年月日・性別の方がすでに登録されています。同じ方であれば上の一覧から選んでください。別の方の場合は、確認のうえ印を付けて登録してください。"}, ""},
		"somebody nearly such exists": {typed(nearly...), map[string]string{"existing": "よく似た方がすでに登録されています。同じ方であれば上の一覧から選び、入力に誤りがあれば直して探し直してください。登録済みの内容のほうが誤っている場合も、上の一覧から選んで登録し、「連携・同意」の画面で訂正できます。別の方の場合は、確認のうえ印を付けて登録してください。"}, ""},
		"none of persons who were not on the page": {typed(append(slices.Clone(alike), "shown", "")...), map[string]string{"existing": "登録済みの方か、新しい方かを選んでください。"}, ""},
		"undecided":           {typed(append(alike, "existing", "")...), map[string]string{"existing": "登録済みの方か、新しい方かを選んでください。"}, ""},
		"linked here already": {typed(append(alike, "existing", string(twin.ID))...), map[string]string{"existing": "この施設とはすでに連携されています。"}, ""},
		"chosen, then another was typed": {
			typed("existing", string(twin.ID)), map[string]string{"existing": "登録済みの方か、新しい方かを選んでください。"}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := d.clerk().post("/register", tc.form...)
			got.want(t, http.StatusUnprocessableEntity, "")
			errors := got.errors()
			if name == "nothing at all" { // and all later steps too
				for _, later := range []string{"own_id", "basis", "consent_date"} {
					if errors[later] == "" {
						t.Errorf("nothing stands beside %s", later)
					}
					delete(errors, later)
				}
			}
			if diff := cmp.Diff(tc.errors, errors); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			got.keeps(t, tc.form)
		})
	}
}

// keeps checks that a page shows a form's values in its fields, none of them closed.
func (a answer) keeps(t *testing.T, pairs []string) {
	t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		field, value := pairs[i], pairs[i+1]
		if value == "" || field == "existing" || field == "shown" {
			continue
		}
		in := `name="` + field + `" value="` + value + `"`
		if field == "basis" || field == "sex" {
			in += " checked"
		}
		if field == "staff_verified" && !strings.Contains(a.body, `name="staff_verified"`) {
			continue // the own gateway compares
		}
		if !strings.Contains(a.body, in) {
			t.Errorf("%s no longer holds %q", field, value)
		}
	}
	if strings.Contains(a.body, `<fieldset class="card step" disabled`) && len(pairs) > 4 {
		t.Error("a step with something in it is closed: browsers will not send it")
	}
}

// The clerk says that the number with other zeros is another one, and goes on.
func TestRegister_leadingZerosAreConfirmed(t *testing.T) {
	d := newDesk(t)
	d.expectAtHome("7007") // 0007007 is linked
	clerk := d.clerk()
	form := typed("own_id", "７００７")
	asked := clerk.post("/register", form...)
	asked.want(t, http.StatusUnprocessableEntity, "")
	asked.shows(t, `name="confirm_alike"`, "0007007")
	if got := clerk.post("/register", append(form, "confirm_alike", "1")...); got.StatusCode != http.StatusSeeOther {
		t.Errorf("status %d, %v", got.StatusCode, got.errors())
	}
}

func TestRegister_find(t *testing.T) {
	d := newDesk(t)
	clerk := d.clerk()
	t.Run("somebody is found", func(t *testing.T) {
		got := clerk.post("/register/find", "kana", "みずひき", "birth_date", "昭和23年3月9日", "sex", "F")
		got.want(t, http.StatusOK, "")
		got.shows(t, name, string(ownID), `value="`+string(d.patient.ID)+`"`, "1948")
	})
	t.Run("nobody is found", func(t *testing.T) {
		got := clerk.post("/register/find", "kana", "ムスビ", "birth_date", "S23.3.9")
		got.want(t, http.StatusOK, "")
		got.shows(t, `type="hidden" name="existing" value="new"`, "完全に一致する方はいません")
	})
	// Whoever was found nowhere, and mends the birth date, decides anew.
	t.Run("a corrected search clears the choice", func(t *testing.T) {
		for _, chosen := range []string{"new", string(d.patient.ID)} {
			got := clerk.post("/register/find", "kana", "みずひき はなこ", "birth_date", "S23.3.9", "sex", "F", "existing", chosen, "shown", string(d.patient.ID), "confirm_distinct", "1")
			got.want(t, http.StatusOK, "")
			got.shows(t, `value="`+string(d.patient.ID)+`"`)
			if strings.Contains(got.body, `type="hidden" name="existing"`) || regexp.MustCompile(`name="(existing|confirm_distinct)"[^>]* checked`).MatchString(got.body) {
				t.Errorf("after %q something is chosen already", chosen)
			}
		}
	})
	t.Run("somebody nearly such is offered", func(t *testing.T) {
		for name, tc := range map[string]struct {
			form []string
			want string
		}{
			"birth date": {[]string{"kana", "ミズヒキ ハナコ", "birth_date", "S23.9.3", "sex", "F"}, "生年月日が異なります"},
			"sex":        {[]string{"kana", "ミズヒキ ハナコ", "birth_date", "S23.3.9", "sex", "M"}, "性別が異なります"},
			"kana":       {[]string{"kana", "ハナコ ミズヒキ", "birth_date", "S23.3.9", "sex", "F"}, "カナ氏名が異なります"},
		} {
			got := clerk.post("/register/find", tc.form...)
			got.want(t, http.StatusOK, "")
			got.shows(t, "完全に一致する方はいません", "似た方がいます", tc.want, `name="existing" value="`+string(d.patient.ID)+`"`, `name="existing" value="new"`, `name="shown" value="`+string(d.patient.ID)+`"`)
			if strings.Contains(got.body, `type="hidden" name="existing"`) {
				t.Errorf("%s: nothing is to be chosen", name)
			}
		}
	})
	t.Run("what was typed in later steps stays", func(t *testing.T) {
		form := typed("kana", "ム")
		got := clerk.post("/register/find", form...)
		got.want(t, http.StatusUnprocessableEntity, "")
		got.keeps(t, form)
	})
}

func TestRegister_atAClinicStaffVerifies(t *testing.T) {
	d := newDesk(t)
	b, _ := d.account(flowtest.Clinic, who{profession: access.Clerk, roles: []access.Role{access.RoleLiaison}})
	b.resume()
	form := typed("staff_verified", "")
	got := b.post("/register", form...)
	got.want(t, http.StatusUnprocessableEntity, "")
	if text := got.errors()["staff_verified"]; text == "" {
		t.Errorf("nothing stands beside the statement: %v", got.errors())
	}
	got.keeps(t, form)
	if got := b.post("/register", typed()...); got.StatusCode != http.StatusSeeOther {
		t.Errorf("status %d, %v", got.StatusCode, got.errors())
	}
}
