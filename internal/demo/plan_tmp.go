package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func newPlan(cfg Config) (*plan, error) {
	p := &plan{Region: "仮"}
	for i := range 3 {
		p.Facilities = append(p.Facilities, plannedFacility{Code: fmt.Sprintf("99100000%02d", i+1), Name: fmt.Sprintf("仮病院%d", i+1), Kana: "カリ", Mark: fmt.Sprintf("仮%d", i+1), Kind: directory.Hospital, Disclosing: true, Staff: []plannedStaff{
			{Login: fmt.Sprintf("doc%d", i+1), DisplayName: "医師 一", Kana: "イシ ハジメ", Profession: access.Physician, Roles: []access.Role{access.RoleViewer}},
			{Login: fmt.Sprintf("clerk%d", i+1), DisplayName: "連携 係", Kana: "レンケイ", Profession: access.Clerk, Roles: []access.Role{access.RoleLiaison, access.RoleManager}}}})
	}
	p.Facilities = append(p.Facilities, plannedFacility{Code: "9910000009", Name: "仮診療所", Kana: "カリ", Mark: "診所", Kind: directory.Clinic, Staff: []plannedStaff{
		{Login: "doc9", DisplayName: "医師 九", Kana: "イシ キュウ", Profession: access.Physician, Roles: []access.Role{access.RoleViewer}},
		{Login: "clerk9", DisplayName: "連携 九", Kana: "レンケイ", Profession: access.Clerk, Roles: []access.Role{access.RoleLiaison}},
		{Login: "mgr9", DisplayName: "管理 九", Kana: "カンリ", Profession: access.Clerk, Roles: []access.Role{access.RoleManager}}}},
		plannedFacility{Code: "9910000010", Name: "仮薬局", Kana: "カリ", Mark: "薬局", Kind: directory.Pharmacy, Staff: []plannedStaff{
			{Login: "ph10", DisplayName: "薬剤 師", Kana: "ヤクザイ", Profession: access.Pharmacist, Roles: []access.Role{access.RoleViewer, access.RoleLiaison}}}})
	birth := wareki.Date{Year: 1950, Month: 4, Day: 1}
	for i := range 4 {
		id := ident.LocalPatientID(fmt.Sprintf("%010d", 1000+i))
		p.Persons = append(p.Persons, plannedPerson{Name: fmt.Sprintf("試験 太郎%d", i), Kana: "シケン タロウ" + string(rune('ア'+2*i)), BirthDate: birth, Sex: "M", Links: []plannedLink{{3, ident.LocalPatientID(fmt.Sprintf("9%d", i))}, {0, id}, {1, id}, {2, id}}})
	}
	p.Persons[3].Links[0].Facility = 4
	all := append([]plannedPerson(nil), p.Persons...)
	for i := range 3 {
		p.Unlinked = append(p.Unlinked, plannedPatient{Facility: 0, PatientID: ident.LocalPatientID(fmt.Sprintf("%010d", 1004+i)), Name: "未連 花子", Kana: "ミレン ハナコ" + string(rune('ア'+2*i)), BirthDate: birth, Sex: "M"})
		all = append(all, plannedPerson{Name: "未連 花子", Kana: "ミレン ハナコ" + string(rune('ア'+2*i))})
	}
	p.writeStorage = func(ctx context.Context, f int, dir string) error {
		for i, person := range all {
			id := ident.LocalPatientID(fmt.Sprintf("%010d", 1000+i))
			pid := func(b *hl7v2.Builder) {
				b.Append("PID", "0001", "", hl7v2.Components(hl7v2.Text(string(id)), "", "", "", "PI"), "", hl7v2.Repetitions(hl7v2.Components(hl7v2.Text(person.Name), "", "", "", "", "", "L", "I"), hl7v2.Components(hl7v2.Text(person.Kana), "", "", "", "", "", "L", "P")), "", "19500401", "M")
			}
			write := func(n ssmix2.Name, typ hl7v2.Value, fill func(b *hl7v2.Builder)) error {
				b := hl7v2.NewBuilder(hl7v2.Header{SendingApplication: "HIS", Time: "20260601090000", Type: typ, ControlID: "1"})
				fill(b)
				body, _ := b.Bytes()
				path, err := n.Path()
				if err != nil {
					return err
				}
				full := filepath.Join(dir, path)
				if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
					return err
				}
				return os.WriteFile(full, body, 0o644)
			}
			if err := write(ssmix2.Name{Key: ssmix2.Key{PatientID: id, DataType: "ADT-00", OrderNo: "999999999999999"}, Timestamp: "20260601090000000", Flag: ssmix2.Current}, "ADT^A08^ADT_A01", func(b *hl7v2.Builder) {
				b.Append("EVN", "", "20260601090000")
				pid(b)
				b.Append("PV1", "0001", "O")
			}); err != nil {
				return err
			}
			for m := range 10 {
				day := fmt.Sprintf("2026%02d%02d", m+1, 3+f)
				if err := write(ssmix2.Name{Key: ssmix2.Key{PatientID: id, CareDate: day, DataType: "OML-11", OrderNo: fmt.Sprintf("%015d", m+1)}, Timestamp: day + "120000000", Department: "01", Flag: ssmix2.Current}, "OUL^R22^OUL_R22", func(b *hl7v2.Builder) {
					pid(b)
					b.Append("SPM", "1", "", "", "023^血清^JC10", "", "", "", "", "", "", "", "", "", "", "", "", hl7v2.Text(day+"0930"))
					b.Append("OBR", "1", hl7v2.Text(fmt.Sprintf("%015d", m+1)), "", "E002^生化学的検査^99O03", "", "", hl7v2.Text(day+"0930"))
					b.Append("OBX", "1", "NM", "3C015000002327201^クレアチニン^JC10", "", hl7v2.Text(fmt.Sprintf("%.2f", 0.9+0.05*float64(m))), "mg/dL^mg/dL^ISO+", "0.65-1.07", "N", "", "", "F", "", "", hl7v2.Text(day+"0930"))
				}); err != nil {
					return err
				}
				if err := write(ssmix2.Name{Key: ssmix2.Key{PatientID: id, CareDate: day, DataType: "OMP-01", OrderNo: fmt.Sprintf("%015d", m+1)}, Timestamp: day + "130000000", Department: "01", Flag: ssmix2.Current}, "RDE^O11^RDE_O11", func(b *hl7v2.Builder) {
					pid(b)
					b.Append("PV1", "0001", "O")
					b.Append("ORC", "NW", hl7v2.Text(fmt.Sprintf("%015d", m+1)), "", "1", "", "", "", "", hl7v2.Text(day+"100000"))
					b.Append("RXE", "", "108665201^仮錠５ｍｇ^HOT9", "1", "", "TAB^錠^MR9P", "TAB^錠剤^MR9P", "", "", "", "28", "TAB^錠^MR9P")
					b.Append("TQ1", "1", "", "1011000400000000&１日１回朝食後&JAMISDP01", "", "", "28^D", hl7v2.Text(day))
					b.Append("RXR", "PO^口^HL70162")
				}); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return p, nil
}
