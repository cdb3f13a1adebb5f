package filing

import (
	"bytes"
	std "cmp"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

const (
	temperature = "9P10000000000001^体温^JC10"
	pulseRate   = "9P300000000000001^脈拍^JC10"
)

// ward writes vital signs as a ward system does: sent is the second of the day in MSH-7,
// empty for one that says no seconds.
type ward struct{ sender, patient, order, sent string }

func (w ward) says(id string, obx ...string) string {
	sent := "202611251200"
	if w.sent != "" {
		sent += w.sent
	}
	sender, patient, order := w.sender, w.patient, w.order
	if sender == "" {
		sender = "WARD"
	}
	if patient == "" {
		patient = "0000001"
	}
	if order == "" {
		order = "V1"
	}
	return `MSH|^~\&|` + sender + `|H|GW|M|` + sent + `||ORU^R30^ORU_R30|` + id + "|P|2.5||||||UNICODE UTF-8\r" +
		"PID|||" + patient + "^^^^PI||MIZUHIKI^HANAKO||19480229|F\rPV1||I|W1\rORC|SC|" + order + "|||CM||||||||||||05^^HL70069\rOBR|1|" + order + "||V^バイタル^99V|||202611251400\r" +
		strings.Join(obx, "\r") + "\r"
}

func obx(test, value, at, status string) string {
	return "OBX|1|NM|" + test + "||" + value + "||||||" + status + "|||" + at
}

// inKanji gives a message that is written in ISO-2022-JP.
func inKanji(body string) string {
	body = strings.Replace(body, "UNICODE UTF-8", "~ISO IR87", 1)
	return strings.Replace(body, "バイタル", "\x1b$B%P%$%?%k\x1b(B", 1)
}

// contents reads what an extended storage holds, by the names of its current contents
// without the moment of receipt: code and time of each measurement with its value.
func contents(t *testing.T, dir string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, p := range folders(t, dir) {
		n, err := extended.ParsePath(p)
		if err != nil {
			t.Fatal(err)
		}
		if n.Flag != ssmix2.Current {
			continue
		}
		body, err := os.ReadFile(filepath.Join(ExtendedDir(dir), p, mainDocument))
		if err != nil {
			t.Fatal(err)
		}
		read, err := extended.Read(n, extended.Person{ID: n.PatientID}, []extended.File{{
			Name: mainDocument, Size: int64(len(body)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
		}})
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		if len(read.Document.Warnings) > 0 {
			t.Errorf("%s: warnings %q", p, read.Document.Warnings)
		}
		key := strings.Join([]string{string(n.PatientID), strings.Split(n.OrderNo, "-")[0], n.Department}, " ")
		for _, v := range read.Document.Vitals {
			out[key] = append(out[key], fmt.Sprintf("%.5s %s %s", std.Or(v.Test.Value().Code, v.Test.Value().LocalCode), string(v.Collected)[8:], v.Value))
		}
		slices.Sort(out[key])
	}
	return out
}

// folders lists all content folders of an extended storage.
func folders(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(ExtendedDir(dir), func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && strings.HasPrefix(filepath.Base(filepath.Dir(name)), vitalSigns) {
			below, err := filepath.Rel(ExtendedDir(dir), name)
			if err != nil {
				return err
			}
			out = append(out, filepath.ToSlash(below))
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestVitals(t *testing.T) {
	w := ward{}
	at := func(second string) ward { return ward{sent: second} }
	hour14 := "0000001 2026112514 05"
	for name, tc := range map[string]struct {
		in     []string
		want   map[string][]string
		listed []string
	}{
		"one message": {
			in:   []string{w.says("1", obx(temperature, "36.5", "202611251430", "F"), obx(pulseRate, "70", "202611251430", "F"))},
			want: map[string][]string{hour14: {"9P100 1430 36.5", "9P300 1430 70"}},
		},
		"two of one hour are put together": {
			in:   []string{w.says("1", obx(temperature, "36.5", "202611251430", "F")), w.says("2", obx(pulseRate, "70", "20261125143005", "F"))},
			want: map[string][]string{hour14: {"9P100 1430 36.5", "9P300 143005 70"}},
		},
		"the sheet of a day lies under each of its hours": {
			in: []string{w.says("1", obx(temperature, "36.5", "202611250600", "F"), obx(temperature, "37.5", "202611251430", "F"), obx(temperature, "38.0", "202611260100", "F"))},
			want: map[string][]string{
				"0000001 2026112506 05": {"9P100 0600 36.5"}, hour14: {"9P100 1430 37.5"}, "0000001 2026112601 05": {"9P100 0100 38.0"},
			},
		},
		"the time of the request where none is said": {
			in:   []string{w.says("1", obx(temperature, "36.5", "", "F"))},
			want: map[string][]string{hour14: {"9P100 1400 36.5"}},
		},
		"of the day alone": {
			in:   []string{w.says("1", obx(temperature, "36.5", "20261125", "F"))},
			want: map[string][]string{"0000001 20261125 05": {"9P100  36.5"}},
		},
		"a time of another zone": {
			in:   []string{w.says("1", obx(temperature, "36.5", "202611251430+0000", "F"))},
			want: map[string][]string{"0000001 2026112523 05": {"9P100 1430+0000 36.5"}},
		},
		"a correction": {
			in:   []string{w.says("1", obx(temperature, "63.5", "202611251430", "F"), obx(pulseRate, "70", "202611251430", "F")), w.says("2", obx(temperature, "36.5", "20261125143000", "C"))},
			want: map[string][]string{hour14: {"9P100 143000 36.5", "9P300 1430 70"}},
		},
		"a later value of the same time": {
			in:   []string{w.says("1", obx(temperature, "63.5", "202611251430", "P")), w.says("2", obx(temperature, "36.5", "202611251430", "F"))},
			want: map[string][]string{hour14: {"9P100 1430 36.5"}},
		},
		"a withdrawal": {
			in:   []string{w.says("1", obx(temperature, "63.5", "202611251430", "F"), obx(pulseRate, "70", "202611251430", "F")), w.says("2", obx(temperature, "", "202611251430", "D"))},
			want: map[string][]string{hour14: {"9P300 1430 70"}},
		},
		"a withdrawal of all": {
			in:   []string{w.says("1", obx(temperature, "63.5", "202611251430", "F")), w.says("2", obx(temperature, "", "202611251430", "W"))},
			want: map[string][]string{},
		},
		"a withdrawal of what is not there": {
			in:   []string{w.says("1", obx(temperature, "", "202611251430", "D"))},
			want: map[string][]string{}, listed: []string{"1 cancels_nothing"},
		},
		"an order is cancelled with its measurements": {
			in: []string{w.says("1", obx(temperature, "63.5", "202611251430", "F"), obx(pulseRate, "70", "202611251430", "F")),
				strings.Replace(w.says("2", obx(temperature, "63.5", "202611251430", "F")), "ORC|SC|", "ORC|CA|", 1)},
			want: map[string][]string{hour14: {"9P300 1430 70"}},
		},
		"an order is cancelled by its number": {
			in: []string{w.says("1", obx(temperature, "63.5", "202611251430", "F"), obx(temperature, "36.5", "202611250600", "F")), ward{order: "V2"}.says("2", obx(pulseRate, "70", "202611251430", "F")),
				strings.Replace(w.says("3"), "ORC|SC|", "ORC|CA|", 1)},
			want: map[string][]string{hour14: {"9P300 1430 70"}},
		},
		"an order that is not there is cancelled": {
			in:   []string{w.says("1", obx(temperature, "36.5", "202611251430", "F")), strings.Replace(ward{order: "V9"}.says("2"), "ORC|SC|", "ORC|CA|", 1)},
			want: map[string][]string{hour14: {"9P100 1430 36.5"}}, listed: []string{"2 cancels_nothing"},
		},
		"again after it was withdrawn, newly made": {
			in:   []string{at("01").says("1", obx(temperature, "63.5", "202611251430", "F")), at("02").says("2", obx(temperature, "", "202611251430", "D")), at("03").says("3", obx(temperature, "36.5", "202611251430", "F"))},
			want: map[string][]string{hour14: {"9P100 1430 36.5"}},
		},
		"what was withdrawn comes again": {
			in:   []string{at("01").says("1", obx(temperature, "63.5", "202611251430", "F")), at("02").says("2", obx(temperature, "", "202611251430", "D")), at("01").says("3", obx(temperature, "63.5", "202611251430", "F"))},
			want: map[string][]string{}, listed: []string{"3 overtaken"},
		},
		"what was corrected comes again, and no clock tells": {
			in:   []string{w.says("1", obx(temperature, "63.5", "202611251430", "F")), w.says("2", obx(temperature, "36.5", "202611251430", "C")), w.says("3", obx(temperature, "63.5", "202611251430", "F"))},
			want: map[string][]string{hour14: {"9P100 1430 36.5"}}, listed: []string{"3 overtaken"},
		},
		"a correction overtook what it corrects": {
			in:   []string{at("02").says("2", obx(temperature, "36.5", "202611251430", "C")), at("01").says("1", obx(temperature, "63.5", "202611251430", "F"), obx(pulseRate, "70", "202611251430", "F"))},
			want: map[string][]string{hour14: {"9P100 1430 36.5", "9P300 1430 70"}}, listed: []string{"1 overtaken"},
		},
		"twice within a minute": {
			in: []string{w.says("1", obx(pulseRate, "70", "202611251430", "F"), obx(pulseRate, "72", "202611251430", "F")),
				w.says("2", obx(pulseRate, "70", "202611251430", "F"), obx(pulseRate, "71", "202611251430", "C")), w.says("3", obx(temperature, "36.5", "202611251431", "F"))},
			want: map[string][]string{hour14: {"9P100 1431 36.5", "9P300 1430 70", "9P300 1430 71"}},
		},
		"two devices": {
			in:   []string{w.says("1", obx(pulseRate, "70", "202611251430", "F")+"||||ECG1"), w.says("2", obx(pulseRate, "72", "202611251430", "F")+"||||SPO2")},
			want: map[string][]string{hour14: {"9P300 1430 70", "9P300 1430 72"}},
		},
		"two senders": {
			in:   []string{w.says("1", obx(pulseRate, "70", "202611251430", "F")), ward{sender: "MONITOR"}.says("2", obx(pulseRate, "72", "202611251430", "C"))},
			want: map[string][]string{hour14: {"9P300 1430 70", "9P300 1430 72"}},
		},
		"another person under the number is never put to it": {
			in:   []string{w.says("1", obx(pulseRate, "70", "202611251430", "F")), strings.Replace(w.says("2", obx(pulseRate, "99", "202611251430", "F")), "HANAKO||19480229|F", "TARO||20010101|M", 1)},
			want: map[string][]string{hour14: {"9P300 1430 70", "9P300 1430 99"}},
		},
		"kanji of which a half is a delimiter": {
			in: []string{inKanji(w.says("1", obx("1^\x1b$B0|\x1b(B^99X", "36.5", "202611251430", "F"))), inKanji(w.says("2", obx("1^\x1b$B0|\x1b(B^99X", "36.6", "202611251430", "C"), obx("2^\x1b$B0|\x1b(B^99X", "1", "202611251430", "F"))),
				inKanji(w.says("3", obx("2^\x1b$B0|\x1b(B^99X", "", "202611251430", "D")))},
			want: map[string][]string{hour14: {"1 1430 36.6"}},
		},
		"ORU^R01 of nothing but vital signs": {
			in:   []string{strings.Replace(w.says("1", obx(pulseRate, "70", "202611251430", "F"), obx("9N006000000000001^体重^JC10", "50", "202611251430", "F")), "ORU^R30^ORU_R30", "ORU^R01^ORU_R01", 1)},
			want: map[string][]string{hour14: {"9N006 1430 50", "9P300 1430 70"}},
		},
		"ORU^R01 with something else": {
			in:   []string{strings.Replace(w.says("1", obx(pulseRate, "70", "202611251430", "F"), obx("X^甲^99X", "50", "202611251430", "F")), "ORU^R30^ORU_R30", "ORU^R01^ORU_R01", 1)},
			want: map[string][]string{}, listed: []string{"1 no_place"},
		},
		"no time":               {in: []string{strings.Replace(w.says("1", obx(pulseRate, "70", "", "F")), "|||202611251400", "", 1)}, want: map[string][]string{}, listed: []string{"1 no_place"}},
		"a time that is none":   {in: []string{w.says("1", obx(pulseRate, "70", "2026", "F"))}, want: map[string][]string{}, listed: []string{"1 no_place"}},
		"no test":               {in: []string{w.says("1", obx(pulseRate, "70", "202611251430", "F"), obx("", "70", "202611251430", "F"))}, want: map[string][]string{}, listed: []string{"1 no_place"}},
		"nothing measured":      {in: []string{w.says("1", "NTE|1||甲")}, want: map[string][]string{}, listed: []string{"1 no_place"}},
		"a specimen":            {in: []string{w.says("1", obx(pulseRate, "70", "202611251430", "F"), "SPM|1|||023^血清^JC10")}, want: map[string][]string{}, listed: []string{"1 no_place"}},
		"the gateway's own":     {in: []string{w.says("1", obx(pulseRate, "70", "202611251430", "F"), "ZHX|W|OBX|1")}, want: map[string][]string{}, listed: []string{"1 no_place"}},
		"a number of no folder": {in: []string{ward{patient: "../../.."}.says("1", obx(pulseRate, "70", "202611251430", "F"))}, want: map[string][]string{}, listed: []string{"1 no_place"}},
		"a number that is read as another": {
			in:   []string{ward{patient: "000000_20260101_1"}.says("1", obx(pulseRate, "70", "202611251430", "F"))},
			want: map[string][]string{}, listed: []string{"1 filing"},
		},
		"a number that is too long for a name": {
			in:   []string{ward{patient: strings.Repeat("1", 200)}.says("1", obx(pulseRate, "70", "202611251430", "F"))},
			want: map[string][]string{}, listed: []string{"1 filing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			together, apart := t.TempDir(), t.TempDir()
			all := newOffice(t, together, nil)
			all.mustFile(t, tc.in...)
			one := newOffice(t, apart, nil)
			for _, b := range tc.in {
				one.mustFile(t, b)
			}
			for batch, o := range map[string]*office{"in one batch": all, "one by one": one} {
				for again := range 2 {
					if diff := cmp.Diff(tc.want, contents(t, o.cfg.Dir)); diff != "" {
						t.Errorf("%s, time %d: contents (-want +got):\n%s", batch, again, diff)
					}
					if got := o.listedFor(t); strings.Join(got, ",") != strings.Join(tc.listed, ",") {
						t.Errorf("%s, time %d: listed %q, want %q", batch, again, got, tc.listed)
					}
					before := snapshot(t, o.cfg.Dir)
					o.seq = 0
					o.mustFile(t, tc.in...) // as after a crash
					if diff := cmp.Diff(before, snapshot(t, o.cfg.Dir)); diff != "" {
						t.Errorf("%s: read again (-want +got):\n%s", batch, diff)
					}
				}
			}
		})
	}
}

// snapshot gives all contents of an extended storage, byte for byte.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, p := range folders(t, dir) {
		body, err := os.ReadFile(filepath.Join(ExtendedDir(dir), p, mainDocument))
		if err != nil {
			t.Fatal(err)
		}
		out[p] = string(body)
	}
	return out
}

// In whatever order messages arrive that say when they were made, the same holds.
func TestVitals_anyOrder(t *testing.T) {
	at := func(second string) ward { return ward{sent: second} }
	in := []string{
		at("01").says("1", obx(temperature, "63.5", "202611251430", "F"), obx(pulseRate, "70", "202611251430", "F")),
		at("02").says("2", obx(temperature, "36.5", "202611251430", "C")),
		at("03").says("3", obx(pulseRate, "", "202611251430", "D")),
		at("04").says("4", obx(pulseRate, "75", "202611251430", "F"), obx(temperature, "37.0", "202611251500", "F")),
	}
	want := map[string][]string{"0000001 2026112514 05": {"9P100 1430 36.5", "9P300 1430 75"}, "0000001 2026112515 05": {"9P100 1500 37.0"}}
	var permute func(done, left []string)
	permute = func(done, left []string) {
		if len(left) == 0 {
			o := newOffice(t, t.TempDir(), nil)
			o.mustFile(t, done...)
			if diff := cmp.Diff(want, contents(t, o.cfg.Dir)); diff != "" {
				var ids []string
				for _, b := range done {
					ids = append(ids, strings.Split(b, "|")[9])
				}
				t.Errorf("order %v (-want +got):\n%s", ids, diff)
			}
			return
		}
		for i := range left {
			permute(append(slices.Clone(done), left[i]), slices.Delete(slices.Clone(left), i, i+1))
		}
	}
	permute(nil, in)
}

// Nothing that was said is lost: what was corrected stands in the content, where no reader
// takes it for what holds.
func TestVitals_keepsWhatWasCorrected(t *testing.T) {
	o := newOffice(t, t.TempDir(), nil)
	o.mustFile(t, ward{}.says("1", obx(temperature, "63.5", "202611251430", "F"), "NTE|1||腋窩"))
	o.mustFile(t, ward{}.says("2", obx(temperature, "36.5", "202611251430", "C")))
	all := slices.Collect(maps.Values(snapshot(t, o.cfg.Dir)))
	if len(all) != 1 {
		t.Fatalf("%d contents, want 1", len(all))
	}
	for _, want := range []string{"\rZHX|R|OBX|1|NM|9P100", "\rZHX|R|NTE|1||腋窩\r", "\rOBX|1|NM|9P10000000000001^体温^JC10||36.5|", "|20261125120000|1\r", "\rZRC|20261125030002000000|"} {
		if want = strings.Replace(want, "|20261125120000|1\r", "|202611251200|1\r", 1); !strings.Contains(all[0], want) {
			t.Errorf("content lacks %q:\n%s", want, strings.ReplaceAll(all[0], "\r", "\n"))
		}
	}
}
