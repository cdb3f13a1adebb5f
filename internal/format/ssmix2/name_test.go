package ssmix2

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/sampletest"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func named(id, date, dataType, order, timestamp, department string, flag Flag) Name {
	return Name{
		Key:       Key{PatientID: ident.LocalPatientID(id), CareDate: date, DataType: DataType(dataType), OrderNo: order},
		Timestamp: timestamp, Department: department, Flag: flag,
	}
}

func TestParseName(t *testing.T) {
	tests := []struct {
		name, file string
		want       Name
	}{
		{"order", "0000012345_20240601_OMP-01_000000000000777_20240601101500000_01_2",
			named("0000012345", "20240601", "OMP-01", "000000000000777", "20240601101500000", "01", Superseded)},
		{"undated, no department", "0000012345_-_ADT-00_999999999999999_20240601090000000_-_1",
			named("0000012345", "", "ADT-00", "999999999999999", "20240601090000000", "", Current)},
		{"order number of 13 digits, department of 3", "9000014000_20240101_OMG-11_2024060100300_20240101100356996_09A_0",
			named("9000014000", "20240101", "OMG-11", "2024060100300", "20240101100356996", "09A", Deleted)},
		{"underscore in the patient id", "A_1_00001_20240601_OMP-01_000000000000777_20240601101500000_01_1",
			named("A_1_00001", "20240601", "OMP-01", "000000000000777", "20240601101500000", "01", Current)},
		{"underscore in an undated patient id", "A_100001_-_PPR-01_999999999999999_20240601101500000_-_1",
			named("A_100001", "", "PPR-01", "999999999999999", "20240601101500000", "", Current)},
		{"extended type with underscore", "0000012345_20240601_^心電図_報告^^28010-7^心電図報告書^LN_000000000000002_20240601121000000_01_1",
			named("0000012345", "20240601", "^心電図_報告^^28010-7^心電図報告書^LN", "000000000000002", "20240601121000000", "01", Current)},
		{"time stamp to the second", "0000012345_20240601_OMP-01_000000000000777_20240601101500_01_1",
			named("0000012345", "20240601", "OMP-01", "000000000000777", "20240601101500", "01", Current)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseName(tt.file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("name (-want +got):\n%s", diff)
			}
			if got.String() != tt.file {
				t.Errorf("String = %q, want %q", got.String(), tt.file)
			}
		})
	}
}

func TestParseNameRefuses(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"empty", "", "file name of 1 fields, 7 are needed"},
		{"six fields", "1_20240601_OMP-01_7_20240601101500000_1", "file name of 6 fields, 7 are needed"},
		{"a temporary file", "0000012345_20240601_OMP-01_7_20240601101500000_01_1.tmp", "condition flag in the file name is neither 0, 1 nor 2"},
		{"no flag", "0000012345_20240601_OMP-01_7_20240601101500000_01_", "condition flag in the file name is neither 0, 1 nor 2"},
		{"flag 3", "0000012345_20240601_OMP-01_7_20240601101500000_01_3", "condition flag in the file name is neither 0, 1 nor 2"},
		{"no patient", "_20240601_OMP-01_7_20240601101500000_01_1", "file name without patient id"},
		{"parent folder as patient", ".._20240601_OMP-01_7_20240601101500000_01_1", "file name without patient id"},
		{"no type", "0000012345_20240601__7_20240601101500000_01_1", "file name without data type"},
		{"no order", "0000012345_20240601_OMP-01__20240601101500000_01_1", "file name without order number"},
		{"no care date", "0000012345__OMP-01_7_20240601101500000_01_1", `file name has an empty field; none is written as "-"`},
		{"no department", "0000012345_20240601_OMP-01_7_20240601101500000__1", `file name has an empty field; none is written as "-"`},
		{"no such day", "0000012345_20240231_OMP-01_7_20240601101500000_01_1", `care date in the file name is neither YYYYMMDD nor "-"`},
		{"short time stamp", "0000012345_20240601_OMP-01_7_20240601_01_1", "time stamp in the file name is not YYYYMMDDHHMMSSFFF"},
		{"a time stamp of zeros", "0000012345_-_ADT-61_7_00000000000000000_-_1", "time stamp in the file name is no time: day, hour, minute or second is impossible"},
		{"a time stamp in month 13", "0000012345_-_ADT-61_7_20241301101500000_-_1", "time stamp in the file name is no time: day, hour, minute or second is impossible"},
		{"a time stamp at hour 48", "0000012345_-_ADT-61_7_20240601481500000_-_1", "time stamp in the file name is no time: day, hour, minute or second is impossible"},
		{"a care date in year 0", "0000012345_00000101_OMP-01_7_20240601101500000_01_1", `care date in the file name is neither YYYYMMDD nor "-"`},
		{"letters in the time stamp", "0000012345_20240601_OMP-01_7_2024060110150000x_01_1", "time stamp in the file name is not YYYYMMDDHHMMSSFFF"},
		{"a slash", "00000/2345_20240601_OMP-01_7_20240601101500000_01_1", "file name has a character that no file name may have"},
		{"a NUL", "00000\x002345_20240601_OMP-01_7_20240601101500000_01_1", "file name has a character that no file name may have"},
		{"not UTF-8", "0000\xff2345_20240601_OMP-01_7_20240601101500000_01_1", "file name has a character that no file name may have"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseName(tt.file)
			if err == nil {
				t.Fatalf("name %+v, want error %q", got, tt.want)
			}
			if err.Error() != tt.want || !fault.Is(err, fault.Invalid) {
				t.Errorf("error = %q of kind %q, want %q", err, fault.KindOf(err), tt.want)
			}
		})
	}
}

func TestPath(t *testing.T) {
	n := named("0000012345", "", "ADT-00", NoOrder, "20240601090000000", "", Current)
	const want = "000/001/0000012345/-/ADT-00/0000012345_-_ADT-00_999999999999999_20240601090000000_-_1"
	got, err := n.Path()
	if err != nil || got != want {
		t.Errorf("Path = %q, %v, want %q", got, err, want)
	}
	for name, bad := range map[string]Name{
		"short id":           named("12345", "", "ADT-00", NoOrder, "20240601090000000", "", Current),
		"id climbs out":      named("../../../etc", "", "ADT-00", NoOrder, "20240601090000000", "", Current),
		"type climbs out":    named("0000012345", "", "../../x", NoOrder, "20240601090000000", "", Current),
		"zero flag":          named("0000012345", "", "ADT-00", NoOrder, "20240601090000000", "", 0),
		"order splits wrong": named("0000012345", "", "ADT-00", "1_2", "20240601090000000", "", Current),
	} {
		if got, err := bad.Path(); err == nil {
			t.Errorf("%s: Path = %q, want an error", name, got)
		}
	}
}

func TestPatientFolder(t *testing.T) {
	if got, err := PatientFolder("0000012345"); err != nil || got != "000/001/0000012345" {
		t.Errorf("PatientFolder = %q, %v", got, err)
	}
	for _, id := range []ident.LocalPatientID{"", "12345", "../../etc", "......", "00\\0012345", "00000\x0012345", "日本\xff日本"} {
		if got, err := PatientFolder(id); err == nil {
			t.Errorf("PatientFolder(%q) = %q, want an error", id, got)
		}
	}
}

// TestExtendedStorageNames reads the content folders of an extended storage, whose
// type names are Japanese and hold carets.
func TestExtendedStorageNames(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join(sampletest.Path(t, "ssmix2/self-made/extended"), "*/*/*/*/*/*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no content folders: %v", err)
	}
	var names []Name
	for _, folder := range folders {
		n, err := ParseName(filepath.Base(folder))
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(folder), err)
		}
		if want := filepath.Base(filepath.Dir(folder)); string(n.DataType) != want {
			t.Errorf("data type = %q, want %q", n.DataType, want)
		}
		names = append(names, n)
	}
	var got []string
	for _, v := range Resolve(names) {
		got = append(got, string(v.State)+" "+v.Name.OrderNo+" "+v.Name.Timestamp)
	}
	if diff := cmp.Diff([]string{"current 000000000000002 20240601121000000", "current 000000000000001 20240601130000000"}, got); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestParsePath(t *testing.T) {
	const file = "0000012345_20240601_OMP-01_000000000000777_20240601101500000_01_1"
	want := named("0000012345", "20240601", "OMP-01", "000000000000777", "20240601101500000", "01", Current)
	got, err := ParsePath("000/001/0000012345/20240601/OMP-01/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("name (-want +got):\n%s", diff)
	}
	if short, err := ParsePath("012/3/0123/20240601/OMP-01/0123_20240601_OMP-01_7_20240601101500000_01_1"); err != nil || short.PatientID != "0123" {
		t.Errorf("short patient id = %q, %v", short.PatientID, err)
	}
	tests := []struct{ name, path, want string }{
		{"too high", "OMP-01/" + file, "path of 2 parts, 6 are needed"},
		{"another patient's folder", "000/001/0000012346/20240601/OMP-01/" + file, "patient folder: belongs to another patient"},
		{"zeros stripped", "000/001/12345/20240601/OMP-01/" + file, "patient folder: belongs to another patient"},
		{"another day", "000/001/0000012345/20240602/OMP-01/" + file, "file name and folder differ in the care date"},
		{"undated folder", "000/001/0000012345/-/OMP-01/" + file, "file name and folder differ in the care date"},
		{"another type", "000/001/0000012345/20240601/OMP-02/" + file, "file name and folder differ in the data type"},
		{"upper folders", "000/002/0000012345/20240601/OMP-01/" + file, "the upper folders are not the first six characters of the patient id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParsePath(tt.path); err == nil || err.Error() != tt.want {
				t.Errorf("error = %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := ParsePath("000/001/0000012346/20240601/OMP-01/" + file); !errors.Is(err, ErrWrongPatient) {
		t.Error("another patient's folder cannot be told from other errors")
	}
}

func TestNameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := Name{
			Key: Key{
				PatientID: ident.LocalPatientID(rapid.StringMatching(`[0-9A-Za-z-]{6,15}`).Draw(t, "patient")),
				CareDate:  rapid.SampledFrom([]string{"", "20240601", "19991231"}).Draw(t, "date"),
				DataType:  rapid.SampledFrom([]DataType{"ADT-00", "OMP-01", "OMD", "L-OBSERVATIONS^OBSERVATIONS^99ZL01"}).Draw(t, "type"),
				OrderNo:   rapid.StringMatching(`[0-9]{13,22}`).Draw(t, "order"),
			},
			Timestamp:  rapid.StringMatching(`20[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])([0-3][0-9]|4[0-7])[0-5][0-9][0-5][0-9][0-9]{3}`).Draw(t, "timestamp"),
			Department: rapid.SampledFrom([]string{"", "01", "09A"}).Draw(t, "department"),
			Flag:       rapid.SampledFrom([]Flag{Current, Superseded, Deleted}).Draw(t, "flag"),
		}
		path, err := n.Path()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParsePath(path)
		if err != nil || got != n {
			t.Fatalf("ParsePath(%q) = %+v, %v, want %+v", path, got, err, n)
		}
	})
}

func FuzzParseName(f *testing.F) {
	f.Add("0000012345_-_ADT-00_999999999999999_20240601090000000_-_1")
	f.Add("A_1_00001_20240601_OMP-01_000000000000777_20240601101500_01_2")
	f.Add("0000012345_20240601_^心電図_報告^^28010-7^x^LN_2_20240601121000000_01_0")
	f.Fuzz(func(t *testing.T, file string) {
		n, err := ParseName(file)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("kind %q of %v", fault.KindOf(err), err)
			}
			return
		}
		if n.String() != file {
			t.Fatalf("ParseName(%q).String() = %q", file, n.String())
		}
		again, err := ParseName(n.String())
		if err != nil || again != n {
			t.Fatalf("second reading of %q = %+v, %v, want %+v", file, again, err, n)
		}
	})
}

func TestResolve(t *testing.T) {
	at := func(timestamp string, flag Flag) Name {
		return named("0000012345", "20240601", "OMP-01", "000000000000777", timestamp, "01", flag)
	}
	tests := []struct {
		name  string
		files []Name
		want  Version
	}{
		{"new", []Name{at("20240601100000000", Current)}, Version{State: StateCurrent, Name: at("20240601100000000", Current)}},
		{"updated", []Name{at("20240601100000000", Superseded), at("20240601110000000", Current)},
			Version{State: StateCurrent, Name: at("20240601110000000", Current)}},
		{"a superseded file that is younger does not win", []Name{at("20240601120000000", Superseded), at("20240601110000000", Current)},
			Version{State: StateCurrent, Name: at("20240601110000000", Current)}},
		{"written again after deletion", []Name{at("20240601100000000", Deleted), at("20240601110000000", Deleted), at("20240601120000000", Current)},
			Version{State: StateCurrent, Name: at("20240601120000000", Current)}},
		{"deleted", []Name{at("20240601100000000", Deleted), at("20240601110000000", Deleted)},
			Version{State: StateDeleted, Name: at("20240601110000000", Deleted)}},
		{"deleted with a forgotten old version", []Name{at("20240601100000000", Superseded), at("20240601110000000", Deleted)},
			Version{State: StateDeleted, Name: at("20240601110000000", Deleted)}},
		{"deleted by a file of another volume", []Name{at("20240601100000000", Current), at("20240601110000000", Deleted)},
			Version{State: StateDeleted, Name: at("20240601110000000", Deleted), Rivals: []Name{at("20240601100000000", Current)}}},
		{"deleted, two forgotten", []Name{at("20240601100000000", Current), at("20240601110000000", Deleted), at("20240601090000000", Current)},
			Version{State: StateDeleted, Name: at("20240601110000000", Deleted), Rivals: []Name{at("20240601090000000", Current), at("20240601100000000", Current)}}},
		{"a version before, flagged 0 in place of 2", []Name{at("20240601100000000", Current), at("20240601100000000", Deleted)},
			Version{State: StateCurrent, Name: at("20240601100000000", Current)}},
		{"renamed, the new file not yet written", []Name{at("20240601100000000", Superseded), at("20240601090000000", Superseded)},
			Version{State: StatePending, Name: at("20240601100000000", Superseded)}},
		{"three call themselves current", []Name{at("20240601100000000", Current), at("20240601120000000", Current), at("20240601110000000", Current)},
			Version{State: StateCurrent, Name: at("20240601120000000", Current), Rivals: []Name{at("20240601100000000", Current), at("20240601110000000", Current)}}},
		{"time stamps of different length", []Name{at("20240601100000", Current), at("20240601100000001", Current)},
			Version{State: StateCurrent, Name: at("20240601100000001", Current), Rivals: []Name{at("20240601100000", Current)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := append([]Name(nil), tt.files...)
			shuffle := rand.New(rand.NewPCG(1, 2))
			for range 10 { // no order of a directory may matter
				shuffle.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
				if diff := cmp.Diff([]Version{tt.want}, Resolve(files)); diff != "" {
					t.Fatalf("versions of %v (-want +got):\n%s", files, diff)
				}
			}
		})
	}
}

// Of what is the whole of something there is one file for each patient, whatever it is
// filed under.
func TestResolve_undated(t *testing.T) {
	const own = "000000000000001"
	of := func(date, typ, order, timestamp string, flag Flag) Name {
		return named("0000012345", date, typ, order, timestamp, "", flag)
	}
	old, now := of("", "PPR-01", own, "20200601100000000", Current), of("", "PPR-01", NoOrder, "20240601100000000", Current)
	for name, tc := range map[string]struct {
		files []Name
		want  []Version
	}{
		"two order numbers": {[]Name{old, now}, []Version{{StateCurrent, now, []Name{old}}}},
		"the younger under the lower number": {
			[]Name{of("", "ADT-00", own, "20240601100000000", Current), of("", "ADT-00", NoOrder, "20200601100000000", Current)},
			[]Version{{StateCurrent, of("", "ADT-00", own, "20240601100000000", Current), []Name{of("", "ADT-00", NoOrder, "20200601100000000", Current)}}},
		},
		"two folders": {
			[]Name{of("", "ADT-61", NoOrder, "20200601100000000", Current), of("20240601", "ADT-61", NoOrder, "20240601100000000", Current)},
			[]Version{{StateCurrent, of("20240601", "ADT-61", NoOrder, "20240601100000000", Current), []Name{of("", "ADT-61", NoOrder, "20200601100000000", Current)}}},
		},
		"the old number deleted after the new one was written": {
			[]Name{of("", "PPR-01", own, "20240701100000000", Deleted), now},
			[]Version{{State: StateDeleted, Name: of("", "PPR-01", own, "20240701100000000", Deleted)}, {State: StateCurrent, Name: now}},
		},
		"superseded under the old number": {[]Name{of("", "PPR-01", own, "20200601100000000", Superseded), now}, []Version{{State: StateCurrent, Name: now}}},
		"being superseded under the other number": {
			[]Name{old, of("", "PPR-01", NoOrder, "20240601100000000", Superseded)},
			[]Version{{State: StateCurrent, Name: old}, {State: StatePending, Name: of("", "PPR-01", NoOrder, "20240601100000000", Superseded)}},
		},
		"two patients, two types": {
			[]Name{now, of("", "ADT-61", own, "20240601100000000", Current), named("0000099999", "", "PPR-01", own, "20250601100000000", "", Current)},
			[]Version{
				{State: StateCurrent, Name: of("", "ADT-61", own, "20240601100000000", Current)}, {State: StateCurrent, Name: now},
				{State: StateCurrent, Name: named("0000099999", "", "PPR-01", own, "20250601100000000", "", Current)},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			shuffle := rand.New(rand.NewPCG(1, 2))
			for range 10 {
				shuffle.Shuffle(len(tc.files), func(i, j int) { tc.files[i], tc.files[j] = tc.files[j], tc.files[i] })
				if diff := cmp.Diff(tc.want, Resolve(tc.files)); diff != "" {
					t.Fatalf("versions of %v (-want +got):\n%s", tc.files, diff)
				}
			}
		})
	}
}

func TestDataTypes(t *testing.T) {
	for dt, want := range map[DataType]struct{ readable, undated bool }{
		"ADT-00": {true, true}, "ADT-61": {true, true}, "PPR-01": {true, true},
		"OMP-01": {true, false}, "ADT-12": {true, false},
		"ADT-01": {true, true}, "OMG-11": {true, false}, "OML-12": {false, false}, "": {false, false},
	} {
		if dt.Readable() != want.readable || dt.Undated() != want.undated {
			t.Errorf("%q: readable %v undated %v, want %v", dt, dt.Readable(), dt.Undated(), want)
		}
	}
	// All 26 data types of the specification's table.
	for _, dt := range []DataType{"ADT-00", "ADT-01", "ADT-12", "ADT-21", "ADT-22", "ADT-31", "ADT-32", "ADT-41", "ADT-42", "ADT-51", "ADT-52", "ADT-61",
		"PPR-01", "OMD", "OMP-01", "OMP-11", "OMP-02", "OMP-12", "OML-01", "OML-11", "OMG-01", "OMG-11", "OMG-02", "OMG-12", "OMG-03", "OMG-13"} {
		if !dt.Readable() {
			t.Errorf("%s is not known", dt)
		}
	}
}
