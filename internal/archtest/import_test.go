package archtest_test

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// A layer is a set of folders with what its packages may import of ours and of the
// standard library. The first layer that matches a folder holds.
type layer struct {
	name    string
	in      func(dir string) bool
	may     func(dir, imported string) bool // of our own packages
	forbids []string                        // of others, by path or path prefix ending in /
}

var (
	domains  = []string{"person", "linkage", "consent", "release", "catalog", "directory", "account", "device", "revocation", "audit", "passkey"}
	flows    = []string{"register", "disclose", "refresh", "signin", "manage"}
	surfaces = []string{"portal", "link", "enroll"}
)

const sqlPackage = "database/sql"

func under(root string, names []string) func(string) bool {
	return func(dir string) bool {
		for _, n := range names {
			if dir == root+"/"+n {
				return true
			}
		}
		return false
	}
}

func anyOf(roots ...string) func(dir, imported string) bool {
	return func(_, imported string) bool {
		return slices.ContainsFunc(roots, func(r string) bool { return within(imported, r) })
	}
}

// foundation is what everybody may use: ids, errors, values, and the pure formats.
var foundation = []string{"internal/ident", "internal/fault", "internal/format", "internal/access", "internal/wire"}

func isStore(dir string) bool {
	return within(dir, "internal/center") && strings.HasSuffix(path.Base(dir), "db")
}

var layers = []layer{
	{"commands", func(d string) bool { return within(d, "cmd") }, func(_, i string) bool { return true }, nil},
	{"tests", testOnly, func(_, i string) bool { return true }, nil},
	{"migrations and web", func(d string) bool { return d == "migrations" || within(d, "web") }, anyOf(), nil},
	{"ident", func(d string) bool { return d == "internal/ident" }, anyOf(), []string{"net/http", sqlPackage}},
	{"fault", func(d string) bool { return d == "internal/fault" }, anyOf("internal/ident"), []string{"net/http", sqlPackage}},
	{"formats", func(d string) bool { return within(d, "internal/format") }, anyOf("internal/ident", "internal/fault", "internal/format"), []string{"net/http", sqlPackage}},
	{"access", func(d string) bool { return d == "internal/access" }, anyOf("internal/ident", "internal/fault", "internal/format"), []string{"net/http", sqlPackage}},
	{"wire", func(d string) bool { return d == "internal/wire" }, anyOf("internal/ident", "internal/fault", "internal/format", "internal/access"), []string{"net/http", sqlPackage}},
	{"platform", func(d string) bool { return within(d, "internal/platform") }, anyOf("internal/ident", "internal/fault", "internal/platform", "migrations"), nil},
	{"center domains", under("internal/center", domains), func(d, i string) bool {
		return anyOf(foundation...)(d, i) || under("internal/center", domains)(i)
	}, []string{"net/http", sqlPackage}},
	{"center stores", isStore, func(d, i string) bool {
		return anyOf(append(foundation, "internal/platform/db", "internal/platform/credential")...)(d, i) || under("internal/center", domains)(i) || i == path.Dir(d)
	}, []string{"net/http"}},
	{"center flows", func(d string) bool {
		return slices.ContainsFunc(flows, func(f string) bool { return within(d, "internal/center/"+f) })
	}, func(d, i string) bool {
		return anyOf(append(foundation, "internal/platform/db", "internal/platform/seal", "internal/platform/logging", "internal/platform/credential")...)(d, i) || isStore(i) || under("internal/center", domains)(i) || under("internal/center", flows)(i)
	}, []string{"net/http"}},
	{"center surfaces", func(d string) bool {
		return slices.ContainsFunc(surfaces, func(s string) bool { return within(d, "internal/center/"+s) })
	}, func(d, i string) bool {
		return anyOf(append(foundation, "internal/platform", "web")...)(d, i) && i != "internal/platform/db" && i != "internal/platform/migrate" ||
			under("internal/center", domains)(i) || under("internal/center", flows)(i) || within(i, path.Dir(d)) && !isStore(i) || within(i, d)
	}, []string{sqlPackage}},
	{"center assembly", func(d string) bool { return d == "internal/center" }, func(d, i string) bool {
		return anyOf(append(foundation, "internal/platform", "internal/center")...)(d, i)
	}, []string{sqlPackage}},
	{"first contact", func(d string) bool { return d == "internal/firstcontact" }, anyOf(append(foundation, "internal/platform")...), []string{sqlPackage}},
	{"gateway console", func(d string) bool { return within(d, "internal/gateway/console") }, func(d, i string) bool {
		return anyOf(append(foundation, "internal/platform", "internal/gateway/index", "internal/gateway/source/incident", "internal/gateway/source/kept", "internal/gateway/console", "web")...)(d, i)
	}, nil},
	{"gateway", func(d string) bool { return within(d, "internal/gateway") }, func(d, i string) bool {
		return anyOf(append(foundation, "internal/firstcontact", "internal/platform", "internal/gateway")...)(d, i)
	}, nil},
	{"terminal", func(d string) bool { return d == "internal/terminal" }, anyOf(append(foundation, "internal/firstcontact", "internal/platform")...), []string{sqlPackage}},
	{"synthetic region", func(d string) bool { return within(d, "internal/synth") }, func(d, i string) bool {
		return anyOf("internal/ident", "internal/fault", "internal/format", "internal/access", "internal/synth")(d, i)
	}, []string{"net/http", sqlPackage}},
	{"setup and inspect", func(d string) bool { return d == "internal/setup" || d == "internal/inspect" }, func(d, i string) bool {
		return anyOf(append(foundation, "internal/platform", "internal/center", "internal/gateway")...)(d, i)
	}, nil},
	{"demo", func(d string) bool { return within(d, "internal/demo") }, func(_, i string) bool { return true }, nil},
	{"archtest", func(d string) bool { return d == "internal/archtest" }, anyOf(), nil},
}

func layerOf(dir string) *layer {
	for i := range layers {
		if layers[i].in(dir) {
			return &layers[i]
		}
	}
	return nil
}

func TestEveryPackageBelongsToALayer(t *testing.T) {
	for dir := range load(t) {
		if layerOf(dir) == nil {
			t.Errorf("%s belongs to no layer: give it one here and in docs/architecture.md", dir)
		}
	}
}

func TestImports(t *testing.T) {
	for dir, p := range load(t) {
		l := layerOf(dir)
		if l == nil {
			continue
		}
		for _, imported := range p.ours() {
			if testOnly(imported) && !testOnly(dir) {
				t.Errorf("%s imports %s, which is for tests", dir, imported)
			}
			if !l.may(dir, imported) {
				t.Errorf("%s (%s) may not import %s", dir, l.name, imported)
			}
		}
		for _, forbidden := range l.forbids {
			if files := p.imports[forbidden]; files != nil {
				t.Errorf("%s (%s) may not import %s: %v", dir, l.name, forbidden, files)
			}
		}
	}
}

// Center and gateway run in different houses: what they share is on the wire.
func TestCenterAndGatewayNeverImportEachOther(t *testing.T) {
	for dir, p := range load(t) {
		for _, imported := range p.ours() {
			if within(dir, "internal/center") && within(imported, "internal/gateway") || within(dir, "internal/gateway") && within(imported, "internal/center") {
				t.Errorf("%s imports %s", dir, imported)
			}
		}
	}
}

func TestOnlyTestsImportTesting(t *testing.T) {
	for dir, p := range load(t) {
		if testOnly(dir) {
			continue
		}
		for _, imp := range []string{"testing", "testing/quick", "net/http/httptest"} {
			if files := p.imports[imp]; files != nil {
				t.Errorf("%v import %s and would link it into the program", files, imp)
			}
		}
	}
}
