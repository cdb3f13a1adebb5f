package page

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// What an order says besides is shown with it in both languages.
func TestNewItems_saysWhatCameAlong(t *testing.T) {
	stat, routine := coded("HL70485", "S", "STAT"), coded("HL70485", "R", "ルーチン")
	penicillin := clinical.Allergy{Allergen: clinical.Coded{Text: "ペニシリン"}, Reaction: "発疹"}
	for name, tc := range map[string]struct {
		doc    clinical.Document
		ja, en []string
		absent string
	}{
		"allergies of an order": {
			clinical.Document{Kind: clinical.KindPrescription, StatedAllergies: []clinical.Allergy{penicillin}, Trials: []string{"T-1"}},
			[]string{"この文書に記載されたアレルギー", "ペニシリン", "発疹", "登録の有無を示すものではありません", "治験 T-1"}, []string{"Allergies stated in this document"}, "allergy-listed",
		},
		"urgent drug": {
			clinical.Document{Kind: clinical.KindPrescription, Medications: []clinical.Medication{{Priority: stat, Lot: "L1", Device: clinical.Coded{Text: "ネブライザ"}}}},
			[]string{"緊急度 至急", "ロット L1", "器具 ネブライザ"}, []string{"Lot L1"}, "",
		},
		"routine drug": {clinical.Document{Kind: clinical.KindPrescription, Medications: []clinical.Medication{{Priority: routine}}}, nil, nil, "ルーチン"},
		"urgent injection": {
			clinical.Document{Kind: clinical.KindInjection, Injections: []clinical.Injection{{Priority: stat, DailyDose: "20", DailyUnit: coded("MR9P", "UNT", "単位"), Components: []clinical.Component{{Lot: "L2"}}}}},
			[]string{"緊急度 至急", "1日 20単位", "ロット L2"}, nil, "",
		},
		"urgent diet": {clinical.Document{Kind: clinical.KindDiet, Diets: []clinical.Diet{{Priority: stat}}}, []string{"至急"}, nil, ""},
		"specimen in a bad state": {
			clinical.Document{Kind: clinical.KindLab, LabResults: []clinical.LabResult{{Circumstances: &clinical.Circumstances{Priority: stat, Purpose: "透析前", Danger: clinical.Coded{Text: "感染症"}, State: []clinical.Coded{{Text: "溶血"}}, Rejected: []clinical.Coded{{Text: "量不足"}}}}}},
			[]string{"緊急度 至急", "臨床情報 透析前", "注意 感染症", "検体の状態 溶血", "検体不適 量不足"}, []string{"Specimen: 溶血"}, "",
		},
		"disease that the patient was not told of": {
			clinical.Document{Kind: clinical.KindCondition, Conditions: []clinical.Condition{{Awareness: clinical.Coded{Text: "未告知"}, FamilyAwareness: "告知済", Sensitivity: clinical.Coded{Text: "制限"}}}},
			[]string{"告知 未告知", "家族への告知 告知済", "取扱い 制限"}, []string{"Patient told: 未告知"}, "",
		},
		"why somebody came": {
			clinical.Document{Kind: clinical.KindEncounter, Encounter: &clinical.Encounter{Event: clinical.EventAdmission, Urgency: coded("HL70007", "E", "緊急"), Reason: clinical.Coded{Text: "発熱"}, Diagnoses: []clinical.Coded{{Text: "肺炎"}}}},
			[]string{"緊急", "発熱", "肺炎"}, nil, "",
		},
		"where a specimen was taken": {
			clinical.Document{Kind: clinical.KindEndoscopy, Examinations: []clinical.Examination{{Specimen: []clinical.Coded{{Text: "組織"}}, SpecimenSites: []clinical.Coded{{Text: "胃前庭部"}}}}},
			[]string{"組織、胃前庭部"}, nil, "",
		},
		"allergy that is suspected": {
			clinical.Document{Kind: clinical.KindAllergy, Allergies: &clinical.AllergyList{Entries: []clinical.Allergy{{Allergen: clinical.Coded{Text: "そば"}, Status: coded("HL70438", "S", "疑い"), Sensitivity: coded("HL70436", "IN", "不耐")}}}},
			[]string{"そば", "疑い", "不耐性"}, []string{"suspected", "intolerance"}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			docs := []ItemDocument{{Item: wire.Item{ID: itemID(1), Kind: tc.doc.Kind, Date: "20261101"}, Document: tc.doc}}
			for lang, words := range map[string][]string{Japanese: tc.ja, English: tc.en} {
				got := render(t, lang, NewItems(hanako.ID, colours.Of(chuo), docs, 1, lang))
				for _, want := range words {
					if !strings.Contains(got, want) {
						t.Errorf("%s: the document does not say %q", lang, want)
					}
				}
				if tc.absent != "" && strings.Contains(got, tc.absent) {
					t.Errorf("%s: the document says %q", lang, tc.absent)
				}
			}
		})
	}
}

// An order's word on allergies changes nothing of what the facility's list is shown as.
func TestReq_V4_statedAllergiesAreNoList(t *testing.T) {
	for name, allergen := range map[string]string{"an allergy": "ペニシリン", "a denial": "アレルギーなし"} {
		t.Run(name, func(t *testing.T) {
			docs := []ItemDocument{{Document: clinical.Document{Kind: clinical.KindPrescription, StatedAllergies: []clinical.Allergy{{Allergen: clinical.Coded{Text: allergen}}}}}}
			p := NewPart(colours.Of(chuo), hanako.ID, Answer{Kinds: []clinical.Kind{clinical.KindPrescription, clinical.KindAllergy}, Documents: docs}, Japanese, fixtureNow)
			if p.Allergy == nil || p.Allergy.State != AllergyEmpty {
				t.Errorf("allergies = %+v, want %s", p.Allergy, AllergyEmpty)
			}
		})
	}
}

// What is suspected in one list and confirmed in another is both.
func TestAllergy_statuses(t *testing.T) {
	of := func(status string) clinical.AllergyList {
		return clinical.AllergyList{Entries: []clinical.Allergy{{Allergen: clinical.Coded{Text: "そば"}, Status: coded("HL70438", status, "")}}}
	}
	var got []string
	for _, e := range wordsOf(Japanese).allergy(colours.Of(chuo), []clinical.AllergyList{of("I"), of("C"), of(""), of("I")}).Entries {
		got = append(got, e.Status)
	}
	if diff := cmp.Diff([]string{"I", ""}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

// A disease of which the outcome says that it goes on is not over.
func TestConditions_goesOn(t *testing.T) {
	for code, active := range map[string]bool{"": true, "C": true, "I": false, "M": false, "O": false} {
		c := clinical.Condition{}
		if code != "" {
			c.Outcome = coded("JHSD0006", code, "転帰")
		}
		d := ItemDocument{Document: clinical.Document{Kind: clinical.KindCondition, Conditions: []clinical.Condition{c}}}
		if got := wordsOf(Japanese).conditions(colours.Of(chuo), d)[0].Active; got != active {
			t.Errorf("outcome %q: active %v, want %v", code, got, active)
		}
	}
}

// What a facility says of an allergy in a table of its own stands as written: a shock must
// not look like a rash, nor a suspicion like an allergy that is certain.
func TestAllergy_ofLocalTables(t *testing.T) {
	local := func(text string) clinical.Coded {
		return clinical.Coded{LocalCode: "3", LocalText: text, LocalSystem: "99S"}
	}
	for name, tc := range map[string]struct {
		allergy clinical.Allergy
		want    AllergyEntry
	}{
		"all of it": {
			clinical.Allergy{Type: local("薬剤"), Severity: local("重篤"), Status: local("疑い"), Sensitivity: local("副作用"), Group: clinical.Coded{Text: "セフェム系"}, Comment: "本人申告"},
			AllergyEntry{Notes: "種類 薬剤、重症度 重篤、状態 疑い、性質 副作用、系統 セフェム系、本人申告"},
		},
		"codes without words": {clinical.Allergy{Severity: clinical.Coded{LocalCode: "3", LocalSystem: "99S"}}, AllergyEntry{Notes: "重症度 3"}},
		"known codes": {
			clinical.Allergy{Severity: coded("HL70128", "SV", "重度"), Status: coded("HL70438", "S", "疑い"), Sensitivity: coded("HL70436", "SE", "副作用")},
			AllergyEntry{Severity: "SV", Status: "S", Nature: "SE"},
		},
		"nothing to be told": {clinical.Allergy{Severity: coded("HL70128", "U", "不明"), Status: coded("HL70438", "C", "確定"), Sensitivity: coded("HL70436", "AL", "アレルギー")}, AllergyEntry{}},
	} {
		if diff := cmp.Diff(tc.want, wordsOf(Japanese).allergyEntry(tc.allergy)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestComponentsHaveTheirStrength(t *testing.T) {
	parts := []clinical.Component{{Drug: clinical.Coded{Text: "ヘパリン注"}, Amount: "1", Unit: clinical.Coded{Text: "mL"}, Strength: "1000", StrengthUnit: clinical.Coded{Text: "単位"}}, {Drug: clinical.Coded{Text: "生食"}, Amount: "9", Unit: clinical.Coded{Text: "mL"}}}
	d := ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}, Document: clinical.Document{Kind: clinical.KindInjection, Injections: []clinical.Injection{{Components: parts}}}}
	drugs := wordsOf(Japanese).injections(colours.Of(chuo), d, fixtureNow)[0].Drugs
	if drugs[0].Amount != "1mL 規格 1000単位" || drugs[1].Amount != "9mL" {
		t.Errorf("drugs of an injection = %+v", drugs)
	}
	if got := wordsOf(Japanese).components(parts); got[0] != "ヘパリン注 1mL 規格 1000単位" || got[1] != "生食 9mL" {
		t.Errorf("components = %q", got)
	}
}

func TestConditions_thatStayTheSame(t *testing.T) {
	active := func(outcome clinical.Coded) bool {
		d := ItemDocument{Document: clinical.Document{Kind: clinical.KindCondition, Conditions: []clinical.Condition{{Outcome: outcome}}}}
		return wordsOf(Japanese).conditions(colours.Of(chuo), d)[0].Active
	}
	for word, want := range map[string]bool{"不変": true, "軽快": true, "軽快　": true, "軽快（通院）": true, "継続": true, "治ゆ、死亡、中止以外": true, "治癒": false, "死亡": false, "治癒・軽快": false} {
		if got := active(clinical.Coded{LocalCode: "9", LocalText: word, LocalSystem: "99T"}); got != want {
			t.Errorf("outcome %s: active %v, want %v", word, got, want)
		}
	}
	for code, want := range map[string]bool{"N": true, "W": true, "R": false, "F": false, "D": false, "S": false, "U": false} {
		if got := active(coded("HL70241", code, "")); got != want {
			t.Errorf("outcome %s of HL7: active %v, want %v", code, got, want)
		}
	}
}

func TestDiseaseName(t *testing.T) {
	of := func(stem string, prefixes ...string) string {
		c := clinical.Condition{Disease: clinical.Coded{Text: stem}}
		for _, p := range prefixes {
			c.Prefixes = append(c.Prefixes, clinical.Coded{Text: p})
		}
		return diseaseName(c)
	}
	for got, want := range map[string]string{
		of("中耳炎", "左", "急性"):    "左急性中耳炎",
		of("左急性中耳炎", "左", "急性"): "左急性中耳炎",
		of("急性左中耳炎", "左", "急性"): "急性左中耳炎",
		of("心房性右左短絡", "左"):      "左心房性右左短絡",
		of("肺動脈弁狭窄症", "肺"):      "肺動脈弁狭窄症",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// That somebody knows of no allergies is said, and does not look like an allergy: neither
// in a document nor, of one kind, in the list.
func TestAllergies_denialIsNoAlarm(t *testing.T) {
	denied := clinical.Allergy{Type: clinical.Coded{Code: "DA"}, Allergen: clinical.Coded{Text: "なし"}}
	named := clinical.Allergy{Type: clinical.Coded{Code: "FA"}, Allergen: clinical.Coded{Text: "そば"}, Status: clinical.Coded{Code: "S"}, Sensitivity: clinical.Coded{Code: "SE"}}
	order := ItemDocument{Document: clinical.Document{Kind: clinical.KindPrescription, StatedAllergies: []clinical.Allergy{denied, named}}}
	got := render(t, Japanese, NewItems(hanako.ID, colours.Of(chuo), []ItemDocument{order}, 1, Japanese))
	if !strings.Contains(got, `<li class="prose"><small>薬剤</small> なし`) || !strings.Contains(got, `<b>そば</b>`) {
		t.Errorf("stated allergies: %s", got)
	}
	if !strings.Contains(got, `<small class="tag">副作用</small> <small class="tag">疑い</small>`) {
		t.Errorf("a suspicion, of a side effect, looks like an allergy that is certain: %s", got)
	}
	list := ItemDocument{Document: clinical.Document{Kind: clinical.KindAllergy, Allergies: &clinical.AllergyList{Entries: []clinical.Allergy{denied, named}}}}
	got = render(t, Japanese, NewPart(colours.Of(chuo), hanako.ID, Answer{Kinds: []clinical.Kind{clinical.KindAllergy}, Documents: []ItemDocument{list}}, Japanese, fixtureNow))
	if !strings.Contains(got, `class="allergy allergy-none"><small>薬剤</small> なし`) || !strings.Contains(got, `class="allergy allergy-listed">`) {
		t.Errorf("list: %s", got)
	}
}
