package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// consoleAccount is by what hospital IT signs in at its gateway's console.
type consoleAccount struct {
	Facility   ident.FacilityID `json:"facility"`
	Login      string           `json:"login"`
	Password   string           `json:"password"`
	TOTPSecret string           `json:"totp_secret"`
}

const consoleLogin = "joho"

// consoleURL is where a hospital's console is; empty while its gateway is stopped.
func (h *hospital) consoleURL() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.now == nil {
		return ""
	}
	return h.now.ConsoleURL()
}

func (r *Running) consoleAccount(id ident.FacilityID) (consoleAccount, bool) {
	i := slices.IndexFunc(r.state.Consoles, func(a consoleAccount) bool { return a.Facility == id })
	if i < 0 {
		return consoleAccount{}, false
	}
	return r.state.Consoles[i], true
}

// addConsoleAccounts makes the accounts of a new region's consoles.
func (r *Running) addConsoleAccounts(ctx context.Context) error {
	for _, h := range r.gateways {
		a, err := newConsoleAccount(ctx, h)
		if err != nil {
			return fmt.Errorf("console of %s: %w", h.name, err)
		}
		r.state.Consoles = append(r.state.Consoles, a)
	}
	return nil
}

// newConsoleAccount makes the account of a console and takes it through its first
// sign-in, as its owner would.
func newConsoleAccount(ctx context.Context, h *hospital) (a consoleAccount, err error) {
	accounts, closer, err := gateway.OpenAccounts(ctx, h.config)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, closer()) }()
	resume := func(token string) (account.Caller, error) {
		c, err := accounts.Resume(ctx, token, false)
		c.Address = "demo"
		return c, err
	}
	a = consoleAccount{Facility: h.facility, Login: consoleLogin, Password: demoPassword(consoleLogin)}
	first, err := accounts.Add(ctx, "demo", a.Login, account.Admin)
	if err != nil {
		return a, err
	}
	token, err := accounts.SignIn(ctx, account.Attempt{Login: a.Login, Password: first, Address: "demo"})
	if err != nil {
		return a, err
	}
	c, err := resume(token)
	if err != nil {
		return a, err
	}
	if token, err = accounts.ChangePassword(ctx, c, first, a.Password); err != nil {
		return a, err
	}
	if c, err = resume(token); err != nil {
		return a, err
	}
	if a.TOTPSecret, _, err = accounts.SecondFactor(ctx, c); err != nil {
		return a, err
	}
	return a, enrolEarlier(ctx, accounts, c, a.TOTPSecret)
}

// enrolEarlier enrols with the code before the current one, which is then still to be
// had by whoever signs in. Between two steps it may just have become too old.
func enrolEarlier(ctx context.Context, accounts *account.Service, c account.Caller, secret string) error {
	var token string
	for try := range 2 {
		code, err := totp.GenerateCode(secret, time.Now().Add(-30*time.Second))
		if err != nil {
			return err
		}
		token, err = accounts.EnrolSecondFactor(ctx, c, code)
		if err == nil {
			break
		}
		if try > 0 || !fault.Is(err, fault.Invalid) {
			return err
		}
	}
	opened, err := accounts.Resume(ctx, token, false)
	if err != nil {
		return err
	}
	opened.Address = c.Address
	return accounts.SignOut(ctx, opened)
}
