// Package wording puts numbers into the texts of pages.
package wording

import "strings"

// Inflect chooses what goes with a number where a text has a form for one and a form for
// all others, which Japanese never needs: "{n} {n:file|files}". number is the value of the
// parameter of that name, as it is shown. A text without such forms stays.
func Inflect(text, name, number string) string {
	for {
		before, rest, _ := strings.Cut(text, "{"+name+":")
		forms, after, found := strings.Cut(rest, "}")
		if !found {
			return text
		}
		one, others, _ := strings.Cut(forms, "|")
		if number == "1" {
			others = one
		}
		text = before + others + after
	}
}
