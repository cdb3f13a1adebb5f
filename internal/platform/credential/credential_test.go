package credential_test

import (
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
)

func keyOf(err error) string {
	if err == nil {
		return ""
	}
	key, _, _ := fault.Message(err)
	return string(key)
}

func TestReq_AUTH04_passwordRule(t *testing.T) {
	own := []string{"h.mizuhiki", "水引 花子", "ミズヒキ ハナコ"}
	for name, tc := range map[string]struct{ typed, want string }{
		"seven characters":              {"x9k2m4p", "password.length"},
		"eight characters":              {"x9k2m4p7", ""},
		"twelve":                        {"x9k2m4p7w3tq", ""},
		"thirteen":                      {"x9k2m4p7w3tqa", ""},
		"128":                           {strings.Repeat("x9k2m4p7", 16), ""},
		"129":                           {strings.Repeat("x9k2m4p7", 16) + "x", "password.length"},
		"eight Japanese and one digit":  {"さくらもちおいしい1", ""},
		"full width is the same":        {"ｘ９ｋ２ｍ４ｐ７", ""},
		"full-width digits are digits":  {"xkvmqpwt７", ""},
		"only letters":                  {"xkvmqpwtz", "password.letters_digits"},
		"only digits":                   {"48151623427", "password.letters_digits"},
		"letters and signs":             {"xkvm-qpwt!", "password.letters_digits"},
		"spaces and signs are welcome":  {"correct 7 horse", ""},
		"a listed password":             {"1q2w3e4r5t", "password.common"},
		"a listed word with a year":     {"hospital2026", "password.common"},
		"a listed word between signs":   {"#1 Password!", "password.common"},
		"letters written as digits":     {"p4ssw0rd", "password.common"},
		"a listed word twice":           {"sakurasakura1", "password.common"},
		"one run of digits":             {"1234567a", "password.common"},
		"one letter many times":         {"aaaaaaaaaaaa1", "password.common"},
		"two runs":                      {"abcdefgh12345678", "password.common"},
		"a leaked password":             {"liverpool9", "password.common"},
		"a leaked one with letters":     {"trustno1", "password.common"},
		"a birthday with initials":      {"19840312ks", "password.common"},
		"initials around a birthday":    {"k840312s", "password.common"},
		"a birthday with signs":         {"1984-03-12k", "password.common"},
		"a number that is no day":       {"ks48271936", ""},
		"a day among much else":         {"ks19840312xq", ""},
		"the login":                     {"9h.mizuhiki9x", "password.own"},
		"a part of the login":           {"9Mizuhiki9x", "password.own"},
		"a part of the name":            {"花子x9k2m4p7", "password.own"},
		"a part of the kana":            {"ハナコx9k2m4p7", "password.own"},
		"a word that holds a short one": {"h9k2m4p7", ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := credential.CheckPassword(credential.NormalizePassword(tc.typed), own...)
			if got := keyOf(err); got != tc.want || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("CheckPassword(%q) = %q, want %q", tc.typed, got, tc.want)
			}
		})
	}
}

// The guideline's block list has twenty thousand entries at the least.
func TestReq_AUTH04_blockList(t *testing.T) {
	if n := credential.BlockList(); n < 20_000 {
		t.Errorf("%d entries", n)
	}
}

func TestCheckPassword_ofNobody(t *testing.T) {
	if err := credential.CheckPassword("x9k2m4p7"); err != nil {
		t.Errorf("CheckPassword = %v", err)
	}
}

func TestLogin(t *testing.T) {
	for name, tc := range map[string]struct {
		typed, want string
		ok          bool
	}{
		"plain":               {"hanako", "hanako", true},
		"capitals and spaces": {" Hanako.M ", "hanako.m", true},
		"full width":          {"Ｈａｎａｋｏ＿１", "hanako_1", true},
		"two characters":      {"ab", "ab", false},
		"41 characters":       {strings.Repeat("a", 41), strings.Repeat("a", 41), false},
		"kanji":               {"花子花子", "花子花子", false},
		"begins with a dot":   {".hanako", ".hanako", false},
		"a space inside":      {"hana ko", "hana ko", false},
		"empty":               {"", "", false},
		"a control character": {"hana\x00ko", "hana\x00ko", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := credential.NormalizeLogin(tc.typed)
			if err := credential.CheckLogin(got); got != tc.want || (err == nil) != tc.ok {
				t.Errorf("%q: %q, %v, want %q, ok %v", tc.typed, got, err, tc.want, tc.ok)
			}
		})
	}
}

// times gives n failures, the newest ago before now, each gap after the one before.
func times(now time.Time, n int, ago, gap time.Duration) []time.Time {
	var out []time.Time
	for i := range n {
		out = append(out, now.Add(-ago-time.Duration(i)*gap))
	}
	return out
}

func TestFailures_Wait(t *testing.T) {
	now := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	const s, m, h = time.Second, time.Minute, time.Hour
	for name, tc := range map[string]struct {
		f    credential.Failures
		want time.Duration
	}{
		"none":                         {credential.Failures{}, 0},
		"four in a row":                {credential.Failures{Pair: times(now, 4, s, s)}, 0},
		"five, a second ago":           {credential.Failures{Pair: times(now, 5, s, s)}, 1 * s},
		"five, two seconds ago":        {credential.Failures{Pair: times(now, 5, 2*s, s)}, 0},
		"six":                          {credential.Failures{Pair: times(now, 6, 0, s)}, 4 * s},
		"seven":                        {credential.Failures{Pair: times(now, 7, 0, s)}, 8 * s},
		"nine":                         {credential.Failures{Pair: times(now, 9, 0, s)}, 32 * s},
		"ten":                          {credential.Failures{Pair: times(now, 10, 0, s)}, 15 * m},
		"ten, 14 minutes ago":          {credential.Failures{Pair: times(now, 10, 14*m, s)}, 1 * m},
		"ten, 15 minutes ago":          {credential.Failures{Pair: times(now, 10, 15*m, s)}, 0},
		"nine spread over two hours":   {credential.Failures{Pair: times(now, 9, 0, 14*m)}, 0},
		"29 names at one device":       {credential.Failures{Device: times(now, 29, 0, s)}, 0},
		"ten, over 14 minutes":         {credential.Failures{Pair: times(now, 10, 5*m, 90*s)}, 10 * m},
		"30 names at one device":       {credential.Failures{Device: times(now, 30, m, s)}, 14 * m},
		"30 names over an hour":        {credential.Failures{Device: times(now, 30, 0, 2*m)}, 0},
		"99 anywhere in a day":         {credential.Failures{Account: times(now, 99, 0, m)}, 0},
		"100 anywhere in a day":        {credential.Failures{Account: times(now, 100, 0, m)}, 24*h - 99*m},
		"100 anywhere, some long past": {credential.Failures{Account: times(now, 100, 0, 15*m)}, 0},
		"the longest counts":           {credential.Failures{Pair: times(now, 5, 0, s), Device: times(now, 30, 0, s)}, 15 * m},
	} {
		t.Run(name, func(t *testing.T) {
			if got := max(tc.f.Wait(now), 0); got != tc.want {
				t.Errorf("Wait = %v, want %v", got, tc.want)
			}
		})
	}
}
