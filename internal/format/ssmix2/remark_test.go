package ssmix2

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

// rx is a prescription in which one thing can be changed.
type rx struct {
	charset, messageType, pid, orc, rxe, tq1, more string
	order, timestamp, department                   string
}

func (p rx) read(t *testing.T) clinical.Document {
	t.Helper()
	or := func(s, usual string) string {
		if s == "" {
			return usual
		}
		return s
	}
	text := `MSH|^~\&|HIS|TESTHOSP|GW|EXCH|20240601090000||` + or(p.messageType, "RDE^O11^RDE_O11") + "|M1|P|2.5||||||" + or(p.charset, "~ISO IR87") + "\r" +
		or(p.pid, "PID|0001||0000012345^^^^PI||試験^花子^^^^^L^I~シケン^ハナコ^^^^^L^P||19760101|F") + "\r" +
		or(p.orc, "ORC|NW|000000000000801|||||||20240601110000||||||||01^内科^HL70069") + "\r" +
		or(p.rxe, "RXE||1^試験薬^HOT9|1||TAB^錠^MR9P") + "\r" + or(p.tq1, "TQ1|||1013044400000000&毎食後&JAMISDP01") + "\r" + "RXR|PO^口^HL70162\r" + p.more
	body, lost := jis.Encode(text)
	if len(lost) > 0 {
		t.Fatal(lost)
	}
	body = []byte(strings.NewReplacer("{vendor}", "\x1b$B-!\x1b(B", "{half}", "\x1b(I1\x1b(B", "{raw}", "試", "{hole}", "\x1b$B)!\x1b(B").Replace(string(body)))
	doc, err := ReadDocument(named("0000012345", "20240601", "OMP-01", or(p.order, "000000000000801"), or(p.timestamp, "20240601120000000"), or(p.department, "01"), Current), body)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// Everything that hospital IT can mend is a remark of its kind, with the place and the cause
// that the warning has.
func TestRemarks(t *testing.T) {
	for name, tc := range map[string]struct {
		of   rx
		want []string // kind: detail
	}{
		"nothing": {rx{}, nil},
		"care date": {rx{orc: "ORC|NW|000000000000801|||||||20240602110000"},
			[]string{"care_date: segment 3 (ORC), field 9: care date differs from that of the folder"}},
		"no care date": {rx{orc: "ORC|NW|000000000000801"}, []string{"care_date: segment 3 (ORC), field 9: no care date"}},
		"order number": {rx{order: "000000000000802"}, []string{"order_number: segment 3 (ORC), field 2: order number differs from that of the file name"}},
		"order number of the filler": {rx{order: "000000000000802", orc: "ORC|NW|000000000000801|000000000000802||||||20240601110000"},
			[]string{"order_number: segment 3 (ORC), field 2: order number differs from that of the file name, which has the one of field 3"}},
		"department":                {rx{department: "02"}, []string{"department: segment 3 (ORC), field 17: department differs from that of the file name"}},
		"part of the department":    {rx{department: "011"}, nil},
		"department of another set": {rx{department: "02", orc: "ORC|NW|000000000000801|||||||20240601110000||||||||01^内科^99XYZ"}, nil},
		"no department":             {rx{department: "X9"}, []string{"department: name: department is no code of user table 0069"}},
		"short time stamp":          {rx{timestamp: "20240601120000"}, []string{"timestamp: name: time stamp of 14 digits, 17 are needed"}},
		"time stamp that is none":   {rx{timestamp: "20240631120000000"}, []string{"timestamp: name: time stamp is no time"}},
		"message type":              {rx{messageType: "OMP^O09^OMP_O09"}, []string{"message_type: segment 1 (MSH), field 9: message is no RDE, as in older editions, read as the data type says"}},
		"vendor's character":        {rx{rxe: "RXE||1^試験薬{vendor}^HOT9|1||TAB^錠^MR9P"}, []string{"character: segment 4 (RXE), byte 22: vendor: row 13 is no part of JIS X 0208"}},
		"half-width kana":           {rx{rxe: "RXE||1^試験薬{half}^HOT9|1||TAB^錠^MR9P"}, []string{"character: segment 4 (RXE), byte 19: halfwidth: half-width kana"}},
		"undeclared set":            {rx{charset: "|"}, []string{"charset: segment 1 (MSH), field 18: no character set declared, read as ISO-2022-JP"}},
		"another set":               {rx{rxe: "RXE||1^{raw}^HOT9|1||TAB^錠^MR9P"}, []string{"charset: segment 4 (RXE), byte 7: repaired: raw UTF-8"}},
		"hole in a name":            {rx{pid: "PID|0001||0000012345^^^^PI||A{hole}^B^^^^^L^I||19760101|F"}, []string{"hole: segment 2 (PID), byte 32: undecodable: unassigned two-byte character"}},
		"hour":                      {rx{tq1: "TQ1|||1013044400000000&毎食後&JAMISDP01||||202406012530"}, []string{"hour: segment 5 (TQ1), field 7: hour 25 means the next day"}},
		"left out":                  {rx{tq1: "TQ1|||1013044400000000&毎食後&JAMISDP01||||soon"}, []string{"left_out: segment 5 (TQ1), field 7: not a time, left out"}},
		"broken line":               {rx{more: "second half of a text\r"}, []string{"broken_line: segment 6 (RXR): line without a segment name, read as the next line of its text"}},
		"two kinds": {rx{orc: "ORC|NW|000000000000803|||||||20240602110000"}, []string{
			"order_number: segment 3 (ORC), field 2: order number differs from that of the file name", "care_date: segment 3 (ORC), field 9: care date differs from that of the folder"}},
	} {
		t.Run(name, func(t *testing.T) {
			doc := tc.of.read(t)
			var got []string
			for _, m := range doc.Remarks {
				got = append(got, fmt.Sprintf("%s: %s", m.Kind, m.Detail))
				if !strings.Contains(strings.Join(doc.Warnings, "\n"), m.Detail) {
					t.Errorf("%q is no warning", m.Detail)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("remarks (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRemarks_ofDemographics(t *testing.T) {
	doc := mustDocument(t, PatientDemographics, "ADT^A08^ADT_A01", "PID|||0000012345||試験^花子||19760231|X", "AL1|1||1^なし^99X", "AL1|2||2^卵^99X")
	if len(doc.Remarks) == 0 || doc.Remarks[0].Kind != clinical.RemarkMissing {
		t.Errorf("remarks %+v", doc.Remarks)
	}
}

// A file that is full of one thing still tells of the others.
func TestRemarks_behindAHundredWarnings(t *testing.T) {
	many := strings.Repeat("second half of a text\r", 200)
	p := rx{more: many + "NTE|1||{vendor}{half}\r", order: "000000000000802"}
	doc := p.read(t)
	for _, k := range []clinical.RemarkKind{clinical.RemarkBrokenLine, clinical.RemarkCharacter, clinical.RemarkOrderNumber} {
		if !doc.Remarks.Has(k) {
			t.Errorf("no remark of kind %s: %+v", k, doc.Remarks)
		}
	}
	if len(doc.Remarks) != 3 || len(doc.Warnings) != maxWarnings {
		t.Errorf("%d remarks, %d warnings", len(doc.Remarks), len(doc.Warnings))
	}
}

// What is normal in a hospital is nothing to mend: a cancelled entry, a second route.
func TestRemarks_notOfWhatIsNormal(t *testing.T) {
	doc := mustDocument(t, DiseaseList, "PPR^ZD1^PPR_ZD1", "PID|||0000012345||試験^花子||19760101|F", "ZPR|1|1", "PRB|DE|20240601|1^甲^99D", "PRB|AD|20240601|2^乙^99D||||||||||1^確^99D")
	if len(doc.Warnings) == 0 || len(doc.Remarks) > 0 {
		t.Errorf("warnings %q, remarks %+v", doc.Warnings, doc.Remarks)
	}
}
