package jcode

// ways are the ways of use (positions 1 and 2 of a usage code). By mouth needs no
// word. The English words stand before the timing.
var ways = map[string]Words{
	"10": {},
	"11": {"舌下", "under the tongue"},
	"12": {"バッカル", "between cheek and gum"},
	"13": {"口腔内塗布", "apply inside the mouth"},

	"2A": {"貼付", "apply as a patch"},
	"2B": {"塗布", "apply"},
	"2C": {"湿布", "apply as a compress"},
	"2D": {"撒布", "dust on"},
	"2E": {"噴霧", "spray"},
	"2F": {"消毒", "disinfect"},
	"2G": {"点耳", "ear drops"},
	"2H": {"点眼", "eye drops"},
	"2J": {"点鼻", "nose drops"},
	"2K": {"うがい", "gargle"},
	"2L": {"吸入", "inhale"},
	"2M": {"トローチ", "let dissolve in the mouth"},
	"2N": {"膀胱洗浄", "bladder irrigation"},
	"2P": {"鼻腔内洗浄", "nasal irrigation"},
	"2Q": {"浣腸", "enema"},
	"2R": {"肛門挿入", "insert rectally"},
	"2S": {"肛門注入", "instil rectally"},
	"2T": {"膣内挿入", "insert vaginally"},
	"2U": {"膀胱注入", "instil into the bladder"},
}

// injectedWays are the ways of injections and instillations by the same positions (table 2
// of HS027, as JAMI gives it for FHIR). 3C, 3N and 3P are left out: a list of the electronic
// prescription service has other words for the first, and lacks one of the others.
var injectedWays = map[string]Words{
	"30": {"静脈注射", "intravenous injection"},
	"31": {"中心静脈注射", "central venous injection"},
	"32": {"皮下注射", "subcutaneous injection"},
	"33": {"筋肉内注射", "intramuscular injection"},
	"34": {"皮内注射", "intradermal injection"},
	"35": {"動脈注射", "intra-arterial injection"},
	"3A": {"硬膜外注射", "epidural injection"},
	"3B": {"脳脊髄腔注射", "injection into the cerebrospinal space"},
	"3D": {"関節腔内注射", "injection into a joint"},
	"3E": {"腱鞘内注射", "injection into a tendon sheath"},
	"3F": {"腱鞘周囲注射", "injection around a tendon sheath"},
	"3G": {"硝子体内注射", "intravitreal injection"},
	"3H": {"結膜下注射", "subconjunctival injection"},
	"3J": {"テノン嚢内注射", "sub-Tenon injection"},
	"3K": {"耳茸内注射", "injection into an aural polyp"},
	"3L": {"咽頭注射", "injection into the pharynx"},
	"3M": {"胸腔内注射", "intrapleural injection"},
	"3Q": {"球後注射", "retrobulbar injection"},
	"3R": {"腹腔内注射", "intraperitoneal injection"},
	"3Z": {"局所・病巣内注射", "local or intralesional injection"},
	"40": {"腹膜透析", "peritoneal dialysis"},
	"41": {"気管内注入", "instil into the trachea"},
	"42": {"涙嚢内注入", "instil into the lacrimal sac"},
	"43": {"鼓室内注入", "instil into the tympanic cavity"},
	"44": {"滑液嚢穿刺後の注入", "instil into a bursa after puncture"},
	"45": {"腹腔内注入", "instil into the peritoneal cavity"},
	"4Z": {"病巣内注入", "instil into the lesion"},
}

// events are the occasions of as-needed and event usages (イベント区分).
var events = map[string]Words{
	"11": {"疼痛時", "when in pain"},
	"12": {"頭痛時", "for headache"},
	"13": {"歯痛時", "for toothache"},
	"14": {"胸痛時", "for chest pain"},
	"15": {"腹痛時", "for abdominal pain"},
	"16": {"腰痛時", "for low back pain"},
	"17": {"関節痛時", "for joint pain"},

	"21": {"喘鳴時", "when wheezing"},
	"22": {"喘息発作時", "for an asthma attack"},
	"23": {"喉がゴロゴロする時", "when the throat rattles"},
	"24": {"咳込時", "when coughing"},

	"31": {"血圧上昇時", "when blood pressure is high"},
	"32": {"血糖上昇時", "when blood glucose is high"},

	"41": {"便秘時", "for constipation"},
	"42": {"お腹がゴロゴロする時", "when the stomach rumbles"},
	"43": {"下痢時", "for diarrhoea"},
	"44": {"排便時", "at bowel movement"},
	"45": {"嘔吐時", "when vomiting"},
	"46": {"口腔乾燥時", "when the mouth is dry"},
	"47": {"吐き気時", "for nausea"},
	"48": {"空腹時", "on an empty stomach"},
	"49": {"出血時", "when bleeding"},

	"51": {"乏尿時", "when urine is scant"},
	"52": {"多尿時", "when urine is excessive"},
	"53": {"むくみ時", "when swollen"},

	"61": {"不眠時", "for sleeplessness"},
	"62": {"不安時", "when anxious"},
	"63": {"不穏時", "when restless"},
	"64": {"いらいら時", "when irritable"},
	"65": {"けいれん時", "for convulsions"},
	"66": {"めまい時", "for dizziness"},
	"67": {"疲労時", "when tired"},

	"71": {"発熱時", "when feverish"},
	"72": {"悪寒時", "when having chills"},

	"81": {"かゆい時", "when itching"},
	"82": {"発疹時", "for a rash"},

	"91": {"発作時", "for an attack"},
	"92": {"症状ある時", "when symptoms occur"},

	"A1": {"検査前", "before the examination"},
	"A2": {"検査時", "at the examination"},
	"A3": {"検査後", "after the examination"},
	"A4": {"手術前", "before the operation"},
	"A5": {"手術中", "during the operation"},
	"A6": {"手術後", "after the operation"},
	"A7": {"処置前", "before the procedure"},
	"A8": {"処置時", "at the procedure"},
	"A9": {"処置後", "after the procedure"},

	"B1": {"起床時", "on rising"},
	"B2": {"入浴前", "before bathing"},
	"B3": {"食事前", "before a meal"},
	"B4": {"食事後", "after a meal"},
	"B5": {"就寝前", "at bedtime"},
	"B6": {"外出時", "when going out"},
	"B7": {"哺乳時", "at feeding"},

	"W1": {"必要時", "when needed"},
	"W2": {"適宜", "as appropriate"},
}
