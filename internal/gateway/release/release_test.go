package release_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/release"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

var now = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

const by = "管理 花子 (u1)"

var (
	open    = access.Cell{Allowed: true}
	delayed = access.Cell{Allowed: true, DelayDays: 7}
	shut    = access.Cell{}
)

// each runs a test on a store of either engine that begins with the default matrix.
func each(t *testing.T, fn func(t *testing.T, s *release.Store, d *db.DB)) {
	t.Helper()
	dbtest.Each(t, migrate.Gateway, func(t *testing.T, d *db.DB) {
		s, err := release.Open(t.Context(), d, clock, release.Default())
		if err != nil {
			t.Fatal(err)
		}
		fn(t, s, d)
	})
}

func state(t *testing.T, s *release.Store) wire.ReleaseState {
	t.Helper()
	st, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// propose proposes the present matrix with one cell changed.
func propose(t *testing.T, s *release.Store, k clinical.Kind, a access.Audience, c access.Cell) wire.ReleaseState {
	t.Helper()
	st := state(t, s)
	m := st.Matrix.Clone()
	m.Set(k, a, c)
	st, err := s.Propose(t.Context(), wire.Proposal{BaseVersion: st.Version, Matrix: m, By: by})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestPropose(t *testing.T) {
	for name, tc := range map[string]struct {
		audience access.Audience // nurses see laboratory results at once, care staff do not
		to       access.Cell
		version  int64
		inForce  access.Cell
		pending  int
	}{
		"narrowing acts at once":            {access.AudienceNurse, shut, 2, shut, 0},
		"delaying acts at once":             {access.AudienceNurse, delayed, 2, delayed, 0},
		"widening waits":                    {access.AudienceCare, open, 1, shut, 1},
		"widening with a delay waits":       {access.AudienceCare, delayed, 1, shut, 1},
		"what changes nothing does nothing": {access.AudienceNurse, open, 1, open, 0},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *release.Store, _ *db.DB) {
				got := propose(t, s, clinical.KindLab, tc.audience, tc.to)
				if got.Version != tc.version || len(got.Pending) != tc.pending {
					t.Errorf("version %d with %d pending, want %d with %d", got.Version, len(got.Pending), tc.version, tc.pending)
				}
				if c := got.Matrix.Cell(clinical.KindLab, tc.audience); c != tc.inForce {
					t.Errorf("in force %+v, want %+v", c, tc.inForce)
				}
				if diff := cmp.Diff(got, state(t, s)); diff != "" {
					t.Errorf("the answer is not the state (-answer +state):\n%s", diff)
				}
			})
		})
	}
}

func TestPropose_refuses(t *testing.T) {
	each(t, func(t *testing.T, s *release.Store, _ *db.DB) {
		before := state(t, s)
		wrong := before.Matrix.Clone()
		wrong.Set("genome", access.AudienceNurse, open)
		for name, tc := range map[string]struct {
			p    wire.Proposal
			kind fault.Kind
		}{
			"another version":   {wire.Proposal{BaseVersion: before.Version + 1, Matrix: before.Matrix}, fault.Conflict},
			"an unknown kind":   {wire.Proposal{BaseVersion: before.Version, Matrix: wrong}, fault.Invalid},
			"no matrix":         {wire.Proposal{BaseVersion: before.Version}, fault.Invalid},
			"a version of past": {wire.Proposal{BaseVersion: 0, Matrix: access.Matrix{}}, fault.Conflict},
		} {
			if _, err := s.Propose(t.Context(), tc.p); !fault.Is(err, tc.kind) {
				t.Errorf("%s: %v, want %s", name, err, tc.kind)
			}
		}
		if diff := cmp.Diff(before, state(t, s)); diff != "" {
			t.Errorf("a refused proposal changed the matrix:\n%s", diff)
		}
	})
}

func TestApproveAndReject(t *testing.T) {
	each(t, func(t *testing.T, s *release.Store, _ *db.DB) {
		lab := propose(t, s, clinical.KindLab, access.AudienceCare, open).Pending[0]
		injection := propose(t, s, clinical.KindInjection, access.AudienceCare, delayed).Pending
		want := wire.PendingChange{
			ID:         lab.ID,
			Change:     access.Change{Kind: clinical.KindLab, Audience: access.AudienceCare, From: shut, To: open},
			ProposedBy: by, ProposedAt: db.Micros(now),
		}
		if diff := cmp.Diff(want, lab); diff != "" {
			t.Errorf("pending (-want +got):\n%s", diff)
		}
		if len(injection) != 2 {
			t.Fatalf("pending = %+v, want both", injection)
		}
		if err := s.Approve(t.Context(), lab.ID, "at the keyboard"); err != nil {
			t.Fatal(err)
		}
		st := state(t, s)
		if st.Version != 2 || st.Matrix.Cell(clinical.KindLab, access.AudienceCare) != open || len(st.Pending) != 1 {
			t.Errorf("after approval: version %d, %+v, %d pending", st.Version, st.Matrix.Cell(clinical.KindLab, access.AudienceCare), len(st.Pending))
		}
		if err := s.Reject(t.Context(), st.Pending[0].ID, "at the keyboard"); err != nil {
			t.Fatal(err)
		}
		st = state(t, s)
		if st.Version != 2 || st.Matrix.Cell(clinical.KindInjection, access.AudienceCare) != shut || len(st.Pending) != 0 {
			t.Errorf("after rejection: %+v", st)
		}
		for _, id := range []string{lab.ID, "no-such-change"} {
			if err := s.Approve(t.Context(), id, "x"); !fault.Is(err, fault.NotFound) {
				t.Errorf("Approve(%s) = %v, want not found", id, err)
			}
			if err := s.Reject(t.Context(), id, "x"); !fault.Is(err, fault.NotFound) {
				t.Errorf("Reject(%s) = %v, want not found", id, err)
			}
		}
		history, err := s.History(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range history {
			got = append(got, v.By)
		}
		if diff := cmp.Diff([]string{"at the keyboard", "configuration"}, got); diff != "" {
			t.Errorf("history (-want +got):\n%s", diff)
		}
	})
}

// A cell that was narrowed after a widening of it was proposed is not widened by an
// approval that was meant for the earlier state.
func TestPropose_replacesWhatWaitsForTheCell(t *testing.T) {
	each(t, func(t *testing.T, s *release.Store, _ *db.DB) {
		propose(t, s, clinical.KindLab, access.AudienceNurse, delayed)
		old := propose(t, s, clinical.KindLab, access.AudienceNurse, open).Pending[0]
		if st := propose(t, s, clinical.KindLab, access.AudienceNurse, shut); len(st.Pending) != 0 {
			t.Errorf("pending = %+v", st.Pending)
		}
		if err := s.Approve(t.Context(), old.ID, "x"); !fault.Is(err, fault.NotFound) {
			t.Errorf("Approve = %v, want not found", err)
		}
		if c := state(t, s).Matrix.Cell(clinical.KindLab, access.AudienceNurse); c != shut {
			t.Errorf("in force %+v", c)
		}
	})
}

func TestOpen_keepsWhatTheHospitalDecided(t *testing.T) {
	each(t, func(t *testing.T, s *release.Store, d *db.DB) {
		want := propose(t, s, clinical.KindLab, access.AudienceNurse, shut)
		again, err := release.Open(t.Context(), d, clock, release.Default())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, state(t, again)); diff != "" {
			t.Errorf("after a restart (-want +got):\n%s", diff)
		}
	})
}

func TestDefault(t *testing.T) {
	m := release.Default()
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	care := map[clinical.Kind]bool{clinical.KindEncounter: true, clinical.KindPrescription: true, clinical.KindAllergy: true}
	notes := map[clinical.Kind]bool{clinical.KindPhysicianNote: true, clinical.KindNursingNote: true}
	for _, k := range clinical.Kinds() {
		for _, a := range access.Audiences() {
			want := a == access.AudienceOwn || !notes[k] && (a != access.AudienceCare || care[k])
			if got := m.Cell(k, a); got.Allowed != want || got.DelayDays != 0 {
				t.Errorf("%s for %s: %+v, want allowed %v", k, a, got, want)
			}
		}
	}
}
