package disclose_test

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// randomWorld is one draw of facts about one person and two hospitals.
type randomWorld struct {
	links   map[ident.FacilityID]bool
	consent bool
	matrix  map[ident.FacilityID]access.Matrix
	items   map[ident.ItemID]fact
}

// fact is an item and whose it is.
type fact struct {
	owner ident.FacilityID
	kind  clinical.Kind
	date  string
}

var hospitals = []ident.FacilityID{flowtest.Hospital, flowtest.Hospital2}

func drawMatrix(rt *rapid.T, label string) access.Matrix {
	m := access.Matrix{}
	for _, k := range clinical.Kinds() {
		for _, a := range access.Audiences() {
			if rapid.Bool().Draw(rt, label+"/"+string(k)+"/"+string(a)) {
				m.Set(k, a, access.Cell{Allowed: true, DelayDays: rapid.SampledFrom([]int{0, 1, 7}).Draw(rt, "delay")})
			}
		}
	}
	return m
}

// TestReq_AZ08_listIsDecision: in any world the page lists exactly the items that the
// policy and the release matrix allow, said here a second time without the flow's SQL.
func TestReq_AZ08_listIsDecision(t *testing.T) {
	w := flowtest.New(t, dbtest.SQLite(t, migrate.Center))
	s := serviceOf(w)
	shown := 0
	rapid.Check(t, func(rt *rapid.T) {
		rw := randomWorld{links: map[ident.FacilityID]bool{}, matrix: map[ident.FacilityID]access.Matrix{}, items: map[ident.ItemID]fact{}}
		p := w.Person("水引 ハナ", "ミズヒキ ハナ")
		w.Link(p.ID, flowtest.Clinic, ident.New[ident.LocalPatientID]())
		if rw.consent = rapid.IntRange(0, 3).Draw(rt, "consent") > 0; rw.consent {
			w.Consent(p.ID)
		}
		for _, h := range hospitals {
			rw.matrix[h] = drawMatrix(rt, string(h))
			w.Release(h, rw.matrix[h])
			id := ident.New[ident.LocalPatientID]()
			if rw.links[h] = rapid.IntRange(0, 3).Draw(rt, "link") > 0; rw.links[h] {
				w.Link(p.ID, h, id)
			}
			for range rapid.IntRange(0, 6).Draw(rt, "items") {
				f := fact{h, rapid.SampledFrom(clinical.Kinds()).Draw(rt, "kind"), rapid.SampledFrom([]string{"20200101", "20261117", "20261118", "20261119", "20261124", "20261125"}).Draw(rt, "date")}
				rw.items[w.Item(h, id, f.kind, f.date).ID] = f
			}
		}
		c := w.Caller(flowtest.Clinic, rapid.SampledFrom(access.Professions()[:7]).Draw(rt, "profession"), access.RoleViewer)
		page := rapid.SampledFrom([]disclose.Page{disclose.Timeline, disclose.Labs, disclose.Medications, disclose.Conditions, disclose.Encounters}).Draw(rt, "page")

		v, err := s.OpenPage(t.Context(), c, p.ID, page)
		if err != nil {
			rt.Fatal(err)
		}
		var want []ident.ItemID
		for id, f := range rw.items {
			if rw.allows(w, c.Viewer, f) && onPage(page, f.kind) {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		got := sorted(ids(v)...)
		if !slices.Equal(got, want) {
			rt.Fatalf("page %s lists %v, the decisions allow %v", page, got, want)
		}
		if !slices.IsSortedFunc(v.Items, func(a, b catalog.Item) int { return cmp.Compare(b.Date, a.Date) }) {
			rt.Fatal("the newest is not first")
		}
		shown += len(got)
	})
	if shown == 0 {
		t.Fatal("nothing was ever shown: the test proves nothing")
	}
}

// allows is the rule by itself.
func (rw randomWorld) allows(w *flowtest.World, v access.Viewer, f fact) bool {
	until, released := rw.matrix[f.owner].Until(f.kind, v.AudienceAt(f.owner), w.Now)
	d := access.Decide(access.Facts{
		Viewer: v, Owner: f.owner, Kind: f.kind, ViewerLink: true, OwnerLink: rw.links[f.owner], Consent: rw.consent,
		Released: released && f.date <= until, Purpose: access.PurposeCare,
	})
	return d.Allow
}

func onPage(p disclose.Page, k clinical.Kind) bool {
	switch p {
	case disclose.Timeline:
		return true
	case disclose.Labs:
		return k == clinical.KindLab || k == clinical.KindAllergy
	case disclose.Conditions:
		return k == clinical.KindCondition || k == clinical.KindAllergy
	case disclose.Encounters:
		return k == clinical.KindEncounter || k == clinical.KindAllergy
	case disclose.Medications:
		return k == clinical.KindPrescription || k == clinical.KindDispensing || k == clinical.KindInjection || k == clinical.KindAllergy
	}
	return false
}
