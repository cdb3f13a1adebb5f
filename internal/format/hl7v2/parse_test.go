package hl7v2

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

const msh = `MSH|^~\&|HIS|TESTHOSP|GW|EXCH|20240601000000||ADT^A08^ADT_A01|E1|P|2.5||||||~ISO IR87||ISO 2022-1994`

func mustParse(t *testing.T, src string) *Message {
	t.Helper()
	m, err := Parse([]byte(src))
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return m
}

func TestPositions(t *testing.T) {
	m := mustParse(t, msh+"\rPID|0001||12^^^^PI~34^^^^PI||a&b^c||\"\"|x^^y\rOBX|2\rZZ1|own\rOBX|3\r")
	pid := m.First("PID")
	if pid == nil {
		t.Fatal("no PID")
	}
	tests := []struct {
		name, got, want string
	}{
		{"MSH-1", m.Header().Text(1), "|"},
		{"MSH-2", m.Header().Text(2), `^~\&`},
		{"MSH-2 has no parts", m.Header().At(2, 1, 1, 1), `^~\&`},
		{"MSH-9", m.Type(), "ADT^A08^ADT_A01"},
		{"MSH-9.2", m.Header().At(9, 1, 2, 1), "A08"},
		{"set id", pid.At(1, 1, 1, 1), "0001"},
		{"second repetition", pid.At(3, 2, 1, 1), "34"},
		{"component of the second repetition", pid.At(3, 2, 5, 1), "PI"},
		{"no third repetition", pid.At(3, 3, 1, 1), ""},
		{"first subcomponent", pid.At(5, 1, 1, 1), "a"},
		{"second subcomponent", pid.At(5, 1, 1, 2), "b"},
		{"component as a whole", pid.Field(5).Repetition(1).Component(1).Text(), "a&b"},
		{"null reads as empty", pid.At(7, 1, 1, 1), ""},
		{"empty component between", pid.At(8, 1, 2, 1), ""},
		{"third component", pid.At(8, 1, 3, 1), "y"},
		{"beyond the end", pid.At(99, 1, 1, 1), ""},
		{"before the beginning", pid.At(0, 0, 0, 0), ""},
		{"absent segment", firstText(m, "IN1", 2), ""},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s = %q, want %q", tt.name, tt.got, tt.want)
		}
	}
	if !pid.Field(7).IsNull() || pid.Field(6).IsNull() || !pid.Field(6).IsEmpty() {
		t.Error("null and empty are not told apart")
	}
	if got := pid.Len(); got != 8 {
		t.Errorf("Len = %d, want 8", got)
	}
	var names []string
	for s := range m.All() {
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"MSH", "PID", "OBX", "ZZ1", "OBX"}, names); diff != "" {
		t.Errorf("order of segments (-want +got):\n%s", diff)
	}
	var numbers []int
	for s := range m.Segments("OBX") {
		numbers = append(numbers, s.Number)
	}
	if diff := cmp.Diff([]int{3, 5}, numbers); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func firstText(m *Message, name string, field int) string {
	return m.First(name).Text(field)
}

func TestOtherDelimiters(t *testing.T) {
	m := mustParse(t, "MSH#*+!%#HIS\rPID##a!F!b*c%d+e")
	pid := m.First("PID")
	for name, got := range map[string]string{
		"a#b": pid.At(2, 1, 1, 1), "d": pid.At(2, 1, 2, 2), "e": pid.At(2, 2, 1, 1),
	} {
		if got != name {
			t.Errorf("got %q, want %q", got, name)
		}
	}
}

func TestEscapes(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"delimiters", `a\F\b\S\c\T\d\R\e\E\f`, `a|b^c&d~e\f`},
		{"line break", `1\.br\2`, "1\n2"},
		{"formatting of FT", `a\.sp2\b\.ce\c\.in+4\\.ti-2\d\.sk3\e\.nf\f`, "a\n\nb\ncd   ef"},
		{"no more lines than three for each sign of the command", `a\.sp99\b`, "a" + strings.Repeat("\n", 21) + "b"},
		{"nor spaces", `a\.sk99\b\.sk12\c`, "a" + strings.Repeat(" ", 21) + "b" + strings.Repeat(" ", 12) + "c"},
		{"no formatting", `\.sp100\\.in\\.xx1\`, `\.sp100\\.in\\.xx1\`},
		{"highlighting is dropped", `\H\strong\N\`, "strong"},
		{"bytes", `\X4142\`, "AB"},
		{"Japanese bytes", `\X1B24423B6E1B2842\`, "試"},
		{"not hexadecimal", `\X4G\`, `\X4G\`},
		{"unknown escape stays", `\Zabc\`, `\Zabc\`},
		{"a yen sign typed as backslash", `\1,000`, `\1,000`},
		{"a backslash before an escape", `\1,000\F\`, `\1,000|`},
		{"backslash at the end", `a\`, `a\`},
		{"null", `""`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := mustParse(t, msh+"\rNTE|"+tt.raw)
			if got := firstText(m, "NTE", 1); got != tt.want {
				t.Errorf("text = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"no bytes", "", "empty message"},
		{"framing only", "\x0b\x1c\r", "empty message"},
		{"byte order mark only", "\xef\xbb\xbf", "empty message"},
		{"zeros of a file that was never written", "\x00\x00\x00", "empty message"},
		{"escape sequences only", "\x1b$B", "empty message"},
		{"not HL7", "%PDF-1.4\n", "segment 1: message does not begin with MSH"},
		{"begins behind the header", "PID|0001||1", "segment 1: message does not begin with MSH"},
		{"batch", "FHS|^~\\&\rMSH|^~\\&", "segment 1: message does not begin with MSH"},
		{"cut in the header's name", "MSH", "segment 1 (MSH), field 1: no field separator"},
		{"letter as separator", "MSHA^~\\&", "segment 1 (MSH), field 1: no field separator"},
		{"quote as delimiter", `MSH|"~\&|`, "segment 1 (MSH), field 2: encoding characters must be signs"},
		{"equal delimiters", `MSH|^^\&|`, "segment 1 (MSH), field 2: encoding characters must differ from each other"},
		{"two messages", msh + "\rPID|1\r" + msh, "segment 3 (MSH): second message in one file"},
		{"too many segments", msh + strings.Repeat("\rA", MaxSegments), "more than 50000 segments"},
		{"too many repetitions", msh + "\rZZ1|" + strings.Repeat("a~", MaxRepetitions+1), "more than 1000000 repetitions"},
		{"too long", msh + strings.Repeat("|", MaxBytes), "message of 16777316 bytes, at most 16777216 are read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Parse([]byte(tt.src))
			if err == nil {
				t.Fatalf("read %d segments, want error %q", m.Len(), tt.want)
			}
			if err.Error() != tt.want {
				t.Errorf("error = %q, want %q", err, tt.want)
			}
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("kind = %q, want %q", fault.KindOf(err), fault.Invalid)
			}
			var at *Error
			if !errors.As(err, &at) {
				t.Errorf("error %T names no place", err)
			}
		})
	}
}

func TestErrorfIsLocated(t *testing.T) {
	m := mustParse(t, msh+"\rPID|1\rOBX|1")
	obx := m.First("OBX")
	cause := errors.New("cause")
	err := obx.Errorf(5, "no value: %w", cause)
	if want := "segment 3 (OBX), field 5: no value: cause"; err.Error() != want || !errors.Is(err, cause) {
		t.Errorf("error = %q, want %q", err, want)
	}
}

func TestCharsetDeclarations(t *testing.T) {
	tests := []struct {
		name, declared, name5 string // bytes of PID-5
		want                  string
		warn                  []string
	}{
		{"as the standard says", "~ISO IR87", "\x1b$B;n83\x1b(B", "試験", nil},
		{"without the space", "~ISOIR87", "\x1b$B;n83\x1b(B", "試験", nil},
		{"without the empty repetition", "ISO IR87", "\x1b$B;n83\x1b(B", "試験", nil},
		{"with ASCII spelled out", "ISO IR6~ISO IR87", "\x1b$B;n83\x1b(B", "試験", nil},
		{"missing", "", "\x1b$B;n83\x1b(B", "試験", []string{"segment 1 (MSH), field 18: no character set declared, read as ISO-2022-JP"}},
		{"unknown", "KLINGON", "\x1b$B;n83\x1b(B", "試験", []string{"segment 1 (MSH), field 18: unknown character set, read as ISO-2022-JP"}},
		{"UTF-8", "UNICODE UTF-8", "試験", "試験", nil},
		{"UTF-8 declared, CP932 written", "UNICODE UTF-8", "\xee\xe0\x8b\xb4", "髙橋", []string{"segment 2 (PID), byte 8: repaired: raw bytes read as CP932"}},
		{"IR87 declared, UTF-8 written", "~ISO IR87", "試験", "試験", []string{"segment 2 (PID), byte 8: repaired: raw UTF-8"}},
		{"IR87 declared, CP932 written", "~ISO IR87", "\xee\xe0\x8b\xb4", "髙橋", []string{"segment 2 (PID), byte 8: repaired: raw bytes read as CP932"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := mustParse(t, `MSH|^~\&|||||||||||||||`+"|"+tt.declared+"\rPID|||||"+tt.name5+"^\r")
			if got := firstText(m, "PID", 5); got != tt.want+"^" {
				t.Errorf("PID-5 = %q, want %q", got, tt.want)
			}
			if diff := cmp.Diff(tt.warn, m.Warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFramingEdge reads one message in nine wrappings.
func TestFramingEdge(t *testing.T) {
	var want []string
	for _, path := range samples(t, "framing-edge") {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			src := readFile(t, path)
			if name == "empty.hl7" {
				if _, err := Parse(src); err == nil {
					t.Error("an empty file was read")
				}
				return
			}
			m := mustParse(t, string(src))
			var got []string
			for s := range m.All() {
				got = append(got, s.Raw())
			}
			if len(got) != 2 {
				t.Fatalf("%d segments, want 2", len(got))
			}
			if want == nil {
				want = got
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("segments differ from those of the first file (-want +got):\n%s", diff)
			}
			if len(m.Warnings) != 0 {
				t.Errorf("warnings: %v", m.Warnings)
			}
			if want := name != "end_none.hl7"; m.Terminated != want {
				t.Errorf("Terminated = %v, want %v", m.Terminated, want)
			}
		})
	}
}

// TestCharsetEdge: decoded with replacement, with a warning, and no segment lost.
func TestCharsetEdge(t *testing.T) {
	tests := map[string]struct {
		name string // PID-5.1
		warn string // what the only kind of warning must contain; empty: none at all
	}{
		"00_nec_row13_in_jis.hl7":      {"①Ⅰ", "vendor"},
		"01_ibm_ext_hashigodaka.hl7":   {"髙橋", "vendor"},
		"02_halfwidth_kana_escI.hl7":   {"ｶﾝｼﾞｿ", "halfwidth"},
		"03_jisx0212_escD.hl7":         {"丂", "supplementary"},
		"04_jis78_and_roman.hl7":       {"試験", "old-set"},
		"05_cr_inside_jis_mode.hl7":    {"試験", "open-run"},
		"06_delims_inside_jis.hl7":     {"宮本", ""},
		"07_raw_cp932.hl7":             {"髙橋", "repaired"},
		"08_raw_utf8.hl7":              {"試験", "repaired"},
		"09_fullwidth_tilde_minus.hl7": {"～－∥￣", ""},
	}
	seen := 0
	for _, path := range samples(t, "charset-edge") {
		name := filepath.Base(path)
		tt, ok := tests[name]
		if !ok {
			t.Errorf("%s: no expectation", name)
			continue
		}
		seen++
		t.Run(name, func(t *testing.T) {
			m := mustParse(t, string(readFile(t, path)))
			if got := m.Segment(2).At(5, 1, 1, 1); got != tt.name {
				t.Errorf("PID-5.1 = %q, want %q", got, tt.name)
			}
			if name == "05_cr_inside_jis_mode.hl7" && !m.Has("PV1") {
				t.Error("the segment behind the open run is lost")
			}
			if name == "06_delims_inside_jis.hl7" && m.Segment(2).At(5, 1, 2, 1) != "美奥" {
				t.Errorf("PID-5.2 = %q, want 美奥", m.Segment(2).At(5, 1, 2, 1))
			}
			if tt.warn == "" && len(m.Warnings) > 0 || tt.warn != "" && len(m.Warnings) == 0 {
				t.Fatalf("warnings = %v, want kind %q", m.Warnings, tt.warn)
			}
			for _, w := range m.Warnings {
				if !strings.HasPrefix(w, "segment 2 (PID), byte ") || !strings.Contains(w, tt.warn) {
					t.Errorf("warning %q, want kind %q at segment 2", w, tt.warn)
				}
			}
		})
	}
	if seen != len(tests) {
		t.Errorf("%d files read, want %d", seen, len(tests))
	}
}

func TestCutMessages(t *testing.T) {
	tests := []struct {
		name, src           string
		terminated, openEnd bool
	}{
		{"complete", msh + "\rPID|\x1b$B;n\x1b(B\r", true, false},
		{"no terminator", msh + "\rPID|\x1b$B;n\x1b(B", false, false},
		{"cut inside a run", msh + "\rPID|\x1b$B;n8", false, true},
		{"cut inside the escape that opens", msh + "\rPID|\x1b$", false, true},
		{"cut inside the escape that closes", msh + "\rPID|\x1b$B;n\x1b(", false, true},
		{"sloppy but terminated", msh + "\rPID|\x1b$B;n\r", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := mustParse(t, tt.src)
			if m.Terminated != tt.terminated || m.OpenEnd != tt.openEnd {
				t.Errorf("Terminated, OpenEnd = %v, %v, want %v, %v", m.Terminated, m.OpenEnd, tt.terminated, tt.openEnd)
			}
		})
	}
}

func TestLineBreakInText(t *testing.T) {
	const joined = "%s: line without a segment name, read as the next line of its text"
	for name, tc := range map[string]struct {
		src     string
		want    []string // segments behind the header
		text    string   // of the first one's field 5
		warning string
	}{
		"in a note":                                  {"NTE|1||||warfarin\rstopped\rPV1|1\r", []string{`NTE|1||||warfarin\.br\stopped`, "PV1|1"}, "warfarin\nstopped", "segment 2 (NTE)"},
		"in a field with more behind":                {"OBX|1|TX|P||malignant cells\nnot seen||||||F\r", []string{`OBX|1|TX|P||malignant cells\.br\not seen||||||F`}, "malignant cells\nnot seen", "segment 2 (OBX)"},
		"two of them":                                {"NTE|1||||a\r\nb\r\nc\r\n", []string{`NTE|1||||a\.br\b\.br\c`}, "a\nb\nc", "segment 2 (NTE)"},
		"before letters and digits":                  {"NTE|1||||no\rMRI\rPV1\rZ99\r", []string{`NTE|1||||no\.br\MRI`, "PV1", "Z99"}, "no\nMRI", "segment 2 (NTE)"},
		"behind a name alone":                        {"NTE\rno\r", []string{"NTE|no"}, "", "segment 2 (NTE)"},
		"behind a character that had to be repaired": {"ZZ1|\xb1\rNTE|1||||a\rb\r", []string{"ZZ1|ｱ", `NTE|1||||a\.br\b`}, "", "segment 3 (NTE)"},
	} {
		t.Run(name, func(t *testing.T) {
			m := mustParse(t, msh+"\r"+tc.src)
			var got []string
			for n := 2; n <= m.Len(); n++ {
				got = append(got, m.Segment(n).Raw())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("segments (-want +got):\n%s", diff)
			}
			if text := m.Segment(2).Text(5); text != tc.text {
				t.Errorf("field 5 = %q, want %q", text, tc.text)
			}
			if want := fmt.Sprintf(joined, tc.warning); !slices.Contains(m.Warnings, want) {
				t.Errorf("warnings = %q, want %q", m.Warnings, want)
			}
			checkRoundTrip(t, m)
		})
	}
}

// A segment that its sender wrote in parts says what it says as a whole.
func TestAddendum(t *testing.T) {
	for name, tc := range map[string]struct {
		src  string
		want []string // segments behind the header
	}{
		"inside a text":        {"OBX|1|TX|P||malignant cells are \rADD|not seen||||||F\rNTE|1\r", []string{"OBX|1|TX|P||malignant cells are not seen||||||F", "NTE|1"}},
		"at a separator":       {"OBX|1|TX|P|\rADD||seen\r", []string{"OBX|1|TX|P||seen"}},
		"in three parts":       {"OBX|1|TX|P||a\rADD|b\rADD|c|mg\r", []string{"OBX|1|TX|P||abc|mg"}},
		"in Japanese":          {"OBX|1|TX|P||\x1b$B0[>o\x1b(B\rADD|\x1b$B$J$7\x1b(B\r", []string{"OBX|1|TX|P||異常なし"}},
		"behind a name alone":  {"PV1\rADD||O\rPV2\rADD|x\r", []string{"PV1|O", "PV2|x"}},
		"before a broken line": {"OBX|1|TX|P||a\rADD|b\rof it\r", []string{`OBX|1|TX|P||ab\.br\of it`}},
		"nothing more":         {"OBX|1|TX|P||a\rADD|\rDSC||\r", []string{"OBX|1|TX|P||a", "DSC||"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := mustParse(t, msh+"\r"+tc.src)
			var got []string
			for n := 2; n <= m.Len(); n++ {
				got = append(got, m.Segment(n).Raw())
				if s := m.Segment(n); s.Number != n || s.Len() != strings.Count(s.Raw(), "|") {
					t.Errorf("%q has number %d and %d fields", s.Raw(), s.Number, s.Len())
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("segments (-want +got):\n%s", diff)
			}
			checkRoundTrip(t, m)
		})
	}
}

func TestSpacesBeforeASegment(t *testing.T) {
	m := mustParse(t, msh+"\r OBX|1|NM\r\t NTE|1||x\r")
	if obx, nte := m.Segment(2), m.Segment(3); obx.Name != "OBX" || obx.Text(2) != "NM" || nte.Name != "NTE" || nte.Text(3) != "x" {
		t.Errorf("segments = %q, %q", obx.Raw(), nte.Raw())
	}
	if want := []string{"segment 2 (OBX): spaces before the segment's name", "segment 3 (NTE): spaces before the segment's name"}; !slices.Equal(m.Warnings, want) {
		t.Errorf("warnings = %q, want %q", m.Warnings, want)
	}
	checkRoundTrip(t, m)
}

// What a file has in the place of what was never written: it is not the end of a message,
// and what was ended before is whole.
func TestZeros(t *testing.T) {
	zeros := strings.Repeat("\x00", 60)
	for name, tc := range map[string]struct {
		src, want  string
		terminated bool
	}{
		"inside a value":             {"OBX|1|NM|K||14." + zeros, "segment 2 (OBX): the message was cut: nothing but 60 zeros behind it", false},
		"inside a two-byte run":      {"OBX|1|NM|\x1b$B;n83" + zeros, "segment 2 (OBX): the message was cut: nothing but 60 zeros behind it", false},
		"in the middle":              {"OBX|1|NM|K||1" + zeros + ".2\rOBX|2|NM\r", "segment 2 (OBX): the message was cut: zeros in the place of text", false},
		"up to the end of a segment": {"OBX|1|NM|K||1" + zeros + "\rOBX|2|NM\r", "segment 2 (OBX): the message was cut: zeros in the place of text", false},
		"in the patient's name":      {"PID|1||1||\x1b$B;n" + zeros + "\x1b(B\r", "segment 2 (PID): the message was cut: zeros in the place of text", false},
		"where segments were":        {"OBX|1|NM\r" + zeros + "\rOBX|3|NM\r", "segment 3: the message was cut: zeros in the place of text", false},
		"behind a message that ends": {"OBX|1|NM\r" + zeros, "", true},
		"behind a frame":             {"OBX|1|NM\r\x1c\r" + zeros, "", true},
		"one, as in C":               {"OBX|1|NM\x00\rOBX|2|NM\x00", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Parse([]byte(msh + "\r" + tc.src))
			if tc.want != "" {
				if err == nil || err.Error() != tc.want || !errors.Is(err, ErrCut) {
					t.Fatalf("error = %v, want %q", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if m.Terminated != tc.terminated || m.First("OBX").Raw() != "OBX|1|NM" {
				t.Errorf("Terminated = %v, want %v, first result %q", m.Terminated, tc.terminated, m.First("OBX").Raw())
			}
			if padded := slices.Contains(m.Warnings, "60 zeros behind the message"); padded != tc.terminated {
				t.Errorf("warnings = %q", m.Warnings)
			}
		})
	}
}

var sameMessage = cmp.Options{
	cmp.AllowUnexported(Message{}, Segment{}),
	cmp.Comparer(func(a, b packed) bool { return (a^b)&^unescaped == 0 }),
	cmp.FilterPath(func(p cmp.Path) bool { // how it came, not what it says
		switch p.String() {
		case "Warnings", "Bent", "Terminated", "OpenEnd", "OpenName":
			return true
		}
		return false
	}, cmp.Ignore()),
}

// checkRoundTrip checks parse(print(parse(x))) == parse(x), as text always and as
// ISO-2022-JP where nothing had to be replaced.
func checkRoundTrip(t interface{ Fatalf(string, ...any) }, m *Message) {
	again, err := Parse([]byte(m.Text()))
	if err != nil {
		t.Fatalf("parsing the printed text: %v", err)
	}
	if diff := cmp.Diff(m, again, sameMessage); diff != "" {
		t.Fatalf("text round trip (-want +got):\n%s", diff)
	}
	out, lost := again.Bytes()
	if len(lost) != 0 {
		return
	}
	again, err = Parse(out)
	if err != nil {
		t.Fatalf("parsing the printed bytes: %v", err)
	}
	back, _ := again.Bytes()
	if string(back) != string(out) {
		t.Fatalf("byte round trip: %q, want %q", back, out)
	}
}

func TestRoundTripOfSamples(t *testing.T) {
	for _, folder := range []string{"charset-edge", "framing-edge"} {
		for _, path := range samples(t, folder) {
			if m, err := Parse(readFile(t, path)); err == nil {
				checkRoundTrip(t, m)
			}
		}
	}
}

func TestRoundTripOfBuiltMessages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBuilder(Header{Type: "ADT^A08^ADT_A01", ControlID: "1"})
		var texts []string
		for range rapid.IntRange(1, 4).Draw(t, "segments") {
			text := rapid.StringOf(rapid.SampledFrom([]rune("ab|^~\\&\"\r\n試験宮本美服マーワ１０／ 　"))).Draw(t, "text")
			texts = append(texts, text)
			b.Append("ZZ1", "x", Components(Text(text), Subcomponents("s", Text(text))))
		}
		out, lost := b.Bytes()
		if len(lost) != 0 {
			t.Fatalf("lost: %v", lost)
		}
		m, err := Parse(out)
		if err != nil {
			t.Fatalf("Parse(%q): %v", out, err)
		}
		i := 0
		for s := range m.Segments("ZZ1") {
			want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(texts[i])
			if want == `""` {
				want = "" // reads as null, as HL7 says
			}
			if got := s.At(2, 1, 1, 1); got != want {
				t.Fatalf("component 1 = %q, want %q", got, want)
			}
			if got := s.At(2, 1, 2, 2); got != want {
				t.Fatalf("subcomponent 2 = %q, want %q", got, want)
			}
			i++
		}
		if i != len(texts) || len(m.Warnings) != 0 {
			t.Fatalf("%d segments, want %d; warnings %v", i, len(texts), m.Warnings)
		}
		checkRoundTrip(t, m)
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(msh + "\rPID|0001||12^^^^PI||\x1b$B;n83\x1b(B^^^^^L^I\r\x1c"))
	f.Add([]byte("\x0bMSH|^~\\&|||||||||||||||UNICODE UTF-8\rZZ1|試験&a~b\\F\\\\X41\\\r\x1c\r"))
	f.Add([]byte("MSH|^~\\&|\rNTE|1||a\rb\n\n OBX|c\rNTE\rMRI"))
	f.Add([]byte("MSH#*+!%#\nOBX##\x1b$B;n\nNTE"))
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := Parse(src)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("kind %q of %v", fault.KindOf(err), err)
			}
			return
		}
		number := 0
		for s := range m.All() {
			if number++; s.Number != number {
				t.Fatalf("segment %d has number %d", number, s.Number)
			}
			for n := 1; n <= min(s.Len(), 20); n++ {
				s.Field(n).Names()
				s.Field(n).RepeatPatterns()
				s.Field(n).Staff()
				s.Field(n).Quantity()
				_, _ = s.Field(n).Time()
			}
		}
		checkRoundTrip(t, m)
	})
}

func samples(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.hl7"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples in testdata/%s: %v", folder, err)
	}
	return paths
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
