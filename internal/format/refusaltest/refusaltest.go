// Package refusaltest holds the tables of refusals in package comments true: what a
// format refuses (拒否) stands there by cause and message, what it reads with a warning by
// input and kind, and every row is provoked. For tests only.
package refusaltest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

// Check holds the tables in the comments of the package in the working directory against
// what it really refuses: refused has errors by the name of what was refused. A table
// begins with a line of "cause" and "message"; each line behind it, up to an empty one, is
// a row. In messages N and F stand for a number, X for a word, <…> for some words and ...
// for anything.
//
// It fails for a row that no error has provoked, for an error whose message is in no row,
// and for the text of a refusal in the source that no error has: so that each is in a row.
// guards are texts that stand behind another check, so that no input is known to come to
// them; one that an input does come to fails, too.
func Check(t *testing.T, refused map[string]error, guards ...string) {
	t.Helper()
	files := sources(t)
	rows, texts := tables(files), refusals(files)
	if len(rows) == 0 {
		t.Fatal("no table of refusals in the package's comments")
	}
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		err := refused[name]
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: error %v, want one of kind invalid", name, err)
			continue
		}
		if !mark(rows, err.Error()) {
			t.Errorf("%s: refused with %q, which is in no table", name, err)
		}
		mark(texts, err.Error())
	}
	for _, r := range rows {
		if !r.provoked {
			t.Errorf("nothing is refused as a table says: %s", r.text)
		}
	}
	for _, r := range texts {
		switch guard := slices.Contains(guards, r.text); {
		case !r.provoked && !guard:
			t.Errorf("nothing is refused as the source says: %s", r.text)
		case r.provoked && guard:
			t.Errorf("a guard that is no guard: %s", r.text)
		}
	}
}

// message is one that a table or the source has.
type message struct {
	text     string
	is       *regexp.Regexp
	provoked bool
}

// mark notes which messages an error has provoked, and reports whether there is one.
func mark(all []message, text string) (found bool) {
	for i := range all {
		if all[i].is.MatchString(text) {
			all[i].provoked, found = true, true
		}
	}
	return found
}

// sources parses the package in the working directory, without its tests.
func sources(t *testing.T) []*ast.File {
	t.Helper()
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, n := range names {
		if !strings.HasSuffix(n.Name(), ".go") || strings.HasSuffix(n.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), n.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

var (
	tableHead = regexp.MustCompile(`^\tcause\s{2,}message$`)
	tableRow  = regexp.MustCompile(`^\t(\S.*?)\s{2,}(\S.*)$`)
)

// tables reads the rows of all tables.
func tables(files []*ast.File) []message {
	var out []message
	for _, f := range files {
		for _, c := range f.Comments {
			in := false
			for line := range strings.Lines(c.Text()) {
				line = strings.TrimRight(line, "\n")
				if !in || line == "" {
					in = tableHead.MatchString(line)
					continue
				}
				text := line
				if m := tableRow.FindStringSubmatch(line); m != nil {
					text = m[2]
				}
				out = append(out, message{text: line, is: rowPattern(text)})
			}
		}
	}
	return out
}

var placeholder = regexp.MustCompile(`\b[NF]\b|\bX\b|<[^>]*>|\.\.\.`)

// rowPattern matches what a row's message stands for, as a whole.
func rowPattern(text string) *regexp.Regexp {
	return pattern(placeholder, text, func(p string) string {
		switch p[0] {
		case 'N', 'F':
			return `\d+`
		case 'X':
			return `\S+`
		case '<':
			return `.+`
		}
		return `.*`
	}, "^", "$")
}

// pattern makes a regular expression of a text in which some parts stand for others.
func pattern(parts *regexp.Regexp, text string, stands func(string) string, begin, end string) *regexp.Regexp {
	var b strings.Builder
	at := 0
	for _, p := range parts.FindAllStringIndex(text, -1) {
		b.WriteString(regexp.QuoteMeta(text[at:p[0]]) + stands(text[p[0]:p[1]]))
		at = p[1]
	}
	return regexp.MustCompile(`(?s)` + begin + b.String() + regexp.QuoteMeta(text[at:]) + end)
}

// refusers are the functions whose texts refuse: those of packages fault and errors, and
// what the formats call theirs.
var refusers = map[string]bool{"New": true, "WithKey": true, "Errorf": true, "invalid": true, "refuse": true, "located": true}

var verb = regexp.MustCompile(`%[-+#.0-9]*[a-zU]`)

// refusals finds the texts of refusals in the source, but for those without words of
// their own.
func refusals(files []*ast.File) []message {
	var out []message
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if own, ok := n.(*ast.ValueSpec); ok && !own.Names[0].IsExported() {
				return false // an error for the package itself, which nobody else can tell apart
			}
			call, ok := n.(*ast.CallExpr)
			if !ok || !refusers[called(call)] {
				return true
			}
			for _, arg := range call.Args {
				lit, ok := arg.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					continue
				}
				text, err := strconv.Unquote(lit.Value)
				if err == nil && strings.ContainsFunc(verb.ReplaceAllString(text, ""), func(r rune) bool { return r >= 'a' }) {
					out = append(out, message{text: text, is: pattern(verb, text, func(string) string { return `.*` }, "", "")})
				}
				break // what is behind it are values
			}
			return true
		})
	}
	return out
}

// called gives the name of the function that is called, without its package.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
