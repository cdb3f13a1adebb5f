package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for dir, p := range load(t) {
		onlyTests := !slices.ContainsFunc(p.files, func(f string) bool { return !strings.HasSuffix(f, "_test.go") })
		if onlyTests {
			continue
		}
		want := "Package " + path.Base(dir) + " "
		if within(dir, "cmd") {
			want = "Command " + path.Base(dir) + " "
		}
		first, _, _ := strings.Cut(strings.TrimSpace(p.doc), "\n\n")
		if !strings.HasPrefix(first, want) || !strings.Contains(first, ".") {
			t.Errorf("%s: the package comment must begin with %q and hold a whole sentence, has %q", dir, want, first)
		}
	}
}

// A package of somebody else's that was fetched to try it is easily committed with the rest.
func TestTheRootHoldsNoStrayFiles(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"LICENSE", "Makefile", "README.md", "README.ja.md", "go.mod", "go.sum"}
	ignored := []string{".test", ".out"} // as .gitignore has them
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() && !strings.HasPrefix(name, ".") && !slices.Contains(known, name) && !slices.Contains(ignored, filepath.Ext(name)) {
			t.Errorf("%s: no file that the root is known to have", name)
		}
	}
}

func TestNoPackageIsAHeap(t *testing.T) {
	for dir := range load(t) {
		switch path.Base(dir) {
		case "util", "utils", "common", "base", "models", "types", "helpers":
			t.Errorf("%s: a package is named for what it is, not for being a heap", dir)
		}
	}
}

// Whoever listens is reachable: internal/platform does it, with limits and a list of who
// may connect.
func TestOnlyPlatformListens(t *testing.T) {
	listens := map[string][]string{"net": {"Listen", "ListenTCP", "ListenUDP", "ListenPacket", "ListenConfig"}, "crypto/tls": {"Listen", "NewListener"}}
	for dir, p := range load(t) {
		if within(dir, "internal/platform") || testOnly(dir) {
			continue
		}
		for pkg, names := range listens {
			for _, name := range p.imports[pkg] {
				file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../..", name), nil, 0)
				if err != nil {
					t.Fatal(err)
				}
				ast.Inspect(file, func(n ast.Node) bool {
					sel, ok := n.(*ast.SelectorExpr)
					if !ok {
						return true
					}
					if x, ok := sel.X.(*ast.Ident); ok && x.Name == path.Base(pkg) && slices.Contains(names, sel.Sel.Name) {
						t.Errorf("%s uses %s.%s: internal/platform does that", name, x.Name, sel.Sel.Name)
					}
					return true
				})
			}
		}
	}
}

// One package makes every http.Server and one every http.Client, so that limits and
// timeouts are set in one place.
func TestOnlyPlatformMakesServersAndClients(t *testing.T) {
	made := []string{"Server", "Client", "Transport"}
	for dir, p := range load(t) {
		if within(dir, "internal/platform") || testOnly(dir) || p.imports["net/http"] == nil {
			continue
		}
		for _, name := range p.imports["net/http"] {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../..", name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				if sel, ok := lit.Type.(*ast.SelectorExpr); ok {
					if x, ok := sel.X.(*ast.Ident); ok && x.Name == "http" && slices.Contains(made, sel.Sel.Name) {
						t.Errorf("%s makes an http.%s: internal/platform does that", name, sel.Sel.Name)
					}
				}
				return true
			})
		}
	}
}
