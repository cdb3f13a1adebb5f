package ssmix2

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

const injectionLine = "RXE||00^一般^JHSI0002|100||ml^ミリリットル^ISO+"

func injectionWith(t *testing.T, rxe string, lines ...string) clinical.Injection {
	t.Helper()
	doc := mustDocument(t, InjectionOrder, "RDE^O11^RDE_O11", append([]string{
		pidLine, "ORC|NW|500||500_01_001|||||20240601090000", rxe,
	}, lines...)...)
	return doc.Injections[0]
}

// Which side of a paired place is meant, and which line, is as much of the route as the place.
func TestSideOfSite(t *testing.T) {
	const mixture = "RXC|B|900000001^試験輸液^HOT9|1|BAG^袋^MR9P"
	tests := map[string]struct {
		rxr          string
		site, device string
		comments     []string
	}{
		"in words":            {"RXR|IV^静脈内^HL70162|ARM^腕^HL70550|||01^主管^99T|L^左^HL70495", "左 腕", "", []string{"主管"}},
		"by its code":         {"RXR|IV^静脈内^HL70162|ARM^腕^HL70550||||R^^HL70495", "右 腕", "", nil},
		"both":                {"RXR|IM^筋肉内^HL70162|BU^臀部^HL70550||||BIL", "両側 臀部", "", nil},
		"in the place too":    {"RXR|IV^静脈内^HL70162|77L^左手^JAMISDP01||||L^左^HL70495", "左手", "", nil},
		"without a place":     {"RXR|IV^静脈内^HL70162|||||L^左^HL70495", "左", "", nil},
		"no side":             {"RXR|IV^静脈内^HL70162|ARM^腕^HL70550|IVP^ポンプ^HL70164", "腕", "ポンプ", nil},
		"device for the site": {"RXR|IV^静脈内^HL70162|IVP^ポンプ^HL70164", "", "ポンプ", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			i := injectionWith(t, injectionLine, tt.rxr, mixture)
			if got, want := i.Site.Label()+"|"+i.Device.Label(), tt.site+"|"+tt.device; got != want {
				t.Errorf("site and device %q, want %q", got, want)
			}
			if diff := cmp.Diff(tt.comments, i.Comments); diff != "" {
				t.Errorf("comments (-want +got):\n%s", diff)
			}
		})
	}
}

// What JAHIS says of a drug in a mixture (RXC-7) and of how long each dose takes (TQ1-13).
func TestWordsOfMixture(t *testing.T) {
	i := injectionWith(t, injectionLine,
		"TQ1|1||||||202406011000||||||5^hr",
		"RXR|IV^静脈内^HL70162",
		"RXC|B|900000001^試験輸液^HOT9|1|BAG^袋^MR9P|||900000001Y^試験輸液^YJ",
		"RXC|A|900000002^試験注^HOT9|1|AMP^管^MR9P|||01^麻薬^JHSI0005~^ストックから^99T")
	want := []string{"試験注：麻薬、ストックから", "1回の時間 5hr"}
	if diff := cmp.Diff(want, i.Comments); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
}

// The kind of an order is no drug in JAHIS's own table either.
func TestKindOfJAHIS(t *testing.T) {
	_, err := document(t, InjectionOrder, "RDE^O11^RDE_O11", pidLine,
		"ORC|NW|500|||||||20240601090000", injectionLine, "RXR|IV^静脈内^HL70162")
	if err == nil || !strings.Contains(err.Error(), "no RXC segment behind it") {
		t.Errorf("an order of nothing but its kind: %v", err)
	}
}

// An order number with the RP behind it, with and without a number of the dose.
func TestRP(t *testing.T) {
	for orc, want := range map[string]string{
		"ORC|NW|500||2":             "2",
		"ORC|NW|500||500_02":        "02",
		"ORC|NW|500||500_02_001":    "02",
		"ORC|NW|A_5||A_5_02":        "02",
		"ORC|NW|A_5||A_5_02_001":    "02",
		"ORC|NW|500||000500_02_001": "02", // another padding
		"ORC|NW|500||500":           "500",
		"ORC|NW|500||5001_02":       "5001_02",
		"ORC|NW|500":                "",
		"ORC|NW|":                   "",
	} {
		msg, err := hl7v2.Parse([]byte("MSH|^~\\&|||||||RDE^O11\r" + orc + "\r"))
		if err != nil {
			t.Fatal(err)
		}
		if got := rp(msg.First("ORC")); got != want {
			t.Errorf("%s: RP %q, want %q", orc, got, want)
		}
	}
}

// The least and the most of uneven doses (RXE-3, RXE-4) are no choice, and each dose says
// which it is.
func TestUnevenDoses(t *testing.T) {
	const tq1 = "TQ1|1||1013044400000000&毎食後&JAMISDP01%s|||7^D|20240601"
	for name, lines := range map[string][]string{
		"as instructions": {"RXE||900000003^試験錠^HOT9|1|4|TAB^錠^MR9P||V14NNNNN^４錠^JAMISDP01~V21NNNNN^１錠^JAMISDP01~V32NNNNN^3回目は2錠^JAMISDP01|||49|TAB^錠^MR9P||||||||7^TAB&錠&MR9P",
			strings.Replace(tq1, "%s", "", 1)},
		"as usage": {"RXE||900000003^試験錠^HOT9|1|4|TAB^錠^MR9P|||||49|TAB^錠^MR9P||||||||7^TAB&錠&MR9P",
			strings.Replace(tq1, "%s", "~V14NNNNN&４錠&JAMISDP01~V21NNNNN&１錠&JAMISDP01~V32NNNNN&3回目は2錠&JAMISDP01", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			doc := mustDocument(t, PrescriptionOrder, "RDE^O11^RDE_O11", append([]string{pidLine, "ORC|NW|500||1|||||20240601090000"}, append(lines, "RXR|PO^口^HL70162")...)...)
			m := doc.Medications[0]
			if m.Dose+m.DoseMax+m.DoseUnit.Label() != "" || m.DailyDose != "7" {
				t.Errorf("one dose %s–%s%s, a day %s; want none and 7", m.Dose, m.DoseMax, m.DoseUnit.Label(), m.DailyDose)
			}
			var said []string
			for _, c := range append(m.Usage[1:len(m.Usage):len(m.Usage)], m.Instructions...) {
				said = append(said, c.Text)
			}
			want := []string{"1回目 ４錠", "2回目 １錠", "3回目は2錠", "オーダの1回量 1–4錠"}
			if diff := cmp.Diff(want, said); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
		})
	}
}

// JAHIS says 頓用 in RXE-27.
func TestAsNeededByIndication(t *testing.T) {
	doc := mustDocument(t, PrescriptionOrder, "RDE^O11^RDE_O11", pidLine, "ORC|NW|500||1|||||20240601090000",
		"RXE||900000003^試験錠^HOT9|1||TAB^錠^MR9P|||||10|TAB^錠^MR9P||||||||||||||||22^頓用^JHSP0003",
		"TQ1|1||01^痛むとき^99T", "RXR|PO^口^HL70162")
	if !doc.Medications[0].AsNeeded {
		t.Error("a drug for use when needed is read as a regular one")
	}
}
