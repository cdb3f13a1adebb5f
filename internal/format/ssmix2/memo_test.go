package ssmix2

import (
	"fmt"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// fieldOf gives MSH-3 of a message with its own delimiters, and makes a memo that message's.
func fieldOf(t *testing.T, m *memo, signs, text string) hl7v2.Field {
	t.Helper()
	msg, err := hl7v2.Parse([]byte("MSH|" + signs + "|" + text + "\r"))
	if err != nil {
		t.Fatal(err)
	}
	if m != nil {
		m.under(msg.Delimiters)
	}
	return msg.Header().Field(3)
}

func newMemo() *memo { return memos.New().(*memo) }

func TestMemoSharesWhatItRead(t *testing.T) {
	m := newMemo()
	first, again := m.coded(fieldOf(t, m, `^~\&`, "A^甲^JC10")), m.coded(fieldOf(t, m, `^~\&`, "A^甲^JC10"))
	if first == nil || first != again || first.Text != "甲" {
		t.Errorf("read %+v and %+v", first, again)
	}
	if other := m.coded(fieldOf(t, m, `!~\&`, "A^甲^JC10")); other == nil || other.Code != "A^甲^JC10" {
		t.Errorf("with other delimiters %+v", other)
	}
	for _, nothing := range []string{"", `""`, "^^"} {
		for range 2 {
			if c := m.coded(fieldOf(t, m, `^~\&`, nothing)); c != nil {
				t.Errorf("%q says %+v", nothing, c)
			}
		}
	}
}

// Messages of two systems come one after the other: each is read under its own delimiters.
func TestMemoUnderOtherDelimiters(t *testing.T) {
	name := named("0000012345", "20240601", string(LabResult), "000000000000801", "20240601120000000", "01", Current)
	read := func(signs, component string) string {
		doc, err := ReadDocument(name, []byte(strings.ReplaceAll("MSH|"+signs+"|HIS|H|G|C|20240601101500||OUL;R22;OUL_R22|1|P|2.5\r"+
			"PID|||0000012345||MIZUHIKI;HANAKO||19480229|F\rOBR|1|000000000000801||1;P;99X\rOBX|1|NM|A^B!C||1||||||F\r", ";", component)))
		if err != nil {
			t.Fatal(err)
		}
		return doc.LabResults[0].Test.Code + "/" + doc.LabResults[0].Test.Text
	}
	for range 2 {
		if got := read(`!~\&`, "!"); got != "A^B/C" {
			t.Errorf("under ! the test is %s", got)
		}
		if got := read(`^~\&`, "^"); got != "A/B!C" {
			t.Errorf("under ^ the test is %s", got)
		}
	}
}

func TestMemoIsBounded(t *testing.T) {
	m := newMemo()
	for i := range 3 * maxRemembered {
		if c := m.coded(fieldOf(t, m, `^~\&`, fmt.Sprintf("%d^甲^JC10", i))); c == nil || c.Code != fmt.Sprint(i) {
			t.Fatalf("entry %d reads %+v", i, c)
		}
		if len(m.entries) > maxRemembered {
			t.Fatalf("%d entries after %d", len(m.entries), i+1)
		}
	}
	clear(m.entries)
	long := strings.Repeat("長", maxRememberedField)
	if c := m.coded(fieldOf(t, m, `^~\&`, "1^"+long+"^JC10")); c == nil || c.Text != long || len(m.entries) != 0 {
		t.Errorf("a long entry: %d remembered", len(m.entries))
	}
	var none *memo
	if c := none.coded(fieldOf(t, none, `^~\&`, "1^甲^JC10")); c == nil || c.Text != "甲" {
		t.Errorf("without a memo %+v", c)
	}
}

// TestNamesAndUnits: what is read once and remembered says what it says when it is read by
// itself: a sign that a writer escaped is the text's own, a code stays where another is
// written beside it, and a unit is not parted.
func TestNamesAndUnits(t *testing.T) {
	m := newMemo()
	for range 2 {
		for _, tt := range []struct{ signs, text, code, name, plain string }{
			{`^~\&`, `1^QTc&Bazett^JC10`, "1", "QTc Bazett", "QTc&Bazett"},
			{`^~\&`, `1^H\T\E染色^JC10`, "1", "H&E染色", "H&E染色"},
			{`^~\%`, `1^QTc%Bazett^JC10`, "1", "QTc Bazett", "QTc%Bazett"},
			{`^~\%`, `1^H&E染色^JC10`, "1", "H&E染色", "H&E染色"},
			{`^~\&`, `1^総蛋白^JC10~22^ＴＰ^99X`, "1", "総蛋白、ＴＰ", "総蛋白、ＴＰ"},
			{`^~\&`, `~1^総蛋白^JC10`, "1", "総蛋白", "総蛋白"},
			{`^~\&`, `1^総蛋白^JC10~1^総蛋白^JC10`, "1", "総蛋白", "総蛋白"},
		} {
			f := fieldOf(t, m, tt.signs, tt.text)
			if c := m.name(f); c.Value().Code != tt.code || c.Label() != tt.name {
				t.Errorf("%s is the name %+v, want %s", tt.text, c, tt.name)
			}
			if c := m.coded(f); c.Label() != tt.plain {
				t.Errorf("%s is %+v, want %s", tt.text, c, tt.plain)
			}
		}
	}
}
