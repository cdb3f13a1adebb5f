package kana

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A character of two groups would fold one way or the other by their order, a chain
// would fold halfway, and what NFC replaces would never be looked up.
func TestVariants_foldOnceAndForAll(t *testing.T) {
	groupOf := map[rune]string{}
	for group := range strings.FieldsSeq(variants) {
		if utf8.RuneCountInString(group) < 2 {
			t.Errorf("%s has no variant", group)
		}
		for _, r := range group {
			if other, ok := groupOf[r]; ok {
				t.Errorf("%c stands in %s and in %s", r, other, group)
			}
			groupOf[r] = group
			if norm.NFC.String(string(r)) != string(r) {
				t.Errorf("%c (U+%04X) of %s is replaced by NFC", r, r, group)
			}
		}
	}
	if len(variant) < 150 {
		t.Errorf("%d variants, want the 150 that names need", len(variant))
	}
	for from, to := range variant {
		if got, want := NameKey(string(from)+"田"), string(to)+"田"; got != want {
			t.Errorf("NameKey(%c田) = %s, want %s", from, got, want)
		}
	}
}
