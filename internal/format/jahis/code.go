package jahis

import "mizuhiki.dev/mizuhiki/internal/format/clinical"

// The kinds of a drug's code (record 201) that are read apart.
const (
	codeNone    = "1"
	codeReceipt = "2"
	codePrice   = "3"
	codeYJ      = "4"
	codeHOT     = "6"
	codeGeneric = "7"
)

// The systems that [Text.Documents] gives to codes which HL7 has no name for; YJ, HOT7,
// HOT9, HOT13 and JAMISDP01 are called as there.
const (
	SystemReceipt = "RECEIPT"      // レセプト電算処理システム用コード, 9 digits
	SystemPrice   = "PRICELIST"    // 薬価基準収載医薬品コード (厚労省コード), 12 characters
	SystemGeneric = "GENERIC"      // 一般名処方マスタのコード, 12 characters
	SystemJAN     = "JAN"          // article number
	SystemForm    = "JAHIS-FORM"   // record 101 of prescriptions
	SystemFormTC  = "JAHISTC-FORM" // record 301 of notebooks
	systemUsage   = "JAMISDP01"
)

// drugCode gives a drug with its code in the system that its kind names.
func drugCode(name, kind, code string) clinical.Coded {
	c := clinical.Coded{Text: name}
	if code == "" || kind == codeNone {
		return c
	}
	c.Code = code
	switch kind {
	case codeReceipt:
		c.System = SystemReceipt
	case codePrice:
		c.System = SystemPrice
	case codeYJ:
		c.System = "YJ"
	case codeHOT:
		c.System = hotSystem(code)
	case codeGeneric:
		c.System = SystemGeneric
	}
	return c
}

func hotSystem(code string) string {
	switch len(code) {
	case 7:
		return "HOT7"
	case 9:
		return "HOT9"
	case 13:
		return "HOT13"
	}
	return "HOT"
}

// usageCode gives a usage with its code, if it is JAMI's in its system.
func usageCode(text, kind, code string) clinical.Coded {
	c := clinical.Coded{Text: text}
	if code != "" && kind != codeNone {
		c.Code = code
	}
	if c.Code != "" && kind == "2" {
		c.System = systemUsage
	}
	return c
}

// jami gives a text with a code of JAMI's supplement or site beside it.
func jami(text, code string) clinical.Coded {
	c := clinical.Coded{Text: text, Code: code}
	if code != "" {
		c.System = systemUsage
	}
	return c
}

// forms of record 301 of notebooks.
var notebookForms = map[string]string{
	"1": "内服", "2": "内滴", "3": "屯服", "4": "注射", "5": "外用", "6": "浸煎", "7": "湯", "9": "材料", "10": "その他",
}

// forms of record 101 of prescriptions.
var prescriptionForms = map[string]string{
	"1": "内服", "2": "頓服", "3": "外用", "4": "内服滴剤", "5": "注射", "6": "医療材料", "9": "不明",
}

func form(table map[string]string, system, kind, name string) clinical.Coded {
	if kind == "" {
		return clinical.Coded{Text: name}
	}
	if name == "" {
		name = table[kind]
	}
	return clinical.Coded{Code: kind, Text: name, System: system}
}
