package directory_test

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func TestFacility_Validate(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*directory.Facility)
		want   fault.Key
	}{
		"whole":                   {func(*directory.Facility) {}, ""},
		"a code of nine digits":   {func(f *directory.Facility) { f.Code = "991000001" }, "facility.code_invalid"},
		"a code with a letter":    {func(f *directory.Facility) { f.Code = "99100000a1" }, "facility.code_invalid"},
		"full-width digits":       {func(f *directory.Facility) { f.Code = "１２３４５６７８９０" }, "facility.code_invalid"},
		"no name":                 {func(f *directory.Facility) { f.Name = "" }, "facility.name_missing"},
		"no kana":                 {func(f *directory.Facility) { f.Kana = "" }, "facility.name_missing"},
		"a mark of one character": {func(f *directory.Facility) { f.Mark = "水" }, "facility.mark_invalid"},
		"an unknown kind":         {func(f *directory.Facility) { f.Kind = "spa" }, "facility.kind_invalid"},
		"in no union":             {func(f *directory.Facility) { f.Unions = nil }, "facility.union_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			f := directory.Facility{Code: "9910000011", Name: "水引診療所", Kana: "ミズヒキシンリョウジョ", Mark: "水診", Kind: directory.Clinic, Unions: []ident.UnionID{"u1"}}
			tc.change(&f)
			err := f.Validate()
			if got, _, _ := fault.Message(err); got != tc.want || (err == nil) != (tc.want == "") {
				t.Errorf("Validate = %v, want %q", err, tc.want)
			}
		})
	}
}

func TestNewCode(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		code := directory.NewCode()
		if len(code) < 26 || seen[code] {
			t.Errorf("code %q is short or came before", code)
		}
		seen[code] = true
	}
}
