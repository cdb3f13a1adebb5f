package kana_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mizuhiki.dev/mizuhiki/internal/format/kana"
)

func TestKey(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"full width", "ヤマダ タロウ", "ヤマダタロウ"},
		{"half width", "ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダタロウ"},
		{"hiragana", "やまだ　たろう", "ヤマダタロウ"},
		{"small kana and ヂヅヲ", "キョウコ ヂヅヲ", "キヨウコジズオ"},
		{"hiragana wi and we", "ゐゑ", "イエ"},
		{"hiragana vu", "ゔぃ", "ヴイ"},
		{"letters", "Ｓmith", "SMITH"},
		{"an unreadable character stays", "ヤマ〓 タロウ", "ヤマ〓タロウ"},
		{"empty", "", ""},
		{"nothing but marks", " ・ー", ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := kana.Key(tc.in); got != tc.want {
				t.Errorf("Key(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func TestCompatible(t *testing.T) {
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"half width", "ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ タロウ", true},
		{"hiragana", "やまだ たろう", "ヤマダ　タロウ", true},
		{"no space", "ヤマダタロウ", "ヤマダ タロウ", true},
		{"small kana", "キョウコ", "キヨウコ", true},
		{"small tsu", "ハットリ", "ハツトリ", true},
		{"di and zi", "ヂロウ", "ジロウ", true},
		{"du and zu", "チヅル", "チズル", true},
		{"wo", "カヲル", "カオル", true},
		{"long mark", "ユーコ", "ユコ", true},
		{"a hyphen for the long mark", "ユ-コ", "ユーコ", true},
		{"decomposed voicing", "ヤマタ\u3099", "ヤマダ", true},
		{"half width p voicing", "ﾊﾟｸ", "パク", true},
		{"middle dot", "ジョン・スミス", "ジョン スミス", true},

		{"another name", "ヤマダ タロウ", "ヤマダ ジロウ", false},
		{"voicing is a sound", "ヤマタ タロウ", "ヤマダ タロウ", false},
		{"swapped", "ヤマダ タロウ", "タロウ ヤマダ", false},
		{"long vowel written", "ユウコ", "ユコ", false},
		{"a beginning", "ヤマダ", "ヤマダ タロウ", false},
		{"an unreadable character", "ヤマ〓 タロウ", "ヤマ タロウ", false},
		{"both empty", "", "", false},
		{"only marks", "・", "ー", false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			for _, pair := range [][2]string{{tc.a, tc.b}, {tc.b, tc.a}} {
				if got := kana.Compatible(pair[0], pair[1]); got != tc.want {
					t.Errorf("Compatible(%q, %q) = %v, want %v; keys %q, %q", pair[0], pair[1], got, tc.want, kana.Key(pair[0]), kana.Key(pair[1]))
				}
			}
		})
	}
}

// nameLike draws what stands in name fields and what does not belong there.
func nameLike(t *rapid.T) string {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.RuneFrom([]rune("アァがｶﾞﾞヂづヲゐヱーｰ・ 　々山髙﨑邉𠮷\u3099\u309a\ufe00\U000e0100Aaéſ゛ヶヵ〓"))),
	).Draw(t, "name")
}

func TestKeys_areIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := nameLike(t)
		for name, key := range map[string]func(string) string{"Key": kana.Key, "NameKey": kana.NameKey} {
			if once := key(s); key(once) != once {
				t.Fatalf("%s(%q) = %q, and of that %q", name, s, once, key(once))
			}
		}
	})
}

func TestNameKey(t *testing.T) {
	tests := []struct {
		name, a, b string
		same       bool
	}{
		{"takahashi", "髙橋 恵", "高橋惠", true},
		{"watanabe 1", "渡邉　一郎", "渡辺一郎", true},
		{"watanabe 2", "渡邊", "渡辺", true},
		{"saito of four spellings", "齋藤", "齊藤", true},
		{"saito, the common ones", "斎藤", "斉藤", true},
		{"yamazaki", "山﨑", "山崎", true},
		{"hamada", "濵田", "浜田", true},
		{"yoshida beyond the basic plane", "𠮷田", "吉田", true},
		{"variation selector", "葛\U000E0100城", "葛城", true},
		{"tokuda", "德田", "徳田", true},
		{"sawada", "澤田", "沢田", true},
		{"dragon", "龍一", "竜一", true},
		{"compatibility ideograph", "神\uFA19", "神神", true},
		{"repetition mark", "佐々木", "佐佐木", true},
		{"small ke", "鬼ヶ島", "鬼ケ島", true},
		{"width of letters", "Ｓｍｉｔｈ", "SMITH", true},
		{"width of kana", "山田 ｱﾂﾞﾐ", "山田アヅミ", true},

		{"another name", "山田", "山本", false},
		{"one sound", "伊藤", "伊東", false},
		{"a dot", "太田", "大田", false},
		{"script is kept", "さくら", "サクラ", false},
		{"long mark is kept", "ジョージ", "ジョジ", false},
		{"a circled figure is no figure", "①", "1", false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			a, b := kana.NameKey(tc.a), kana.NameKey(tc.b)
			if got := a == b; got != tc.same {
				t.Errorf("keys %q and %q equal: %v, want %v", a, b, got, tc.same)
			}
			if a == "" {
				t.Errorf("NameKey(%q) is empty", tc.a)
			}
		})
	}
}

func TestBigrams(t *testing.T) {
	tests := []struct {
		name, key string
		want      []string
	}{
		{"empty", "", nil},
		{"one character", "山", []string{"^山"}},
		{"two", "山田", []string{"^山", "山田"}},
		{"repetitions once", "ササササ", []string{"^サ", "ササ"}},
		{"beyond the basic plane", "𠮷田", []string{"^𠮷", "𠮷田"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, kana.Bigrams(tc.key)); diff != "" {
				t.Errorf("Bigrams(%q) (-want +got):\n%s", tc.key, diff)
			}
		})
	}
}

// Every bigram of a beginning is a bigram of the whole: the search's promise.
func TestBigrams_ofAPrefixAreContained(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := []rune(rapid.StringOfN(rapid.RuneFrom([]rune("アイウヤマダ山田")), 1, 12, -1).Draw(t, "key"))
		n := rapid.IntRange(1, len(key)).Draw(t, "n")
		whole := kana.Bigrams(string(key))
		for _, g := range kana.Bigrams(string(key[:n])) {
			if !slices.Contains(whole, g) {
				t.Fatalf("%q of %q is missing in %q", g, string(key[:n]), whole)
			}
		}
	})
}

func TestIsKana(t *testing.T) {
	tests := []struct {
		name, in string
		want     bool
	}{
		{"katakana", "ヤマダ タロウ", true},
		{"hiragana", "やまだ", true},
		{"half width", "ﾔﾏﾀﾞ", true},
		{"long mark", "ユーコ", true},
		{"middle dot", "ジョン・スミス", true},
		{"kanji", "山田", false},
		{"letters", "Yamada", false},
		{"a figure", "ヤマダ1", false},
		{"marks only", "・", false},
		{"empty", "", false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := kana.IsKana(tc.in); got != tc.want {
				t.Errorf("IsKana(%q) = %v, want %v", tc.in, got, tc.want)
			}
		})
	}
}

func TestScripts(t *testing.T) {
	tests := []struct {
		name string
		f    func(string) string
		in   string
		want string
	}{
		{"furigana of half width", kana.ToHiragana, "ﾔﾏﾀﾞ ユーコ", "やまだ ゆーこ"},
		{"furigana has one space", kana.ToHiragana, "ヤマダ　　ヴァン ", "やまだ ゔぁん"},
		{"no hiragana for it", kana.ToHiragana, "ヷ", "ヷ"},
		{"katakana of a mixture", kana.ToKatakana, " やまだ　ﾀﾛｳ ", "ヤマダ タロウ"},
		{"kanji stay", kana.ToKatakana, "山田", "山田"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.f(tc.in); got != tc.want {
				t.Errorf("%q became %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}
