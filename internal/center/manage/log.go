package manage

import (
	"context"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// LogFilter narrows the access log; zero fields do not.
type LogFilter struct {
	From, To time.Time // From is in, To is out
	User     ident.UserID
	Person   ident.PersonID
	Group    audit.Group // only what has to do with it
	Text     string      // part of a user's name, or of a name that a person linked to the own facility has, or had while they were
	Limit    int         // rows of a page: 50 unless set, at most 500
	Before   string      // the next that the page before gave
}

// LogRow is one row of the access log as people read it.
type LogRow struct {
	audit.Event
	PersonName   string                 // at the time of the row, only where the person is linked to the own facility, see [audit.Entry]
	NameNow      string                 // where it is another name
	FormerNumber ident.LocalPatientID   // of a person whose link to the own facility has ended since
	FacilityName string                 // of who did it
	OwnerName    string                 // whose content it was
	DeviceName   string                 // only of the own facility's terminals
	Kinds        []clinical.Kind        // of content that the row is about
	File         bool                   // it is about a file of a document
	Means        account.Method         // of a sign-in or a proof: by what; empty for other rows
	Copied       bool                   // the passkey's count went back: there may be a copy of it
	About        string                 // the account that it is about, by name: another's, of the own facility
	Why          account.RecoveryReason // why its recovery was asked for
	Unlocked     bool                   // a proof that unlocked a screen
	PatientID    ident.LocalPatientID   // the owner's number that a link has, or that was tried
	Reason       string                 // why a link was ended, or demographics corrected
	Cause        string                 // why a link was refused: unknown_id, mismatch or throttled
	Differs      []wire.Field           // of a mismatch, and of a link that was suspended
	Changed      []wire.Field           // of demographics that were corrected, or whose correction was confirmed
}

// AccessLog gives a page of the rows in which the caller's facility acted or its
// content was concerned, newest first, and where the next page begins: empty at the
// end. Reading the log is filed in the log.
func (s *Service) AccessLog(ctx context.Context, c signin.Caller, f LogFilter) (rows []LogRow, next string, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	err = s.write(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		query := audit.Query{
			Actions:  f.Group.Actions(),
			Facility: c.Facility, From: f.From, To: f.To, User: f.User, Person: f.Person, Text: f.Text, Before: audit.Cursor(f.Before), Limit: limit + 1,
		}
		entries, err := auditdb.Find(ctx, tx, query)
		if err != nil {
			return err
		}
		if next = ""; len(entries) > limit {
			entries = entries[:limit]
			next = string(entries[limit-1].Cursor)
		}
		if rows, err = s.named(ctx, tx, c, entries); err != nil {
			return err
		}
		e := audit.Event{Action: audit.ActionLogRead, Outcome: audit.Done, Owner: c.Facility, Person: f.Person, Detail: f.detail(len(rows))}
		_, err = s.Log.Append(ctx, tx, now, e.By(c.Viewer))
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return rows, next, nil
}

// detail says by what the log was searched, not for what: the text may be a name.
func (f LogFilter) detail(rows int) map[string]any {
	by := []string{}
	for _, x := range []struct {
		name string
		set  bool
	}{{"time", !f.From.IsZero() || !f.To.IsZero()}, {"user", f.User != ""}, {"person", f.Person != ""}, {"group", f.Group != ""}, {"text", f.Text != ""}} {
		if x.set {
			by = append(by, x.name)
		}
	}
	return map[string]any{"by": by, "rows": rows}
}

func (s *Service) named(ctx context.Context, tx *db.Tx, c signin.Caller, entries []audit.Entry) ([]LogRow, error) {
	facilities, err := s.directory.FacilityNames(ctx, tx)
	if err != nil {
		return nil, err
	}
	devices, err := s.devices.OfFacility(ctx, tx, c.Facility)
	if err != nil {
		return nil, err
	}
	names := map[ident.DeviceID]string{}
	for _, d := range devices {
		names[d.ID] = d.Name
	}
	users, err := s.accounts.OfFacility(ctx, tx, c.Facility)
	if err != nil {
		return nil, err
	}
	rows := make([]LogRow, len(entries))
	for i, e := range entries {
		rows[i] = LogRow{
			Event: e.Event, PersonName: e.PersonName, NameNow: e.NameNow, FormerNumber: e.FormerNumber, DeviceName: names[e.Device],
			FacilityName: facilities[e.Facility], OwnerName: facilities[e.Owner], Kinds: kinds(e.Detail), File: file(e.Detail),
			Means: signin.MethodOf(e.Event), Copied: e.Detail["reason"] == string(passkey.RefusedCount), Unlocked: e.Detail["unlocked"] == true,
			About: about(e.Event, users), Why: why(e.Event),
			Differs: fields(e.Detail),
		}
		if err := s.nameLink(ctx, tx, &rows[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// nameLink tells of a row about a link its number, and why it was ended or refused. The
// log keeps the link's id; number and reason are read from the link, so that what a person
// wrote stands in one place.
func (s *Service) nameLink(ctx context.Context, tx *db.Tx, row *LogRow) error {
	switch row.Action {
	case audit.ActionLinkRefused, audit.ActionLinkThrottled:
		tried, _ := row.Detail["patient_id"].(string)
		row.PatientID = ident.LocalPatientID(tried)
		row.Cause, _ = row.Detail["cause"].(string)
		if row.Action == audit.ActionLinkThrottled {
			row.Cause = "throttled"
		}
		return nil
	case audit.ActionAmendPerson:
		row.Changed, row.Differs = row.Differs, nil
		id, _ := row.Detail["former"].(string)
		former, err := s.persons.OneFormer(ctx, tx, ident.FormerID(id))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		row.Reason = former.Reason
		return nil
	case audit.ActionConfirmPerson:
		row.Changed, row.Differs = row.Differs, nil
	case audit.ActionLink, audit.ActionLinkSuspend, audit.ActionUnlink:
	default:
		return nil
	}
	id, _ := row.Detail["link"].(string)
	past, err := s.links.Past(ctx, tx, ident.LinkID(id))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || past.Facility != row.Owner {
		return err
	}
	row.PatientID = past.PatientID
	if row.Action == audit.ActionUnlink {
		row.Reason = past.Reason
	}
	return nil
}

// fields takes the fields that differ out of a row's detail.
func fields(detail map[string]any) []wire.Field {
	list, _ := detail["fields"].([]any)
	var out []wire.Field
	for _, f := range list {
		if name, ok := f.(string); ok {
			out = append(out, wire.Field(name))
		}
	}
	return out
}

// file reports whether a row is about a file: its decision says that one was the
// occasion, its completion which.
func file(detail map[string]any) bool {
	_, sent := detail["file"]
	return sent || detail["page"] == "file"
}

// about names the account of a facility that a row is about, where that is not who did it.
func about(e audit.Event, users []account.User) string {
	for _, u := range users {
		if e.Detail["user"] == string(u.ID) && u.ID != e.User {
			return u.DisplayName
		}
	}
	return ""
}

// why takes out of a row why a recovery was asked for.
func why(e audit.Event) account.RecoveryReason {
	reason, _ := e.Detail["reason"].(string)
	if r := account.RecoveryReason(reason); e.Action == audit.ActionRecoveryAsk && slices.Contains(account.RecoveryReasons(), r) {
		return r
	}
	return ""
}

// kinds takes the kinds of content out of a row's detail, known ones in their order.
func kinds(detail map[string]any) []clinical.Kind {
	list, _ := detail["kinds"].([]any)
	var out []clinical.Kind
	for _, k := range clinical.Kinds() {
		if slices.Contains(list, any(string(k))) {
			out = append(out, k)
		}
	}
	return out
}
