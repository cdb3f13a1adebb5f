package access

import (
	"slices"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Profession is the qualification under which a person works (職種).
type Profession string

const (
	Physician   Profession = "physician"    // 医師
	Dentist     Profession = "dentist"      // 歯科医師
	Nurse       Profession = "nurse"        // 看護師
	Pharmacist  Profession = "pharmacist"   // 薬剤師
	Therapist   Profession = "therapist"    // リハビリ職
	CareManager Profession = "care_manager" // ケアマネジャー
	CareWorker  Profession = "care_worker"  // 介護職
	Clerk       Profession = "clerk"        // 事務職
)

// Professions lists all professions in the order of choice lists.
func Professions() []Profession {
	return []Profession{Physician, Dentist, Nurse, Pharmacist, Therapist, CareManager, CareWorker, Clerk}
}

// Clinical reports whether the profession treats or cares for people, so that it may hold [RoleViewer].
func (p Profession) Clinical() bool { return p != Clerk && p != "" }

// Role is what a user may do in the network (権限); a user holds any number.
type Role string

const (
	RoleViewer   Role = "viewer"   // 閲覧: reads records of linked patients
	RoleLiaison  Role = "liaison"  // 連携登録: consent, registration, links, refresh
	RoleManager  Role = "manager"  // 管理責任者: accounts, release matrix, access review of the own facility
	RoleOperator Role = "operator" // 運営管理者: facilities, gateways, devices of the network; never clinical content
)

// Roles lists all roles in the order of choice lists.
func Roles() []Role { return []Role{RoleViewer, RoleLiaison, RoleManager, RoleOperator} }

// Viewer is who asks, as facts of the session. It travels in the assertion.
type Viewer struct {
	User        ident.UserID     `json:"user"`
	DisplayName string           `json:"display_name"`
	Facility    ident.FacilityID `json:"facility"`
	Union       ident.UnionID    `json:"union"` // in which the viewer works: the home facility's
	Profession  Profession       `json:"profession"`
	Roles       []Role           `json:"roles"`
	Device      ident.DeviceID   `json:"device"`
	TwoFactor   bool             `json:"two_factor"`  // the session was opened with two factors of different kinds
	DeviceLive  bool             `json:"device_live"` // the device certificate is registered and not revoked, checked at this request
}

// AudienceAt gives the column of the owner's release matrix that holds for the viewer.
func (v Viewer) AudienceAt(owner ident.FacilityID) Audience {
	if v.Facility == owner {
		return AudienceOwn
	}
	switch v.Profession {
	case Physician, Dentist:
		return AudiencePhysician
	case Nurse:
		return AudienceNurse
	case Pharmacist:
		return AudiencePharmacist
	default:
		return AudienceCare
	}
}

// Has reports whether the viewer holds the role.
func (v Viewer) Has(role Role) bool {
	return slices.Contains(v.Roles, role)
}
