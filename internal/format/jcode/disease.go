package jcode

import "strings"

// UncodedDisease is the 病名管理番号 (MDCDX2) of a disease that was written as text.
const UncodedDisease = "20084317"

// IsDiseaseNumber reports whether code has the form of a 病名管理番号 (MDCDX2): eight digits.
func IsDiseaseNumber(code string) bool { return len(code) == 8 && digits(code) }

// ICD10 gives an ICD-10 code with its dot: K297 and K29.7 are K29.7, I10 is I10. SS-MIX2
// writes it without. Only the form is checked, not whether the edition has the code.
func ICD10(code string) (string, bool) {
	category, rest := code, ""
	if len(code) > 3 {
		category, rest = code[:3], strings.TrimPrefix(code[3:], ".")
		if rest == "" || len(rest) > 2 || !digits(rest) {
			return "", false
		}
	}
	if len(category) != 3 || category[0] < 'A' || category[0] > 'Z' || !digits(category[1:]) {
		return "", false
	}
	if rest == "" {
		return category, true
	}
	return category + "." + rest, true
}
