package linkage_test

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func TestReadNumber(t *testing.T) {
	for typed, want := range map[string]ident.LocalPatientID{
		"0770001":          "0770001",
		"０７７０００１":          "0770001",
		"\u3000０77０001 \t": "0770001",
		"Ａ－００1":            "A-001",
		"000":              "000",
	} {
		if got, err := linkage.ReadNumber(typed); err != nil || got != want {
			t.Errorf("ReadNumber(%q) = %q, %v, want %q", typed, got, err, want)
		}
	}
	for typed, want := range map[string]fault.Key{
		"": "link.id_missing", "\u3000": "link.id_missing",
		"12 34": "link.id_characters", "一二三": "link.id_characters", "12\u200B34": "link.id_characters", "12\x0034": "link.id_characters", "ー12": "link.id_characters",
	} {
		got, err := linkage.ReadNumber(typed)
		if key, _, _ := fault.Message(err); key != want || got != "" {
			t.Errorf("ReadNumber(%q) = %q, %v, want %s", typed, got, err, want)
		}
	}
}
