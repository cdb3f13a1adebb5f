// Package master holds what hospitals of the synthetic region order by (マスタ): drugs,
// usages, tests with their reference ranges, diseases, allergens and departments.
//
// Names are real generic names, usage codes follow the JAMI standard usage master
// (標準用法マスタ, HS027), units and forms MERIT-9 (MR9P), departments user table 0069 of
// SS-MIX2. The numbers of drugs, tests and diseases have the form of the HOT, YJ,
// JLAC10 and disease masters but were chosen by hand: HOT numbers begin with 99,
// which the drug master does not, so that none can be mistaken for a product.
package master

// Code is a code with its words in one coding system.
type Code struct {
	Code, Text, System string
}

// Department is a department (診療科) with its SS-MIX2 code.
type Department struct {
	Code string
	Name string
}

// Departments of the region's hospitals (SS-MIX2 code table, user table 0069).
var (
	Internal    = Department{"01", "内科"}
	Psychiatry  = Department{"02", "精神科"}
	Neurology   = Department{"04", "神経内科"}
	Respiratory = Department{"05", "呼吸器科"}
	Digestive   = Department{"06", "消化器科"}
	Cardiology  = Department{"08", "循環器科"}
	Paediatrics = Department{"09", "小児科"}
	Surgery     = Department{"10", "外科"}
	Orthopedics = Department{"11", "整形外科"}
	Neurosurg   = Department{"14", "脳神経外科"}
	Eye         = Department{"26", "眼科"}
	Urology     = Department{"20", "泌尿器科"}
)

// Departments lists them all.
func Departments() []Department {
	return []Department{Internal, Psychiatry, Neurology, Respiratory, Digestive, Cardiology,
		Paediatrics, Surgery, Orthopedics, Neurosurg, Eye, Urology}
}
