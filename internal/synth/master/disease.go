package master

// Disease is one disease of the region's masters (傷病名).
type Disease struct {
	Code  string // 病名管理番号, MDCDX2
	Name  string
	ICD10 string // without dot
}

// Diseases, by chapter of ICD-10.
var (
	Sepsis            = disease("20059101", "敗血症", "A419")
	Influenza         = disease("20060115", "インフルエンザA型", "J101")
	ColonCancer       = disease("20060232", "S状結腸癌", "C187")
	BreastCancer      = disease("20060248", "乳癌", "C509")
	ProstateCancer    = disease("20060251", "前立腺癌", "C61")
	IronDeficiency    = disease("20060301", "鉄欠乏性貧血", "D509")
	RenalAnaemia      = disease("20060317", "腎性貧血", "D631")
	Hypothyroidism    = disease("20060404", "橋本病", "E063")
	Graves            = disease("20060411", "バセドウ病", "E050")
	Diabetes2         = disease("20060425", "2型糖尿病", "E119")
	DiabeticKidney    = disease("20060432", "糖尿病性腎症", "E112")
	DiabeticEye       = disease("20060438", "糖尿病網膜症", "E113")
	Hyperlipidaemia   = disease("20060441", "脂質異常症", "E785")
	Hyponatraemia     = disease("20060447", "低ナトリウム血症", "E871")
	Hyperkalaemia     = disease("20060449", "高カリウム血症", "E875")
	Hyperuricaemia    = disease("20060456", "高尿酸血症", "E790")
	AlzheimerDementia = disease("20060502", "アルツハイマー型認知症", "G309")
	Depression        = disease("20060519", "うつ病", "F329")
	Insomnia          = disease("20060523", "不眠症", "G470")
	AnxietyState      = disease("20060527", "不安神経症", "F411")
	Cataract          = disease("20060601", "白内障", "H269")
	Glaucoma          = disease("20060608", "緑内障", "H409")
	Hypertension      = disease("20060701", "高血圧症", "I10")
	Angina            = disease("20060715", "狭心症", "I209")
	AtrialFibrill     = disease("20060722", "心房細動", "I489")
	HeartFailure      = disease("20060730", "慢性心不全", "I509")
	AcuteHeartFailure = disease("20060731", "うっ血性心不全", "I500")
	CerebralInfarct   = disease("20060744", "脳梗塞", "I639")
	AcutePneumonia    = disease("20058577", "急性肺炎", "J189")
	UpperInfection    = disease("20060802", "急性上気道炎", "J069")
	HayFever          = disease("20060811", "スギ花粉症", "J301")
	COPD              = disease("20060824", "慢性閉塞性肺疾患", "J449")
	Asthma            = disease("20060831", "気管支喘息", "J459")
	Reflux            = disease("20060902", "逆流性食道炎", "K210")
	Gastritis         = disease("20054174", "胃炎", "K297")
	Constipation      = disease("20060917", "便秘症", "K590")
	Eczema            = disease("20061002", "皮脂欠乏性湿疹", "L853")
	KneeArthrosis     = disease("20061101", "変形性膝関節症", "M179")
	LumbarStenosis    = disease("20061114", "腰部脊柱管狭窄症", "M4806")
	Osteoporosis      = disease("20061122", "骨粗鬆症", "M8199")
	CKD               = disease("20061201", "慢性腎臓病", "N189")
	AcuteKidney       = disease("20061207", "急性腎障害", "N179")
	ProstateHyperpl   = disease("20061215", "前立腺肥大症", "N40")
	UrinaryInfection  = disease("20061222", "尿路感染症", "N390")
	WristFracture     = disease("20061301", "橈骨遠位端骨折", "S5250")
	HipFracture       = disease("20061308", "大腿骨頸部骨折", "S7200")
	SpineFracture     = disease("20061315", "腰椎圧迫骨折", "S3200")
	HeadContusion     = disease("20061322", "頭部打撲", "S000")
)

var diseases []Disease

func disease(code, name, icd string) Disease {
	d := Disease{code, name, icd}
	diseases = append(diseases, d)
	return d
}

// Diseases lists all diseases.
func Diseases() []Disease { return append([]Disease(nil), diseases...) }

// Modifiers of diseases (修飾語).
var (
	Right = Code{"1001", "右", "MDCDX2"}
	Left  = Code{"1002", "左", "MDCDX2"}
	After = Code{"8048", "の術後", "MDCDX2"}
)

// Outcomes of diseases (転帰, JHSD0006).
var (
	Remission = Code{"M", "寛解", "JHSD0006"}
	Stopped   = Code{"I", "中止", "JHSD0006"}
)

// Allergen is what somebody is allergic to.
type Allergen struct {
	Kind Code // HL70127
	Code Code
}

var (
	drugAllergy        = Code{"DA", "薬剤アレルギー", "HL70127"}
	foodAllergy        = Code{"FA", "食物アレルギー", "HL70127"}
	environmentAllergy = Code{"EA", "環境アレルギー", "HL70127"}
)

// Allergens lists what the persons of the region are allergic to.
func Allergens() []Allergen {
	return []Allergen{
		{foodAllergy, Code{"5A1002411023006", "ソバ", "JC10"}},
		{foodAllergy, Code{"5A1002421023006", "エビ", "JC10"}},
		{foodAllergy, Code{"5A1002408023006", "卵白", "JC10"}},
		{environmentAllergy, Code{"5A1002017023006", "スギ花粉", "JC10"}},
		{drugAllergy, Code{Amoxicillin250.HOT9, "アモキシシリン", "HOT9"}},
		{drugAllergy, Code{Loxoprofen60.HOT9, "ロキソプロフェンナトリウム", "HOT9"}},
		{drugAllergy, Code{"", "ペニシリン系抗菌薬", ""}},
		{drugAllergy, Code{"", "ヨード造影剤", ""}},
	}
}

// Severities are those of allergies (HL70128), from mild on.
func Severities() []Code {
	return []Code{{"MI", "軽度", "HL70128"}, {"MO", "中等度", "HL70128"}, {"SV", "重度", "HL70128"}}
}
