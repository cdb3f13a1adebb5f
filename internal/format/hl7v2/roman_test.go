package hl7v2

import (
	"bytes"
	"testing"
)

// A yen sign among the delimiters was a backslash before somebody made UTF-8 of it, and so
// was every other of the message.
func TestUnroman(t *testing.T) {
	const rest = "||||||ADT^A08|1|P|2.5||||||UNICODE UTF-8\rPID|||0000012345||試験^花子~シケン^ハナコ\rNTE|1||1¥F¥2‾3\r"
	for signs, want := range map[string]string{
		`^~¥&`: "1|2‾3", `^‾¥&`: "1|2~3", `^~\&`: "1¥F¥2‾3",
	} {
		body := []byte("MSH|" + signs + rest)
		if signs == `^‾¥&` {
			body = bytes.Replace(body, []byte("~シ"), []byte("‾シ"), 1)
		}
		msg, err := Parse(body)
		if err != nil {
			t.Errorf("%s: %v", signs, err)
			continue
		}
		if got := msg.First("NTE").Text(3); got != want {
			t.Errorf("%s: note %q, want %q", signs, got, want)
		}
		if name, _ := msg.First("PID").Field(5).Name(Phonetic); name.Given != "ハナコ" {
			t.Errorf("%s: kana %q", signs, name.Full())
		}
		if warned := len(msg.Bent) > 0 && msg.Bent[len(msg.Bent)-1].Kind == Romanised; warned != (signs != `^~\&`) {
			t.Errorf("%s: warnings %q", signs, msg.Warnings)
		}
		if lines, ok := msg.Lines(body); !ok || len(lines) != 3 {
			t.Errorf("%s: %d lines", signs, len(lines))
		}
	}
	if body := []byte("MSH|^~\\&|¥|"); &Unroman(body)[0] != &body[0] {
		t.Error("a message without them was copied")
	}
}
