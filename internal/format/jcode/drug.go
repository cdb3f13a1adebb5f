package jcode

// HOT is a drug number (HOTコード) of 7, 9 or 13 digits in its parts.
type HOT struct {
	Product   string // 処方用番号 HOT7 with its check digit: substance, strength, form, brand
	Company   string // 会社識別用番号, 2 digits; empty in HOT7
	Dispense  string // 調剤用番号, 2 digits: the package; empty in HOT7 and HOT9
	Logistics string // 物流用番号, 2 digits; empty in HOT7 and HOT9
}

// ParseHOT splits HOT7, HOT9 and HOT13. Check digits are not verified: a code that a
// hospital sent is shown, not corrected.
func ParseHOT(code string) (HOT, bool) {
	if !digits(code) {
		return HOT{}, false
	}
	switch len(code) {
	case 7:
		return HOT{Product: code}, true
	case 9:
		return HOT{Product: code[:7], Company: code[7:]}, true
	case 13:
		return HOT{code[:7], code[7:9], code[9:11], code[11:]}, true
	}
	return HOT{}, false
}

// String gives the code back.
func (h HOT) String() string { return h.Product + h.Company + h.Dispense + h.Logistics }

// YJ is an individual drug code (個別医薬品コード) in its parts, 3962002F1029.
type YJ struct {
	Class    string // 薬効分類, 4 digits: 3962
	Route    string // 投与経路・成分, 3 digits within the class: 002
	Form     string // 剤形, a letter: F
	Strength string // 規格, 1 character
	Brand    string // 銘柄, 2 characters; ZZ where no brand is meant (generic name)
	Check    string // check digit; Z where no brand is meant
}

// ParseYJ splits the 12 characters of a YJ code.
func ParseYJ(code string) (YJ, bool) {
	if len(code) != 12 || !alphanumeric(code) || !digits(code[:7]) || digits(code[7:8]) {
		return YJ{}, false
	}
	return YJ{code[:4], code[4:7], code[7:8], code[8:9], code[9:11], code[11:]}, true
}

// String gives the code back.
func (y YJ) String() string { return y.Class + y.Route + y.Form + y.Strength + y.Brand + y.Check }

// Ingredient is equal for drugs of one active ingredient and kind of route: tablets of
// all makers and strengths agree, an injection of the same substance does not.
func (y YJ) Ingredient() string { return y.Class + y.Route }

// Use tells by which way a drug is used, from the number range of its ingredient.
func (y YJ) Use() (Words, bool) {
	switch n := y.Route; {
	case n >= "001" && n <= "399":
		return Words{"内用", "internal"}, true
	case n >= "400" && n <= "699":
		return Words{"注射", "injection"}, true
	case n >= "700" && n <= "999":
		return Words{"外用", "external"}, true
	}
	return Words{}, false
}
