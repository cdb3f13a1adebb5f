package mllp

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

var moment = time.Date(2026, 11, 25, 3, 4, 5, 0, time.UTC)

func acksOf(body string) []string {
	h := readHeader(segment([]byte(body)))
	out := string(appendAcks(nil, &h, judge(&h, []byte(body)), new(stamp).of(moment), 35))
	var list []string
	for a := range strings.SplitSeq(strings.TrimSuffix(out, "\x1c\r"), "\x1c\r") {
		list = append(list, strings.TrimPrefix(a, "\x0b"))
	}
	return list
}

func TestAcknowledge_accepted(t *testing.T) {
	want := []string{`MSH|^~\&|GW|MIZU|EHR|HOSP|20261125120405||ACK^A08^ACK|Mz|P|2.5||||||~ISO IR87||ISO 2022-1994` + "\rMSA|AA|7\r"}
	if diff := cmp.Diff(want, acksOf(message("7"))); diff != "" {
		t.Errorf("acknowledgement (-want +got):\n%s", diff)
	}
}

// Every refusal with its code of table 0357 and the place.
func TestAcknowledge_refused(t *testing.T) {
	msg := message("7")
	for name, tc := range map[string]struct{ old, piece, msa, err string }{
		"no message":          {msg, "hello", "MSA|AE||message does not begin", `ERR||MSH^1|100^Segment sequence error^HL70357|E||||`},
		"unreadable MSH-2":    {`MSH|^~\&|`, `MSH|^^^^|`, "MSA|AE||", `ERR||MSH^1|100^`},
		"no type":             {"ADT^A08^ADT_A01", "", "MSA|AE|7|", `ERR||MSH^1^9|101^Required field missing^HL70357|E||||required field missing`},
		"no id":               {"|7|", "||", "MSA|AE||", `ERR||MSH^1^10|101^`},
		"a null id":           {"|7|", `|""|`, `MSA|AE|""|`, `ERR||MSH^1^10|101^`},
		"an id without end":   {"|7|", "|" + strings.Repeat("7", 300) + "|", "MSA|AE||", `ERR||MSH^1^10|102^Data type error`},
		"no processing id":    {"|P|", "||", "MSA|AE|7|", `ERR||MSH^1^11|101^`},
		"a test":              {"|P|", "|T|", "MSA|AR|7|", `ERR||MSH^1^11|202^Unsupported processing id`},
		"a debug run":         {"|P|", "|D|", "MSA|AR|7|", `ERR||MSH^1^11|202^`},
		"no version":          {"|2.5|", "||", "MSA|AE|7|", `ERR||MSH^1^12|101^`},
		"version 2.3":         {"|2.5|", "|2.3|", "MSA|AR|7|", `ERR||MSH^1^12|203^Unsupported version id`},
		"an unknown type":     {"ADT^A08", "SIU^S12", "MSA|AR|7|", `ERR||MSH^1^9|200^Unsupported message type`},
		"an unknown event":    {"ADT^A08", "ADT^A99", "MSA|AR|7|", `ERR||MSH^1^9|201^Unsupported event code`},
		"no event":            {"ADT^A08^ADT_A01", "ADT", "MSA|AR|7|", `ERR||MSH^1^9|201^`},
		"no PID":              {"\rPID|", "\rXID|", "MSA|AE|7|", `ERR||PID^1|100^Segment sequence error`},
		"no patient id":       {"0000012345^^^^PI", "", "MSA|AE|7|", `ERR||PID^1^3|101^`},
		"a short patient id":  {"0000012345^^^^PI", "12345^^^^PI", "MSA|AE|7|", `ERR||PID^1^3|102^`},
		"PID that ends early": {"PID|||0000012345^^^^PI||\x1b$B;n83\x1b(B^\x1b$B2V;R\x1b(B^^^^^L^I", "PID|1", "MSA|AE|7|", `ERR||PID^1^3|101^`},
		"an unknown mode":     {"2.5||||||", "2.5|||XX|||", "MSA|AE|7|", `ERR||MSH^1^15|103^Table value not found`},
	} {
		t.Run(name, func(t *testing.T) {
			acks := acksOf(swap(t, msg, tc.old, tc.piece))
			if name == "an unknown mode" { // whoever names an unknown condition is answered as if none
				acks = acks[:1]
			}
			s := strings.Split(acks[0], "\r")
			if len(s) < 3 || !strings.HasPrefix(s[1], tc.msa) || !strings.HasPrefix(s[2], tc.err) {
				t.Errorf("acknowledgement %q, want %s and %s", acks, tc.msa, tc.err)
			}
		})
	}
}

func TestAcknowledge_modes(t *testing.T) {
	good, bad := message("7"), swap(t, message("7"), "ADT^A08", "SIU^S12")
	for _, tc := range []struct{ accept, application, good, bad string }{
		{"", "", "AA", "AR"},
		{"AL", "", "CA", "CR"},
		{"AL", "NE", "CA", "CR"},
		{"NE", "NE", "", ""},
		{"NE", "", "", ""},
		{"ER", "NE", "", "CR"},
		{"SU", "NE", "CA", ""},
		{"AL", "AL", "CA AA", "CR"},
		{"NE", "AL", "AA", "AR"},
		{"", "AL", "AA", "AR"},
		{"SU", "ER", "CA", "AR"},
		{`""`, `""`, "AA", "AR"},
	} {
		for body, want := range map[string]string{good: tc.good, bad: tc.bad} {
			body = swap(t, body, "2.5||||||", "2.5|||"+tc.accept+"|"+tc.application+"||")
			var got []string
			for _, a := range acksOf(body) {
				if s := strings.Split(a, "\r"); len(s) > 1 {
					got = append(got, strings.Split(s[1], "|")[1])
					if enhanced := strings.Contains(s[0], "|NE|NE|"); enhanced != (tc.accept+tc.application != "" && tc.accept != `""`) {
						t.Errorf("%s/%s: an acknowledgement that asks for one: %s", tc.accept, tc.application, s[0])
					}
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("MSH-15 %q, MSH-16 %q: %v, want %s", tc.accept, tc.application, got, want)
			}
		}
	}
}

// Names of senders come back as the bytes that they were, whatever character set.
func TestReadHeader_characterSets(t *testing.T) {
	for name, app := range map[string]string{
		"ASCII": "EHR", "UTF-8": "電子カルテ", "Shift_JIS with a separator byte": "\x83|\x81|",
		"ISO-2022-JP with separator bytes": "\x1b$B||^^~~\x1b(B",
	} {
		for _, mode := range []string{"", "AL"} {
			body := swap(t, swap(t, message("7"), "|EHR|", "|"+app+"|"), "2.5||||||", "2.5|||"+mode+"|||")
			h := readHeader(segment([]byte(body)))
			if got := string(h.fields[mshSendingApplication]); got != app {
				t.Errorf("%s: MSH-3 = %q", name, got)
			}
			if !strings.Contains(acksOf(body)[0], "|GW|MIZU|"+app+"|HOSP|") {
				t.Errorf("%s: %q", name, acksOf(body))
			}
		}
	}
}

func TestAcknowledge_ownDelimiters(t *testing.T) {
	body := strings.NewReplacer("|", "#", "^", "$").Replace(message("7"))
	got := acksOf(body)[0]
	if !strings.HasPrefix(got, `MSH#$~\&#GW#MIZU#`) || !strings.HasSuffix(got, "\rMSA#AA#7\r") || !strings.Contains(got, "ACK$A08$ACK") {
		t.Errorf("acknowledgement %q", got)
	}
}

// Whatever is sent, the answer is one HL7 message per frame that our own parser reads.
func FuzzAcknowledge(f *testing.F) {
	f.Add(message("7"))
	f.Add("MSH|^~\\&|\x1b$B")
	f.Add("MSH\x0b^~\\&|||||||ADT^A08|\x1c|P|2.5")
	f.Add("hello")
	f.Fuzz(func(t *testing.T, body string) {
		if strings.ContainsAny(body, "\x1c") {
			return // ends the message before it gets here
		}
		raw := lead([]byte(body))
		h := readHeader(segment(raw))
		out := appendAcks(nil, &h, judge(&h, raw), new(stamp).of(moment), 1)
		for len(out) > 0 {
			end := strings.Index(string(out), "\x1c\r")
			if out[0] != 0x0b || end < 0 {
				t.Fatalf("not framed: %q", out)
			}
			msg, err := hl7v2.Parse(out[1:end])
			if err != nil {
				t.Fatalf("%q: %v", out[:end], err)
			}
			if !msg.Has("MSA") {
				t.Fatalf("no MSA in %q", out[:end])
			}
			out = out[end+2:]
		}
	})
}
