package filing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Where the times of a sender contradict what its messages say, or each other, what came last
// holds, and it is listed. Where they say nothing, the same without being listed, but that a
// new order does not take the place of what ends it.
func TestFile_clocksOfSenders(t *testing.T) {
	const rde = "RDE^O11^RDE_O11"
	made := func(at, message string) string {
		was := strings.SplitN(message, "|", 11)
		was[6] = at
		return strings.Join(was, "|")
	}
	id := func(id, message string) string {
		was := strings.SplitN(message, "|", 11)
		was[9] = id
		return strings.Join(was, "|")
	}
	by := func(sender, message string) string {
		was := strings.SplitN(message, "|", 11)
		was[2] = sender
		return strings.Join(was, "|")
	}
	new, change, halt := id("1", course("NW", "1")), id("2", course("XO", "2")), id("3", stop("", rde, "DC|"))
	const first, second = "20261125110100", "20261125110200"
	for name, tc := range map[string]struct{ in, want, listed []string }{
		"a clock that was set back: a change": {
			[]string{made(second, id("1", course("XO", "1"))), made(first, change)}, []string{"OMP-01 20261120 a 1 b 1"}, []string{"2 out_of_order"},
		},
		"a clock that was set back: a change of the new order": {
			[]string{made(second, new), made(first, change)}, []string{"OMP-01 20261120 a 2 b 2"}, []string{"2 out_of_order"},
		},
		"a clock of another sender: a change": {
			[]string{made(second, id("1", course("XO", "1"))), by("WARD", made(first, change))}, []string{"OMP-01 20261120 a 2 b 2"}, nil,
		},
		"a clock of another sender: the order is discontinued": {
			[]string{made(second, new), by("WARD", made(first, halt))}, []string{"OMP-01 20261120 a 1(discontinued@20261125110100) b 1(discontinued@20261125110100)"}, nil,
		},
		"a clock of another sender: what discontinues the order comes first": {
			[]string{by("WARD", made(second, id("3", course("DC", "1", "day 20261124")))), made(first, new)}, []string{"OMP-01 20261120 a 1(discontinued@20261124) b 1(discontinued@20261124)"}, []string{"1 out_of_order"},
		},
		"a clock that was set back: the order is discontinued": {
			[]string{made(second, new), made(first, halt)}, []string{"OMP-01 20261120 a 1(discontinued@20261125110100) b 1(discontinued@20261125110100)"}, []string{"3 out_of_order"},
		},
		"a clock that was set back: the order is cancelled": {
			[]string{made(second, new), made(first, id("3", course("CA", "1")))}, nil, []string{"3 out_of_order"},
		},
		"a clock that was set back: the number is used again": {
			[]string{made(second, id("3", course("CA", "1"))), made(first, id("4", course("NW", "4", "day 20261126")))}, []string{"OMP-01 20261126 a 4 b 4"}, []string{"3 cancels_nothing"},
		},
		"a clock that went a day ahead": {
			[]string{made("20261126110100", new), made(first, change)}, []string{"OMP-01 20261120 a 2 b 2"}, nil,
		},
		"no time at all": {
			[]string{made("", new), made("", change)}, []string{"OMP-01 20261120 a 2 b 2"}, nil,
		},
		"no time at all, and what discontinues the order comes first": {
			[]string{made("", id("3", course("DC", "1", "day 20261124"))), made("", new)}, []string{"OMP-01 20261120 a 1(discontinued@20261124) b 1(discontinued@20261124)"}, []string{"1 out_of_order"},
		},
		"a time that is not one": {
			[]string{made("yesterday", new), made("today", change)}, []string{"OMP-01 20261120 a 2 b 2"}, nil,
		},
		"within one minute, of which no seconds are said": {
			[]string{made("202611251101", change), made("20261125110130", id("4", course("XO", "4")))}, []string{"OMP-01 20261120 a 4 b 4"}, nil,
		},
		"in another zone": {
			[]string{made("20261125110200+0900", change), made("20261125020100+0000", id("4", course("XO", "4")))}, []string{"OMP-01 20261120 a 2 b 2"}, []string{"4 out_of_order"},
		},
		"the order is sent anew with a time of now, having been discontinued by all that it says": {
			[]string{made(first, id("3", course("DC", "1", "day 20261125"))), made(second, new)}, []string{"OMP-01 20261120 a 1(discontinued@20261125110100) b 1(discontinued@20261125110100)"}, []string{"1 out_of_order"},
		},
		"the order is sent anew with a time of now, having been cancelled": {
			[]string{made(first, id("3", course("CA", "1"))), made(second, new)}, nil, []string{"1 out_of_order", "3 cancels_nothing"},
		},
		"one drug is cancelled before the order comes": {
			[]string{made("", id("3", course("CA", "1", "alone"))), made("", new)}, []string{"OMP-01 20261120 b 1"}, []string{"1 out_of_order", "3 cancels_nothing"},
		},
		"the order again, made before a part was discontinued": {
			[]string{made(first, new), made("20261125110300", id("3", stop("", rde, "DC|||2"))), made(second, id("4", course("NW", "1")))},
			[]string{"OMP-01 20261120 a 1 b 1(discontinued@20261125110300)"}, []string{"4 out_of_order"},
		},
		"the order again, made after a part was discontinued": {
			[]string{made(first, new), made(second, id("3", stop("", rde, "DC|||2"))), made("20261125110300", id("4", course("NW", "1")))},
			[]string{"OMP-01 20261120 a 1 b 1"}, []string{"4 goes_on"},
		},
		"its status again, made after a part was discontinued": {
			[]string{made(first, new), made(second, id("3", stop("", rde, "DC|||2"))), made("20261125110300", id("4", course("SC", "1", "status IP")))},
			[]string{"OMP-01 20261120 a 1 b 1"}, []string{"4 goes_on"},
		},
		"the order again with the part that was discontinued": {
			[]string{made(first, new), made(second, id("3", stop("", rde, "DC|||2"))), made("20261125110300", id("4", strings.Replace(course("XO", "4"), "||2|", "||2|DC", 1)))},
			[]string{"OMP-01 20261120 a 4 b 4(discontinued)"}, nil,
		},
		"held with all that it says, a part being discontinued": {
			[]string{made(first, new), made(second, id("3", stop("", rde, "DC|||2"))), made("20261125110300", id("4", course("HD", "1", "day 20261124")))},
			[]string{"OMP-01 20261120 a 1(held) b 1(discontinued@20261125110200)"}, nil,
		},
		"held and released on later days": {
			[]string{made(first, new), made(second, id("3", course("HD", "1", "day 20261123"))), made("20261125110300", id("4", course("RL", "1", "day 20261124")))},
			[]string{"OMP-01 20261120 a 1 b 1"}, nil,
		},
		"one part held, and released": {
			[]string{made(first, new), made(second, id("3", stop("", rde, "HD|||2"))), made("20261125110300", id("4", stop("", rde, "SC|||2|IP")))},
			[]string{"OMP-01 20261120 a 1 b 1"}, nil,
		},
		"one part held": {
			[]string{made(first, new), made(second, id("3", stop("", rde, "HD|||2")))}, []string{"OMP-01 20261120 a 1 b 1(held)"}, nil,
		},
		"its status on a later day": {
			[]string{made(first, new), made(second, id("3", course("SC", "1", "status CM", "day 20261124")))}, []string{"OMP-01 20261120 a 1 b 1"}, nil,
		},
		"discontinued, held, released": {
			[]string{made(first, new), made(second, halt), made("20261125110300", id("4", stop("", rde, "HD|"))), made("20261125110400", id("5", stop("", rde, "RL|")))},
			[]string{"OMP-01 20261120 a 1(discontinued@20261125110200) b 1(discontinued@20261125110200)"}, nil,
		},
		"an answer that it could not be discontinued": {
			[]string{made(first, new), made(second, id("3", course("UD", "1", "day 20261124")))}, []string{"OMP-01 20261120 a 1 b 1"}, nil,
		},
		"replaced by another": {
			[]string{made(first, new), made(second, id("3", stop("", rde, "RP|")))}, []string{"OMP-01 20261120 a 1(replaced) b 1(replaced)"}, nil,
		},
		"replaced by another, in one message with that": {
			[]string{made(first, new), made(second, id("3", course("RP", "1")+strings.Replace("ORC|RO|78|||||||20261124\r", "78", "000000000000078", 1)+"RXE||c|1||TAB||||||||||||||||OHO^^MR9P\r"))}, []string{"OMP-01 20261120 a 1(replaced) b 1(replaced)", "OMP-01 20261124 c"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, listed := arrive(t, tc.in)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("current (-want +got):\n%s", diff)
			}
			if tc.listed == nil {
				tc.listed = []string{}
			}
			if diff := cmp.Diff(tc.listed, listed); diff != "" {
				t.Errorf("listed (-want +got):\n%s", diff)
			}
			mustSurvive(t, tc.in)
		})
	}
}

// Demographics that others overtook are beside those, which hold.
func TestFile_demographicsOvertaken(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	now, before := written(2, demographics("", "0000001", "A08")), written(1, strings.Replace(demographics("", "0000001", "A08"), "PI||", "PI||OLD", 1))
	o.mustFile(t, now, before)
	for name, id := range files(t, dir) {
		if strings.HasSuffix(name, "_1") && id != "2" {
			t.Errorf("%s holds, which is %s", name, id)
		}
	}
	if diff := cmp.Diff([]string{"1 out_of_order"}, o.listedFor(t)); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
}
