package signin_test

import (
	"strconv"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

func TestReq_AUTH07_signInIsThrottled(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		other := w.terminal("pc2", flowtest.Clinic)
		w.account("jiro", flowtest.Clinic)
		try := func(dev device.Device, login, typed string) error {
			_, err := w.SignIn(t.Context(), dev, login, typed, w.code())
			return err
		}
		for i := range 5 {
			wantFault(t, try(w.dev, "hanako", wrong), fault.Denied, "signin.refused")
			w.Now = w.Now.Add(time.Duration(i) * time.Millisecond)
		}
		err := try(w.dev, "hanako", password)
		wantFault(t, err, fault.Denied, "signin.locked")
		if _, params, _ := fault.Message(err); params["minutes"] != 1 {
			t.Errorf("params %v", params)
		}
		// The pair waits; the colleague, and the user at another terminal, do not.
		wantFault(t, try(w.dev, "jiro", wrong), fault.Denied, "signin.refused")
		if err := try(other, "hanako", password); err != nil {
			t.Errorf("locked out at another terminal, too: %v", err)
		}
		// An attempt while locked is not counted: the lock ends.
		w.Now = w.Now.Add(time.Minute)
		for _, wait := range []time.Duration{4, 8, 16, 32} {
			wantFault(t, try(w.dev, "hanako", wrong), fault.Denied, "signin.refused")
			wantFault(t, try(w.dev, "hanako", password), fault.Denied, "signin.locked")
			w.Now = w.Now.Add(wait * time.Second)
		}
		wantFault(t, try(w.dev, "hanako", wrong), fault.Denied, "signin.refused") // the tenth
		w.Now = w.Now.Add(15*time.Minute - time.Second)
		wantFault(t, try(w.dev, "hanako", password), fault.Denied, "signin.locked")
		w.Now = w.Now.Add(time.Second)
		if err := try(w.dev, "hanako", password); err != nil {
			t.Fatalf("still locked after 15 minutes: %v", err)
		}
		// Success forgets the pair's failures.
		w.Now = w.Now.Add(time.Minute)
		for range 4 {
			wantFault(t, try(w.dev, "hanako", wrong), fault.Denied, "signin.refused")
		}
		if err := try(w.dev, "hanako", password); err != nil {
			t.Errorf("failures before the success still count: %v", err)
		}
	})
}

// A login that does not exist locks like one that does.
func TestReq_AUTH13_nobodyIsThrottledAlike(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		for range 5 {
			_, err := w.SignIn(t.Context(), w.dev, "nobody", wrong, "000000")
			wantFault(t, err, fault.Denied, "signin.refused")
		}
		_, err := w.SignIn(t.Context(), w.dev, "nobody", wrong, "000000")
		wantFault(t, err, fault.Denied, "signin.locked")
	})
}

// One password tried on many names blocks the terminal, not the names.
func TestReq_AUTH07_sprayingBlocksTheTerminal(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		other := w.terminal("pc2", flowtest.Clinic)
		for i := range 30 {
			_, err := w.SignIn(t.Context(), w.dev, "user"+strconv.Itoa(i), wrong, "000000")
			wantFault(t, err, fault.Denied, "signin.refused")
		}
		_, err := w.SignIn(t.Context(), w.dev, "hanako", password, w.code())
		wantFault(t, err, fault.Denied, "signin.locked")
		if _, err := w.SignIn(t.Context(), other, "hanako", password, w.code()); err != nil {
			t.Errorf("locked out at another terminal, too: %v", err)
		}
	})
}

// A stolen terminal tries a password on all names fifty times a second: it is blocked
// after the first second, whom it named signs in elsewhere all the while, and the
// terminal is back when it has been quiet for as long as a lock holds.
func TestReq_AUTH07_sprayingAtFiftyASecond(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		const seconds, rate, names = 12, 50, 20
		desk := w.terminal("pc2", flowtest.Clinic)
		for i := range names {
			w.account("user"+strconv.Itoa(i), flowtest.Clinic)
		}
		start, compared := w.Now, 0
		for i := range seconds * rate {
			w.Now = start.Add(time.Duration(i) * time.Second / rate)
			login := "user" + strconv.Itoa(i%names)
			if i%10 == 0 {
				login = "hanako"
			}
			_, err := w.SignIn(t.Context(), w.dev, login, wrong, "000000")
			key, _, _ := fault.Message(err)
			if key == "signin.refused" {
				compared++
			} else if key != "signin.locked" {
				t.Fatalf("attempt %d: %v", i, err)
			}
		}
		if compared > 30 {
			t.Errorf("%d passwords were compared, want at most 30", compared)
		}
		if _, err := w.SignIn(t.Context(), desk, "hanako", password, w.code()); err != nil {
			t.Errorf("locked out at another terminal: %v", err)
		}
		w.Now = start.Add(15*time.Minute + seconds*time.Second)
		if _, err := w.SignIn(t.Context(), w.dev, "hanako", password, w.code()); err != nil {
			t.Errorf("the terminal stays blocked: %v", err)
		}
	})
}

// Many attempts at the same time must not all be taken before the first is counted.
func TestReq_AUTH07_floodIsThrottled(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		const tries = 20
		errs := make(chan error)
		for range tries {
			go func() {
				for {
					_, err := w.SignIn(t.Context(), w.dev, "hanako", wrong, "000000")
					if !fault.Is(err, fault.Internal) { // not one that lost too many races on PostgreSQL
						errs <- err
						return
					}
				}
			}()
		}
		compared := 0
		for range tries {
			if key, _, _ := fault.Message(<-errs); key == "signin.refused" {
				compared++
			}
		}
		if compared < 1 || compared > 5 {
			t.Errorf("%d passwords were compared before the throttle, want at most 5", compared)
		}
	})
}
