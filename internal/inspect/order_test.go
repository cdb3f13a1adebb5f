package inspect_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// A message of two orders is two entries to a gateway, and has a line for each.
func TestRun_severalOrders(t *testing.T) {
	two := message + strings.NewReplacer("777", "778", "DRUG A", "DRUG B").Replace(message[strings.Index(message, "ORC|"):])
	lines, _, err := run(t, write(t, filepath.Join(t.TempDir(), "two.hl7"), two))
	if err != nil || len(lines) != 2 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for i, want := range []string{"777", "778"} {
		if l := lines[i]; l["order_no"] != want || l["message"] != float64(i+1) || l["valid"] != true {
			t.Errorf("line %d: %v", i, l)
		}
	}
}
