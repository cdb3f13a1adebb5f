package ssmix2

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

const headLines = "MSH|^~\\&|LIS|H|GW|E|20240601115959||%s|M1|P|2.5||||||~ISO IR87\rPID|||0000012345^^^^PI||シケン^ハナコ^^^^^L^P||19760101|F\rPV1||O"

// byOrder gives the messages of the orders without what all begin with.
func byOrder(t *testing.T, typ string, lines ...string) []string {
	t.Helper()
	head := strings.Replace(headLines, "%s", typ, 1) + "\r"
	body := []byte(head + strings.Join(lines, "\r") + "\r")
	msg, err := hl7v2.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, one := range ByOrder(msg, body) {
		rest, ok := strings.CutPrefix(string(one), head)
		if !ok {
			t.Fatalf("%q does not begin as the message does", one)
		}
		if msg, err = hl7v2.Parse(one); err != nil {
			t.Fatal(err)
		}
		if _, err := NameOf(msg, time.Time{}); err != nil {
			t.Errorf("%q has no name: %v", rest, err)
		}
		out = append(out, strings.ReplaceAll(strings.TrimSuffix(rest, "\r"), "\r", " "))
	}
	return out
}

// A laboratory sends what it was asked in one go, with a number for each order. Each has an
// entry of its own, which a correction of that order finds.
func TestByOrder(t *testing.T) {
	spm := func(n, material string) string {
		return "SPM|" + n + "|||" + material + "|||||||||||||20240601"
	}
	tests := []struct {
		name, typ string
		lines     []string
		want      []string
	}{
		{"results, ORC behind OBR", "OUL^R22^OUL_R22",
			[]string{spm("1", "019"), "OBR|1|A||P1", "ORC|SC|A", "OBX|1|NM|1^a||1", spm("2", "023"), "OBX|1|ST|9^溶血||+", "OBR|1|B||P2", "ORC|SC|B", "OBX|1|NM|2^b||2", "OBR|2|A||P3", "ORC|SC|A", "OBX|1|NM|3^c||3"},
			[]string{
				spm("1", "019") + " OBR|1|A||P1 ORC|SC|A OBX|1|NM|1^a||1 " + spm("2", "023") + " OBX|1|ST|9^溶血||+ OBR|2|A||P3 ORC|SC|A OBX|1|NM|3^c||3",
				spm("2", "023") + " OBX|1|ST|9^溶血||+ OBR|1|B||P2 ORC|SC|B OBX|1|NM|2^b||2",
			}},
		{"results, ORC before OBR, specimen behind", "ORU^R01^ORU_R01",
			[]string{"ORC|SC|A", "OBR|1|A||3A010^a^JC10|||20240601", "OBX|1|NM|3A010^a^JC10||1", spm("1", "019"), "ORC|SC|B", "OBR|2|B||3A015^b^JC10|||20240601", "NTE|1||n", "OBX|1|NM|3A015^b^JC10||2", spm("2", "023")},
			[]string{"ORC|SC|A OBR|1|A||3A010^a^JC10|||20240601 OBX|1|NM|3A010^a^JC10||1 " + spm("1", "019"), "ORC|SC|B OBR|2|B||3A015^b^JC10|||20240601 NTE|1||n OBX|1|NM|3A015^b^JC10||2 " + spm("2", "023")}},
		{"laboratory orders", "OML^O33^OML_O33",
			[]string{spm("1", "023"), "ORC|NW|A|||||||20240601", "TQ1|1", "OBR|1|A||P1", "OBX|1||1^a||||||||O", "ORC|NW|B|||||||20240601", "OBR|1|B||P2", "OBR|2|B||P3"},
			[]string{spm("1", "023") + " ORC|NW|A|||||||20240601 TQ1|1 OBR|1|A||P1 OBX|1||1^a||||||||O", spm("1", "023") + " ORC|NW|B|||||||20240601 OBR|1|B||P2 OBR|2|B||P3"}},
		{"a number for each drug", "RDE^O11^RDE_O11",
			[]string{"ORC|NW|A|||||||20240601", "RXE||1^甲^HOT9|1||TAB^錠^MR9P", "RXR|PO", "ORC|NW|B|||||||20240601", "RXE||2^乙^HOT9|1||TAB^錠^MR9P", "RXR|PO"},
			[]string{"ORC|NW|A|||||||20240601 RXE||1^甲^HOT9|1||TAB^錠^MR9P RXR|PO", "ORC|NW|B|||||||20240601 RXE||2^乙^HOT9|1||TAB^錠^MR9P RXR|PO"}},
		{"one order", "OUL^R22^OUL_R22", []string{spm("1", "019"), "OBR|1|A||P1", "ORC|SC|A", "OBX|1|NM|1^a||1", "OBR|2|A||P2", "ORC|SC|A", "OBX|1|NM|2^b||2"}, nil},
		{"one without a number", "OUL^R22^OUL_R22", []string{spm("1", "019"), "OBR|1|A||P1", "ORC|SC|A", "OBR|1|B||P2", "ORC|SC|B", "OBR|2|||P3", "ORC|SC"}, nil},
		{"a culture and what it was tested against", "OUL^R22^OUL_R22", []string{spm("1", "019"), "OBR|1|A||P1", "ORC|SC|A", "OBR|1|B||P2" + strings.Repeat("|", 22) + "6B010&菌名^1", "ORC|SC|B"}, nil},
		{"specimens of nobody knows which", "OUL^R22^OUL_R22", []string{"OBR|1|A||P1", "ORC|SC|A", spm("1", "019"), "OBR|1|B||P2", "ORC|SC|B"}, nil},
		{"a specimen without an order", "OUL^R22^OUL_R22", []string{spm("1", "019"), "OBR|1|A||P1", "ORC|SC|A", spm("2", "023"), spm("3", "023"), "OBR|1|B||P2", "ORC|SC|B"}, nil},
		{"the last specimen without an order", "OUL^R22^OUL_R22", []string{spm("1", "019"), "OBR|1|A||P1", "ORC|SC|A", "OBR|1|B||P2", "ORC|SC|B", spm("2", "023"), "OBX|1|ST|9^溶血||+"}, nil},
		{"two numbers of one panel", "OUL^R22^OUL_R22", []string{spm("1", "019"), "OBR|1|A||P1", "ORC|SC|A", "ORC|SC|B", "OBR|1|C||P2", "ORC|SC|C"}, nil},
		{"parts of an examination", "OMG^O19^OMG_O19", []string{"ORC|NW|A|||||||20240601", "OBR||A||1^撮影^JJ1017", "ORC|CH|B", "OBR||B||2^撮影^JJ1017"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, byOrder(t, tt.typ, tt.lines...)); diff != "" {
				t.Errorf("orders (-want +got):\n%s", diff)
			}
		})
	}
}

// Where the end of a message is missing, that of its last order is missing.
func TestByOrder_cut(t *testing.T) {
	body := []byte(strings.Replace(headLines, "%s", "RDE^O11^RDE_O11", 1) + "\rORC|NW|A\rRXE||1^甲^HOT9\rORC|NW|B\rRXE||2^乙^HO")
	msg, err := hl7v2.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	all := ByOrder(msg, body)
	if len(all) != 2 || !bytes.HasSuffix(all[0], []byte("HOT9\r")) || !bytes.HasSuffix(all[1], []byte("^HO")) {
		t.Errorf("%q", all)
	}
}

// What all orders repeat must not make a message a thousand times as great.
func TestByOrder_bounded(t *testing.T) {
	body := []byte(strings.Replace(headLines, "%s", "RDE^O11^RDE_O11", 1) + "\rNTE|1||" + strings.Repeat("x", 8<<10))
	for i := range 1000 {
		body = append(body, "\rORC|NW|"+string(rune('A'+i%26))+strings.Repeat("B", i/26)...)
	}
	msg, err := hl7v2.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	if all := ByOrder(msg, body); all != nil {
		t.Errorf("%d messages", len(all))
	}
}

// Of whatever is parted nothing is lost, each part is of one order, and they are bounded.
func FuzzByOrder(f *testing.F) {
	for _, typ := range []string{"OUL^R22^OUL_R22", "ORU^R01^ORU_R01", "OML^O33^OML_O33", "RDE^O11^RDE_O11"} {
		head := strings.Replace(headLines, "%s", typ, 1)
		f.Add([]byte(head + "\rSPM|1|||019\rOBR|1|A||P\rORC|SC|A\rOBX|1|NM|1^a||1\rSPM|2|||023\rOBX|1|ST|9^溶血||+\rOBR|1|B||P\rORC|SC|B\rOBR|2|A||P\rORC|SC|A\r"))
		f.Add([]byte(head + "\rORC|NW|A\rRXE||1^甲^HOT9\rORC|NW|B\rOBR|1|B||P\rOBX|1|NM|1^a||1\rSPM|1|||019"))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		msg, err := hl7v2.Parse(body)
		if err != nil {
			return
		}
		parts := ByOrder(msg, body)
		if parts == nil {
			return
		}
		found, size := make(map[string]bool), 0
		for _, part := range parts {
			size += len(part)
			one, err := hl7v2.Parse(part)
			if err != nil {
				t.Fatalf("%q: %v", part, err)
			}
			if ByOrder(one, part) != nil {
				t.Fatalf("%q is of several orders", part)
			}
			for _, line := range hl7v2.Lines(part) {
				found[string(line)] = true
			}
		}
		for _, line := range hl7v2.Lines(body) {
			if !found[string(line)] {
				t.Fatalf("%q is in none of %q", line, parts)
			}
		}
		if bound := len(body) + len(body)/2 + maxShared + len(parts); size > bound {
			t.Fatalf("%d bytes of %d", size, len(body))
		}
	})
}
