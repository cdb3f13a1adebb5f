package page

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Release is the page of what the reader's facility releases (公開範囲).
// Form: POST /manage/release, read by [ReleaseForm].
type Release struct {
	Shell
	Discloses bool // the facility has a gateway; without one there is nothing to release
	Silent    bool // the gateway does not answer: State is the center's copy and cannot be changed
	FetchedAt time.Time
	State     wire.ReleaseState
	Errors    Errors
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
	Pending *access.Cell // a widening that waits for approval at the gateway
}

// Rows lays the matrix out.
func (r Release) Rows() []ReleaseRow {
	var rows []ReleaseRow
	for _, k := range clinical.Kinds() {
		row := ReleaseRow{Kind: k}
		for _, a := range access.Audiences() {
			cell := ReleaseCell{Audience: a, Cell: r.State.Matrix.Cell(k, a)}
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

// ReleaseForm reads the form of the release page: the version that was edited and
// the whole matrix. Fields that the form does not know are ignored; a delay that is
// not a number of days is an error of kind invalid.
func ReleaseForm(form url.Values) (base int64, m access.Matrix, err error) {
	base, err = strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil {
		return 0, nil, fault.WithKey(fault.Conflict, "release.stale", nil)
	}
	m = access.Matrix{}
	for _, k := range clinical.Kinds() {
		for _, a := range access.Audiences() {
			name := fmt.Sprintf("%s.%s", k, a)
			if form.Get("allow."+name) != "1" {
				continue
			}
			cell := access.Cell{Allowed: true}
			if s := foldDigits(form.Get("delay." + name)); s != "" {
				cell.DelayDays, err = strconv.Atoi(s)
				if err != nil || cell.DelayDays < 0 || cell.DelayDays > 365 {
					return 0, nil, fault.WithKey(fault.Invalid, "release.delay", nil)
				}
			}
			m.Set(k, a, cell)
		}
	}
	return base, m, nil
}
