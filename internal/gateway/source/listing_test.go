package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
)

// A writer gone mad: so much of its names is listed as somebody can read, and how much
// there is; what else is wrong is not crowded out, and what is right is read.
func TestListing_boundsWhatItLists(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	n, body := storagetest.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000001", "20240601100000000", "試験錠")
	st.Write(n, body[:len(body)-60])
	prescribe(st, 2)
	dir := filepath.Dir(st.Path(n))
	for i := range maxListed + 500 {
		must(t, os.Symlink("nowhere", filepath.Join(dir, fmt.Sprint("junk", i))))
	}
	_, x := linkedOn(t, st)
	list, err := x.Unreadable(t.Context(), 10_000)
	must(t, err)
	of, told := map[index.Reason]int{}, ""
	for _, u := range list {
		of[u.Reason]++
		if strings.Contains(u.Detail, "more of this patient") {
			told += u.Detail
		}
	}
	if of[index.ReasonNotRegular] != maxListed || of[index.ReasonCut] != 1 || len(of) != 2 {
		t.Errorf("listed: %v", of)
	}
	if !strings.HasSuffix(told, "; and 500 more of this patient for the same reason") {
		t.Errorf("of the rest is said %q", told)
	}
	if got := documents(t, x); got != 2 {
		t.Errorf("documents = %d, want allergies and the prescription", got)
	}
}

// A mount whose character set lacks the characters of a name lists it with something in
// their place, and nothing is there by that name: that is told, or all notes would be
// missing and nobody knew.
func TestListing_namesThatTheMountCannotExpress(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	s, _ := linkedOn(t, st)
	l, err := s.listPatient(linkedID, true)
	must(t, err)
	defer l.close()
	for _, dir := range []string{"20240601/^????^^11506-3^????^LN", "20240601/OMP-01"} { // the other went just now
		_, err := l.read(0, dir)
		must(t, err)
	}
	bad := l.unreadable()
	if len(bad) != 1 || bad[0].Reason != index.ReasonName || !strings.Contains(bad[0].Path, "????") || !strings.Contains(bad[0].Detail, "iocharset=utf8") {
		t.Errorf("listed: %+v", bad)
	}
}

// What file servers and desktops put beside documents is none, in a root, in a patient's
// folder and in a document's; what is only called alike is listed.
func TestBeside_whatServersAndDesktopsLeave(t *testing.T) {
	for name, want := range map[string][2]bool{ // elsewhere, in a content folder
		"@eaDir": {true, true}, "#recycle": {true, true}, "$Recycle.Bin": {true, true}, "System Volume Information": {true, true},
		"~snapshot": {true, true}, ".DS_Store": {true, true}, "._note.txt": {true, true}, "note.tmp": {true, true},
		"Thumbs.db": {false, true}, "THUMBS.DB": {false, true}, "desktop.ini": {false, true}, "~$note.docx": {false, true},
		"note.txt": {false, false}, "~note.txt": {false, false}, "eaDir": {false, false},
	} {
		if got := [2]bool{Beside(name, false), Beside(name, true)}; got != want {
			t.Errorf("%s is beside: %v, want %v", name, got, want)
		}
	}
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	day := filepath.Dir(filepath.Dir(st.Path(prescribe(st, 1))))
	for _, dir := range []string{st.Root, filepath.Join(st.Root, "000"), filepath.Dir(day), day} {
		must(t, os.MkdirAll(filepath.Join(dir, "@eaDir", "thumb"), 0o755))
		must(t, os.MkdirAll(filepath.Join(dir, "$RECYCLE.BIN"), 0o755))
	}
	_, x := linkedOn(t, st)
	bad, err := x.Unreadable(t.Context(), 10)
	must(t, err)
	if len(bad) != 0 || documents(t, x) != 2 {
		t.Errorf("%d documents, listed %+v", documents(t, x), bad)
	}
}
