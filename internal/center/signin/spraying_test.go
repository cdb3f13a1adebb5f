package signin_test

import (
	"strconv"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

// All terminals of another facility try passwords on two logins, and on many others, at
// fifty a second in all, for as long as it takes to have tried each of them more often than
// an account locks at: whose logins they are sign in at once where they work. Nobody could
// ever have come in over there, so nothing is lost by not counting it here.
func TestReq_AUTH07_anotherFacilityLocksNobodyOut(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		const terminals, rounds, rate = 24, 10, 50
		var theirs []device.Device
		for i := range terminals {
			theirs = append(theirs, w.terminal("theirs"+strconv.Itoa(i), flowtest.Hospital))
		}
		w.account("jiro", flowtest.Clinic)
		start, tried, taken := w.Now, 0, 0
		for round := range rounds {
			for _, dev := range theirs {
				for _, login := range []string{"hanako", "jiro", "user" + strconv.Itoa(round)} {
					w.Now = start.Add(time.Duration(tried) * time.Second / rate)
					tried++
					_, err := w.SignIn(t.Context(), dev, login, wrong, "000000")
					if key, _, _ := fault.Message(err); key == "signin.refused" {
						taken++
					} else if key != "signin.locked" {
						t.Fatal(err)
					}
				}
			}
		}
		if taken < 2*100 {
			t.Fatalf("%d attempts were taken: the test would show nothing", taken)
		}
		for _, login := range []string{"hanako", "jiro"} {
			if _, err := w.SignIn(t.Context(), w.dev, login, password, w.code()); err != nil {
				t.Errorf("%s is locked out: %v", login, err)
			}
		}
		if _, err := w.SignIn(t.Context(), theirs[0], "hanako", password, w.code()); err == nil {
			t.Error("hanako came in at a terminal of another facility")
		}
	})
}
