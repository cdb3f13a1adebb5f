package filing

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Of courses that nobody thought of, the same holds as of those of [TestFile_anyOrderOfArrival].
func TestFile_anyCourse(t *testing.T) {
	const rde = "RDE^O11^RDE_O11"
	change := func(control string, more ...string) func(n int) string {
		return func(n int) string { return course(control, fmt.Sprint(n), more...) }
	}
	same := func(message string) func(int) string { return func(int) string { return message } }
	values := func(day, control string, values ...string) func(n int) string {
		return func(n int) string {
			var list []string
			for _, v := range values {
				list = append(list, fmt.Sprintf(v, n))
			}
			return result("", control, day, list...)
		}
	}
	for name, tc := range map[string]struct {
		first string
		rest  []func(n int) string
	}{
		"a prescription": {course("NW", "1"), []func(int) string{
			change("XO"), change("XO", "day 20261122"), change("NW", "day 20261125"),
			same(stop("", rde, "DC|")), same(stop("", rde, "DC|||1")), same(stop("", rde, "DC|||2")),
			same(course("DC", "1")), same(course("DC", "1", "day 20261124")), same(course("DC", "1", "alone")),
			same(stop("", rde, "CA|||2")), same(course("CA", "1", "alone")), same(stop("", rde, "CA|")), same(course("CA", "1")),
			same(stop("", rde, "HD|")), same(stop("", rde, "RL|")), same(course("HD", "1", "day 20261123")),
			same(course("SC", "1", "status IP", "day 20261123")), same(stop("", rde, "RP|")),
		}},
		"results": {result("", "SC", "20261120", "K=1", "Na=1"), []func(int) string{
			values("20261120", "SC", "K=%d"), values("20261120", "SC", "K=%d/C"), values("20261120", "SC", "K=%d/P"), values("20261120", "XO", "K=%d"),
			values("20261120", "SC", "WBC=%d"), values("20261120", "SC", "WBC=%d", "K=%d"), values("20261121", "SC", "K=%d/C"),
			same(result("", "SC", "20261120", "K=/D")), same(result("", "CA", "20261120", "K=1")), same(result("", "CA", "20261120", "K=1", "Na=1")),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(60) {
				r := rand.New(rand.NewPCG(seed, 7))
				in, what := []string{written(1, tc.first)}, []int{}
				for n := 2; n < 3+r.IntN(4); n++ {
					k := r.IntN(len(tc.rest))
					in, what = append(in, written(n, tc.rest[k](n))), append(what, k)
				}
				order := r.Perm(len(in))
				var list []string
				for _, i := range order {
					list = append(list, in[i])
				}
				want, _ := arrive(t, in)
				got, listed := arrive(t, list)
				if diff := cmp.Diff(want, got); diff != "" && len(listed) == 0 {
					t.Errorf("seed %d, %v arriving as %v, nothing listed (-want +got):\n%s", seed, what, order, diff)
				}
				if seed == 20 || seed == 46 || thorough { // among them some that fell short once
					mustSurvive(t, list)
				}
			}
		})
	}
}
