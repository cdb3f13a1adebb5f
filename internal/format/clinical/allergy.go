package clinical

import "strings"

// AllergyList is what a facility says of a patient's allergies. A list without
// entries is a statement only when None is set: 「なし」確認済 (an IAM or AL1 entry
// that denies allergies); otherwise nothing is registered (登録なし).
type AllergyList struct {
	None    bool      `json:"none,omitempty"`
	Entries []Allergy `json:"entries,omitempty"`
}

// Allergy is one allergy or intolerance (IAM, AL1).
type Allergy struct {
	Type     Coded  `json:"type,omitzero"` // HL7 0127: DA drug, FA food, EA environment …
	Allergen Coded  `json:"allergen"`
	Severity Coded  `json:"severity,omitzero"`  // HL7 0128: SV MO MI U
	Reaction string `json:"reaction,omitempty"` // several are joined by 、
	Onset    string `json:"onset,omitempty"`

	// Status tells a confirmed allergy from a suspected one and from one that is over
	// (IAM-17, HL7 table 0438: C confirmed, S suspect, U unverified, I inactive …).
	Status Coded `json:"status,omitzero"`
	// Sensitivity tells an allergy from an intolerance, a side effect and a
	// contraindication (IAM-9, HL7 table 0436: AL, IN, SE, CT …).
	Sensitivity Coded  `json:"sensitivity,omitzero"`
	Group       Coded  `json:"group,omitzero"`     // of allergens (IAM-10)
	Reported    Time   `json:"reported,omitempty"` // IAM-13
	Comment     string `json:"comment,omitempty"`  // why the entry was made or changed (IAM-8)
}

// Denies reports whether the entry names no allergen but says that there is none, and
// whether of any kind: one that is filed under drugs or food denies no more than those.
func (a Allergy) Denies() (denies, all bool) {
	text := strings.NewReplacer(" ", "", "　", "", "・", "", "。", "", "無し", "なし", "ナシ", "なし").Replace(a.Allergen.Label())
	switch strings.ToLower(text) {
	case "アレルギーなし", "アレルギー歴なし", "noknownallergies", "noknownallergy", "nka":
		return true, true
	case "なし", "無", "特になし", "特記事項なし", "none":
		kind := a.Type.Code
		return true, kind == "" || kind == "MA"
	}
	return false, false
}
