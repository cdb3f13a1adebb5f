package ssmix2

import (
	"errors"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

// ErrEncoding: characters that no character set explains, where they matter.
var ErrEncoding = errors.New("characters that cannot be decoded")

// CheckText refuses with [ErrEncoding] a document that was read with holes in it: a drug
// whose name lacks characters is another drug, and behind a cut character an amount may be
// another's. In PID a hole is borne, since many names are written with characters of the
// hospital's own, but not in the kana name, by which the patient is verified.
func CheckText(doc clinical.Document) error {
	for _, w := range doc.Warnings {
		if strings.Contains(w, ": "+string(jis.Undecodable)+": ") && !strings.Contains(w, "(PID)") {
			return fault.New(fault.Invalid, "%w: %s", ErrEncoding, w)
		}
	}
	if d := doc.Demographics; d != nil && strings.ContainsRune(d.Kana, '\uFFFD') {
		return fault.New(fault.Invalid, "%w: kana name", ErrEncoding)
	}
	return nil
}
