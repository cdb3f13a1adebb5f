package jcode

// Route gives the words of a route of administration (投与経路, HL7 table 0162 as
// JAHIS uses it): PO is 経口. The Japanese words are those of the ward where the
// table's own are translated from English without sense.
func Route(code string) (Words, bool) {
	w, ok := routes[code]
	return w, ok
}

var routes = map[string]Words{
	"AP":  {"外用", "external"},
	"B":   {"頬粘膜", "buccal"},
	"DT":  {"歯", "dental"},
	"EP":  {"硬膜外", "epidural"},
	"ET":  {"気管内チューブ", "endotracheal tube"},
	"GTT": {"胃瘻", "gastrostomy tube"},
	"GU":  {"泌尿生殖器洗浄", "genitourinary irrigation"},
	"IA":  {"動脈内", "intra-arterial"},
	"IB":  {"滑液包内", "intrabursal"},
	"IC":  {"心腔内", "intracardiac"},
	"ICV": {"子宮頸部", "intracervical"},
	"ID":  {"皮内", "intradermal"},
	"IH":  {"吸入", "inhalation"},
	"IHA": {"肝動脈内", "intrahepatic artery"},
	"IM":  {"筋肉内", "intramuscular"},
	"IMR": {"浸漬", "immersion"},
	"IN":  {"鼻腔内", "intranasal"},
	"IO":  {"眼内", "intraocular"},
	"IP":  {"腹腔内", "intraperitoneal"},
	"IS":  {"関節腔内", "intrasynovial"},
	"IT":  {"髄腔内", "intrathecal"},
	"IU":  {"子宮内", "intrauterine"},
	"IV":  {"静脈内", "intravenous"},
	"MM":  {"粘膜", "mucous membrane"},
	"MTH": {"口腔・咽頭", "mouth or throat"},
	"NG":  {"経鼻胃管", "nasogastric tube"},
	"NP":  {"鼻カニューレ", "nasal prongs"},
	"NS":  {"鼻", "nasal"},
	"NT":  {"経鼻気管チューブ", "nasotracheal tube"},
	"OP":  {"眼", "ophthalmic"},
	"OT":  {"耳", "otic"},
	"OTH": {"その他", "other"},
	"PF":  {"灌流", "perfusion"},
	"PO":  {"経口", "oral"},
	"PR":  {"直腸", "rectal"},
	"RM":  {"リブリーザーマスク", "rebreather mask"},
	"SC":  {"皮下", "subcutaneous"},
	"SD":  {"湿潤ドレッシング", "soaked dressing"},
	"SL":  {"舌下", "sublingual"},
	"TD":  {"経皮", "transdermal"},
	"TL":  {"舌上", "translingual"},
	"TP":  {"局所", "topical"},
	"TRA": {"気管切開", "tracheostomy"},
	"UR":  {"尿道", "urethral"},
	"VG":  {"膣", "vaginal"},
	"VM":  {"換気マスク", "ventilator mask"},
	"WND": {"創部", "wound"},
}
