package synth

import (
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
)

// Facility is one facility of the region.
type Facility struct {
	Code, Name, Kana string
	Mark             string // two characters that stand for it
	Kind             string // hospital clinic pharmacy home_nursing care_home
	Disclosing       bool
	Staff            []Staff

	short  string            // begin of logins
	writes *storage.Hospital // of disclosing ones
}

// Places of [Facility] in a region that the stories know by name.
const (
	general = iota
	valley
	upland
	tsumugi // clinic
	kiri    // clinic
	itoguruma
	minamo
	kirinosato
)

// facilities lists n facilities. Codes begin with 99, which is no prefecture.
func facilities(n int) []Facility {
	list := []Facility{
		general:    {Code: "9910000017", Name: "霧瀬総合病院", Kana: "キリセソウゴウビョウイン", Mark: "霧総", Kind: "hospital", Disclosing: true, short: "sogo"},
		valley:     {Code: "9910000025", Name: "瀬音谷病院", Kana: "セオトダニビョウイン", Mark: "瀬音", Kind: "hospital", Disclosing: true, short: "seoto"},
		upland:     {Code: "9910000033", Name: "上霧高原病院", Kana: "カミキリコウゲンビョウイン", Mark: "高原", Kind: "hospital", Disclosing: true, short: "kogen"},
		tsumugi:    {Code: "9910000041", Name: "つむぎ内科クリニック", Kana: "ツムギナイカクリニック", Mark: "つむ", Kind: "clinic", short: "tsumugi"},
		kiri:       {Code: "9910000058", Name: "桐の木坂医院", Kana: "キリノキザカイイン", Mark: "桐坂", Kind: "clinic", short: "kiri"},
		itoguruma:  {Code: "9940000014", Name: "糸車薬局", Kana: "イトグルマヤッキョク", Mark: "糸車", Kind: "pharmacy", short: "ito"},
		minamo:     {Code: "9960000018", Name: "訪問看護ステーション水面", Kana: "ホウモンカンゴステーションミナモ", Mark: "水面", Kind: "home_nursing", short: "minamo"},
		kirinosato: {Code: "9970000015", Name: "介護老人福祉施設 霧の里", Kana: "キリノサト", Mark: "霧里", Kind: "care_home", short: "sato"},
	}
	for i, w := range words("瀬戸霧/セトギリ 霧尾/キリオ 綿雲/ワタグモ 霧笛/ムテキ 糸巻/イトマキ 杼田/ヒダ 絣坂/カスリザカ 縹野/ハナダノ 楮原/カジハラ 藍瀬/アイセ 真綿/マワタ 織部沢/オリベザワ") {
		list = append(list, Facility{
			Code: fmt.Sprintf("99100010%02d", i+1), Name: w.kanji + "診療所", Kana: w.kana + "シンリョウジョ",
			Mark: string([]rune(w.kanji)[:2]), Kind: "clinic", short: fmt.Sprintf("clinic%d", i+1),
		})
	}
	list = list[:n]
	for i := range list {
		list[i].Staff = staffOf(list[i], i)
		if list[i].Disclosing {
			list[i].writes = hospital(list[i], i)
		}
	}
	return list
}

// habits are how the hospitals write, each in a way of its own.
var habits = [...]storage.Habits{
	general: {CharacterSet: "~ISO IR87", LocalSystem: "99KSG", FlagsNormal: true, EndDates: true, OrderDigits: 15, From: ">="},
	valley:  {CharacterSet: "~ISOIR87", LocalSystem: "99STV", LocalFirst: true, YJ: true, FullWidth: true, AllergyInADT: true, OrderDigits: 15, Widens: 1, UpTo: "≦", From: "≧"},
	upland:  {CharacterSet: "~ISO IR87", EndsWithFS: true, BareID: true, SingleInRXE: true, PlainRP: true, Thousands: true, OrderDigits: 13, Widens: 2, UpTo: "<=", From: ">="},
}

// hospital gives a disclosing hospital the people who stand in its documents: three
// doctors to a department and some nurses.
func hospital(f Facility, i int) *storage.Hospital {
	h := &storage.Hospital{Code: f.Code, Name: f.Name, Habits: habits[i], Doctors: map[string][]storage.Staff{}}
	for n, d := range master.Departments() {
		h.Doctors[d.Code] = medical(100+i*40+n*3, fmt.Sprintf("D%d%s", i+1, d.Code), 3)
	}
	for _, s := range f.Staff {
		if s.Profession == access.Physician { // who has an account treats people, too
			family, given := s.names()
			h.Doctors[master.Internal.Code][0] = storage.Staff{ID: fmt.Sprintf("D%d000", i+1), Family: family, Given: given}
		}
	}
	h.Nurses = medical(300+i*5, fmt.Sprintf("N%d", i+1), 4)
	return h
}

// medical gives people who appear in documents only.
func medical(from int, prefix string, count int) []storage.Staff {
	var out []storage.Staff
	for i := range count {
		n := staffName(from + i)
		out = append(out, storage.Staff{ID: fmt.Sprintf("%s%d", prefix, i+1), Family: n.family.kanji, Given: n.given.kanji})
	}
	return out
}
