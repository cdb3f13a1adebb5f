package setup

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Proof is how an operator shows at the command line who they are.
type Proof struct {
	Login    string
	Password string
	Code     string // one-time code
}

// prove gives the operator of a proof. Whoever has the machine has its database; what this
// takes care of is that no command recovers an account by the word of one person.
func (a *Admin) prove(ctx context.Context, p Proof) (account.User, error) {
	s := signin.New(signin.Config{DB: a.DB, Log: a.Audit, Seal: a.Seal, Hasher: a.accounts.Hasher, Clock: a.Clock})
	return s.ProveOperator(ctx, p.Login, p.Password, p.Code)
}

// Recoveries lists the requests for a recovery that wait at any facility, the oldest first.
func (a *Admin) Recoveries(ctx context.Context) ([]manage.NetworkRecovery, error) {
	return a.accounts.Recoveries(ctx, a.DB.Reader(), a.Clock())
}

// AskRecovery asks in an operator's name that the account with a login be recovered, which a
// manager of its facility or a second operator approves.
func (a *Admin) AskRecovery(ctx context.Context, p Proof, login string, reason account.RecoveryReason) (r account.Recovery, err error) {
	by, err := a.prove(ctx, p)
	if err != nil {
		return account.Recovery{}, err
	}
	err = a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) (err error) {
		r, err = a.accounts.AskRecovery(ctx, tx, now, by, login, reason)
		return err
	})
	return r, err
}

// ApproveRecovery approves in an operator's name what somebody else asked, and gives the
// setup code that is to be handed over.
func (a *Admin) ApproveRecovery(ctx context.Context, p Proof, id ident.RecoveryID) (manage.Created, error) {
	by, err := a.prove(ctx, p)
	if err != nil {
		return manage.Created{}, err
	}
	return a.accounts.ApproveRecovery(ctx, a.DB, a.Clock(), by, id)
}

// WithdrawRecovery takes back in an operator's name what an operator has asked.
func (a *Admin) WithdrawRecovery(ctx context.Context, p Proof, id ident.RecoveryID) error {
	by, err := a.prove(ctx, p)
	if err != nil {
		return err
	}
	return a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		return a.accounts.WithdrawRecovery(ctx, tx, now, by, id)
	})
}
