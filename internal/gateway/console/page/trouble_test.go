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
