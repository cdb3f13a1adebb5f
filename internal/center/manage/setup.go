package manage

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Setup makes accounts at the server's own command line, where the network operator
// (運営管理者) works before a facility has a manager. It checks nobody's role: whoever
// calls it has to know who is at the keyboard.
type Setup struct {
	Log    auditdb.Log
	Seal   credential.Sealer
	Hasher *credential.Hasher
	By     string // who is at the keyboard, for the log
}

// User makes an account at a facility, with any role, also the operator's, and with
// the given credentials or a setup code. It hashes within the caller's transaction: for
// a few accounts at a time. Errors are as those of [Service.CreateUser], [account.ParseTrained] and of
// [credential.CheckPassword].
func (s Setup) User(ctx context.Context, tx *db.Tx, now time.Time, f ident.FacilityID, n NewUser, given Credentials) (Created, error) {
	u, err := n.user()
	if err != nil {
		return Created{}, err
	}
	if given != (Credentials{}) {
		if u, err = (issuer{s.Seal, s.Hasher}).equip(ctx, u, given); err != nil {
			return Created{}, err
		}
	}
	if u.Clearance, err = n.Cleared.of(setupUser, now); err != nil {
		return Created{}, err
	}
	u.Facility, u.CreatedBy, u.CreatedAt = f, setupUser, now
	if err := (accountdb.Store{}).Add(ctx, tx, u); err != nil {
		return Created{}, err
	}
	created := Created{User: withoutSecrets(u)}
	if !u.Equipped {
		if created, err = giveCode(ctx, tx, u, setupUser, now); err != nil {
			return Created{}, err
		}
	}
	_, err = s.Log.Append(ctx, tx, now, audit.Event{
		Action: audit.ActionUserCreate, Outcome: audit.Done, UserName: s.By, Owner: f,
		Detail: createdDetail(u),
	})
	return created, err
}
