package page

import (
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Tab is one page of a patient.
type Tab string

const (
	TabTimeline    Tab = "timeline"
	TabMedications Tab = "medications"
	TabLabs        Tab = "labs"
	TabConditions  Tab = "conditions"
	TabEncounters  Tab = "encounters"
	TabNotes       Tab = "notes"
	TabExams       Tab = "exams"
	TabVitals      Tab = "vitals"
	TabLinks       Tab = "links"
)

// Patient is the frame of every page of one patient: banner, strip of sources, tabs.
type Patient struct {
	Shell
	Person  person.Person
	OwnID   ident.LocalPatientID
	Consent bool // a consent is in force
	Tab     Tab
	View    string   // id of the view that the decisions were made for; empty where no content belongs to the page
	Sources []Source // every disclosing facility of the network, in the order of their codes
	Period  Period   // how far back content is fetched
}

// Linked lists the facilities that the patient is linked to, as far as the reader may know.
func (p Patient) Linked() []Facility {
	var out []Facility
	for _, s := range p.Sources {
		if s.State != SourceUnshared {
			out = append(out, s.Facility)
		}
	}
	return out
}

// Parts lists the sources whose content the page fetches.
func (p Patient) Parts() []Source {
	var out []Source
	for _, s := range p.Sources {
		if p.View != "" && s.Part {
			out = append(out, s)
		}
	}
	return out
}

// SourceState is how one facility's data stands. What is not linked, outside consent
// or not released is one state and looks the same to the reader.
type SourceState string

const (
	SourceFetched  SourceState = "fetched"  // 取得済
	SourceFetching SourceState = "fetching" // 取得中
	SourceSilent   SourceState = "silent"   // 応答なし
	SourceUnshared SourceState = "unshared" // 連携・公開なし
)

// Source is one facility in the strip of sources.
type Source struct {
	Facility   Facility
	State      SourceState
	Percent    int              // with SourceFetching: how far, 0 if that is not known
	FetchedAt  time.Time        // when the list of documents was last complete; zero: never
	LastAnswer time.Time        // when the facility's gateway last answered; zero: never
	Unreadable []wire.KindCount // documents that the gateway could not read; without a kind: of no known one
	Behind     time.Time        // since when the facility's gateway cannot take in all of its storage; zero: it can
	Part       bool             // the page fetches content from here: GET /patients/{person}/views/{view}/{facility}
	Kinds      []clinical.Kind
}

// Shares reports whether content of the kind comes from the source on this page.
func (s Source) Shares(k clinical.Kind) bool { return s.Part && slices.Contains(s.Kinds, k) }

// WhyNone says why content of a kind comes from nobody, as far as the reader may know:
// no consent is in force, nobody shares anything, or not what the page shows.
func (p Patient) WhyNone() string {
	switch {
	case !p.Consent:
		return "consent"
	case len(p.Linked()) == 0:
		return "linked"
	}
	return "released"
}
