package manage_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/release/releasedb"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// gateways answers proposals as one gateway would, taking them in at once.
type gateways struct {
	*flowtest.Gateways
	proposed []wire.Proposal
}

func (g *gateways) Propose(ctx context.Context, f ident.FacilityID, p wire.Proposal) (wire.ReleaseState, error) {
	state, err := g.Release(ctx, f)
	if err != nil {
		return state, err
	}
	if p.BaseVersion != state.Version {
		return state, fault.WithKey(fault.Conflict, "release.stale", nil)
	}
	g.proposed = append(g.proposed, p)
	state = wire.ReleaseState{Version: p.BaseVersion + 1, Matrix: p.Matrix}
	g.With(f, func(gw *flowtest.Gateway) { gw.State = state })
	return state, nil
}

func TestRelease(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		w.gateways.With(flowtest.Hospital, func(g *flowtest.Gateway) {
			g.State = wire.ReleaseState{Version: 7, Matrix: flowtest.Everything()}
		})
		state, err := w.Service.Release(t.Context(), w.boss)
		if err != nil || state.Version != 7 {
			t.Fatalf("Release = %d, %v", state.Version, err)
		}
		next := state.Matrix.Clone()
		next.Set(clinical.KindLab, access.AudienceNurse, access.Cell{})
		if _, err = w.ProposeRelease(t.Context(), w.boss, 7, next); err != nil {
			t.Fatal(err)
		}
		if by := w.gateways.proposed[0].By; !strings.Contains(by, string(w.boss.User)) {
			t.Errorf("proposed by %q", by)
		}
		known, err := releasedb.Store{}.Copy(t.Context(), w.DB.Reader(), flowtest.Hospital)
		if err != nil || known.Version != 8 || known.Matrix.Cell(clinical.KindLab, access.AudienceNurse).Allowed {
			t.Errorf("the copy is at %d, %v: what was narrowed is still shown", known.Version, err)
		}
		_, err = w.ProposeRelease(t.Context(), w.boss, 7, next)
		wantFault(t, err, fault.Conflict, "release.stale")
		w.gateways.With(flowtest.Hospital, func(g *flowtest.Gateway) { g.Online = false })
		_, err = w.ProposeRelease(t.Context(), w.boss, 8, next)
		wantFault(t, err, fault.Unavailable, "gateway.silent")
		if silent, err := w.ReleaseCopy(t.Context(), w.boss); err != nil || silent.Version != 8 {
			t.Errorf("ReleaseCopy = %d, %v", silent.Version, err)
		}
		bad := access.Matrix{"gossip": {access.AudienceOwn: {Allowed: true}}}
		_, err = w.ProposeRelease(t.Context(), w.boss, 8, bad)
		wantFault(t, err, fault.Invalid, "")

		var got []audit.Outcome
		for _, e := range w.Events(audit.ActionRelease) {
			got = append(got, e.Outcome)
			if e.Owner != flowtest.Hospital || e.Decision == "" {
				t.Errorf("row %+v", e)
			}
		}
		want := []audit.Outcome{audit.Allowed, audit.Done, audit.Allowed, audit.Failed, audit.Allowed, audit.Failed}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("audit rows (-want +got):\n%s", diff)
		}
	})
}

func TestRelease_ofAFacilityThatDisclosesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		c := w.Caller(flowtest.Clinic, access.Clerk, access.RoleManager)
		_, err := w.Service.Release(t.Context(), c)
		wantFault(t, err, fault.NotFound, "release.no_gateway")
		_, err = w.ProposeRelease(t.Context(), c, 0, access.Matrix{})
		wantFault(t, err, fault.NotFound, "release.no_gateway")
	})
}
