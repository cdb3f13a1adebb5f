package filing

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// written gives a message its own id and the minute of the hour before the first is received at
// which it was made.
func written(minute int, message string) string {
	was := strings.SplitN(message, "|", 11)
	was[6] = fmt.Sprintf("2026112511%02d00", minute)
	was[9] = fmt.Sprint(minute)
	return strings.Join(was, "|")
}

// course is an order of two drugs and what may become of it. The text of a drug tells which
// message it is of, its code is the same in all.
func course(control, text string, more ...string) string {
	day, orc5 := "20261120", ""
	for _, m := range more {
		if at, ok := strings.CutPrefix(m, "day "); ok {
			day = at
		}
		if status, ok := strings.CutPrefix(m, "status "); ok {
			orc5 = status
		}
	}
	orc := func(rp string) string {
		return "ORC|" + control + "|" + order77 + "||" + rp + "|" + orc5 + "||||" + day + "\r"
	}
	rxe := func(code string) string {
		return "RXE||" + code + "^" + code + " " + text + "^99D|1||TAB||||||||||||||||OHO^^MR9P\r"
	}
	out := msh("1", "RDE^O11^RDE_O11") + "PID|||0000001^^^^PI\r" + orc("1") + rxe("a")
	if !slices.Contains(more, "alone") {
		out += orc("2") + rxe("b")
	}
	return out
}

// courses are messages of one entry as they were written, one after the other.
func courses() map[string][]string {
	const rde = "RDE^O11^RDE_O11"
	new, change := course("NW", "1"), course("XO", "2")
	all := map[string][]string{
		"changed, discontinued by number":                  {new, change, stop("", rde, "DC|")},
		"changed, discontinued by all that it says":        {new, change, course("DC", "2")},
		"changed, discontinued on another day":             {new, change, course("DC", "2", "day 20261124")},
		"moved, discontinued on another day":               {new, course("XO", "2", "day 20261122"), course("DC", "2", "day 20261124")},
		"discontinued, changed":                            {new, stop("", rde, "DC|"), change},
		"discontinued by all that it says, changed":        {new, course("DC", "1", "day 20261124"), change},
		"a part discontinued, changed":                     {new, stop("", rde, "DC|||2"), change},
		"changed, a part discontinued by all it says":      {new, change, course("DC", "2", "alone")},
		"changed, a part discontinued on another day":      {new, change, course("DC", "2", "alone", "day 20261124")},
		"changed, a part cancelled":                        {new, change, stop("", rde, "CA|||2")},
		"changed, a part cancelled with the day":           {new, change, course("CA", "2", "alone")},
		"changed, a part cancelled under another day":      {new, change, course("CA", "2", "alone", "day 20261124")},
		"a part cancelled, another discontinued":           {new, stop("", rde, "CA|||2"), stop("", rde, "DC|||1")},
		"a part cancelled, then all":                       {new, stop("", rde, "CA|||2"), stop("", rde, "CA|")},
		"changed, cancelled by number":                     {new, change, stop("", rde, "CA|")},
		"changed, cancelled by all that it says":           {new, change, course("CA", "2")},
		"changed, cancelled under another day":             {new, change, course("CA", "2", "day 20261124")},
		"cancelled, and its number used again":             {new, course("CA", "1"), course("NW", "3", "day 20261125")},
		"cancelled by number, and used again":              {new, stop("", rde, "CA|"), course("NW", "3", "day 20261125")},
		"cancelled, and used again on another day":         {new, course("CA", "1"), course("NW", "3", "day 20261125")},
		"discontinued, and its number used again":          {new, course("DC", "1"), course("NW", "3", "day 20261125")},
		"discontinued by number, used again another day":   {new, stop("", rde, "DC|"), course("NW", "3", "day 20261125")},
		"held, released":                                   {new, course("HD", "1"), course("RL", "1")},
		"held, released, by number":                        {new, stop("", rde, "HD|"), stop("", rde, "RL|")},
		"held on another day, discontinued":                {new, course("HD", "1", "day 20261124"), stop("", rde, "DC|")},
		"held by number, changed":                          {new, stop("", rde, "HD|"), change},
		"said again, a part discontinued":                  {new, course("SC", "1", "status IP"), stop("", rde, "DC|||2")},
		"changed, changed again, discontinued":             {new, change, course("XO", "3"), stop("", rde, "DC|")},
		"changed, a part discontinued, another cancelled":  {new, change, stop("", rde, "DC|||1"), stop("", rde, "CA|||2")},
		"changed, held, discontinued":                      {new, change, course("HD", "2", "day 20261124"), course("DC", "2", "day 20261124")},
		"replaced by number":                               {new, change, stop("", rde, "RP|")},
		"a laboratory's order":                             {labOrder("", "NW"), labOrder("", "XO"), labOrder("", "DC")},
		"a result corrected":                               {result("", "SC", "20261120", "K=6.9", "Na=140"), result("", "SC", "20261120", "K=4.1/C"), result("", "SC", "20261120", "WBC=4.2")},
		"a result withdrawn":                               {result("", "SC", "20261120", "K=6.9", "Na=140"), result("", "SC", "20261120", "K=/D")},
		"a preliminary result, then final":                 {result("", "SC", "20261120", "K=6.9/P"), result("", "SC", "20261120", "K=4.1"), result("", "SC", "20261120", "WBC=4.2")},
		"a result corrected under another day, and others": {result("", "SC", "20261120", "K=6.9", "Na=140"), result("", "SC", "20261120", "WBC=4.2"), result("", "SC", "20261121", "K=4.1/C")},
		"a result corrected under another day":             {result("", "SC", "20261120", "K=6.9"), result("", "SC", "20261121", "K=4.1/C")},
		"results cancelled":                                {result("", "SC", "20261120", "K=6.9"), result("", "CA", "20261120", "K=6.9")},
		"what was given, and taken back":                   {given("", "NW", "heparin@202611200800"), given("", "NW", "saline@202611200800"), given("", "CA", "heparin@202611200800")},
		"results of one order":                             {result("", "SC", "20261120", "K=6.9"), result("", "SC", "20261120", "WBC=4.2"), result("", "SC", "20261120", "Na=140")},
		"a result sent anew":                               {result("", "SC", "20261120", "K=6.9"), result("", "SC", "20261120", "K=4.1"), result("", "SC", "20261120", "WBC=4.2")},
		"a list of allergies":                              {allergies("", "penicillin/X"), allergies("", "penicillin/X", "iodine/X"), allergies("", "iodine/X")},
		"allergies one by one":                             {allergies("", "penicillin/A"), allergies("", "iodine/A"), allergies("", "penicillin/D")},
		"a reception, another clinic":                      {reception("", "01", "202611200900"), reception("", "08", "202611201000")},
	}
	for _, in := range all {
		for i := range in {
			in[i] = written(i+1, in[i])
		}
	}
	return all
}

// Whatever the order in which messages of one entry arrive, it ends as if they had come in the
// order in which they were written, or something is listed for somebody to look at; and it is
// never forgotten that an order or a part of it was ended.
func TestFile_anyOrderOfArrival(t *testing.T) {
	for name, in := range courses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, _ := arrive(t, in)
			for order := range permutations(len(in)) {
				var list []string
				for _, i := range order {
					list = append(list, in[i])
				}
				got, listed := arrive(t, list)
				if diff := cmp.Diff(want, got); diff != "" && len(listed) == 0 {
					t.Errorf("arriving as %v, nothing listed (-want +got):\n%s", order, diff)
				} else if diff != "" {
					t.Logf("%v: %v, want %v %v", order, got, want, listed)
				}
				if thorough || slices.IsSortedFunc(order, func(a, b int) int { return b - a }) {
					mustSurvive(t, list)
				}
			}
		})
	}
}

// thorough has every arrival killed at every step, and every one tried late: minutes.
var thorough = os.Getenv("MIZUHIKI_THOROUGH") != ""

// mustSurvive has messages come at once, with time for what the gateway does by itself, and
// kills it at every step: each time it ends as if it had not been killed.
func mustSurvive(t *testing.T, in []string) {
	t.Helper()
	killed := errors.New("killed")
	run := func(dir string, n int) (o *office, dead bool) {
		steps := 0
		var mu sync.Mutex
		o = newOffice(t, dir, func(string) error {
			mu.Lock()
			defer mu.Unlock()
			if steps++; dead || steps == n {
				dead = true
				return killed
			}
			return nil
		})
		list := o.records(in...)
		for i := range list {
			list[i].Content = journal.DigestOf(list[i].Body)
		}
		err := o.file(t.Context(), list, 1)
		if err != nil && !errors.Is(err, killed) {
			t.Fatal(err)
		}
		for range 3 {
			if err == nil {
				o.carryOut(t.Context())
			}
		}
		return o, dead
	}
	dir := t.TempDir()
	o, _ := run(dir, 0)
	whole, holds, listed := files(t, dir), holding(t, dir), o.listedFor(t)
	for n := 1; ; n++ {
		dir := t.TempDir()
		o, dead := run(dir, n)
		if !dead {
			return
		}
		o.Close()
		o, _ = run(dir, 0)
		if diff := cmp.Diff(holds, holding(t, dir)); diff != "" {
			t.Errorf("killed at step %d, current (-want +got):\n%s", n, diff)
		}
		if diff := cmp.Diff(whole, files(t, dir)); diff != "" {
			t.Errorf("killed at step %d, storage (-want +got):\n%s", n, diff)
		}
		if diff := cmp.Diff(listed, o.listedFor(t)); diff != "" {
			t.Errorf("killed at step %d, listed (-want +got):\n%s", n, diff)
		}
	}
}

// One message of each entry is kept when it comes, and filed after all others: what becomes of
// it is as foretold, and what holds is as if all had come as they were written, unless that is
// foretold or listed.
func TestLate_anyOrderOfArrival(t *testing.T) {
	for name, in := range courses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, _ := arrive(t, in)
			for order := range permutations(len(in)) {
				for held := range in {
					if !thorough && order[held] != held && held != 0 { // a part of all
						continue
					}
					dir := t.TempDir()
					o := newOffice(t, dir, nil)
					told := o.told()
					var id string
					for i, n := range order {
						r := o.records(in[n])[0]
						r.Content = journal.DigestOf(r.Body)
						if i == held {
							if err := o.keep(r, kept.ReasonFiling, nil); err != nil {
								t.Fatal(err)
							}
							id = kept.AcceptedID(r.Received, r.Content)
							continue
						}
						if err := o.file(t.Context(), []journal.Record{r}, 1); err != nil {
							t.Fatal(err)
						}
						o.carryOut(t.Context())
					}
					if o.cfg.Kept.Waiting(id) != nil {
						continue // the gateway itself has filed it
					}
					foretold, err := o.Prospects([]string{id})
					if err != nil {
						t.Fatal(err)
					}
					*told = nil
					o.mustDecide(t, []string{id})
					o.carryOut(t.Context())
					o.carryOut(t.Context())
					where := fmt.Sprint(order, " with the message ", order[held], " kept")
					if len(*told) == 0 {
						t.Fatalf("%s: nothing told", where)
					}
					is := (*told)[0]
					says := strings.Contains(in[order[held]], "|SC|") // a status that goes on is told as the order that has it
					asForetold := map[kept.Effect]bool{
						kept.Holds: is.Flag == ssmix2.Current, kept.Replaces: is.Flag == ssmix2.Current, kept.Amends: is.Flag == ssmix2.Current,
						kept.Cancels: is.Flag == ssmix2.Deleted, kept.TakenBack: is.Flag == ssmix2.Deleted, kept.Superseded: is.Flag == ssmix2.Superseded || says,
						kept.Unfit: is.Result == Refused || is.Result == Waits,
					}
					if !asForetold[foretold[id].Effect] {
						t.Errorf("%s: foretold %+v, told %+v", where, foretold[id], is)
					}
					if diff := cmp.Diff(want, holding(t, dir)); diff != "" && len(o.listedFor(t)) == 0 {
						t.Errorf("%s: %s, nothing listed (-want +got):\n%s", where, foretold[id].Effect, diff)
					}
				}
			}
		})
	}
}

// arrive has messages come one by one, with time for what the gateway does by itself, and gives
// what holds then and what is listed.
func arrive(t *testing.T, in []string) (holds, listed []string) {
	t.Helper()
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	for _, r := range o.records(in...) {
		r.Content = journal.DigestOf(r.Body)
		if err := o.file(t.Context(), []journal.Record{r}, 1); err != nil {
			t.Fatal(err)
		}
		o.carryOut(t.Context())
	}
	return holding(t, dir), o.listedFor(t)
}

// permutations gives all orders of n things.
func permutations(n int) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		var rest func(from []int, k int) bool
		rest = func(from []int, k int) bool {
			if k == n {
				return yield(slices.Clone(from))
			}
			for i := k; i < n; i++ {
				from[k], from[i] = from[i], from[k]
				if !rest(from, k+1) {
					return false
				}
				from[k], from[i] = from[i], from[k]
			}
			return true
		}
		list := make([]int, n)
		for i := range list {
			list[i] = i
		}
		rest(list, 0)
	}
}
