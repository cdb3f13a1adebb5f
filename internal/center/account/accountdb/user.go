// Package accountdb keeps accounts (利用者), their roles, sessions and failed sign-ins
// in the database.
package accountdb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Store reads and writes accounts.
type Store struct{}

const userColumns = `u.id, u.facility_id, u.login, u.display_name, u.kana, u.profession, u.password_hash, u.must_change, u.totp_secret, u.totp_last_step, u.language, u.created_by, u.created_at, u.closed_at,
	u.trained_on, u.trained_by, u.pledge_version, u.pledge_by, u.pledged_at,
	u.reactivated_at, (SELECT MAX(s.created_at) FROM session s WHERE s.user_id = u.id),
	(SELECT COUNT(*) FROM passkey p WHERE p.user_id = u.id AND p.ended_at IS NULL)`

func scanUser(s db.Scanner) (u account.User, err error) {
	var mustChange, created, passkeys int64
	var closed, pledged, reactivated, last sql.NullInt64
	err = s(&u.ID, &u.Facility, &u.Login, &u.DisplayName, &u.Kana, &u.Profession, &u.PasswordHash, &mustChange,
		&u.TOTPSecret, &u.TOTPLastStep, &u.Language, &u.CreatedBy, &created, &closed,
		&u.TrainedOn, &u.TrainedBy, &u.PledgeVersion, &u.PledgeBy, &pledged,
		&reactivated, &last, &passkeys)
	u.Equipped = u.PasswordHash != "" || passkeys > 0
	u.MustChange, u.CreatedAt, u.ClosedAt = mustChange == 1, db.Time(created), db.TimeOf(closed)
	u.PledgedAt, u.ReactivatedAt, u.LastSignIn = db.TimeOf(pledged), db.TimeOf(reactivated), db.TimeOf(last)
	return u, err
}

// Add adds an account with its roles. A login that anybody has or had is of kind
// conflict, key user.login_taken.
func (st Store) Add(ctx context.Context, tx *db.Tx, u account.User) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO user_account
		(id, facility_id, login, display_name, kana, profession, password_hash, must_change, totp_secret, totp_last_step, language, created_by, created_at,
		trained_on, trained_by, pledge_version, pledge_by, pledged_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		u.ID, u.Facility, u.Login, u.DisplayName, u.Kana, u.Profession, u.PasswordHash, db.Flag(u.MustChange), u.TOTPSecret,
		u.TOTPLastStep, u.Language, u.CreatedBy, db.Micros(u.CreatedAt),
		u.TrainedOn, u.TrainedBy, u.PledgeVersion, u.PledgeBy, db.NullMicros(u.PledgedAt))
	if db.IsUnique(err) {
		return fault.WithKey(fault.Conflict, "user.login_taken", map[string]any{"login": u.Login})
	}
	if err != nil {
		return fmt.Errorf("add user: %w", err)
	}
	return st.grant(ctx, tx, u.ID, u.Roles, u.CreatedBy, u.CreatedAt)
}

// User reads one account with the roles that it holds, a closed one too.
func (st Store) User(ctx context.Context, q db.Querier, id ident.UserID) (account.User, error) {
	return st.one(ctx, q, `u.id = $1`, id)
}

// ByLogin reads the account of a login in the form of [credential.NormalizeLogin], a
// closed one too.
func (st Store) ByLogin(ctx context.Context, q db.Querier, login string) (account.User, error) {
	return st.one(ctx, q, `u.login = $1`, login)
}

func (st Store) one(ctx context.Context, q db.Querier, where string, arg any) (account.User, error) {
	u, err := db.One(ctx, q, "user", scanUser, `SELECT `+userColumns+` FROM user_account u WHERE `+where, arg)
	if err != nil {
		return account.User{}, err
	}
	list := []account.User{u}
	err = st.fillRoles(ctx, q, list, `SELECT user_id, role, granted_at FROM user_role WHERE user_id = $1 AND ended_at IS NULL`, u.ID)
	return list[0], err
}

// OfFacility lists a facility's accounts by kana, the closed ones last.
func (st Store) OfFacility(ctx context.Context, q db.Querier, f ident.FacilityID) ([]account.User, error) {
	list, err := db.All(ctx, q, scanUser, `SELECT `+userColumns+` FROM user_account u WHERE u.facility_id = $1
		ORDER BY CASE WHEN u.closed_at IS NULL THEN 0 ELSE 1 END, u.kana, u.login`, f)
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	err = st.fillRoles(ctx, q, list, `SELECT r.user_id, r.role, r.granted_at FROM user_role r JOIN user_account u ON u.id = r.user_id
		WHERE u.facility_id = $1 AND r.ended_at IS NULL`, f)
	return list, err
}

// fillRoles gives each account the roles that the query names, in the order of [access.Roles].
func (Store) fillRoles(ctx context.Context, q db.Querier, list []account.User, query string, arg any) error {
	held := map[ident.UserID]map[access.Role]time.Time{}
	_, err := db.All(ctx, q, func(s db.Scanner) (struct{}, error) {
		var id ident.UserID
		var role access.Role
		var granted int64
		err := s(&id, &role, &granted)
		if held[id] == nil {
			held[id] = map[access.Role]time.Time{}
		}
		held[id][role] = db.Time(granted)
		return struct{}{}, err
	}, query, arg)
	if err != nil {
		return fmt.Errorf("read roles: %w", err)
	}
	for i := range list {
		list[i].RoleSince = held[list[i].ID]
		for _, r := range access.Roles() {
			if _, ok := held[list[i].ID][r]; ok {
				list[i].Roles = append(list[i].Roles, r)
			}
		}
	}
	return nil
}

// SetRoles makes the account hold exactly the roles: new ones are granted, others
// ended; who held what and when stays in the table.
func (st Store) SetRoles(ctx context.Context, tx *db.Tx, id ident.UserID, roles []access.Role, by ident.UserID, now time.Time) error {
	u, err := st.User(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, r := range u.Roles {
		if slices.Contains(roles, r) {
			continue
		}
		err := db.Exec(ctx, tx, "role", `UPDATE user_role SET ended_by = $1, ended_at = $2 WHERE user_id = $3 AND role = $4 AND ended_at IS NULL`,
			by, db.Micros(now), id, r)
		if err != nil {
			return err
		}
	}
	var added []access.Role
	for _, r := range roles {
		if !u.Holds(r) && !slices.Contains(added, r) {
			added = append(added, r)
		}
	}
	return st.grant(ctx, tx, id, added, by, now)
}

// homeUnion gives the union of a user's facility, in which its roles hold: the one that
// it joined first. A facility that joined none has roles in none.
const homeUnion = `COALESCE((SELECT f.union_id FROM facility_union f JOIN user_account u ON u.facility_id = f.facility_id
	WHERE u.id = $1 ORDER BY f.since, f.union_id LIMIT 1), '')`

func (Store) grant(ctx context.Context, tx *db.Tx, id ident.UserID, roles []access.Role, by ident.UserID, now time.Time) error {
	for _, r := range roles {
		_, err := tx.ExecContext(ctx, `INSERT INTO user_role (user_id, role, union_id, granted_by, granted_at) VALUES ($1, $2, `+homeUnion+`, $3, $4)`, id, r, by, db.Micros(now))
		if err != nil {
			return fmt.Errorf("grant role: %w", err)
		}
	}
	return nil
}

// Close closes an account for good and ends its sessions.
func (st Store) Close(ctx context.Context, tx *db.Tx, id ident.UserID, now time.Time) error {
	err := db.Exec(ctx, tx, "user", `UPDATE user_account SET closed_at = $1 WHERE id = $2 AND closed_at IS NULL`, db.Micros(now), id)
	if err != nil {
		return err
	}
	return st.EndSessions(ctx, tx, id, "", now)
}

// SetTraining records the training that the user has had.
func (Store) SetTraining(ctx context.Context, q db.Querier, id ident.UserID, on string, by ident.UserID) error {
	return db.Exec(ctx, q, "user", `UPDATE user_account SET trained_on = $1, trained_by = $2 WHERE id = $3`, on, by, id)
}

// SetPledge records the pledge that the user gave, by themself or on paper.
func (Store) SetPledge(ctx context.Context, q db.Querier, id ident.UserID, version string, by ident.UserID, at time.Time) error {
	return db.Exec(ctx, q, "user", `UPDATE user_account SET pledge_version = $1, pledge_by = $2, pledged_at = $3 WHERE id = $4`,
		version, by, db.Micros(at), id)
}

// Reactivate takes a dormant account into use again.
func (Store) Reactivate(ctx context.Context, q db.Querier, id ident.UserID, by ident.UserID, at time.Time) error {
	return db.Exec(ctx, q, "user", `UPDATE user_account SET reactivated_at = $1, reactivated_by = $2 WHERE id = $3`, db.Micros(at), by, id)
}

// SetLanguage sets the language in which the user is spoken to.
func (Store) SetLanguage(ctx context.Context, q db.Querier, id ident.UserID, language string) error {
	return db.Exec(ctx, q, "user", `UPDATE user_account SET language = $1 WHERE id = $2`, language, id)
}

// SetPassword sets a user's own password by its hash and files the one that it replaces.
func (Store) SetPassword(ctx context.Context, tx *db.Tx, id ident.UserID, hash string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO former_password (id, user_id, left_at, password_hash)
		SELECT $1, id, $2, password_hash FROM user_account WHERE id = $3 AND password_hash <> ''`, ident.New[string](), db.Micros(now), id)
	if err != nil {
		return fmt.Errorf("file former password: %w", err)
	}
	return db.Exec(ctx, tx, "user", `UPDATE user_account SET password_hash = $1, must_change = 0 WHERE id = $2`, hash, id)
}

// DropPassword takes password and one-time codes away and files the password as left. An
// account that has none any more is not found.
func (Store) DropPassword(ctx context.Context, tx *db.Tx, id ident.UserID, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO former_password (id, user_id, left_at, password_hash)
		SELECT $1, id, $2, password_hash FROM user_account WHERE id = $3 AND password_hash <> ''`, ident.New[string](), db.Micros(now), id)
	if err != nil {
		return fmt.Errorf("file former password: %w", err)
	}
	return db.Exec(ctx, tx, "password", `UPDATE user_account SET password_hash = '', totp_secret = '', must_change = 0 WHERE id = $1 AND password_hash <> ''`, id)
}

// Rehash replaces the hash of the same password by one with other parameters.
func (Store) Rehash(ctx context.Context, tx *db.Tx, id ident.UserID, from, to string) error {
	_, err := tx.ExecContext(ctx, `UPDATE user_account SET password_hash = $1 WHERE id = $2 AND password_hash = $3`, to, id, from)
	if err != nil {
		return fmt.Errorf("rehash password: %w", err)
	}
	return nil
}

// FormerPasswords gives the hashes of the last passwords that the user has left.
func (Store) FormerPasswords(ctx context.Context, q db.Querier, id ident.UserID) ([]string, error) {
	out, err := db.All(ctx, q, func(s db.Scanner) (h string, err error) {
		err = s(&h)
		return h, err
	}, `SELECT password_hash FROM former_password WHERE user_id = $1 ORDER BY left_at DESC, id LIMIT $2`, id, credential.FormerPasswords)
	if err != nil {
		return nil, fmt.Errorf("read former passwords: %w", err)
	}
	return out, nil
}

// SetTOTP replaces the sealed secret of the one-time codes.
func (Store) SetTOTP(ctx context.Context, tx *db.Tx, id ident.UserID, sealed string) error {
	return db.Exec(ctx, tx, "user", `UPDATE user_account SET totp_secret = $1, totp_last_step = 0 WHERE id = $2`, sealed, id)
}

// TakeTOTPStep uses up the one-time code of a step and all before it. It is false if
// that was done already, also by a transaction at the same time.
func (Store) TakeTOTPStep(ctx context.Context, tx *db.Tx, id ident.UserID, step int64) (bool, error) {
	err := db.Exec(ctx, tx, "one-time code", `UPDATE user_account SET totp_last_step = $1 WHERE id = $2 AND totp_last_step < $1`, step, id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}
