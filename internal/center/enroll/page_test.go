package enroll

import (
	"bytes"
	"html"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

func TestTexts_bothLanguagesSayTheSame(t *testing.T) {
	if diff := cmp.Diff(slices.Sorted(maps.Keys(textsJapanese)), slices.Sorted(maps.Keys(textsEnglish))); diff != "" {
		t.Errorf("keys (-ja +en):\n%s", diff)
	}
	for lang, table := range texts {
		for key, s := range table {
			if strings.TrimSpace(s) == "" {
				t.Errorf("%s in %s is empty", key, lang)
			}
		}
	}
}

// Every page in every state can be drawn, and every text is on one of them.
func TestPages_useAllTexts(t *testing.T) {
	var all strings.Builder
	for _, m := range device.Methods() {
		for _, problem := range []fault.Key{"", "refused", "busy", "failed"} {
			var body bytes.Buffer
			if err := linkTemplate.Execute(&body, linkPage{Method: m, Problem: problem, Ref: "abcdefghij"}); err != nil {
				t.Fatalf("%s %s: %v", m, problem, err)
			}
			if got, want := strings.Contains(body.String(), "<form"), problem == "" && m != device.ByHelper; got != want {
				t.Errorf("%s %s: a button %v, want %v", m, problem, got, want)
			}
			if got, want := strings.Contains(body.String(), "abcdefghij"), problem == "failed"; got != want {
				t.Errorf("%s %s: a reference %v, want %v", m, problem, got, want)
			}
			all.Write(body.Bytes())
		}
	}
	for lang, table := range texts {
		for key, s := range table {
			if !strings.Contains(html.UnescapeString(all.String()), s) {
				t.Errorf("%s in %s stands on no page", key, lang)
			}
		}
	}
	if _, err := text("ja", "nothing"); err == nil {
		t.Error("a text that is not there is no error")
	}
}
