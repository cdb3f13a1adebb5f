// Package prose reads what people wrote (文書本文) as plain text and HTML into the plain
// sections and blocks of [clinical.Text], whatever character set it came in.
//
// SS-MIX2 leaves the content of an extended storage open (extended storage guideline
// 1.2, main document and attachments), so texts come as the hospital's systems write
// them: UTF-8, ISO-2022-JP, CP932, EUC-JP, and UTF-16 with a byte order mark.
//
// [HTML] keeps words and their order, headings, lists and tables, and no markup. What
// would change its meaning as plain text is written out: exponents (10³), struck-out
// words （取消: …）, ticked and empty boxes (☑ ☐), merged cells of tables. Words are struck
// out by an element (s, del, strike), or by a style, be it the element's own, of one that
// it lies in, or of the page by element, class or id.
//
// Words that the page's own style does not show on a screen (display, visibility, hidden,
// no size, no opacity, the colour of what is behind them) are left out with a warning:
// their author did not see them, and may have hidden them from the reader. What only may
// have been struck out or hidden stays as it is, with a warning: white words on who
// knows what, rules of a style sheet with other selectors, and sheets in other files.
//
// Nothing here fetches, follows or runs anything. Refused, all of kind [fault.Invalid]:
//
//	cause                                              message
//	more bytes than MaxBytes                           text too large: text of more than N bytes
//	more than one character in fifty in no charset     characters that cannot be decoded
//	zeros in the place of text                         the text was cut: zeros in its place
//	a declared character set that is not read          character set "X" is not read
//	more table cells than MaxCells                     text too large: tables of more than N cells
//
// Fewer characters that cannot be decoded, mostly a hospital's own (外字) or damage, and
// control characters that no text has, are U+FFFD in the text and a warning.
package prose

import (
	"errors"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

const (
	// MaxBytes bounds a text or an HTML page.
	MaxBytes = 4 << 20
	// MaxCells bounds the cells of all tables of a text, those included that merged
	// cells stand for.
	MaxCells = 100_000
)

var (
	// ErrEncoding: bytes that are text in no character set.
	ErrEncoding = errors.New("characters that cannot be decoded")
	// ErrCut: zeros where a text should be, as a copy that was broken off leaves them.
	ErrCut = errors.New("the text was cut")
	// ErrTooLarge: more than any text that people wrote.
	ErrTooLarge = errors.New("text too large")
)

func invalid(format string, args ...any) error {
	return &fault.Error{Kind: fault.Invalid, Err: fmt.Errorf(format, args...)}
}
