package gateway_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/release"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func openRelease(t *testing.T, cfg gateway.Config) *release.Store {
	t.Helper()
	s, closer, err := gateway.OpenRelease(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closer(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// Whoever sits at the gateway's machine approves while the gateway runs.
func TestOpenRelease_besideARunningGateway(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics("0000012345", storagetest.Hanako, "20240601090000000")
	cfg, c := newGateway(t, st)
	cfg.Release = gateway.ReleaseRows{clinical.KindLab: {access.AudiencePhysician: 7}}
	r, err := gateway.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	c.hello(t)
	select {
	case <-r.Ready():
	case <-time.After(10 * time.Second):
		t.Fatal("not ready")
	}

	s := openRelease(t, cfg)
	before, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := before.Matrix.Cell(clinical.KindLab, access.AudiencePhysician), (access.Cell{Allowed: true, DelayDays: 7}); got != want {
		t.Errorf("cell = %+v, want what the configuration says", got)
	}
	wider := before.Matrix.Clone()
	wider.Set(clinical.KindLab, access.AudienceNurse, access.Cell{Allowed: true})
	proposed, err := s.Propose(t.Context(), wire.Proposal{BaseVersion: before.Version, Matrix: wider, By: "管理 花子"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Approve(t.Context(), proposed.Pending[0].ID, "at the keyboard"); err != nil {
		t.Fatal(err)
	}
	again, err := openRelease(t, cfg).State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !again.Matrix.Cell(clinical.KindLab, access.AudienceNurse).Allowed || len(again.Pending) != 0 {
		t.Errorf("after the approval: %+v", again)
	}
}

func TestOpenRelease_refuses(t *testing.T) {
	for name, tc := range map[string]struct {
		set  migrate.Set // what the database holds; none: there is none
		want string
	}{
		"a gateway that never ran": {"", "has not run yet"},
		"a center's database":      {migrate.Center, "center"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := gateway.DefaultConfig()
			cfg.Absolute(filepath.Join(t.TempDir(), "gateway.toml"))
			if tc.set != "" {
				d, err := db.Open(t.Context(), db.Config{Engine: db.SQLite, Path: cfg.Database})
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				if _, _, err := migrate.Up(t.Context(), d, tc.set); err != nil {
					t.Fatal(err)
				}
			}
			if _, _, err := gateway.OpenRelease(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("OpenRelease = %v, want an error with %q", err, tc.want)
			}
		})
	}
}
