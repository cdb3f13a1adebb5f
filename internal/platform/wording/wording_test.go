package wording_test

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/platform/wording"
)

func TestInflect(t *testing.T) {
	for _, tc := range []struct{ text, number, want string }{
		{"{n} {n:file|files} and {n:link|links}", "1", "{n} file and link"},
		{"{n} {n:file|files} and {n:link|links}", "2", "{n} files and links"},
		{"{n:one}", "2", ""},
		{"{m:file|files}, {n}", "1", "{m:file|files}, {n}"},
		{"{n:never closed", "1", "{n:never closed"},
	} {
		if got := wording.Inflect(tc.text, "n", tc.number); got != tc.want {
			t.Errorf("%q with %s = %q, want %q", tc.text, tc.number, got, tc.want)
		}
	}
}
