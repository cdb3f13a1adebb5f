package page

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// injected makes a document of one order number; RPs with one drug each.
func injected(id, typ, order string, list ...clinical.Injection) ItemDocument {
	return ItemDocument{
		Item: wire.Item{ID: ident.ItemID(id), Kind: clinical.KindInjection, Date: "20260908"},
		Document: clinical.Document{
			Kind: clinical.KindInjection, DataType: typ, PatientID: "0012", OrderNo: order, Injections: list,
		},
	}
}

func shot(rp, drug string, change ...func(*clinical.Injection)) clinical.Injection {
	in := clinical.Injection{RP: rp, Start: "202609081000", Components: []clinical.Component{{Drug: clinical.Coded{Text: drug}, Amount: "1"}}}
	for _, c := range change {
		c(&in)
	}
	return in
}

func given(in *clinical.Injection) { in.Performed, in.Start = true, "202609081012" }

func TestNewPart_injectionsOrderedAndGiven(t *testing.T) {
	days := func(in *clinical.Injection) { in.Days = 5 }
	refused := func(in *clinical.Injection) { in.Status = "RE" }
	twice := func(in *clinical.Injection) { in.Components[0].Amount = "2" }
	later := func(in *clinical.Injection) { in.Start = "209901011000" }
	order := func(id string, list ...clinical.Injection) ItemDocument { return injected(id, "OMP-02", "1", list...) }
	done := func(id string, list ...clinical.Injection) ItemDocument { return injected(id, "OMP-12", "1", list...) }
	for name, tc := range map[string]struct {
		docs  []ItemDocument
		want  []string // rows: item, drug, state, and what is said of its tie
		marks string   // items with a mark on the chart, those that are only ordered in brackets
	}{
		"one giving is one row": {[]ItemDocument{order("o", shot("01", "甲")), done("d", shot("01", "甲", given))},
			[]string{"d 甲 done of 2026/09/08 10:00"}, "d"},
		"not given":         {[]ItemDocument{order("o", shot("01", "甲"))}, []string{"o 甲 ordered unrecorded"}, "(o)"},
		"for a day to come": {[]ItemDocument{order("o", shot("01", "甲", later))}, []string{"o 甲 ordered planned"}, "(o)"},
		"given without an order": {[]ItemDocument{order("o", shot("01", "甲")), injected("d", "OMP-12", "2", shot("01", "乙", given))},
			[]string{"d 乙 done unordered", "o 甲 ordered unrecorded"}, "(o) d"},
		"of a facility that sends no orders": {[]ItemDocument{done("d", shot("01", "甲", given))}, []string{"d 甲 done"}, "d"},
		"of no order number": {[]ItemDocument{injected("o", "OMP-02", clinical.NoOrder, shot("01", "甲")), injected("d", "OMP-12", clinical.NoOrder, shot("01", "甲", given))},
			[]string{"d 甲 done", "o 甲 ordered"}, "(o) d"},
		"by RP and drug": {[]ItemDocument{order("o", shot("01", "甲"), shot("02", "乙")), done("d", shot("02", "乙", given))},
			[]string{"d 乙 done of 2026/09/08 10:00", "o 甲 ordered unrecorded"}, "(o) d"},
		"by drug where RPs are counted anew": {[]ItemDocument{order("o", shot("01", "甲"), shot("02", "乙")), done("d", shot("01", "乙", given))},
			[]string{"d 乙 done of 2026/09/08 10:00", "o 甲 ordered unrecorded"}, "(o) d"},
		"another amount": {[]ItemDocument{order("o", shot("01", "甲")), done("d", shot("01", "甲", given, twice))},
			[]string{"d 甲 done of 2026/09/08 10:00 as 甲 1"}, "d"},
		"another drug under its RP": {[]ItemDocument{order("o", shot("01", "甲")), done("d", shot("01", "乙", given))},
			[]string{"d 乙 done of 2026/09/08 10:00 as 甲 1"}, "d"},
		"of several days, given once": {[]ItemDocument{order("o", shot("01", "甲", days)), done("d", shot("01", "甲", given))},
			[]string{"d 甲 done of 2026/09/08 10:00", "o 甲 ordered 1 times"}, "d"},
		"refused by the patient": {[]ItemDocument{order("o", shot("01", "甲")), done("d", shot("01", "甲", given, refused))},
			[]string{"d 甲 refused of 2026/09/08 10:00"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewPart(colours.Of(chuo), hanako.ID, Answer{Kinds: []clinical.Kind{clinical.KindInjection}, Documents: tc.docs}, Japanese, fixtureNow)
			newestFirst(p.Injections, func(r InjectionRow) string { return r.Sort })
			var got []string
			for _, r := range p.Injections {
				said := fmt.Sprintf("%s %s %s", r.Item, r.Drugs[0].Drug, r.State)
				for word, on := range map[string]bool{" unrecorded": r.Unrecorded, " planned": r.Planned, " unordered": r.Unordered} {
					if on {
						said += word
					}
				}
				if r.Given > 0 {
					said += fmt.Sprintf(" %d times", r.Given)
				}
				if r.Ordered != "" {
					said += " of " + r.Ordered
				}
				for _, d := range r.OrderedDrugs {
					said += " as " + d.Drug + " " + d.Amount
				}
				got = append(got, said)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			var marks []string
			for _, c := range p.Courses {
				mark := string(c.Item)
				if c.Open {
					mark = "(" + mark + ")"
				}
				marks = append(marks, mark)
			}
			if got := strings.Join(marks, " "); got != tc.marks {
				t.Errorf("marks %q, want %q", got, tc.marks)
			}
		})
	}
}

// Where something did not come, nobody knows that it was not given or not ordered.
func TestNewPart_nothingIsMissingOfWhatDidNotCome(t *testing.T) {
	docs := []ItemDocument{injected("o", "OMP-02", "1", shot("01", "甲")), injected("d", "OMP-12", "2", shot("01", "乙", given))}
	for name, a := range map[string]Answer{
		"refused":    {Documents: docs, Refused: 1},
		"unreadable": {Documents: docs, Lacking: []clinical.Kind{clinical.KindInjection}},
	} {
		for _, r := range NewPart(colours.Of(chuo), hanako.ID, a, Japanese, fixtureNow).Injections {
			if r.Unrecorded || r.Unordered {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}
