package filing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/ledger"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

const order77 = "000000000000077"

// result is a panel of one specimen: each value is CODE=VALUE, with /STATUS unless it is final.
func result(id, control, taken string, values ...string) string {
	out := msh(id, "OUL^R22^OUL_R22") + "PID|||0000001^^^^PI||シケン^タロウ^^^^^L^P||19600101|M\rSPM|1|||023^血清^JC10|||||||||||||" + taken + "\rOBR|1|" + order77 + "||E^生化学^99A\rORC|" + control + "|" + order77 + "\r"
	for i, v := range values {
		what, status, ok := strings.Cut(v, "/")
		if !ok {
			status = "F"
		}
		code, value, _ := strings.Cut(what, "=")
		out += fmt.Sprintf("OBX|%d|NM|%s^%s^99L||%s|mmol/L|||||%s\r", i+1, code, code, value, status)
	}
	return out
}

// labOrder is what [result] is of.
func labOrder(id, control string) string {
	return msh(id, "OML^O33^OML_O33") + "PID|||0000001^^^^PI||シケン^タロウ^^^^^L^P||19600101|M\rSPM|1|||023^血清^JC10|||||||||||||20261120\rORC|" + control + "|" + order77 + "|||||||20261120\rOBR|1|" + order77 + "||E^生化学^99A\r"
}

// withoutSpecimen gives the same with its time in the panel.
func withoutSpecimen(message string) string {
	before, rest, _ := strings.Cut(message, "SPM|")
	specimen, rest, _ := strings.Cut(rest, "\r")
	return before + strings.Replace(rest, "^99A", "^99A|||"+specimen[strings.LastIndex(specimen, "|")+1:], 1)
}

// given is an injection: each drug is DRUG@TIME.
func given(id, control string, drugs ...string) string {
	out := msh(id, "RAS^O17^RAS_O17") + "PID|||0000001^^^^PI\r"
	for _, d := range drugs {
		drug, at, _ := strings.Cut(d, "@")
		out += "ORC|" + control + "|" + order77 + "|||||||20261120\rRXE||" + drug + "^" + drug + "^99D|5||ML\rRXA|0|1|" + at + "|" + at + "|" + drug + "^" + drug + "^99D|5|ML\rRXR|IV\r"
	}
	return out
}

// allergies is a list: each is ALLERGEN/ACTION.
func allergies(id string, list ...string) string {
	out := msh(id, "ADT^A60^ADT_A60") + "EVN||20261120\rPID|||0000001^^^^PI\r"
	for i, v := range list {
		what, action, _ := strings.Cut(v, "/")
		out += fmt.Sprintf("IAM|%d|DA|^%s|SV|shock|%s\r", i+1, what, action)
	}
	return out
}

func reception(id, department, at string) string {
	return msh(id, "ADT^A04^ADT_A01") + "EVN||20261120\rPID|||0000001^^^^PI\rPV1||O|" + department + "^^^^^C|||||||" + department + strings.Repeat("|", 34) + at + "\r"
}

func transfer(id, event, ward, at string) string {
	return msh(id, "ADT^"+event) + "EVN||20261120||||" + at + "\rPID|||0000001^^^^PI\rPV1||I|" + ward + "^101^1\r"
}

func infusion(id, control, rest string) string {
	return msh(id, "RDE^O11^RDE_O11") + "PID|||0000001^^^^PI\rORC|" + control + "|" + order77 + "|||||||20261120\r" + rest
}

// holding reads what the storage holds as current, as a gateway does.
func holding(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(dir, storageDir), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, "_1") {
			return err
		}
		name, err := ssmix2.ParseName(e.Name())
		if err != nil {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		doc, err := ssmix2.ReadDocument(name, body)
		if err != nil {
			return fmt.Errorf("%s: %w", e.Name(), err)
		}
		var says []string
		for _, r := range doc.LabResults {
			status := ""
			if r.Circumstances != nil {
				status = ended(r.Circumstances.OrderStatus, "")
			}
			says = append(says, r.Test.Label()+"="+r.Value+map[bool]string{true: "/" + r.Status}[r.Status != "F"]+status)
		}
		for _, i := range doc.Injections {
			for _, c := range i.Components {
				says = append(says, strings.TrimSuffix(c.Drug.Label()+"@"+string(i.Start), "@")+ended(i.OrderStatus, i.Stopped))
			}
		}
		for _, m := range doc.Medications {
			says = append(says, m.Drug.Label()+ended(m.OrderStatus, m.Stopped))
		}
		for _, a := range doc.StatedAllergies {
			says = append(says, a.Allergen.Text)
		}
		if doc.Allergies != nil {
			for _, a := range doc.Allergies.Entries {
				says = append(says, a.Allergen.Text)
			}
		}
		if doc.Encounter != nil {
			says = append(says, doc.Encounter.Ward+doc.Encounter.Department)
		}
		slices.Sort(says)
		out = append(out, strings.TrimSpace(string(name.DataType)+" "+name.CareDate+" "+strings.Join(says, " ")))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// ended tells what became of an order, and when.
func ended(status clinical.OrderStatus, stopped clinical.Time) string {
	if status == "" {
		return ""
	}
	return "(" + string(status) + strings.TrimSuffix("@"+string(stopped), "@") + ")"
}

// listedFor gives what is listed of which message, as "id reason".
func (o *office) listedFor(t *testing.T) []string {
	t.Helper()
	out := []string{}
	for _, class := range []kept.Class{kept.Flagged, kept.Accepted} {
		list, err := o.cfg.Kept.List(class, -1)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			out = append(out, e.ControlID+" "+string(e.Reason))
		}
	}
	slices.Sort(out)
	return out
}

func TestFile_losesNothingToTheLater(t *testing.T) {
	const at8, at20 = "202611200800", "202611202000"
	for name, tc := range map[string]struct {
		in           []string
		want, listed []string
	}{
		"allergies added one at a time": {
			[]string{allergies("1", "penicillin/A"), allergies("2", "iodine/A"), allergies("3", "latex/A")},
			[]string{"ADT-61  iodine latex penicillin"}, nil,
		},
		"an allergy taken from the list": {
			[]string{allergies("1", "penicillin/A", "iodine/A"), allergies("2", "penicillin/D")},
			[]string{"ADT-61  iodine"}, nil,
		},
		"the last allergy taken from the list": {
			[]string{allergies("1", "penicillin/A"), allergies("2", "penicillin/D")},
			[]string{"ADT-61"}, nil,
		},
		"an allergy taken from the list that does not have it": {
			[]string{allergies("1", "penicillin/A"), allergies("2", "iodine/D")},
			[]string{"ADT-61  penicillin"}, []string{"2 cancels_nothing"},
		},
		"an allergy changed that is there under another name": {
			[]string{allergies("1", "penicillin/A"), allergies("2", "penicillin G/U")},
			[]string{"ADT-61  penicillin penicillin G"}, []string{"2 cancels_nothing"},
		},
		"an allergy taken from no list": {
			[]string{allergies("1", "penicillin/D")}, []string{"ADT-61"}, []string{"1 cancels_nothing"},
		},
		"a panel of results taken back": {
			[]string{result("1", "SC", at8, "K=6.9", "Na=140"), result("2", "CA", at8)}, nil, nil,
		},
		"an allergy changed": {
			[]string{allergies("1", "penicillin/A", "iodine/A"), allergies("2", "iodine/U")},
			[]string{"ADT-61  iodine penicillin"}, nil,
		},
		"a list of allergies as it is now": {
			[]string{allergies("1", "penicillin/A", "iodine/A"), allergies("2", "iodine/X")},
			[]string{"ADT-61  iodine"}, nil,
		},
		"a list of allergies in which all are added, and one is missing": {
			[]string{allergies("1", "penicillin/A", "iodine/A"), allergies("2", "iodine/A")},
			[]string{"ADT-61  iodine penicillin"}, []string{"2 combined"},
		},
		"results of two analysers": {
			[]string{result("1", "SC", at8, "K=6.9", "Na=140"), result("2", "SC", at8, "WBC=4.2")},
			[]string{"OML-11 20261120 K=6.9 Na=140 WBC=4.2"}, nil,
		},
		"preliminary results, then final ones one by one": {
			[]string{result("1", "SC", at8, "K=6.9/P", "Na=140/P"), result("2", "SC", at8+"00", "K=4.1"), result("3", "SC", at8, "Na=139")},
			[]string{"OML-11 20261120 K=4.1 Na=139"}, nil,
		},
		"one result corrected": {
			[]string{result("1", "SC", at8, "K=6.9", "Na=140"), result("2", "SC", at8, "K=4.1/C")},
			[]string{"OML-11 20261120 K=4.1/C Na=140"}, nil,
		},
		"one result withdrawn": {
			[]string{result("1", "SC", at8, "K=6.9", "Na=140"), result("2", "SC", at8, "K=/D")},
			[]string{"OML-11 20261120 Na=140"}, nil,
		},
		"results without one that was there": {
			[]string{result("1", "SC", at8, "K=6.9", "Na=140"), result("2", "SC", at8, "K=6.9")},
			[]string{"OML-11 20261120 K=6.9 Na=140"}, []string{"2 combined"},
		},
		"one test of two specimens": {
			[]string{result("1", "SC", at8, "GLU=90"), result("2", "SC", at20, "GLU=150"), result("3", "SC", at20, "GLU=151/C")},
			[]string{"OML-11 20261120 GLU=151/C GLU=90"}, nil,
		},
		"one test of two specimens, corrected at a time that neither has": {
			[]string{result("1", "SC", at8, "GLU=90"), result("2", "SC", at20, "GLU=150"), result("3", "SC", "202611202005", "GLU=151/C")},
			[]string{"OML-11 20261120 GLU=150 GLU=151/C GLU=90"}, []string{"3 cancels_nothing"},
		},
		"the same, and another day has that test": {
			[]string{result("0", "SC", "20261119", "GLU=70"), result("1", "SC", at8, "GLU=90"), result("2", "SC", at20, "GLU=150"), result("3", "SC", "202611202005", "GLU=151/C")},
			[]string{"OML-11 20261119 GLU=70", "OML-11 20261120 GLU=150 GLU=151/C GLU=90"}, []string{"3 cancels_nothing"},
		},
		"an injection given at 8 and at 20, then once without the hour": {
			[]string{given("1", "NW", "heparin@"+at8, "heparin@"+at20), given("2", "NW", "heparin@20261120")},
			[]string{"OMP-12 20261120 heparin@20261120"}, []string{"2 replaces_more"},
		},
		"one drug of two RP, then of one": {
			[]string{given("1", "NW", "heparin@20261120", "heparin@20261120"), given("2", "NW", "heparin@20261120")},
			[]string{"OMP-12 20261120 heparin@20261120"}, []string{"2 replaces_more"},
		},
		"results of which a part is cancelled": {
			[]string{result("1", "SC", at8, "K=6.9", "Na=140"), result("2", "CA", at8, "K=")},
			[]string{"OML-11 20261120 Na=140"}, []string{"2 combined"},
		},
		"results put together, then cancelled": {
			[]string{result("1", "SC", at8, "K=6.9"), result("2", "SC", at8, "WBC=4.2"), result("3", "CA", at8, "K=", "WBC=")},
			nil, nil,
		},
		"an injection given at 8 and at 20": {
			[]string{given("1", "NW", "heparin@"+at8), given("2", "NW", "heparin@"+at20)},
			[]string{"OMP-12 20261120 heparin@202611200800 heparin@202611202000"}, nil,
		},
		"two injections, one of which names an allergy": {
			[]string{strings.Replace(given("1", "NW", "heparin@"+at8), "PI\r", "PI\rAL1|1|DA|^latex\r", 1), given("2", "NW", "heparin@"+at20), given("3", "NW", "heparin@202611202200")},
			[]string{"OMP-12 20261120 heparin@202611200800 heparin@202611202000 heparin@202611202200 latex"}, nil,
		},
		"two drugs of an order given at one time": {
			[]string{given("1", "NW", "heparin@"+at8), given("2", "NW", "saline@"+at8)},
			[]string{"OMP-12 20261120 heparin@202611200800 saline@202611200800"}, nil,
		},
		"one of two injections cancelled": {
			[]string{given("1", "NW", "heparin@"+at8), given("2", "NW", "heparin@"+at20), given("3", "CA", "heparin@"+at8)},
			[]string{"OMP-12 20261120 heparin@202611202000"}, []string{"3 combined"},
		},
		"two injections cancelled by the number of their order": {
			[]string{given("1", "NW", "heparin@"+at8), given("2", "NW", "heparin@"+at20), msh("3", "RAS^O17^RAS_O17") + "PID|||0000001^^^^PI\rORC|CA|" + order77 + "\r"},
			nil, nil,
		},
		"two injections cancelled at a time that neither has": {
			[]string{given("1", "NW", "heparin@"+at8), given("2", "NW", "heparin@"+at20), given("3", "CA", "heparin@202611200900")},
			nil, []string{"3 replaces_more"},
		},
		"what was given, changed to less": {
			[]string{given("1", "NW", "heparin@"+at8, "saline@"+at8), given("2", "XO", "heparin@"+at8)},
			[]string{"OMP-12 20261120 heparin@202611200800"}, []string{"2 replaces_more"},
		},
		"results that cannot be put together": {
			[]string{result("1", "SC", at8, "K=6.9"), strings.Replace(result("2", "SC", at8, "WBC=4.2"), "~ISO IR87", "", 1)},
			[]string{"OML-11 20261120 WBC=4.2"}, []string{"2 replaces_more"},
		},
		"allergies of a number that another person has by now": {
			[]string{strings.Replace(allergies("1", "penicillin/A"), "PI\r", "PI||||19600101\r", 1), strings.Replace(allergies("2", "iodine/A"), "PI\r", "PI||||19850203\r", 1)},
			[]string{"ADT-61  iodine"}, []string{"2 replaces_more"},
		},
		"what was given to another person of the number, without birth dates": {
			[]string{strings.Replace(given("1", "NW", "heparin@"+at8), "PI\r", "PI||試験^太郎\r", 1), strings.Replace(given("2", "NW", "saline@"+at20), "PI\r", "PI||別人^花子\r", 1)},
			[]string{"OMP-12 20261120 saline@202611202000"}, []string{"2 replaces_more"},
		},
		"what was given to one person who married": {
			[]string{strings.Replace(given("1", "NW", "heparin@"+at8), "PI\r", "PI||試験^花子||19600101|F\r", 1), strings.Replace(given("2", "NW", "saline@"+at20), "PI\r", "PI||結城^花子||19600101|F\r", 1)},
			[]string{"OMP-12 20261120 heparin@202611200800 saline@202611202000"}, nil,
		},
		"results without a specimen behind those of one": {
			[]string{withoutSpecimen(result("1", "SC", at8, "K=6.9")), result("2", "SC", at8, "WBC=4.2")},
			[]string{"OML-11 20261120 WBC=4.2"}, []string{"2 replaces_more"},
		},
		"results of panels, one of which is taken back": {
			[]string{
				result("1", "SC", at8, "K=6.9", "Na=140"),
				result("2", "SC", at8, "WBC=4.2") + "OBR|2|" + order77 + "||E^生化学^99A\rORC|CA|" + order77 + "\rOBX|1|NM|K^K^99L||\r",
			},
			[]string{"OML-11 20261120 Na=140 WBC=4.2"}, nil,
		},
		"cultures, of which a part is reported again": {
			[]string{
				strings.Replace(result("1", "SC", at8, "PCG=R", "CEZ=S"), "E^生化学^99A", "S^感受性^99A"+strings.Repeat("|", 22)+"parent", 1),
				strings.Replace(result("2", "SC", at8, "PCG=S"), "E^生化学^99A", "S^感受性^99A"+strings.Repeat("|", 22)+"parent", 1),
			},
			[]string{"OML-11 20261120 PCG=S"}, []string{"2 replaces_more"},
		},
		"a prescription that comes drug by drug": {
			[]string{prescription("1", "0000001", order77, "NW", "20261120"), strings.Replace(prescription("2", "0000001", order77, "NW", "20261120"), "RXE||drug", "RXE||other", 1)},
			[]string{"OMP-01 20261120 other"}, []string{"2 replaces_more"},
		},
		"a prescription that is changed": {
			[]string{prescription("1", "0000001", order77, "NW", "20261120"), strings.Replace(prescription("2", "0000001", order77, "XO", "20261120"), "RXE||drug", "RXE||other", 1)},
			[]string{"OMP-01 20261120 other"}, nil,
		},
		"receptions at two departments, one of them corrected": {
			[]string{reception("1", "01", "202611200900"), reception("2", "08", "202611201000"), reception("3", "08", "202611201000"), reception("4", "01", "20261120090030")},
			[]string{"ADT-12 20261120 01", "ADT-12 20261120 08"}, nil,
		},
		"transfers in the morning and in the afternoon, one of them cancelled": {
			[]string{transfer("1", "A02", "3E", "202611200900"), transfer("2", "A02", "5W", "202611201600"), transfer("3", "A12", "3E", "202611200900")},
			[]string{"ADT-42 20261120 5W"}, nil,
		},
		"a transfer cancelled without its time": {
			[]string{transfer("1", "A02", "3E", "202611200900"), transfer("2", "A12", "3E", "20261120")},
			nil, nil,
		},
		"one of two transfers cancelled, and not told which": {
			[]string{transfer("1", "A02", "3E", "202611200900"), transfer("2", "A02", "5W", "202611201600"), transfer("3", "A12", "3E", "20261120")},
			[]string{"ADT-42 20261120 3E", "ADT-42 20261120 5W"}, []string{"3 cancels_nothing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustHold(t, tc.in, tc.want, tc.listed)
		})
	}
}

func TestFile_takesBackWhatIsMeant(t *testing.T) {
	const day19, day20, day21 = "20261119", "20261120", "20261121"
	for name, tc := range map[string]struct {
		in           []string
		want, listed []string
	}{
		"what was given, cancelled under another day": {
			[]string{given("1", "NW", "heparin@"+day19), given("2", "CA", "heparin@"+day20)}, nil, nil,
		},
		"what was given on two days, cancelled under a third": {
			[]string{given("1", "NW", "heparin@"+day19), given("2", "NW", "heparin@"+day20), given("3", "CA", "heparin@"+day21)},
			[]string{"OMP-12 20261119 heparin@20261119", "OMP-12 20261120 heparin@20261120"}, []string{"3 cancels_nothing"},
		},
		"what was given on two days, one of them cancelled twice": {
			[]string{given("1", "NW", "heparin@"+day19), given("2", "NW", "heparin@"+day20), given("3", "CA", "heparin@"+day20), given("4", "CA", "heparin@"+day20)},
			[]string{"OMP-12 20261119 heparin@20261119"}, []string{"4 cancels_nothing"},
		},
		"results of an order that is cancelled twice": {
			[]string{labOrder("1", "NW"), result("2", "SC", day20, "K=4.0"), labOrder("3", "CA"), labOrder("4", "CA")},
			[]string{"OML-11 20261120 K=4.0"}, []string{"4 cancels_nothing"},
		},
		"results of an order that is cancelled and never came": {
			[]string{result("1", "SC", day20, "K=4.0"), labOrder("2", "CA")},
			[]string{"OML-11 20261120 K=4.0"}, []string{"2 cancels_nothing"},
		},
		"results of an order that is cancelled by its number alone": {
			[]string{result("1", "SC", day20, "K=4.0"), msh("2", "OML^O33^OML_O33") + "PID|||0000001^^^^PI\rORC|CA|" + order77 + "\r"},
			[]string{"OML-11 20261120 K=4.0"}, []string{"2 no_order"},
		},
		"a result, cancelled under another day": {
			[]string{result("1", "SC", day19, "K=6.9"), result("2", "CA", day20, "K=/X")}, nil, nil,
		},
		"an injection, cancelled by a message that reads as a prescription": {
			[]string{infusion("1", "NW", "RXE||heparin|5||ML\rRXR|IV\r"), infusion("2", "CA", "RXE||heparin|5||ML|||||1|A\r")}, nil, nil,
		},
		"a cancellation of nothing": {
			[]string{prescription("1", "0000001", order77, "CA", day20)}, nil, []string{"1 cancels_nothing"},
		},
		"a second cancellation": {
			[]string{prescription("1", "0000001", order77, "NW", day20), prescription("2", "0000001", order77, "CA", day20), prescription("3", "0000001", order77, "CA", day20)},
			nil, []string{"3 cancels_nothing"},
		},
		"an order whose status becomes cancelled": {
			[]string{prescription("1", "0000001", order77, "NW", day20), strings.Replace(prescription("2", "0000001", order77, "SC", day20), order77+"|||", order77+"|||CA", 1)}, nil, nil,
		},
		"an order whose status becomes discontinued": {
			[]string{prescription("1", "0000001", order77, "NW", day20), strings.Replace(prescription("2", "0000001", order77, "SC", day20), order77+"|||", order77+"|||DC", 1)}, []string{"OMP-01 20261120 drug(discontinued)"}, nil,
		},
		"what was given of an order that ended": {
			[]string{strings.Replace(given("1", "NW", "heparin@"+day20), order77+"|||", order77+"|||DC", 1)}, []string{"OMP-12 20261120 heparin@20261120(discontinued)"}, nil,
		},
		"a corrected result that moves to another day": {
			[]string{result("1", "SC", day20, "K=6.9"), result("2", "SC", day19, "K=4.1/C")}, []string{"OML-11 20261119 K=4.1/C"}, []string{"2 other_day"},
		},
		"a corrected result that moves to another day, and others that stay": {
			[]string{result("1", "SC", day20, "K=6.9", "Na=140"), result("2", "SC", day19, "K=4.1/C")}, []string{"OML-11 20261119 K=4.1/C", "OML-11 20261120 Na=140"}, []string{"2 other_day"},
		},
		"results of which a part is cancelled under another day": {
			[]string{
				result("1", "SC", day20, "K=6.9"),
				result("2", "CA", day19, "K=") + "SPM|2|||023^血清^JC10|||||||||||||" + day19 + "\rOBR|2|" + order77 + "||F^血算^99A\rORC|SC|" + order77 + "\rOBX|1|NM|Hb^Hb^99L||12|g/dL|||||F\r",
			},
			[]string{"OML-11 20261119 Hb=12"}, []string{"2 other_day"},
		},
		"a corrected result that may be of two other days": {
			[]string{result("1", "SC", day20, "K=6.9"), result("2", "SC", day21, "K=5.5"), result("3", "SC", day19, "K=4.1/C")},
			[]string{"OML-11 20261119 K=4.1/C", "OML-11 20261120 K=6.9", "OML-11 20261121 K=5.5"}, []string{"3 other_day"},
		},
		"a result that could not be made, beside that of another day": {
			[]string{result("1", "SC", day20, "K=6.9"), result("2", "SC", day19, "K=/X")},
			[]string{"OML-11 20261119 K=/X", "OML-11 20261120 K=6.9"}, nil,
		},
		"a result that is withdrawn and not there": {
			[]string{result("1", "SC", day20, "Na=140"), result("2", "SC", day19, "K=/W")},
			[]string{"OML-11 20261119", "OML-11 20261120 Na=140"}, []string{"2 cancels_nothing"},
		},
		"a corrected result that is of its own day": {
			[]string{result("1", "SC", day20, "K=6.9"), result("2", "SC", day19, "K=5.5"), result("3", "SC", day19, "K=4.1/C")},
			[]string{"OML-11 20261119 K=4.1/C", "OML-11 20261120 K=6.9"}, nil,
		},
		"an order sent again after its cancellation": {
			[]string{prescription("1", "0000001", order77, "NW", day20), prescription("2", "0000001", order77, "CA", day20), prescription("1", "0000001", order77, "NW", day20)},
			nil, []string{"1 repeat"},
		},
		"an order sent again after it was changed": {
			[]string{prescription("1", "0000001", order77, "NW", day20), strings.Replace(prescription("2", "0000001", order77, "XO", day20), "drug", "other", 1), prescription("1", "0000001", order77, "NW", day20)},
			[]string{"OMP-01 20261120 other"}, []string{"1 repeat"},
		},
		"an order sent twice": {
			[]string{prescription("1", "0000001", order77, "NW", day20), prescription("1", "0000001", order77, "NW", day20)},
			[]string{"OMP-01 20261120 drug"}, nil,
		},
		"a part of results that were put together, sent again": {
			[]string{result("1", "SC", day20, "K=6.9", "Na=140"), result("2", "SC", day20, "WBC=4.2"), result("1", "SC", day20, "K=6.9", "Na=140"), result("2", "SC", day20, "WBC=4.2")},
			[]string{"OML-11 20261120 K=6.9 Na=140 WBC=4.2"}, nil,
		},
		"a part of results that were put together, sent again after one was corrected": {
			[]string{result("1", "SC", day20, "K=6.9", "Na=140"), result("2", "SC", day20, "WBC=4.2"), result("3", "SC", day20, "K=4.1/C"), result("1", "SC", day20, "K=6.9", "Na=140"), result("3", "SC", day20, "K=4.1/C")},
			[]string{"OML-11 20261120 K=4.1/C Na=140 WBC=4.2"}, []string{"1 repeat"},
		},
		"an allergy of a list, sent again": {
			[]string{allergies("1", "penicillin/A"), allergies("2", "iodine/A"), allergies("1", "penicillin/A"), allergies("2", "iodine/A")},
			[]string{"ADT-61  iodine penicillin"}, nil,
		},
		"a list of allergies that was replaced by a longer one, sent again": {
			[]string{allergies("1", "iodine/X"), allergies("2", "penicillin/X", "iodine/X"), allergies("1", "iodine/X")},
			[]string{"ADT-61  iodine penicillin"}, []string{"1 repeat"},
		},
		"results that were changed to less, and added to since, sent again": {
			[]string{result("1", "SC", day20, "K=6.9", "Na=140"), result("2", "XO", day20, "K=6.9"), result("3", "SC", day20, "WBC=4.2"), result("2", "XO", day20, "K=6.9")},
			[]string{"OML-11 20261120 K=6.9 WBC=4.2"}, []string{"2 repeat", "2 replaces_more"},
		},
		"an allergy taken from the list, twice, and sent again": {
			[]string{allergies("1", "penicillin/A"), allergies("2", "iodine/A"), allergies("3", "penicillin/D"), allergies("3", "penicillin/D"), allergies("1", "penicillin/A")},
			[]string{"ADT-61  iodine"}, []string{"1 repeat"},
		},
		"a cancellation of part of what was given, sent again": {
			[]string{given("1", "NW", "heparin@202611200800", "heparin@202611202000"), given("2", "CA", "heparin@202611200800"), given("2", "CA", "heparin@202611200800")},
			[]string{"OMP-12 20261120 heparin@202611202000"}, []string{"2 combined"},
		},
		"what was given, in two messages, sent again once one is cancelled": {
			[]string{given("1", "NW", "heparin@202611200800"), given("2", "NW", "saline@202611202000"), given("3", "CA", "heparin@202611200800"), given("1", "NW", "heparin@202611200800"), given("2", "NW", "saline@202611202000")},
			[]string{"OMP-12 20261120 saline@202611202000"}, []string{"1 repeat", "3 combined"},
		},
		"an order of another content after its cancellation": {
			[]string{prescription("1", "0000001", order77, "NW", day20), prescription("2", "0000001", order77, "CA", day20), prescription("3", "0000001", order77, "NW", day20)},
			[]string{"OMP-01 20261120 drug"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustHold(t, tc.in, tc.want, tc.listed)
		})
	}
}

// mustHold files messages, each once more after all, as from a journal that was read
// again, and once more killed at every step: each time the same holds and is listed.
func mustHold(t *testing.T, in, want, listed []string) {
	t.Helper()
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	if listed == nil {
		listed = []string{}
	}
	for _, when := range []string{"at first", "filed again"} {
		o.seq = 0
		o.mustFile(t, in...)
		if diff := cmp.Diff(want, holding(t, dir)); diff != "" {
			t.Errorf("%s, current (-want +got):\n%s", when, diff)
		}
		if diff := cmp.Diff(listed, o.listedFor(t)); diff != "" {
			t.Errorf("%s, listed (-want +got):\n%s", when, diff)
		}
	}
	whole := files(t, dir)
	killed := errors.New("killed")
	for n := 1; ; n++ {
		dir := t.TempDir()
		steps := 0
		var mu sync.Mutex
		o := newOffice(t, dir, func(string) error {
			mu.Lock()
			defer mu.Unlock()
			if steps++; steps >= n {
				return killed
			}
			return nil
		})
		err := o.file(t.Context(), o.records(in...), 1)
		if err == nil {
			return
		}
		if !errors.Is(err, killed) {
			t.Fatal(err)
		}
		o.Close()
		again := newOffice(t, dir, nil)
		again.mustFile(t, in...)
		if diff := cmp.Diff(whole, files(t, dir)); diff != "" {
			t.Errorf("killed at step %d, storage (-want +got):\n%s", n, diff)
		}
		if diff := cmp.Diff(listed, again.listedFor(t)); diff != "" {
			t.Errorf("killed at step %d, listed (-want +got):\n%s", n, diff)
		}
	}
}

// All that was sent is in the storage: what is put together stands beside its parts.
func TestFile_keepsWhatItPutsTogether(t *testing.T) {
	dir := t.TempDir()
	newOffice(t, dir, nil).mustFile(t, allergies("1", "penicillin/A"), allergies("2", "iodine/A"))
	want := map[string]string{
		"0000001_-_ADT-61_999999999999999_20261125120001000_-_2": "1",
		"0000001_-_ADT-61_999999999999999_20261125120002000_-_2": "2",
		"0000001_-_ADT-61_999999999999999_20261125120002001_-_1": "2",
	}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("storage (-want +got):\n%s", diff)
	}
	body, err := os.ReadFile(filepath.Join(dir, storageDir, "000", "000", "0000001", "-", "ADT-61", "0000001_-_ADT-61_999999999999999_20261125120002001_-_1"))
	if err != nil {
		t.Fatal(err)
	}
	whole := allergies("2", "iodine/A") + "IAM|2|DA|^penicillin|SV|shock|A\r"
	if diff := cmp.Diff(whole, string(body)); diff != "" {
		t.Errorf("put together (-want +got):\n%s", diff)
	}
}

// What comes under a number that was merged away is shown to nobody: it is listed.
func TestFile_listsWhatIsOfAMergedNumber(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	o.Filer.cfg.Merge = func(_ context.Context, received time.Time, prior, surviving ident.LocalPatientID) error {
		return ledger.Append(dir, ledger.Event{At: received, Op: ledger.Merge, Prior: prior, Surviving: surviving})
	}
	o.mustFile(t, prescription("1", "0000001", order77, "NW", "20261120"),
		msh("2", "ADT^A40^ADT_A39")+"EVN||20261120\rPID|||0000002^^^^PI\rMRG|0000001^^^^PI\r",
		prescription("3", "0000001", "78", "NW", "20261120"), prescription("4", "0000002", "79", "NW", "20261120"))
	if err := ledger.Append(dir, ledger.Event{At: at.Add(time.Hour), Op: ledger.Unmerge, Prior: "0000001", By: "command line"}); err != nil {
		t.Fatal(err)
	}
	o.mustFile(t, prescription("5", "0000001", "80", "NW", "20261120"))
	if diff := cmp.Diff([]string{"2 merge", "3 merged_number"}, o.listedFor(t)); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if got := holding(t, dir); len(got) != 4 {
		t.Errorf("current: %v, want all filed", got)
	}
}

// What would have to be put together with what came since is not filed late.
func TestLate_losesNothing(t *testing.T) {
	const at8, day19, day20 = "202611200800", "20261119", "20261120"
	for name, tc := range map[string]struct {
		in           []string // the first is filed last
		want, listed []string
	}{
		"an allergy added before another": {
			[]string{allergies("1", "penicillin/A"), allergies("2", "iodine/A")}, []string{"ADT-61  iodine"}, []string{"1 filing"},
		},
		"an allergy that was added again since": {
			[]string{allergies("1", "penicillin/A"), allergies("2", "iodine/A"), allergies("3", "penicillin/A")}, []string{"ADT-61  iodine penicillin"}, nil,
		},
		"a list before another": {
			[]string{allergies("1", "penicillin/X"), allergies("2", "iodine/X")}, []string{"ADT-61  iodine"}, nil,
		},
		"results that nobody replaced": {
			[]string{result("1", "SC", at8, "K=6.9"), result("2", "SC", at8, "WBC=4.2")}, []string{"OML-11 20261120 WBC=4.2"}, []string{"1 filing"},
		},
		"results that were replaced": {
			[]string{result("1", "SC", at8, "K=6.9"), result("2", "SC", at8, "K=4.1/C")}, []string{"OML-11 20261120 K=4.1/C"}, nil,
		},
		"the only ones": {
			[]string{result("1", "SC", at8, "K=6.9")}, []string{"OML-11 20261120 K=6.9"}, nil,
		},
		"a reception beside another": {
			[]string{reception("1", "01", "202611200900"), reception("2", "08", "202611201000")}, []string{"ADT-12 20261120 01", "ADT-12 20261120 08"}, nil,
		},
		"a cancellation under another day": {
			[]string{given("1", "CA", "heparin@"+day19)}, nil, []string{"1 cancels_nothing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			o := newOffice(t, dir, nil)
			id := o.keepFirst(t, tc.in...)
			told, err := o.Prospects([]string{id})
			if unfit := slices.Contains(tc.listed, "1 filing"); err != nil || (told[id].Effect == kept.Unfit) != unfit {
				t.Errorf("foretold %+v, %v", told[id], err)
			}
			o.decide(t, id, kept.File)
			if tc.listed == nil {
				tc.listed = []string{}
			}
			if diff := cmp.Diff(tc.want, holding(t, dir)); diff != "" {
				t.Errorf("current (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.listed, o.listedFor(t)); diff != "" {
				t.Errorf("listed (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a cancellation of another day's", func(t *testing.T) {
		dir := t.TempDir()
		o := newOffice(t, dir, nil)
		o.mustFile(t, given("1", "NW", "heparin@"+day20))
		o.decide(t, o.keepFirst(t, given("2", "CA", "heparin@"+day19)), kept.File)
		if got, listed := holding(t, dir), o.listedFor(t); len(got) > 0 || len(listed) > 0 {
			t.Errorf("current %v, listed %v", got, listed)
		}
	})
}

// What is put together can be taken apart again and has all that either has.
func FuzzAgainst(f *testing.F) {
	const at8 = "202611200800"
	for _, pair := range [][2]string{
		{allergies("1", "penicillin/A", "latex/D"), allergies("2", "iodine/A", "penicillin/D")},
		{result("1", "SC", at8, "K=6.9", "Na=140"), result("2", "SC", at8, "WBC=4.2", "K=/D")},
		{given("1", "NW", "heparin@"+at8), given("2", "NW", "saline@"+at8)},
		{withoutSpecimen(result("1", "SC", at8, "K=6.9")), withoutSpecimen(result("2", "SC", at8))},
	} {
		for which := range 4 {
			f.Add(which, false, pair[0], pair[1])
			f.Add(which, true, pair[0], pair[1])
		}
	}
	types := []ssmix2.DataType{ssmix2.AllergyInformation, ssmix2.LabResult, ssmix2.PrescriptionDone, ssmix2.InjectionDone}
	f.Fuzz(func(t *testing.T, which int, cancels bool, held, later string) {
		n := ssmix2.Name{Key: ssmix2.Key{DataType: types[uint(which)%uint(len(types))]}, Flag: ssmix2.Current}
		if cancels {
			n.Flag = ssmix2.Deleted
		}
		out := against(n, []byte(held), []byte(later))
		if out.body == nil {
			return
		}
		was, _ := takeApart(n.DataType, []byte(held))
		is, _ := takeApart(n.DataType, []byte(later))
		whole, ok := takeApart(n.DataType, out.body)
		if !ok {
			t.Fatalf("cannot be taken apart: %q", out.body)
		}
		want := was.beyond(is).left
		if !cancels {
			for _, p := range is.parts {
				if !p.withdrawn {
					want++
				}
			}
		}
		if len(whole.parts) < want {
			t.Errorf("%d parts, want %d: %q", len(whole.parts), want, out.body)
		}
	})
}
