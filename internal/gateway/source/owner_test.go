package source_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
)

// jiro gets the number of [hanako] in 2024.
var jiro = storagetest.Person{Family: "後継", Given: "次郎", FamilyKana: "コウケイ", GivenKana: "ジロウ", BirthDate: "20010203", Sex: clinical.Male}

// paper writes a note that names nobody and gives its path.
func paper(t *testing.T, ext *storagetest.Storage, date, stamp string) string {
	t.Helper()
	n := storagetest.ObjectName(hanako, date, storagetest.ProgressNote, "K"+date+stamp, stamp)
	ext.Object(n, map[string][]byte{"note.txt": []byte("経過良好。")})
	below, err := n.Path()
	if err != nil {
		t.Fatal(err)
	}
	return below
}

// papers lists the paths of the notes that are shown, in order.
func (f *following) papers() []string {
	f.t.Helper()
	var out []string
	for _, e := range f.texts(hanako) {
		out = append(out, e.Path)
	}
	slices.Sort(out)
	return out
}

// ofPapers tells of which of the notes of the years some are shown and which are held back.
func (f *following) ofPapers() (shown, held []string) {
	f.t.Helper()
	year := func(path string) string { return strings.Split(path, "/")[3][:4] }
	entries, err := f.index.Entries(f.t.Context(), f.index.Reader(), hanako)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Kind == clinical.KindPhysicianNote {
			shown = append(shown, year(e.Path))
		}
	}
	for path, reason := range f.unreadable() {
		if reason == index.ReasonIdentity && strings.Contains(path, "L100^") {
			held = append(held, year(path))
		}
	}
	slices.Sort(shown)
	slices.Sort(held)
	return shown, held
}

// version writes a version of ADT-00 that does not hold any more.
func version(st *storagetest.Storage, p storagetest.Person, stamp string, flag ssmix2.Flag) {
	st.Rename(st.Demographics(hanako, p, stamp), flag)
}

// What names nobody is the number's owner's at the time.
func TestOwner_papersThatNameNobody(t *testing.T) {
	t.Parallel()
	married, corrected, both := storagetest.Hanako, storagetest.Hanako, storagetest.Hanako
	married.Family, married.FamilyKana = "結城", "ユウキ"
	corrected.BirthDate = "19670101"
	both.Family, both.FamilyKana, both.BirthDate = married.Family, married.FamilyKana, corrected.BirthDate
	slip := storagetest.Hanako
	slip.Given, slip.GivenKana = "華子", "ハナゴ"
	third := storagetest.Person{Family: "三上", Given: "三子", FamilyKana: "ミカミ", GivenKana: "ミツコ", BirthDate: "19880808", Sex: clinical.Female}
	for name, tc := range map[string]struct {
		owner       storagetest.Person
		write       func(st *storagetest.Storage)
		shown, held []string // years of care, 2019 to 2025
	}{
		"one owner": {storagetest.Hanako, func(st *storagetest.Storage) {
			version(st, storagetest.Hanako, "20200601090000000", ssmix2.Superseded)
			st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
		}, []string{"2019", "2021", "2023", "2025"}, nil},
		"another before": {jiro, func(st *storagetest.Storage) {
			version(st, storagetest.Hanako, "20200601090000000", ssmix2.Superseded)
			st.Demographics(hanako, jiro, "20240601090000000")
		}, []string{"2025"}, []string{"2019", "2021", "2023"}},
		"the new one's data were changed since": {jiro, func(st *storagetest.Storage) {
			version(st, storagetest.Hanako, "20200601090000000", ssmix2.Superseded)
			version(st, jiro, "20220601090000000", ssmix2.Superseded)
			st.Demographics(hanako, jiro, "20240601090000000")
		}, []string{"2023", "2025"}, []string{"2019", "2021"}},
		"the new one was entered under a stand-in first": {jiro, func(st *storagetest.Storage) {
			version(st, storagetest.Hanako, "20180601090000000", ssmix2.Superseded)
			version(st, storagetest.Person{Family: "YOYAKU", Sex: clinical.UnknownSex}, "20220601090000000", ssmix2.Superseded)
			st.Demographics(hanako, jiro, "20240601090000000")
		}, []string{"2025"}, []string{"2019", "2021", "2023"}},
		"entered under a stand-in first": {storagetest.Hanako, func(st *storagetest.Storage) {
			version(st, storagetest.Person{Family: "YOYAKU", Sex: clinical.UnknownSex}, "20200601090000000", ssmix2.Superseded)
			st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
		}, []string{"2019", "2021", "2023", "2025"}, nil},
		"the former one was deleted": {jiro, func(st *storagetest.Storage) {
			version(st, storagetest.Hanako, "20200601090000000", ssmix2.Deleted)
			st.Demographics(hanako, jiro, "20240601090000000")
		}, []string{"2025"}, []string{"2019", "2021", "2023"}},
		"two before": {jiro, func(st *storagetest.Storage) {
			version(st, storagetest.Hanako, "20180601090000000", ssmix2.Superseded)
			version(st, third, "20200601090000000", ssmix2.Superseded)
			st.Demographics(hanako, jiro, "20220601090000000")
		}, []string{"2023", "2025"}, []string{"2019", "2021"}},
		"entered by mistake and taken back": {storagetest.Hanako, func(st *storagetest.Storage) {
			version(st, storagetest.Hanako, "20180601090000000", ssmix2.Superseded)
			version(st, jiro, "20200601090000000", ssmix2.Superseded)
			st.Demographics(hanako, storagetest.Hanako, "20220601090000000")
		}, []string{"2019", "2023", "2025"}, []string{"2021"}},
		"married, birth date and typing corrected, one after the other": {both, func(st *storagetest.Storage) {
			version(st, slip, "20180601090000000", ssmix2.Superseded)
			version(st, storagetest.Hanako, "20200601090000000", ssmix2.Superseded)
			version(st, corrected, "20220601090000000", ssmix2.Superseded)
			st.Demographics(hanako, both, "20240601090000000")
		}, []string{"2019", "2021", "2023", "2025"}, nil},
		"another before, under another order number": {jiro, func(st *storagetest.Storage) {
			n := st.Demographics(hanako, storagetest.Hanako, "20200601090000000")
			old := n
			old.OrderNo = "000000000000000"
			if err := os.Rename(st.Path(n), st.Path(old)); err != nil {
				t.Error(err)
			}
			st.Demographics(hanako, jiro, "20240601090000000")
		}, []string{"2025"}, []string{"2019", "2021", "2023"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, ext := storagetest.New(t), storagetest.New(t)
			tc.write(st)
			for _, year := range []string{"2019", "2021", "2023", "2025"} {
				paper(t, ext, year+"0401", year+"0401120000000")
			}
			f := beginWith(t, newIndex(t), func(c *source.Config) { c.ExtendedRoots = []string{ext.Root} }, st)
			<-f.Walked()
			f.link(hanako, tc.owner)
			f.within("papers", func() bool {
				shown, held := f.ofPapers()
				return cmp.Equal(tc.shown, shown) && cmp.Equal(tc.held, held)
			})
		})
	}
}

// A number changes hands while the gateway looks on, whether the hospital keeps the former
// owner's ADT-00 or not, and whether anybody is linked at the time or not.
func TestOwner_changesHands(t *testing.T) {
	t.Parallel()
	for name, hand := range map[string]func(t *testing.T, f *following, st *storagetest.Storage, old ssmix2.Name){
		"superseded": func(_ *testing.T, _ *following, st *storagetest.Storage, old ssmix2.Name) {
			st.Rename(old, ssmix2.Superseded)
			st.Demographics(hanako, jiro, "20240601090000000")
		},
		"the former one's file taken away": func(_ *testing.T, _ *following, st *storagetest.Storage, old ssmix2.Name) {
			st.Remove(old)
			st.Demographics(hanako, jiro, "20240601090000000")
		},
		"after a time without anybody": func(t *testing.T, f *following, st *storagetest.Storage, old ssmix2.Name) {
			st.Remove(old)
			f.within("nobody has it", func() bool { return f.patients() == 0 })
			st.Demographics(hanako, jiro, "20240601090000000")
		},
		"written over": func(_ *testing.T, _ *following, st *storagetest.Storage, _ ssmix2.Name) {
			st.Demographics(hanako, jiro, "20200601090000000")
		},
	} {
		for _, linked := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				st, ext := storagetest.New(t), storagetest.New(t)
				old := st.Demographics(hanako, storagetest.Hanako, "20200601090000000")
				paper(t, ext, "20200401", "20200401120000000")
				f := beginWith(t, newIndex(t), func(c *source.Config) { c.ExtendedRoots = []string{ext.Root} }, st)
				<-f.Walked()
				if linked {
					f.link(hanako, storagetest.Hanako)
					f.within("read", func() bool { return len(f.papers()) == 1 })
				}
				hand(t, f, st, old)
				f.within("the number is another's", func() bool { return f.known(claim(hanako, jiro)).Match })
				if err := f.index.Unlink(t.Context(), hanako); err != nil {
					t.Fatal(err)
				}
				paper(t, ext, "20250401", "20250401120000000")
				f.link(hanako, jiro)
				f.within("papers of the new owner", func() bool {
					shown, held := f.ofPapers()
					return cmp.Equal([]string{"2025"}, shown) && cmp.Equal([]string{"2020"}, held)
				})
			})
		}
	}
}

// What names the owner is shown whenever it was written; a document of the standard storage
// that names nobody is held back like a paper. At a disclosure it is the same.
func TestOwner_documentsOfTheTimeBefore(t *testing.T) {
	t.Parallel()
	st, ext := storagetest.New(t), storagetest.New(t)
	version(st, storagetest.Hanako, "20200601090000000", ssmix2.Superseded)
	st.Demographics(hanako, jiro, "20240601090000000")
	st.Prescription(hanako, jiro, "20230101", "000000000000001", "20230101103000000", "早い錠") // registered late
	n, body := storagetest.Prescription(hanako, storagetest.Person{Sex: clinical.Male}, "20230101", "000000000000002", "20230101103000000", "誰かの錠")
	st.Write(n, body)
	ext.Object(storagetest.ObjectName(hanako, "20230101", storagetest.DischargeSummary, "1", "20230101120000000"),
		map[string][]byte{"doc.xml": storagetest.CDA(hanako, jiro, "題", "本文"), "letter.pdf": storagetest.PDF})
	late := paper(t, ext, "20230101", "20240701120000000") // of a visit before, written after
	today := paper(t, ext, "20240601", "20240601100000000")
	morning := paper(t, ext, "20240601", "20240601080000000")
	f := beginWith(t, newIndex(t), func(c *source.Config) { c.ExtendedRoots = []string{ext.Root} }, st)
	<-f.Walked()
	f.link(hanako, jiro)
	below, err := n.Path()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]index.Reason{below: index.ReasonIdentity, late: index.ReasonIdentity, morning: index.ReasonIdentity}
	f.within("held back", func() bool { return cmp.Equal(want, f.unreadable()) })
	entries, err := f.index.Entries(t.Context(), f.index.Reader(), hanako)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 4 || !slices.ContainsFunc(entries, func(e index.Entry) bool { return e.Path == today }) {
		t.Errorf("%d entries %v, want ADT-00, a prescription, a summary and the note of the day", len(entries), f.items(hanako))
	}
	for _, e := range entries {
		if _, err := f.Contents().Read(t.Context(), e); err != nil {
			t.Errorf("%s: %v", e.Path, err)
		}
		stale := e // as an index would have it that was made before the former owner was known
		if e.Path != today {
			continue
		}
		stale.Path, stale.ID = late, f.index.ItemID(storagetest.ObjectName(hanako, "20230101", storagetest.ProgressNote, "K2023010120240701120000000", "20240701120000000").Key)
		if _, err := f.Contents().Read(t.Context(), stale); !errors.Is(err, ssmix2.ErrUnnamed) {
			t.Errorf("a former owner's note at a disclosure: %v", err)
		}
	}
}

// An ADT-00 that cannot be read may name anybody. The link stands, what names nobody from
// then on is held back and listed, and all is well again when the file is.
func TestOwner_unreadableDemographics(t *testing.T) {
	t.Parallel()
	st, ext, other := storagetest.New(t), storagetest.New(t), storagetest.New(t)
	first := st.Demographics(hanako, storagetest.Hanako, "20200601090000000")
	paper(t, ext, "20230401", "20230401120000000")
	f := beginWith(t, newIndex(t), func(c *source.Config) { c.ExtendedRoots = []string{ext.Root} }, st)
	<-f.Walked()
	f.link(hanako, storagetest.Hanako)
	f.within("read", func() bool { return len(f.papers()) == 1 })

	n := other.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	sound, err := os.ReadFile(other.Path(n))
	if err != nil {
		t.Fatal(err)
	}
	st.Rename(first, ssmix2.Superseded)
	st.Write(n, bytes.Replace(sound, []byte("ADT^A08^ADT_A01"), []byte("ADT^A31^ADT_A05"), 1))
	paper(t, ext, "20250401", "20250401120000000")
	st.Prescription(hanako, storagetest.Hanako, "20250401", "000000000000001", "20250401103000000", "試験錠")
	below := filepath.ToSlash(strings.TrimPrefix(st.Path(n), st.Root+string(filepath.Separator)))
	f.within("held back", func() bool {
		shown, held := f.ofPapers()
		return cmp.Equal([]string{"2023"}, shown) && cmp.Equal([]string{"2025"}, held) && f.unreadable()[below] == index.ReasonContent &&
			slices.Contains(f.items(hanako), "OMP-01 20250401 20250401103000000")
	})
	l, err := f.index.LinkedPatient(t.Context(), f.index.Reader(), hanako)
	if err != nil || !l.Live() {
		t.Errorf("link %+v, %v, want it to stand: files break more often than numbers change hands", l, err)
	}

	st.Write(n, sound)
	f.within("mended", func() bool {
		shown, held := f.ofPapers()
		return cmp.Equal([]string{"2023", "2025"}, shown) && held == nil && len(f.unreadable()) == 0
	})
}

// Demographics lie under an order number of the vendor's own, or a care date: the youngest
// hold, and what else is flagged current is listed.
func TestDemographics_ofTwoNames(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]func(*ssmix2.Name){
		"a lower order number": func(n *ssmix2.Name) { n.OrderNo = "000000000000000" },
		"a care date":          func(n *ssmix2.Name) { n.CareDate = "20200601" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := storagetest.New(t)
			n := st.Demographics(hanako, storagetest.Hanako, "20200601090000000", "ペニシリン")
			body, err := os.ReadFile(st.Path(n))
			if err != nil {
				t.Fatal(err)
			}
			f := follow(t, newIndex(t), st)
			f.link(hanako, storagetest.Hanako)
			f.within("read", func() bool { return len(f.items(hanako)) == 1 })
			old := n
			other(&old)
			st.Write(old, body)
			st.Remove(n)
			st.Demographics(hanako, jiro, "20240601090000000", "ヨード")
			below, err := old.Path()
			if err != nil {
				t.Fatal(err)
			}
			f.within("suspended", func() bool {
				l, err := f.index.LinkedPatient(t.Context(), f.index.Reader(), hanako)
				return err == nil && !l.Live()
			})
			f.within("listed", func() bool { return cmp.Equal(map[string]index.Reason{below: index.ReasonRival}, f.unreadable()) })
			f.link(hanako, jiro)
			f.within("one list of allergies", func() bool {
				return cmp.Equal([]string{"ADT-00 20240601 20240601090000000"}, f.items(hanako))
			})
		})
	}
}

// A cancellation lies in another volume than the order, which nobody could rename.
func TestFollow_cancelledInAnotherRoot(t *testing.T) {
	t.Parallel()
	st, other := storagetest.New(t), storagetest.New(t)
	st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	n := st.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601100000000", "試験錠")
	f := follow(t, newIndex(t), st, other)
	f.link(hanako, storagetest.Hanako)
	f.within("ordered", func() bool { return len(f.items(hanako)) == 2 })
	gone, body := storagetest.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601110000000", "試験錠")
	gone.Flag = ssmix2.Deleted
	other.Write(gone, bytes.Replace(body, []byte("ORC|NW|"), []byte("ORC|CA|"), 1))
	below, err := n.Path()
	if err != nil {
		t.Fatal(err)
	}
	f.within("cancelled", func() bool {
		return cmp.Equal([]string{"ADT-00 20240601 20240601090000000"}, f.items(hanako)) &&
			cmp.Equal(map[string]index.Reason{below: index.ReasonDeleted}, f.unreadable())
	})
}
