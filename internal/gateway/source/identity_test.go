package source_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func personOf(t *testing.T, s *source.Source, id ident.LocalPatientID) extended.Person {
	t.Helper()
	p, err := s.Person(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// content reads a document as a disclosure does.
func (f *following) content(e index.Entry) (clinical.Document, error) {
	f.t.Helper()
	return f.ReadContent(f.t.Context(), e, personOf(f.t, f.Source, e.PatientID))
}

var somebody = storagetest.Person{Family: "別", Given: "人", FamilyKana: "ベツ", GivenKana: "ヒト", BirthDate: "20010101", Sex: clinical.Female}

// A number that is given to another person, who is linked by it, does not show them what
// was written of the one before: it is listed for the hospital, not at the center, and
// what the center still asks for is refused.
func TestFollow_reusedNumberHidesTheFormerPatientsDocuments(t *testing.T) {
	t.Parallel()
	st := storagetest.New(t)
	old := st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	theirs := st.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
	f := follow(t, newIndex(t), st)
	f.link(hanako, storagetest.Hanako)
	f.within("read", func() bool { return len(f.items(hanako)) == 2 })
	entries, err := f.index.Entries(t.Context(), f.index.Reader(), hanako)
	if err != nil {
		t.Fatal(err)
	}
	var asked index.Entry
	for _, e := range entries {
		if e.DataType == "OMP-01" {
			asked = e
		}
	}
	if _, err := f.content(asked); err != nil {
		t.Fatal(err)
	}

	st.Rename(old, ssmix2.Superseded)
	st.Demographics(hanako, somebody, "20240701090000000")
	f.within("new record", func() bool { return f.known(claim(hanako, somebody)).Match })
	f.linkIn(hanako, somebody)
	st.Prescription(hanako, somebody, "20240702", "000000000000778", "20240702103000000", "別の錠")
	want := []string{"ADT-00 20240701 20240701090000000", "OMP-01 20240702 20240702103000000"}
	f.within("their own documents", func() bool { return cmp.Equal(want, f.items(hanako)) })
	path, err := theirs.Path()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]index.Reason{path: index.ReasonIdentity}, f.unreadable()); diff != "" {
		t.Errorf("listed for the hospital (-want +got):\n%s", diff)
	}
	if _, err := f.content(asked); !errors.Is(err, extended.ErrIdentity) {
		t.Errorf("content = %v, want that it names another person", err)
	}
}

// Married, and the documents of before stay.
func TestFollow_anotherNameKeepsDocuments(t *testing.T) {
	t.Parallel()
	st := storagetest.New(t)
	old := st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	st.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
	f := follow(t, newIndex(t), st)
	f.link(hanako, storagetest.Hanako)
	f.within("read", func() bool { return len(f.items(hanako)) == 2 })
	married := storagetest.Hanako
	married.Family, married.FamilyKana = "検査", "ケンサ"
	st.Rename(old, ssmix2.Superseded)
	st.Demographics(hanako, married, "20240701090000000")
	f.within("new name", func() bool { return f.known(claim(hanako, married)).Match })
	f.linkIn(hanako, married)
	want := []string{"ADT-00 20240701 20240701090000000", "OMP-01 20240601 20240601103000000"}
	f.within("all documents", func() bool { return cmp.Equal(want, f.items(hanako)) })
	if got := f.unreadable(); len(got) > 0 {
		t.Errorf("listed: %v", got)
	}
}

// Reading ends with whoever asked, and that says nothing of the document.
func TestReadContent_endsWithItsContext(t *testing.T) {
	t.Parallel()
	ext := storagetest.New(t)
	ext.Object(summary("1"), map[string][]byte{"main.xml": storagetest.CDA(hanako, storagetest.Hanako, "", "本文"), "a.pdf": storagetest.PDF})
	f := withExtended(t, ext)
	e := f.one(`summary "18842-5" 1`)
	person := personOf(t, f.Source, hanako)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.ReadContent(ctx, e, person); !errors.Is(err, context.Canceled) {
		t.Errorf("ReadContent = %v, want that it was cancelled", err)
	}
	other := person
	other.ID = "0000099999"
	if _, err := f.ReadContent(t.Context(), e, other); err == nil {
		t.Error("a document was read for another person")
	}
}
