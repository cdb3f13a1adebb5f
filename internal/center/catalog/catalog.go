// Package catalog is what exists where: metadata of the current documents of linked
// patients, as their gateways report it. Names of drugs, tests and diseases are
// content and never enter it.
package catalog

import (
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Item is one current document of a facility.
type Item struct {
	Facility ident.FacilityID
	wire.Item
	ReceivedAt time.Time
}

// Source says how well one patient of one facility is known.
type Source struct {
	Facility   ident.FacilityID
	PatientID  ident.LocalPatientID
	FetchedAt  time.Time // when the catalog was last known complete; zero: never
	Unreadable int       // files of the patient that the gateway could not read

	UnreadableOf []wire.KindCount // of which kinds; what is missing of Unreadable is of no known kind
}

// CountUnreadable counts what [Source.UnreadableFor] gives.
func (s Source) CountUnreadable(kinds []clinical.Kind) int {
	n := 0
	for _, of := range s.UnreadableFor(kinds) {
		n += of.Files
	}
	return n
}

// UnreadableFor gives what could not be read as somebody may know of it who may see the
// given kinds: those kinds in their order, then, without a kind, what is of no known one.
func (s Source) UnreadableFor(kinds []clinical.Kind) []wire.KindCount {
	var out []wire.KindCount
	unknown := s.Unreadable
	for _, of := range s.UnreadableOf {
		unknown -= of.Files
		if slices.Contains(kinds, of.Kind) {
			out = append(out, of)
		}
	}
	if unknown > 0 {
		out = append(out, wire.KindCount{Files: unknown})
	}
	return out
}

// Window is what of one kind of content may be shown: items with a care date up to
// and including Until (YYYYMMDD). A kind without a window shows nothing.
type Window struct {
	Kind  clinical.Kind
	Until string
}

// Shows reports whether one of the windows holds the item. Lists say the same in SQL.
func Shows(windows []Window, it wire.Item) bool {
	return slices.ContainsFunc(windows, func(w Window) bool { return w.Kind == it.Kind && it.Date <= w.Until })
}

// Check refuses metadata from a gateway that could not be placed or released: an
// item without id, patient, known kind or care date. What it says names no value.
func Check(it wire.Item) error {
	if it.ID == "" || it.PatientID == "" {
		return fault.New(fault.Invalid, "catalog item without an id or a patient")
	}
	if !slices.Contains(clinical.Kinds(), it.Kind) {
		return fault.New(fault.Invalid, "catalog item %s: unknown kind", it.ID)
	}
	if _, err := wareki.ParseCompact(it.Date); err != nil {
		return fault.New(fault.Invalid, "catalog item %s: no care date", it.ID)
	}
	return nil
}
