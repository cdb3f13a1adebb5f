package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "mizuhiki.dev/mizuhiki"

// goPackage is one folder of Go files.
type goPackage struct {
	dir     string // slash-separated, from the repository's root; "" is the root
	doc     string
	imports map[string][]string // import path → files, tests left out
	files   []string            // with tests
}

// load parses every Go file of the repository.
func load(t *testing.T) map[string]*goPackage {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	pkgs := map[string]*goPackage{}
	fset := token.NewFileSet()
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); name != root && (strings.HasPrefix(n, ".") || n == "testdata" || n == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.ImportsOnly)
		if err != nil {
			return err
		}
		add(pkgs, rel, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pkgs
}

func add(pkgs map[string]*goPackage, rel string, file *ast.File) {
	dir := path.Dir(rel)
	p := pkgs[dir]
	if p == nil {
		p = &goPackage{dir: dir, imports: map[string][]string{}}
		pkgs[dir] = p
	}
	p.files = append(p.files, rel)
	if strings.HasSuffix(rel, "_test.go") {
		return
	}
	if file.Doc != nil {
		p.doc += file.Doc.Text()
	}
	for _, spec := range file.Imports {
		if imp, err := strconv.Unquote(spec.Path.Value); err == nil {
			p.imports[imp] = append(p.imports[imp], rel)
		}
	}
}

// ours lists the repository's own folders that the package imports.
func (p *goPackage) ours() []string {
	var out []string
	for imp := range p.imports {
		if rest, ok := strings.CutPrefix(imp, module+"/"); ok {
			out = append(out, rest)
		}
	}
	slices.Sort(out)
	return out
}

// within reports whether dir is root or below it.
func within(dir, root string) bool { return dir == root || strings.HasPrefix(dir, root+"/") }

// testOnly reports whether a package is for tests: its name ends in "test", or it lies under e2e or bench.
func testOnly(dir string) bool {
	return strings.HasSuffix(dir, "test") || within(dir, "e2e") || within(dir, "bench")
}
