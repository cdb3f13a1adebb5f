package filing

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// What ends an order or a part of it and is filed late is written into the order, unless what
// came since says otherwise; so is what was kept before its order came. All of it is foretold,
// and killed at every step it ends the same.
func TestLate_stop(t *testing.T) {
	const rde = "RDE^O11^RDE_O11"
	rx := prescription("1", "0000001", order77, "NW", "20261120")
	two := strings.Replace(rx, "|"+order77+"|||", "|"+order77+"||1|", 1) + "ORC|NW|" + order77 + "||2\rRXE||other|1||TAB||||||||||||||||OHO^^MR9P\r"
	halt := func(id string, orc ...string) string { return stop(id, rde, orc...) }
	change := func(id string) string {
		return strings.NewReplacer("|1|P|", "|"+id+"|P|", "ORC|NW", "ORC|XO").Replace(rx)
	}
	by := func(sender, at, message string) string {
		was := strings.SplitN(message, "|", 8)
		was[2], was[6] = sender, at
		return strings.Join(was, "|")
	}
	for name, tc := range map[string]struct {
		before, since []string // filed before what is kept, and since
		kept          []string
		want          []string
		foretold      []kept.Effect // of those that are kept, together
	}{
		"after its order": {
			before: []string{rx}, kept: []string{halt("2", "DC|")},
			want: []string{"OMP-01 20261120 drug(discontinued@20261125120000)"}, foretold: []kept.Effect{kept.Amends},
		},
		"together with its order": {
			kept: []string{rx, halt("2", "DC|")},
			want: []string{"OMP-01 20261120 drug(discontinued@20261125120000)"}, foretold: []kept.Effect{kept.Holds, kept.Amends},
		},
		"before its order, which is kept as well": {
			kept: []string{halt("2", "DC|"), rx},
			want: []string{"OMP-01 20261120 drug(discontinued@20261125120000)"}, foretold: []kept.Effect{kept.Amends, kept.Holds},
		},
		"before its order": {
			kept: []string{halt("2", "DC|")}, since: []string{rx},
			want: []string{"OMP-01 20261120 drug(discontinued@20261125120000)"}, foretold: []kept.Effect{kept.Amends},
		},
		"before its order, which was changed since": {
			kept: []string{halt("2", "DC|")}, since: []string{rx, change("3")},
			want: []string{"OMP-01 20261120 drug"}, foretold: []kept.Effect{kept.Unfit},
		},
		"after its order, which was changed since": {
			before: []string{rx}, kept: []string{halt("2", "DC|")}, since: []string{change("3")},
			want: []string{"OMP-01 20261120 drug"}, foretold: []kept.Effect{kept.Superseded},
		},
		"after its order, which was cancelled since": {
			before: []string{rx}, kept: []string{halt("2", "DC|")}, since: []string{halt("3", "CA|")},
			foretold: []kept.Effect{kept.Unfit},
		},
		"after a change of its order": {
			before: []string{rx, change("2")}, kept: []string{halt("3", "DC|")},
			want: []string{"OMP-01 20261120 drug(discontinued@20261125120000)"}, foretold: []kept.Effect{kept.Amends},
		},
		"after its order, with another time since": {
			before: []string{rx}, kept: []string{halt("2", "DC||||||||20261124")}, since: []string{halt("3", "DC||||||||20261123")},
			want: []string{"OMP-01 20261120 drug(discontinued@20261123)"}, foretold: []kept.Effect{kept.Amends},
		},
		"of one RP, the other being discontinued since": {
			before: []string{two}, kept: []string{halt("2", "DC|||1")}, since: []string{halt("3", "DC|||2||||||||20261123")},
			want: []string{"OMP-01 20261120 drug(discontinued@20261125120000) other(discontinued@20261125120000)"}, foretold: []kept.Effect{kept.Amends},
		},
		"of each RP": {
			before: []string{two}, kept: []string{halt("2", "DC|||1"), halt("3", "DC|||2")},
			want: []string{"OMP-01 20261120 drug(discontinued@20261125120000) other(discontinued@20261125120000)"}, foretold: []kept.Effect{kept.Amends, kept.Amends},
		},
		"of each RP, before their order": {
			kept: []string{halt("2", "DC|||1"), halt("3", "DC|||2")}, since: []string{two},
			want: []string{"OMP-01 20261120 drug(discontinued@20261125120000) other(discontinued@20261125120000)"}, foretold: []kept.Effect{kept.Amends, kept.Amends},
		},
		"by all that it says, on another day": {
			before: []string{rx}, kept: []string{prescription("2", "0000001", order77, "DC", "20261124")},
			want: []string{"OMP-01 20261120 drug(discontinued@20261124)"}, foretold: []kept.Effect{kept.Amends},
		},
		"by all that it says, on another day, and changed since": {
			before: []string{rx}, kept: []string{prescription("2", "0000001", order77, "DC", "20261124")}, since: []string{change("3")},
			want: []string{"OMP-01 20261120 drug"}, foretold: []kept.Effect{kept.Superseded},
		},
		"it was held, and released by another sender, whose clock is behind": {
			before: []string{rx}, kept: []string{by("A", "20261125110200", halt("2", "HD|"))}, since: []string{by("WARD", "20261125110100", halt("3", "RL|"))},
			want: []string{"OMP-01 20261120 drug"}, foretold: []kept.Effect{kept.Amends},
		},
		"a part is cancelled": {
			before: []string{two}, kept: []string{halt("2", "CA|||2")},
			want: []string{"OMP-01 20261120 drug"}, foretold: []kept.Effect{kept.Amends},
		},
		"a part is cancelled by its drug": {
			before: []string{two}, kept: []string{prescription("2", "0000001", order77, "CA", "20261120")},
			want: []string{"OMP-01 20261120 other"}, foretold: []kept.Effect{kept.Amends},
		},
		"a part is cancelled by its number, together with its order": {
			kept: []string{two, halt("2", "CA|||2")},
			want: []string{"OMP-01 20261120 drug"}, foretold: []kept.Effect{kept.Holds, kept.Amends},
		},
		"a part is cancelled with the day, together with its order": {
			kept: []string{two, halt("2", "CA|||2|||||20261120")},
			want: []string{"OMP-01 20261120 drug"}, foretold: []kept.Effect{kept.Holds, kept.Amends},
		},
		"a part is cancelled that its order does not have, together with that": {
			kept: []string{two, halt("2", "CA|||3")},
			want: []string{"OMP-01 20261120 drug other"}, foretold: []kept.Effect{kept.Holds, kept.Unfit},
		},
		"all is cancelled by its parts, together with its order": {
			kept: []string{two, halt("2", "CA|||1", "CA|||2")}, foretold: []kept.Effect{kept.TakenBack, kept.Cancels},
		},
		"what was given stays": {
			before: []string{given("1", "NW", "heparin@20261120")}, kept: []string{stop("2", "RAS^O17^RAS_O17", "DC|")},
			want: []string{"OMP-12 20261120 heparin@20261120(discontinued)"}, foretold: []kept.Effect{kept.Amends},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ids []string
			hold := func(o *office) {
				o.mustFile(t, tc.before...)
				ids = nil
				for _, r := range o.records(tc.kept...) {
					r.Content = journal.DigestOf(r.Body)
					if err := o.keep(r, kept.ReasonNoPlace, nil); err != nil {
						t.Fatal(err)
					}
					ids = append(ids, kept.AcceptedID(r.Received, r.Content))
				}
			}
			file := func(o *office) {
				for range 3 {
					o.carryOut(t.Context())
				}
			}
			dir := t.TempDir()
			o := newOffice(t, dir, nil)
			hold(o)
			o.mustFile(t, tc.since...)
			told, err := o.Prospects(ids)
			if err != nil {
				t.Fatal(err)
			}
			for i, id := range ids {
				if told[id].Effect != tc.foretold[i] {
					t.Errorf("foretold of %s: %+v, want %s", id, told[id], tc.foretold[i])
				}
			}
			o.mustDecide(t, ids)
			file(o)
			if diff := cmp.Diff(tc.want, holding(t, dir)); diff != "" {
				t.Errorf("current (-want +got):\n%s", diff)
			}
			whole := files(t, dir)
			killed := errors.New("killed")
			for n := 1; ; n++ {
				dir := t.TempDir()
				steps, dead := -1, false
				o := newOffice(t, dir, func(string) error {
					if steps >= 0 {
						steps++
					}
					if dead = dead || steps >= n; dead {
						return killed
					}
					return nil
				})
				hold(o)
				o.mustFile(t, tc.since...)
				o.mustDecide(t, ids)
				steps = 0
				file(o)
				if !dead {
					return
				}
				o.Close()
				again := newOffice(t, dir, nil)
				file(again)
				if diff := cmp.Diff(whole, files(t, dir)); diff != "" {
					t.Errorf("killed at step %d, storage (-want +got):\n%s", n, diff)
				}
			}
		})
	}
}

func (o *office) mustDecide(t *testing.T, ids []string) {
	t.Helper()
	for _, id := range ids {
		if err := o.cfg.Kept.Decide(kept.Decided{ID: id, Decision: kept.File}); err != nil {
			t.Fatal(err)
		}
	}
}

// What discontinues an order that comes after it is written into that without anybody's
// deciding it, in the gateway's name; nothing else of the list is.
func TestFile_callsInWhatDiscontinues(t *testing.T) {
	const rde = "RDE^O11^RDE_O11"
	rx := prescription("9", "0000001", order77, "NW", "20261120")
	for name, tc := range map[string]struct {
		in     []string
		want   []string
		listed []string
	}{
		"its order comes":                      {[]string{stop("1", rde, "DC|"), rx}, []string{"OMP-01 20261120 drug(discontinued@20261125120000)"}, []string{}},
		"another order comes":                  {[]string{stop("1", rde, "DC|"), strings.Replace(rx, order77, "78", 1)}, []string{"OMP-01 20261120 drug"}, []string{"1 no_order"}},
		"the order of another patient":         {[]string{stop("1", rde, "DC|"), strings.Replace(rx, "0000001", "0000002", 1)}, []string{"OMP-01 20261120 drug"}, []string{"1 no_order"}},
		"a drug of it that does not come":      {[]string{stop("1", rde, "DC|") + "RXE||third|1||TAB\r", rx}, []string{"OMP-01 20261120 drug"}, []string{"1 no_order"}},
		"an RP that comes with a change of it": {[]string{rx, stop("1", rde, "DC|||2"), strings.NewReplacer("ORC|NW|"+order77+"|||", "ORC|XO|"+order77+"||2|", "|9|P|", "|10|P|").Replace(rx)}, []string{"OMP-01 20261120 drug"}, []string{"1 unclear_part"}},
		"a cancellation":                       {[]string{stop("1", rde, "CA|"), rx}, nil, []string{}},
		"a hold":                               {[]string{stop("1", rde, "HD|"), rx}, []string{"OMP-01 20261120 drug(held)"}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := newOffice(t, dir, nil)
			told := o.told()
			list := o.records(tc.in...)
			for i := range list {
				list[i].Content = journal.DigestOf(list[i].Body)
			}
			if err := o.file(t.Context(), list, 1); err != nil {
				t.Fatal(err)
			}
			o.carryOut(t.Context())
			if diff := cmp.Diff(tc.want, holding(t, dir)); diff != "" {
				t.Errorf("current (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.listed, o.listedFor(t)); diff != "" {
				t.Errorf("listed (-want +got):\n%s", diff)
			}
			if len(tc.listed) == 0 && (len(*told) != 1 || (*told)[0].By != "gateway" || (*told)[0].Result != Filed || ((*told)[0].Flag == ssmix2.Current) != (len(tc.want) > 0)) {
				t.Errorf("told %+v", *told)
			}
		})
	}
	t.Run("decided together with its order", func(t *testing.T) {
		o := newOffice(t, t.TempDir(), nil)
		told := o.told()
		var ids []string
		for _, r := range o.records(stop("1", rde, "DC|"), rx) {
			r.Content = journal.DigestOf(r.Body)
			if err := o.keep(r, kept.ReasonNoPlace, nil); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, kept.AcceptedID(r.Received, r.Content))
		}
		o.mustDecide(t, ids)
		o.carryOut(t.Context())
		o.carryOut(t.Context())
		var got []string
		for _, is := range *told {
			got = append(got, string(is.Result)+" "+string(is.Reason)+" "+is.By)
		}
		if diff := cmp.Diff([]string{"waits no_order ", "filed  ", "filed  gateway"}, got); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
	t.Run("what somebody dismissed is left", func(t *testing.T) {
		dir := t.TempDir()
		o := newOffice(t, dir, nil)
		id := o.keepFirst(t, stop("1", rde, "DC|"))
		if err := o.cfg.Kept.Decide(kept.Decided{ID: id, Decision: kept.Dismiss}); err != nil {
			t.Fatal(err)
		}
		o.mustFile(t, rx)
		o.carryOut(t.Context())
		if got := holding(t, dir); !slices.Equal(got, []string{"OMP-01 20261120 drug"}) {
			t.Errorf("current %v", got)
		}
	})
}
