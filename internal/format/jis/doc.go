// Package jis reads and writes ISO-2022-JP as SS-MIX2 (標準化ストレージ) uses it:
// ASCII and JIS X 0208 (JIS漢字) switched by escape sequences, HL7 character sets
// "ISO IR6" and "ISO IR87" (SS-MIX2 specification 1.2, character sets; RFC 1468).
//
// golang.org/x/text supplies the 94 by 94 code tables and nothing else. The state
// machine is ours because the library's keeps a run open over a carriage return,
// which swallows the next segment, and writes characters that SS-MIX2 forbids.
//
// [Decode] never fails and never loses a line. What it had to bend is a [Warning]:
//
//	input                                  text                       warning
//	run left open at CR, LF or the end     decoded, back to ASCII     open-run
//	the same with | or ^ among its bytes   decoded, back to ASCII     open-run, undecodable
//	ESC $ @ (1978 set), ESC ( J (Roman)    as JIS X 0208, as ASCII    old-set
//	ESC ( I, half-width kana               kept half-width            halfwidth
//	bytes behind it that are none          U+FFFD                     halfwidth, undecodable
//	ESC $ ( D, JIS X 0212                  decoded                    supplementary
//	JIS rows 9-15 and 85-94 (①, 髙)        decoded as Windows does    vendor
//	raw bytes >= 0x80                      as UTF-8, else as CP932    repaired
//	raw bytes that are neither             U+FFFD                     repaired, undecodable
//	unknown escape, impossible bytes       U+FFFD                     undecodable
//	more of these than MaxWarnings         decoded                    ..., more
//
// JIS X 0208 is mapped to Unicode as Windows and the browsers map it: ～ U+FF5E,
// － U+FF0D, ∥ U+2225. [Encode] takes those and their twins 〜 − ‖ alike.
//
// [Encode] writes ASCII and JIS X 0208 rows 1-8 and 16-84, closes every run before
// a control character, and replaces the rest:
//
//	character                              written                    warning
//	half-width kana, with its voicing mark  ガ                         substituted
//	①, ㈱, ㎎, ㌢, Ⅱ, ½ ...                  (1), (株), mg, センチ, II   substituted
//	powers behind a digit, 10³              10*3                       substituted
//	髙, 﨑, 德, U+FA19 ...                    高, 崎, 徳, 神             substituted
//	é, ß, € ...                             e, ss, EUR                 substituted
//	variation selectors, joiners            left out                   substituted
//	anything else, gaiji (外字) among it     〓                          unwritable
//
// No substitute is a delimiter of HL7, and none joins the digits before it: text
// that is escaped already stays what it is.
//
// A warning names places and sets, never the characters of a decoded text: they
// may be a patient's.
package jis

import "fmt"

// Kind says what a [Warning] is about.
type Kind string

// The kinds, as the package comment lists them.
const (
	OpenRun       Kind = "open-run"
	OldSet        Kind = "old-set"
	Halfwidth     Kind = "halfwidth"
	Supplementary Kind = "supplementary"
	Vendor        Kind = "vendor"
	Repaired      Kind = "repaired"
	Undecodable   Kind = "undecodable"
	Substituted   Kind = "substituted"
	Unwritable    Kind = "unwritable"
	// MoreWarnings is the last of [MaxWarnings]: further ones were left out.
	MoreWarnings Kind = "more"
)

// MaxWarnings bounds what one call reports, so that a hostile text costs no memory.
const MaxWarnings = 64

// Warning is one departure from the character sets of SS-MIX2.
type Warning struct {
	Offset int // byte offset in the input
	Kind   Kind
	Detail string
}

// String gives the warning for a list of remarks on a file.
func (w Warning) String() string {
	return fmt.Sprintf("byte %d: %s: %s", w.Offset, w.Kind, w.Detail)
}

type warnings []Warning

// full reports that nothing more is added, so that no detail need be made.
func (w warnings) full() bool { return len(w) >= MaxWarnings }

// add adds a warning if there is room. For one of [Undecodable] there always is, unless
// the last is another of them: readers refuse what has one.
func (w *warnings) add(offset int, kind Kind, detail string) {
	switch n := len(*w); {
	case n >= MaxWarnings-1 && kind == Undecodable && (*w)[MaxWarnings-2].Kind != Undecodable:
		(*w)[MaxWarnings-2] = Warning{offset, kind, detail}
	case n < MaxWarnings-1:
		*w = append(*w, Warning{offset, kind, detail})
	case n == MaxWarnings-1:
		*w = append(*w, Warning{offset, MoreWarnings, "further warnings left out"})
	}
}
