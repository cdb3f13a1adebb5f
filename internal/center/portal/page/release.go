package page

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Release is the page of what the reader's facility releases (公開範囲).
// Form: POST /manage/release, read by [ReleaseForm]. Without confirm ("1") it is answered
// with what it would change, to be sent again; with edit ("1") with the matrix as typed.
type Release struct {
	Shell
	Discloses bool // the facility has a gateway; without one there is nothing to release
	Silent    bool // the gateway does not answer: State is the center's copy and cannot be changed
	FetchedAt time.Time
	State     wire.ReleaseState
	Typed     url.Values      // a form that was refused, shown again in place of the matrix; nil for none
	Summary   []access.Change // what the typed form would change: shown in place of the matrix; nil for none
	Errors    Errors
}

// Widened lists the changes of the summary that let somebody see more.
func (r Release) Widened() []access.Change { return r.changes(true) }

// Narrowed lists those that do not.
func (r Release) Narrowed() []access.Change { return r.changes(false) }

func (r Release) changes(wider bool) []access.Change {
	var out []access.Change
	for _, c := range r.Summary {
		if c.Widens() == wider {
			out = append(out, c)
		}
	}
	return out
}

// Held is the typed form, to be sent again.
func (r Release) Held() []FormField {
	var out []FormField
	for _, name := range slices.Sorted(maps.Keys(r.Typed)) {
		if name == "confirm" || name == "edit" {
			continue
		}
		for _, value := range r.Typed[name] {
			out = append(out, FormField{name, value})
		}
	}
	return out
}

func (Release) view() string { return "release" }

// Audiences lists the columns of the matrix.
func (Release) Audiences() []access.Audience { return access.Audiences() }

// ReleaseRow is one kind of content with a cell per audience.
type ReleaseRow struct {
	Kind  clinical.Kind
	Cells []ReleaseCell
}

// ReleaseCell is one cell of the matrix as the form shows it.
type ReleaseCell struct {
	Audience access.Audience
	access.Cell
	Delay   string       // the number of days, as typed or as stored; empty for none
	Bad     bool         // Delay is no number of days
	Pending *access.Cell // a widening that waits for approval at the gateway
}

// ReleaseGroup is the rows of kinds that stand together.
type ReleaseGroup struct {
	Group KindGroup
	Rows  []ReleaseRow
}

// Groups lays the matrix out.
func (r Release) Groups() []ReleaseGroup {
	var groups []ReleaseGroup
	for _, g := range kindGroups {
		groups = append(groups, ReleaseGroup{g.Group, r.rows(g.Kinds)})
	}
	return groups
}

func (r Release) rows(kinds []clinical.Kind) []ReleaseRow {
	var rows []ReleaseRow
	for _, k := range kinds {
		row := ReleaseRow{Kind: k}
		for _, a := range access.Audiences() {
			cell := r.cell(k, a)
			for _, p := range r.State.Pending {
				if p.Kind == k && p.Audience == a {
					cell.Pending = &p.To
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		rows = append(rows, row)
	}
	return rows
}

func (r Release) cell(k clinical.Kind, a access.Audience) ReleaseCell {
	if r.Typed != nil {
		c, err := typedCell(r.Typed, k, a)
		return ReleaseCell{Audience: a, Cell: c, Delay: r.Typed.Get(matrixField("delay", k, a)), Bad: err != nil}
	}
	out := ReleaseCell{Audience: a, Cell: r.State.Matrix.Cell(k, a)}
	if out.DelayDays > 0 {
		out.Delay = strconv.Itoa(out.DelayDays)
	}
	return out
}

// matrixField names a form's field of a cell.
func matrixField(what string, k clinical.Kind, a access.Audience) string {
	return fmt.Sprintf("%s.%s.%s", what, k, a)
}

// typedCell reads one cell of the form. The delay of a cell that allows nothing does not matter.
func typedCell(form url.Values, k clinical.Kind, a access.Audience) (access.Cell, error) {
	if form.Get(matrixField("allow", k, a)) != "1" {
		return access.Cell{}, nil
	}
	days := foldDigits(form.Get(matrixField("delay", k, a)))
	if days == "" {
		return access.Cell{Allowed: true}, nil
	}
	n, err := strconv.Atoi(days)
	if err != nil || n < 0 || n > 365 {
		return access.Cell{Allowed: true}, fault.WithKey(fault.Invalid, "release.delay", nil)
	}
	return access.Cell{Allowed: true, DelayDays: n}, nil
}

// ReleaseForm reads the form of the release page: the version that was edited and
// the whole matrix. Fields that the form does not know are ignored; a delay that is
// not a number of days is an error of kind invalid, with the version nevertheless.
func ReleaseForm(form url.Values) (base int64, m access.Matrix, err error) {
	base, err = strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil {
		return 0, nil, fault.WithKey(fault.Conflict, "release.stale", nil)
	}
	m = access.Matrix{}
	for _, k := range clinical.Kinds() {
		for _, a := range access.Audiences() {
			cell, err := typedCell(form, k, a)
			if err != nil {
				return base, nil, err
			}
			if cell.Allowed {
				m.Set(k, a, cell)
			}
		}
	}
	return base, m, nil
}
