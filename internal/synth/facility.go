package synth

import (
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
)

// Facility is one facility of the region.
type Facility struct {
	Code, Name, Kana string
	Mark             string // two characters that stand for it
	Kind             string // hospital clinic pharmacy home_nursing care_home
	Disclosing       bool
	Staff            []Staff

	short  string // begin of logins
	habits storage.Habits
}

// Staff is somebody who works at a facility and has an account.
type Staff struct {
	Login, Name, Kana string
	Profession        access.Profession
	Roles             []access.Role
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

// facilities lists the region's facilities. Codes begin with 99, which is no prefecture.
func facilities() []Facility {
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
	for i := range list {
		list[i].Staff = staffOf(list[i], i)
	}
	list[general].habits = storage.Habits{System: "HIS-K", Hospital: "KIRISE", CharacterSet: "~ISO IR87", LocalSystem: "99KSG", RangeFactor: 1, LocalDrugs: true}
	list[valley].habits = storage.Habits{System: "MEDCORE", Hospital: "SEOTO", CharacterSet: "~ISOIR87", LocalSystem: "99STV", RangeFactor: 1.02, FullWidth: true}
	list[upland].habits = storage.Habits{System: "KARTE", Hospital: "KOGEN", CharacterSet: "~ISO IR87", LocalSystem: "99KGN", RangeFactor: 0.98, EndFS: true}
	for i := range 3 {
		list[i].habits.Doctors = doctors(i, "D", 9)
		list[i].habits.Nurses = doctors(i+3, "N", 4)
	}
	return list
}

// staffOf gives a facility its people: who reads, who registers, who manages, each
// somebody of their own.
func staffOf(f Facility, n int) []Staff {
	first := access.Physician
	others := []access.Profession{access.Nurse}
	title := "dr"
	switch f.Kind {
	case "pharmacy":
		first, others, title = access.Pharmacist, nil, "ph"
	case "home_nursing":
		first, others, title = access.Nurse, nil, "ns"
	case "care_home":
		first, others, title = access.CareManager, []access.Profession{access.CareWorker}, "cm"
	}
	var out []Staff
	add := func(suffix string, p access.Profession, roles ...access.Role) {
		name := staffName(n*7 + len(out))
		out = append(out, Staff{Login: f.short + "-" + suffix, Name: name.family.kanji + " " + name.given.kanji, Kana: name.family.kana + " " + name.given.kana, Profession: p, Roles: roles})
	}
	add(title+"1", first, access.RoleViewer)
	for i, p := range others {
		add(fmt.Sprintf("%s%d", map[access.Profession]string{access.Nurse: "ns", access.CareWorker: "cw"}[p], i+1), p, access.RoleViewer)
	}
	add("renkei", access.Clerk, access.RoleLiaison)
	add("kanri", access.Clerk, access.RoleManager)
	return out
}

func doctors(n int, letter string, count int) []storage.Doctor {
	var out []storage.Doctor
	for i := range count {
		name := staffName(100 + n*11 + i)
		out = append(out, storage.Doctor{ID: fmt.Sprintf("%s%04d", letter, 1000*(n%3+1)+i), Family: name.family.kanji, Given: name.given.kanji})
	}
	return out
}
