package hl7v2_test

import (
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/refusaltest"
)

func TestRefusals(t *testing.T) {
	const header = `MSH|^~\&|A|B|C|D|20240601||ACK|1|P|2.5` + "\r"
	refused := map[string]error{}
	for name, body := range map[string]string{
		"nothing":                    "",
		"a frame without a message":  "\v\x1c\r",
		"more bytes than may be":     header + strings.Repeat("x", hl7v2.MaxBytes),
		"more segments than may be":  header + strings.Repeat("Z\r", hl7v2.MaxSegments),
		"more repetitions":           header + "ZZZ|" + strings.Repeat("~", hl7v2.MaxRepetitions+1),
		"another format":             "%PDF-1.4",
		"MSH alone":                  "MSH",
		"a letter as a delimiter":    `MSH|a~\&|A` + "\r",
		"one delimiter twice":        `MSH|^^\&|A` + "\r",
		"two messages":               header + header,
		"a broken header":            "MSH|^~\\\r&|A\r",
		"zeros behind a segment":     header + "PID|1\x00\x00",
		"zeros inside of one":        header + "PID|1\x00\x00|2\r",
		"goes on in another one":     header + "OBX|1|TX|||no sign\rADD\rDSC|1|F\r",
		"the same between segments":  header + "OBX|1|TX|||no sign\rDSC|1|F\r",
		"the other one":              header + "ADD|of disease\r",
		"a batch behind its message": header + `BHS|^~\&` + "\r",
	} {
		_, refused[name] = hl7v2.Parse([]byte(body))
	}
	for _, time := range []string{"yesterday", "20240631", "202406012530x", "2024060148"} {
		msg, err := hl7v2.Parse([]byte(header + "ZZZ|" + time + "\r"))
		if err != nil {
			t.Fatal(err)
		}
		_, refused["time "+time] = msg.First("ZZZ").Field(1).Time()
	}
	refusaltest.Check(t, refused)
}
