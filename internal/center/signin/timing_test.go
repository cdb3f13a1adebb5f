package signin_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Nobody can tell from the time of a refusal whether there is an account: without the hash
// for nobody it would take a fraction. The kinds take turns, and their medians are compared,
// so that what else the machine does falls on all of them.
func TestReq_AUTH13_sameTimeForNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("hashes at full cost")
	}
	each(t, func(t *testing.T, w *ward) {
		w.Service = w.service(credential.DefaultParams())
		closed := w.account("tojiru", flowtest.Clinic)
		w.account("yosono", flowtest.Hospital)
		w.in() // from here on at full cost
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			return accountdb.Store{}.Close(ctx, tx, closed.User.ID, w.Now)
		})

		const rounds = 9
		kinds := map[string]func(round int) (login, typed string){
			"a wrong password": func(int) (string, string) { return "hanako", wrong },
			"a wrong code":     func(int) (string, string) { return "hanako", password },
			"an unknown login": func(round int) (string, string) { return "nobody" + strconv.Itoa(round), password },
			"no login":         func(int) (string, string) { return "", password },
			"a closed account": func(int) (string, string) { return "tojiru", password },
			"elsewhere's":      func(int) (string, string) { return "yosono", password },
		}
		took := map[string][]time.Duration{}
		for round := range rounds {
			w.Now = w.Now.Add(16 * time.Minute) // no lock is in the way
			for kind, of := range kinds {
				login, typed := of(round)
				begin := time.Now()
				_, err := w.SignIn(t.Context(), w.dev, login, typed, "000000")
				took[kind] = append(took[kind], time.Since(begin))
				wantFault(t, err, fault.Denied, "signin.refused")
			}
		}
		median := func(kind string) time.Duration {
			slices.Sort(took[kind])
			return took[kind][rounds/2]
		}
		want := median("a wrong password")
		for kind := range kinds {
			if got := median(kind); got < want/3 || got > want*3 {
				t.Errorf("%s takes %v, a wrong password %v", kind, got, want)
			}
		}
	})
}
