package master

// Usage is how a drug is taken (用法): a JAMISDP01 code with the words that hospitals
// write beside it.
type Usage struct {
	Code, Text string
	PerDay     int   // doses on a day of use; 0: as needed
	EveryDays  int   // a day of use in so many days; 0 counts as 1
	Supplement *Code // 補足用法, such as once a week
}

// AsNeeded reports whether the drug is taken at an occasion (頓用).
func (u Usage) AsNeeded() bool { return u.PerDay == 0 }

// Doses counts the doses of so many days, a begun interval counting whole.
func (u Usage) Doses(days int) int {
	every := max(1, u.EveryDays)
	return u.PerDay * ((days + every - 1) / every)
}

var usages []Usage

func usage(code, text string, perDay int) Usage {
	u := Usage{Code: code, Text: text, PerDay: perDay}
	usages = append(usages, u)
	return u
}

func supplemented(u Usage, every int, code, text string) Usage {
	u.EveryDays, u.Supplement = every, &Code{code, text, "JAMISDP01"}
	usages = append(usages, u)
	return u
}

// Usages lists all usages.
func Usages() []Usage { return append([]Usage(nil), usages...) }

// By mouth.
var (
	AfterBreakfast  = usage("1011000400000000", "1日1回朝食後", 1)
	AfterLunch      = usage("1011004000000000", "1日1回昼食後", 1)
	AfterSupper     = usage("1011040000000000", "1日1回夕食後", 1)
	BeforeBreakfast = usage("1011000100000000", "1日1回朝食前", 1)
	MorningEvening  = usage("1012040400000000", "1日2回朝夕食後", 2)
	MorningNoon     = usage("1012004400000000", "1日2回朝昼食後", 2)
	AfterMeals      = usage("1013044400000000", "1日3回毎食後", 3)
	BeforeMeals     = usage("1013011100000000", "1日3回毎食前", 3)
	MealsAndBedtime = usage("1014144400000000", "1日4回毎食後と就寝前", 4)
	AtBedtime       = usage("1011100000000000", "1日1回就寝前", 1)
	OnRising        = usage("1011000090000000", "1日1回起床時", 1)
	RisingWeekly    = supplemented(OnRising, 7, "CW100000", "週1回")
	EveryOtherDay   = supplemented(AfterBreakfast, 2, "I1100000", "隔日")
	WhenInPain      = usage("1050110000000000", "疼痛時", 0)
	WhenSleepless   = usage("1050610000000000", "不眠時", 0)
	WhenFeverish    = usage("1050710000000000", "発熱時", 0)
	WhenConstipated = usage("1050410000000000", "便秘時", 0)
	WhenRestless    = usage("1050630000000000", "不穏時", 0)
	ChestPainTongue = usage("1150140000000000", "胸痛時舌下", 0)
)

// External.
var (
	PatchDaily     = usage("2A71000000000000", "1日1回貼付", 1)
	ApplyTwice     = usage("2B72000000000000", "1日2回塗布", 2)
	InhaleOnce     = usage("2L71000000000000", "1日1回吸入", 1)
	InhaleTwice    = usage("2L72000000000000", "1日2回吸入", 2)
	InhaleAttack   = usage("2L50220000000000", "喘息発作時吸入", 0)
	EyeBedtime     = usage("2H61100000000000", "1日1回就寝前点眼", 1)
	EyeFourTimes   = usage("2H74000000000000", "1日4回点眼", 4)
	InjectBedtime  = usage("3211100000000000", "1日1回就寝前皮下注射", 1)
	InjectAtMeals  = usage("3213022200000000", "1日3回毎食直前皮下注射", 3)
	AnalgesicPatch = usage("2A72000000000000", "1日2回貼付", 2)
)
