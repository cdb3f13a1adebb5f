package synth

import (
	"fmt"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/access"
)

// Staff is somebody who works at a facility and has an account. Staff depends on no seed.
type Staff struct {
	Login, Name, Kana string
	Profession        access.Profession
	Roles             []access.Role
}

func (s Staff) names() (family, given string) {
	family, given, _ = strings.Cut(s.Name, " ")
	return family, given
}

// staffOf gives a facility its people: who reads, who registers, who manages, each
// somebody of their own.
func staffOf(f Facility, n int) []Staff {
	first := access.Physician
	others := []access.Profession{access.Nurse}
	title := "dr"
	switch f.Kind {
	case "pharmacy":
		first, others, title = access.Pharmacist, nil, "ph"
	case "home_nursing":
		first, others, title = access.Nurse, nil, "ns"
	case "care_home":
		first, others, title = access.CareManager, []access.Profession{access.CareWorker}, "cm"
	}
	var out []Staff
	add := func(suffix string, p access.Profession, roles ...access.Role) {
		name := staffName(n*7 + len(out))
		out = append(out, Staff{
			Login: f.short + "-" + suffix, Name: name.family.kanji + " " + name.given.kanji, Kana: name.family.kana + " " + name.given.kana,
			Profession: p, Roles: roles,
		})
	}
	add(title+"1", first, access.RoleViewer)
	for i, p := range others {
		add(fmt.Sprintf("%s%d", map[access.Profession]string{access.Nurse: "ns", access.CareWorker: "cw"}[p], i+1), p, access.RoleViewer)
	}
	add("renkei", access.Clerk, access.RoleLiaison)
	add("kanri", access.Clerk, access.RoleManager)
	return out
}
