package master

// Blood count and coagulation.
var (
	WBC   = enter(numeric(BloodCount, "10101", "2A010000001930101", "白血球数", "WBC", "/uL", 0, 3300, 8600))
	RBC   = enter(numeric(BloodCount, "10102", "2A020000001930101", "赤血球数", "RBC", "10*4/uL", 0, 435, 555).women(386, 492))
	Hb    = enter(numeric(BloodCount, "10103", "2A030000001930101", "ヘモグロビン", "Hb", "g/dL", 1, 13.7, 16.8).women(11.6, 14.8))
	Ht    = enter(numeric(BloodCount, "10104", "2A040000001930101", "ヘマトクリット", "Ht", "%", 1, 40.7, 50.1).women(35.1, 44.4))
	MCV   = enter(numeric(BloodCount, "10105", "2A060000001930101", "平均赤血球容積", "MCV", "fL", 1, 83.6, 98.2))
	MCH   = enter(numeric(BloodCount, "10106", "2A070000001930101", "平均赤血球血色素量", "MCH", "pg", 1, 27.5, 33.2))
	MCHC  = enter(numeric(BloodCount, "10107", "2A080000001930101", "平均赤血球血色素濃度", "MCHC", "g/dL", 1, 31.7, 35.3))
	PLT   = enter(numeric(BloodCount, "10108", "2A050000001930101", "血小板数", "PLT", "10*4/uL", 1, 15.8, 34.8))
	Neut  = enter(numeric(BloodCount, "10111", "2A160000001930151", "好中球", "Neut", "%", 1, 40, 70))
	Lymph = enter(numeric(BloodCount, "10112", "2A160000001930152", "リンパ球", "Lymph", "%", 1, 20, 50))
	Mono  = enter(numeric(BloodCount, "10113", "2A160000001930153", "単球", "Mono", "%", 1, 2, 9))
	Eos   = enter(numeric(BloodCount, "10114", "2A160000001930154", "好酸球", "Eosino", "%", 1, 0, 7))
	Baso  = enter(numeric(BloodCount, "10115", "2A160000001930155", "好塩基球", "Baso", "%", 1, 0, 2))
	Retic = enter(numeric(BloodCount, "10116", "2A110000001930101", "網赤血球", "Ret", "/1000", 0, 4, 19))

	PTSec  = enter(numeric(Coagulation, "10301", "2B030000002231151", "プロトロンビン時間", "PT", "sec", 1, 10.5, 13.5))
	PTINR  = enter(numeric(Coagulation, "10302", "2B030000002231157", "PT-INR", "PT-INR", "", 2, 0.9, 1.13))
	APTT   = enter(numeric(Coagulation, "10303", "2B020000002231151", "活性化部分トロンボプラスチン時間", "APTT", "sec", 1, 26, 38))
	Fbg    = enter(numeric(Coagulation, "10304", "2B100000002231101", "フィブリノゲン", "Fbg", "mg/dL", 0, 200, 400))
	DDimer = enter(numeric(Coagulation, "10305", "2B140000002206201", "Dダイマー", "DD", "ug/mL", 1, 0, 1).usually(0.3, 0.9).below(0.5))
)

// Chemistry of serum.
var (
	TP      = enter(numeric(Chemistry, "10201", "3A010000002327101", "総蛋白", "TP", "g/dL", 1, 6.6, 8.1))
	Alb     = enter(numeric(Chemistry, "10202", "3A015000002327101", "アルブミン", "ALB", "g/dL", 1, 4.1, 5.1))
	AGRatio = enter(numeric(Chemistry, "10203", "3A016000002391901", "A/G比", "A/G", "", 2, 1.32, 2.23))
	TBil    = enter(numeric(Chemistry, "10204", "3J010000002327101", "総ビリルビン", "T-Bil", "mg/dL", 1, 0.4, 1.5))
	DBil    = enter(numeric(Chemistry, "10205", "3J015000002327101", "直接ビリルビン", "D-Bil", "mg/dL", 1, 0, 0.4))
	AST     = enter(numeric(Chemistry, "10206", "3B035000002327201", "AST", "AST", "U/L", 0, 13, 30))
	ALT     = enter(numeric(Chemistry, "10207", "3B045000002327201", "ALT", "ALT", "U/L", 0, 10, 42).women(7, 23))
	LD      = enter(numeric(Chemistry, "10208", "3B050000002327201", "乳酸脱水素酵素", "LD", "U/L", 0, 124, 222))
	ALP     = enter(numeric(Chemistry, "10209", "3B070000002327101", "アルカリフォスファターゼ", "ALP", "U/L", 0, 38, 113))
	GGT     = enter(numeric(Chemistry, "10210", "3B090000002327101", "γ-GT", "γ-GT", "U/L", 0, 13, 64).women(9, 32))
	ChE     = enter(numeric(Chemistry, "10211", "3B110000002327101", "コリンエステラーゼ", "ChE", "U/L", 0, 240, 486).women(201, 421))
	CK      = enter(numeric(Chemistry, "10212", "3B010000002327101", "クレアチンキナーゼ", "CK", "U/L", 0, 59, 248).women(41, 153))
	Amylase = enter(numeric(Chemistry, "10213", "3B160000002327101", "アミラーゼ", "AMY", "U/L", 0, 44, 132))
	UN      = enter(numeric(Chemistry, "10214", "3C025000002327101", "尿素窒素", "UN", "mg/dL", 1, 8, 20))
	Cr      = enter(numeric(Chemistry, "10215", "3C015000002327101", "クレアチニン", "CRE", "mg/dL", 2, 0.65, 1.07).women(0.46, 0.79))
	EGFR    = enter(numeric(Chemistry, "10216", "8A065000002391901", "推算糸球体濾過量", "eGFR", "mL/min/1.73m2", 1, 60, 0))
	UA      = enter(numeric(Chemistry, "10217", "3C020000002327101", "尿酸", "UA", "mg/dL", 1, 3.7, 7.8).women(2.6, 5.5))
	Na      = enter(numeric(Chemistry, "10218", "3H010000002326101", "ナトリウム", "Na", "mmol/L", 0, 138, 145))
	K       = enter(numeric(Chemistry, "10219", "3H015000002326101", "カリウム", "K", "mmol/L", 1, 3.6, 4.8))
	Cl      = enter(numeric(Chemistry, "10220", "3H020000002326101", "クロール", "Cl", "mmol/L", 0, 101, 108))
	Ca      = enter(numeric(Chemistry, "10221", "3H030000002327101", "カルシウム", "Ca", "mg/dL", 1, 8.8, 10.1))
	IP      = enter(numeric(Chemistry, "10222", "3H040000002327101", "無機リン", "IP", "mg/dL", 1, 2.7, 4.6))
	Mg      = enter(numeric(Chemistry, "10223", "3H025000002327101", "マグネシウム", "Mg", "mg/dL", 1, 1.8, 2.4))
	Fe      = enter(numeric(Chemistry, "10224", "3I010000002327101", "鉄", "Fe", "ug/dL", 0, 40, 188))
	TIBC    = enter(numeric(Chemistry, "10225", "3I015000002327101", "総鉄結合能", "TIBC", "ug/dL", 0, 250, 385))
	TC      = enter(numeric(Chemistry, "10226", "3F050000002327101", "総コレステロール", "T-Cho", "mg/dL", 0, 142, 248))
	TG      = enter(numeric(Chemistry, "10227", "3F015000002327101", "中性脂肪", "TG", "mg/dL", 0, 40, 234).women(30, 117))
	HDL     = enter(numeric(Chemistry, "10228", "3F070000002327101", "HDLコレステロール", "HDL-C", "mg/dL", 0, 38, 90).women(48, 103))
	LDL     = enter(numeric(Chemistry, "10229", "3F077000002327101", "LDLコレステロール", "LDL-C", "mg/dL", 0, 65, 163))
	CRP     = enter(numeric(Chemistry, "10230", "5C070000002306201", "CRP", "CRP", "mg/dL", 2, 0, 0.14).usually(0.01, 0.1).below(0.02))

	Glucose = enter(numeric(Glycaemia, "10601", "3D010000001927201", "グルコース", "GLU", "mg/dL", 0, 73, 109))
	HbA1c   = enter(numeric(Glycaemia, "10602", "3D046000001906202", "HbA1c(NGSP)", "HbA1c", "%", 1, 4.9, 6))
)

// Heart, immunology, hormones, tumour markers.
var (
	BNP     = enter(numeric(Peptide, "10701", "4Z271000002202301", "BNP", "BNP", "pg/mL", 1, 0, 18.4).usually(4, 18).below(4))
	NTproBN = enter(numeric(Immunology, "10702", "4Z272000002302301", "NT-proBNP", "NTproBNP", "pg/mL", 0, 0, 125).usually(20, 110).below(10))
	TroponT = enter(numeric(Immunology, "10703", "5C094000002302301", "高感度トロポニンT", "hsTnT", "ng/mL", 3, 0, 0.014).usually(0.002, 0.012).below(0.003))

	Ferritin = enter(numeric(Immunology, "10501", "5C095000002302301", "フェリチン", "Ferr", "ng/mL", 1, 25, 280).women(10, 120))
	PCT      = enter(numeric(Immunology, "10502", "5C215000002302301", "プロカルシトニン", "PCT", "ng/mL", 2, 0, 0.05).usually(0.01, 0.04).below(0.02))
	TSH      = enter(numeric(Immunology, "10503", "4A055000002302301", "甲状腺刺激ホルモン", "TSH", "uIU/mL", 2, 0.5, 5).below(0.01))
	FT4      = enter(numeric(Immunology, "10504", "4B035000002302301", "遊離サイロキシン", "FT4", "ng/dL", 2, 0.9, 1.7))
	FT3      = enter(numeric(Immunology, "10505", "4B015000002302301", "遊離トリヨードサイロニン", "FT3", "pg/mL", 2, 2.3, 4))
	CEA      = enter(numeric(Immunology, "10506", "5D010000002302301", "CEA", "CEA", "ng/mL", 1, 0, 5).usually(0.8, 3))
	CA199    = enter(numeric(Immunology, "10507", "5D130000002302301", "CA19-9", "CA19-9", "U/mL", 1, 0, 37).usually(3, 20).below(2))
	CA153    = enter(numeric(Immunology, "10508", "5D100000002302301", "CA15-3", "CA15-3", "U/mL", 1, 0, 25).usually(5, 15))
	PSA      = enter(numeric(Immunology, "10509", "5D305000002302301", "前立腺特異抗原", "PSA", "ng/mL", 3, 0, 4).usually(0.4, 2.5).below(0.008))
	TotalIgE = enter(numeric(Immunology, "10510", "5A090000002302301", "非特異的IgE", "IgE", "IU/mL", 0, 0, 170).usually(20, 150))
	VitaminD = enter(numeric(Immunology, "10511", "3K051000002302301", "25-ヒドロキシビタミンD", "25OHD", "ng/mL", 1, 30, 0).usually(16, 34))
	TRACP5b  = enter(numeric(Immunology, "10512", "3B420000002302301", "酒石酸抵抗性酸性フォスファターゼ5b", "TRACP-5b", "mU/dL", 0, 170, 590).women(120, 420))
	HBsAg    = enter(numeric(Immunology, "10513", "5F016000002302311", "HBs抗原", "HBsAg", "IU/mL", 2, 0, 0.05).usually(0.001, 0.004).below(0.05))
	HCVAb    = enter(graded(Immunology, "10514", "5F360000002302311", "HCV抗体", "HCV", "", "(-)", "(+)").coded())
)

// Urine and swabs.
var (
	UProtein = enter(graded(Urinalysis, "10401", "1A010000000190111", "尿蛋白定性", "U-Pro", "", "(-)", "(±)", "(1+)", "(2+)", "(3+)"))
	UGlucose = enter(graded(Urinalysis, "10402", "1A020000000190111", "尿糖定性", "U-Glu", "", "(-)", "(±)", "(1+)", "(2+)", "(3+)", "(4+)"))
	UBlood   = enter(graded(Urinalysis, "10403", "1A100000000190111", "尿潜血", "U-OB", "", "(-)", "(±)", "(1+)", "(2+)", "(3+)"))
	UpH      = enter(numeric(Urinalysis, "10404", "1A035000000190101", "尿pH", "U-pH", "", 1, 5, 7.5))
	UGravity = enter(numeric(Urinalysis, "10405", "1A030000000190101", "尿比重", "U-SG", "", 3, 1.005, 1.03))
	USedWBC  = enter(graded(Urinalysis, "10406", "1A105165400175111", "尿沈渣白血球", "U-WBC", "/HPF", "<1", "1-4", "5-9", "10-19", "20-29", "50-99").normalTo(1))
	UAlbCr   = enter(numeric(Urinalysis, "10407", "3A015000000106101", "尿中アルブミン/クレアチニン比", "U-Alb/Cr", "mg/g.cre", 1, 0, 30).usually(4, 20))

	FluA  = enter(graded(Swab, "10801", "5F410143106390411", "インフルエンザA抗原", "FluA", "", "陰性", "陽性").coded())
	FluB  = enter(graded(Swab, "10802", "5F410144106390411", "インフルエンザB抗原", "FluB", "", "陰性", "陽性").coded())
	Covid = enter(graded(Swab, "10803", "5F630000006390411", "SARS-CoV-2抗原", "COVID", "", "陰性", "陽性").coded())
)

// Sets of tests as physicians order them.
var (
	CountSet    = []Test{WBC, RBC, Hb, Ht, MCV, MCH, MCHC, PLT}
	DiffSet     = []Test{WBC, RBC, Hb, Ht, MCV, MCH, MCHC, PLT, Neut, Lymph, Mono, Eos, Baso}
	BasicSet    = []Test{TP, Alb, AGRatio, TBil, AST, ALT, LD, GGT, UN, Cr, EGFR, UA, Na, K, Cl, CRP}
	LiverSet    = []Test{TBil, DBil, AST, ALT, LD, ALP, GGT, ChE, Alb, TP, AGRatio}
	RenalSet    = []Test{UN, Cr, EGFR, UA, Na, K, Cl, Ca, IP, Mg}
	LipidSet    = []Test{TC, TG, HDL, LDL}
	SugarSet    = []Test{Glucose, HbA1c}
	ClotSet     = []Test{PTSec, PTINR, APTT}
	UrineSet    = []Test{UProtein, UGlucose, UBlood, UpH, UGravity, USedWBC}
	IronSet     = []Test{Fe, TIBC, Ferritin, Retic}
	ThyroidSet  = []Test{TSH, FT4, FT3}
	InfectSet   = []Test{FluA, FluB, Covid}
	AdmittedSet = []Test{HBsAg, HCVAb, PTSec, PTINR, APTT, Fbg, DDimer}
)
