package accountdb

import (
	"context"
	"database/sql"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Grants lists every role that the account holds or held, the newest grant first.
func (Store) Grants(ctx context.Context, q db.Querier, id ident.UserID) ([]account.Grant, error) {
	list, err := db.All(ctx, q, func(s db.Scanner) (g account.Grant, err error) {
		var granted int64
		var ended sql.NullInt64
		err = s(&g.Role, &g.GrantedBy, &g.GrantedByName, &granted, &g.EndedBy, &g.EndedByName, &ended)
		g.GrantedAt, g.EndedAt = db.Time(granted), db.TimeOf(ended)
		return g, err
	}, `SELECT r.role, r.granted_by, COALESCE(g.display_name, ''), r.granted_at, COALESCE(r.ended_by, ''), COALESCE(e.display_name, ''), r.ended_at
		FROM user_role r LEFT JOIN user_account g ON g.id = r.granted_by LEFT JOIN user_account e ON e.id = r.ended_by
		WHERE r.user_id = $1 ORDER BY r.granted_at DESC, r.role`, id)
	if err != nil {
		return nil, fmt.Errorf("read role history: %w", err)
	}
	return list, nil
}
