package page

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jcode"
)

// labAliases are the names under which people look for a test, whatever its laboratory
// calls it. The code of JLAC10 says which test it is; where a result has no standard code
// its name does, if it is one of these words. Only analytes stand here that panels or the
// synthetic laboratories name (see [firstRead]); the words are what wards write.
var labAliases = []struct {
	analyte string
	words   []string
}{
	{"2A010", []string{"WBC", "白血球", "白血球数"}},
	{"2A020", []string{"RBC", "赤血球", "赤血球数"}},
	{"2A030", []string{"Hb", "Hgb", "ヘモグロビン", "血色素", "血色素量", "hemoglobin"}},
	{"2A040", []string{"Ht", "Hct", "ヘマトクリット", "ヘマトクリット値", "hematocrit"}},
	{"2A050", []string{"Plt", "血小板", "血小板数", "platelet"}},
	{"2A060", []string{"MCV", "平均赤血球容積"}},
	{"2A070", []string{"MCH", "平均赤血球血色素量"}},
	{"2A080", []string{"MCHC", "平均赤血球血色素濃度"}},
	{"2A110", []string{"Ret", "Retic", "網赤血球", "網状赤血球"}},
	{"2B020", []string{"APTT", "活性化部分トロンボプラスチン時間"}},
	{"2B030", []string{"PT", "PT-INR", "プロトロンビン時間"}},
	{"2B100", []string{"Fbg", "Fib", "フィブリノゲン", "フィブリノーゲン", "fibrinogen"}},
	{"2B140", []string{"DD", "Dダイマー", "Dダイマ", "D-dimer"}},
	{"3A010", []string{"TP", "総蛋白", "総タンパク", "total protein"}},
	{"3A015", []string{"Alb", "アルブミン", "albumin"}},
	{"3B010", []string{"CK", "CPK", "クレアチンキナーゼ", "クレアチンホスホキナーゼ"}},
	{"3B035", []string{"AST", "GOT"}},
	{"3B045", []string{"ALT", "GPT"}},
	{"3B050", []string{"LD", "LDH", "乳酸脱水素酵素"}},
	{"3B070", []string{"ALP", "アルカリフォスファターゼ", "アルカリホスファターゼ"}},
	{"3B090", []string{"γ-GT", "γ-GTP", "GGT", "γグルタミルトランスフェラーゼ"}},
	{"3B110", []string{"ChE", "コリンエステラーゼ"}},
	{"3B160", []string{"AMY", "Amylase", "アミラーゼ"}},
	{"3C015", []string{"Cr", "Cre", "Crea", "クレアチニン", "creatinine"}},
	{"3C020", []string{"UA", "尿酸", "uric acid"}},
	{"3C025", []string{"BUN", "UN", "尿素窒素", "urea nitrogen"}},
	{"3D010", []string{"Glu", "BS", "血糖", "グルコース", "ブドウ糖", "glucose"}},
	{"3D046", []string{"HbA1c", "A1c", "NGSP", "ヘモグロビンA1c", "グリコヘモグロビン"}},
	{"3F015", []string{"TG", "中性脂肪", "トリグリセリド", "triglyceride"}},
	{"3F050", []string{"TC", "T-Cho", "T-Chol", "総コレステロール", "total cholesterol"}},
	{"3F070", []string{"HDL", "HDL-C", "HDLコレステロール"}},
	{"3F077", []string{"LDL", "LDL-C", "LDLコレステロール"}},
	{"3H010", []string{"Na", "ナトリウム", "sodium"}},
	{"3H015", []string{"K", "カリウム", "potassium"}},
	{"3H020", []string{"Cl", "クロール", "塩素", "chloride"}},
	{"3H025", []string{"Mg", "マグネシウム", "magnesium"}},
	{"3H030", []string{"Ca", "カルシウム", "calcium"}},
	{"3H040", []string{"IP", "P", "無機リン", "リン", "phosphate"}},
	{"3I010", []string{"Fe", "鉄", "血清鉄", "iron"}},
	{"3I015", []string{"TIBC", "総鉄結合能"}},
	{"3J010", []string{"T-Bil", "TB", "総ビリルビン", "total bilirubin"}},
	{"3J015", []string{"D-Bil", "DB", "直接ビリルビン", "direct bilirubin"}},
	{"4A055", []string{"TSH", "甲状腺刺激ホルモン"}},
	{"4B015", []string{"FT3", "遊離トリヨードサイロニン"}},
	{"4B035", []string{"FT4", "遊離サイロキシン"}},
	{"4Z271", []string{"BNP", "脳性ナトリウム利尿ペプチド"}},
	{"4Z272", []string{"NT-proBNP"}},
	{"5A090", []string{"IgE", "総IgE", "非特異的IgE"}},
	{"5C070", []string{"CRP", "C反応性蛋白", "C反応性タンパク"}},
	{"5C094", []string{"TnT", "トロポニンT", "高感度トロポニンT", "troponin T"}},
	{"5C095", []string{"フェリチン", "ferritin"}},
	{"5C215", []string{"PCT", "プロカルシトニン", "procalcitonin"}},
	{"5D010", []string{"CEA", "癌胎児性抗原"}},
	{"5D130", []string{"CA19-9"}},
	{"5D305", []string{"PSA", "前立腺特異抗原"}},
	{"8A065", []string{"eGFR", "GFR", "推算糸球体濾過量", "推算GFR", "推定糸球体濾過量"}},
}

// labWords holds the aliases by analyte, and labNamed by each word, folded.
var labWords, labNamed = func() (words, named map[string][]string) {
	words, named = map[string][]string{}, map[string][]string{}
	for _, a := range labAliases {
		words[a.analyte] = a.words
		for _, w := range a.words {
			named[foldTest(w)] = a.words
		}
	}
	return words, named
}()

// foldTest makes names equal that differ in width, case, hyphens and spaces. The filter on
// the page folds what is typed in the same way.
func foldTest(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -‐‑–−・", r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(name)))
}

// aliases lists the names under which people look for a test besides its own.
func aliases(test clinical.Coded) []string {
	if jlacSystem(test.System) == "JC10" {
		if code, ok := jcode.ParseJLAC10(test.Code); ok && labWords[code.Analyte] != nil {
			return labWords[code.Analyte]
		}
	}
	// AST(GOT), ALT/GPT, K〔血清〕: the name is one of the words, or a part of it is.
	for _, part := range strings.FieldsFunc(norm.NFKC.String(test.Label()), func(r rune) bool { return strings.ContainsRune("()[]〔〕【】/", r) }) {
		if words, ok := labNamed[foldTest(part)]; ok {
			return words
		}
	}
	return nil
}
