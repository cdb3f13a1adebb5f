package hl7v2

import (
	"testing"

	"golang.org/x/text/encoding/japanese"
)

// In Shift_JIS the word 皮下 has the bytes of a character of UTF-8 in it. What the message
// around it is tells, and every insulin has that route.
func TestWordLikeUTF8(t *testing.T) {
	for _, charset := range []string{"~ISO IR87", "UNICODE UTF-8"} {
		text := "MSH|^~\\&|||||||RDE^O11|1|P|2.5||||||" + charset + "\rPID|||0000012345||試験^花子^^^^^L^I~シケン^ハナコ^^^^^L^P\rRXE||1^インスリン試験注^99T\rRXR|SC^皮下^HL70162\r"
		body, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		msg, err := Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		if got := msg.First("RXR").At(1, 1, 2, 1); got != "皮下" {
			t.Errorf("%s: route %q, warnings %q", charset, got, msg.Warnings)
		}
		if got := msg.First("RXE").At(2, 1, 2, 1); got != "インスリン試験注" {
			t.Errorf("%s: drug %q", charset, got)
		}
	}
}
