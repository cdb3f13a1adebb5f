package hl7v2

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBuilderWritesEveryPattern builds each pattern of data that the 36 data types of
// SS-MIX2 use, Z segments and Japanese types among them, and reads it back.
func TestBuilderWritesEveryPattern(t *testing.T) {
	sub := func(code, text, system string) Value { return Subcomponents(Text(code), Text(text), Text(system)) }
	tests := []struct {
		name    string
		segment string
		field   int
		value   Value
		want    string
		read    func(Field) any
		meaning any
	}{
		{"CX with its kind", "PID", 3, Components("0001", "", "", "", "PI"), "0001^^^^PI",
			func(f Field) any { return f.At(1, 5, 1) }, "PI"},
		{"XPN in two scripts", "PID", 5,
			Repetitions(Components("試験", "花子", "", "", "", "", "L", "I"), Components("シケン", "ハナコ", "", "", "", "", "L", "P")),
			"試験^花子^^^^^L^I~シケン^ハナコ^^^^^L^P",
			func(f Field) any { return f.Names() },
			[]PersonName{{Ideographic, "L", "試験", "花子"}, {Phonetic, "L", "シケン", "ハナコ"}}},
		{"XAD with the whole address", "PID", 11, Components("", "", "", "", "999-0000", "JPN", "H", Text("試験県1-2&3")),
			`^^^^999-0000^JPN^H^試験県1-2\T\3`,
			func(f Field) any { return f.At(1, 8, 1) }, "試験県1-2&3"},
		{"XTN with the number in component 12", "PID", 13, Components("", "PRN", "PH", "", "", "", "", "", "", "", "", "000-0000"),
			"^PRN^PH^^^^^^^^^000-0000", func(f Field) any { return f.At(1, 12, 1) }, "000-0000"},
		{"PL of a ward", "PV1", 3, Components("W1", "R1", "B1", "", "", "N"), "W1^R1^B1^^^N",
			func(f Field) any { return f.Location() }, Location{"W1", "R1", "B1", "N"}},
		{"PL of a clinic", "PV1", 3, Components("01", "", "", "", "", "C"), "01^^^^^C",
			func(f Field) any { return f.Location() }, Location{Ward: "01", Type: "C"}},
		{"XCN", "ORC", 12, Components("D1", "試験", "医師", "", "", "", "", "", "", "L", "", "", "", "", "I"), "D1^試験^医師^^^^^^^L^^^^^I",
			func(f Field) any { s, _ := f.Staff(); return s }, StaffName{"D1", "試験 医師"}},
		{"CWE of two systems", "RXE", 2, Components("100000001", Text("試験錠"), "HOT9", "L1", Text("試験錠"), "99XYZ"),
			"100000001^試験錠^HOT9^L1^試験錠^99XYZ",
			func(f Field) any { return f.Code() }, Code{"100000001", "試験錠", "HOT9", "L1", "試験錠", "99XYZ", ""}},
		{"CWE of text only", "OBX", 3, Components("", Text("自由記載")), "^自由記載",
			func(f Field) any { return f.Code() }, Code{Text: "自由記載"}},
		{"CWE of the local triplet only", "OBX", 3, Components("", "", "", "L1", "x", "99XYZ"), "^^^L1^x^99XYZ",
			func(f Field) any { return f.Code() }, Code{AltCode: "L1", AltText: "x", AltSystem: "99XYZ"}},
		{"RPT of two usages", "TQ1", 3, Repetitions(sub("1013044400000000", "毎食後", "JAMISDP01"), sub("2B74000000000000", "塗布", "JAMISDP01")),
			"1013044400000000&毎食後&JAMISDP01~2B74000000000000&塗布&JAMISDP01",
			func(f Field) any { return f.RepeatPatterns() },
			[]Code{{Code: "1013044400000000", Text: "毎食後", System: "JAMISDP01"}, {Code: "2B74000000000000", Text: "塗布", System: "JAMISDP01"}}},
		{"CQ with a coded unit", "RXE", 19, Components("3", sub("TAB", "錠", "MR9P")), "3^TAB&錠&MR9P",
			func(f Field) any { return f.Quantity() }, Quantity{"3", Code{Code: "TAB", Text: "錠", System: "MR9P"}}},
		{"CQ with a bare unit", "TQ1", 6, Components("5", "D"), "5^D",
			func(f Field) any { return f.Quantity() }, Quantity{"5", Code{Code: "D"}}},
		{"explicit null", "RXE", 3, Null, `""`, func(f Field) any { return f.IsNull() }, true},
		{"JCC: job class and status", "PID", 24, Components("01", Text("会社員")), "01^会社員",
			func(f Field) any { return f.At(1, 2, 1) }, "会社員"},
		{"test with a suffix in subcomponents", "OBX", 3, Components(Subcomponents("9A100", "IMP"), Text("診断"), "JC10"), "9A100&IMP^診断^JC10",
			func(f Field) any { return f.Code().Code }, "9A100&IMP"},
		{"ZRD: material, amount, unit", "OBX", 5, Components(sub("M1", "試験材料", "99ZRD"), "2", sub("HON", "本", "MR9P")),
			"M1&試験材料&99ZRD^2^HON&本&MR9P",
			func(f Field) any { return f.Repetition(1).Component(1).Code().Text }, "試験材料"},
		{"modifiers of a disease", "ZPR", 1, Repetitions(CodeValue("8002", "急性", "MDCDX2"), CodeValue("8001", "の疑い", "MDCDX2")),
			"8002^急性^MDCDX2~8001^の疑い^MDCDX2", func(f Field) any { return len(f.Codes()) }, 2},
		{"performed procedure", "ZE1", 3, CodeValue("X1", "試験撮影", "JJ1017"), "X1^試験撮影^JJ1017",
			func(f Field) any { return f.Code().Text }, "試験撮影"},
		{"exposure", "ZE2", 2, Text("120"), "120", func(f Field) any { return f.Text() }, "120"},
		{"insurance of a disease", "ZI1", 2, CodeValue("C0", "試験保険", "JHSD0001"), "C0^試験保険^JHSD0001",
			func(f Field) any { return f.Code().System }, "JHSD0001"},
		{"teeth", "ZPD", 1, Text("上右1"), "上右1", func(f Field) any { return f.Text() }, "上右1"},
		{"text of several lines", "NTE", 3, Text("一\r\n二|三"), `一\.br\二\F\三`,
			func(f Field) any { return f.Text() }, "一\n二|三"},
		{"parent result", "OBR", 26, Components(sub("6B010", "培養同定", "JC10"), "1", Text("試験菌")), "6B010&培養同定&JC10^1^試験菌",
			func(f Field) any { return f.At(1, 1, 2) }, "培養同定"},
		{"a field far behind", "RXE", 44, Text("x"), "x", func(f Field) any { return f.Text() }, "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := NewBuilder(Header{Type: "ZZZ^Z99", ControlID: "1"})
			b.Segment(tt.segment).Set(tt.field, tt.value)
			out, lost := b.Bytes()
			if len(lost) != 0 {
				t.Errorf("replaced: %v", lost)
			}
			m, err := Parse(out)
			if err != nil {
				t.Fatal(err)
			}
			s := m.First(tt.segment)
			if s == nil || len(m.Warnings) != 0 {
				t.Fatalf("segment read: %v, warnings %v", s != nil, m.Warnings)
			}
			if got := s.Field(tt.field).Raw(); got != tt.want {
				t.Errorf("written %q, want %q", got, tt.want)
			}
			if diff := cmp.Diff(tt.meaning, tt.read(s.Field(tt.field))); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
			checkRoundTrip(t, m)
		})
	}
}
