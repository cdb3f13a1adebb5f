package jcode

import "strings"

// Unit gives the words of a MERIT-9 unit code (MR9P): TAB is 錠. The English words
// follow a number and do not inflect. Case is ignored: MBq is written MGBQ, and both occur.
func Unit(code string) (Words, bool) {
	w, ok := units[strings.ToUpper(code)]
	return w, ok
}

// Form gives the words of a MERIT-9 dosage form code (MR9P): TAB is 錠剤.
func Form(code string) (Words, bool) {
	w, ok := forms[code]
	return w, ok
}

// Category gives the words of a MERIT-9 prescription category code (MR9P): OHO is 院外処方.
func Category(code string) (Words, bool) {
	w, ok := categories[code]
	return w, ok
}

var forms = map[string]Words{
	"TAB": {"錠剤", "tablet"},
	"CAP": {"カプセル剤", "capsule"},
	"PWD": {"散剤", "powder"}, // and dry syrups
	"SYR": {"シロップ剤", "syrup"},
	"SUP": {"坐剤", "suppository"},
	"LQD": {"液剤", "liquid"},
	"OIT": {"軟膏・ゲル", "ointment or gel"},
	"CRM": {"クリーム", "cream"},
	"TPE": {"貼付剤", "tape or patch"},
	"INJ": {"注射剤", "injection"},
}

var categories = map[string]Words{
	"OHP": {"外来処方", "outpatient"},
	"OHI": {"院内処方", "in-house dispensing"},
	"OHO": {"院外処方", "outside pharmacy"},
	"IHP": {"入院処方", "inpatient"},
	"DCG": {"退院処方", "discharge"},
	"ORD": {"定期処方", "regular"},
	"XTR": {"臨時処方", "extra"},
}

var units = map[string]Words{
	"TAB":  {"錠", "tab"},
	"CAP":  {"カプセル", "cap"},
	"PILL": {"丸", "pill"},
	"TROC": {"トローチ", "troche"},
	"RODT": {"桿錠", "rod"},
	"PCK":  {"包", "packet"},
	"BLST": {"ブリスター", "blister"},
	"DOSE": {"回分", "dose"},
	"TIME": {"回", "time"},
	"PART": {"分", "portion"},
	"TEST": {"テスト分", "test"},

	"KO":   {"個", "piece"},
	"HON":  {"本", "ea"}, // tubes, bottles, pens: whatever is long; "unit" would read as a dose
	"SHT":  {"枚", "sheet"},
	"SHET": {"シート", "strip"},
	"ROLL": {"巻", "roll"},
	"PAIR": {"組", "set"},
	"PARI": {"組", "set"}, // so spelled in one published list
	"SET":  {"セット", "set"},
	"KIT":  {"キット", "kit"},
	"CST":  {"カセット", "cassette"},
	"KIND": {"種", "kind"},
	"TEAR": {"裂", "cut"},
	"DIR":  {"方向", "direction"},

	"AMP":  {"アンプル", "ampoule"},
	"VIL":  {"バイアル", "vial"},
	"SYRG": {"シリンジ", "syringe"},
	"BTL":  {"瓶", "bottle"},
	"BAG":  {"袋", "bag"},
	"BTLB": {"瓶(袋)", "bottle (bag)"},
	"BOX":  {"箱", "box"},
	"CAN":  {"缶", "can"},
	"VSL":  {"容器", "container"},
	"TUBE": {"管", "tube"},
	"BKR":  {"管(瓶)", "tube (bottle)"},
	"PIPE": {"筒", "cartridge"},
	"GCYL": {"ガラス筒", "glass cylinder"},

	"MCG": {"μg", "mcg"}, // never "ug" or a Greek letter in English: read as mg it is a thousandfold dose
	"MG":  {"mg", "mg"},
	"G":   {"g", "g"},
	"KG":  {"kg", "kg"},
	"MCL": {"μL", "mcL"},
	"ML":  {"mL", "mL"},
	"L":   {"L", "L"},
	"CC":  {"cc", "cc"},
	"MLV": {"mLV", "mLV"},
	"MLG": {"mL(g)", "mL (g)"},
	"MEQ": {"mEq", "mEq"},

	"DROP": {"滴", "drop"},

	"UNT":  {"単位", "units"},
	"TUNT": {"千単位", "thousand units"},
	"TTUN": {"万単位", "x10,000 units"},
	"IUNT": {"国際単位", "international units"},
	"TTIU": {"万国際単位", "x10,000 international units"},

	"MCCI": {"μCi", "mcCi"},
	"MCI":  {"mCi", "mCi"},
	"KBQ":  {"kBq", "kBq"},
	"MGBQ": {"MBq", "MBq"},
	"MBQ":  {"MBq", "MBq"},
	"GBQ":  {"GBq", "GBq"},

	"CM":   {"cm", "cm"},
	"CM2":  {"cm²", "cm²"},
	"M":    {"m", "m"},
	"FEET": {"フィート", "feet"},
	"ATM":  {"気圧", "atm"},
	"PAT":  {"患者当たり", "per patient"},
	"OPE":  {"手術当たり", "per operation"},
}
