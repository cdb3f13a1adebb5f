package jcode

// JLAC10 is a laboratory test code (臨床検査項目分類コード) in its parts.
type JLAC10 struct {
	Analyte        string // 測定物, 5 characters: 3C015
	Identification string // 識別, 4: which allergen, which antibody class; 0000: none
	Material       string // 材料, 3: 023 serum
	Method         string // 測定法, 3
	Result         string // 結果識別, 2: which of several results; empty in orders
}

// ParseJLAC10 splits a code of 17 characters (results) or 15 (orders). A JLAC11 code
// has 17 characters too and other parts: the code system beside the code tells them apart.
func ParseJLAC10(code string) (JLAC10, bool) {
	if len(code) != 17 && len(code) != 15 || !alphanumeric(code) || !digits(code[:1]) {
		return JLAC10{}, false
	}
	return JLAC10{code[:5], code[5:9], code[9:12], code[12:15], code[15:]}, true
}

// String gives the code back.
func (c JLAC10) String() string {
	return c.Analyte + c.Identification + c.Material + c.Method + c.Result
}

// JoinKey is equal for results of different laboratories that may stand in one row:
// the same analyte in the same material, by whatever method.
//
// Two more parts are of the key. The identification, since without it mite and
// cedar IgE, or IgG and IgM of one virus, would be one row. And the result
// identification where it says more than "the value" (01), since without it the
// fractions of a white cell differential, or a titre and its plus and minus, would.
func (c JLAC10) JoinKey() string {
	key := c.Analyte + "-" + c.Identification + "-" + c.Material
	switch c.Result {
	case "", "00", "01":
		return key
	}
	return key + "-" + c.Result
}

// JLAC11 is a laboratory test code of the eleventh edition in its parts.
type JLAC11 struct {
	Measurand      string // 測定物, 5 characters
	Identification string // 識別, 4
	Material       string // 材料, 3
	Method         string // 測定法, 3
	Unit           string // 結果単位, 2
}

// ParseJLAC11 splits a code of 17 characters. Nothing in the code says that it is
// JLAC11 and not JLAC10: ask only where the code system does (JC11).
func ParseJLAC11(code string) (JLAC11, bool) {
	if len(code) != 17 || !alphanumeric(code) {
		return JLAC11{}, false
	}
	return JLAC11{code[:5], code[5:9], code[9:12], code[12:15], code[15:]}, true
}

// String gives the code back.
func (c JLAC11) String() string {
	return c.Measurand + c.Identification + c.Material + c.Method + c.Unit
}

// JoinKey is equal for results that may stand in one row, as [JLAC10.JoinKey] is. The
// unit is of the key: a row has one. It never equals a key of JLAC10.
func (c JLAC11) JoinKey() string {
	return "JC11-" + c.Measurand + "-" + c.Identification + "-" + c.Material + "-" + c.Unit
}

// TestKey gives the join key of a test by the code system beside its code (JC10,
// JC11); ok is false for other systems and for codes that are not of theirs. There is
// no map between the two that holds for every test, so they never join.
func TestKey(system, code string) (key string, ok bool) {
	switch system {
	case "JC10":
		if c, ok := ParseJLAC10(code); ok {
			return c.JoinKey(), true
		}
	case "JC11":
		if c, ok := ParseJLAC11(code); ok {
			return c.JoinKey(), true
		}
	}
	return "", false
}
