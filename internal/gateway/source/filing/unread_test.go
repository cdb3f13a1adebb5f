package filing

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// A message that cannot be read is listed by the id of its header, as far as that can.
func TestFile_listsTheIDOfWhatCannotBeRead(t *testing.T) {
	two := msh("1", "RDE^O11^RDE_O11") + "PID|||0000001\r"
	for name, tc := range map[string]struct{ body, id, typ string }{
		"two messages":      {two + msh("2", "RDE^O11^RDE_O11"), "1", "RDE^O11^RDE_O11"},
		"a part of one":     {two + "OBX|1|TX|||no\rDSC|1|F\r", "1", "RDE^O11^RDE_O11"},
		"not even a header": {"MSH", "", ""},
	} {
		dir := t.TempDir()
		o := newOffice(t, dir, nil)
		o.mustFile(t, tc.body)
		list, err := o.cfg.Kept.List(kept.Accepted, 10)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %d listed, %v", name, len(list), err)
		}
		if e := list[0]; e.Reason != kept.ReasonNotHL7 || e.ControlID != tc.id || e.Type != tc.typ {
			t.Errorf("%s: %+v", name, e)
		}
	}
}
