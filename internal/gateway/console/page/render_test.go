package page

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"text/template/parse"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/web"
)

var renderTo = flag.String("render", "", "write all fixture pages below this folder, for people and browsers to look at")

// empties gives every page with nothing in it.
func empties() map[string]View {
	return map[string]View{
		"messages": Messages{}, "review": Review{}, "dismissed": Dismissed{}, "stepup": StepUp{},
		"signin": SignIn{}, "password": Password{}, "factor": Factor{}, "overview": Overview{}, "files": Files{}, "quarantine": Files{Quarantined: true},
		"remarks": Remarks{}, "suspended": Suspended{}, "activity": Activity{}, "problem": Problem{Kind: ProblemNotFound}, "live": Live{},
	}
}

func render(t *testing.T, lang string, v View) string {
	t.Helper()
	var out bytes.Buffer
	if err := Render(&out, lang, v); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var (
	inlineStyle = regexp.MustCompile(`<[^>]*\sstyle=|<style`)
	handler     = regexp.MustCompile(`<[^>]*\son[a-z]+=`)
	hole        = regexp.MustCompile(`[^\\"]\{[a-z]+(:[^}]*)?\}`)
	anyID       = regexp.MustCompile(`\sid="([^"]+)"`)
)

// Every page must be complete in both languages and must live under the content security policy.
func TestRender_everyPage(t *testing.T) {
	for _, lang := range []string{Japanese, English} {
		for set, views := range map[string]map[string]View{"full": fixtures(), "empty": empties()} {
			for name, v := range views {
				t.Run(lang+"/"+set+"/"+name, func(t *testing.T) {
					html := render(t, lang, v)
					for what, bad := range map[string]bool{
						"a text that nobody wrote":          strings.Contains(html, "⟦"),
						"a parameter that nobody filled":    hole.MatchString(html),
						"a value that html/template barred": strings.Contains(html, "ZgotmplZ"),
						"a style in the page":               inlineStyle.MatchString(html),
						"a handler in the page":             handler.MatchString(html),
						"a missing value":                   strings.Contains(html, "<no value>") || strings.Contains(html, "%!"),
					} {
						if bad && (set == "full" || what != "a text that nobody wrote") {
							t.Errorf("%s/%s shows %s", set, name, what)
						}
					}
					seen := map[string]bool{}
					for _, m := range anyID.FindAllStringSubmatch(html, -1) {
						if seen[m[1]] {
							t.Errorf("two elements have the id %q", m[1])
						}
						seen[m[1]] = true
					}
					if *renderTo != "" && set == "full" {
						write(t, filepath.Join(*renderTo, lang, "console-"+name+".html"), html)
					}
				})
			}
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRender_everyFolderIsDrawn(t *testing.T) {
	entries, err := fs.ReadDir(web.Templates, "console")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if e.Name() != "shell" {
			folders = append(folders, e.Name())
		}
	}
	known := map[string]bool{}
	for _, f := range framed {
		known[f] = true
	}
	for _, f := range folders {
		if !known[f] {
			t.Errorf("web/console/%s is drawn by nobody", f)
		}
	}
	if len(folders) != len(framed) {
		t.Errorf("%d folders, %d pages", len(folders), len(framed))
	}
}

func TestRender_verdictIsSaidInWords(t *testing.T) {
	for name, tc := range map[string]struct {
		s    health.Snapshot
		want []string
		not  []string
	}{
		"sound":    {sound(), []string{"正常に稼働しています", "verdict-good", "214,873"}, []string{"異常", "findings"}},
		"troubled": {troubled(), []string{"異常があります", "標準化ストレージが応答しません: " + rootB, "host is down", "センターに接続できません", "あと5日"}, []string{"正常に稼働しています"}},
	} {
		t.Run(name, func(t *testing.T) {
			html := render(t, Japanese, Overview{Shell: shellOf(SectionOverview, "/", account.Viewer), Health: tc.s})
			for _, w := range tc.want {
				if !strings.Contains(html, w) {
					t.Errorf("the page does not say %q", w)
				}
			}
			for _, w := range tc.not {
				if strings.Contains(html, w) {
					t.Errorf("the page says %q", w)
				}
			}
		})
	}
}

func TestRender_onlyAdminsAreOfferedActions(t *testing.T) {
	for role, want := range map[account.Role]bool{account.Viewer: false, account.Admin: true} {
		overview := render(t, Japanese, Overview{Shell: shellOf(SectionOverview, "/", role), Health: sound()})
		held := render(t, Japanese, Files{Shell: shellOf(SectionQuarantine, "/quarantine", role), Quarantined: true, Rows: fileRows(true)})
		if got := strings.Contains(overview, "/reread/"); got != want {
			t.Errorf("%s: rereading offered %v", role, got)
		}
		if got := strings.Contains(held, "/recheck"); got != want {
			t.Errorf("%s: rechecking offered %v", role, got)
		}
	}
}

func TestTexts_haveTheSameKeysInBothLanguages(t *testing.T) {
	for key := range textsJapanese {
		if textsEnglish[key] == "" {
			t.Errorf("%s has no English text", key)
		}
	}
	for key := range textsEnglish {
		if textsJapanese[key] == "" {
			t.Errorf("%s has no Japanese text", key)
		}
	}
	placeholder := regexp.MustCompile(`\{[a-z]+\}`)
	for key, ja := range textsJapanese {
		names := func(s string) map[string]bool {
			out := map[string]bool{}
			for _, n := range placeholder.FindAllString(s, -1) {
				out[n] = true
			}
			return out
		}
		if diff := cmp.Diff(names(ja), names(textsEnglish[key])); diff != "" {
			t.Errorf("%s has other parameters in English (-ja +en):\n%s", key, diff)
		}
	}
}

func TestTextOf_aNumberAndWhatGoesWithIt(t *testing.T) {
	for _, c := range []struct {
		key  fault.Key
		n    any
		lang string
		want string
	}{
		{"messages.total", 1, English, "1 message"},
		{"messages.total", 0, English, "0 messages"},
		{"messages.total", 21, English, "21 messages"},
		{"files.total", int64(1001), English, "1,001 files"},
		{"messages.total", 1, Japanese, "1件"},
		{"finding.quarantined", 1, English, "1 file that names another patient is held back"},
		{"finding.quarantined", 2, English, "2 files that name another patient are held back"},
	} {
		if got := TextOf(c.lang, Message{Key: c.key, Params: map[string]any{"n": c.n}}); got != c.want {
			t.Errorf("%s of %v: got %q, want %q", c.key, c.n, got, c.want)
		}
	}
	begun := regexp.MustCompile(`\{[a-z]+:`)
	forms := regexp.MustCompile(`\{([a-z]+):([^|}]+\|[^|}]+)?\}`)
	for key, text := range textsEnglish {
		for _, m := range forms.FindAllStringSubmatch(text, -1) {
			if m[2] == "" || !strings.Contains(text, "{"+m[1]+"}") {
				t.Errorf("%s: %s has no two forms, or no number that it goes with", key, m[0])
			}
		}
		if rest := forms.ReplaceAllString(text, ""); begun.MatchString(rest) {
			t.Errorf("%s: forms of a number that cannot be read: %s", key, rest)
		}
	}
}

func TestTexts_everyEnumerationHasWords(t *testing.T) {
	var keys []fault.Key
	for _, r := range index.Reasons() {
		keys = append(keys, "mend."+fault.Key(r))
	}
	for _, k := range clinical.RemarkKinds() {
		keys = append(keys, "remark."+fault.Key(k), "amend."+fault.Key(k))
	}
	for _, a := range account.Actions() {
		keys = append(keys, "action."+fault.Key(a))
	}
	for _, r := range account.Roles() {
		keys = append(keys, "role."+fault.Key(r))
	}
	for _, k := range []health.Kind{health.Storage, health.Extended, health.Messages} {
		keys = append(keys, "kind."+fault.Key(k), "finding.source_down."+fault.Key(k), "advice.source_down."+fault.Key(k))
	}
	for _, k := range incident.Kinds() {
		keys = append(keys, "incident."+fault.Key(k), "finding.incident."+fault.Key(k), "advice.incident."+fault.Key(k))
	}
	for _, s := range []health.State{health.Up, health.Starting, health.Down} {
		keys = append(keys, "state."+fault.Key(s))
	}
	for _, key := range keys {
		if textsJapanese[key] == "" {
			t.Errorf("no text %s", key)
		}
	}
}

func TestTemplates_askOnlyForKnownTexts(t *testing.T) {
	for name, tmpl := range templates[Japanese] {
		for _, part := range tmpl.Templates() {
			if part.Tree == nil {
				continue
			}
			walk(part.Tree.Root, func(c *parse.CommandNode) {
				ident, ok := c.Args[0].(*parse.IdentifierNode)
				if !ok || ident.Ident != "t" || len(c.Args) < 2 {
					return
				}
				key, ok := c.Args[1].(*parse.StringNode)
				if ok && textsJapanese[fault.Key(key.Text)] == "" {
					t.Errorf("%s asks for the text %q, which nobody wrote", name, key.Text)
				}
			})
		}
	}
}

// walk visits the commands of a template.
func walk(n parse.Node, visit func(*parse.CommandNode)) {
	branch := func(b *parse.BranchNode) {
		walk(b.Pipe, visit)
		walk(b.List, visit)
		walk(b.ElseList, visit)
	}
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				walk(c, visit)
			}
		}
	case *parse.PipeNode:
		if n != nil {
			for _, c := range n.Cmds {
				visit(c)
				for _, a := range c.Args {
					walk(a, visit)
				}
			}
		}
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.TemplateNode:
		walk(n.Pipe, visit)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	}
}

func TestWords(t *testing.T) {
	for name, tc := range map[string]struct {
		value any
		want  string
	}{
		"a small number":  {12, "12"},
		"thousands":       {1234, "1,234"},
		"millions":        {1234567, "1,234,567"},
		"seconds":         {119 * time.Second, "119秒"},
		"minutes":         {2 * time.Minute, "2分"},
		"hours":           {2 * time.Hour, "2時間"},
		"days":            {48 * time.Hour, "2日"},
		"never":           {time.Time{}, "なし"},
		"an instant":      {fixtureNow, "2026/11/25 14:30:12"},
		"a key":           {fault.Key("medium.local"), "ローカルディスク"},
		"a text":          {"x", "x"},
		"a kind of error": {int64(3), "3"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := words(Japanese, tc.value); got != tc.want {
				t.Errorf("words = %q, want %q", got, tc.want)
			}
		})
	}
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KB", 181 << 30: "181 GB", 5 << 30: "5.0 GB"} {
		if got := bytesText(n); got != want {
			t.Errorf("bytes %d = %q, want %q", n, got, want)
		}
	}
}
