package source

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// parted is a storage of three roots of which one may go away.
type parted struct {
	t                 *testing.T
	old, young, texts *storagetest.Storage // two standard roots and an extended one
	s                 *Source
	x                 *index.Index
}

const summaryKey = "0000000000000000001"

// newParted has hanako linked, with demographics in the young root, a prescription in each
// of the standard ones and a summary.
func newParted(t *testing.T) *parted {
	t.Helper()
	p := &parted{t: t, old: storagetest.New(t), young: storagetest.New(t), texts: storagetest.New(t)}
	var err error
	p.x, err = index.Open(t.Context(), dbtest.SQLite(t, migrate.Gateway), time.Now)
	must(t, err)
	p.young.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	p.order(p.old, 1, "20240601100000000")
	p.order(p.young, 2, "20240601100000000")
	p.texts.Object(storagetest.ObjectName(linkedID, "20240601", storagetest.DischargeSummary, summaryKey, "20240601120000000"), map[string][]byte{"a.txt": []byte("記録")})
	must(t, p.open())
	must(t, p.s.walk(t.Context()))
	claim := wire.Claim{PatientID: linkedID, Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
	if v, err := p.x.Link(t.Context(), claim); err != nil || !v.Match {
		t.Fatalf("Link = %+v, %v", v, err)
	}
	p.s.Soon(linkedID)
	p.until("all is read", func() bool { return len(p.held()) == 4 })
	return p
}

func (p *parted) open() error {
	cfg := Config{
		Roots: []string{p.old.Root, p.young.Root}, ExtendedRoots: []string{p.texts.Root},
		Workers: 2, Poll: 20 * time.Millisecond, Budget: 10_000, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	s, err := Open(p.t.Context(), cfg, p.x)
	if err == nil {
		p.s = s
		p.t.Cleanup(func() { s.Close() })
	}
	return err
}

func (p *parted) order(st *storagetest.Storage, n int, sent string) ssmix2.Name {
	return st.Prescription(linkedID, storagetest.Hanako, "20240601", orderNumber(n), sent, "試験錠")
}

func orderNumber(n int) string { return strings.Repeat("0", 14) + string(rune('0'+n)) }

// held gives what the index has of the linked patient, as "type time of sending".
func (p *parted) held() []string {
	p.t.Helper()
	entries, err := p.x.Entries(p.t.Context(), p.x.Reader(), linkedID)
	must(p.t, err)
	var out []string
	for _, e := range entries {
		out = append(out, string(e.Kind)+" "+filepath.Base(e.Root)+" "+e.Updated)
	}
	slices.Sort(out)
	return out
}

// until does what Run does until ok holds, and has the patient read at least twice.
func (p *parted) until(what string, ok func() bool) {
	p.t.Helper()
	for range 2 {
		p.s.settle(p.t.Context())
	}
	for end := time.Now().Add(15 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("not in time: %s; holds %q, state %+v", what, p.held(), p.s.State())
		}
		p.s.settle(p.t.Context())
	}
}

// leave takes a root away, and back again.
func (p *parted) leave(st *storagetest.Storage) (back func()) {
	p.t.Helper()
	must(p.t, os.Rename(st.Root, st.Root+"-away"))
	p.until("it is noticed", func() bool { return p.s.State().Trouble.Said != "" })
	return func() {
		p.t.Helper()
		must(p.t, os.Rename(st.Root+"-away", st.Root))
		p.until("it is back", func() bool { st := p.s.State(); return st.Trouble.Said == "" && st.Waiting == 0 })
	}
}

func (p *parted) suspended() bool {
	l, err := p.x.LinkedPatient(p.t.Context(), p.x.Reader(), linkedID)
	must(p.t, err)
	return !l.Live()
}

var taro = storagetest.Person{Family: "別人", Given: "太郎", FamilyKana: "ベツジン", GivenKana: "タロウ", BirthDate: "19500203", Sex: clinical.Male}

// Whichever other root is away, a number that was given to somebody else suspends its link.
func TestAway_reusedNumberSuspends(t *testing.T) {
	for name, pick := range map[string]func(*parted) *storagetest.Storage{
		"an extended root":     func(p *parted) *storagetest.Storage { return p.texts },
		"the other of the two": func(p *parted) *storagetest.Storage { return p.old },
	} {
		t.Run(name, func(t *testing.T) {
			p := newParted(t)
			back := p.leave(pick(p))
			p.young.Demographics(linkedID, taro, "20240701090000000")
			p.until("suspended", p.suspended)
			if got := p.held(); slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, filepath.Base(pick(p).Root)) }) {
				t.Errorf("documents that may be the former patient's and cannot be looked at are still listed: %q", got)
			}
			back()
		})
	}
}

// What lies in a root that is away stays, what comes into the others is read, and what
// happened in it meanwhile is found when it is back.
func TestAway_restIsRead(t *testing.T) {
	p := newParted(t)
	for _, st := range []*storagetest.Storage{p.old, p.texts} {
		back := p.leave(st)
		before := p.held()
		n := p.order(p.young, 3, "20240601110000000")
		p.until("the new order", func() bool { return len(p.held()) == len(before)+1 })
		after := slices.Sorted(slices.Values(append(before, "prescription "+filepath.Base(p.young.Root)+" 20240601110000000")))
		if diff := cmp.Diff(after, p.held()); diff != "" {
			t.Errorf("without %s (-want +got):\n%s", st.Root, diff)
		}
		err := p.s.Refresh(t.Context(), linkedID, nil)
		if key, _, _ := fault.Message(err); !fault.Is(err, fault.Unavailable) || key != keyPartlyAway {
			t.Errorf("Refresh = %v, want that a part cannot be read", err)
		}
		entries, err := p.x.Entries(t.Context(), p.x.Reader(), linkedID)
		must(t, err)
		for _, e := range entries {
			_, err := p.s.Contents().Read(t.Context(), e)
			if gone := e.Root == st.Root; gone != errors.Is(err, errAway) || !gone && err != nil {
				t.Errorf("content of %s: %v", e.Path, err)
			}
		}
		p.young.Remove(n)
		p.until("withdrawn", func() bool { return len(p.held()) == len(before) })
		back()
		if diff := cmp.Diff(before, p.held()); diff != "" {
			t.Errorf("%s is back (-want +got):\n%s", st.Root, diff)
		}
	}
	must(t, p.s.watcher.close()) // it would tell of the deletion, which nobody does of a share
	p.s.unwatch()
	back := p.leave(p.texts)
	p.s.Soon(linkedID)
	p.until("read without it", func() bool { return p.s.State().Waiting == 0 })
	must(t, os.RemoveAll(filepath.Join(p.texts.Root+"-away", "000", "001", string(linkedID))))
	back()
	p.until("its deletion", func() bool { return len(p.held()) == 3 })
	if got := p.held(); slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, filepath.Base(p.texts.Root)) }) {
		t.Errorf("holds %q", got)
	}
}

// An entry of a root that is away, when the other root has files of the entry as well.
func TestAway_sameEntryInTwoRoots(t *testing.T) {
	young := func(flag ssmix2.Flag, sent string, body func([]byte) []byte) func(*parted) {
		return func(p *parted) {
			n, b := storagetest.Prescription(linkedID, storagetest.Hanako, "20240601", orderNumber(1), sent, "別の錠")
			n.Flag = flag
			p.young.Write(n, body(b))
		}
	}
	whole := func(b []byte) []byte { return b }
	cut := func(b []byte) []byte { return b[:len(b)-40] }
	for name, tc := range map[string]struct {
		write func(*parted)
		want  string // time of sending of the entry that holds; "" for none
		bad   index.Reason
	}{
		"a correction":                {young(ssmix2.Current, "20240601110000000", whole), "20240601110000000", ""},
		"an older one":                {young(ssmix2.Current, "20240601080000000", whole), "20240601100000000", ""},
		"a superseded one":            {young(ssmix2.Superseded, "20240601080000000", whole), "20240601100000000", ""},
		"a later deletion":            {young(ssmix2.Deleted, "20240601110000000", whole), "", ""},
		"an earlier deletion":         {young(ssmix2.Deleted, "20240601080000000", whole), "20240601100000000", ""},
		"a correction that is broken": {young(ssmix2.Current, "20240601110000000", cut), "", index.ReasonCut},
	} {
		t.Run(name, func(t *testing.T) {
			p := newParted(t)
			p.leave(p.old)
			tc.write(p)
			have := func() (out string, all int) {
				for _, s := range p.held() {
					if f := strings.Fields(s); f[0] == "prescription" {
						all++
						if f[2] != "20240601100000000" || f[1] == filepath.Base(p.old.Root) {
							out = f[2]
						}
					}
				}
				return out, all
			}
			p.s.Soon(linkedID)
			p.until("as it should be", func() bool { got, _ := have(); return got == tc.want && p.s.State().Waiting == 0 })
			want := 2
			if tc.want == "" {
				want = 1
			}
			if _, all := have(); all != want {
				t.Errorf("%d prescriptions, want %d: %q", all, want, p.held())
			}
			var bad []index.Reason
			for _, r := range reasons(t, p.x) {
				bad = append(bad, r)
			}
			if (tc.bad == "") != (len(bad) == 0) || tc.bad != "" && bad[0] != tc.bad {
				t.Errorf("unreadable = %q, want %q", bad, tc.bad)
			}
		})
	}
}

// Older demographics in a root that answers, or none, say nothing against those in one that
// does not.
func TestAway_olderDemographicsDoNotCount(t *testing.T) {
	p := newParted(t)
	back := p.leave(p.young)
	for _, step := range []string{"none", "older ones"} {
		if step != "none" {
			p.old.Demographics(linkedID, taro, "20230101090000000")
		}
		p.s.Soon(linkedID)
		p.until("read", func() bool { return p.s.State().Waiting == 0 })
		if known, err := p.x.Patient(t.Context(), p.x.Reader(), linkedID); err != nil || known.BirthDate != "1976-01-01" || p.suspended() {
			t.Errorf("%s: known %+v, %v; suspended %v", step, known, err, p.suspended())
		}
		if got := p.held(); len(got) != 4 {
			t.Errorf("%s: holds %q", step, got)
		}
	}
	back()
	if p.suspended() || len(p.held()) != 4 {
		t.Errorf("back: suspended %v, holds %q", p.suspended(), p.held())
	}
}

// What could not be read in a root that is away still cannot be.
func TestAway_unreadableStays(t *testing.T) {
	p := newParted(t)
	n, body := storagetest.Prescription(linkedID, storagetest.Hanako, "20240601", orderNumber(5), "20240601100000000", "試験錠")
	p.old.Write(n, body[:len(body)-40])
	must(t, os.MkdirAll(filepath.Join(p.old.Root, "999", "000", "0000000007"), 0o755))
	p.until("both are listed", func() bool { return len(reasons(t, p.x)) == 2 })
	want := reasons(t, p.x)
	p.leave(p.old)
	must(t, os.MkdirAll(filepath.Join(p.young.Root, "999", "000", "0000000008"), 0o755))
	p.s.Soon(linkedID)
	p.until("what the others have", func() bool { return len(reasons(t, p.x)) == 3 })
	for path, reason := range want {
		if got := reasons(t, p.x)[path]; got != reason {
			t.Errorf("%s is listed as %q, want %q", path, got, reason)
		}
	}
}

// A gateway that starts without a root that it has read before answers with the rest; one
// that it has never read it cannot do without.
func TestAway_atStart(t *testing.T) {
	for name, empty := range map[string]bool{"the folder is not there": false, "the mount point is empty": true} {
		t.Run(name, func(t *testing.T) {
			p := newParted(t)
			for _, st := range []*storagetest.Storage{p.texts, p.young} {
				must(t, os.Mkdir(filepath.Join(st.Root, "no-place-"+filepath.Base(st.Root)), 0o755))
			}
			p.until("what is misplaced", func() bool { return len(reasons(t, p.x)) == 2 })
			before := p.held()
			p.s.Close()
			must(t, os.Rename(p.texts.Root, p.texts.Root+"-away"))
			if empty {
				must(t, os.Mkdir(p.texts.Root, 0o755))
			}
			must(t, p.open())
			must(t, p.s.walk(t.Context()))
			if diff := cmp.Diff(before, p.held()); diff != "" {
				t.Errorf("walked without it (-want +got):\n%s", diff)
			}
			if len(reasons(t, p.x)) != 2 {
				t.Error("what is misplaced in it is not listed any more")
			}
			p.young.Demographics(linkedID, taro, "20240701090000000")
			close(p.s.walked)
			p.until("suspended", p.suspended)
			os.Remove(p.texts.Root) // the mount point, if there is one
			must(t, os.Rename(p.texts.Root+"-away", p.texts.Root))
			p.until("it is back", func() bool { return p.s.State().Trouble.Said == "" })
		})
	}
	t.Run("never read", func(t *testing.T) {
		p := newParted(t)
		p.s.Close()
		p.texts.Root += "-never-there"
		if err := p.open(); err == nil || !strings.Contains(err.Error(), p.texts.Root) {
			t.Errorf("Open = %v, want an error that names the root", err)
		}
	})
	t.Run("not read through", func(t *testing.T) {
		p := newParted(t)
		p.s.Close()
		p.texts = storagetest.New(t)
		must(t, p.open())
		must(t, os.Remove(p.texts.Root))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.s.walk(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("walk = %v, want that it waits", err)
		}
	})
}

// What has gone before it was looked at has not been read through.
func TestAway_goneBeforeTheWalkNotesIt(t *testing.T) {
	st := storagetest.New(t)
	s, x := openOn(t, []string{st.Root})
	must(t, s.prepare(t.Context()))
	must(t, os.Remove(st.Root))
	err := s.noteWalked(t.Context())
	walked, nerr := x.VolumeNoted(t.Context(), index.VolumeWalked, st.Root)
	if !errors.Is(err, errAway) || walked || nerr != nil {
		t.Errorf("noteWalked = %v; noted %v, %v", err, walked, nerr)
	}
}

// A server that has gone silent keeps whoever asks it waiting: the others are followed.
func TestAway_silent(t *testing.T) {
	p := newParted(t)
	silent := make(chan probe)
	for _, v := range p.s.volumes {
		if v.name == p.texts.Root {
			v.probing = silent
		}
	}
	p.until("noticed", func() bool { return p.s.State().Trouble.Said != "" })
	p.young.Demographics(linkedID, taro, "20240701090000000")
	p.until("suspended", p.suspended)
	go func() { silent <- takeProbe(p.texts.Root) }()
	p.until("back", func() bool { return p.s.State().Trouble.Said == "" })
}
