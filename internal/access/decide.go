// Package access is the decision (アクセス判定): may this viewer read this kind of
// content of this facility, now. Center and gateway ask it one after the other with
// the same policy text, each with facts of its own; both must say yes.
//
// The rules are Cedar text in policy.cedar, which a council can read: default is
// deny and a forbid beats every permit. What a facility releases is not policy but
// data, its [Matrix]. A decision names the policies that determined it and, when it
// denies, the facts that were missing, so that the audit row can explain it.
package access

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"slices"

	"github.com/cedar-policy/cedar-go"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// PurposeCare is the one purpose for which content is read (利用目的: 診療・介護).
const PurposeCare = "care"

// Facts is all that a decision rests on.
type Facts struct {
	Viewer     Viewer
	Owner      ident.FacilityID
	Kind       clinical.Kind
	ViewerLink bool   // the viewing facility's own patient ID is linked to the person
	OwnerLink  bool   // the owning facility's patient ID is linked to the person
	Consent    bool   // a consent is in force
	Released   bool   // the owner's matrix releases the kind to the viewer's audience
	Purpose    string // [PurposeCare]
}

// Decision is the answer with its reasons.
type Decision struct {
	Allow    bool
	Policies []string // @id of the policies that determined it, sorted; none for the default deny
	Missing  []string // names of the facts that would be needed and are not there; empty when allowed
}

//go:embed policy.cedar
var policyText []byte

var (
	policies   = mustParse(policyText)
	policyHash = hashOf(policyText)
)

// PolicyHash is the SHA-256 of the policy text, in hex: audit rows and assertions
// carry it, so that it shows when center and gateway decide by different texts.
func PolicyHash() string { return policyHash }

// PolicyText is the policy as people read it.
func PolicyText() string { return string(policyText) }

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// mustParse names each policy by its @id. The text is part of the program, so an
// error in it is a programmer's.
func mustParse(text []byte) *cedar.PolicySet {
	list, err := cedar.NewPolicyListFromBytes("policy.cedar", text)
	if err != nil {
		panic("access: policy.cedar: " + err.Error())
	}
	set := cedar.NewPolicySet()
	for _, p := range list {
		id, ok := p.Annotations()["id"]
		if !ok || !set.Add(cedar.PolicyID(id), p) {
			panic("access: policy.cedar: a policy without an @id of its own")
		}
	}
	return set
}

// Decide decides. It never fails: an error inside a policy denies and names the policy.
func Decide(f Facts) Decision {
	principal := cedar.NewEntityUID("User", cedar.String(f.Viewer.User))
	resource := cedar.NewEntityUID("Content", cedar.String(string(f.Owner)+"/"+string(f.Kind)))
	entities := cedar.EntityMap{
		principal: {UID: principal, Attributes: cedar.NewRecord(cedar.RecordMap{
			"facility":    cedar.String(f.Viewer.Facility),
			"profession":  cedar.String(f.Viewer.Profession),
			"roles":       roleSet(f.Viewer.Roles),
			"two_factor":  cedar.Boolean(f.Viewer.TwoFactor),
			"device_live": cedar.Boolean(f.Viewer.DeviceLive),
		})},
		resource: {UID: resource, Attributes: cedar.NewRecord(cedar.RecordMap{
			"owner": cedar.String(f.Owner),
			"kind":  cedar.String(f.Kind),
		})},
	}
	verdict, diagnostic := cedar.Authorize(policies, entities, cedar.Request{
		Principal: principal,
		Action:    cedar.NewEntityUID("Action", "read"),
		Resource:  resource,
		Context: cedar.NewRecord(cedar.RecordMap{
			"viewer_link": cedar.Boolean(f.ViewerLink),
			"owner_link":  cedar.Boolean(f.OwnerLink),
			"consent":     cedar.Boolean(f.Consent),
			"released":    cedar.Boolean(f.Released),
			"purpose":     cedar.String(f.Purpose),
		}),
	})
	d := Decision{Allow: verdict == cedar.Allow && len(diagnostic.Errors) == 0}
	for _, r := range diagnostic.Reasons {
		d.Policies = append(d.Policies, string(r.PolicyID))
	}
	for _, e := range diagnostic.Errors {
		d.Policies = append(d.Policies, "error:"+string(e.PolicyID))
	}
	slices.Sort(d.Policies)
	if !d.Allow {
		d.Missing = f.missing()
	}
	return d
}

func roleSet(roles []Role) cedar.Set {
	values := make([]cedar.Value, 0, len(roles))
	for _, r := range roles {
		values = append(values, cedar.String(r))
	}
	return cedar.NewSet(values...)
}

// missing lists the facts that a reader needs and these do not have.
func (f Facts) missing() []string {
	var out []string
	for _, need := range []struct {
		name string
		have bool
	}{
		{"two_factor", f.Viewer.TwoFactor},
		{"device_live", f.Viewer.DeviceLive},
		{"clinical_profession", f.Viewer.Profession.Clinical() && !f.Viewer.Has(RoleOperator)},
		{"viewer_role", f.Viewer.Has(RoleViewer)},
		{"viewer_link", f.ViewerLink},
		{"owner_link", f.OwnerLink},
		{"consent", f.Consent},
		{"released", f.Released},
		{"purpose", f.Purpose == PurposeCare},
	} {
		if !need.have {
			out = append(out, need.name)
		}
	}
	return out
}
