package source

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// rivals gives, as absolute paths, what is listed because another of its entry holds; there
// must be nothing else.
func rivals(t *testing.T, x *index.Index) (out []string) {
	t.Helper()
	list, err := x.Unreadable(t.Context(), 100)
	must(t, err)
	for _, u := range list {
		if u.Reason != index.ReasonRival {
			t.Errorf("%s is listed as %s", u.Path, u.Reason)
		}
		out = append(out, filepath.Join(u.Root, filepath.FromSlash(onDisk(u.Path))))
	}
	return out
}

// shown gives the absolute paths of what the index has but for allergies.
func shown(t *testing.T, x *index.Index) (out []string) {
	t.Helper()
	entries, err := x.Entries(t.Context(), x.Reader(), linkedID)
	must(t, err)
	for _, e := range entries {
		if e.Kind != clinical.KindAllergy {
			out = append(out, filepath.Join(e.Root, filepath.FromSlash(onDisk(e.Path))))
		}
	}
	return out
}

// Of files of the same name in two roots one is shown, and the other is the one that is
// listed; superseded ones tell nothing.
func TestTwice_inTwoRoots(t *testing.T) {
	for name, others := range map[string]int{"among few files": 0, "among many": 2 * few} {
		t.Run(name, func(t *testing.T) {
			a, b := storagetest.New(t), storagetest.New(t)
			a.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
			lost := a.Path(prescribe(a, 1))
			taken := b.Path(b.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000001", "20240601100000000", "別の錠"))
			for _, st := range []*storagetest.Storage{a, b} {
				old := st.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000001", "20240601080000000", "旧錠")
				st.Rename(old, ssmix2.Superseded)
			}
			for i := range others {
				prescribe(a, 100+i)
			}
			s, x := openOn(t, []string{a.Root, b.Root})
			must(t, s.walk(t.Context()))
			claim := wire.Claim{PatientID: linkedID, Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
			if v, err := x.Link(t.Context(), claim); err != nil || !v.Match {
				t.Fatalf("Link = %+v, %v", v, err)
			}
			s.Soon(linkedID)
			s.settle(t.Context())
			if diff := cmp.Diff([]string{lost}, rivals(t, x)); diff != "" {
				t.Errorf("listed (-want +got):\n%s", diff)
			}
			if got := shown(t, x); len(got) != 1+others || !slices.Contains(got, taken) || slices.Contains(got, lost) {
				t.Errorf("shown: %q", got)
			}
		})
	}
}

// Of content folders whose names mean the same, one is shown and the others are listed.
func TestTwice_inOtherCharacters(t *testing.T) {
	const ga = "^がん治療計画^^57133-1^診療情報提供書^LN"
	for name, other := range map[string]func(string) string{
		"decomposed": norm.NFD.String,
		"CP932": func(s string) string {
			out, err := japanese.ShiftJIS.NewEncoder().String(s)
			must(t, err)
			return out
		},
		"six fields": func(s string) string { return filepath.Dir(s) + "/" + noDepartment(filepath.Base(s)) },
	} {
		t.Run(name, func(t *testing.T) {
			st, texts := storagetest.New(t), storagetest.New(t)
			st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
			n := storagetest.ObjectName(linkedID, "20240601", ga, summaryKey, "20240601120000000")
			if name == "six fields" {
				n.Department = ""
			}
			one := texts.ObjectPath(n)
			two := texts.Root + other(one[len(texts.Root):])
			if one == two {
				t.Fatal("the two are one")
			}
			texts.ObjectAt(one, map[string][]byte{"a.txt": []byte("一")})
			texts.ObjectAt(two, map[string][]byte{"a.txt": []byte("二")})
			_, x := linkedOnBoth(t, st, texts)
			got, listed := shown(t, x), rivals(t, x)
			if len(got) != 1 || len(listed) != 1 || got[0] == listed[0] {
				t.Errorf("shown: %q\nlisted: %q", got, listed)
			}
			if diff := cmp.Diff(slices.Sorted(slices.Values([]string{one, two})), slices.Sorted(slices.Values(append(got, listed...)))); diff != "" {
				t.Errorf("shown or listed (-want +got):\n%s", diff)
			}
		})
	}
}

// noDepartment gives a content folder's name of seven fields in the form of six.
func noDepartment(name string) string { return name[:len(name)-len("-_1")] + "1" }
