package ident

import (
	"slices"
	"strings"

	"golang.org/x/text/width"
)

// maxPatientID is longer than any patient number of an SS-MIX2 storage.
const maxPatientID = 64

// TypedPatientID reads a patient number as a person types it: full-width letters, figures
// and signs become ASCII, what an input method makes of the hyphen key becomes a hyphen,
// and blanks around it go. Leading zeros and the case of letters stay: they are
// significant. What then holds a blank or anything but printable ASCII is no number.
//
// Every surface on which a number is typed stores, compares and searches what this gives:
// otherwise ０７７０００１ and 0770001 would be two patients.
func TypedPatientID(s string) (id LocalPatientID, ok bool) {
	s = strings.TrimSpace(hyphens.Replace(width.Fold.String(s)))
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return "", false
		}
	}
	return LocalPatientID(s), len(s) <= maxPatientID
}

// hyphens are what keyboards for Japanese write for the hyphen between figures.
var hyphens = strings.NewReplacer("ー", "-", "−", "-", "‐", "-", "‑", "-", "–", "-", "—", "-", "―", "-")

// Spellings lists under which texts a number may stand in the database: as itself, and in
// full width, which was once stored as it was typed.
func (id LocalPatientID) Spellings() []LocalPatientID {
	if wide := LocalPatientID(width.Widen.String(string(id))); wide != id {
		return []LocalPatientID{id, wide}
	}
	return []LocalPatientID{id}
}

// maxZeros is how many leading zeros [LocalPatientID.Alike] tries.
const maxZeros = 12

// Alike lists numbers that differ from id only in how many zeros they begin with, or in
// that their letters are all small or all large.
func (id LocalPatientID) Alike() []LocalPatientID {
	bare := strings.TrimLeft(string(id), "0")
	if bare == "" {
		return nil
	}
	cases := []string{bare}
	for _, other := range []string{strings.ToLower(bare), strings.ToUpper(bare)} {
		if !slices.Contains(cases, other) {
			cases = append(cases, other)
		}
	}
	var out []LocalPatientID
	for _, text := range cases {
		for n := range maxZeros + 1 {
			if other := LocalPatientID(strings.Repeat("0", n) + text); other != id {
				out = append(out, other)
			}
		}
	}
	return out
}
