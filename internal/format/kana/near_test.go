package kana_test

import (
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/kana"
)

func TestNear(t *testing.T) {
	for _, tc := range []struct {
		name, a, b string
		want       bool
	}{
		{"a voicing mark", "ヤマタ タロウ", "ヤマダ タロウ", true},
		{"a half-voiced mark", "ハハ", "パパ", true},
		{"a long vowel not written", "ユウコ", "ユコ", true},
		{"a long mark for it", "サトー ケイコ", "サトウ ケーコ", true},
		{"a doubled vowel", "オオノ", "オノ", true},
		{"a small kana and a long vowel", "キョウコ", "キヨコ", true},
		{"swapped", "タロウ ヤマダ", "ヤマダ タロウ", true},
		{"more words than any name has", strings.Repeat("ア ", 20) + "イ", "イ" + strings.Repeat("ア", 20), false},
		{"swapped and without the space", "ヤマダ タロウ", "タロウヤマダ", true},
		{"three words turned", "ジョン ポール スミス", "スミス ジョン ポール", true},

		{"the same", "ヤマダ タロウ", "やまだたろう", false},
		{"another name", "ヤマダ タロウ", "ヤマダ ジロウ", false},
		{"a beginning", "ヤマダ", "ヤマダ タロウ", false},
		{"another vowel", "アキ", "アオキ", false},
		{"two slips", "タロウ ヤマタ", "ヤマダ タロウ", false},
		{"nothing", "", "", false},
		{"nothing and something", "", "ア", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, pair := range [][2]string{{tc.a, tc.b}, {tc.b, tc.a}} {
				if got := kana.Near(pair[0], pair[1]); got != tc.want {
					t.Errorf("Near(%q, %q) = %v, want %v", pair[0], pair[1], got, tc.want)
				}
			}
		})
	}
}
