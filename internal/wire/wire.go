// Package wire holds what center and gateway (ゲートウェイ) say to each other, and
// nothing else: message types, their one version number, and the signed assertion.
//
// The gateway dials the center over mutual TLS and then serves HTTP/2 on that very
// connection; the center is the HTTP client. Every path is a POST with a JSON body,
// since local patient IDs never stand in a URL; answers are JSON, or JSON lines
// where they stream. Errors are [Error] with the status of its kind. Unknown fields
// are ignored by both sides, and a signature is checked over the bytes received.
//
// Version history:
//
//	1  2026-11  first: hello, verify, candidates, link, unlink, sync, refresh, changes, content, release
//	2  2026-11  denylist: the center tells its gateways what has been revoked
//	3  2026-11  content since a day: with what began before and goes on, and its orders
package wire

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Version is the wire version that this build speaks, and OldestVersion the oldest that
// both ends still take.
const (
	Version       = 3
	OldestVersion = 1
)

// VersionDenylist is the first version with [PathDenylist], VersionPeriod the first whose
// gateways give what goes on in a period ([ContentRequest.Means]).
const (
	VersionDenylist = 2
	VersionPeriod   = 3
)

// Paths that a gateway serves on the link.
const (
	PathHello      = "/v1/hello"      // struct{} → Hello
	PathVerify     = "/v1/verify"     // Claim → Verification; changes nothing
	PathCandidates = "/v1/candidates" // Claim without PatientID → Candidates
	PathLink       = "/v1/link"       // Claim → Verification; on a match the patient is linked and its content gets indexed
	PathUnlink     = "/v1/unlink"     // PatientRef → struct{}
	PathSync       = "/v1/sync"       // LinkedSet → SyncResult
	PathRefresh    = "/v1/refresh"    // PatientRef → lines of Progress
	PathChanges    = "/v1/changes"    // ChangesRequest → lines of Change, stays open
	PathContent    = "/v1/content"    // ContentRequest with an assertion → lines of Content
	PathFile       = "/v1/file"       // FileRequest with an assertion → the bytes of the file
	PathRelease    = "/v1/release"    // struct{} → ReleaseState
	PathPropose    = "/v1/propose"    // Proposal → ReleaseState
	PathRenew      = "/v1/renew"      // struct{} → Renewal: a request for the gateway's next certificate
	PathRenewed    = "/v1/renewed"    // Renewed → struct{}; the gateway links anew with it
	PathDenylist   = "/v1/denylist"   // SignedDenylist → DenylistTaken
)

// AssertionHeader carries the signed assertion of [PathContent] and [PathFile].
const AssertionHeader = "Mizuhiki-Assertion"

// Lane says what a gateway's connection is for: small calls do not queue behind bulk.
type Lane string

const (
	LaneCall Lane = "call" // small calls and the change stream
	LaneBulk Lane = "bulk" // content
)

// Hello is a gateway's first answer on every connection.
type Hello struct {
	MinVersion int              `json:"min_version"`
	MaxVersion int              `json:"max_version"`
	Gateway    ident.GatewayID  `json:"gateway"`
	Facility   ident.FacilityID `json:"facility"`
	Lane       Lane             `json:"lane"`
	Build      string           `json:"build"`
}

// Claim is who a person is said to be: what is compared in patient verification
// (患者照合) with the facility's own record.
type Claim struct {
	PatientID ident.LocalPatientID `json:"patient_id,omitempty"`
	Name      string               `json:"name"`
	Kana      string               `json:"kana"`
	BirthDate string               `json:"birth_date"` // YYYY-MM-DD
	Sex       clinical.Sex         `json:"sex"`
}

// Field is a demographic field that verification compares.
type Field string

const (
	FieldBirthDate Field = "birth_date"
	FieldSex       Field = "sex"
	FieldKana      Field = "kana"
)

// Verification says whether the facility's record of the patient ID agrees with a
// claim. It names fields, never the facility's values.
type Verification struct {
	Known   bool    `json:"known"`             // the facility has a patient of this ID
	Match   bool    `json:"match"`             // known, and birth date, sex and kana name agree
	Differs []Field `json:"differs,omitempty"` // which fields do not; empty unless Known
}

// Candidates are local patient IDs whose records agree with a claim in kana name,
// birth date and sex; at most 5, more are not told apart and give none.
type Candidates struct {
	PatientIDs []ident.LocalPatientID `json:"patient_ids"`
	TooMany    bool                   `json:"too_many,omitempty"`
}

// PatientRef names one patient of the gateway's facility.
type PatientRef struct {
	PatientID ident.LocalPatientID `json:"patient_id"`
}

// LinkedSet is the whole set of patients that the center holds as linked. The
// gateway drops every other from its index: the center's revocations reach a
// gateway that was away when they happened.
type LinkedSet struct {
	PatientIDs []ident.LocalPatientID `json:"patient_ids"`
}

// SyncResult answers a [LinkedSet].
type SyncResult struct {
	Dropped   int                    `json:"dropped"`
	Missing   []ident.LocalPatientID `json:"missing,omitempty"`   // linked at the center, never verified here: link again
	Suspended []ident.LocalPatientID `json:"suspended,omitempty"` // verified once, in disagreement now
}

// Progress is one line of a refresh: files read so far of those to read. The last line has Done.
type Progress struct {
	Read         int         `json:"read"`
	Total        int         `json:"total"`
	Unreadable   int         `json:"unreadable,omitempty"`
	UnreadableOf []KindCount `json:"unreadable_of,omitempty"` // with Done: of which kinds; what is missing of Unreadable is of no known kind
	Done         bool        `json:"done,omitempty"`
	Seq          int64       `json:"seq,omitempty"`   // with Done: every change up to this one belongs to the refresh
	Error        *Error      `json:"error,omitempty"` // the refresh ended with this
}

// KindCount is how many files there are of a kind.
type KindCount struct {
	Kind  clinical.Kind `json:"kind"`
	Files int           `json:"files"`
}

// ChangesRequest asks for the changes after a sequence number. Epoch is the one the
// center last saw; if the gateway's differs (a rebuilt index) it starts with Reset.
type ChangesRequest struct {
	Epoch string `json:"epoch"`
	After int64  `json:"after"`
}

// ChangeOp is what happened to an item.
type ChangeOp string

const (
	OpReset   ChangeOp = "reset"   // forget every item of this gateway; all come anew
	OpUpsert  ChangeOp = "upsert"  // Item is current
	OpDelete  ChangeOp = "delete"  // ItemID is gone
	OpForget  ChangeOp = "forget"  // every item of PatientID is gone
	OpSuspend ChangeOp = "suspend" // the facility's own record of PatientID no longer agrees; Differs says where
	OpBeat    ChangeOp = "beat"    // nothing happened; the stream lives
)

// Change is one line of the change stream, in order of Seq.
type Change struct {
	Seq       int64                `json:"seq"`
	Epoch     string               `json:"epoch"`
	Op        ChangeOp             `json:"op"`
	PatientID ident.LocalPatientID `json:"patient_id,omitempty"`
	ItemID    ident.ItemID         `json:"item_id,omitempty"`
	Item      *Item                `json:"item,omitempty"`
	Differs   []Field              `json:"differs,omitempty"`
	// Behind is, with OpBeat, since when the gateway cannot take in all of its storage; zero:
	// it can.
	Behind time.Time `json:"behind,omitzero"`
}

// Item is the metadata of one current document: what the center's catalog holds.
// Names of drugs, tests and diseases are content and never stand here.
type Item struct {
	ID         ident.ItemID            `json:"id"`
	PatientID  ident.LocalPatientID    `json:"patient_id"`
	Kind       clinical.Kind           `json:"kind"`
	DataType   string                  `json:"data_type"`
	Date       string                  `json:"date"`                 // YYYYMMDD; undated types: the day of the file's time stamp
	Time       string                  `json:"time,omitempty"`       // HHMM where the document has one
	Department string                  `json:"department,omitempty"` // SS-MIX2 department code
	Event      clinical.EncounterEvent `json:"event,omitempty"`      // for encounters
	Entries    int                     `json:"entries,omitempty"`    // how many drugs, results, diseases …
	Abnormal   bool                    `json:"abnormal,omitempty"`   // any result flagged
	Updated    string                  `json:"updated"`              // time stamp of the file, YYYYMMDDHHMMSSFFF
}

// Standing reports whether an item says what holds until another takes its place, however
// long ago it was written: a list of allergies or of diseases, the attending physician. Who
// asks for a part of a record by its days asks for all of these: an allergy has no age.
func (it Item) Standing() bool {
	return it.Kind == clinical.KindAllergy || it.Kind == clinical.KindCondition || it.DataType == "ADT-01"
}

// FileRequest asks for one file of a document, by its place in [clinical.Text.Files] and
// the mark ([clinical.File.Mark]) of what was shown there.
// The answer has the file's media type and length in its header and its bytes as body;
// what is not released, unknown or not readable any more is one error, not found.
type FileRequest struct {
	Item ident.ItemID `json:"item"`
	File int          `json:"file"`
	Mark string       `json:"mark"`
}

// KeyBeingWritten is the message key with which a gateway does not give what somebody is
// just writing in the hospital: asking again in a few seconds helps.
const KeyBeingWritten fault.Key = "gateway.being_written"

// Content is one line of an answer to [PathContent]. The last line has Done.
type Content struct {
	Item     *Item              `json:"item,omitempty"`
	Document *clinical.Document `json:"document,omitempty"`
	Refused  ident.ItemID       `json:"refused,omitempty"` // not released, unknown or no longer readable: told apart only in the gateway's trail
	Done     bool               `json:"done,omitempty"`
	Error    *Error             `json:"error,omitempty"`
}

// ReleaseState is the release matrix as the gateway holds it, with what waits for approval there.
type ReleaseState struct {
	Version int64           `json:"version"`
	Matrix  access.Matrix   `json:"matrix"`
	Pending []PendingChange `json:"pending,omitempty"`
}

// PendingChange is a widening that waits for approval at the hospital.
type PendingChange struct {
	ID string `json:"id"`
	access.Change
	ProposedBy string `json:"proposed_by"`
	ProposedAt int64  `json:"proposed_at"` // UTC microseconds
}

// Proposal is a new matrix from the portal. Narrowing cells take effect at once,
// widening ones wait for approval at the gateway. BaseVersion guards against lost updates.
type Proposal struct {
	BaseVersion int64         `json:"base_version"`
	Matrix      access.Matrix `json:"matrix"`
	By          string        `json:"by"` // display name and user id of the facility manager, for the gateway's trail
}

// Error is the form of every error on the wire.
type Error struct {
	Kind   fault.Kind     `json:"kind"`
	Key    fault.Key      `json:"key,omitempty"`
	Params map[string]any `json:"params,omitempty"`
	Ref    string         `json:"ref,omitempty"` // to find the log line on the other side
}

// Fault gives the error as a [fault.Error].
func (e *Error) Fault() error {
	return &fault.Error{Kind: e.Kind, Key: e.Key, Params: e.Params, Op: "the other side answered " + string(e.Kind) + " (ref " + e.Ref + ")"}
}
