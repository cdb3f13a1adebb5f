package refusaltest

import (
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Warning is what was said of an input that was read all the same: of which kind it is,
// and in which words.
type Warning struct{ Kind, Detail string }

// CheckWarnings holds the tables of warnings in the comments of the package in the working
// directory against what is really warned of: warned has the warnings on inputs by the
// first column of the row that they belong to. A table begins with a line whose last
// column is "warning"; each row's last column has the kinds of warnings, parted by commas,
// and ... for any others.
//
// It fails for a row without inputs, for inputs of no row, for other kinds than the row's,
// for a constant of the type of kinds that is in no row, and for words of a warning in the
// source that no input has provoked: those that the functions warners are called with.
func CheckWarnings(t *testing.T, warned map[string][]Warning, kindType string, warners ...string) {
	t.Helper()
	files := sources(t)
	rows := warningRows(files)
	if len(rows) == 0 {
		t.Fatal("no table of warnings in the package's comments")
	}
	texts := calledWith(files, warners)
	for _, input := range slices.Sorted(maps.Keys(warned)) {
		want, ok := rows[input]
		if !ok {
			t.Errorf("%s: in no table", input)
			continue
		}
		if got := kindsOf(warned[input]); !agree(want, got) {
			t.Errorf("%s: warned of %q, its row says %q", input, got, want)
		}
		for _, w := range warned[input] {
			mark(texts, w.Detail)
		}
	}
	said := map[string]bool{}
	for _, input := range slices.Sorted(maps.Keys(rows)) {
		if _, ok := warned[input]; !ok {
			t.Errorf("nothing is read as a table says: %s", input)
		}
		for _, kind := range rows[input] {
			said[kind] = true
		}
	}
	for _, kind := range constantsOf(files, kindType) {
		if !said[kind] {
			t.Errorf("warnings of kind %s are in no table", kind)
		}
	}
	for _, text := range texts {
		if !text.provoked {
			t.Errorf("nothing is warned of as the source says: %s", text.text)
		}
	}
}

// anyKind stands in a row for kinds that it does not name.
const anyKind = "..."

// agree reports whether the kinds of warnings are those of a row.
func agree(want, got []string) bool {
	for _, kind := range want {
		if kind != anyKind && !slices.Contains(got, kind) {
			return false
		}
	}
	return slices.Contains(want, anyKind) || !slices.ContainsFunc(got, func(kind string) bool { return !slices.Contains(want, kind) })
}

func kindsOf(all []Warning) (kinds []string) {
	for _, w := range all {
		if !slices.Contains(kinds, w.Kind) {
			kinds = append(kinds, w.Kind)
		}
	}
	return kinds
}

var (
	warningHead = regexp.MustCompile(`^\t\S.*\s{2,}warning$`)
	columns     = regexp.MustCompile(`\s{2,}`)
)

// warningRows reads the rows of all tables: the kinds by the first column.
func warningRows(files []*ast.File) map[string][]string {
	rows := map[string][]string{}
	for _, f := range files {
		for _, c := range f.Comments {
			in := false
			for line := range strings.Lines(c.Text()) {
				line = strings.TrimRight(line, "\n")
				if !in || line == "" {
					in = warningHead.MatchString(line)
					continue
				}
				of := columns.Split(strings.TrimSpace(line), -1)
				rows[of[0]] = strings.Split(of[len(of)-1], ", ")
			}
		}
	}
	return rows
}

// calledWith finds the words that functions are called with, those inside of a call of
// Sprintf included.
func calledWith(files []*ast.File, functions []string) []message {
	var out []message
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !slices.Contains(functions, called(call)) {
				return true
			}
			for _, arg := range call.Args {
				if inner, ok := arg.(*ast.CallExpr); ok && called(inner) == "Sprintf" {
					arg = inner.Args[0]
				}
				lit, ok := arg.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					continue
				}
				if text, err := strconv.Unquote(lit.Value); err == nil {
					out = append(out, message{text: text, is: pattern(verb, text, func(string) string { return `.*` }, "^", "$")})
				}
			}
			return true
		})
	}
	return out
}

// constantsOf gives the values of the string constants of a type.
func constantsOf(files []*ast.File, typ string) (values []string) {
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != typ {
				return true
			}
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if text, err := strconv.Unquote(lit.Value); err == nil {
						values = append(values, text)
					}
				}
			}
			return true
		})
	}
	return values
}
