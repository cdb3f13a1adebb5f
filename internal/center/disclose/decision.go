package disclose

import (
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/release"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Facts is what the decision about one owning facility rests on.
type Facts struct {
	Viewer     access.Viewer
	Owner      ident.FacilityID
	ViewerLink bool
	OwnerLink  bool
	Consent    bool
	Release    release.Copy
	Now        time.Time
}

// Verdict is the decision about one owning facility, kind by kind.
type Verdict struct {
	Windows  []catalog.Window           // what may be seen, in the order of [clinical.Kinds]
	Missing  map[clinical.Kind][]string // why the other kinds may not
	Policies []string                   // that determined any of it, sorted
}

// Decide asks the policy for every kind of content of one owner.
func Decide(f Facts) Verdict {
	v := Verdict{Missing: map[clinical.Kind][]string{}}
	audience := f.Viewer.AudienceAt(f.Owner)
	for _, kind := range clinical.Kinds() {
		until, released := f.Release.Matrix.Until(kind, audience, f.Now)
		d := access.Decide(access.Facts{
			Viewer: f.Viewer, Owner: f.Owner, Kind: kind,
			ViewerLink: f.ViewerLink, OwnerLink: f.OwnerLink, Consent: f.Consent, Released: released,
			Purpose: access.PurposeCare,
		})
		if d.Allow {
			v.Windows = append(v.Windows, catalog.Window{Kind: kind, Until: until})
		} else {
			v.Missing[kind] = d.Missing
		}
		v.Policies = append(v.Policies, d.Policies...)
	}
	slices.Sort(v.Policies)
	v.Policies = slices.Compact(v.Policies)
	return v
}

// detail explains the verdict on some kinds in an audit row.
func (v Verdict) detail(kinds []clinical.Kind) map[string]any {
	denied := map[string][]string{}
	for _, k := range kinds {
		if missing, ok := v.Missing[k]; ok {
			denied[string(k)] = missing
		}
	}
	return map[string]any{
		"kinds":       kindsOf(only(v.Windows, kinds)),
		"denied":      denied,
		"policies":    v.Policies,
		"policy_hash": access.PolicyHash(),
	}
}
