package source_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
)

// A file that is too large to be opened is listed with its path, at the first look and at
// every later one; the rest of its document is there.
func TestExtended_fileAboveTheBoundIsListed(t *testing.T) {
	t.Parallel()
	ext := storagetest.New(t)
	n := summary("1")
	large := append(append([]byte{}, storagetest.PDF...), make([]byte, 1<<20)...)
	ext.Object(n, map[string][]byte{"main.xml": storagetest.CDA(hanako, storagetest.Hanako, "", "本文"), "large.pdf": large})
	f := withExtended(t, ext)
	e := f.one(`summary "18842-5" 1`)
	at, err := filepath.Rel(ext.Root, filepath.Join(ext.ObjectPath(n), "large.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]index.Reason{at: index.ReasonAboveBound}
	f.within("listed", func() bool { return cmp.Equal(want, f.unreadable()) })
	if err := f.Refresh(t.Context(), hanako, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, f.unreadable()); diff != "" {
		t.Errorf("read once more (-want +got):\n%s", diff)
	}
	doc, err := f.Contents().Read(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	for n, file := range doc.Text.Files {
		if file.Size <= 1<<20 {
			continue
		}
		opened++
		if _, err := f.OpenFile(t.Context(), e, n, file.Mark()); !fault.Is(err, fault.NotFound) {
			t.Errorf("OpenFile = %v, want not found", err)
		}
	}
	if opened != 1 {
		t.Errorf("%d large files in the document, want one", opened)
	}
	if err := os.RemoveAll(ext.ObjectPath(n)); err != nil {
		t.Fatal(err)
	}
	f.within("no longer listed", func() bool { return len(f.unreadable()) == 0 })
}
