package credential

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

// Bounds of a password's length in characters. Eight suffice because every sign-in
// asks for a one-time code besides (MHLW guideline 7.0, システム運用編 14.1.1); the upper
// bound keeps hashing cheap.
const (
	MinPassword = 8
	MaxPassword = 128
)

// FormerPasswords is how many passwords that a user has left may not come back. The
// guideline asks for no change by the calendar, and there is none here.
const FormerPasswords = 4

// NormalizePassword gives the form that is hashed: what a full-width input mode makes
// of a password is the same password.
func NormalizePassword(typed string) string { return norm.NFKC.String(typed) }

// CheckPassword refuses a password that breaks a rule, with the message key of the
// first: password.length, password.letters_digits, password.common (block list) or
// password.own (contains a part of the user's login or name, which own gives). It takes
// the form of [NormalizePassword]. Whether it was used before is for whoever holds the hashes.
func CheckPassword(password string, own ...string) error {
	if n := utf8.RuneCountInString(password); n < MinPassword || n > MaxPassword {
		return fault.WithKey(fault.Invalid, "password.length", map[string]any{"min": MinPassword, "max": MaxPassword})
	}
	if !strings.ContainsFunc(password, unicode.IsLetter) || !strings.ContainsFunc(password, unicode.IsDigit) {
		return fault.WithKey(fault.Invalid, "password.letters_digits", nil)
	}
	lower := strings.ToLower(password)
	for _, word := range ownWords(own) {
		if strings.Contains(lower, word) {
			return fault.WithKey(fault.Invalid, "password.own", nil)
		}
	}
	if common(lower) {
		return fault.WithKey(fault.Invalid, "password.common", nil)
	}
	return nil
}

// ownWords are the words about a user that others know. A single character says
// nothing: it would forbid half the alphabet.
func ownWords(own []string) []string {
	var words []string
	for _, o := range own {
		o = norm.NFKC.String(o)
		words = append(words, strings.Fields(o)...)
		words = append(words, strings.FieldsFunc(o, func(r rune) bool { return r == '.' || r == '_' || r == '-' || unicode.IsSpace(r) })...)
	}
	var out []string
	for _, w := range words {
		least := 3
		if r, _ := utf8.DecodeRuneInString(w); r >= utf8.RuneSelf {
			least = 2 // two kanji are a name
		}
		if utf8.RuneCountInString(w) >= least {
			out = append(out, strings.ToLower(w))
		}
	}
	return out
}

// commonText are words and patterns that people choose here; leakedText those of lists
// that leaked, compressed since nobody edits it. Where it is from and its licence:
// leaked.LICENSE.txt.
var (
	//go:embed common.txt
	commonText string
	//go:embed leaked.txt.gz
	leakedText []byte
)

var commonSet = sync.OnceValue(func() map[string]bool {
	leaked, err := gzip.NewReader(bytes.NewReader(leakedText))
	if err != nil {
		panic("credential: block list: " + err.Error()) // built into the program
	}
	rest, err := io.ReadAll(leaked)
	if err != nil {
		panic("credential: block list: " + err.Error())
	}
	set := map[string]bool{}
	for line := range strings.Lines(commonText + string(rest)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			set[line] = true
		}
	}
	return set
})

// common reports whether a lower-case password is on the block list, or is a word of
// the list with digits and signs around it, letters written as digits, or twice.
func common(password string) bool {
	set := commonSet()
	plain := strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")
	trimmed := strings.TrimFunc(password, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, form := range []string{password, trimmed, plain.Replace(password), plain.Replace(trimmed)} {
		half := form[:len(form)/2]
		if set[form] || half+half == form && set[half] {
			return true
		}
	}
	return oneRun(password) || dated(trimDigits(password))
}

// trimDigits parts a password into what stands between its first and last digit, and
// how many characters stand around that.
func trimDigits(password string) (digits string, around int) {
	digits = strings.TrimFunc(password, func(r rune) bool { return r < '0' || r > '9' })
	return digits, utf8.RuneCountInString(password) - len(digits)
}

// dated reports whether a password is hardly more than a day, such as a birthday with
// initials: 19840312ks, k840312s.
func dated(digits string, around int) bool {
	const initials = 3
	if around > initials {
		return false
	}
	for _, layout := range []string{"20060102", "02012006", "060102", "2006-01-02", "2006/01/02", "2006.01.02"} {
		if d, err := time.Parse(layout, digits); err == nil && d.Year() >= 1900 && d.Year() < 2100 {
			return true
		}
	}
	return false
}

// oneRun reports whether a password is made of one repeated or counted-up piece, such
// as aaaaaaa1, 1234567a or abcd4321: it falls into fewer than four runs.
func oneRun(password string) bool {
	runs, last := 0, rune(-10)
	for _, r := range password {
		if d := r - last; d < -1 || d > 1 {
			runs++
		}
		last = r
	}
	return runs < 4
}
