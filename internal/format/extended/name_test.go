package extended_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

func TestParseName(t *testing.T) {
	tests := []struct {
		name, in                                 string
		patient, date, dataType, key, stamp, dep string
		short                                    bool
	}{
		{"seven fields", "0000012345_20240601_^診療情報提供書^^57133-1^紹介状^LN_000000000000001_20240601120000000_01_1", "0000012345", "20240601", "^診療情報提供書^^57133-1^紹介状^LN", "000000000000001", "20240601120000000", "01", false},
		{"no department", "0000012345_20240601_^a^^11506-3^b^LN_1_20240601120000000_-_1", "0000012345", "20240601", "^a^^11506-3^b^LN", "1", "20240601120000000", "", false},
		{"six fields and a short time stamp", "0000012345_20240601_L-OBSERVATIONS^OBSERVATIONS^99ZL01_000000020240601_202406011200000_1", "0000012345", "20240601", "L-OBSERVATIONS^OBSERVATIONS^99ZL01", "000000020240601", "202406011200000", "", true},
		{"underscores in the type", "0000012345_20240601_L1^院内_連絡_票^99ZZZ_1_20240601120000000_01_1", "0000012345", "20240601", "L1^院内_連絡_票^99ZZZ", "1", "20240601120000000", "01", false},
		{"underscores in the patient id", "A_000123_20240601_L1^票^99ZZZ_1_20240601120000000_01_1", "A_000123", "20240601", "L1^票^99ZZZ", "1", "20240601120000000", "01", false},
		{"undated", "0000012345_-_L1^票^99ZZZ_1_20240601120000000_01_1", "0000012345", "", "L1^票^99ZZZ", "1", "20240601120000000", "01", false},
		{"SEAMAT's key", "0000012345_20240601_LJCS-100R^心電図^99JCS_20240601120000.1.2.08_20240601120000000_08_1", "0000012345", "20240601", "LJCS-100R^心電図^99JCS", "20240601120000.1.2.08", "20240601120000000", "08", false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			n, err := extended.ParseName(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			got := []any{string(n.PatientID), n.CareDate, string(n.DataType), n.OrderNo, n.Timestamp, n.Department, n.Short}
			if diff := cmp.Diff([]any{tc.patient, tc.date, tc.dataType, tc.key, tc.stamp, tc.dep, tc.short}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n.String() != tc.in {
				t.Errorf("printed %q, want %q", n, tc.in)
			}
		})
	}
}

func TestParsePath_refuses(t *testing.T) {
	folder := "000/001/0000012345/20240601/^a^^11506-3^b^LN/"
	name := "0000012345_20240601_^a^^11506-3^b^LN_1_20240601120000000_01_1"
	if _, err := extended.ParsePath(folder + name); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, in, message string }{
		{"too short", "000/001/0000012345/20240601/" + name, "path of 5 parts"},
		{"another patient", "000/009/0000099999/20240601/^a^^11506-3^b^LN/" + name, "patient folder: belongs to another patient"},
		{"another place", "000/002/0000012345/20240601/^a^^11506-3^b^LN/" + name, "the upper folders"},
		{"another date", strings.Replace(folder, "20240601", "20240602", 1) + name, "differ in the care date"},
		{"another type", strings.Replace(folder, "11506-3", "18842-5", 1) + name, "differ in the data type"},
		{"a type of the standard storage", "000/001/0000012345/20240601/OMP-01/0000012345_20240601_OMP-01_1_20240601120000000_01_1", "belongs into the standard storage"},
		{"four fields in the type", "000/001/0000012345/20240601/a^b^c^d/0000012345_20240601_a^b^c^d_1_20240601120000000_01_1", "data-type folder of 4 fields"},
		{"an empty type", "000/001/0000012345/20240601/^^^^^LN/0000012345_20240601_^^^^^LN_1_20240601120000000_01_1", "data-type folder says no type"},
		{"no day", folder + strings.Replace(name, "20240601_^", "20241301_^", 1), "6 or 7 are needed"},
		{"no flag", folder + strings.TrimSuffix(name, "1") + "3", "condition flag"},
		{"no time stamp", folder + strings.Replace(name, "20240601120000000", "2024", 1), "time stamp"},
		{"a backslash", folder + strings.Replace(name, "_01_", `_\_`, 1), "a character that no name may have"},
		{"a control character", folder + strings.Replace(name, "_01_", "_\n_", 1), "a character that no name may have"},
		{"no character set", folder + "\xFF\xFF", "name in no character set"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			_, err := extended.ParsePath(tc.in)
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.message) {
				t.Errorf("error %v, want %q", err, tc.message)
			}
		})
	}
	if _, err := extended.ParsePath("000/009/0000099999/20240601/^a^^11506-3^b^LN/" + name); !errors.Is(err, ssmix2.ErrWrongPatient) {
		t.Errorf("another patient's folder = %v, want ErrWrongPatient", err)
	}
}

// Some writers name the code only, and copies come in other bytes.
func TestParsePath_tolerates(t *testing.T) {
	dataType := "L7^ガーゼ表^99XYZ^18842-5^退院時サマリ^LN"
	want := "000/001/0000012345/20240601/" + dataType + "/0000012345_20240601_" + dataType + "_1_20240601120000000_01_1"
	windows, err := japanese.ShiftJIS.NewEncoder().String(want)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{
		"as it is": want, "NFD": norm.NFD.String(want), "CP932": windows,
		"the local code only":    strings.Replace(want, "_"+dataType, "_L7", 1),
		"the standard code only": strings.Replace(want, "_"+dataType, "_18842-5", 1),
	} {
		n, err := extended.ParsePath(in)
		if name == "the local code only" || name == "the standard code only" {
			if err == nil && string(n.DataType) != dataType {
				t.Errorf("%s: type %q", name, n.DataType)
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if got, perr := n.Path(); err != nil || perr != nil || got != want {
			t.Errorf("%s: %q, %v, %v", name, got, err, perr)
		}
	}
}

func TestType_Kind(t *testing.T) {
	tests := []struct {
		in       string
		want     clinical.Kind
		standard string
	}{
		{"^経過記録^^11506-3^経過記録^LN", clinical.KindPhysicianNote, "11506-3"},
		{"L1^外来診療録^99ZZZ^34108-1^外来診療録^LN", clinical.KindPhysicianNote, "34108-1"},
		{"^看護^^28623-7^看護記録^LN", clinical.KindNursingNote, "28623-7"},
		{"^退院時サマリー^^18842-5^退院時サマリ^LN^", clinical.KindSummary, "18842-5"},
		{"^看護サマリ^^34746-8^看護サマリ^LN", clinical.KindSummary, "34746-8"},
		{"^紹介状^^57133-1^紹介状^LN", clinical.KindReferral, "57133-1"},
		{"^心電図^^28010-7^心電図報告書^LN", clinical.KindReport, "28010-7"},
		{"^健診^^53576-5^検診・健診報告書^LN", clinical.KindCheckup, "53576-5"},
		{"^事故^^55750-4^医療安全報告書^LN", clinical.KindDocument, "55750-4"},
		{"L-OBSERVATIONS^OBSERVATIONS^99ZL01", clinical.KindVital, ""},
		{"LJCS-100D", clinical.KindReport, ""},
		{"LJCS-200R^心エコー^99JCS^^^", clinical.KindReport, ""},
		{"X1^看護経過記録^99ZZZ", clinical.KindNursingNote, ""},
		{"X2^医師記録^99ZZZ", clinical.KindPhysicianNote, ""},
		{"X3^看護サマリー^99ZZZ", clinical.KindSummary, ""},
		{"X4^CTレポート^99ZZZ", clinical.KindReport, ""},
		{"X5^その他^99ZZZ^99999-9^未知^LN", clinical.KindDocument, ""},
	}
	for _, tc := range tests {
		typ, err := extended.ParseType(tc.in)
		if err != nil {
			t.Errorf("%s: %v", tc.in, err)
			continue
		}
		if got := typ.Kind(); got != tc.want || typ.Standardised() != tc.standard {
			t.Errorf("%s: kind %s, code %q; want %s, %q", tc.in, got, typ.Standardised(), tc.want, tc.standard)
		}
	}
}

func TestResolve(t *testing.T) {
	name := func(key, stamp string, flag ssmix2.Flag) extended.Name {
		n, err := extended.ParseName("0000012345_20240601_^a^^11506-3^b^LN_" + key + "_" + stamp + "_01_" + string(rune(flag)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	corrected, first := name("1", "20240602120000000", '1'), name("1", "20240601120000000", '2')
	deleted, moving := name("2", "20240601120000000", '0'), name("3", "20240601120000000", '2')
	got := extended.Resolve([]extended.Name{first, deleted, corrected, moving})
	want := []extended.Version{{State: ssmix2.StateCurrent, Name: corrected}, {State: ssmix2.StateDeleted, Name: deleted}, {State: ssmix2.StatePending, Name: moving}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzParsePath(f *testing.F) {
	f.Add("000/001/0000012345/20240601/^a^^11506-3^b^LN/0000012345_20240601_^a^^11506-3^b^LN_1_20240601120000000_01_1")
	f.Add("000/001/0000012345/-/L-OBSERVATIONS^OBSERVATIONS^99ZL01/0000012345_-_L-OBSERVATIONS^OBSERVATIONS^99ZL01_1_202406011200000_1")
	f.Add("000/001/0000012345/20240601/LJCS-100D/0000012345_20240601_LJCS-100D_1_20240601120000000_-_2")
	f.Add("A_0/001/A_00012/20240601/L1^\x95\x5c_\x83^9/A_00012_20240601_x_1_20240601120000_01_0")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := extended.ParsePath(s)
		if err != nil {
			return
		}
		printed, err := n.Path()
		if err != nil {
			return // an id that is no folder of its own making
		}
		again, err := extended.ParsePath(printed)
		if err != nil || again != n {
			t.Errorf("%q printed as %q reads as %+v, %v", s, printed, again, err)
		}
	})
}
