package ident_test

import (
	"slices"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

func TestTypedPatientID(t *testing.T) {
	for _, tc := range []struct {
		name, typed string
		want        ident.LocalPatientID
		ok          bool
	}{
		{"as it is", "0770001", "0770001", true},
		{"full width", "０７７０００１", "0770001", true},
		{"half of it", "０770００1", "0770001", true},
		{"blanks around", " \t0770001　", "0770001", true},
		{"leading zeros stay", "０００1", "0001", true},
		{"letters, their case stays", "Ｐ00２00ａ", "P00200a", true},
		{"full-width hyphen", "12－34", "12-34", true},
		{"long mark for a hyphen", "１２ー３４", "12-34", true},
		{"minus sign", "12−34", "12-34", true},
		{"sign", "＃12", "#12", true},
		{"nothing", " 　", "", true},
		{"blank inside", "0770 001", "", false},
		{"ideographic blank inside", "0770　001", "", false},
		{"kana", "アオキ", "", false},
		{"half-width kana", "ｱｵｷ", "", false},
		{"circled figure", "①", "", false},
		{"control character", "07\x0070001", "", false},
		{"combining mark", "0\u0301", "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := ident.TypedPatientID(tc.typed)
			if got != tc.want || ok != tc.ok {
				t.Fatalf("TypedPatientID(%q) = %q, %v, want %q, %v", tc.typed, got, ok, tc.want, tc.ok)
			}
			if again, _ := ident.TypedPatientID(string(got)); again != got {
				t.Errorf("read again: %q", again)
			}
		})
	}
}

func TestLocalPatientID_Spellings(t *testing.T) {
	if got := ident.LocalPatientID("07A-1").Spellings(); !slices.Equal(got, []ident.LocalPatientID{"07A-1", "０７Ａ－１"}) {
		t.Errorf("Spellings = %q", got)
	}
}

func TestLocalPatientID_Alike(t *testing.T) {
	got := ident.LocalPatientID("0077").Alike()
	for _, want := range []ident.LocalPatientID{"77", "077", "00077", "0000000077"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is missing of %q", want, got)
		}
	}
	if got := ident.LocalPatientID("p0218").Alike(); !slices.Contains(got, "P0218") || slices.Contains(got, "p0218") {
		t.Errorf("of p0218: %q", got)
	}
	for _, never := range []ident.LocalPatientID{"0077", "770", "7"} {
		if slices.Contains(got, never) {
			t.Errorf("%q is among %q", never, got)
		}
	}
	if got := ident.LocalPatientID("000").Alike(); got != nil {
		t.Errorf("of nothing but zeros: %q", got)
	}
}
