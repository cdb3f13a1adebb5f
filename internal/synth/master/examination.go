package master

// Examination is one kind of examination by machine or endoscope (検査種別).
type Examination struct {
	Order    Code   // what is ordered (OBR-4 of the whole)
	Part     Code   // how it is done, one part of it
	Modality string // DICOM; empty: no images
	Minutes  int    // how long it takes
}

// Examinations of the region's hospitals. Codes have the form of JJ1017 (32 characters,
// 16 of an order) and of the endoscopy order master, and were chosen by hand.
var (
	ChestXray = Examination{
		Code{"1000000020000000", "Ｘ線単純撮影.胸部", "JJ1017"},
		Code{"10000002000102000000010000000000", "胸部.Ｘ線単純撮影.立位正面(P→A)", "JJ1017"}, "CR", 5,
	}
	HipXray = Examination{
		Code{"1000000036000000", "Ｘ線単純撮影.股関節", "JJ1017"},
		Code{"10000003600101000000010000000000", "股関節.Ｘ線単純撮影.臥位正面(A→P)", "JJ1017"}, "CR", 6,
	}
	ChestCT = Examination{
		Code{"3000000020000000", "Ｘ線ＣＴ検査.胸部", "JJ1017"},
		Code{"30000002000000000000010000000000", "胸部.Ｘ線ＣＴ検査.単純", "JJ1017"}, "CT", 12,
	}
	HeadCT = Examination{
		Code{"3000000010000000", "Ｘ線ＣＴ検査.頭部", "JJ1017"},
		Code{"30000001000000000000010000000000", "頭部.Ｘ線ＣＴ検査.単純", "JJ1017"}, "CT", 10,
	}
	AbdomenCT = Examination{
		Code{"3000000025000000", "Ｘ線ＣＴ検査.腹部", "JJ1017"},
		Code{"30000002500000000000020000000000", "腹部.Ｘ線ＣＴ検査.造影", "JJ1017"}, "CT", 18,
	}
	Gastroscopy = Examination{
		Code{"11000000000", "検査.上部.-.-.-.-", "LENDO"},
		Code{"11000001000", "検査.上部.-.-.上部通常内視鏡.-", "LENDO"}, "ES", 14,
	}
	Colonoscopy = Examination{
		Code{"12000000000", "検査.下部.-.-.-.-", "LENDO"},
		Code{"12000001000", "検査.下部.-.-.下部通常内視鏡.-", "LENDO"}, "ES", 25,
	}
	ECG = Examination{Order: Code{"9A110", "標準12誘導心電図", "JC10"}, Minutes: 5}
)

// Examinations lists them all.
func Examinations() []Examination {
	return []Examination{ChestXray, HipXray, ChestCT, HeadCT, AbdomenCT, Gastroscopy, Colonoscopy, ECG}
}

// Contrast is the contrast medium of an examination (造影剤); ok is false without one.
func (e Examination) Contrast() (d Code, millilitres int, ok bool) {
	if e == AbdomenCT {
		return Code{"990777101", "イオパミドール注370シリンジ", "HOT9"}, 100, true
	}
	return Code{}, 0, false
}

// Diet is one kind of meals (食種), of the hospitals' own tables.
type Diet struct{ Code, Name string }

// Diets of the region's hospitals.
var (
	RegularDiet  = Diet{"001", "常食"}
	SoftDiet     = Diet{"011", "全粥食"}
	RiceGruel    = Diet{"012", "五分粥食"}
	LiquidDiet   = Diet{"015", "流動食"}
	Fasting      = Diet{"000", "絶食"}
	LowSaltDiet  = Diet{"021", "心臓食(塩分6g未満)"}
	DiabeticDiet = Diet{"022", "糖尿病食1600kcal"}
)

// Organism is what grows in a culture (菌名, JANIS), and what it answers to.
type Organism struct {
	Code, Name string
	Quantity   string
	Drugs      []Tested
}

// Tested is one drug against one organism: the concentration that stops it, and what
// that means (S, I, R).
type Tested struct{ Code, Name, MIC, Answer string }

// Sputum is the specimen of [Klebsiella].
var Sputum = Code{"061", "喀痰", "JC10"}

// Organisms of the region's laboratories.
var (
	Klebsiella = Organism{"2351", "Klebsiella pneumoniae", "3+", []Tested{
		{"6C205601601776205", "ABPC(アンピシリン)", ">16", "R"},
		{"6C205606401776205", "CTRX(セフトリアキソン)", "<=1", "S"},
		{"6C205609401776205", "CAZ(セフタジジム)", "<=1", "S"},
		{"6C205613201776205", "LVFX(レボフロキサシン)", "4", "I"},
	}}
	MouthFlora = Organism{"1099", "常在菌", "1+", nil}
)
