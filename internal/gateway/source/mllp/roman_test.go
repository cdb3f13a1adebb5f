package mllp

import "testing"

// A header whose backslash became a yen sign is read, and answered with the standard's signs.
func TestJudge_yenSign(t *testing.T) {
	body := []byte("MSH|^~¥&|EHR|H|GW|G|20260101120000||ADT^A08^ADT_A01|77|P|2.5^JPN\rPID|||0000012345\r")
	h := readHeader(segment(body))
	if a := judge(&h, body); a.verdict != accepted || string(h.signs) != `^~\&` || string(h.fields[mshControlID]) != "77" {
		t.Errorf("%+v, signs %q, id %q", a, h.signs, h.fields[mshControlID])
	}
}
