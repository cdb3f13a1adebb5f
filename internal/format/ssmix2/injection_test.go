package ssmix2

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// mixtureGiven reads what was given of a mixture of two drugs, by the given RXA.
func mixtureGiven(t *testing.T, rxa ...string) clinical.Document {
	t.Helper()
	lines := []string{
		pidLine, orcLine, "RXE||00^一般^99I02|510||ML^mL^MR9P", "RXR|IV^静脈内^HL70162",
		"RXC|B|107750602^輸液^HOT9|500|ML^mL^MR9P", "RXC|A|X7^カリウム^99XYZ|10|ML^mL^MR9P",
	}
	for _, s := range rxa {
		lines = append(lines, "RXA|0|1|20240601080521|20240601130543|"+s)
	}
	return mustDocument(t, InjectionDone, "RAS^O17^RAS_O17", append(lines, "RXR|IV^静脈内^HL70162")...)
}

func componentsOf(i clinical.Injection) (all []string) {
	for _, c := range i.Components {
		all = append(all, strings.TrimSpace(c.Drug.Label()+" "+c.Amount+c.Unit.Label()))
	}
	return all
}

// RXA-5 may name the kind of the order in the place of a drug, as RXE-2 does: the drugs are
// what was mixed, and an amount of the mixture is none of theirs.
func TestGivenByTheKindOfTheOrder(t *testing.T) {
	for name, tc := range map[string]struct {
		rxa              string
		drugs            []string
		volume, comments string
	}{
		"all of it":           {"00^一般^99I02|510|ML^mL^MR9P|||||||||||||CP", []string{"輸液 500mL", "カリウム 10mL"}, "510", ""},
		"no amount":           {`00^一般^99I02|""`, []string{"輸液 500mL", "カリウム 10mL"}, "510", ""},
		"half of it":          {"00^一般^99I02|255|ML^mL^MR9P|||||||||||||PA", []string{"輸液", "カリウム"}, "", "実施量 255mL"},
		"half, as if all":     {"00^一般^99I02|255|ML^mL^MR9P|||||||||||||CP", []string{"輸液", "カリウム"}, "", "実施量 255mL"},
		"in another unit":     {"00^一般^99I02|510|HON^本^MR9P|||||||||||||CP", []string{"輸液", "カリウム"}, "", "実施量 510本"},
		"nothing of it":       {"00^一般^99I02|0|ML^mL^MR9P|||||||||||||NA", []string{"輸液", "カリウム"}, "", "実施量 0mL"},
		"the kind by another": {"01^臨時^99I02|510|ML^mL^MR9P|||||||||||||CP", []string{"輸液 500mL", "カリウム 10mL"}, "510", ""},
	} {
		doc := mixtureGiven(t, tc.rxa)
		if len(doc.Injections) != 1 {
			t.Errorf("%s: %d injections", name, len(doc.Injections))
			continue
		}
		i := doc.Injections[0]
		if diff := cmp.Diff(tc.drugs, componentsOf(i)); diff != "" || i.Volume != tc.volume || strings.Join(i.Comments, "\n") != tc.comments || !i.Performed {
			t.Errorf("%s: volume %q, comments %q, drugs (-want +got):\n%s", name, i.Volume, i.Comments, diff)
		}
	}
}

// A drug that was to be mixed in must not be missing where its RXA is.
func TestMixedInAndNotSaidToBeGiven(t *testing.T) {
	const said, warned = "実施の記載がない薬剤：カリウム 10mL", "segment 7 (RXC), field 2: ordered with what was given, and no RXA says whether it was"
	for name, tc := range map[string]struct {
		rxa  []string
		says bool
	}{
		"the base alone":       {[]string{"107750602^輸液^HOT9|500|ML"}, true},
		"both":                 {[]string{"107750602^輸液^HOT9|500|ML", "X7^カリウム^99XYZ|10|ML"}, false},
		"by its name":          {[]string{"107750602^輸液^HOT9|500|ML", "^カリウム|10|ML"}, false},
		"it was not given":     {[]string{"107750602^輸液^HOT9|500|ML", "X7^カリウム^99XYZ|10|ML|||||||||||||NA"}, false},
		"by its company's own": {[]string{"1077506^輸液^HOT7|500|ML", "X7^カリウム^99XYZ|10|ML"}, false},
	} {
		doc := mixtureGiven(t, tc.rxa...)
		for _, i := range doc.Injections {
			if got := slices.Contains(i.Comments, said); got != tc.says {
				t.Errorf("%s: comments %q", name, i.Comments)
			}
		}
		if got := slices.Contains(doc.Warnings, warned); got != tc.says {
			t.Errorf("%s: warnings %q", name, doc.Warnings)
		}
	}
}
