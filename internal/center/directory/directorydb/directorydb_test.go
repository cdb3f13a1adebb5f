package directorydb_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

var (
	now   = time.Date(2026, 11, 24, 3, 0, 0, 123000, time.UTC)
	store directorydb.Store
)

func facility(id ident.FacilityID, code string, unions ...ident.UnionID) directory.Facility {
	return directory.Facility{
		ID: id, Code: code, Name: "施設 " + string(id), Kana: "シセツ", Mark: "施設", Kind: directory.Hospital,
		Disclosing: id == "a", Unions: unions, JoinedAt: now,
	}
}

// each runs fn on two unions with facilities a (both unions), b and c.
func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		inTx(t, d, func(ctx context.Context, tx *db.Tx) error {
			for _, u := range []ident.UnionID{"u1", "u2"} {
				if err := store.AddUnion(ctx, tx, directory.Union{ID: u, Name: "Union " + string(u)}, now); err != nil {
					return err
				}
			}
			for _, f := range []directory.Facility{facility("a", "9910000031", "u1", "u2"), facility("b", "9910000011", "u1"), facility("c", "9910000021", "u2")} {
				if err := store.AddFacility(ctx, tx, f); err != nil {
					return err
				}
			}
			return nil
		})
		fn(t, d)
	})
}

func inTx(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestStore_facilities(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		want := facility("a", "9910000031", "u1", "u2")
		want.Idle = 15 * time.Minute // unless the facility chooses another
		got, err := store.Facility(t.Context(), d.Reader(), "a")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Facility, %v (-want +got):\n%s", err, diff)
		}
		inTx(t, d, func(ctx context.Context, tx *db.Tx) error { return store.SetIdle(ctx, tx, "a", 5*time.Minute) })
		if got, err := store.Facility(t.Context(), d.Reader(), "a"); err != nil || got.Idle != 5*time.Minute {
			t.Errorf("Idle = %v, %v, want 5 minutes", got.Idle, err)
		}
		list := func(fs []directory.Facility, err error) (ids []ident.FacilityID) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range fs {
				if len(f.Unions) == 0 {
					t.Errorf("facility %s comes without its unions", f.ID)
				}
				ids = append(ids, f.ID)
			}
			return ids
		}
		if got := list(store.Facilities(t.Context(), d.Reader(), "u1")); !slices.Equal(got, []ident.FacilityID{"b", "a"}) {
			t.Errorf("Facilities u1 = %v, want in the order of codes", got)
		}
		inTx(t, d, func(ctx context.Context, tx *db.Tx) error { return store.CloseFacility(ctx, tx, "a", now) })
		if got := list(store.AllFacilities(t.Context(), d.Reader())); !slices.Equal(got, []ident.FacilityID{"b", "c"}) {
			t.Errorf("AllFacilities after one has left = %v", got)
		}
		if _, err := store.Facility(t.Context(), d.Reader(), "a"); !fault.Is(err, fault.NotFound) {
			t.Errorf("Facility that has left: %v", err)
		}
		if names, err := store.FacilityNames(t.Context(), d.Reader()); err != nil || names["a"] != "施設 a" {
			t.Errorf("the name of one that has left: %q, %v", names["a"], err)
		}
		err = d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return store.AddFacility(ctx, tx, facility("d", "9910000011", "u1"))
		})
		if key, _, _ := fault.Message(err); key != "facility.code_taken" || !fault.Is(err, fault.Conflict) {
			t.Errorf("a code that is taken: %v", err)
		}
	})
}

func TestStore_nextCert(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		g := directory.Gateway{ID: "g1", Facility: "a", CertSHA256: "aa", NotAfter: now.AddDate(0, 0, 90), EnrolledAt: now}
		next := directory.NextCert{SHA256: "bb", NotAfter: now.AddDate(0, 0, 150)}
		inTx(t, d, func(ctx context.Context, tx *db.Tx) error {
			if err := store.AddGateway(ctx, tx, g); err != nil {
				return err
			}
			return store.SetNextCert(ctx, tx, "g1", next)
		})
		for _, cert := range []string{"aa", "bb"} {
			if got, err := store.GatewayByCert(t.Context(), d.Reader(), cert); err != nil || got.CertSHA256 != "aa" || got.Next != next {
				t.Errorf("before it has come, GatewayByCert(%s) = %+v, %v", cert, got, err)
			}
		}
		inTx(t, d, func(ctx context.Context, tx *db.Tx) error { return store.TakeNextCert(ctx, tx, "g1", "bb") })
		got, err := store.GatewayByCert(t.Context(), d.Reader(), "bb")
		if want := (directory.NextCert{}); err != nil || got.CertSHA256 != "bb" || !got.NotAfter.Equal(next.NotAfter) || got.Next != want {
			t.Errorf("afterwards GatewayByCert = %+v, %v", got, err)
		}
		for _, cert := range []string{"aa", ""} {
			if _, err := store.GatewayByCert(t.Context(), d.Reader(), cert); !fault.Is(err, fault.NotFound) {
				t.Errorf("certificate %q still finds a gateway: %v", cert, err)
			}
		}
		for what, call := range map[string]func(context.Context, *db.Tx) error{
			"taken twice": func(ctx context.Context, tx *db.Tx) error { return store.TakeNextCert(ctx, tx, "g1", "bb") },
			"of a revoked one": func(ctx context.Context, tx *db.Tx) error {
				if err := store.RevokeGateway(ctx, tx, "g1", "operator", revocation.KeyCompromise, now); err != nil {
					return err
				}
				return store.SetNextCert(ctx, tx, "g1", next)
			},
		} {
			if err := d.InTx(t.Context(), call); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v, want not found", what, err)
			}
		}
	})
}

func TestStore_gateways(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		first := directory.Gateway{ID: "g1", Facility: "a", CertSHA256: "aa", NotAfter: now.AddDate(0, 0, 90), EnrolledAt: now}
		second := directory.Gateway{ID: "g2", Facility: "a", CertSHA256: "bb", NotAfter: now.AddDate(0, 0, 90), EnrolledAt: now.Add(time.Hour)}
		inTx(t, d, func(ctx context.Context, tx *db.Tx) error { return store.AddGateway(ctx, tx, first) })
		inTx(t, d, func(ctx context.Context, tx *db.Tx) error { return store.AddGateway(ctx, tx, second) })
		if got, err := store.GatewayOf(t.Context(), d.Reader(), "a"); err != nil || got.ID != "g2" {
			t.Errorf("GatewayOf = %s, %v, want the last enrolled", got.ID, err)
		}
		inTx(t, d, func(ctx context.Context, tx *db.Tx) error {
			if err := store.SetGatewayChanges(ctx, tx, "g1", "e1", 42); err != nil {
				return err
			}
			if err := store.SeeGateway(ctx, tx, "g1", now.Add(time.Minute)); err != nil {
				return err
			}
			return store.RevokeGateway(ctx, tx, "g2", "operator", revocation.KeyCompromise, now.Add(2*time.Hour))
		})
		want := first
		want.Epoch, want.ChangeSeq, want.LastSeen = "e1", 42, now.Add(time.Minute)
		got, err := store.GatewayOf(t.Context(), d.Reader(), "a")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("GatewayOf, %v (-want +got):\n%s", err, diff)
		}
		if got, err := store.GatewayByCert(t.Context(), d.Reader(), "bb"); err != nil || got.RevokedAt.IsZero() {
			t.Errorf("GatewayByCert of a revoked one = %+v, %v", got, err)
		}
		if _, err := store.GatewayOf(t.Context(), d.Reader(), "b"); !fault.Is(err, fault.NotFound) {
			t.Errorf("GatewayOf where there is none: %v", err)
		}
	})
}

func TestStore_TakeCode(t *testing.T) {
	for name, tc := range map[string]struct {
		typed   func(code string) string
		purpose directory.CodePurpose
		after   time.Duration
		taken   bool
		ok      bool
	}{
		"as it was shown":       {func(c string) string { return c }, directory.CodeGateway, 0, false, true},
		"typed without hyphens": {func(c string) string { return " " + c[:5] + c[6:] }, directory.CodeGateway, 0, false, true},
		"at the last instant":   {func(c string) string { return c }, directory.CodeGateway, directory.CodeLife - time.Microsecond, false, true},
		"too late":              {func(c string) string { return c }, directory.CodeGateway, directory.CodeLife, false, false},
		"for something else":    {func(c string) string { return c }, directory.CodeDevice, 0, false, false},
		"a second time":         {func(c string) string { return c }, directory.CodeGateway, 0, true, false},
		"another code":          {func(string) string { return directory.NewCode() }, directory.CodeGateway, 0, false, false},
		"nothing":               {func(string) string { return "" }, directory.CodeGateway, 0, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, d *db.DB) {
				code := directory.NewCode()
				want := directory.Code{SHA256: directory.HashCode(code), Purpose: directory.CodeGateway, Facility: "a", Label: "server room", CreatedBy: "root", ExpiresAt: now.Add(directory.CodeLife)}
				inTx(t, d, func(ctx context.Context, tx *db.Tx) error { return store.AddCode(ctx, tx, want, now) })
				take := func(typed string) (got directory.Code, err error) {
					err = d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
						got, err = store.TakeCode(ctx, tx, directory.HashCode(typed), tc.purpose, now.Add(tc.after))
						return err
					})
					return got, err
				}
				if tc.taken {
					if _, err := take(code); err != nil {
						t.Fatal(err)
					}
				}
				got, err := take(tc.typed(code))
				if !tc.ok {
					if key, _, _ := fault.Message(err); key != "enroll.code" || !fault.Is(err, fault.Denied) {
						t.Errorf("TakeCode: %v", err)
					}
					return
				}
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("TakeCode, %v (-want +got):\n%s", err, diff)
				}
			})
		})
	}
}
