package source

import (
	"errors"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

// silentIn gives a folder of a share that answers within a moment or not at all.
func silentIn(t *testing.T) *folder {
	t.Helper()
	f, err := openFolder(t.TempDir())
	must(t, err)
	f.silence = &silence{answer: 20 * time.Millisecond}
	t.Cleanup(func() { must(t, f.closeNow()) })
	return f
}

// Who asks a server that has fallen silent goes away, and nobody asks it after. What comes
// late is let go of.
func TestSilence_nobodyWaits(t *testing.T) {
	f := silentIn(t)
	silent, late := make(chan struct{}), make(chan int)
	_, err := ask(f, "open", "file", func(*handle, func()) (int, error) {
		<-silent
		return 7, nil
	}, func(n int) { late <- n })
	if !errors.Is(err, errAway) || cause.Of(err) != cause.Timeout {
		t.Errorf("error of who waited: %v", err)
	}
	if _, err := f.stat("."); !errors.Is(err, errAway) {
		t.Errorf("stat of a silent share: %v", err)
	}
	if _, _, err := f.list("."); !errors.Is(err, errAway) {
		t.Errorf("list of a silent share: %v", err)
	}
	close(silent)
	if n := <-late; n != 7 {
		t.Errorf("came late: %d", n)
	}
}

// A slow answer is one, as long as some of it comes.
func TestSilence_slowAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := silentIn(t)
		got, err := ask(f, "read", "file", func(_ *handle, some func()) (int, error) {
			for range 10 {
				time.Sleep(f.silence.answer / 2)
				some()
			}
			return 7, nil
		}, nil)
		if err != nil || got != 7 {
			t.Errorf("a slow answer: %d, %v", got, err)
		}
	})
}

// Of a listing that stops in the middle nothing more is taken.
func TestSilence_inTheMiddleOfAListing(t *testing.T) {
	f := silentIn(t)
	f.using.Lock() // as a call that does not come back
	_, err := f.each(".", few, func([]entry) bool {
		t.Error("something was taken")
		return true
	})
	f.using.Unlock()
	if !errors.Is(err, errAway) {
		t.Errorf("error of a silent listing: %v", err)
	}
}

// While a root is silent it is told at once, nothing is concluded from it, the others are
// followed, and a look that gets an answer has it back.
func TestSilence_ofARoot(t *testing.T) {
	st, other := storagetest.New(t), storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	prescribe(st, 1)
	other.Demographics("0000099999", storagetest.Hanako, "20240601090000000")
	s, x := linkedOn(t, st, other)
	onShare(s)
	v := s.volumes[0]
	v.dir.silence = newSilence()
	v.dir.silence.fallen.Store(true)

	if root := s.State().Roots[0]; root.Trouble.Cause != cause.Timeout {
		t.Errorf("trouble of a silent root: %+v", root.Trouble)
	}
	if changed, _ := s.changed(t.Context(), s.patient(linkedID), group{linked: true, thorough: true}); changed {
		t.Error("a patient on a silent root has changed")
	}
	if now := v.now("000/001/"+string(linkedID), stamp{path: ".", time: 7}); now.time != 7 {
		t.Errorf("a folder on a silent root became %+v", now)
	}
	below := len(v.upper)
	v.setAway(nil)
	s.listPatients(t.Context(), 100)
	if len(v.upper) != below {
		t.Errorf("%d folders above the patients' are known, before it was %d", len(v.upper), below)
	}
	prescribe(other, 2)
	s.Soon(linkedID)
	s.readAllDue(t.Context())
	if got := documents(t, x); got != 3 {
		t.Errorf("%d documents with one root silent", got)
	}
	if err := s.Refresh(t.Context(), linkedID, nil); !fault.Is(err, fault.Unavailable) {
		t.Errorf("fetching the latest from a silent root: %v", err)
	}

	if !s.answers(t.Context()) || v.missing() != nil {
		t.Errorf("the root answers again, and: %v", v.missing())
	}
	s.settle(t.Context())
	if got := documents(t, x); got != 3 {
		t.Errorf("%d documents once it answered again", got)
	}
}

// Whoever asks a root that was mounted anew under his hands asks again, and lists nothing.
func TestSilence_mountedAnewMeanwhile(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	s, _ := linkedOn(t, st)
	l, err := s.listPatient(linkedID, true)
	must(t, err)
	defer l.close()
	must(t, l.dirs[0].close())
	if _, err := l.read(0, "."); !errors.Is(err, errAway) || len(l.bad) != 0 {
		t.Errorf("error %v, listed %+v", err, l.bad)
	}
}

// A file that was opened before the share fell silent gives an error, not half of itself.
func TestSilence_ofAnOpenFile(t *testing.T) {
	f := silentIn(t)
	file, w, err := os.Pipe() // of which nothing comes
	must(t, err)
	defer w.Close()
	in := f.reader(file, "file")
	if _, err := io.ReadAll(in); !errors.Is(err, errAway) {
		t.Errorf("read of a silent share: %v", err)
	}
	must(t, in.Close())
}
