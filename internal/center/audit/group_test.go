package audit_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
)

// Every action is found under exactly one kind of the log's filter.
func TestGroup_everyActionIsInOne(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "audit.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Action") || len(spec.Values) != 1 {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		declared++
		in := 0
		for _, g := range audit.Groups() {
			if slices.Contains(g.Actions(), audit.Action(text)) {
				in++
			}
		}
		if in != 1 {
			t.Errorf("%s is in %d groups", spec.Names[0].Name, in)
		}
		return true
	})
	if declared < 30 {
		t.Errorf("%d actions found in the source", declared)
	}
	if got := audit.Group("none").Actions(); got != nil {
		t.Errorf("no group has actions %v", got)
	}
}
