package linkage

import (
	"strings"

	"golang.org/x/text/width"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// ReadNumber reads a patient number as somebody typed it. Full-width characters, as a
// Japanese keyboard gives them, are the same number: two people under what reads as one
// would be each other's record. Leading zeros stay, they are part of a number.
//
// Errors of kind invalid: link.id_missing; link.id_characters for what is no printable
// ASCII after that, since it is no number of a storage and nobody would find it again.
func ReadNumber(typed string) (ident.LocalPatientID, error) {
	text := strings.TrimSpace(width.Narrow.String(typed))
	if text == "" {
		return "", fault.WithKey(fault.Invalid, "link.id_missing", nil)
	}
	for _, r := range text {
		if r <= ' ' || r > '~' {
			return "", fault.WithKey(fault.Invalid, "link.id_characters", nil)
		}
	}
	return ident.LocalPatientID(text), nil
}
