package access

import (
	"fmt"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// Audience is a class of viewers to which a facility releases content (公開対象).
type Audience string

const (
	AudienceOwn        Audience = "own"        // the owning facility's own staff, of any profession
	AudiencePhysician  Audience = "physician"  // 医師・歯科医師 of the network
	AudienceNurse      Audience = "nurse"      // 看護師・保健師・助産師
	AudiencePharmacist Audience = "pharmacist" // 薬剤師
	AudienceCare       Audience = "care"       // ケアマネジャー・介護職 and other professions
	AudienceEmergency  Audience = "emergency"  // emergency access (救急)
)

// Audiences lists all audiences in the order in which people see them.
func Audiences() []Audience {
	return []Audience{AudienceOwn, AudiencePhysician, AudienceNurse, AudiencePharmacist, AudienceCare, AudienceEmergency}
}

// Cell is one cell of a release matrix. The zero value withholds.
type Cell struct {
	Allowed   bool `json:"allowed"`
	DelayDays int  `json:"delay_days,omitempty"` // content is shown from this many days after its care date, 0–365
}

// Matrix is what one facility releases (公開範囲): kind × audience. A cell that is
// absent withholds. It is data edited by the hospital and mastered at its gateway.
type Matrix map[clinical.Kind]map[Audience]Cell

// Cell gives the cell of a kind and an audience.
func (m Matrix) Cell(kind clinical.Kind, audience Audience) Cell { return m[kind][audience] }

// Set sets one cell.
func (m Matrix) Set(kind clinical.Kind, audience Audience, c Cell) {
	if m[kind] == nil {
		m[kind] = map[Audience]Cell{}
	}
	m[kind][audience] = c
}

// Clone gives an independent copy.
func (m Matrix) Clone() Matrix {
	out := Matrix{}
	for k, row := range m {
		for a, c := range row {
			out.Set(k, a, c)
		}
	}
	return out
}

// Until gives the last care date (YYYYMMDD, Japan Standard Time) of a kind that the
// audience may see today, and false if it may see none of the kind.
func (m Matrix) Until(kind clinical.Kind, audience Audience, now time.Time) (date string, ok bool) {
	c := m.Cell(kind, audience)
	if !c.Allowed {
		return "", false
	}
	jst := time.FixedZone("JST", 9*60*60)
	return now.In(jst).AddDate(0, 0, -c.DelayDays).Format("20060102"), true
}

// Change is one changed cell of a matrix.
type Change struct {
	Kind     clinical.Kind `json:"kind"`
	Audience Audience      `json:"audience"`
	From     Cell          `json:"from"`
	To       Cell          `json:"to"`
}

// Widens reports whether the change lets anybody see more than before.
func (c Change) Widens() bool {
	if !c.To.Allowed {
		return false
	}
	return !c.From.Allowed || c.To.DelayDays < c.From.DelayDays
}

// Diff lists the cells in which next differs from m, in the order of [clinical.Kinds] and [Audiences].
func (m Matrix) Diff(next Matrix) []Change {
	var out []Change
	for _, k := range clinical.Kinds() {
		for _, a := range Audiences() {
			if from, to := m.Cell(k, a), next.Cell(k, a); from != to {
				out = append(out, Change{k, a, from, to})
			}
		}
	}
	return out
}

// Validate refuses unknown kinds and audiences and delays out of range.
func (m Matrix) Validate() error {
	for k, row := range m {
		if !slices.Contains(clinical.Kinds(), k) {
			return fmt.Errorf("release matrix: unknown content kind %q", k)
		}
		for a, c := range row {
			if !slices.Contains(Audiences(), a) {
				return fmt.Errorf("release matrix, kind %s: unknown audience %q", k, a)
			}
			if c.DelayDays < 0 || c.DelayDays > 365 {
				return fmt.Errorf("release matrix, kind %s, audience %s: delay of %d days is not within 0 and 365", k, a, c.DelayDays)
			}
		}
	}
	return nil
}
