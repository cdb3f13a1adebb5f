package inspect_test

import (
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/sampletest"
	"mizuhiki.dev/mizuhiki/internal/inspect"
)

// What CASES.md says of each file of the storages, as a line must show it.
func TestSamples_storages(t *testing.T) {
	const who = `"name":"試験 花子","kana":"シケン ハナコ","birth_date":"1976-01-01","sex":"F"`
	for _, c := range []struct {
		folder string
		want   map[string][]string // end of the path → parts of the line
	}{
		{"ssmix2/self-made/storage", map[string][]string{
			"_ADT-00_999999999999999_20240401090000000_-_2": {`"flag":"2"`, who, "旧住所町１－１", `"allergen":"ペニシリン"`, `"value":"158.2"`},
			"_ADT-00_999999999999999_20240601090000000_-_1": {`"flag":"1"`, who, "新住所町２－２", `"allergen":"ペニシリン"`},
			"_PPR-01_999999999999999_20240601100000000_01_1": {
				`{"disease":"急性肺炎","code":"20058577","system":"MDCDX2","icd10":"J189","start":"20240601","suspected":true}`,
				`{"disease":"胃炎","code":"20054174","system":"MDCDX2","icd10":"K297","start":"20230101"}`,
			},
			"_ADT-12_999999999999999_20240601090500000_01_1": {`"event":"reception"`, `"attending":"医師 一郎"`, `"start":"20240601090500"`},
			"_OML-11_000000000000900_20240601123000000_01_1": {
				`"value":"7.2","unit":"g/dL","range":"6.7-8.3","flag":"N"`, `"value":"10.0","unit":"mg/dL","range":"0.00-0.30","flag":"H"`,
				`"value":"<0.05","unit":"IU/mL"`, `"value":"溶血あり"`, `"specimen":"血清","collected":"202406010930"`,
			},
			"_OMP-01_000000000000777_20240601101500000_01_2": {`"flag":"2"`, `"days":5`, `"total":"15"`},
			"_OMP-01_000000000000777_20240601103000000_01_1": {
				`"flag":"1"`, `"drug":"ダーゼン錠（５mg)","code":"108665201","system":"HOT9","dose":"1","unit":"錠","daily_dose":"3"`,
				`"usage":"内服・経口・１日３回朝昼夕食後","usage_code":"1013044400000000","days":7`,
				`"drug":"試験軟膏","code":"620002559","local_code":"620002559","total":"2","total_unit":"本"`,
			},
			"_OMP-01_000000000000778_20240601110000000_01_0": {`"flag":"0"`, `"days":3`},
			"_OMP-01_000000000000778_20240601113000000_01_0": {`"flag":"0"`, `"days":3`},
		}},
		{"ssmix2/self-made/extended", map[string][]string{
			"_000000000000002_20240601121000000_01_1/ecg.mwf":      {`"media_type":"application/x-mfer"`, `"flag":"1"`, "belongs to another patient"},
			"_000000000000001_20240601120000000_01_2/referral.pdf": {`"kind":"referral"`, `"media_type":"application/pdf"`, `"flag":"2"`},
			"_000000000000001_20240601130000000_01_1/referral.pdf": {`"kind":"referral"`, `"media_type":"application/pdf"`, `"flag":"1"`},
		}},
	} {
		lines, problems, err := run(t, sampletest.Path(t, c.folder))
		// The waveform bears another patient's number: a gateway does not show it.
		const foreign = "/ecg.mwf"
		if alien := slices.ContainsFunc(lines, func(l map[string]any) bool { return strings.HasSuffix(l["path"].(string), foreign) }); errors.Is(err, inspect.ErrUnreadable) != alien {
			t.Errorf("%s: %v\n%s", c.folder, err, problems)
		}
		if len(lines) != len(c.want) {
			t.Errorf("%s: %d lines, want %d", c.folder, len(lines), len(c.want))
		}
		for end, parts := range c.want {
			i := slices.IndexFunc(lines, func(l map[string]any) bool { return strings.HasSuffix(l["path"].(string), end) })
			if i < 0 {
				t.Errorf("no line of %s", end)
				continue
			}
			warnings := len(lines[i]["warnings"].([]any))
			if l := lines[i]; l["valid"] == strings.HasSuffix(end, foreign) || l["patient_id"] != "0000012345" || warnings != 0 {
				t.Errorf("%s: valid %v, patient %v, warnings %v", end, l["valid"], l["patient_id"], l["warnings"])
			}
			text := asPrinted(t, sampletest.Path(t, c.folder), end)
			for _, part := range parts {
				if !strings.Contains(text, part) {
					t.Errorf("%s: no %s in\n%s", end, part, text)
				}
			}
		}
	}
}

// asPrinted gives the line of a file, its fields in the order in which they are printed.
func asPrinted(t *testing.T, root, end string) string {
	t.Helper()
	var out strings.Builder
	if err := inspect.Run(t.Context(), &out, io.Discard, root); err != nil && !errors.Is(err, inspect.ErrUnreadable) {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		var l struct{ Path string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(l.Path, end) {
			return line
		}
	}
	return ""
}

// Each anomaly is decoded, remarked on, and costs no segment.
func TestSamples_charsets(t *testing.T) {
	want := map[string]struct{ name, warning string }{
		"00_nec_row13_in_jis.hl7":      {"①Ⅰ", "vendor"},
		"01_ibm_ext_hashigodaka.hl7":   {"髙橋", "vendor"},
		"02_halfwidth_kana_escI.hl7":   {"ｶﾝｼﾞｿ", "halfwidth"},
		"03_jisx0212_escD.hl7":         {"丂", "supplementary"},
		"04_jis78_and_roman.hl7":       {"試験", "old-set"},
		"05_cr_inside_jis_mode.hl7":    {"試験", "open-run"},
		"06_delims_inside_jis.hl7":     {"宮本 美奥", ""},
		"07_raw_cp932.hl7":             {"髙橋", "raw bytes read as CP932"},
		"08_raw_utf8.hl7":              {"試験", "raw UTF-8"},
		"09_fullwidth_tilde_minus.hl7": {"～－∥￣", ""},
	}
	lines, problems, err := run(t, sampletest.Path(t, "ssmix2/self-made/charset-edge"))
	if err != nil || len(lines) != len(want) {
		t.Fatalf("%d lines, want %d, %v\n%s", len(lines), len(want), err, problems)
	}
	for _, l := range lines {
		file := filepath.Base(l["path"].(string))
		w, ok := want[file]
		if !ok {
			t.Errorf("%s is not in the table", file)
			continue
		}
		if got := entry(l, 0)["name"]; got != w.name {
			t.Errorf("%s: name %q, want %q", file, got, w.name)
		}
		if all := strings.Join(warningsOf(l), "\n"); !strings.Contains(all, w.warning) {
			t.Errorf("%s: warnings %q, want %q", file, all, w.warning)
		}
	}
}

// One message in every frame is one message.
func TestSamples_framing(t *testing.T) {
	lines, _, err := run(t, sampletest.Path(t, "ssmix2/self-made/framing-edge"))
	if err != nil || len(lines) != 9 {
		t.Fatalf("%d lines, want 9, %v", len(lines), err)
	}
	for _, l := range lines {
		path := l["path"].(string)
		if filepath.Base(path) == "empty.hl7" {
			if l["valid"] != false {
				t.Error("an empty file is valid")
			}
			if _, _, err := run(t, path); !errors.Is(err, inspect.ErrUnreadable) {
				t.Errorf("an empty file by its name: %v", err)
			}
			continue
		}
		if e := entry(l, 0); l["valid"] != true || l["patient_id"] != "0000099999" || e["name"] != "試験" || e["birth_date"] != "1976-01-01" || e["sex"] != "F" {
			t.Errorf("%s = %v", filepath.Base(path), l)
		}
	}
}

// Another program's storage: line feeds, no last terminator, admission triggers at the reception.
func TestSamples_otherWriter(t *testing.T) {
	lines, problems, err := run(t, sampletest.Path(t, "ssmix2/ssmixtwins-generated"))
	if err != nil {
		t.Fatalf("%v\n%s", err, problems)
	}
	types := map[any]int{}
	for _, l := range lines {
		if l["format"] != "ssmix2" {
			continue
		}
		types[l["data_type"]]++
		if l["valid"] != true || entry(l, 0) == nil {
			t.Errorf("%s: %v, no entries", l["path"], l["error"])
		}
	}
	for typ, want := range map[string]int{"ADT-00": 2, "ADT-12": 3, "ADT-22": 1, "ADT-52": 1, "PPR-01": 2, "OMP-01": 3, "OMP-02": 1, "OML-11": 4} {
		if types[typ] != want {
			t.Errorf("%d files of %s, want %d", types[typ], typ, want)
		}
	}
}

// JAHIS texts are told apart from what only lies beside them; what each must mean is
// in the tests of their package.
func TestSamples_jahis(t *testing.T) {
	lines, _, err := run(t, sampletest.Path(t, "jahis"))
	if !errors.Is(err, inspect.ErrUnreadable) {
		t.Errorf("Run = %v", err)
	}
	counts := map[string]int{}
	for _, l := range lines {
		key := l["format"].(string)
		if key == "jahis" && l["valid"] != true {
			key += " refused"
		}
		counts[key]++
	}
	if counts["jahis"] != 11 || counts["jahis refused"] != 14 || counts["unknown"] != 6 {
		t.Errorf("lines = %v", counts)
	}
}

func entry(line map[string]any, i int) map[string]any {
	all, _ := line["entries"].([]any)
	if i >= len(all) {
		return nil
	}
	e, _ := all[i].(map[string]any)
	return e
}
