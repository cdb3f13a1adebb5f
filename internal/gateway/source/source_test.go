package source_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const hanako = ident.LocalPatientID("0000012345")

// following is a storage that is followed.
type following struct {
	*source.Source
	t      *testing.T
	index  *index.Index
	config source.Config
	stop   func()
}

func newIndex(t *testing.T) *index.Index {
	t.Helper()
	x, err := index.Open(t.Context(), dbtest.SQLite(t, migrate.Gateway), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// follow walks and follows; the tests poll four times as often as production does.
func follow(t *testing.T, x *index.Index, roots ...*storagetest.Storage) *following {
	t.Helper()
	f := begin(t, x, roots...)
	select {
	case <-f.Walked():
	case <-time.After(10 * time.Second):
		t.Fatal("the storage was not walked")
	}
	return f
}

func begin(t *testing.T, x *index.Index, roots ...*storagetest.Storage) *following {
	t.Helper()
	return beginWith(t, x, func(*source.Config) {}, roots...)
}

func beginWith(t *testing.T, x *index.Index, set func(*source.Config), roots ...*storagetest.Storage) *following {
	t.Helper()
	cfg := source.Config{Workers: 4, Poll: 500 * time.Millisecond, Budget: 10_000, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}
	for _, r := range roots {
		cfg.Roots = append(cfg.Roots, r.Root)
	}
	set(&cfg)
	s, err := source.Open(t.Context(), cfg, x)
	if err != nil {
		t.Fatal(err)
	}
	f := &following{Source: s, t: t, index: x, config: cfg}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	f.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	t.Cleanup(f.stop)
	return f
}

// link links a patient by the claim that agrees with p.
func (f *following) link(id ident.LocalPatientID, p storagetest.Person) {
	f.t.Helper()
	f.linkIn(id, p)
	f.Soon(id)
}

func (f *following) linkIn(id ident.LocalPatientID, p storagetest.Person) {
	f.t.Helper()
	v, err := f.index.Link(f.t.Context(), claim(id, p))
	if err != nil {
		f.t.Fatal(err)
	}
	if !v.Match {
		f.t.Fatalf("Link = %+v, want a match", v)
	}
}

func claim(id ident.LocalPatientID, p storagetest.Person) wire.Claim {
	d := p.BirthDate
	return wire.Claim{
		PatientID: id, Name: p.Family + " " + p.Given, Kana: p.FamilyKana + " " + p.GivenKana,
		BirthDate: d[:4] + "-" + d[4:6] + "-" + d[6:], Sex: p.Sex,
	}
}

// within demands that ok holds soon: 5 s on local disk are promised, twice that is given
// to a machine that is busy with other tests.
func (f *following) within(what string, ok func() bool) {
	f.t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			f.t.Fatalf("not in time: %s; items %v, unreadable %v", what, f.items(hanako), f.unreadable())
		}
	}
}

// items lists what exists for a patient as "type order time stamp".
func (f *following) items(id ident.LocalPatientID) []string {
	f.t.Helper()
	entries, err := f.index.Entries(f.t.Context(), f.index.Reader(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.DataType+" "+e.Date+" "+e.Updated)
	}
	slices.Sort(out)
	return out
}

func (f *following) unreadable() map[string]index.Reason {
	f.t.Helper()
	list, err := f.index.Unreadable(f.t.Context(), 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	out := map[string]index.Reason{}
	for _, u := range list {
		out[u.Path] = u.Reason
	}
	return out
}

func (f *following) patients() int {
	f.t.Helper()
	n, err := f.index.PatientCount(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

func (f *following) known(c wire.Claim) wire.Verification {
	f.t.Helper()
	v, err := f.index.Verify(f.t.Context(), c)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

func TestWalk_readsDemographicsOfAllAndDocumentsOfTheLinked(t *testing.T) {
	t.Parallel()
	st := storagetest.New(t)
	st.Demographics(hanako, storagetest.Hanako, "20240601090000000", "ペニシリン")
	st.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
	st.Lab(hanako, storagetest.Hanako, "20240601", "000000000000900", "20240601123000000", "9.9", "H")
	st.Reception(hanako, storagetest.Hanako, "20240601", "20240601090500000")
	other := storagetest.Person{Family: "試験", Given: "次郎", FamilyKana: "シケン", GivenKana: "ジロウ", BirthDate: "19500203", Sex: clinical.Male}
	st.Demographics("0000099999", other, "20240601090000000")
	st.Prescription("0000099999", other, "20240601", "000000000000778", "20240601103000000", "別の錠")

	f := follow(t, newIndex(t), st)
	if got := f.patients(); got != 2 {
		t.Errorf("patients = %d, want 2", got)
	}
	if v := f.known(claim("0000099999", other)); !v.Match {
		t.Errorf("Verify = %+v, want a match", v)
	}
	if got := f.items(hanako); got != nil {
		t.Fatalf("content of a patient who is not linked was indexed: %v", got)
	}
	f.link(hanako, storagetest.Hanako)
	want := []wire.Item{
		{PatientID: hanako, Kind: clinical.KindAllergy, DataType: "ADT-00", Date: "20240601", Entries: 1, Updated: "20240601090000000"},
		{PatientID: hanako, Kind: clinical.KindEncounter, DataType: "ADT-12", Date: "20240601", Time: "0905", Department: "01", Event: clinical.EventReception, Updated: "20240601090500000"},
		{PatientID: hanako, Kind: clinical.KindLab, DataType: "OML-11", Date: "20240601", Time: "0930", Department: "01", Entries: 1, Abnormal: true, Updated: "20240601123000000"},
		{PatientID: hanako, Kind: clinical.KindPrescription, DataType: "OMP-01", Date: "20240601", Department: "01", Entries: 1, Updated: "20240601103000000"},
	}
	f.within("four documents", func() bool { return len(f.items(hanako)) == len(want) })
	entries, err := f.index.Entries(t.Context(), f.index.Reader(), hanako)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(entries, func(a, b index.Entry) int { return cmpStrings(a.DataType, b.DataType) })
	for i, e := range entries {
		if !ident.Valid(string(e.ID)) {
			t.Errorf("item id %q", e.ID)
		}
		e.ID = ""
		if diff := cmp.Diff(want[i], e.Item); diff != "" {
			t.Errorf("item (-want +got):\n%s", diff)
		}
	}
	if got := f.items("0000099999"); got != nil {
		t.Errorf("content of a patient who is not linked was indexed: %v", got)
	}
	if got := f.unreadable(); len(got) > 0 {
		t.Errorf("unreadable: %v", got)
	}
}

func cmpStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// What happens to a file of a linked patient is seen within 5 s.
func TestFollow_documents(t *testing.T) {
	t.Parallel()
	const date, order = "20240601", "000000000000777"
	at := func(stamp string) string { return "OMP-01 " + date + " " + stamp }
	for name, tc := range map[string]struct {
		do   func(st *storagetest.Storage, old ssmix2.Name)
		want []string
	}{
		"new in a new folder": {func(st *storagetest.Storage, _ ssmix2.Name) {
			st.Lab(hanako, storagetest.Hanako, "20240701", "000000000000001", "20240701123000000", "7.0", "N")
		}, []string{"OML-11 20240701 20240701123000000", at("20240601103000000")}},
		"new in a folder that was there": {func(st *storagetest.Storage, _ ssmix2.Name) {
			st.Prescription(hanako, storagetest.Hanako, date, "000000000000778", "20240601110000000", "別の錠")
		}, []string{at("20240601103000000"), at("20240601110000000")}},
		"superseded": {func(st *storagetest.Storage, old ssmix2.Name) {
			st.Rename(old, ssmix2.Superseded)
			st.Prescription(hanako, storagetest.Hanako, date, order, "20240601110000000", "試験錠")
		}, []string{at("20240601110000000")}},
		"deleted": {func(st *storagetest.Storage, old ssmix2.Name) {
			st.Rename(old, ssmix2.Deleted)
			n, body := storagetest.Prescription(hanako, storagetest.Hanako, date, order, "20240601120000000", "試験錠")
			n.Flag = ssmix2.Deleted
			st.Write(n, body)
		}, nil},
		"between two versions": {func(st *storagetest.Storage, old ssmix2.Name) {
			st.Rename(old, ssmix2.Superseded)
		}, nil},
		"taken away": {func(st *storagetest.Storage, old ssmix2.Name) { st.Remove(old) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := storagetest.New(t)
			st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
			old := st.Prescription(hanako, storagetest.Hanako, date, order, "20240601103000000", "試験錠")
			f := follow(t, newIndex(t), st)
			f.link(hanako, storagetest.Hanako)
			allergies := "ADT-00 20240601 20240601090000000"
			f.within("first version", func() bool {
				return slices.Equal(f.items(hanako), []string{allergies, at("20240601103000000")})
			})
			tc.do(st, old)
			f.within("change", func() bool { return slices.Equal(f.items(hanako), append([]string{allergies}, tc.want...)) })
		})
	}
}

// A broken file is listed with path and reason, never stops the rest, and leaves the
// list when it is mended.
func TestFollow_brokenFiles(t *testing.T) {
	t.Parallel()
	good, body := storagetest.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
	_, ofAnother := storagetest.Prescription("0000054321", storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
	named := func(typ ssmix2.DataType) ssmix2.Name {
		n := good
		n.DataType = typ
		return n
	}
	superseded := good
	superseded.Flag = ssmix2.Superseded
	for name, tc := range map[string]struct {
		name ssmix2.Name
		body []byte
		want index.Reason
	}{
		"cut":                   {good, body[:len(body)-60], index.ReasonCut},
		"of another patient":    {good, ofAnother, index.ReasonWrongPatient},
		"of an unknown type":    {named("OMX-99"), body, index.ReasonUnknownType},
		"in UTF-16":             {good, utf16(body), index.ReasonNotMessage},
		"with undecodable text": {good, slices.Replace(slices.Clone(body), 0, 0), index.ReasonEncoding},
		"empty":                 {good, nil, index.ReasonEmpty},
		"of another type":       {named(ssmix2.LabResult), body, index.ReasonContent},
		"only superseded":       {superseded, body, index.ReasonNoCurrent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.want == index.ReasonEncoding {
				tc.body = undecodable(t, body)
			}
			st := storagetest.New(t)
			st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
			st.Lab(hanako, storagetest.Hanako, "20240601", "000000000000900", "20240601123000000", "7.0", "N")
			st.Write(tc.name, tc.body)
			f := follow(t, newIndex(t), st)
			f.link(hanako, storagetest.Hanako)
			below, err := tc.name.Path()
			if err != nil {
				t.Fatal(err)
			}
			f.within("listed", func() bool { return f.unreadable()[below] == tc.want })
			if got := len(f.items(hanako)); got != 2 {
				t.Errorf("%d documents beside the broken one, want 2", got)
			}
			if tc.name != good {
				return
			}
			st.Write(good, body)
			f.within("mended", func() bool { return len(f.unreadable()) == 0 && len(f.items(hanako)) == 3 })
		})
	}
}

func utf16(body []byte) []byte {
	out := []byte{0xFF, 0xFE}
	for _, b := range body {
		out = append(out, b, 0)
	}
	return out
}

// undecodable spoils the drug's name: an escape sequence that names no character set.
func undecodable(t *testing.T, body []byte) []byte {
	t.Helper()
	i := slices.Index(body, 'R') // of RXE, in whose name the escape goes
	for ; i < len(body) && string(body[i:i+3]) != "RXE"; i++ {
	}
	j := i + slices.Index(body[i:], '^') + 1
	return slices.Insert(slices.Clone(body), j, []byte("\x1b$(Z!!\x1b(B")...)
}

// A file that is still being written is not listed, and read when it is whole.
func TestFollow_halfWrittenFile(t *testing.T) {
	t.Parallel()
	st := storagetest.New(t)
	st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	f := follow(t, newIndex(t), st)
	f.link(hanako, storagetest.Hanako)
	f.within("allergies", func() bool { return len(f.items(hanako)) == 1 })
	st.Aged = false
	n, body := storagetest.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
	st.Write(n, body[:len(body)-60])
	time.Sleep(time.Second) // the writer is slow; rounds pass
	if got := f.unreadable(); len(got) > 0 {
		t.Errorf("listed while it was being written: %v", got)
	}
	st.Write(n, body)
	f.within("whole", func() bool { return len(f.items(hanako)) == 2 })
	if got := f.unreadable(); len(got) > 0 {
		t.Errorf("listed: %v", got)
	}
}

func TestFollow_newPatientAndChangedDemographics(t *testing.T) {
	t.Parallel()
	st := storagetest.New(t)
	old := st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	f := follow(t, newIndex(t), st)
	st.Demographics("0000099999", storagetest.Hanako, "20240601090000000")
	f.within("new patient", func() bool { return f.known(claim("0000099999", storagetest.Hanako)).Match })
	married := storagetest.Hanako
	married.Family, married.FamilyKana = "検査", "ケンサ"
	st.Rename(old, ssmix2.Superseded)
	current := st.Demographics(hanako, married, "20240701090000000")
	f.within("new name", func() bool { return f.known(claim(hanako, married)).Match })
	st.Rename(current, ssmix2.Deleted)
	f.within("deleted patient", func() bool { return !f.known(claim(hanako, married)).Known })
}

// A number that is given to somebody else suspends the link; content stays out of reach
// even if the old record comes back, until somebody links anew.
func TestFollow_reusedNumberSuspends(t *testing.T) {
	t.Parallel()
	st := storagetest.New(t)
	old := st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	f := follow(t, newIndex(t), st)
	f.link(hanako, storagetest.Hanako)
	f.within("read", func() bool { return len(f.items(hanako)) == 1 })
	differs := func() []wire.Field {
		l, err := f.index.LinkedPatient(t.Context(), f.index.Reader(), hanako)
		if err != nil {
			t.Fatal(err)
		}
		return l.Differs
	}
	st.Rename(old, ssmix2.Superseded)
	time.Sleep(700 * time.Millisecond) // a round sees the moment between two versions
	if got := differs(); got != nil {
		t.Fatalf("suspended between two versions of the demographics: %v", got)
	}
	somebody := storagetest.Person{Family: "別", Given: "人", FamilyKana: "ベツ", GivenKana: "ヒト", BirthDate: "20010101", Sex: clinical.Female}
	current := st.Demographics(hanako, somebody, "20240701090000000")
	want := []wire.Field{wire.FieldBirthDate, wire.FieldKana}
	f.within("suspended", func() bool { return slices.Equal(differs(), want) })
	st.Rename(current, ssmix2.Superseded)
	st.Demographics(hanako, storagetest.Hanako, "20240801090000000")
	f.within("old record", func() bool { return f.known(claim(hanako, storagetest.Hanako)).Match })
	if got := differs(); !slices.Equal(got, want) {
		t.Errorf("agreeing again changed the suspension to %v", got)
	}
	f.linkIn(hanako, storagetest.Hanako)
	if got := differs(); got != nil {
		t.Errorf("linked anew and still suspended: %v", got)
	}
}

func TestWalk_mergesVolumes(t *testing.T) {
	t.Parallel()
	undated, dated := storagetest.New(t), storagetest.New(t)
	undated.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	old := dated.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
	dated.Rename(old, ssmix2.Superseded)
	undated.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601110000000", "試験錠")
	f := follow(t, newIndex(t), undated, dated)
	f.link(hanako, storagetest.Hanako)
	want := []string{"ADT-00 20240601 20240601090000000", "OMP-01 20240601 20240601110000000"}
	f.within("merged", func() bool { return slices.Equal(f.items(hanako), want) })
}

// A share that is not mounted is not a hospital without patients.
func TestFollow_storageThatGoesAway(t *testing.T) {
	t.Parallel()
	st := storagetest.New(t)
	st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	x := newIndex(t)
	f := follow(t, x, st)
	f.link(hanako, storagetest.Hanako)
	f.within("read", func() bool { return len(f.items(hanako)) == 1 })

	away := st.Root + "-away"
	if err := os.Rename(st.Root, away); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(st.Root, 0o755); err != nil { // the mount point that is left
		t.Fatal(err)
	}
	note := filepath.Join(st.Root, "NOT-MOUNTED.txt")
	if err := os.WriteFile(note, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f.within("noticed", func() bool { return f.State().Trouble.Said != "" })
	if err := f.Refresh(t.Context(), hanako, nil); err == nil {
		t.Error("a refresh of a storage that is away succeeded")
	}
	if got := f.items(hanako); len(got) != 1 {
		t.Errorf("items = %v: taken for deleted", got)
	}
	if v := f.known(claim(hanako, storagetest.Hanako)); !v.Match {
		t.Error("the patient was taken for deleted")
	}

	f.stop() // and after a restart as well
	f = begin(t, x, st)
	f.within("noticed after the restart", func() bool { return f.State().Trouble.Said != "" })
	select {
	case <-f.Walked():
		t.Error("an empty mount point was walked")
	default:
	}
	if err := os.RemoveAll(st.Root); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(away, st.Root); err != nil {
		t.Fatal(err)
	}
	f.within("back", func() bool {
		return f.State().Trouble.Said == "" && f.State().Waiting == 0 && !f.State().Looked.IsZero()
	})
	if v := f.known(claim(hanako, storagetest.Hanako)); !v.Match || len(f.items(hanako)) != 1 {
		t.Errorf("after it came back: %+v, %v", v, f.items(hanako))
	}
}
