package page

import (
	"regexp"
	"strings"
	"testing"
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
	for said, want := range map[string]string{
		"dial tcp 10.0.0.1:8444: i/o timeout":                                    "応答がありません",
		"stat /mnt/a: permission denied":                                         "権限がありません",
		"stat /mnt/a: stale NFS file handle":                                     "再マウント",
		"lookup link.example.jp: no such host":                                   "DNS",
		"tls: failed to verify certificate: x509: certificate has expired or is": "有効期限外",
		"tls: client didn't provide a certificate":                               "提示していません",
		"connection ended within a message":                                      "途中で接続が切れ",
		"the sender's certificate is not on the list":                            "許可リスト",
		"something else": "ベンダー",
	} {
		if got := (phrases{Japanese}).cause(said); !strings.Contains(got, want) {
			t.Errorf("cause(%q) = %q, want it to say %q", said, got, want)
		}
	}
	for _, c := range causes {
		if textsJapanese["cause."+c.key] == "" {
			t.Errorf("no text cause.%s", c.key)
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
