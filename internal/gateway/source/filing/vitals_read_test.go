package filing

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Vital signs that were received are in the index and are opened as those of a hospital's
// extended storage, also while others come; another person's are shown to nobody.
func TestVitals_areReadAsAStorage(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	o.mustFile(t, msh("1", "ADT^A08^ADT_A01")+"EVN||20261125\rPID|||0000001^^^^PI||MIZUHIKI^HANAKO^^^^^L^A~ミズヒキ^ハナコ^^^^^L^P||19480229|F\rPV1||O\r")
	x, s := follow(t, []string{StorageDir(dir)}, []string{ExtendedDir(dir)})
	shown := func() (out, bad []string) {
		t.Helper()
		if err := s.Refresh(t.Context(), "0000001", func(wire.Progress) error { return nil }); err != nil {
			t.Fatal(err)
		}
		entries, err := x.Entries(t.Context(), x.Reader(), "0000001")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Kind != clinical.KindVital {
				continue
			}
			if len(e.Remarks) > 0 {
				t.Errorf("remarks %+v", e.Remarks)
			}
			doc, err := s.Contents().Read(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			line := fmt.Sprintf("%s %s %d:", e.Date, e.Time, e.Item.Entries)
			for _, m := range doc.Vitals {
				line += " " + m.Value
			}
			out = append(out, line)
		}
		list, err := x.Unreadable(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range list {
			bad = append(bad, string(u.Reason))
		}
		slices.Sort(out)
		return out, bad
	}
	check := func(step string, want, wantBad []string) {
		t.Helper()
		got, bad := shown()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: shown (-want +got):\n%s", step, diff)
		}
		if diff := cmp.Diff(wantBad, bad); diff != "" {
			t.Errorf("%s: listed (-want +got):\n%s", step, diff)
		}
	}
	o.mustFile(t, ward{}.says("2", obx(temperature, "63.5", "202611251430", "F"), obx(pulseRate, "70", "202611251430", "F"), obx(temperature, "37.0", "202611251500", "F")))
	check("two hours", []string{"20261125 1430 2: 63.5 70", "20261125 1500 1: 37.0"}, nil)
	o.mustFile(t, ward{}.says("3", obx(temperature, "36.5", "202611251430", "C")), ward{}.says("4", obx(temperature, "", "202611251500", "D")))
	check("corrected and withdrawn", []string{"20261125 1430 2: 70 36.5"}, nil)
	other := ward{sender: "WARD2"}.says("5", obx(temperature, "40.0", "202611251430", "F"))
	o.mustFile(t, strings.Replace(other, "MIZUHIKI^HANAKO||19480229|F", "MIZUHIKI^TARO||20010101|M", 1))
	old := time.Now().Add(-time.Hour)
	for _, p := range folders(t, dir) { // what is young may still be being written, and is not listed
		for _, name := range []string{p, p + "/" + mainDocument} {
			if err := os.Chtimes(filepath.Join(ExtendedDir(dir), name), old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	check("another's", []string{"20261125 1430 2: 70 36.5"}, []string{"identity"})
}
