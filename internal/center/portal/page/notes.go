package page

import (
	"net/url"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// Notes is the page of what people wrote (文書・記録): a list by day, from what the
// catalog knows, and beside it the document that is being read. It is the timeline's
// list over all times, of written documents only.
type Notes struct{ Timeline }

func (Notes) view() string { return "notes" }

// Unshared reports whether written documents come from nobody: that none are listed then
// says nothing of whether there are any.
func (n Notes) Unshared() bool {
	return !slices.ContainsFunc(n.Sources, func(s Source) bool { return slices.ContainsFunc(writtenKinds, s.Shares) })
}

// writtenKinds are the kinds of written documents.
var writtenKinds = []clinical.Kind{
	clinical.KindPhysicianNote, clinical.KindNursingNote, clinical.KindSummary, clinical.KindReferral,
	clinical.KindReport, clinical.KindCheckup, clinical.KindDocument,
}

// ParseNotesQuery reads the query of the page's URL: the timeline's filters.
func ParseNotesQuery(v url.Values) TimelineQuery {
	q := ParseTimelineQuery(v)
	q.Form, q.Span, q.Rows, q.Until, q.Abnormal = FormList, SpanAll, ByKind, wareki.Date{}, false
	return q
}

// NewNotes lays the list out.
func NewNotes(p Patient, items []catalog.Item, q TimelineQuery, lang string) Notes {
	written := slices.DeleteFunc(slices.Clone(items), func(it catalog.Item) bool { return !slices.Contains(writtenKinds, it.Kind) })
	n := Notes{NewTimeline(p, written, q, wareki.On(p.Now), lang)}
	n.Tab = TabNotes
	return n
}

// Exams is the page of examinations with images or traces, and of the reports on them.
type Exams struct{ Patient }

func (Exams) view() string { return "exams" }

// Vitals is the page of vital signs over time (経過表).
type Vitals struct{ Patient }

func (Vitals) view() string { return "vitals" }
