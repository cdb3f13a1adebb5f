package hl7v2

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func field(t *testing.T, raw string) Field {
	t.Helper()
	s := mustParse(t, msh+"\rZZ1|"+raw).First("ZZ1")
	return s.Field(1)
}

func TestParseTime(t *testing.T) {
	tests := []struct {
		raw       string
		precision Precision
		instant   string // in UTC
		date      string
	}{
		{"", PrecisionNone, "", ""},
		{"2024", PrecisionYear, "2023-12-31T15:00:00Z", ""},
		{"202406", PrecisionMonth, "2024-05-31T15:00:00Z", ""},
		{"20240600", PrecisionMonth, "2024-05-31T15:00:00Z", ""},
		{"20240000", PrecisionYear, "2023-12-31T15:00:00Z", ""},
		{"20240601", PrecisionDay, "2024-05-31T15:00:00Z", "20240601"},
		{"2011070100", PrecisionHour, "2011-06-30T15:00:00Z", "20110701"},
		{"202406010930", PrecisionMinute, "2024-06-01T00:30:00Z", "20240601"},
		{"20240601093015", PrecisionSecond, "2024-06-01T00:30:15Z", "20240601"},
		{"20240601093015.25", PrecisionFraction, "2024-06-01T00:30:15.25Z", "20240601"},
		{"202406012530", PrecisionMinute, "2024-06-01T16:30:00Z", "20240601"}, // half past one of the 2nd
		{"202406014759", PrecisionMinute, "2024-06-02T14:59:00Z", "20240601"},
		{"20240601093015+0000", PrecisionSecond, "2024-06-01T09:30:15Z", "20240601"},
		{"20240601093015-0330", PrecisionSecond, "2024-06-01T13:00:15Z", "20240601"},
		{"202405312330+0000", PrecisionMinute, "2024-05-31T23:30:00Z", "20240601"}, // in Japan half past eight of the next day
		{"20240531+0000", PrecisionDay, "2024-05-31T00:00:00Z", "20240531"},
		{"20240229", PrecisionDay, "2024-02-28T15:00:00Z", "20240229"},
	}
	for _, tt := range tests {
		t.Run(tt.raw, func(t *testing.T) {
			got, err := ParseTime(tt.raw)
			if err != nil {
				t.Fatal(err)
			}
			instant := ""
			if at, ok := got.Instant(); ok {
				instant = at.UTC().Format(time.RFC3339Nano)
			}
			if got.Raw != tt.raw || got.Precision != tt.precision || instant != tt.instant || got.Date() != tt.date {
				t.Errorf("raw %q precision %d instant %s date %q, want %d %s %q", got.Raw, got.Precision, instant, got.Date(), tt.precision, tt.instant, tt.date)
			}
		})
	}
}

func TestTimeInJapan(t *testing.T) {
	for raw, want := range map[string]string{
		"": "", "2024": "2024", "202406012530": "202406012530",
		"202405312330+0000": "202406010830", "20240531233059.25+0000": "20240601083059.25", "2024053123+0000": "2024060108",
		"202406010030+1400": "202405311930", "202405312000-1200": "202406011700",
		"202406012530+0900": "202406012530", "20240531+0000": "20240531", "2024+0000": "2024",
	} {
		read, err := ParseTime(raw)
		if err != nil {
			t.Fatal(err)
		}
		local := read.InJapan()
		again, err := ParseTime(local.Raw)
		if local.Raw != want || err != nil || again != local {
			t.Errorf("%s = %+v, want %s, read again %+v, %v", raw, local, want, again, err)
		}
	}
}

func TestParseTimeRefuses(t *testing.T) {
	for _, raw := range []string{"202", "20241", "20241301", "20240230", "20230229", "2024060148", "202406010960", "20240601093061",
		"2024060109301", "20240601.5", "20240601093015.x", "abcd", "20240601+9", "20240601+0960", "20240601093015.1234567890", "+0900", " 2024"} {
		if got, err := ParseTime(raw); err == nil {
			t.Errorf("ParseTime(%q) = %+v, want an error", raw, got)
		}
	}
}

func TestNames(t *testing.T) {
	tests := []struct {
		name, raw string
		want      map[Representation]string
	}{
		{"as the standard says", "試験^花子^^^^^L^I~シケン^ハナコ^^^^^L^P~SHIKEN^HANAKO^^^^^L^A",
			map[Representation]string{Ideographic: "試験 花子", Phonetic: "シケン ハナコ", Alphabetic: "SHIKEN HANAKO"}},
		{"one caret short", "仮佐藤^太郎^^^^L^I~カリサトウ^タロウ^^^^^L^P",
			map[Representation]string{Ideographic: "仮佐藤 太郎", Phonetic: "カリサトウ タロウ"}},
		{"whole name in the first component", "試験　花子^^^^^^L^I", map[Representation]string{Ideographic: "試験 花子"}},
		{"unmarked, told by script", "ｼｹﾝ^ﾊﾅｺ~試験^花子~SHIKEN^HANAKO",
			map[Representation]string{Ideographic: "試験 花子", Phonetic: "ｼｹﾝ ﾊﾅｺ", Alphabetic: "SHIKEN HANAKO"}},
		{"empty repetition", "~試験^花子^^^^^L^I", map[Representation]string{Ideographic: "試験 花子"}},
		{"null", `""`, map[Representation]string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := map[Representation]string{}
			for _, n := range field(t, tt.raw).Names() {
				got[n.Representation] = n.Full()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

// The name that holds is the legal one, wherever others stand.
func TestLegalName(t *testing.T) {
	for raw, want := range map[string]string{
		"旧姓^花子^^^^^M^I~試験^花子^^^^^L^I~シケン^ハナコ^^^^^L^P":                 "試験 花子|シケン ハナコ",
		"通称^花^^^^^A^I~ツウショウ^ハナ^^^^^A^P~試験^花子^^^^^l^I~シケン^ハナコ^^^^^L^P": "試験 花子|シケン ハナコ",
		"旧姓^花子^^^^M^I~試験^花子^^^^L^I":                                   "試験 花子|",
		"旧姓^花子^^^^^M~試験^花子":                                           "試験 花子|",
		"試験^花子^^^^^^I~旧姓^花子^^^^^M^I":                                  "試験 花子|",
		"通称^花子^^^^^A^I~旧姓^花子^^^^^M^I":                                 "通称 花子|", // nothing better
	} {
		kanji, _ := field(t, raw).Name(Ideographic)
		kana, _ := field(t, raw).Name(Phonetic)
		if got := kanji.Full() + "|" + kana.Full(); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

// Blanks that fill up a part of an entry are no part of its code or its text, nor are those
// before a code.
func TestCodeFilledUp(t *testing.T) {
	got := field(t, ` 1013044400000000 ^ 毎食後  ^ JAMISDP01 ^ X1   ^院内 ^ 99X ^^^残 `).Code()
	if want := (Code{"1013044400000000", " 毎食後", "JAMISDP01", "X1", "院内", "99X", "残 "}); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestStaff(t *testing.T) {
	tests := []struct {
		name, raw string
		want      StaffName
		ok        bool
	}{
		{"as the standard says", "110^医師^一郎^^^^^^^L^^^^^I", StaffName{"110", "医師 一郎"}, true},
		{"whole name in component 2", "220^医師一郎^^^^^^^^L^^^^^I", StaffName{"220", "医師一郎"}, true},
		{"short", "5468365337^仮山崎^花子", StaffName{"5468365337", "仮山崎 花子"}, true},
		{"id only", "110", StaffName{"110", ""}, true},
		{"empty first repetition", "~110^医師", StaffName{"110", "医師"}, true},
		{"nobody", "", StaffName{}, false},
		{"null", `""`, StaffName{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := field(t, tt.raw).Staff(); got != tt.want || ok != tt.ok {
				t.Errorf("staff = %+v %v, want %+v %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestCodes(t *testing.T) {
	if diff := cmp.Diff([]Code{
		{Code: "OHP", Text: "外来処方", System: "MR9P"},
		{Code: "OHO", Text: "院外処方", System: "MR9P"},
	}, field(t, "OHP^外来処方^MR9P~~OHO^院外処方^MR9P").Codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	got := field(t, "3A010000002327101^総蛋白^JC10^10222^ＴＰ^99X03").Code()
	if want := (Code{"3A010000002327101", "総蛋白", "JC10", "10222", "ＴＰ", "99X03", ""}); got != want {
		t.Errorf("code = %+v, want %+v", got, want)
	}
	if got := field(t, "9^その他^99X^^^^^^自由記載~1^a").Code(); got != (Code{Code: "9", Text: "その他", System: "99X", Original: "自由記載"}) {
		t.Errorf("code with its original text = %+v", got)
	}
	if got := field(t, "9A100&IMP^x").Code().Code; got != "9A100&IMP" {
		t.Errorf("code = %q, want 9A100&IMP", got)
	}
}

func TestQuantityAndRepeatPattern(t *testing.T) {
	if got, want := field(t, "3^TAB&錠&MR9P").Quantity(), (Quantity{"3", Code{Code: "TAB", Text: "錠", System: "MR9P"}}); got != want {
		t.Errorf("quantity = %+v, want %+v", got, want)
	}
	if got, want := field(t, "7^D").Quantity(), (Quantity{"7", Code{Code: "D"}}); got != want {
		t.Errorf("quantity = %+v, want %+v", got, want)
	}
	want := []Code{{Code: "1013044400000000", Text: "毎食後", System: "JAMISDP01"}, {Code: "I1100000", Text: "隔日", System: "JAMISDP01"}}
	if diff := cmp.Diff(want, field(t, "1013044400000000&毎食後&JAMISDP01~I1100000&隔日&JAMISDP01").RepeatPatterns()); diff != "" {
		t.Errorf("subcomponents (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[:1], field(t, "1013044400000000^毎食後^JAMISDP01").RepeatPatterns()); diff != "" {
		t.Errorf("components (-want +got):\n%s", diff)
	}
}

func TestLocation(t *testing.T) {
	if got, want := field(t, "32^302^1^^^N").Location(), (Location{"32", "302", "1", "N"}); got != want {
		t.Errorf("location = %+v, want %+v", got, want)
	}
}

func TestLocal(t *testing.T) {
	for system, want := range map[string]bool{"99XYZ": true, "99xyz": true, "L": true, "HOT9": false, "LN": false, "": false, "99": false} {
		if got := Local(system); got != want {
			t.Errorf("Local(%q) = %v, want %v", system, got, want)
		}
	}
}

func TestBuilder(t *testing.T) {
	b := NewBuilder(Header{SendingApplication: "HIS", SendingFacility: "試験病院", Time: "20240601103000", Type: "RDE^O11^RDE_O11", ControlID: "M1"})
	b.Segment("PID").Set(1, "0001").Set(3, Components("12", "", "", "", "PI")).
		Set(5, Repetitions(Components(Text("宮本"), Text("美&奥"), "", "", "", "", "L", "I"), "", Components("ミヤモト"))).Set(8, "")
	b.Append("RXE", "", CodeValue("1", "内服^薬", "99XYZ"), Null, "", Null)
	b.Segment("NTE").SetText(3, "一行\r\n二行").Set(0, "ignored")
	out, lost := b.Bytes()
	if len(lost) != 0 {
		t.Fatalf("lost: %v", lost)
	}
	want := `MSH|^~\&|HIS|` + "\x1b$B;n83IB1!\x1b(B" + `|||20240601103000||RDE^O11^RDE_O11|M1|P|2.5||||||~ISO IR87||ISO 2022-1994|` + string(Profile120) + "\r" +
		"PID|0001||12^^^^PI||\x1b$B5\\K\\\x1b(B^\x1b$BH~\x1b(B\\T\\\x1b$B1|\x1b(B^^^^^L^I~\x1b$B%_%d%b%H\x1b(B\r" +
		"RXE||1^\x1b$BFbI~\x1b(B\\S\\\x1b$BLt\x1b(B^99XYZ|\"\"||\"\"\r" +
		"NTE|||\x1b$B0l9T\x1b(B\\.br\\\x1b$BFs9T\x1b(B\r"
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("bytes (-want +got):\n%s", diff)
	}
	m := mustParse(t, string(out))
	rxe := m.First("RXE")
	if !rxe.Field(3).IsNull() || rxe.Field(4).IsNull() || rxe.Field(2).Code().Text != "内服^薬" {
		t.Errorf("RXE reads as %q", rxe.Raw())
	}
}
