package ssmix2

import (
	"fmt"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// fieldOf gives MSH-3 of a message with its own delimiters.
func fieldOf(t *testing.T, signs, text string) hl7v2.Field {
	t.Helper()
	msg, err := hl7v2.Parse([]byte("MSH|" + signs + "|" + text + "\r"))
	if err != nil {
		t.Fatal(err)
	}
	return msg.Header().Field(3)
}

func TestMemoSharesWhatItRead(t *testing.T) {
	m := make(memo)
	first, again := m.coded(fieldOf(t, `^~\&`, "A^甲^JC10")), m.coded(fieldOf(t, `^~\&`, "A^甲^JC10"))
	if first == nil || first != again || first.Text != "甲" {
		t.Errorf("read %+v and %+v", first, again)
	}
	if other := m.coded(fieldOf(t, `!~\&`, "A^甲^JC10")); other == nil || other.Code != "A^甲^JC10" {
		t.Errorf("with other delimiters %+v", other)
	}
	for _, nothing := range []string{"", `""`, "^^"} {
		for range 2 {
			if c := m.coded(fieldOf(t, `^~\&`, nothing)); c != nil {
				t.Errorf("%q says %+v", nothing, c)
			}
		}
	}
}

func TestMemoIsBounded(t *testing.T) {
	m := make(memo)
	for i := range 3 * maxRemembered {
		if c := m.coded(fieldOf(t, `^~\&`, fmt.Sprintf("%d^甲^JC10", i))); c == nil || c.Code != fmt.Sprint(i) {
			t.Fatalf("entry %d reads %+v", i, c)
		}
		if len(m) > maxRemembered {
			t.Fatalf("%d entries after %d", len(m), i+1)
		}
	}
	clear(m)
	long := strings.Repeat("長", maxRememberedField)
	if c := m.coded(fieldOf(t, `^~\&`, "1^"+long+"^JC10")); c == nil || c.Text != long || len(m) != 0 {
		t.Errorf("a long entry: %d remembered", len(m))
	}
	if c := memo(nil).coded(fieldOf(t, `^~\&`, "1^甲^JC10")); c == nil || c.Text != "甲" {
		t.Errorf("without a memo %+v", c)
	}
}
