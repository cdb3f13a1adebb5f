package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
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
	ActionUnmerge      Action = "unmerge"       // a merge of patient numbers taken back
	ActionKeptFile     Action = "kept_file"     // a message that was kept is to be filed
	ActionKeptDismiss  Action = "kept_dismiss"  // it needs no filing
	ActionKeptWithdraw Action = "kept_withdraw" // what was decided on it is taken back before it is done
	ActionKeptRestore  Action = "kept_restore"  // one that was dismissed is on the list again
	ActionSeen         Action = "kept_seen"     // a message that was filed with a remark was looked at
	ActionStepUp       Action = "step_up"       // a fresh proof of who somebody is

	// What became of such a decision, by the gateway.
	ActionKeptFiled     Action = "kept_filed"
	ActionKeptAlready   Action = "kept_already" // the storage had it
	ActionKeptRefused   Action = "kept_refused" // it cannot be filed now either
	ActionKeptWaits     Action = "kept_waits"   // its order has not come yet
	ActionKeptDismissed Action = "kept_dismissed"
	ActionKeptLate      Action = "kept_late" // dismissed when it was half filed: it is filed
	ActionKeptGone      Action = "kept_gone" // it was not on the list any more
)

// Actions lists all actions.
func Actions() []Action {
	return []Action{ActionSignIn, ActionSignOut, ActionPassword, ActionSecondFactor, ActionRereadPerson, ActionRereadRoot,
		ActionRecheck, ActionDownload, ActionUserAdd, ActionUserReset, ActionUserClose, ActionUnmerge, ActionKeptFile, ActionKeptDismiss,
		ActionKeptWithdraw, ActionKeptRestore, ActionSeen, ActionStepUp, ActionKeptFiled, ActionKeptAlready, ActionKeptRefused, ActionKeptWaits, ActionKeptDismissed,
		ActionKeptLate, ActionKeptGone}
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
	Address string // of the browser, [AtCommandLine], or [ByGateway]
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
	Kept     *Kept                `json:"kept,omitempty"`     // about that message
	Attempts int                  `json:"attempts,omitempty"` // which failure of the hour this is; those between are not recorded
}

// Kept is what an entry says of a message that was kept.
type Kept struct {
	Order   string        `json:"order,omitempty"`   // that it is about, beside Detail.Patient; empty: of none, or not known
	Why     string        `json:"why,omitempty"`     // as typed by whoever dismissed it
	Decided kept.Decision `json:"decided,omitempty"` // of a decision that is withdrawn
	Reason  kept.Reason   `json:"reason,omitempty"`  // why it cannot be filed now either, with place and cause
	Cause   string        `json:"cause,omitempty"`
	// Names of files of the storage: what it was filed as and in what condition, the version
	// before, in whose place it is or that it took back, and the latest received since.
	As        string    `json:"as,omitempty"`
	Condition Condition `json:"condition,omitempty"`
	Before    string    `json:"before,omitempty"`
	Since     string    `json:"since,omitempty"`
}

// Condition is that of a file of the storage.
type Condition string

const (
	Current    Condition = "current"
	Superseded Condition = "superseded"
	Deleted    Condition = "deleted"
)

// ByGateway stands in the place of an address where the gateway did what was decided before.
// No login is the same.
const ByGateway = "the gateway"

const atCommandLine = "command line"

// AtCommandLine stands in the place of an address for whoever sits at the gateway's
// machine: an account of the operating system; empty if it is not known.
func AtCommandLine(user string) string {
	if user == "" {
		return atCommandLine
	}
	return atCommandLine + " of " + user
}

// CommandLineUser is the inverse of [AtCommandLine]; ok is false for any other place.
func CommandLineUser(address string) (user string, ok bool) {
	rest, ok := strings.CutPrefix(address, atCommandLine)
	if !ok || rest == "" {
		return "", ok
	}
	return strings.CutPrefix(rest, " of ")
}

func record(ctx context.Context, tx *db.Tx, now time.Time, e Entry) error {
	return recordAs(ctx, tx, ident.New[string](), now, e)
}

// recordAs adds a row unless there is one of that id.
func recordAs(ctx context.Context, tx *db.Tx, id string, now time.Time, e Entry) error {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return fmt.Errorf("console log: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO console_log (id, at, login, address, action, outcome, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO NOTHING`,
		id, db.Micros(now), e.Login, e.Address, e.Action, e.Outcome, string(detail))
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

// CarriedOut writes what the gateway did of a decision, once for each id of it: told again
// after a crash, it is not written again.
func CarriedOut(ctx context.Context, tx *db.Tx, id string, now time.Time, a Action, d Detail) error {
	return recordAs(ctx, tx, id, now, Entry{Address: ByGateway, Action: a, Outcome: Done, Detail: d})
}

// RecordAll writes that the caller does something to several things, all or nothing.
func (s *Service) RecordAll(ctx context.Context, c Caller, a Action, list []Detail) error {
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, d := range list {
			err := record(ctx, tx, s.Clock(), Entry{Login: c.Login, Address: c.Address, Action: a, Outcome: Done, Detail: d})
			if err != nil {
				return err
			}
		}
		return nil
	})
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
