package source_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Nothing leads out of the storage, nothing that is no file is opened, and whatever is
// refused is listed by its path.
func TestReq_FILE01_nothingButFilesBelowTheRoot(t *testing.T) {
	t.Parallel()
	st, outside := storagetest.New(t), storagetest.New(t)
	st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	n := st.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
	outside.Demographics("0000099999", storagetest.Hanako, "20240601090000000")
	secret := outside.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000888", "20240601103000000", "外の錠")
	dir := filepath.Dir(st.Path(n))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Symlink(outside.Path(secret), filepath.Join(dir, secret.String())))
	pipe := storagetest.Name(hanako, "20240601", ssmix2.PrescriptionOrder, "000000000000889", "20240601103000000")
	if err := makePipe(st.Path(pipe)); errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("SKIPPED: not to be had here: %v", err)
	} else {
		must(err)
	}
	must(os.Symlink(filepath.Join(outside.Root, "000"), filepath.Join(st.Root, "777")))
	must(os.Symlink("../../../../../../etc", filepath.Join(dir, "..", "OML-11")))
	must(os.Mkdir(filepath.Join(dir, "folder"), 0o755))
	must(os.WriteFile(filepath.Join(dir, "Thumbs.db"), nil, 0o644))
	must(os.WriteFile(filepath.Join(dir, ".hidden"), nil, 0o644))
	must(os.MkdirAll(filepath.Join(st.Root, "111", "222", "0000012345"), 0o755))
	must(os.MkdirAll(filepath.Join(st.Root, "111", "222", "short"), 0o755))
	must(os.WriteFile(filepath.Join(st.Root, "README.txt"), nil, 0o644))
	large := storagetest.Name(hanako, "20240601", ssmix2.PrescriptionOrder, "000000000000890", "20240601103000000")
	st.Write(large, nil)
	must(os.Truncate(st.Path(large), hl7v2.MaxBytes+1))
	old := time.Now().Add(-time.Hour)
	must(os.Chtimes(st.Path(large), old, old))

	f := follow(t, newIndex(t), st)
	f.link(hanako, storagetest.Hanako)
	below := func(n ssmix2.Name) string {
		p, err := n.Path()
		must(err)
		return p
	}
	day := "000/001/0000012345/20240601"
	want := map[string]index.Reason{
		below(secret):             index.ReasonNotRegular,
		below(pipe):               index.ReasonNotRegular,
		"777":                     index.ReasonNotRegular,
		day + "/OML-11":           index.ReasonNotRegular,
		day + "/OMP-01/folder":    index.ReasonNotRegular,
		day + "/OMP-01/Thumbs.db": index.ReasonName,
		"111/222/0000012345":      index.ReasonPlace,
		"111/222/short":           index.ReasonPlace,
		below(large):              index.ReasonTooLarge,
	}
	f.within("listed", func() bool { return cmp.Equal(want, f.unreadable()) })
	if diff := cmp.Diff([]string{"ADT-00 20240601 20240601090000000", "OMP-01 20240601 20240601103000000"}, f.items(hanako)); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if v := f.known(claim("0000099999", storagetest.Hanako)); v.Known {
		t.Error("a patient outside of the storage was read")
	}
}

func TestOpen_namesTheMissingFolder(t *testing.T) {
	_, err := source.Open(t.Context(), source.Config{Roots: []string{filepath.Join(t.TempDir(), "not-there")}}, newIndex(t))
	if err == nil || !strings.Contains(err.Error(), "not-there") || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open = %v, want an error that names the folder", err)
	}
}

// The hospital's storage is as it was, byte for byte and time for time, whatever the
// gateway does.
func TestNothingIsEverWritten(t *testing.T) {
	t.Parallel()
	st := storagetest.New(t)
	st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	st.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
	broken, body := storagetest.Prescription(hanako, storagetest.Hanako, "20240602", "000000000000778", "20240602103000000", "試験錠")
	st.Write(broken, body[:200])
	if err := filepath.WalkDir(st.Root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(path, 0o555)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		filepath.WalkDir(st.Root, func(path string, d fs.DirEntry, _ error) error { return os.Chmod(path, 0o755) })
	})
	before := st.Sum()
	f := follow(t, newIndex(t), st)
	f.link(hanako, storagetest.Hanako)
	f.within("read", func() bool { return len(f.items(hanako)) == 2 })
	if err := f.Refresh(t.Context(), hanako, nil); err != nil {
		t.Fatal(err)
	}
	entries, err := f.index.Entries(t.Context(), f.index.Reader(), hanako)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, err := f.Contents().Read(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	f.stop()
	if st.Sum() != before {
		t.Error("the storage was changed")
	}
}

func TestReadContent(t *testing.T) {
	t.Parallel()
	st := storagetest.New(t)
	st.Demographics(hanako, storagetest.Hanako, "20240601090000000", "ペニシリン")
	n := st.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
	f := follow(t, newIndex(t), st)
	f.link(hanako, storagetest.Hanako)
	f.within("read", func() bool { return len(f.items(hanako)) == 2 })
	entries := map[string]index.Entry{}
	list, err := f.index.Entries(t.Context(), f.index.Reader(), hanako)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		entries[e.DataType] = e
	}
	doc, err := f.Contents().Read(t.Context(), entries["OMP-01"])
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Medications) != 1 || doc.Medications[0].Drug.Label() != "試験錠" {
		t.Errorf("prescription = %+v", doc)
	}
	doc, err = f.Contents().Read(t.Context(), entries["ADT-00"])
	if err != nil {
		t.Fatal(err)
	}
	if doc.Demographics != nil || doc.Allergies == nil || doc.Allergies.Entries[0].Allergen.Label() != "ペニシリン" {
		t.Errorf("allergies = %+v, and nothing else of ADT-00", doc)
	}

	forged := entries["OMP-01"]
	forged.PatientID = "0000099999"
	if _, err := f.Contents().Read(t.Context(), forged); err == nil {
		t.Error("a file was read for another patient")
	}
	forged = entries["OMP-01"]
	forged.Path = "../" + forged.Path
	if _, err := f.Contents().Read(t.Context(), forged); err == nil {
		t.Error("a path out of the storage was read")
	}
	// The hospital puts another patient's message in its place: noticed at the disclosure.
	_, other := storagetest.Prescription("0000099999", storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "別の錠")
	st.Write(n, other)
	if _, err := f.Contents().Read(t.Context(), entries["OMP-01"]); !errors.Is(err, ssmix2.ErrWrongPatient) {
		t.Errorf("ReadContent = %v, want wrong patient", err)
	}
	st.Rename(n, ssmix2.Superseded)
	if _, err := f.Contents().Read(t.Context(), entries["OMP-01"]); !fault.Is(err, fault.NotFound) {
		t.Errorf("ReadContent of a superseded file = %v, want not found", err)
	}
	f.within("withdrawn", func() bool { return len(f.items(hanako)) == 1 })
}

func TestRefresh_tellsItsProgress(t *testing.T) {
	t.Parallel()
	st := storagetest.New(t)
	st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	for i := range 3 {
		st.Prescription(hanako, storagetest.Hanako, "20240601", fmt.Sprintf("%015d", i), "20240601103000000", "試験錠")
	}
	f := follow(t, newIndex(t), st)
	if err := f.Refresh(t.Context(), hanako, nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("Refresh of a patient who is not linked = %v, want not found", err)
	}
	f.linkIn(hanako, storagetest.Hanako)
	var got []wire.Progress
	if err := f.Refresh(t.Context(), hanako, func(p wire.Progress) error {
		got = append(got, p)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []wire.Progress{{Read: 1, Total: 3}, {Read: 2, Total: 3}, {Read: 3, Total: 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if got := len(f.items(hanako)); got != 4 {
		t.Errorf("%d documents at the end of the refresh, want 4", got)
	}
	gone := errors.New("the center has gone")
	if err := f.Refresh(t.Context(), hanako, func(wire.Progress) error { return gone }); !errors.Is(err, gone) {
		t.Errorf("Refresh = %v, want the reader's error", err)
	}
}

// A thousand patients are walked in a moment.
func TestWalk_thousandPatients(t *testing.T) {
	t.Parallel()
	st := storagetest.New(t)
	for i := range 1000 {
		st.Demographics(ident.LocalPatientID(fmt.Sprintf("%010d", i*7919)), storagetest.Hanako, "20240601090000000")
	}
	x := newIndex(t)
	begun := time.Now()
	f := follow(t, x, st)
	took := time.Since(begun)
	if got := f.patients(); got != 1000 {
		t.Errorf("patients = %d, want 1000", got)
	}
	t.Logf("1,000 patients in %v", took)
}

// A number that the hospital gives to somebody new: what was written for the former
// patient lies under it still, and must not show as the new patient's.
func TestReusedNumber(t *testing.T) {
	t.Parallel()
	st := storagetest.New(t)
	before := st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	st.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "前の人の錠")
	f := follow(t, newIndex(t), st)
	f.link(hanako, storagetest.Hanako)
	f.within("read", func() bool { return len(f.items(hanako)) == 2 }) // with the allergies
	list, err := f.index.Entries(t.Context(), f.index.Reader(), hanako)
	if err != nil {
		t.Fatal(err)
	}
	former := list[slices.IndexFunc(list, func(e index.Entry) bool { return e.DataType == "OMP-01" })]
	contents := f.Contents() // of a disclosure that goes on over the change
	if _, err := contents.Read(t.Context(), former); err != nil {
		t.Fatalf("before the change: %v", err)
	}

	heir := storagetest.Person{Family: "後継", Given: "次郎", FamilyKana: "コウケイ", GivenKana: "ジロウ", BirthDate: "20010203", Sex: clinical.Male}
	st.Rename(before, ssmix2.Superseded)
	st.Demographics(hanako, heir, "20250101090000000")
	own := st.Prescription(hanako, heir, "20250102", "000000000000888", "20250102103000000", "新しい人の錠")
	f.within("quarantined", func() bool { return len(f.unreadable()) == 1 && len(f.items(hanako)) == 2 })
	for path, reason := range f.unreadable() {
		if reason != index.ReasonIdentity || !strings.Contains(path, "000000000000777") {
			t.Errorf("unreadable %s: %s", path, reason)
		}
	}
	if _, err := f.Contents().Read(t.Context(), former); !errors.Is(err, ssmix2.ErrIdentity) {
		t.Errorf("the former patient's document: %v, want that it names another person", err)
	}
	f.within("refused to whoever is just reading", func() bool {
		_, err := contents.Read(t.Context(), former)
		return errors.Is(err, ssmix2.ErrIdentity)
	})

	f.link(hanako, heir)
	f.within("linked anew", func() bool {
		list, err := f.index.Entries(t.Context(), f.index.Reader(), hanako)
		return err == nil && len(list) == 2 && slices.ContainsFunc(list, func(e index.Entry) bool { return strings.HasSuffix(e.Path, own.String()) })
	})
	if got := f.unreadable(); len(got) != 1 {
		t.Errorf("after linking anew %v is held back, want the former patient's document", got)
	}
}
