package gateway

import (
	"os"
	"path/filepath"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// What the lists say of whom a message is must be true and must be a number.
func TestAbout(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	k, err := kept.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := &received{kept: k}
	if err := os.MkdirAll(filepath.Join(dir, "dismissed"), 0o700); err != nil {
		t.Fatal(err)
	}
	const head = "MSH|^~\\&|EHR||GW||20261125||RDE^O11^RDE_O11|1|P|2.5\r"
	for name, tc := range map[string]struct{ id, body, patient, order string }{
		"both":                    {"accepted-1", head + "PID|||0000012345^^^^PI||x\rORC|NW|000000000000077\r", "0000012345", "000000000000077"},
		"dismissed":               {"dismissed/accepted-2", head + "PID|||0000012345\rORC|NW|77\r", "0000012345", "77"},
		"no patient":              {"accepted-3", head + "PID|||\rORC|NW|77\r", "", "77"},
		"two patients":            {"accepted-4", head + "PID|||0000012345~0000067890\r", "", ""},
		"parts of one order":      {"accepted-5", head + "PID|||0000012345\rORC|NW|77\rORC|NW|77\rORC|NW|\r", "0000012345", "77"},
		"two orders":              {"accepted-6", head + "PID|||0000012345\rORC|NW|77\rORC|NW|78\r", "0000012345", ""},
		"a name in the place":     {"refused-7", head + "PID|||SHIKEN^TARO\rORC|NW|試験太郎\r", "", ""},
		"a piece, perhaps cut":    {"refused-8-piece", head + "PID|||00000123", "", ""},
		"no message":              {"accepted-9", "garbage", "", ""},
		"a name with two numbers": {"accepted-10", head + "PID|||試験2号\r", "", ""},
	} {
		if err := os.WriteFile(filepath.Join(dir, tc.id+".hl7"), []byte(tc.body), 0o600); err != nil {
			t.Fatal(err)
		}
		patient, order := r.about(filepath.Base(tc.id))
		if string(patient) != tc.patient || order != tc.order {
			t.Errorf("%s: %q, %q, want %q, %q", name, patient, order, tc.patient, tc.order)
		}
	}
	for _, id := range []string{"accepted-none", "../kept/accepted-1", "dismissed/accepted-2"} {
		if patient, order := r.about(id); patient != "" || order != "" {
			t.Errorf("%s: %q, %q", id, patient, order)
		}
	}
}
