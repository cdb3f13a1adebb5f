package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"

	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/mllp"
)

var update = flag.Bool("update", false, "write docs/config.md anew")

// The reference of every configuration key is made from the code that reads them.
func TestConfigReference(t *testing.T) {
	var out bytes.Buffer
	out.WriteString("# Configuration\n\nMade from the code by `go test ./cmd/mizuhiki -run TestConfigReference -update`; do not edit.\n\n" +
		"TOML. Paths are relative to the file. Unknown keys are errors that name file and line. Values\nbelow are the defaults; `mizuhiki init` and `mizuhiki enroll gateway` write the files.\n")
	hospital := gateway.DefaultConfig()
	hospital.MLLP = []mllp.ListenerConfig{mllp.DefaultListener()}
	for _, part := range []struct {
		title string
		value any
	}{{"center.toml", center.DefaultConfig()}, {"gateway.toml", hospital}} {
		body, err := toml.Marshal(part.value)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("\n## " + part.title + "\n\n```toml\n" + string(body) + "```\n")
	}
	path := filepath.Join("..", "..", "docs", "config.md")
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), out.String()); diff != "" {
		t.Errorf("docs/config.md is out of date (-file +code):\n%s", diff)
	}
}
