package account

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Seen says who looked at a message that was filed with a remark (確認済み), and when.
type Seen struct {
	Login string
	At    time.Time
}

// MarkSeen writes that the caller has looked at messages, to the history too, all or
// nothing. Those that somebody has looked at before stay as they are.
func (s *Service) MarkSeen(ctx context.Context, c Caller, messages []Detail) error {
	now := s.Clock()
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, d := range messages {
			res, err := tx.ExecContext(ctx, `INSERT INTO console_seen (message_id, at, login) VALUES ($1, $2, $3) ON CONFLICT (message_id) DO NOTHING`,
				d.Message, db.Micros(now), c.Login)
			if err != nil {
				return fmt.Errorf("mark message as seen: %w", err)
			}
			n, err := res.RowsAffected()
			if err != nil {
				return fmt.Errorf("mark message as seen: %w", err)
			}
			if n == 0 {
				continue
			}
			if err := record(ctx, tx, now, Entry{Login: c.Login, Address: c.Address, Action: ActionSeen, Outcome: Done, Detail: d}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Seen gives who looked at which messages, by their ids: those from an id on, which begins
// with the time of receipt.
func (s *Service) Seen(ctx context.Context, from string) (map[string]Seen, error) {
	return SeenMessages(ctx, s.DB.Reader(), from)
}

// SeenMessages is [Service.Seen] where there is no console: for the overview's numbers and the
// command line.
func SeenMessages(ctx context.Context, q db.Querier, from string) (map[string]Seen, error) {
	type row struct {
		id string
		Seen
	}
	rows, err := db.All(ctx, q, func(s db.Scanner) (r row, err error) {
		var at int64
		err = s(&r.id, &at, &r.Login)
		r.At = db.Time(at)
		return r, err
	}, `SELECT message_id, at, login FROM console_seen WHERE message_id >= $1`, from)
	if err != nil {
		return nil, fmt.Errorf("messages that were seen: %w", err)
	}
	out := make(map[string]Seen, len(rows))
	for _, r := range rows {
		out[r.id] = r.Seen
	}
	return out, nil
}
