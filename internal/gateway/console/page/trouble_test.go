package page

import (
	"regexp"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

// What a system says stands on no Japanese page alone: a sentence comes first, and what
// follows is marked.
func TestRender_troubleIsSaidInWords(t *testing.T) {
	said := regexp.MustCompile(`<code class="detail">([^<]*)</code>`)
	for _, name := range []string{"overview-bad", "overview-mllp", "overview-disk"} {
		html := render(t, Japanese, fixtures()[name])
		found := said.FindAllStringIndex(html, -1)
		if len(found) == 0 {
			t.Errorf("%s tells of no trouble", name)
		}
		for _, at := range found {
			before := html[max(0, at[0]-200):at[0]]
			if !strings.HasSuffix(before, "技術情報: ") || !strings.Contains(before, "。") {
				t.Errorf("%s: %q stands alone behind %q", name, html[at[0]:at[1]], before)
			}
		}
	}
	if got := (phrases{Japanese}).cause("of_a_later_version"); got != textsJapanese["cause.other"] {
		t.Errorf("a cause of a later version is said as %q", got)
	}
}

// There are words for every cause that an error can have.
func TestCauses_haveWords(t *testing.T) {
	for _, k := range cause.Kinds() {
		key := fault.Key("cause." + string(k))
		if textsJapanese[key] == "" || textsEnglish[key] == "" {
			t.Errorf("no text %s", key)
		}
	}
}

// The number in the verdict is that of what there is to do; what passes by itself is named
// apart, so that both together are the list below.
func TestRender_verdictCountsTheList(t *testing.T) {
	v := fixtures()["overview-bad"].(Overview)
	html := render(t, Japanese, v)
	rows := strings.Count(html, `<p class="finding-what">`)
	for _, want := range []string{TextOf(Japanese, Message{Key: "verdict.count", Params: map[string]any{"n": rows - 1}}), "お知らせ 1件"} {
		if !strings.Contains(html, want) {
			t.Errorf("%d rows, and the verdict does not say %s", rows, want)
		}
	}
	if html = render(t, Japanese, fixtures()["overview-first"]); strings.Contains(html, "対応が必要な項目") {
		t.Error("a first walk is something to do")
	}
}

// Every folder of either storage can be read again: who mended a file in one is not left to
// wait for the next round.
func TestRender_everyFolderCanBeReadAgain(t *testing.T) {
	v := fixtures()["overview-bad"].(Overview)
	html := render(t, Japanese, v)
	for _, s := range v.Health.Sources {
		if got := strings.Contains(html, `<option value="`+s.Place+`">`); got != (s.Kind != health.Messages) {
			t.Errorf("%s %s is offered: %v", s.Kind, s.Place, got)
		}
	}
}
