package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

const (
	linkedID = ident.LocalPatientID("0000012345")
	otherID  = ident.LocalPatientID("0000054321")
)

func openOn(t *testing.T, roots []string) (*Source, *index.Index) {
	t.Helper()
	x, err := index.Open(t.Context(), dbtest.SQLite(t, migrate.Gateway), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Roots: roots, Workers: 2, Poll: time.Second, Budget: 10_000, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}, x)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, x
}

// settle does what Run does, without waiting.
func (s *Source) settle(ctx context.Context) {
	s.round(ctx)
	s.readAllDue(ctx)
}

// readAllDue reads who is due, at most dueAtOnce, and waits for it.
func (s *Source) readAllDue(ctx context.Context) {
	readers := newSeats()
	s.readDue(ctx, readers)
	readers.wait()
}

// contents gives all that an index says, but for ids, which differ from index to index.
func contents(t *testing.T, x *index.Index) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, id := range []ident.LocalPatientID{linkedID, otherID} {
		entries, err := x.Entries(t.Context(), x.Reader(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			e.ID, e.MTime = "", 0
			out[e.Path] = append(out[e.Path], fmt.Sprintf("%+v", e))
		}
	}
	patients, err := db.All(t.Context(), x.Reader(), func(s db.Scanner) (string, error) {
		var f [5]string
		err := s(&f[0], &f[1], &f[2], &f[3], &f[4])
		return strings.Join(f[:], " "), err
	}, `SELECT patient_id, name, kana, birth_date, updated FROM patient ORDER BY patient_id`)
	if err != nil {
		t.Fatal(err)
	}
	out["patients"] = patients
	bad, err := x.Unreadable(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bad {
		out["unreadable"] = append(out["unreadable"], fmt.Sprint(b.Path, b.Patient, b.Reason, b.Detail))
	}
	return out
}

// hospital does to two volumes what hospitals' systems do.
type hospital struct {
	t       *testing.T
	volumes [2]*storagetest.Storage
	current map[ssmix2.Key]placed
	stamp   int
}

type placed struct {
	volume int
	name   ssmix2.Name
}

func (h *hospital) next() string {
	h.stamp++
	return fmt.Sprintf("20240601%09d", h.stamp)
}

// put writes the next version of a prescription.
func (h *hospital) put(id ident.LocalPatientID, date, order string, volume int) {
	n, body := storagetest.Prescription(id, storagetest.Hanako, date, order, h.next(), "試験錠")
	if old, ok := h.current[n.Key]; ok {
		h.volumes[old.volume].Rename(old.name, ssmix2.Superseded)
	}
	h.volumes[volume].Write(n, body)
	h.current[n.Key] = placed{volume, n}
}

func (h *hospital) demographics(id ident.LocalPatientID, volume int, p storagetest.Person) {
	key := storagetest.Name(id, "", ssmix2.PatientDemographics, ssmix2.NoOrder, "").Key
	if old, ok := h.current[key]; ok {
		h.volumes[old.volume].Rename(old.name, ssmix2.Superseded)
	}
	h.current[key] = placed{volume, h.volumes[volume].Demographics(id, p, h.next())}
}

// act does one thing; what there is nothing for is left.
func (h *hospital) act(rt *rapid.T) {
	id := rapid.SampledFrom([]ident.LocalPatientID{linkedID, linkedID, linkedID, otherID}).Draw(rt, "patient")
	date := rapid.SampledFrom([]string{"20240601", "20240601", "20240602"}).Draw(rt, "date")
	order := rapid.SampledFrom([]string{"000000000000001", "000000000000002"}).Draw(rt, "order")
	volume := rapid.IntRange(0, 1).Draw(rt, "volume")
	n, body := storagetest.Prescription(id, storagetest.Hanako, date, order, h.next(), "試験錠")
	old, exists := h.current[n.Key]
	switch what := rapid.SampledFrom([]string{
		"put", "put", "put", "supersede only", "delete", "break", "break", "mend", "mend", "remove", "misname", "leave a temporary file", "rename a patient", "demographics",
	}).Draw(rt, "what"); {
	case what == "put":
		h.put(id, date, order, volume)
	case what == "misname":
		h.write(volume, n, n.String()+"_x", body)
	case what == "leave a temporary file":
		h.write(volume, n, "."+n.String(), body)
	case what == "rename a patient":
		p := storagetest.Person{Family: "試験", Given: "名" + fmt.Sprint(h.stamp), FamilyKana: "シケン", GivenKana: "メイ", BirthDate: "19501231", Sex: clinical.Male}
		h.demographics(otherID, volume, p)
	case what == "demographics":
		h.demographics(linkedID, volume, storagetest.Hanako)
	case !exists:
	case what == "supersede only":
		h.volumes[old.volume].Rename(old.name, ssmix2.Superseded)
		delete(h.current, n.Key)
	case what == "delete":
		h.volumes[old.volume].Rename(old.name, ssmix2.Deleted)
		n.Flag = ssmix2.Deleted
		h.volumes[old.volume].Write(n, body)
		delete(h.current, n.Key)
	case what == "break":
		h.volumes[old.volume].Write(old.name, body[:len(body)-60])
	case what == "mend":
		h.volumes[old.volume].Write(old.name, body)
	case what == "remove":
		h.volumes[old.volume].Remove(old.name)
		delete(h.current, n.Key)
	}
}

func (h *hospital) write(volume int, n ssmix2.Name, file string, body []byte) {
	dir := filepath.Dir(h.volumes[volume].Path(n))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), body, 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// Whatever happens to the files: what following has made of the index is what a walk of
// the storage makes of a new one.
func TestFollowingEqualsWalkingAnew(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		ctx := t.Context()
		h := &hospital{t: t, volumes: [2]*storagetest.Storage{storagetest.New(t), storagetest.New(t)}, current: map[ssmix2.Key]placed{}}
		roots := []string{h.volumes[0].Root, h.volumes[1].Root}
		h.demographics(linkedID, 0, storagetest.Hanako)
		h.demographics(otherID, 1, storagetest.Hanako)
		link := func(s *Source, x *index.Index) {
			if err := s.walk(ctx); err != nil {
				rt.Fatal(err)
			}
			claim := wire.Claim{PatientID: linkedID, Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
			if v, err := x.Link(ctx, claim); err != nil || !v.Match {
				rt.Fatalf("Link = %+v, %v", v, err)
			}
			s.Soon(linkedID)
			s.settle(ctx)
		}
		followed, x := openOn(t, roots)
		link(followed, x)
		for range rapid.IntRange(1, 25).Draw(rt, "acts") {
			h.act(rt)
			if rapid.Bool().Draw(rt, "look") {
				followed.settle(ctx)
			}
		}
		// Temporary and misnamed files are not aged: what is young is looked at again.
		for followed.settle(ctx); followed.State().Waiting > 0; followed.settle(ctx) {
			time.Sleep(10 * time.Millisecond)
		}
		walked, y := openOn(t, roots)
		link(walked, y)
		if diff := cmp.Diff(contents(t, y), contents(t, x)); diff != "" {
			rt.Fatalf("index (-walked anew +followed):\n%s", diff)
		}
		for _, s := range []*Source{followed, walked} {
			s.Close()
		}
	})
}

// linkedOn walks a storage, links the patient, and settles.
func linkedOn(t *testing.T, roots ...*storagetest.Storage) (*Source, *index.Index) {
	t.Helper()
	var names []string
	for _, st := range roots {
		names = append(names, st.Root)
	}
	s, x := openOn(t, names)
	if err := s.walk(t.Context()); err != nil {
		t.Fatal(err)
	}
	claim := wire.Claim{PatientID: linkedID, Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
	if v, err := x.Link(t.Context(), claim); err != nil || !v.Match {
		t.Fatalf("Link = %+v, %v", v, err)
	}
	s.Soon(linkedID)
	s.settle(t.Context())
	return s, x
}

// linkedOnBoth has the linked patient read from a standard and an extended root.
func linkedOnBoth(t *testing.T, st, texts *storagetest.Storage) (*Source, *index.Index) {
	t.Helper()
	empty, x := openOn(t, []string{st.Root})
	cfg := empty.Config
	cfg.ExtendedRoots = []string{texts.Root}
	s, err := Open(t.Context(), cfg, x)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	must(t, s.walk(t.Context()))
	claim := wire.Claim{PatientID: linkedID, Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
	if v, err := x.Link(t.Context(), claim); err != nil || !v.Match {
		t.Fatalf("Link = %+v, %v", v, err)
	}
	s.Soon(linkedID)
	s.settle(t.Context())
	return s, x
}

// Of a share whose folders' times do not tell that something came, it is found when the
// patient is read again, which is not before its time and one patient at a time.
func TestRound_foldersWhoseTimesDoNotTell(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	prescribe(st, 1)
	old := time.Now().Add(-2 * astray)
	age := func() {
		must(t, filepath.WalkDir(st.Root, func(at string, _ fs.DirEntry, err error) error {
			return errors.Join(err, os.Chtimes(at, old, old))
		}))
	}
	age()
	s, x := linkedOn(t, st)
	onShare(s)
	later := time.Duration(0)
	s.Clock = func() time.Time { return time.Now().Add(later) }
	prescribe(st, 2)
	age()
	s.settle(t.Context())
	if got := documents(t, x); got != 2 {
		t.Errorf("%d documents before it is time", got)
	}
	later = againTime
	s.settle(t.Context())
	if got := documents(t, x); got != 3 {
		t.Errorf("%d documents when it is time", got)
	}
	s.round(t.Context())
	if due := s.takeDue(); len(due) != 0 {
		t.Errorf("%v are to be read though all have just been", due)
	}
}

// A file changes in place and no directory with it: one that could not be read is looked
// at in every round, one that was read in a thorough one.
func TestRound_filesThatChangeInPlace(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	n, body := storagetest.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000001", "20240601100000000", "試験錠")
	st.Write(n, body)
	s, x := linkedOn(t, st)
	broken := func() int {
		s.round(t.Context())
		s.readAllDue(t.Context())
		list, err := x.Unreadable(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	st.Write(n, body[:len(body)-60])
	if got := broken(); got != 1 {
		t.Errorf("unreadable after it was broken: %d, want 1", got)
	}
	st.Write(n, body)
	if got := broken(); got != 0 {
		t.Errorf("unreadable after it was mended: %d, want 0", got)
	}
}

// A round in which nothing has changed reads nothing, and one in which one patient has,
// reads that one.
func TestRound_readsOnlyWhatHasChanged(t *testing.T) {
	st := storagetest.New(t)
	for i := range 300 {
		id := ident.LocalPatientID(fmt.Sprintf("%010d", i*7919))
		st.Demographics(id, storagetest.Hanako, "20240601090000000")
	}
	s, _ := openOn(t, []string{st.Root})
	if err := s.walk(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.settle(t.Context())
	s.round(t.Context())
	if got := s.takeDue(); len(got) != 0 {
		t.Errorf("due after nothing happened: %v", got)
	}
	st.Demographics("0000007919", storagetest.Hanako, "20240701090000000")
	s.round(t.Context())
	if diff := cmp.Diff([]ident.LocalPatientID{"0000007919"}, s.takeDue()); diff != "" {
		t.Errorf("due (-want +got):\n%s", diff)
	}
}

// With a budget that does not reach everybody, every patient is looked at within a few rounds.
func TestRound_takesTurns(t *testing.T) {
	st := storagetest.New(t)
	var ids []ident.LocalPatientID
	for i := range 50 {
		ids = append(ids, ident.LocalPatientID(fmt.Sprintf("%010d", i)))
		st.Demographics(ids[i], storagetest.Hanako, "20240601090000000")
	}
	s, _ := openOn(t, []string{st.Root})
	if err := s.walk(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Budget = 100 // a quarter of it for patients who are not linked
	for _, id := range ids {
		st.Demographics(id, storagetest.Hanako, "20240701090000000")
	}
	seen := map[ident.LocalPatientID]bool{}
	for range 2 {
		s.round(t.Context())
		due := s.takeDue()
		if len(due) > 25 {
			t.Errorf("%d patients in one round of a budget of 25", len(due))
		}
		for _, id := range due {
			seen[id] = true
		}
	}
	if len(seen) != len(ids) {
		t.Errorf("%d of %d patients were looked at", len(seen), len(ids))
	}
}

// A patient who is unlinked is read like any other in the next round: what is wrong with
// the demographics stays listed, documents are not looked at any more. One who is linked
// is read in full, also if nobody asked for it.
func TestRound_followsLinks(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	rival := storagetest.Name(linkedID, "", ssmix2.PatientDemographics, ssmix2.NoOrder, "20240501090000000")
	rival.Department = ""
	st.Write(rival, nil)
	n, body := storagetest.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000001", "20240601100000000", "試験錠")
	st.Write(n, body)
	broken, _ := storagetest.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000002", "20240601100000000", "試験錠")
	st.Write(broken, body[:len(body)-60])
	s, x := linkedOn(t, st)
	bad := func() (dirs []string) {
		list, err := x.Unreadable(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range list {
			dirs = append(dirs, filepath.Base(filepath.Dir(u.Path)))
		}
		return dirs
	}
	if diff := cmp.Diff([]string{"ADT-00", "OMP-01"}, bad()); diff != "" {
		t.Fatalf("unreadable (-want +got):\n%s", diff)
	}
	if err := x.Unlink(t.Context(), linkedID); err != nil {
		t.Fatal(err)
	}
	s.settle(t.Context())
	if diff := cmp.Diff([]string{"ADT-00"}, bad()); diff != "" {
		t.Errorf("unreadable after unlinking (-want +got):\n%s", diff)
	}
	st.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000003", "20240601100000000", "試験錠")
	s.round(t.Context())
	if due := s.takeDue(); len(due) != 0 {
		t.Errorf("due because of a document of a patient who is not linked: %v", due)
	}
	claim := wire.Claim{PatientID: linkedID, Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
	if v, err := x.Link(t.Context(), claim); err != nil || !v.Match {
		t.Fatalf("Link = %+v, %v", v, err)
	}
	s.settle(t.Context())
	if n, err := x.DocumentCount(t.Context()); err != nil || n != 3 {
		t.Errorf("documents = %d, %v, want allergies and two prescriptions", n, err)
	}
}

// When everybody is due at once, those who are linked come first, and the rounds get
// their turn in between.
func TestReadDue_linkedFirst(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	s, x := linkedOn(t, st)
	n, body := storagetest.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000001", "20240601100000000", "試験錠")
	st.Write(n, body)
	for i := range 2 * dueAtOnce {
		s.Soon(ident.LocalPatientID(fmt.Sprintf("9%09d", i)))
	}
	s.Soon(linkedID)
	s.readAllDue(t.Context())
	if got := s.State().Waiting; got != dueAtOnce+1 {
		t.Errorf("%d patients wait after one turn, want %d", got, dueAtOnce+1)
	}
	if n, err := x.DocumentCount(t.Context()); err != nil || n != 2 {
		t.Errorf("documents = %d, %v, want the linked patient's two", n, err)
	}
	s.readAllDue(t.Context())
	s.readAllDue(t.Context())
	if got := s.State().Waiting; got != 0 {
		t.Errorf("%d patients wait after three turns", got)
	}
}

// What was there when the gateway stopped and is not when it starts is forgotten.
func TestWalk_forgetsWhatHasGoneMeanwhile(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(otherID, storagetest.Hanako, "20240601090000000")
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	n, body := storagetest.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000001", "20240601100000000", "試験錠")
	st.Write(n, body[:len(body)-60])
	s, x := linkedOn(t, st)
	if len(contents(t, x)["unreadable"]) != 1 {
		t.Fatal("the broken file is not listed")
	}
	s.Close()
	st.Remove(n)
	if err := os.RemoveAll(filepath.Join(st.Root, "000", "005")); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), s.Config, x)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.walk(t.Context()); err != nil {
		t.Fatal(err)
	}
	again.readAllDue(t.Context())
	got := contents(t, x)
	if len(got["unreadable"]) != 0 || len(got["patients"]) != 1 {
		t.Errorf("still in the index: %v", got)
	}
}
