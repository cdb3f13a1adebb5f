package source

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// asked is a storage whose two documents, a prescription and a letter with an attachment,
// are in the index as they lay there an hour ago.
type asked struct {
	*Source
	prescription, letter     index.Entry
	prescriptionAt, letterAt string // their files
	attachmentAt             string
}

func beginAsked(t *testing.T) *asked {
	t.Helper()
	st, ext := storagetest.New(t), storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	n, body := storagetest.Prescription(linkedID, storagetest.Hanako, "20240601", "000000000000001", "20240601100000000", "試験錠")
	st.Write(n, body)
	o := storagetest.ObjectName(linkedID, "20240601", storagetest.DischargeSummary, "1", "20240601120000000")
	ext.Object(o, map[string][]byte{"doc.xml": storagetest.CDA(linkedID, storagetest.Hanako, "題", "軽快した。"), "a.pdf": []byte("%PDF-" + strings.Repeat("x", 300_000))})
	s, x := linkedOn(t, st)
	v, err := openVolume(ext.Root)
	if err != nil {
		t.Fatal(err)
	}
	v.extended = true
	s.volumes = append(s.volumes, v)
	s.MaxFile = DefaultMaxFile
	s.Soon(linkedID)
	s.settle(t.Context())
	a := &asked{Source: s, prescriptionAt: st.Path(n), letterAt: filepath.Join(ext.ObjectPath(o), "doc.xml"), attachmentAt: filepath.Join(ext.ObjectPath(o), "a.pdf")}
	entries, err := x.Entries(t.Context(), x.Reader(), linkedID)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		switch e.Kind {
		case clinical.KindPrescription:
			a.prescription = e
		case clinical.KindSummary:
			a.letter = e
		}
	}
	if a.prescription.ID == "" || a.letter.ID == "" {
		t.Fatalf("entries %+v", entries)
	}
	return a
}

// ask reads a document and tells how long it took.
func (a *asked) ask(t *testing.T, e index.Entry) (time.Duration, error) {
	t.Helper()
	begun := time.Now()
	_, err := a.Contents().Read(t.Context(), e)
	return time.Since(begun), err
}

func beingWritten(err error) bool {
	key, _, _ := fault.Message(err)
	return key == wire.KeyBeingWritten && fault.Is(err, fault.Unavailable)
}

// touch writes a file anew as it is and gives it a time.
func touch(t *testing.T, path string, at time.Time) {
	t.Helper()
	body, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, body, 0o644)
	}
	if err == nil && !at.IsZero() {
		err = os.Chtimes(path, at, at)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// writing goes on writing to a file until the test ends.
func writing(t *testing.T, path string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin := func(n int) {
		if err := os.WriteFile(path, body[:n], 0o644); err != nil {
			t.Error(err)
		}
	}
	begin(len(body) / 2)
	go func() {
		defer close(done)
		for n := len(body) / 2; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-time.After(50 * time.Millisecond):
				begin(n % len(body))
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
}

// What the index knows as it is, and what is old by the clock, is given at once.
func TestContents_whatHasRested(t *testing.T) {
	t.Parallel()
	a := beginAsked(t)
	for _, e := range []index.Entry{a.prescription, a.letter} {
		if took, err := a.ask(t, e); err != nil || took > time.Second {
			t.Errorf("%s: %v after %v", e.Kind, err, took)
		}
	}
	touch(t, a.prescriptionAt, time.Now().Add(-time.Minute)) // other than the index knows
	touch(t, a.letterAt, time.Now().Add(-time.Minute))
	for _, e := range []index.Entry{a.prescription, a.letter} {
		if took, err := a.ask(t, e); err != nil || took > time.Second {
			t.Errorf("%s, written a minute ago: %v after %v", e.Kind, err, took)
		}
	}
}

// What was written just now is waited for, and given if nobody goes on.
func TestContents_whatIsAboutToRest(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		set  func(a *asked)
		at   time.Duration // of the file, against now
	}{
		{"this machine's disk", func(*asked) {}, 0},
		{"a clock set back: everything is of the future", func(a *asked) { a.Clock = func() time.Time { return time.Now().Add(-48 * time.Hour) } }, 0},
		{"a file of the future", func(*asked) {}, 3 * time.Hour},
		{"a share, which has a clock of its own", func(a *asked) { onShare(a.Source) }, -5 * time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := beginAsked(t)
			tc.set(a)
			for _, e := range []index.Entry{a.prescription, a.letter} { // the index knows them whatever the clock says
				if took, err := a.ask(t, e); err != nil || took > time.Second {
					t.Errorf("%s, as the index has it: %v after %v", e.Kind, err, took)
				}
			}
			for path, e := range map[string]index.Entry{a.prescriptionAt: a.prescription, a.letterAt: a.letter} {
				touch(t, path, time.Now().Add(tc.at))
				took, err := a.ask(t, e)
				if err != nil || took < restTime-time.Second || took > patienceTime+time.Second {
					t.Errorf("%s: %v after %v, want it after about %v", e.Kind, err, took, restTime)
				}
			}
		})
	}
}

// What somebody goes on writing is not given, whole though it may look, and one request
// does not wait for ever, nor once for every document.
func TestContents_whatIsBeingWritten(t *testing.T) {
	t.Parallel()
	a := beginAsked(t)
	writing(t, a.prescriptionAt)
	writing(t, a.letterAt)
	begun, c := time.Now(), a.Contents()
	for _, e := range []index.Entry{a.prescription, a.letter} {
		if _, err := c.Read(t.Context(), e); !beingWritten(err) {
			t.Errorf("%s: %v, want it to be said that it is being written", e.Kind, err)
		}
	}
	if took := time.Since(begun); took > patienceTime+time.Second {
		t.Errorf("both took %v", took)
	}
	if _, err := a.OpenFile(t.Context(), a.letter, 0, "x"); !beingWritten(err) {
		t.Errorf("its file: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := a.Contents().Read(ctx, a.prescription); err == nil || ctx.Err() == nil {
		t.Errorf("who goes away waits on: %v", err)
	}
}

// A half that is completed within the time is given whole.
func TestContents_whatIsCompleted(t *testing.T) {
	t.Parallel()
	a := beginAsked(t)
	whole, err := os.ReadFile(a.letterAt)
	if err != nil {
		t.Fatal(err)
	}
	half := strings.Replace(string(whole), "軽快した。", "", 1) // which reads like a document
	if err := os.WriteFile(a.letterAt, []byte(half), 0o644); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(500*time.Millisecond, func() {
		if err := os.WriteFile(a.letterAt, whole, 0o644); err != nil {
			t.Error(err)
		}
	})
	doc, err := a.Contents().Read(t.Context(), a.letter)
	if err != nil || len(doc.Text.Sections) != 1 || doc.Text.Sections[0].Blocks[0].Paragraph != "軽快した。" {
		t.Errorf("document %+v, %v", doc.Text, err)
	}
}

// What is superseded while it is waited for is not given.
func TestContents_whatIsSupersededMeanwhile(t *testing.T) {
	t.Parallel()
	a := beginAsked(t)
	touch(t, a.letterAt, time.Time{})
	folder := filepath.Dir(a.letterAt)
	time.AfterFunc(500*time.Millisecond, func() {
		if err := os.Rename(folder, strings.TrimSuffix(folder, "1")+"2"); err != nil {
			t.Error(err)
		}
	})
	if _, err := a.ask(t, a.letter); !fault.Is(err, fault.NotFound) {
		t.Errorf("Read = %v, want not found", err)
	}
}

// A file that is written to while it is sent does not end as if it were whole.
func TestOpenFile_writtenToMeanwhile(t *testing.T) {
	t.Parallel()
	a := beginAsked(t)
	doc, err := a.Contents().Read(t.Context(), a.letter)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []bool{false, true} {
		f, err := a.OpenFile(t.Context(), a.letter, 0, doc.Text.Files[0].Mark())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(f.Content, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		if change {
			touch(t, a.attachmentAt, time.Time{}) // of the same length
		}
		rest, err := io.ReadAll(f.Content)
		if change && (!beingWritten(err) || int64(1000+len(rest)) >= f.Size) {
			t.Errorf("%d bytes more and %v of a file that was written to", len(rest), err)
		}
		if !change && (err != nil || int64(1000+len(rest)) != f.Size) {
			t.Errorf("%d bytes more and %v, want %d", len(rest), err, f.Size-1000)
		}
		f.Content.Close()
	}
}
