package outsidereader

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// kind is one of the 36 kinds of message of the standardised storage: 26 data types
// and ten cancellations of their own. Segments in brackets may come several times,
// together.
type kind struct {
	dataType, message, segments string
}

var kinds = []kind{
	{"ADT-00", "ADT^A08^ADT_A01", "EVN PID NK1 PV1 PV2 DB1 OBX AL1 DG1 IN1"},
	{"ADT-00", "ADT^A23^ADT_A21", "EVN PID PV1"},
	{"ADT-01", "ADT^A54^ADT_A54", "EVN PID PV1 PV2"},
	{"ADT-01", "ADT^A55^ADT_A52", "EVN PID PV1 PV2"},
	{"ADT-12", "ADT^A04^ADT_A01", "EVN PID PV1 PV2 OBX AL1 IN1"},
	{"ADT-21", "ADT^A14^ADT_A05", "EVN PID NK1 PV1 PV2 OBX AL1 DG1"},
	{"ADT-21", "ADT^A27^ADT_A21", "EVN PID PV1 PV2"},
	{"ADT-22", "ADT^A01^ADT_A01", "EVN PID NK1 PV1 PV2 DB1 OBX AL1 DG1 IN1"},
	{"ADT-22", "ADT^A11^ADT_A09", "EVN PID PV1 PV2 DB1"},
	{"ADT-31", "ADT^A21^ADT_A21", "EVN PID PV1 PV2 DB1"},
	{"ADT-31", "ADT^A52^ADT_A52", "EVN PID PV1 PV2"},
	{"ADT-32", "ADT^A22^ADT_A21", "EVN PID PV1 PV2 DB1"},
	{"ADT-32", "ADT^A53^ADT_A52", "EVN PID PV1 PV2"},
	{"ADT-41", "ADT^A15^ADT_A15", "EVN PID PV1 PV2 DB1 OBX"},
	{"ADT-41", "ADT^A26^ADT_A21", "EVN PID PV1 PV2"},
	{"ADT-42", "ADT^A02^ADT_A02", "EVN PID PV1 PV2 DB1 OBX"},
	{"ADT-42", "ADT^A12^ADT_A09", "EVN PID PV1 PV2 DB1"},
	{"ADT-51", "ADT^A16^ADT_A16", "EVN PID PV1 PV2 DB1 OBX"},
	{"ADT-51", "ADT^A25^ADT_A21", "EVN PID PV1 PV2"},
	{"ADT-52", "ADT^A03^ADT_A03", "EVN PID NK1 PV1 PV2 DB1 AL1 DG1 OBX IN1"},
	{"ADT-52", "ADT^A13^ADT_A01", "EVN PID PV1 PV2"},
	{"ADT-61", "ADT^A60^ADT_A60", "EVN PID PV1 PV2 [IAM]"},
	{"PPR-01", "PPR^ZD1^PPR_ZD1", "PID PV1 [PRB ZPR ZPD NTE ZI1 OBX ORC]"},
	{"OMD", "OMD^O03^OMD_O03", "PID PV1 [ORC TQ1 ODS NTE OBX] [ORC TQ1 ODT]"},
	{"OMP-01", "RDE^O11^RDE_O11", "PID PV1 IN1 AL1 [ORC TQ1 RXE NTE TQ1 RXR RXC OBX CTI]"},
	{"OMP-11", "RAS^O17^RAS_O17", "PID AL1 PV1 [ORC TQ1 RXE TQ1 RXR RXC RXA RXR OBX CTI]"},
	{"OMP-02", "RDE^O11^RDE_O11", "PID PV1 IN1 AL1 [ORC TQ1 RXE NTE RXR RXC RXC OBX]"},
	{"OMP-12", "RAS^O17^RAS_O17", "PID AL1 PV1 [ORC TQ1 RXE RXR RXC RXA RXA RXR OBX]"},
	{"OML-01", "OML^O33^OML_O33", "PID PV1 IN1 AL1 [SPM OBX SAC ORC TQ1 OBR NTE DG1 OBX]"},
	{"OML-11", "OUL^R22^OUL_R22", "NTE PID PV1 [SPM OBX OBR ORC NTE TQ1 OBX NTE OBX NTE CTI]"},
	{"OMG-01", "OMG^O19^OMG_O19", "PID PV1 IN1 AL1 [ORC TQ1 OBR NTE OBX SPM]"},
	{"OMG-11", "OMI^Z23^OMI_Z23", "PID PV1 AL1 [ORC TQ1 OBR NTE OBX ZE1 OBX ZE2 IPC]"},
	{"OMG-02", "OMG^O19^OMG_O19", "PID PV1 IN1 AL1 [ORC TQ1 OBR NTE OBX]"},
	{"OMG-12", "OMI^Z23^OMI_Z23", "PID PV1 AL1 [ORC TQ1 OBR NTE OBX ZE1 ZE2 ZE2 IPC]"},
	{"OMG-03", "OMG^O19^OMG_O19", "PID PV1 IN1 AL1 [ORC TQ1 OBR NTE OBX]"},
	{"OMG-13", "ORU^R01^ORU_R01", "PID PV1 [ORC OBR NTE TQ1 OBX NTE SPM]"},
}

// writer thinks up messages of a kind. What it writes means nothing; it has every shape
// that a message can have.
type writer struct{ *rand.Rand }

func newWriter(seed uint64) writer { return writer{rand.New(rand.NewPCG(seed, 7))} }

func (w writer) message(number int, k kind) *hl7v2.Builder {
	b := hl7v2.NewBuilder(hl7v2.Header{
		SendingApplication: w.word(), SendingFacility: w.word(), ReceivingApplication: "GW", Time: "20240601101500",
		Type: hl7v2.Value(k.message), ControlID: fmt.Sprint(number),
	})
	for _, part := range k.parts() {
		times := 1
		if part.group {
			times = 1 + w.IntN(3)
		}
		for range times {
			for i, name := range part.segments {
				if i > 0 && w.IntN(4) == 0 {
					continue // most are optional
				}
				w.segment(b, name)
			}
		}
	}
	if w.IntN(3) == 0 {
		w.segment(b, []string{"ZZ1", "ZXX", "Z99"}[w.IntN(3)])
	}
	return b
}

type part struct {
	group    bool
	segments []string
}

func (k kind) parts() []part {
	var out []part
	open := false
	for name := range strings.FieldsSeq(k.segments) {
		begins := strings.HasPrefix(name, "[")
		if begins || !open && len(out) == 0 || !open && out[len(out)-1].group {
			out = append(out, part{group: begins})
			open = begins
		}
		last := &out[len(out)-1]
		last.segments = append(last.segments, strings.Trim(name, "[]"))
		if strings.HasSuffix(name, "]") {
			open = false
		}
	}
	return out
}

// segment appends a segment with up to 24 fields, most of them empty.
func (w writer) segment(b *hl7v2.Builder, name string) {
	s := b.Segment(name)
	for field := 1; field <= 4+w.IntN(21); field++ {
		if w.IntN(3) == 0 {
			s.Set(field, w.field())
		}
	}
}

func (w writer) field() hl7v2.Value {
	switch w.IntN(8) {
	case 0:
		return hl7v2.Null
	case 1:
		return hl7v2.Repetitions(w.repetition(), w.repetition(), w.repetition())
	}
	return w.repetition()
}

func (w writer) repetition() hl7v2.Value {
	if w.IntN(2) == 0 {
		return hl7v2.Text(w.text())
	}
	components := make([]hl7v2.Value, 1+w.IntN(8))
	for i := range components {
		switch w.IntN(6) {
		case 0:
			components[i] = hl7v2.Null
		case 1:
			components[i] = hl7v2.Subcomponents(hl7v2.Text(w.text()), "", hl7v2.Text(w.text()))
		case 2, 3:
			components[i] = hl7v2.Text(w.text())
		}
	}
	return hl7v2.Components(components...)
}

// words have delimiters as halves of their characters, as characters, and around them
// what is easily lost: line breaks, escapes that are none, quotes, other scripts.
var words = []string{
	"宮本", "美", "マ・五・折", "放射線", "奥", "懸", "内服", "入院", "応", "う右", "山田", "ヤマダ タロウ", "ソ", "表", "～", "－", "αβγ", "Жук",
	"0000012345", "103835401", "HOT9", "<0.05", "6.7-8.3", "20240601", "TAB", "1.5", "A", "mg/dL", ".10*2/uL",
	"a|b", "x^y", "p&q", "r~s", `back\slash`, `\F\`, `\.br\`, "一行目\n二行目", `say "so"`, `""x`, " ", "　", "-", "&", `\`,
}

func (w writer) word() string { return words[w.IntN(len(words))] }

func (w writer) text() string {
	out := w.word()
	for range w.IntN(3) {
		out += w.word()
	}
	return out
}
