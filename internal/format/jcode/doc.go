// Package jcode reads the codes of Japanese clinical documents: which parts a code
// has, and what it says in Japanese and English.
//
//	codes                                       read as                    from
//	JLAC10 (臨床検査項目分類コード)               parts, key for comparing   JSLM JLAC10, 15 and 17 characters
//	JLAC11                                      parts, key for comparing   JSLM JLAC11, 17 characters
//	HOT7, HOT9, HOT13 (基準番号)                  parts                      MEDIS standard drug master
//	YJ (個別医薬品コード)                         parts                      12 characters
//	病名管理番号, ICD-10                          form, ICD-10 with its dot  MEDIS standard disease master
//	JAMISDP01 (標準用法コード)                    words                      MHLW standard HS027, JAMI
//	repeat patterns (繰返しパターン)              words                      HL7 v2.5 table 0335, as needed: MERIT-9
//	MR9P units, forms, categories                words                      MERIT-9 prescription order, tables
//	HL70162 routes                               words                      HL7 v2.5 table 0162, JAHIS edition
//	department (診療科コード)                     words                      SS-MIX2 1.2c code table, user table 0069
//
// Drug, test and disease names are not here: they are masters with an edition of
// their own, and a document carries them beside the code.
//
// The tables of usages and of departments are our own reading of published lists
// and examples, not a copy of the standards, which are not free to copy; the English
// words are ours throughout. Therefore a code is understood whole or not at all:
// every lookup tells ok, and a caller without ok shows the text that came with the
// code. Nothing is guessed from a part of a code, because half a dosage instruction
// is a wrong one.
package jcode

// Words is a short text in both languages of the interface.
type Words struct {
	JA string
	EN string
}

// In gives the text for a language tag: English for "en", else Japanese.
func (w Words) In(language string) string {
	if language == "en" {
		return w.EN
	}
	return w.JA
}

// IsZero reports whether there is no text.
func (w Words) IsZero() bool { return w == Words{} }

// alphanumeric reports whether s consists of digits and ASCII capitals, the alphabet
// of every code here.
func alphanumeric(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
