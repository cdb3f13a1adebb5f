package clinical

import (
	"slices"
	"strings"
	"testing"
)

func TestDemographics_Compare(t *testing.T) {
	hanako := Demographics{Name: "髙橋 花子", Kana: "タカハシ ハナコ", BirthDate: "1976-01-01", Sex: Female}
	unparted := Demographics{Name: "高橋花子", Kana: "タカハシハナコ"}
	names := func(texts ...string) (c Claim) {
		for _, s := range texts {
			c.Names = append(c.Names, NameOf(s))
		}
		return c
	}
	for name, tc := range map[string]struct {
		record Demographics
		claim  Claim
		want   Comparison
	}{
		"nothing":                  {hanako, Claim{}, Comparison{}},
		"all of it":                {hanako, hanako.Claim(), Comparison{Agrees, Agrees, Agrees, Agrees, Agrees}},
		"variant characters":       {hanako, names("高橋　花子"), Comparison{Name: Agrees, Family: Agrees, Given: Agrees}},
		"half width kana":          {hanako, names("ﾀｶﾊｼ ﾊﾅｺ"), Comparison{Name: Agrees, Family: Agrees, Given: Agrees}},
		"a year":                   {hanako, Claim{BirthDate: "1976"}, Comparison{}},
		"another year":             {hanako, Claim{BirthDate: "1977"}, Comparison{BirthDate: Differs}},
		"a sex that says nothing":  {hanako, Claim{Sex: UnknownSex}, Comparison{}},
		"another sex":              {hanako, Claim{Sex: Male}, Comparison{Sex: Differs}},
		"letters":                  {hanako, names("TAKAHASHI HANAKO"), Comparison{}},
		"kana against kanji alone": {Demographics{Name: hanako.Name}, names("スズキ イチロウ"), Comparison{}},
		"another in both scripts":  {hanako, names("鈴木 一郎", "スズキ イチロウ"), Comparison{Name: Differs, Family: Differs, Given: Differs}},
		"the family in one script": {hanako, names("高梁 一郎", "タカハシ イチロウ"), Comparison{Name: Differs, Family: Agrees, Given: Differs}},
		"married":                  {hanako, names("結城 花子"), Comparison{Name: Differs, Family: Differs, Given: Agrees}},
		"a slip of voicing":        {hanako, names("タカバシ ハナコ"), Comparison{Name: Differs, Family: Agrees, Given: Agrees}},
		"turned around":            {hanako, names("ハナコ タカハシ"), Comparison{Name: Differs, Family: Agrees, Given: Agrees}},
		"not parted, married":      {hanako, names("結城花子"), Comparison{Name: Differs, Family: Differs, Given: Agrees}},
		"parted against unparted":  {unparted, names("高橋 月子"), Comparison{Name: Differs, Family: Agrees, Given: Differs}},
		"neither parted":           {unparted, names("鈴木一郎"), Comparison{Name: Differs, Family: Differs, Given: Differs}},
		"neither parted, an end":   {unparted, names("鈴木月子"), Comparison{Name: Differs}},
		"a name that nobody has":   {hanako, names(strings.Repeat("タカ ", maxName)), Comparison{Name: Differs, Family: Differs, Given: Differs}},
		"letters that nobody has":  {hanako, names(strings.Repeat("TAKA ", maxName)), Comparison{Name: Differs, Family: Differs, Given: Differs}},
		"more names than anybody":  {hanako, names(append(slices.Repeat([]string{"鈴木 一郎"}, maxNames), "髙橋 花子")...), Comparison{Name: Differs, Family: Differs, Given: Differs}},
		"a character is lost":      {hanako, names("〓木 一郎", "\uFFFDキ イチロウ"), Comparison{}},
		"a lost character, the same": {
			Demographics{Name: "〓橋 花子"}, names("〓橋 花子"), Comparison{Name: Agrees, Family: Agrees, Given: Agrees},
		},
	} {
		if got := tc.record.Compare(tc.claim); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}
