// Package disclose shows content (開示): it is the one way from a linked patient to what
// hospitals hold about them.
//
// Facts are read, decided upon and recorded in one transaction, one audit row per
// owning facility; if a row cannot be written the transaction fails and nothing is
// shown. Only then is the catalog's metadata handed out, and only then a gateway
// asked, which decides again by itself. What came of it is recorded in every case.
// The steps and their order stand in docs/disclosure-cycle.md.
//
// Two answers must never tell more than they say. A facility that is not linked, one
// that the consent does not cover and one that releases nothing are the same
// [Unshared]. A person without the viewing facility's own confirmed number is not
// found, and leaves a row that says who asked.
package disclose

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/disclose/disclosedb"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

const (
	// viewLife is how long the parts of an opened page may be fetched.
	viewLife = 60 * time.Second
	// fetchTimeout is how long a gateway may be silent, before its answer and within it. A
	// record of twenty years takes longer than that in all.
	fetchTimeout = 5 * time.Second
	// fetchLimit is how long all of an answer may take; within that of the portal's own.
	fetchLimit = 45 * time.Second
	// recordTimeout is how long the completion row may take, whoever has gone away.
	recordTimeout = 5 * time.Second
	// maxItems is how many documents one click may open.
	maxItems = 200
)

// Gateways is what a disclosure asks of the link: whether a facility's gateway is
// there, and its content and files under an assertion, which the link completes and signs.
type Gateways interface {
	Online(f ident.FacilityID) bool
	Content(ctx context.Context, f ident.FacilityID, a wire.Assertion, req wire.ContentRequest, each func(wire.Content) error) error
	// File gives a file and its content, to be closed; ctx ends it at any time.
	File(ctx context.Context, f ident.FacilityID, a wire.Assertion, req wire.FileRequest) (clinical.File, io.ReadCloser, error)
}

// Config is what the service works with.
type Config struct {
	DB       *db.DB
	Audit    auditdb.Log
	Gateways Gateways
	Clock    func() time.Time
	Log      *slog.Logger
}

// Service discloses. It is safe for concurrent use.
type Service struct {
	cfg   Config
	guard Guard
	views disclosedb.Store
}

// New makes the service.
func New(cfg Config) *Service {
	return &Service{cfg: cfg, guard: Guard{DB: cfg.DB, Audit: cfg.Audit, Clock: cfg.Clock}}
}

// Page is one page of a patient.
type Page string

const (
	Timeline    Page = "timeline"
	Medications Page = "medications"
	Labs        Page = "labs"
	Conditions  Page = "conditions"
	Encounters  Page = "encounters"
	Notes       Page = "notes"
	Exams       Page = "exams"
	Vitals      Page = "vitals"
)

// metadata lists the kinds of which a page shows that they exist; nil for a page that
// does not exist. Allergies belong to every page: the banner shows them.
func (p Page) metadata() []clinical.Kind {
	switch p {
	case Timeline:
		return clinical.Kinds()
	case Medications:
		return []clinical.Kind{clinical.KindPrescription, clinical.KindDispensing, clinical.KindInjection, clinical.KindAllergy}
	case Labs:
		return []clinical.Kind{clinical.KindLab, clinical.KindAllergy}
	case Conditions:
		return []clinical.Kind{clinical.KindCondition, clinical.KindAllergy}
	case Encounters:
		return []clinical.Kind{clinical.KindEncounter, clinical.KindAllergy}
	case Notes:
		return []clinical.Kind{
			clinical.KindPhysicianNote, clinical.KindNursingNote, clinical.KindSummary, clinical.KindReferral,
			clinical.KindReport, clinical.KindCheckup, clinical.KindDocument, clinical.KindAllergy,
		}
	case Exams:
		return []clinical.Kind{clinical.KindImaging, clinical.KindEndoscopy, clinical.KindPhysiology, clinical.KindReport, clinical.KindAllergy}
	case Vitals:
		return []clinical.Kind{clinical.KindVital, clinical.KindAllergy}
	}
	return nil
}

// content lists the kinds whose documents a page fetches by itself. The timeline and
// the list of notes are metadata; their documents are fetched when they are clicked.
func (p Page) content() []clinical.Kind {
	if p == Timeline || p == Notes {
		return []clinical.Kind{clinical.KindAllergy}
	}
	return p.metadata()
}

// SourceState is how one facility's data stands for a viewer.
type SourceState string

const (
	Fetched  SourceState = "fetched"  // 取得済: the catalog was complete at FetchedAt
	Fetching SourceState = "fetching" // 取得中: linked, not complete yet
	Silent   SourceState = "silent"   // 応答なし: its gateway is not connected
	// Unshared (連携・公開なし): not linked, outside the consent or nothing released. The three
	// are one state, and with it every other field of a [Source] but the facility is zero.
	Unshared SourceState = "unshared"
)

// Source is one disclosing facility of the union and what comes from it.
type Source struct {
	Facility   directory.Facility
	State      SourceState
	FetchedAt  time.Time        // zero: never
	LastAnswer time.Time        // when its gateway was last there; zero: never
	Unreadable []wire.KindCount // files of the patient that the gateway could not read, see [catalog.Source.UnreadableFor]
	Behind     time.Time        // since when its gateway cannot take in all of its storage; zero: it can
	Kinds      []clinical.Kind
	Part       bool // [Service.FetchPart] may be called for it
}

// Frame is whose page it is.
type Frame struct {
	Person  person.Person
	OwnID   ident.LocalPatientID
	Consent bool // one is in force
}

// View is one opened page.
type View struct {
	ID      string // for [Service.FetchPart], within a minute, in the same session
	Frame   Frame
	Sources []Source       // every disclosing facility of the union, in the order of their codes
	Items   []catalog.Item // what may be seen on this page, the newest first
}

// ItemDocument is a document with the metadata under which it was listed.
type ItemDocument struct {
	Item     wire.Item
	Document clinical.Document
}

// Part is what one facility contributed to a page.
type Part struct {
	Facility  directory.Facility
	Documents []ItemDocument
	Earlier   int             // of Documents, those of before the period that go on in it
	Refused   int             // documents that the gateway would not or could not give
	Kinds     []clinical.Kind // asked for and allowed
	Lacking   []clinical.Kind // of Kinds, those of which there is something that did not come or cannot be read
}

// only gives those windows whose kind is among kinds.
func only(windows []catalog.Window, kinds []clinical.Kind) []catalog.Window {
	var out []catalog.Window
	for _, w := range windows {
		if slices.Contains(kinds, w.Kind) {
			out = append(out, w)
		}
	}
	return out
}

func kindsOf(windows []catalog.Window) []clinical.Kind {
	var out []clinical.Kind
	for _, w := range windows {
		out = append(out, w.Kind)
	}
	return out
}
