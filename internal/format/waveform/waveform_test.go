package waveform_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/recordtest"
	"mizuhiki.dev/mizuhiki/internal/format/refusaltest"
	"mizuhiki.dev/mizuhiki/internal/format/sampletest"
	"mizuhiki.dev/mizuhiki/internal/format/stream"
	"mizuhiki.dev/mizuhiki/internal/format/waveform"
)

func over(read func(*stream.Reader) (waveform.Recording, error), body string) (waveform.Recording, error) {
	budget := int64(16 << 20)
	return read(stream.New(strings.NewReader(body), int64(len(body)), &budget))
}

func two(samples int64, names ...string) []waveform.Lead {
	var out []waveform.Lead
	for _, n := range names {
		out = append(out, waveform.Lead{Name: n, Rate: 500, Scale: 1.25, Unit: "µV", Samples: samples})
	}
	return out
}

func TestReadMFER(t *testing.T) {
	ecg := func(leads ...waveform.Lead) []waveform.Part {
		return []waveform.Part{{Name: "standard 12-lead ECG", Leads: leads}}
	}
	plain := recordtest.MFER(recordtest.BigEndian, "\x00\x04", "\x00\x01")
	swap := func(old, new string) string {
		if !strings.Contains(plain, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(plain, old, new, 1)
	}
	for _, tc := range []struct {
		name, in string
		want     []waveform.Part
		warning  string
	}{
		{"big endian", plain, ecg(two(4, "II", "V1")...), ""},
		{"little endian", strings.NewReplacer(recordtest.BigEndian, recordtest.LittleEndian, "\xFD\x00\x02", "\xFD\x02\x00", "\xF8\x00\x7D", "\xF8\x7D\x00", "\x09\x02\x00\x02", "\x09\x02\x02\x00", "\x09\x02\x00\x03", "\x09\x02\x03\x00",
			"\x08\x02\x00\x01", "\x08\x02\x01\x00", "\x04\x02\x00\x04", "\x04\x02\x04\x00", "\x06\x02\x00\x01", "\x06\x02\x01\x00").Replace(plain), ecg(two(4, "II", "V1")...), ""},
		{"two sequences", recordtest.MFER(recordtest.BigEndian, "\x00\x02", "\x00\x02"), ecg(two(4, "II", "V1")...), ""},
		{"sequences until the data end", recordtest.MFER(recordtest.BigEndian, "\x00\x01", ""), ecg(two(4, "II", "V1")...), ""},
		{"more data than are declared", recordtest.MFER(recordtest.BigEndian, "\x00\x03", "\x00\x01"), ecg(two(3, "II", "V1")...), "waveform 1: 4 bytes behind the samples that are declared"},
		{"a rate", swap("\x0B\x04\x01\xFD\x00\x02", "\x0B\x04\x00\x00\x01\xF4"), ecg(two(4, "II", "V1")...), ""},
		{"no rate but the default", swap("\x0B\x04\x01\xFD\x00\x02", ""), ecg(
			waveform.Lead{Name: "II", Rate: 1000, Scale: 1.25, Unit: "µV", Samples: 4}, waveform.Lead{Name: "V1", Rate: 1000, Scale: 1.25, Unit: "µV", Samples: 4}), ""},
		{"no sensitivity", swap("\x0C\x04\x00\xF8\x00\x7D", ""), ecg(
			waveform.Lead{Name: "II", Rate: 500, Samples: 4}, waveform.Lead{Name: "V1", Rate: 500, Samples: 4}), "waveform 1: channel 2: no sensitivity"},
		{"a channel of its own kind", swap(recordtest.Lead(1, recordtest.Define(0x09, "\x00\x03")), recordtest.Lead(1, recordtest.Define(0x04, "\x02")+recordtest.Define(0x0A, "\x02")+recordtest.Define(0x0B, "\x01\xFD\x04")+recordtest.Define(0x0C, "\x01\xFF\x05")+recordtest.Define(0x09, "\x01\x00PA"))), ecg(
			waveform.Lead{Name: "II", Rate: 500, Scale: 1.25, Unit: "µV", Samples: 4}, waveform.Lead{Name: "PA", Rate: 250, Scale: 0.5, Unit: "mmHg", Samples: 2}), ""},
		{"a channel of indefinite length", swap(recordtest.Lead(0, recordtest.Define(0x09, "\x00\x02")), "\x3F\x00\x80"+recordtest.Define(0x09, "\x00\x08")+"\x00\x00"), ecg(two(4, "V6", "V1")...), ""},
		{"a lead that is not known", swap(recordtest.Lead(0, recordtest.Define(0x09, "\x00\x02")), recordtest.Lead(0, recordtest.Define(0x09, "\x01\x23"))), ecg(two(4, "lead 291", "V1")...), ""},
		{"a channel that is not there", swap(recordtest.Lead(1, recordtest.Define(0x09, "\x00\x03")), recordtest.Lead(9, recordtest.Define(0x09, "\x00\x03"))), ecg(two(4, "II", "channel 2")...), "definitions of channel 10, of which there are 2"},
		{"channels counted anew", swap(recordtest.Define(0x1E, strings.Repeat("\x00\x01", 8)), recordtest.Define(0x05, "\x02")+recordtest.Define(0x1E, strings.Repeat("\x00\x01", 8))), ecg(two(4, "channel 1", "channel 2")...), ""},
		{"AHA compression", swap(recordtest.Lead(0, ""+recordtest.Define(0x09, "\x00\x02")), recordtest.Define(0x0A, "\x09")+recordtest.Lead(0, recordtest.Define(0x09, "\x00\x02"))), ecg(two(4, "II", "V1")...), "compressed"},
		{"a beat behind the rhythm", plain + recordtest.Define(0x08, "\x00\x09") + recordtest.Define(0x04, "\x00\x02") + recordtest.Define(0x06, "") + recordtest.Define(0x1E, "12345678") + "\x80\x00",
			append(ecg(two(4, "II", "V1")...), waveform.Part{Name: "dominant beat", Leads: two(2, "II", "V1")}), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if !waveform.IsMFER([]byte(tc.in)) {
				t.Error("not recognised")
			}
			got, err := over(waveform.ReadMFER, tc.in)
			if diff := cmp.Diff(tc.want, got.Parts); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if all := strings.Join(got.Warnings, "; "); !strings.Contains(all, tc.warning) || tc.warning == "" && all != "" {
				t.Errorf("warnings %q, want %q", all, tc.warning)
			}
		})
	}
}

func TestReadSCP(t *testing.T) {
	want := waveform.Recording{
		Subjects:     []waveform.Subject{{BirthDate: "19760101"}, {Sex: clinical.Female}, {ID: "0000012345"}},
		SubjectsRead: true,
		Parts:        []waveform.Part{{Name: "rhythm", Leads: two(4, "I", "V2")}},
	}
	body := recordtest.SCP(nil)
	if !waveform.IsSCP([]byte(body)) {
		t.Error("not recognised")
	}
	got, err := over(waveform.ReadSCP, body)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if w := waveform.Checksums([]byte(body)); w != nil {
		t.Errorf("checksums: %v", w)
	}
	for name, tc := range map[string]struct {
		others  map[int]string
		warning string
	}{
		"Huffman tables": {map[int]string{2: "\x1F\x4E", 6: "\xE2\x04\xD0\x07\x02\x00\x01\x00\x01\x00\x55\x55"}, "section 6: compressed: how many samples it has is as declared"},
		"bimodal":        {map[int]string{6: "\xE2\x04\xD0\x07\x00\x01\x02\x00\x02\x00\x55\x55\x55\x55"}, "section 6: bimodal compression: how many samples it has is as declared"},
	} {
		got, err := over(waveform.ReadSCP, recordtest.SCP(tc.others))
		if diff := cmp.Diff(want.Parts, got.Parts); diff != "" || err != nil || !slices.Contains(got.Warnings, tc.warning) {
			t.Errorf("%s: %v, warnings %v (-want +got):\n%s", name, err, got.Warnings, diff)
		}
	}
}

func TestChecksums(t *testing.T) {
	body := []byte(recordtest.SCP(nil))
	at := bytes.Index(body, []byte("0000012345"))
	body[at] = '9'
	want := []string{"checksum of the file: wrong", "checksum of section 1: wrong"}
	if diff := cmp.Diff(want, waveform.Checksums(body)); diff != "" {
		t.Errorf("a bit that fell (-want +got):\n%s", diff)
	}
	want = []string{fmt.Sprintf("length: %d bytes are said, the file has %d", len(body), len(body)+1), "checksum of the file: wrong", "checksum of section 1: wrong"}
	if diff := cmp.Diff(want, waveform.Checksums(append(body, 0))); diff != "" {
		t.Errorf("a byte behind it (-want +got):\n%s", diff)
	}
}

func TestReadAnnotated(t *testing.T) {
	got, err := waveform.ReadAnnotated([]byte(recordtest.Annotated("1 2\n3 -4", "1 2 3 <!-- and --> 4")))
	want := []waveform.Part{{Name: "RHYTHM", Leads: two(4, "II", "aVR")}}
	if diff := cmp.Diff(want, got.Parts); diff != "" || err != nil || len(got.Warnings) > 0 {
		t.Errorf("%v, %v (-want +got):\n%s", err, got.Warnings, diff)
	}
	for unit, value := range map[string]string{"ms": "2", "us": "2000"} {
		got, err := waveform.ReadAnnotated([]byte(strings.Replace(recordtest.Annotated("1", "2"), `value="0.002" unit="s"`, `value="`+value+`" unit="`+unit+`"`, 1)))
		if err != nil || got.Parts[0].Leads[1].Rate != 500 {
			t.Errorf("%s: %v, %+v", unit, err, got.Parts)
		}
	}
	got, err = waveform.ReadAnnotated([]byte(strings.Replace(recordtest.Annotated("1", "2"), "MDC_ECG_LEAD_AVR", "", 1)))
	if err != nil || got.Parts[0].Leads[1].Name != "channel 2" {
		t.Errorf("a lead without a code: %v, %+v", err, got.Parts)
	}
	got, err = waveform.ReadAnnotated([]byte(strings.Replace(recordtest.Annotated("1", "2"), `unit="s"`, `unit="min"`, 1)))
	if want := []string{"series 1: no sampling interval"}; err != nil || !slices.Equal(got.Warnings, want) {
		t.Errorf("an unknown unit: %v, %q", err, got.Warnings)
	}
}

// statements makes more than may be made of whom a recording is of.
func statements(one func(n int) string) string {
	var b strings.Builder
	for n := range 65 {
		b.WriteString(one(n))
	}
	return b.String()
}

func TestRefusals(t *testing.T) {
	refused := map[string]error{}
	plain := recordtest.MFER(recordtest.BigEndian, "\x00\x04", "\x00\x01")
	data := recordtest.Define(0x1E, strings.Repeat("\x00\x01", 8))
	for name, body := range map[string]string{
		"MFER: a length of nothing":          plain + "\x04\x85",
		"MFER: a channel cut":                strings.Replace(plain, "\x3F\x00\x04\x09\x02", "\x3F\x00\x04\x09\x09", 1),
		"MFER: samples cut":                  plain[:len(plain)-1],
		"MFER: a value longer than any":      recordtest.Preamble + "\x82\x83\x01\x00\x01" + strings.Repeat(" ", 0x10001),
		"MFER: samples without an end":       recordtest.Preamble + "\x1E\x80\x00\x01",
		"MFER: no channel":                   strings.Replace(plain, "\x05\x01\x02", "\x05\x01\x00", 1),
		"MFER: many channels":                recordtest.Preamble + recordtest.Define(0x05, "\x00\x00\x04\x01") + data,
		"MFER: a block of none":              recordtest.MFER(recordtest.BigEndian, "\x00", "\x01"),
		"MFER: a sample more":                recordtest.MFER(recordtest.BigEndian, "\x05", "\x01"),
		"MFER: a sequence more":              recordtest.MFER(recordtest.BigEndian, "\x04", "\x02"),
		"MFER: not one block":                recordtest.MFER(recordtest.BigEndian, "\x00\x00\x01\x00", ""),
		"MFER: more than can be, compressed": strings.Replace(recordtest.MFER(recordtest.BigEndian, "\xFF\xFF\xFF\xFF", "\xFF\xFF\xFF\xFF"), data, recordtest.Define(0x0A, "\x09")+data, 1),
		"MFER: many waveforms":               plain + strings.Repeat(data, 256),
		"MFER: of very many":                 plain + statements(func(n int) string { return recordtest.Define(0x82, fmt.Sprintf("%010d", n)) }),
		"MFER: no samples":                   recordtest.Preamble + recordtest.BigEndian,
	} {
		_, refused[name] = over(waveform.ReadMFER, body)
	}
	wrong := func(n int, head string) string { // another number in the head of a section
		s := recordtest.SCP(nil)
		at := strings.Index(s, recordtest.SCPSections[n]) - 14
		return s[:at] + head + s[at+1:]
	}
	within := recordtest.SCP(nil) // section 3 is said to lie in section 0
	within = within[:48] + "\x07" + within[49:]
	for name, body := range map[string]string{
		"SCP: nothing":                     "\x00\x00\x00\x00\x00\x00",
		"SCP: three bytes":                 "\x00\x00\x00",
		"SCP: a section 0 longer than all": recordtest.SCP(nil)[:40],
		"SCP: of very many":                recordtest.SCP(map[int]string{1: statements(func(n int) string { return fmt.Sprintf("\x02\x0B\x00%010d\x00", n) })}),
		"SCP: cut":                         recordtest.SCP(nil)[:len(recordtest.SCP(nil))-1],
		"SCP: sections in each other":      within,
		"SCP: another section":             wrong(3, "\x04"),
		"SCP: a field beyond its section":  recordtest.SCP(map[int]string{1: "\x02\xFF\xFF0000012345"}),
		"SCP: section 3 cut":               recordtest.SCP(map[int]string{3: "\x02"}),
		"SCP: leads cut":                   recordtest.SCP(map[int]string{3: recordtest.SCPSections[3][:19]}),
		"SCP: section 6 cut":               recordtest.SCP(map[int]string{6: recordtest.SCPSections[6][:9]}),
		"SCP: no section 3":                recordtest.SCP(map[int]string{3: ""}),
		"SCP: no section 6":                recordtest.SCP(map[int]string{6: ""}),
		"SCP: no lead":                     recordtest.SCP(map[int]string{3: "\x00\x00"}),
		"SCP: a lead that runs back":       recordtest.SCP(map[int]string{3: "\x01\x0C\x05\x00\x00\x00\x04\x00\x00\x00\x01"}),
		"SCP: leads beyond their section":  recordtest.SCP(map[int]string{6: recordtest.SCPSections[6][:25]}),
		"SCP: fewer samples":               recordtest.SCP(map[int]string{3: strings.ReplaceAll(recordtest.SCPSections[3], "\x04\x00\x00\x00", "\x05\x00\x00\x00")}),
		"SCP: fewer bits":                  recordtest.SCP(map[int]string{2: "\x1F\x4E", 3: strings.ReplaceAll(recordtest.SCPSections[3], "\x04\x00\x00\x00", "\x41\x00\x00\x00")}),
		"SCP: no time between samples":     recordtest.SCP(map[int]string{6: strings.Replace(recordtest.SCPSections[6], "\xD0\x07", "\x00\x00", 1)}),
		"SCP: a section with no head":      strings.Replace(recordtest.SCP(nil), "\x03\x00\x24\x00", "\x03\x00\x04\x00", 1),
	} {
		_, refused[name] = over(waveform.ReadSCP, body)
	}
	budget := int64(len(recordtest.Preamble) + 300*12)
	ids := recordtest.Preamble + strings.Repeat(recordtest.Define(0x82, "0000012345"), 1000)
	_, refused["MFER: definitions that are not within what may be read"] = waveform.ReadMFER(stream.New(strings.NewReader(ids), int64(len(ids)), &budget))
	far := recordtest.SCP(nil)
	budget = 100
	_, refused["SCP: not within what may be read"] = waveform.ReadSCP(stream.New(strings.NewReader(far), int64(len(far)), &budget))

	many := func(part string, n int) string {
		s := recordtest.Annotated("1", "2")
		at, end := strings.Index(s, "<"+part+">"), strings.LastIndex(s, "</"+part+">")+len(part)+3
		return s[:at] + strings.Repeat(s[at:end], n) + s[end:]
	}
	for name, body := range map[string]string{
		"aECG: cut":            recordtest.Annotated("1", "2")[:500],
		"aECG: no leads":       "<AnnotatedECG/>",
		"aECG: no samples":     recordtest.Annotated("1", ""),
		"aECG: a sample fewer": recordtest.Annotated("1 2", "1"),
		"aECG: many series":    many("series", 257),
		"aECG: too many leads": strings.Replace(recordtest.Annotated("1", "2"), "</sequenceSet>", strings.Repeat(`<sequence><value><digits>1</digits></value></sequence>`, 1024)+"</sequenceSet>", 1),
	} {
		_, refused[name] = waveform.ReadAnnotated([]byte(body))
	}
	delete(refused, "aECG: cut") // refused by package cda, whose table has it
	refusaltest.Check(t, refused)
}

// What other programs wrote, and CASES.md says of the self-made files.
func TestSamples(t *testing.T) {
	stored := []string{"I", "II", "V1", "V2", "V3", "V4", "V5", "V6"}
	mferParts := func() []waveform.Part {
		return []waveform.Part{{Name: "standard 12-lead ECG", Leads: two(5000, stored...)}, {Name: "dominant beat", Leads: two(600, stored...)}}
	}
	twelve := append(slices.Clone(stored), "III", "aVR", "aVL", "aVF")
	of := func(name string, samples int64) waveform.Part {
		p := waveform.Part{Name: name, Leads: two(samples, twelve...)}
		for i := range p.Leads {
			p.Leads[i].Scale = 2.5
		}
		return p
	}
	for _, tc := range []struct {
		file string
		read func(b []byte) (waveform.Recording, error)
		want []waveform.Part
	}{
		{"synthetic_12lead_le_utf8.mwf", func(b []byte) (waveform.Recording, error) { return over(waveform.ReadMFER, string(b)) }, mferParts()},
		{"synthetic_12lead_be_sjis.mwf", func(b []byte) (waveform.Recording, error) { return over(waveform.ReadMFER, string(b)) }, mferParts()},
		{"ecgtoolkit_Example.scp", func(b []byte) (waveform.Recording, error) { return over(waveform.ReadSCP, string(b)) }, []waveform.Part{of("rhythm", 5000)}},
		{"ecgtoolkit_Example.xml", waveform.ReadAnnotated, []waveform.Part{of("RHYTHM", 5000), of("REPRESENTATIVE_BEAT", 599)}},
	} {
		t.Run(tc.file, func(t *testing.T) {
			b := sampletest.File(t, "ecg/"+tc.file)
			got, err := tc.read(b)
			if diff := cmp.Diff(tc.want, got.Parts); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if _, err := tc.read(b[:len(b)*3/4]); err == nil {
				t.Error("a quarter is cut off, and nothing is refused")
			}
			if strings.HasSuffix(tc.file, "scp") {
				if w := waveform.Checksums(b); w != nil {
					t.Errorf("checksums: %v", w)
				}
			}
		})
	}
}
