// Package page draws the portal's pages (画面): one view struct per page, the
// html/template files of package web, and the texts in Japanese and English.
//
// A view holds everything that its page shows; templates decide nothing but layout.
// Views for clinical content are built here from [clinical.Document] values, since
// choosing words, order and grouping is presentation. Nothing in this package reads
// a store or talks to anybody.
package page

// View is what can be drawn: a whole page or a fragment that a page fetches. All
// implementations stand in this package.
type View interface {
	view() string // folder of its template under web/portal
}

// Languages that the portal speaks.
const (
	Japanese = "ja"
	English  = "en"
)
