package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
)

// forms gives a folder of each form.
func forms(t *testing.T) map[source.Form]string {
	t.Helper()
	standard, extended := storagetest.New(t), storagetest.New(t)
	standard.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	extended.Object(summary("1"), map[string][]byte{"a.pdf": storagetest.PDF})
	unknown := t.TempDir()
	if err := os.MkdirAll(filepath.Join(unknown, "Users", "Public", "a", "b", "c"), 0o755); err != nil {
		t.Fatal(err)
	}
	return map[source.Form]string{
		source.FormStandard: standard.Root, source.FormExtended: extended.Root, source.FormEmpty: t.TempDir(), source.FormUnknown: unknown,
	}
}

func TestLooksLike(t *testing.T) {
	all := forms(t)
	for want, root := range all {
		if got, err := source.LooksLike(root); err != nil || got != want {
			t.Errorf("%s looks like %q, %v", want, got, err)
		}
	}
	if _, err := source.LooksLike(filepath.Join(t.TempDir(), "not-there")); err == nil || !strings.Contains(err.Error(), "not-there") {
		t.Errorf("of no folder: %v, want an error that names it", err)
	}
}

// Names as Windows wrote them, and patients without anything before those with something.
func TestLooksLike_behindWhatTellsNothing(t *testing.T) {
	root := t.TempDir()
	for _, p := range []string{"000/000/0000000001", "000/000/0000000002/20240601", "000/001/0000012345/20240601/L7^\x83K\x81[\x83[\x95\x5e^99XYZ^18842-5^\x91\xde^LN"} {
		if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(p)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := source.LooksLike(root); err != nil || got != source.FormExtended {
		t.Errorf("looks like %q, %v, want extended", got, err)
	}
	for _, typ := range []ssmix2.DataType{ssmix2.LabResult, ssmix2.PrescriptionOrder} {
		if err := os.MkdirAll(filepath.Join(root, "000", "002", "0000021111", "20240601", string(typ)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := source.LooksLike(root); err != nil || got != source.FormStandard {
		t.Errorf("with data types of the standard beside: %q, %v, want standard", got, err)
	}
}

func TestCheckForms(t *testing.T) {
	all := forms(t)
	for name, tc := range map[string]struct {
		standard, extended source.Form
		refused            string // the option
		warnings           int
	}{
		"as they should be":      {source.FormStandard, source.FormExtended, "", 0},
		"swapped":                {source.FormExtended, source.FormStandard, "--storage", 0},
		"the extended one twice": {source.FormExtended, source.FormExtended, "--storage", 0},
		"the standard one twice": {source.FormStandard, source.FormStandard, "--extended", 0},
		"both empty":             {source.FormEmpty, source.FormEmpty, "", 2},
		"something else":         {source.FormUnknown, source.FormExtended, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			warnings, err := source.CheckForms("--storage", []string{all[tc.standard]}, "--extended", []string{all[tc.extended]})
			if tc.refused == "" {
				if err != nil || len(warnings) != tc.warnings {
					t.Errorf("CheckForms = %q, %v, want %d warnings", warnings, err, tc.warnings)
				}
				return
			}
			if !fault.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), tc.refused+": ") || !strings.Contains(err.Error(), "looks like") {
				t.Errorf("CheckForms = %v, want a refusal of %s", err, tc.refused)
			}
		})
	}
}

func TestCheckFacilities(t *testing.T) {
	for name, tc := range map[string]struct {
		roots []string
		want  bool
	}{
		"volumes of one":             {[]string{"/mnt/1310000001", "/mnt/1310000001_2", "/srv/1310000001_extended"}, true},
		"without names":              {[]string{"/mnt/ssmix2", "/mnt/volume2"}, true},
		"one of a name":              {[]string{"/mnt/ssmix2", "/mnt/1310000001"}, true},
		"nothing":                    {nil, true},
		"two":                        {[]string{"/mnt/1310000001", "/mnt/1320000002"}, false},
		"two, by the folder above":   {[]string{"/mnt/1310000001/standard", "/mnt/1320000002/standard"}, false},
		"two, one of the volumes":    {[]string{"/mnt/a", "/mnt/1310000001_1", "/mnt/1310000001_2", "/mnt/1320000002_1"}, false},
		"one above, its name counts": {[]string{"/mnt/1310000001/1320000002", "/mnt/1320000002"}, true},
		"a day and an hour":          {[]string{"/backup/20240601/1310000001", "/mnt/1310000001"}, true},
	} {
		if err := source.CheckFacilities(tc.roots); (err == nil) != tc.want || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
