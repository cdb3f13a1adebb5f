package source

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// A file of the future, of a day on which a server's clock was wrong, tells nothing of one
// that is being written now: that is not taken for whole until it has rested.
func TestYoung_besideAFileOfTheFuture(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	future := st.Path(prescribe(st, 1))
	s, x := linkedOn(t, st)
	onShare(s)
	at := time.Now().Add(1000 * time.Hour)
	must(t, os.Chtimes(future, at, at))
	growing := st.Path(prescribe(st, 2))
	grow := func() {
		now := time.Now()
		must(t, os.Chtimes(growing, now, now))
	}
	for end := time.Now().Add(2 * restTime); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		grow()
		s.Soon(linkedID)
		s.settle(t.Context())
		entries, err := x.Entries(t.Context(), x.Reader(), linkedID)
		must(t, err)
		for _, e := range entries {
			if filepath.Base(e.Path) == filepath.Base(growing) && e.MTime != timeYoung {
				t.Fatal("a file that is being written is taken for whole")
			}
		}
	}
	entries, err := x.Entries(t.Context(), x.Reader(), linkedID)
	must(t, err)
	for _, e := range entries {
		if filepath.Base(e.Path) != filepath.Base(growing) {
			continue
		}
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
					grow()
				}
			}
		}()
		_, err := s.Contents().Read(t.Context(), e)
		close(stop)
		<-stopped
		if key, _, _ := fault.Message(err); key != wire.KeyBeingWritten {
			t.Errorf("disclosure of a file that is being written: %v", err)
		}
	}
	for end := time.Now().Add(4 * restTime); s.State().Waiting > 0 && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		s.settle(t.Context())
	}
	if got := documents(t, x); got != 3 || s.State().Waiting != 0 {
		t.Errorf("%d documents, %d patients wait after it rested", got, s.State().Waiting)
	}
}

// Of a share whose server's clock is hours behind, what is being written looks old, and is
// not taken for whole either.
func TestYoung_whereTheClockIsBehind(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	s, x := linkedOn(t, st)
	onShare(s)
	growing := st.Path(prescribe(st, 1))
	behind := time.Now().Add(-9 * time.Hour)
	must(t, os.Chtimes(growing, behind, behind))
	s.Soon(linkedID)
	s.settle(t.Context())
	whole := func() (known, whole bool) {
		entries, err := x.Entries(t.Context(), x.Reader(), linkedID)
		must(t, err)
		for _, e := range entries {
			if filepath.Base(e.Path) == filepath.Base(growing) {
				known, whole = true, e.MTime != timeYoung
			}
		}
		return known, whole
	}
	if known, whole := whole(); !known || whole {
		t.Errorf("just after it was written: known %v, taken for whole %v", known, whole)
	}
	for end := time.Now().Add(4 * restTime); s.State().Waiting > 0 && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		s.settle(t.Context())
	}
	if _, whole := whole(); !whole {
		t.Error("it is never taken for whole")
	}
}

// A patient's folder that is away for a moment, as when it is put back from a copy, does
// not cost the link; one that stays away does.
func TestDemographics_goneForAMoment(t *testing.T) {
	for name, stays := range map[string]bool{"for a moment": false, "for good": true} {
		for what, path := range map[string]string{"folder": ".", "demographics": "-/ADT-00"} {
			t.Run(what+" "+name, func(t *testing.T) {
				st := storagetest.New(t)
				st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
				prescribe(st, 1)
				s, x := linkedOn(t, st)
				live := func() bool {
					l, err := x.LinkedPatient(t.Context(), x.Reader(), linkedID)
					must(t, err)
					return l.Live()
				}
				here := filepath.Join(st.Root, "000", "001", string(linkedID), path)
				away := filepath.Join(t.TempDir(), "away")
				must(t, os.Rename(here, away))
				s.Soon(linkedID)
				s.settle(t.Context())
				if !live() {
					t.Fatal("suspended at once")
				}
				if !stays {
					must(t, os.Rename(away, here))
				}
				for end := time.Now().Add(3 * restTime); live() && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
					s.settle(t.Context())
				}
				if live() == stays {
					t.Errorf("live: %v", live())
				}
				if !stays && documents(t, x) != 2 {
					t.Errorf("%d documents after it was put back", documents(t, x))
				}
			})
		}
	}
}
