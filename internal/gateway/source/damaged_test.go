package source

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// A patient's record in the index is damaged: that patient waits longer each time, is told of
// once, and holds up neither the others nor the walk. Linked anew, it is whole again.
func TestDamagedRecord(t *testing.T) {
	ctx := t.Context()
	st := storagetest.New(t)
	st.Demographics(linkedID, storagetest.Hanako, "20240601090000000")
	d := dbtest.SQLite(t, migrate.Gateway)
	x, err := index.Open(ctx, d, time.Now)
	must(t, err)
	var logged strings.Builder
	open := func() *Source {
		s, err := Open(ctx, Config{
			Roots: []string{st.Root}, Workers: 2, Poll: 20 * time.Millisecond, Budget: 10_000, Clock: time.Now,
			Log: slog.New(slog.NewTextHandler(&logged, nil)),
		}, x)
		must(t, err)
		t.Cleanup(func() { s.Close() })
		return s
	}
	s := open()
	must(t, s.walk(ctx))
	claim := wire.Claim{PatientID: linkedID, Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
	if v, err := x.Link(ctx, claim); err != nil || !v.Match {
		t.Fatalf("Link = %+v, %v", v, err)
	}
	prescribe(st, 1)
	s.Soon(linkedID)
	s.readAllDue(ctx)
	_, err = d.Writer().ExecContext(ctx, `UPDATE record SET items = $1`, []byte{4, 200})
	must(t, err)

	prescribe(st, 2)
	var pauses []time.Duration
	for range 13 {
		s.takeAll()
		s.readNow(ctx, linkedID)
		pauses = append(pauses, s.damaged[linkedID].pause)
	}
	if pauses[0] != retryPause || pauses[1] != 2*retryPause || pauses[12] != maxDamagedPause {
		t.Errorf("pauses %v", pauses)
	}
	s.takeAll()
	s.Soon(linkedID) // as a round does that finds the folder changed
	if at := time.Until(s.due[linkedID]); at < maxDamagedPause/2 {
		t.Errorf("read again in %v", at)
	}
	if got := s.State(); got.Damaged != 1 || got.Trouble != (cause.Trouble{}) || !s.Behind().IsZero() {
		t.Errorf("state %+v", got)
	}
	if n := strings.Count(logged.String(), "is damaged: link"); n != 1 || strings.Contains(logged.String(), "cannot be written") {
		t.Errorf("told %d times:\n%s", n, logged.String())
	}

	again := open()
	must(t, again.walk(ctx)) // or it never ends
	if got := again.State(); got.Damaged != 1 || got.Trouble != (cause.Trouble{}) {
		t.Errorf("state after a walk %+v", got)
	}
	must(t, x.Unlink(ctx, linkedID))
	if v, err := x.Link(ctx, claim); err != nil || !v.Match {
		t.Fatalf("Link = %+v, %v", v, err)
	}
	must(t, again.Refresh(ctx, linkedID, func(wire.Progress) error { return nil }))
	if got := again.State(); documents(t, x) != 3 || got.Damaged != 0 {
		t.Errorf("%d documents, state %+v once it was linked anew", documents(t, x), got)
	}
}

// takeAll takes all patients who are to be read again, as when their time has come.
func (s *Source) takeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.due)
}
