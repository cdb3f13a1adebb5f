package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

type nullTime = sql.NullInt64

// Action is what was done at the console or to its accounts.
type Action string

const (
	ActionSignIn       Action = "sign_in"
	ActionSignOut      Action = "sign_out"
	ActionPassword     Action = "password"
	ActionSecondFactor Action = "second_factor"
	ActionRereadPerson Action = "reread_patient" // one patient's folder read again
	ActionRereadRoot   Action = "reread_root"    // of one folder of the storage
	ActionRecheck      Action = "recheck"        // quarantined files read again
	ActionDownload     Action = "download"       // of a list as a table, patient numbers in it
	ActionUserAdd      Action = "user_add"
	ActionUserReset    Action = "user_reset"
	ActionUserClose    Action = "user_close"
	ActionUnmerge      Action = "unmerge"      // a merge of patient numbers taken back
	ActionKeptFile     Action = "kept_file"    // a message that was kept is to be filed
	ActionKeptDismiss  Action = "kept_dismiss" // it needs no filing
)

// Actions lists all actions.
func Actions() []Action {
	return []Action{ActionSignIn, ActionSignOut, ActionPassword, ActionSecondFactor, ActionRereadPerson, ActionRereadRoot,
		ActionRecheck, ActionDownload, ActionUserAdd, ActionUserReset, ActionUserClose, ActionUnmerge, ActionKeptFile, ActionKeptDismiss}
}

// Outcome is how it ended.
type Outcome string

const (
	Done   Outcome = "done"
	Denied Outcome = "denied"
)

// Entry is one row of the log (操作履歴).
type Entry struct {
	At      time.Time
	Login   string // in whose name; empty for attempts in a name that nobody has
	Address string // of the browser, or the command line and its user
	Action  Action
	Outcome Outcome
	Detail  Detail
}

// Detail is what an entry explains itself by; never content.
type Detail struct {
	Reason   string               `json:"reason,omitempty"` // why it was denied
	Role     Role                 `json:"role,omitempty"`
	Patient  ident.LocalPatientID `json:"patient,omitempty"`
	Place    string               `json:"place,omitempty"` // folder of the storage
	Patients int                  `json:"patients,omitempty"`
	Message  string               `json:"message,omitempty"`  // that was kept
	Attempts int                  `json:"attempts,omitempty"` // which failure of the hour this is; those between are not recorded
}

func record(ctx context.Context, tx *db.Tx, now time.Time, e Entry) error {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return fmt.Errorf("console log: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO console_log (id, at, login, address, action, outcome, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		ident.New[string](), db.Micros(now), e.Login, e.Address, e.Action, e.Outcome, string(detail))
	if err != nil {
		return fmt.Errorf("console log: %w", err)
	}
	return nil
}

// Record writes that the caller does something. What cannot be written must not be done.
func (s *Service) Record(ctx context.Context, c Caller, a Action, d Detail) error {
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return record(ctx, tx, s.Clock(), Entry{Login: c.Login, Address: c.Address, Action: a, Outcome: Done, Detail: d})
	})
}

// AtMachine writes, in the transaction in which it happens, what was done at the gateway's
// own machine by whoever sits there.
func AtMachine(ctx context.Context, tx *db.Tx, now time.Time, by string, a Action, d Detail) error {
	return record(ctx, tx, now, Entry{Address: by, Action: a, Outcome: Done, Detail: d})
}

// Log lists the latest entries, newest first.
func (s *Service) Log(ctx context.Context, limit int) ([]Entry, error) {
	return db.All(ctx, s.DB.Reader(), func(sc db.Scanner) (e Entry, err error) {
		var at int64
		var detail string
		if err := sc(&at, &e.Login, &e.Address, &e.Action, &e.Outcome, &detail); err != nil {
			return e, err
		}
		e.At = db.Time(at)
		if err := json.Unmarshal([]byte(detail), &e.Detail); err != nil {
			return e, fmt.Errorf("console log: %w", err)
		}
		return e, nil
	}, `SELECT at, login, address, action, outcome, detail FROM console_log ORDER BY at DESC, id LIMIT $1`, limit)
}
