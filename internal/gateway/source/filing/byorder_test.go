package filing

import (
	"strings"
	"testing"
)

const order78 = "000000000000078"

// What a laboratory sends of several orders has an entry for each: a correction and a
// cancellation find theirs.
func TestFile_entryForEachOrder(t *testing.T) {
	first, second := result("1", "SC", "20261120", "A=1", "B=2"), result("1", "SC", "20261120", "C=3")
	second = strings.ReplaceAll(second, order77, order78)
	both := first + second[strings.Index(second, "SPM|"):]
	corrected := strings.ReplaceAll(result("2", "SC", "20261120", "C=4/C"), order77, order78)
	cancelled := strings.ReplaceAll(result("3", "CA", "20261120", "C=4"), order77, order78)
	drugs := prescription("1", "0000001", order77, "NW", "20261120") + "ORC|NW|" + order78 + "|||||||20261120\rRXE||other|1||TAB||||||||||||||||OHO^^MR9P\r"
	for name, tc := range map[string]struct{ in, want, listed []string }{
		"results":             {[]string{both}, []string{"OML-11 20261120 A=1 B=2", "OML-11 20261120 C=3"}, nil},
		"one of them is sent": {[]string{both, second}, []string{"OML-11 20261120 A=1 B=2", "OML-11 20261120 C=3"}, nil},
		"one was corrected":   {[]string{both, corrected}, []string{"OML-11 20261120 A=1 B=2", "OML-11 20261120 C=4/C"}, nil},
		"one was taken back":  {[]string{both, cancelled}, []string{"OML-11 20261120 A=1 B=2"}, nil},
		"both are taken back": {[]string{both, strings.ReplaceAll(both, "ORC|SC", "ORC|CA")}, nil, nil},
		"drugs":               {[]string{drugs}, []string{"OMP-01 20261120 drug", "OMP-01 20261120 other"}, nil},
		"one has no place":    {[]string{strings.Replace(drugs, "RXE||other", "XYZ||other", 1)}, []string{"OMP-01 20261120 drug"}, []string{"1 no_place"}},
	} {
		t.Run(name, func(t *testing.T) { mustHold(t, tc.in, tc.want, tc.listed) })
	}
}

// A frame says that a message is whole: one whose last segment has no end has no end of its
// own, and is not cut for that.
func TestFile_wholeByItsFrame(t *testing.T) {
	open := msh("1", "RAS^O17^RAS_O17") + "PID|||0000001^^^^PI\rORC|NW|" + order77 + "\rRXA|0|1|20261120|20261120|drug^drug^99D|1|TAB^錠^MR9P"
	mustHold(t, []string{open}, []string{"OMP-11 20261120 drug"}, nil)
}
