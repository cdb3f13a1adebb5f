package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// recordVersion is the version of the canonical bytes:
//
//	1  2026-11  first
const recordVersion = 1

// Record is an event at its place in a replica's log. Its fields are the columns of
// the row and, by [Record.Body], the bytes that are hashed.
//
// The record names its own log and leaf, so that a row that was moved convicts
// itself, and its id is 128 random bits, so that nobody who holds only hashes can
// find a body by guessing.
type Record struct {
	Version    int               `json:"v"`
	Replica    ident.ReplicaID   `json:"replica"`
	Leaf       int64             `json:"leaf"` // 0, 1, 2 …
	ID         ident.EventID     `json:"id"`
	At         int64             `json:"at"` // UTC microseconds
	Action     Action            `json:"action"`
	Outcome    Outcome           `json:"outcome"`
	User       ident.UserID      `json:"user"`
	UserName   string            `json:"user_name"`
	Profession access.Profession `json:"profession"`
	Facility   ident.FacilityID  `json:"facility"`
	Union      ident.UnionID     `json:"union"`
	Device     ident.DeviceID    `json:"device"`
	Owner      ident.FacilityID  `json:"owner"`
	Person     ident.PersonID    `json:"person"`
	Decision   ident.DecisionID  `json:"decision"`
	Detail     json.RawMessage   `json:"detail"`
}

// NewRecord gives an event its place. An event without an id gets one; one without
// an action, an outcome or a time is refused, and so is a detail that JSON cannot hold.
func NewRecord(replica ident.ReplicaID, leaf int64, e Event) (Record, error) {
	if replica == "" || e.Action == "" || e.Outcome == "" || e.At.IsZero() {
		return Record{}, fmt.Errorf("audit event %q, outcome %q, at %s in log %q: a field that every event has is missing", e.Action, e.Outcome, e.At, replica)
	}
	if e.ID == "" {
		e.ID = ident.New[ident.EventID]()
	}
	detail := []byte("{}")
	if len(e.Detail) > 0 {
		var err error
		if detail, err = marshal(e.Detail); err != nil {
			return Record{}, fmt.Errorf("audit event %s: detail: %w", e.Action, err)
		}
	}
	return Record{
		Version: recordVersion, Replica: replica, Leaf: leaf, ID: e.ID, At: e.At.UnixMicro(),
		Action: e.Action, Outcome: e.Outcome,
		User: e.User, UserName: strings.ToValidUTF8(e.UserName, "\uFFFD"), Profession: e.Profession,
		Facility: e.Facility, Union: e.Union, Device: e.Device, Owner: e.Owner, Person: e.Person, Decision: e.Decision,
		Detail: detail,
	}, nil
}

// Body gives the canonical bytes of the record: one JSON object (RFC 8259) in UTF-8,
// every field present, in the order of the struct, the keys of detail sorted, no
// white space, and only what JSON demands escaped (besides U+2028 and U+2029). The
// bytes are stored as they were hashed; nobody has to make them a second time.
func (r Record) Body() ([]byte, error) { return marshal(r) }

func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// ParseRecord is the inverse of [Record.Body].
func ParseRecord(body []byte) (Record, error) {
	var r Record
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return Record{}, fmt.Errorf("audit record: %w", err)
	}
	if dec.More() {
		return Record{}, fmt.Errorf("audit record: more than one value")
	}
	if r.Version != recordVersion {
		return Record{}, fmt.Errorf("audit record: version %d is not known", r.Version)
	}
	return r, nil
}

// Event gives the event back. Numbers of its detail are float64, as JSON has them.
func (r Record) Event() (Event, error) {
	e := Event{
		ID: r.ID, At: time.UnixMicro(r.At).UTC(), Action: r.Action, Outcome: r.Outcome,
		User: r.User, UserName: r.UserName, Profession: r.Profession, Facility: r.Facility, Union: r.Union, Device: r.Device,
		Owner: r.Owner, Person: r.Person, Decision: r.Decision,
	}
	if err := json.Unmarshal(r.Detail, &e.Detail); err != nil {
		return Event{}, fmt.Errorf("audit event %s: detail: %w", r.ID, err)
	}
	return e, nil
}

// Differs names the first field in which two records differ, by its name in the
// canonical bytes, and is empty if they agree. The version is not compared.
func (r Record) Differs(other Record) string {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"replica", r.Replica == other.Replica},
		{"leaf", r.Leaf == other.Leaf},
		{"id", r.ID == other.ID},
		{"at", r.At == other.At},
		{"action", r.Action == other.Action},
		{"outcome", r.Outcome == other.Outcome},
		{"user", r.User == other.User},
		{"user_name", r.UserName == other.UserName},
		{"profession", r.Profession == other.Profession},
		{"facility", r.Facility == other.Facility},
		{"union", r.Union == other.Union},
		{"device", r.Device == other.Device},
		{"owner", r.Owner == other.Owner},
		{"person", r.Person == other.Person},
		{"decision", r.Decision == other.Decision},
		{"detail", bytes.Equal(r.Detail, other.Detail)},
	} {
		if !f.same {
			return f.name
		}
	}
	return ""
}
