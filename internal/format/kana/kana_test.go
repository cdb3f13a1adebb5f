package kana_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mizuhiki.dev/mizuhiki/internal/format/kana"
)

func TestKey(t *testing.T) {
	for name, tc := range map[string]struct{ a, b string }{
		"half width":           {"ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ タロウ"},
		"hiragana":             {"やまだ たろう", "ヤマダ　タロウ"},
		"no space":             {"ヤマダタロウ", "ヤマダ タロウ"},
		"small kana":           {"キョウコ", "キヨウコ"},
		"small tsu":            {"ハットリ", "ハツトリ"},
		"di and zi":            {"ヂロウ", "ジロウ"},
		"du and zu":            {"チヅル", "チズル"},
		"wo":                   {"カヲル", "カオル"},
		"long mark":            {"ユーコ", "ユコ"},
		"decomposed voicing":   {"ヤマタ\u3099", "ヤマダ"},
		"half width p voicing": {"ﾊﾟｸ", "パク"},
		"middle dot":           {"ジョン・スミス", "ジョン スミス"},
	} {
		t.Run(name, func(t *testing.T) {
			if !kana.Compatible(tc.a, tc.b) {
				t.Errorf("Compatible(%q, %q) = false; keys %q, %q", tc.a, tc.b, kana.Key(tc.a), kana.Key(tc.b))
			}
		})
	}
}

func TestCompatible_refuses(t *testing.T) {
	for name, tc := range map[string]struct{ a, b string }{
		"another name":       {"ヤマダ タロウ", "ヤマダ ジロウ"},
		"voicing is a sound": {"ヤマタ タロウ", "ヤマダ タロウ"},
		"swapped":            {"ヤマダ タロウ", "タロウ ヤマダ"},
		"both empty":         {"", ""},
		"only marks":         {"・", "ー"},
		"long vowel written": {"ユウコ", "ユコ"},
	} {
		t.Run(name, func(t *testing.T) {
			if kana.Compatible(tc.a, tc.b) {
				t.Errorf("Compatible(%q, %q) = true", tc.a, tc.b)
			}
		})
	}
}

func TestKey_isIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if once := kana.Key(s); kana.Key(once) != once {
			t.Fatalf("Key(Key(%q)) = %q, want %q", s, kana.Key(once), once)
		}
	})
}

func TestNameKey(t *testing.T) {
	for a, b := range map[string]string{
		"髙橋 恵": "高橋惠", "渡邉　一郎": "渡辺一郎", "渡邊": "渡辺", "齋藤": "斎藤", "齊藤": "斉藤", "山﨑": "山崎",
		"濵田": "浜田", "𠮷田": "吉田", "葛\U000E0100城": "葛城", "Ｓｍｉｔｈ": "SMITH", "冨田": "富田", "龍一": "竜一",
	} {
		if kana.NameKey(a) != kana.NameKey(b) {
			t.Errorf("NameKey(%q) = %q, NameKey(%q) = %q", a, kana.NameKey(a), b, kana.NameKey(b))
		}
	}
	for a, b := range map[string]string{"山田": "山本", "伊藤": "伊東", "太田": "大田"} {
		if kana.NameKey(a) == kana.NameKey(b) {
			t.Errorf("NameKey folds %q and %q together", a, b)
		}
	}
}

func TestBigrams(t *testing.T) {
	for key, want := range map[string][]string{
		"":     nil,
		"山":    {"^山"},
		"山田":   {"^山", "山田"},
		"ササササ": {"^サ", "ササ"},
	} {
		if diff := cmp.Diff(want, kana.Bigrams(key)); diff != "" {
			t.Errorf("Bigrams(%q) (-want +got):\n%s", key, diff)
		}
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
	for s, want := range map[string]bool{"ヤマダ タロウ": true, "やまだ": true, "ﾔﾏﾀﾞ": true, "ユーコ": true, "山田": false, "Yamada": false, "": false, "・": false, "ヤマダ1": false} {
		if got := kana.IsKana(s); got != want {
			t.Errorf("IsKana(%q) = %v, want %v", s, got, want)
		}
	}
}

func TestToHiraganaAndKatakana(t *testing.T) {
	if got, want := kana.ToHiragana("ﾔﾏﾀﾞ ユーコ"), "やまだ ゆーこ"; got != want {
		t.Errorf("ToHiragana = %q, want %q", got, want)
	}
	if got, want := kana.ToKatakana(" やまだ　ﾀﾛｳ "), "ヤマダ タロウ"; got != want {
		t.Errorf("ToKatakana = %q, want %q", got, want)
	}
}
