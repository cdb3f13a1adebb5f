package archtest_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// requirement is a row of docs/requirements.md.
type requirement struct{ id, level, state, note string }

var (
	rowOf  = regexp.MustCompile(`(?m)^\| ([A-Z]+-\d+) \| (\S*) \| .+ \| (\S*) \| (.*?) ?\|$`)
	idOf   = regexp.MustCompile(`(?m)^\| [A-Z]+-\d+ `)
	proves = regexp.MustCompile(`(?m)^func TestReq_([A-Z]+)(\d+)_\w+\(t \*testing\.T\)`)
)

func requirements(t *testing.T) []requirement {
	t.Helper()
	text, err := os.ReadFile("../../docs/requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []requirement
	for _, m := range rowOf.FindAllStringSubmatch(string(text), -1) {
		out = append(out, requirement{m[1], m[2], m[3], m[4]})
	}
	if n := len(idOf.FindAllString(string(text), -1)); n != len(out) || n < 90 {
		t.Fatalf("docs/requirements.md: %d rows, of which %d can be read; want at least 90 and all", n, len(out))
	}
	return out
}

// proven gives the ids that tests bear.
func proven(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, p := range load(t) {
		for _, f := range p.files {
			if !strings.HasSuffix(f, "_test.go") {
				continue
			}
			text, err := os.ReadFile("../../" + f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range proves.FindAllStringSubmatch(string(text), -1) {
				out[m[1]+"-"+m[2]] = true
			}
		}
	}
	return out
}

// What is met has a test that says so, what is not says why.
func TestRequirements(t *testing.T) {
	tests := proven(t)
	rows := requirements(t)
	known := map[string]bool{}
	for _, r := range rows {
		if known[r.id] {
			t.Errorf("%s stands there twice", r.id)
		}
		known[r.id] = true
		switch {
		case r.level != "M" && r.level != "S":
			t.Errorf("%s is neither a must nor a should: %q", r.id, r.level)
		case r.state == "met" && !tests[r.id]:
			t.Errorf("%s claims to be met and no TestReq_%s_… proves it", r.id, strings.ReplaceAll(r.id, "-", ""))
		case r.state == "deferred" && r.note == "":
			t.Errorf("%s is deferred without a reason", r.id)
		case r.state != "met" && r.state != "deferred":
			t.Errorf("%s is neither met nor deferred: %q", r.id, r.state)
		}
	}
	for id := range tests {
		if !known[id] && !strings.HasPrefix(id, "V-") { // V1, V4 …: capabilities of the product
			t.Errorf("tests prove %s, which docs/requirements.md does not have", id)
		}
	}
}
