package access_test

import (
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// allowed gives facts under which everything is in place.
func allowed() access.Facts {
	return access.Facts{
		Viewer: access.Viewer{
			User: "u", Facility: "clinic", Profession: access.Physician,
			Roles: []access.Role{access.RoleViewer}, TwoFactor: true, DeviceLive: true,
		},
		Owner: "hospital", Kind: clinical.KindLab,
		ViewerLink: true, OwnerLink: true, Consent: true, Released: true, Purpose: access.PurposeCare,
	}
}

// A refusal must name what was missing, and only that.
func TestDecide_refuses(t *testing.T) {
	for name, tc := range map[string]struct {
		change   func(*access.Facts)
		missing  []string
		policies []string
	}{
		"without the viewing facility's link": {func(f *access.Facts) { f.ViewerLink = false }, []string{"viewer_link"}, nil},
		"without the owner's link":            {func(f *access.Facts) { f.OwnerLink = false }, []string{"owner_link"}, nil},
		"without consent":                     {func(f *access.Facts) { f.Consent = false }, []string{"consent"}, nil},
		"what is not released":                {func(f *access.Facts) { f.Released = false }, []string{"released"}, nil},
		"for another purpose":                 {func(f *access.Facts) { f.Purpose = "research" }, []string{"purpose"}, nil},
		"without a purpose":                   {func(f *access.Facts) { f.Purpose = "" }, []string{"purpose"}, nil},
		"with one factor":                     {func(f *access.Facts) { f.Viewer.TwoFactor = false }, []string{"two_factor"}, []string{"two-factors"}},
		"from a revoked device":               {func(f *access.Facts) { f.Viewer.DeviceLive = false }, []string{"device_live"}, []string{"live-device"}},
		"a liaison without the viewer role": {func(f *access.Facts) {
			f.Viewer.Roles = []access.Role{access.RoleLiaison, access.RoleManager}
		}, []string{"viewer_role"}, nil},
		"a clerk who was given the viewer role": {func(f *access.Facts) { f.Viewer.Profession = access.Clerk }, []string{"clinical_profession"}, []string{"no-clerical-reading"}},
		"an operator who is a physician": {func(f *access.Facts) {
			f.Viewer.Roles = []access.Role{access.RoleViewer, access.RoleOperator}
		}, []string{"clinical_profession"}, []string{"no-clerical-reading"}},
		"somebody without a profession": {func(f *access.Facts) { f.Viewer.Profession = "" }, []string{"clinical_profession"}, []string{"no-clerical-reading"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := allowed()
			tc.change(&f)
			want := access.Decision{Policies: tc.policies, Missing: tc.missing}
			if diff := cmp.Diff(want, access.Decide(f)); diff != "" {
				t.Errorf("Decide (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecide_allowsAndNamesThePolicy(t *testing.T) {
	want := access.Decision{Allow: true, Policies: []string{"linked-and-consented"}}
	if diff := cmp.Diff(want, access.Decide(allowed())); diff != "" {
		t.Errorf("Decide (-want +got):\n%s", diff)
	}
}

// world builds one of all combinations of facts from the bits of n.
func world(n uint) access.Facts {
	bit := func(i int) bool { return n>>i&1 == 1 }
	f := access.Facts{Owner: "hospital", Kind: clinical.KindLab, ViewerLink: bit(0), OwnerLink: bit(1), Consent: bit(2), Released: bit(3)}
	if bit(4) {
		f.Purpose = access.PurposeCare
	}
	f.Viewer = access.Viewer{User: "u", Facility: "clinic", TwoFactor: bit(5), DeviceLive: bit(6)}
	for i, r := range access.Roles() {
		if bit(7 + i) {
			f.Viewer.Roles = append(f.Viewer.Roles, r)
		}
	}
	f.Viewer.Profession = append([]access.Profession{""}, access.Professions()...)[n>>11]
	return f
}

const worlds = 9 << 11

// oracle says the rules a second time, in Go and without looking at the policy text.
func oracle(f access.Facts) bool {
	v := f.Viewer
	if slices.Contains(v.Roles, access.RoleOperator) || v.Profession == access.Clerk || v.Profession == "" {
		return false
	}
	return v.TwoFactor && v.DeviceLive && slices.Contains(v.Roles, access.RoleViewer) &&
		f.ViewerLink && f.OwnerLink && f.Consent && f.Released && f.Purpose == "care"
}

func TestReq_AZ02_agreesWithOracleEverywhere(t *testing.T) {
	allowedCount := 0
	for n := range uint(worlds) {
		f := world(n)
		d := access.Decide(f)
		if want := oracle(f); d.Allow != want {
			t.Fatalf("Decide(%+v) = %v, the oracle says %v", f, d.Allow, want)
		}
		if d.Allow {
			allowedCount++
			if len(d.Policies) == 0 || len(d.Missing) != 0 {
				t.Fatalf("an allow without a policy or with something missing: %+v", d)
			}
		} else if len(d.Missing) == 0 {
			t.Fatalf("a deny that does not say what is missing: %+v", f)
		}
		if i := slices.IndexFunc(d.Policies, func(p string) bool { return strings.HasPrefix(p, "error:") }); i >= 0 {
			t.Fatalf("policy %s failed on well-typed facts %+v", d.Policies[i], f)
		}
	}
	if allowedCount == 0 {
		t.Fatal("no world was allowed: the test proves nothing")
	}
}

// Taking a grant away never opens anything.
func TestReq_AZ02_isMonotone(t *testing.T) {
	const grants = 8 // bits 0–7: facts and the viewer role
	for n := range uint(worlds) {
		if access.Decide(world(n)).Allow {
			continue
		}
		for rest := n & (1<<grants - 1); rest != 0; rest &= rest - 1 {
			less := n &^ (1 << bits.TrailingZeros(rest))
			if access.Decide(world(less)).Allow {
				t.Fatalf("removing a grant from %+v allowed it", world(n))
			}
		}
	}
}

func TestMatrix_Diff_widens(t *testing.T) {
	cell := func(allowed bool, days int) access.Cell { return access.Cell{Allowed: allowed, DelayDays: days} }
	for name, tc := range map[string]struct {
		from, to access.Cell
		widens   bool
	}{
		"opening":            {cell(false, 0), cell(true, 0), true},
		"opening with delay": {cell(false, 0), cell(true, 30), true},
		"shorter delay":      {cell(true, 30), cell(true, 7), true},
		"longer delay":       {cell(true, 7), cell(true, 30), false},
		"closing":            {cell(true, 0), cell(false, 0), false},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := access.Matrix{}, access.Matrix{}
			from.Set(clinical.KindLab, access.AudienceNurse, tc.from)
			to.Set(clinical.KindLab, access.AudienceNurse, tc.to)
			got := from.Diff(to)
			if len(got) != 1 || got[0].Widens() != tc.widens {
				t.Errorf("Diff = %+v, want one change with Widens %v", got, tc.widens)
			}
		})
	}
}

func TestMatrix_Until(t *testing.T) {
	m := access.Matrix{}
	m.Set(clinical.KindLab, access.AudiencePhysician, access.Cell{Allowed: true, DelayDays: 7})
	// 20:00 UTC is already the next day in Japan.
	now := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	if got, ok := m.Until(clinical.KindLab, access.AudiencePhysician, now); got != "20261118" || !ok {
		t.Errorf("Until = %q, %v, want 20261118, true", got, ok)
	}
	if _, ok := m.Until(clinical.KindLab, access.AudienceCare, now); ok {
		t.Error("an absent cell released something")
	}
}

func TestViewer_AudienceAt(t *testing.T) {
	v := access.Viewer{Facility: "a", Profession: access.Pharmacist}
	if got := v.AudienceAt("a"); got != access.AudienceOwn {
		t.Errorf("AudienceAt own = %s", got)
	}
	if got := v.AudienceAt("b"); got != access.AudiencePharmacist {
		t.Errorf("AudienceAt other = %s", got)
	}
	if got := (access.Viewer{Facility: "a", Profession: access.CareManager}).AudienceAt("b"); got != access.AudienceCare {
		t.Errorf("AudienceAt for care = %s", got)
	}
}
