package page

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// One fictitious region for all fixtures. Everybody and everything in it is invented.
var (
	fixtureNow   = time.Date(2026, 11, 25, 5, 30, 0, 0, time.UTC) // 14:30 in Japan
	fixtureToday = wareki.Date{Year: 2026, Month: 11, Day: 25}

	chuo     = directory.Facility{ID: "aaaaaaaaaaaaaaaaaaaaaaaaa2", Code: "2019000001", Name: "天竜中央病院", Mark: "中央", Kind: directory.Hospital, Disclosing: true}
	minami   = directory.Facility{ID: "aaaaaaaaaaaaaaaaaaaaaaaaa3", Code: "2019000002", Name: "みなみ野総合病院", Mark: "みな", Kind: directory.Hospital, Disclosing: true}
	ryokufu  = directory.Facility{ID: "aaaaaaaaaaaaaaaaaaaaaaaaa4", Code: "2019000003", Name: "緑風病院", Mark: "緑風", Kind: directory.Hospital, Disclosing: true}
	takane   = directory.Facility{ID: "aaaaaaaaaaaaaaaaaaaaaaaaa5", Code: "2019000004", Name: "高嶺医療センター", Mark: "高嶺", Kind: directory.Hospital, Disclosing: true}
	clinic   = directory.Facility{ID: "aaaaaaaaaaaaaaaaaaaaaaaaa6", Code: "2019000005", Name: "さくら内科クリニック", Mark: "さく", Kind: directory.Clinic}
	colours  = NewPalette([]directory.Facility{chuo, minami, ryokufu, takane})
	hanako   = person.Person{ID: "bbbbbbbbbbbbbbbbbbbbbbbbb2", Name: "髙橋 花子", Kana: "タカハシ ハナコ", BirthDate: wareki.Date{Year: 1948, Month: 3, Day: 9}, Sex: clinical.Female, Address: "架空市本町1-2-3"}
	viewerOf = Shell{User: "佐藤 健一", Profession: access.Physician, Facility: clinic.Name, Roles: []access.Role{access.RoleViewer, access.RoleLiaison}, Section: SectionPatients, Path: "/patients", Now: fixtureNow, Session: "ssssssssssssssssssssssss03", LocksIn: 900}
	managing = Shell{User: "木下 良子", Profession: access.Clerk, Facility: chuo.Name, Roles: []access.Role{access.RoleLiaison, access.RoleManager}, Path: "/patients", Now: fixtureNow, Session: "ssssssssssssssssssssssss01", LocksIn: 900}
)

func itemID(n int) ident.ItemID { return ident.ItemID(fmt.Sprintf("cccccccccccccccccccccc%04d", n)) }

func fixtureSources() []Source {
	all := clinical.Kinds()
	return []Source{
		{Facility: colours.Of(chuo), State: SourceFetched, FetchedAt: fixtureNow.Add(-4 * time.Minute), LastAnswer: fixtureNow.Add(-time.Minute), Part: true, Kinds: all},
		{Facility: colours.Of(minami), State: SourceFetched, FetchedAt: fixtureNow.Add(-26 * time.Hour), LastAnswer: fixtureNow.Add(-time.Minute), Unreadable: []wire.KindCount{{Kind: clinical.KindLab, Files: 1}, {Files: 1}}, Behind: fixtureNow.Add(-3 * time.Hour), Part: true, Kinds: all},
		{Facility: colours.Of(ryokufu), State: SourceSilent, FetchedAt: fixtureNow.Add(-50 * time.Hour), LastAnswer: fixtureNow.Add(-30 * time.Hour), Part: true, Kinds: all},
		{Facility: colours.Of(takane), State: SourceUnshared},
	}
}

func fixturePatient(tab Tab) Patient {
	return Patient{Shell: viewerOf, Person: hanako, OwnID: "0004711", Consent: true, Tab: tab, View: string(tab), Sources: fixtureSources()}
}

// fixtureYears is a patient with more on record than is fetched at once.
func fixtureYears(tab Tab) Patient {
	p := fixturePatient(tab)
	var items []catalog.Item
	for i := range 900 {
		items = append(items, catalog.Item{Item: wire.Item{Kind: clinical.KindLab, Date: fixtureToday.AddDays(-7 * i).Compact()}})
	}
	p.Period = NewPeriod(items, "", fixtureToday)
	return p
}

func fixtureAccount() Account {
	return Account{Shell: managing, Own: signin.Own{HasPassword: true, Possible: true, User: account.User{
		Login: "kinoshita.r", DisplayName: managing.User, Kana: "キノシタ リョウコ", Profession: managing.Profession, Roles: managing.Roles, Language: "ja",
	}}}
}

func fixtureSession(n int, user account.User, where device.Device, used time.Duration) manage.SignedIn {
	return manage.SignedIn{
		Session: account.Session{ID: ident.SessionID(fmt.Sprintf("ssssssssssssssssssssssss%02d", n)), User: user.ID, Device: where.ID, CreatedAt: fixtureNow.Add(-3*time.Hour - time.Duration(n)*time.Minute), LastUsed: fixtureNow.Add(-used), Method: account.MethodPasskey},
		User:    user, Device: where, Locked: used > 10*time.Minute,
	}
}

func fixtureSessions(byDevice bool) Sessions {
	managing := managing
	managing.Section, managing.Path = SectionUsers, "/manage/sessions"
	kinoshita := account.User{ID: "u1", DisplayName: managing.User, Kana: "キノシタ リョウコ"}
	sato := account.User{ID: "u2", DisplayName: "佐藤 健一", Kana: "サトウ ケンイチ"}
	front, ward := device.Device{ID: "d1", Name: "受付1号機", Place: "1階受付"}, device.Device{ID: "d2", Name: "東3病棟2号機", Place: "東3病棟"}
	here := fixtureSession(1, kinoshita, front, time.Minute)
	here.Here = true
	byPassword := fixtureSession(3, sato, front, 4*time.Minute)
	byPassword.Method = account.MethodPassword
	return Sessions{Shell: managing, ByDevice: byDevice, Idle: 10 * time.Minute, Rows: []manage.SignedIn{here, byPassword, fixtureSession(2, sato, ward, 25*time.Minute)}}
}

func fixtureLock(passkeys bool) Lock {
	return Lock{LockCard: LockCard{Facility: clinic.Name, User: viewerOf.User, Action: "/stepup", Fields: []FormField{{"to", "/patients"}}, Passkeys: passkeys, Password: true}, Path: "/"}
}

// accountAlone is of somebody who has passkeys and no password.
func accountAlone() Account {
	a := fixtureAccount()
	a.ByPasskey, a.Own.HasPassword = true, false
	for i, x := range fixtureSessions(false).Rows {
		a.Own.Sessions = append(a.Own.Sessions, signin.OwnSession{Session: x.Session, DeviceName: x.Device.Name, Locked: x.Locked, Here: x.Here})
		a.Own.History = append(a.Own.History, signin.OwnSignIn{Event: audit.Event{At: x.CreatedAt, Outcome: []audit.Outcome{audit.Done, audit.Denied}[i%2]}, DeviceName: x.Device.Name, Method: x.Method})
	}
	a.Own.Passkeys = []signin.OwnPasskey{
		{Passkey: passkey.Passkey{ID: "ddddddddddddddddddddddddd2", Name: "地域連携室のPC", CreatedAt: fixtureNow.AddDate(0, -3, 0), LastUsed: fixtureNow.Add(-8 * time.Minute)}, LastDeviceName: "地域連携室1号機"},
		{Passkey: passkey.Passkey{ID: "ddddddddddddddddddddddddd3", Name: "スマートフォン", BackupEligible: true, CreatedAt: fixtureNow.AddDate(0, 0, -2)}},
	}
	return a
}

// fixtureItems is three years at three hospitals: monthly visits, labs, prescriptions, two stays.
func fixtureItems() []catalog.Item {
	var items []catalog.Item
	add := func(f directory.Facility, kind clinical.Kind, event clinical.EncounterEvent, d wareki.Date, dept string, entries int, abnormal bool) {
		items = append(items, catalog.Item{Facility: f.ID, Item: wire.Item{
			ID: itemID(len(items)), Kind: kind, Event: event, Date: d.Compact(), Time: fmt.Sprintf("%02d30", 9+len(items)%7), Department: dept, Entries: entries, Abnormal: abnormal,
		}})
	}
	for m := range 34 {
		d := wareki.Date{Year: 2024, Month: 1, Day: 1}.AddDays(m*30 + 3)
		add(chuo, clinical.KindEncounter, clinical.EventReception, d.AddDays(12), "081", 0, false)
		add(chuo, clinical.KindPrescription, "", d.AddDays(12), "081", 5+m%3, false)
		add(chuo, clinical.KindLab, "", d.AddDays(12), "081", 18, m%2 == 0)
		if m%2 == 0 {
			add(minami, clinical.KindEncounter, clinical.EventReception, d.AddDays(20), "01", 0, false)
			add(minami, clinical.KindLab, "", d.AddDays(20), "01", 11, m%4 == 0)
			add(minami, clinical.KindPrescription, "", d.AddDays(20), "01", 3, false)
			add(minami, clinical.KindDispensing, "", d.AddDays(20), "01", 3, false)
		}
		if m%5 == 1 {
			add(ryokufu, clinical.KindEncounter, clinical.EventReception, d.AddDays(7), "10", 0, false)
			add(ryokufu, clinical.KindCondition, "", d.AddDays(7), "10", 2, false)
		}
	}
	stayed := wareki.Date{Year: 2026, Month: 9, Day: 8}
	add(chuo, clinical.KindEncounter, clinical.EventAdmission, stayed, "081", 0, false)
	add(chuo, clinical.KindEncounter, clinical.EventDischarge, stayed.AddDays(16), "081", 0, false)
	for i := range 14 {
		add(chuo, clinical.KindInjection, "", stayed.AddDays(i), "081", 2, false)
		if i%3 == 0 {
			add(chuo, clinical.KindLab, "", stayed.AddDays(i), "081", 22, true)
		}
	}
	for i := range 16 {
		d := stayed.AddDays(i)
		add(chuo, clinical.KindVital, "", d, "081", 6, i == 3)
		add(chuo, clinical.KindPhysicianNote, "", d, "081", 1, false)
		add(chuo, clinical.KindNursingNote, "", d, "081", 1, false)
		if i%4 == 0 {
			add(chuo, clinical.KindDiet, "", d, "081", 1, false)
			add(chuo, clinical.KindImaging, "", d, "081", 1, false)
			add(chuo, clinical.KindReport, "", d.AddDays(1), "081", 1, false)
		}
	}
	add(chuo, clinical.KindEncounter, clinical.EventAttending, stayed.AddDays(4), "081", 0, false)
	add(chuo, clinical.KindEndoscopy, "", stayed.AddDays(6), "081", 1, false)
	add(chuo, clinical.KindPhysiology, "", stayed.AddDays(2), "081", 1, false)
	add(chuo, clinical.KindSummary, "", stayed.AddDays(17), "081", 1, false)
	add(chuo, clinical.KindReferral, "", stayed.AddDays(18), "081", 1, false)
	add(minami, clinical.KindReferral, "", stayed.AddDays(-6), "01", 1, false)
	add(minami, clinical.KindCheckup, "", stayed.AddDays(-120), "01", 1, false)
	add(minami, clinical.KindDocument, "", stayed.AddDays(-121), "01", 1, false)
	add(ryokufu, clinical.KindEncounter, clinical.EventAdmission, wareki.Date{Year: 2026, Month: 11, Day: 16}, "10", 0, false)
	add(chuo, clinical.KindCondition, "", fixtureToday.AddDays(-30), "081", 6, false)
	add(chuo, clinical.KindAllergy, "", fixtureToday.AddDays(-400), "081", 1, false)
	return items
}

func coded(system, code, text string) clinical.Coded {
	return clinical.Coded{System: system, Code: code, Text: text}
}

// fixtureDocuments gives the content of one hospital for a kind of page.
func fixtureDocuments(f directory.Facility, kinds ...clinical.Kind) []ItemDocument {
	var out []ItemDocument
	for _, k := range kinds {
		switch k {
		case clinical.KindPrescription:
			out = append(out, fixturePrescriptions(f)...)
		case clinical.KindInjection:
			out = append(out, fixtureInjections(f)...)
		case clinical.KindLab:
			out = append(out, fixtureLabs(f)...)
		case clinical.KindCondition:
			out = append(out, fixtureConditions(f))
		case clinical.KindEncounter:
			out = append(out, fixtureEncounters(f)...)
		case clinical.KindAllergy:
			out = append(out, fixtureAllergies(f)...)
		case clinical.KindVital:
			out = append(out, fixtureVitals(f)...)
		case clinical.KindImaging, clinical.KindEndoscopy, clinical.KindPhysiology:
			out = append(out, fixtureExams(f, k)...)
		case clinical.KindDiet:
			out = append(out, fixtureDiets(f)...)
		case clinical.KindPhysicianNote, clinical.KindNursingNote, clinical.KindSummary, clinical.KindReferral, clinical.KindReport, clinical.KindCheckup, clinical.KindDocument:
			out = append(out, fixtureTexts(f, k)...)
		}
	}
	return out
}

var fixtureDrugs = []struct {
	hot, yj, name, dose, daily, usage, text string
	from, to                                int // months before today
	at                                      ident.FacilityID
}{
	{"103835401", "", "アムロジピンOD錠5mg", "1", "1", "1011000400000000", "1日1回 朝食後", 34, 0, chuo.ID},
	{"111222301", "", "フロセミド錠20mg", "1", "1", "1011000400000000", "1日1回 朝食後", 30, 3, chuo.ID},
	{"111222401", "", "フロセミド錠40mg", "1", "1", "1011000400000000", "1日1回 朝食後", 2, 0, chuo.ID},
	{"117123101", "", "エンパグリフロジン錠10mg", "1", "1", "1011000400000000", "1日1回 朝食後", 14, 0, chuo.ID},
	{"120001101", "", "ビソプロロール錠2.5mg", "0.5", "0.5", "1011000400000000", "1日1回 朝食後", 20, 0, chuo.ID},
	{"103835401", "", "アムロジピンOD錠5mg", "1", "1", "1011000400000000", "1日1回 朝食後", 10, 4, minami.ID},
	{"105671201", "", "メトホルミン錠250mg", "1", "2", "1012040400000000", "1日2回 朝夕食後", 34, 6, minami.ID},
	{"119876501", "", "リナグリプチン錠5mg", "1", "1", "1011000400000000", "1日1回 朝食後", 5, 0, minami.ID},
	{"107331201", "", "アロプリノール錠100mg", "1", "1", "1011000400000000", "1日1回 朝食後", 26, 0, minami.ID},
	{"100998801", "", "センノシド錠12mg", "2", "2", "1011000000000000", "1日1回 就寝前", 18, 0, ryokufu.ID},
}

func fixturePrescriptions(f directory.Facility) []ItemDocument {
	var out []ItemDocument
	for m := 34; m >= 0; m-- {
		d := fixtureToday.AddDays(-m*30 - 2)
		doc := ItemDocument{Item: wire.Item{ID: itemID(100 + m), Kind: clinical.KindPrescription, Date: d.Compact(), Time: "1010", Department: "081"}, Document: clinical.Document{Kind: clinical.KindPrescription, DataType: "OMP-01", Requester: &clinical.Staff{Name: "架空 医師"}}}
		for i, drug := range fixtureDrugs {
			if drug.at != f.ID || m > drug.from || m < drug.to {
				continue
			}
			doc.Document.Medications = append(doc.Document.Medications, clinical.Medication{
				RP: fmt.Sprintf("%02d", i/3+1), Drug: coded("HOT9", drug.hot, drug.name),
				Dose: drug.dose, DoseUnit: coded("MR9P", "TAB", "錠"), DailyDose: drug.daily, DailyUnit: coded("MR9P", "TAB", "錠"),
				Usage: []clinical.Coded{coded("JAMISDP01", drug.usage, drug.text)}, Days: 28, Start: clinical.Time(d.Compact()),
				Categories: []clinical.Coded{coded("MR9P", "OHO", "院外処方")},
			})
		}
		if m == 1 && f.ID == chuo.ID {
			doc.Document.Medications = append(doc.Document.Medications, clinical.Medication{
				RP: "09", Drug: coded("HOT9", "100607902", "アセトアミノフェン錠200mg"), Dose: "2", DoseUnit: coded("MR9P", "TAB", "錠"), AsNeeded: true, Times: 10,
				Usage: []clinical.Coded{coded("JAMISDP01", "1050110000000000", "疼痛時")}, Start: clinical.Time(d.Compact()), Instructions: []clinical.Coded{{Text: "6時間以上あけてください"}},
			})
		}
		if m == 0 { // what its order says besides
			doc.Document.StatedAllergies = []clinical.Allergy{
				{Type: clinical.Coded{Code: "DA"}, Allergen: clinical.Coded{Text: "セフェム系抗生物質"}, Severity: clinical.Coded{Code: "MO"}, Reaction: "蕁麻疹"},
				{Type: clinical.Coded{Code: "FA"}, Allergen: clinical.Coded{Text: "なし"}},
			}
		}
		if doc.Document.Medications != nil {
			out = append(out, doc)
		}
	}
	return out
}

func fixtureInjections(f directory.Facility) []ItemDocument {
	if f.ID != chuo.ID {
		return nil
	}
	// Ordered and given day by day; the fourth is of no order, of the sixth more was given
	// than was ordered, the last is not given yet.
	var out []ItemDocument
	for i := range 10 {
		d := wareki.Date{Year: 2026, Month: 9, Day: 8}.AddDays(i)
		order := clinical.Injection{
			RP: "01", Name: clinical.Coded{Text: "一般"}, Priority: coded("HL70485", []string{"S", "R"}[min(i, 1)], []string{"緊急", "通常"}[min(i, 1)]), Volume: "100", VolumeUnit: coded("MR9P", "ML", "mL"), Rate: "50", RateUnit: clinical.Coded{Text: "mL/h"},
			Route: coded("HL70162", "IV", "静脈内"), Site: clinical.Coded{Text: "左前腕"}, Start: clinical.Time(d.Compact() + "1000"), End: clinical.Time(d.Compact() + "1200"),
			Components: []clinical.Component{{Drug: coded("HOT9", "108001101", "生理食塩液100mL"), Amount: "1", Unit: clinical.Coded{Text: "袋"}}, {Additive: true, Drug: coded("HOT9", "109002201", "フロセミド注20mg"), Amount: "1", Unit: clinical.Coded{Text: "管"}}},
		}
		given := order
		given.Performed, given.By, given.Start = true, &clinical.Staff{Name: "架空 看護師"}, clinical.Time(d.Compact()+"1012")
		if i == 5 {
			given.Components = slices.Clone(order.Components)
			given.Components[1].Amount = "2"
		}
		of := func(id int, typ string, in clinical.Injection) ItemDocument {
			return ItemDocument{
				Item: wire.Item{ID: itemID(id), Kind: clinical.KindInjection, DataType: typ, Date: d.Compact(), Time: "1000", Department: "081"},
				Document: clinical.Document{
					Kind: clinical.KindInjection, DataType: typ, PatientID: "0009731", OrderNo: fmt.Sprintf("00000000009%04d", i),
					Requester: &clinical.Staff{Name: "架空 医師"}, Injections: []clinical.Injection{in},
				},
			}
		}
		if i != 3 {
			out = append(out, of(220+i, "OMP-02", order))
		}
		if i < 9 {
			out = append(out, of(200+i, "OMP-12", given))
		}
	}
	return out
}

var fixtureTests = []struct {
	code, name, unit, ref string
	base, step, high, low float64
	digits                int
}{
	{"2A0100000019", "白血球数", "10^3/uL", "3.3-8.6", 6.4, 0.35, 8.6, 3.3, 1},
	{"2A0200000019", "赤血球数", "10^6/uL", "3.86-4.92", 3.9, -0.02, 4.92, 3.86, 2},
	{"2A0300000019", "ヘモグロビン", "g/dL", "11.6-14.8", 11.9, -0.06, 14.8, 11.6, 1},
	{"2A0500000019", "血小板数", "10^3/uL", "158-348", 214, 2.2, 348, 158, 0},
	{"3B0350000023", "AST", "U/L", "13-30", 24, 0.4, 30, 13, 0},
	{"3B0450000023", "ALT", "U/L", "7-23", 19, 0.3, 23, 7, 0},
	{"3C0250000023", "尿素窒素", "mg/dL", "8-20", 18.2, 0.5, 20, 8, 1},
	{"3C0150000023", "クレアチニン", "mg/dL", "0.46-0.79", 0.92, 0.02, 0.79, 0.46, 2},
	{"8A0650000023", "eGFR", "mL/min/1.73m2", "", 52, -0.5, 999, 0, 1},
	{"3C0200000023", "尿酸", "mg/dL", "2.6-5.5", 5.9, 0.03, 5.5, 2.6, 1},
	{"3H0100000023", "ナトリウム", "mmol/L", "138-145", 139, -0.1, 145, 138, 0},
	{"3H0200000023", "クロール", "mmol/L", "101-108", 103, 0.1, 108, 101, 0},
	{"3H0150000023", "カリウム", "mmol/L", "3.6-4.8", 4.4, 0.02, 4.8, 3.6, 1},
	{"3D0100000022", "血糖", "mg/dL", "73-109", 128, 1.1, 109, 73, 0},
	{"3D0460000019", "HbA1c(NGSP)", "%", "4.9-6.0", 7.4, -0.03, 6.0, 4.9, 1},
	{"3F0770000023", "LDL-コレステロール", "mg/dL", "65-163", 118, -0.8, 163, 65, 0},
	{"3A0100000023", "総蛋白", "g/dL", "6.6-8.1", 6.9, 0, 8.1, 6.6, 1},
	{"3A0150000023", "アルブミン", "g/dL", "4.1-5.1", 3.9, 0.01, 5.1, 4.1, 1},
	{"4Z2710000022", "BNP", "pg/mL", "<18.4", 186, 7, 18.4, 0, 1},
	{"5C0700000023", "CRP", "mg/dL", "0.00-0.14", 0.22, 0.01, 0.14, 0, 2},
}

func fixtureLabs(f directory.Facility) []ItemDocument {
	if f.ID == ryokufu.ID || f.ID == takane.ID {
		return nil
	}
	every, shift, method := 30, 0.0, "27101"
	if f.ID == minami.ID {
		every, shift, method = 61, 0.06, "26201"
	}
	var out []ItemDocument
	for m := 0; m*every < 720; m++ {
		d := fixtureToday.AddDays(-m*every - 5)
		doc := ItemDocument{Item: wire.Item{ID: itemID(300 + m), Kind: clinical.KindLab, Date: d.Compact(), Time: "0815", Department: "081"}, Document: clinical.Document{Kind: clinical.KindLab, DataType: "OML-11"}}
		for i, test := range fixtureTests {
			if (f.ID == minami.ID && i%3 == 2) || (m%3 == 1 && i%4 == 3) {
				continue
			}
			v := test.base*(1+shift) + test.step*float64(24-m*every/30) + test.base*0.04*float64((i*7+m*5)%5-2)
			r := clinical.LabResult{
				Test: new(coded("JC10", test.code+method, test.name)), Specimen: &clinical.Coded{Text: "血清"}, Collected: clinical.Time(d.Compact() + "0815"),
				Value: fmt.Sprintf("%.*f", test.digits, v), Unit: &clinical.Coded{Text: test.unit}, Range: test.ref, Status: "F",
			}
			if f.ID == minami.ID && i == 0 { // another way of counting, and another way of writing it
				r.Value, r.Unit.Text, r.Range = fmt.Sprintf("%.0f", v*1000), "/uL", "3300-8600"
			}
			switch {
			case v > test.high*1.5:
				r.Flag = "HH"
			case v > test.high:
				r.Flag = "H"
			case v < test.low:
				r.Flag = "L"
			}
			if test.name == "CRP" && m%4 == 2 {
				r.Value, r.Flag = "<0.05", ""
			}
			doc.Document.LabResults = append(doc.Document.LabResults, r)
		}
		doc.Document.LabResults = append(doc.Document.LabResults,
			clinical.LabResult{Test: &clinical.Coded{LocalCode: "X901", LocalText: "心不全スコア(院内)", LocalSystem: "99LAB"}, Collected: clinical.Time(d.Compact() + "0815"), Value: []string{"軽度", "中等度"}[m%2], Status: "F"},
			clinical.LabResult{Test: new(coded("JC10", "1A010000000127", "尿蛋白定性")), Collected: clinical.Time(d.Compact() + "0815"), Value: []string{"(1+)", "(-)"}[m%2], Range: "(-)", Flag: []string{"A", ""}[m%2], Status: []string{"P", "F"}[min(m, 1)]},
		)
		if m == 1 && f.ID == chuo.ID {
			doc.Document.LabResults = append(doc.Document.LabResults, fixtureCulture(clinical.Time(d.Compact()+"0815"))...)
			doc.Document.Comments = []string{"検体: 溶血(1+)"}
			doc.Document.LabResults[0].Comments = []string{"再検済"}
		}
		out = append(out, doc)
	}
	return out
}

func fixtureConditions(f directory.Facility) ItemDocument {
	d := ItemDocument{Item: wire.Item{ID: itemID(400), Kind: clinical.KindCondition, Date: "20261026", Department: "081"}, Document: clinical.Document{Kind: clinical.KindCondition, DataType: "PPR-01"}}
	d.Document.Conditions = []clinical.Condition{
		{Disease: coded("MDCDX2", "20054321", "慢性心不全"), ICD10: "I509", Start: "20240115", Main: f.ID == chuo.ID, Department: "081"},
		{Disease: coded("MDCDX2", "20063210", "慢性腎臓病"), ICD10: "N189", Start: "202403", Suffixes: []clinical.Coded{{Text: "ステージG3a"}}, Department: "081"},
	}
	if f.ID != ryokufu.ID {
		d.Document.Conditions = append(d.Document.Conditions,
			clinical.Condition{Disease: coded("MDCDX2", "20061111", "2型糖尿病"), ICD10: "E11", Start: "2015", Department: "011"},
			clinical.Condition{Disease: coded("MDCDX2", "20072222", "肺炎"), ICD10: "J189", Start: "20250210", End: "20250303", Outcome: clinical.Coded{Text: "治癒"}},
			clinical.Condition{Disease: clinical.Coded{Text: "大腸癌"}, ICD10: "C189", Start: "20260901", Suspected: true,
				Awareness: clinical.Coded{Text: "未告知"}, FamilyAwareness: "長男に告知済", Sensitivity: clinical.Coded{Text: "取扱注意"}, Certainty: clinical.Coded{Text: "疑い"}, Prognosis: clinical.Coded{Text: "要精査"}})
	}
	return d
}

func fixtureEncounters(f directory.Facility) []ItemDocument {
	var out []ItemDocument
	for m := range 9 {
		d := fixtureToday.AddDays(-m*30 - 3)
		out = append(out, ItemDocument{Item: wire.Item{ID: itemID(500 + m), Kind: clinical.KindEncounter, Date: d.Compact(), Department: "081"}, Document: clinical.Document{Kind: clinical.KindEncounter, DataType: "ADT-12", Encounter: &clinical.Encounter{Event: clinical.EventReception, Class: "O", Start: clinical.Time(d.Compact() + "0905"), Department: "081", Attending: &clinical.Staff{Name: "架空 医師"}}}})
	}
	if f.ID == chuo.ID {
		out = append(out,
			ItemDocument{Item: wire.Item{ID: itemID(520), Date: "20260908"}, Document: clinical.Document{Kind: clinical.KindEncounter, DataType: "ADT-22", Encounter: &clinical.Encounter{Event: clinical.EventAdmission, Class: "I", Start: "202609081030", Ward: "5階東", Room: "502", Bed: "3", Department: "081", Attending: &clinical.Staff{Name: "架空 医師"}}}},
			ItemDocument{Item: wire.Item{ID: itemID(521), Date: "20260924"}, Document: clinical.Document{Kind: clinical.KindEncounter, DataType: "ADT-52", Encounter: &clinical.Encounter{Event: clinical.EventDischarge, Class: "I", Start: "202609081030", End: "202609241000", Department: "081"}}})
	}
	if f.ID == ryokufu.ID {
		out = append(out, ItemDocument{Item: wire.Item{ID: itemID(522), Date: "20261116"}, Document: clinical.Document{Kind: clinical.KindEncounter, DataType: "ADT-22", Encounter: &clinical.Encounter{Event: clinical.EventAdmission, Class: "I", Start: "202611161400", Ward: "3病棟", Department: "10"}}})
	}
	return out
}

func fixtureAllergies(f directory.Facility) []ItemDocument {
	doc := ItemDocument{Item: wire.Item{ID: itemID(600), Kind: clinical.KindAllergy, Date: "20251021"}, Document: clinical.Document{Kind: clinical.KindAllergy, DataType: "ADT-61", Allergies: &clinical.AllergyList{}}}
	switch f.ID {
	case chuo.ID:
		doc.Document.Allergies.Entries = []clinical.Allergy{{Type: clinical.Coded{Code: "DA"}, Allergen: clinical.Coded{Text: "ペニシリン系抗生物質"}, Severity: clinical.Coded{Code: "SV"}, Reaction: "発疹・呼吸困難", Onset: "20110604"}}
	case minami.ID:
		doc.Document.Allergies.None = true
	default:
		return nil
	}
	return []ItemDocument{doc}
}

// fixtureParts gives what a hospital answers on a page.
func fixturePart(f directory.Facility, tab Tab, lang string) Part {
	kinds := map[Tab][]clinical.Kind{
		TabTimeline:    {clinical.KindAllergy},
		TabMedications: {clinical.KindPrescription, clinical.KindInjection, clinical.KindAllergy},
		TabLabs:        {clinical.KindLab, clinical.KindAllergy},
		TabConditions:  {clinical.KindCondition, clinical.KindAllergy},
		TabEncounters:  {clinical.KindEncounter, clinical.KindAllergy},
		TabNotes:       {clinical.KindAllergy},
		TabExams:       {clinical.KindImaging, clinical.KindEndoscopy, clinical.KindPhysiology, clinical.KindReport, clinical.KindAllergy},
		TabVitals:      {clinical.KindVital, clinical.KindAllergy},
	}[tab]
	return NewPart(colours.Of(f), hanako.ID, Answer{Kinds: kinds, Documents: fixtureDocuments(f, kinds...)}, lang, fixtureNow)
}

func fixtureRegistration(searched bool) Registration {
	r := Registration{Shell: viewerOf, Birth: hanako.BirthDate}
	r.Section = SectionRegister
	if !searched {
		r.Birth = wareki.Date{}
		return r
	}
	r.Searched = true
	r.Form = RegistrationForm{Kana: "たかはし はなこ", BirthDate: "S23.3.9", Sex: "F", Existing: "new", Name: "髙橋 花子", Basis: "written", Signer: "髙橋 花子", ConsentDate: "R8.11.25", OwnID: "0004711"}
	other := hanako
	other.ID, other.Name = "bbbbbbbbbbbbbbbbbbbbbbbbb3", "高橋 華子"
	near := hanako
	near.ID, near.BirthDate.Day = "bbbbbbbbbbbbbbbbbbbbbbbbb4", 19
	r.Found = []FoundPerson{{Person: hanako, OwnID: "0004711"}, {Person: other}, {Person: near, Differs: wire.FieldBirthDate}}
	r.Identical = true
	r.Errors = Errors{"existing": {Key: "person.exists"}, "staff_verified": {Key: "register.staff_unverified"}, "own_id": {Key: "link.alike", Params: map[string]any{"id": "4711", "other": "0004711"}}}
	r.Form.OwnID, r.NumberAlike = "4711", "0004711"
	return r
}

func fixtureLinks() Links {
	l := Links{Patient: fixturePatient(TabLinks), InForce: true}
	l.View = ""
	l.Own = LinkRow{Facility: colours.Of(clinic), Link: "dddddddddddddddddddddddd22", PatientID: "0004711", State: linkage.Confirmed, VerifiedBy: linkage.ByStaff}
	l.Rows = []LinkRow{
		{Facility: colours.Of(chuo), Link: "dddddddddddddddddddddddd23", PatientID: "00123456", State: linkage.Confirmed, VerifiedBy: linkage.ByGateway, Online: true, FetchedAt: fixtureNow.Add(-4 * time.Minute), Unreadable: 2},
		{Facility: colours.Of(minami), Link: "dddddddddddddddddddddddd24", PatientID: "7788990", State: linkage.Suspended, VerifiedBy: linkage.ByGateway, Differs: []wire.Field{wire.FieldKana}, Online: true},
		{Facility: colours.Of(ryokufu), Online: true, Typed: "5512", Refused: &Message{Key: "link.mismatch", Params: map[string]any{"id": ident.LocalPatientID("5512"), "fields": []wire.Field{wire.FieldBirthDate, wire.FieldSex}}}, Candidates: &Candidates{PatientIDs: []ident.LocalPatientID{"0005521", "0009112"}}},
		{Facility: colours.Of(takane)},
	}
	l.Ledger = []consent.Record{
		{Scope: consent.Comprehensive, Basis: consent.Written, Signer: "髙橋 花子", EffectiveFrom: fixtureNow.Add(-400 * 24 * time.Hour), RecordedAt: fixtureNow.Add(-399 * 24 * time.Hour)},
		{Scope: consent.Comprehensive, Basis: consent.Proxy, Signer: "髙橋 一郎(長男)", Note: "ご本人入院中のため", EffectiveFrom: fixtureNow.Add(-800 * 24 * time.Hour), RecordedAt: fixtureNow.Add(-800 * 24 * time.Hour), RevokedAt: fixtureNow.Add(-500 * 24 * time.Hour), RevokeReason: "ご本人の申し出"},
	}
	was := hanako
	was.Name, was.Kana = "中沢 花子", "ナカザワ ハナコ"
	l.Former = []person.Former{{ID: "dddddddddddddddddddddddd25", Person: was, ChangedBy: "u1", ChangedAt: fixtureNow.Add(-200 * 24 * time.Hour), Reason: "婚姻による改姓(住民票で確認)"}}
	return l
}

// fixtureAmending is a correction of the demographics that was refused.
func fixtureAmending() Links {
	l := fixtureLinks()
	l.Amend = AmendForm{Name: "髙梨 花子", Kana: "タカナシ ハナコ", BirthDate: "S23.3.9", Sex: "F", Address: hanako.Address, Alike: true, Errors: Errors{
		"": Message{Key: "person.amend_alike"}, "reason": Message{Key: "person.reason_missing"}, "staff_verified": Message{Key: "link.staff_unverified"},
	}}
	return l
}

// fixtureCorrected is a correction by another facility that waits for this one.
func fixtureCorrected() Links {
	l := fixtureLinks()
	was := hanako.Identity()
	was.Name, was.Kana, was.BirthDate = "中沢 花子", "ナカザワ ハナコ", hanako.BirthDate.AddDays(-1)
	l.Corrected = &Corrected{Was: was, Is: hanako.Identity()}
	return l
}

func fixtureCorrection() Links {
	l := fixtureLinks()
	l.Correct = CorrectForm{PatientID: "0004711", Reason: "打ち間違い", Refused: &Message{Key: "link.same_number"}}
	return l
}

func fixturePatients() PatientList {
	l := PatientList{Shell: viewerOf, Sort: SortKana, Page: 2, Pages: 4, Total: 182}
	names := []struct{ name, kana string }{{"赤羽 茂", "アカハネ シゲル"}, {"伊藤 さくら", "イトウ サクラ"}, {"大﨑 正子", "オオサキ マサコ"}, {"髙橋 花子", "タカハシ ハナコ"}, {"𠮷田 勇", "ヨシダ イサム"}}
	for i := range 24 {
		p := hanako
		p.ID = ident.PersonID(fmt.Sprintf("bbbbbbbbbbbbbbbbbbbbbbbb%02d", i))
		p.Name, p.Kana = names[i%5].name, names[i%5].kana
		p.BirthDate = wareki.Date{Year: 1932 + i*4, Month: time.Month(i%12 + 1), Day: i + 1}
		p.Sex = []clinical.Sex{clinical.Female, clinical.Male}[i%2]
		row := PatientRow{Person: p, OwnID: ident.LocalPatientID(fmt.Sprintf("%07d", 4711+i*317)), Consent: i%7 != 3, LinkedAt: fixtureNow.Add(-time.Duration(i) * 90 * time.Hour)}
		for j, f := range []directory.Facility{chuo, minami, ryokufu} {
			if (i+j)%3 != 0 || i == 0 {
				row.Facilities = append(row.Facilities, colours.Of(f))
			}
		}
		row.ToConfirm = i == 2
		if i%6 != 5 {
			row.LatestDate = fixtureToday.AddDays(-i).Compact()
		}
		l.Rows = append(l.Rows, row)
	}
	return l
}

func fixtureUsers() Users {
	u := Users{Shell: managing, Self: "u1", Rows: []account.User{
		{ID: "u1", Login: "kinoshita", DisplayName: "木下 良子", Kana: "キノシタ リョウコ", Profession: access.Clerk, Roles: []access.Role{access.RoleLiaison, access.RoleManager}, CreatedAt: fixtureNow.Add(-900 * time.Hour)},
		{ID: "u2", Login: "sato.k", DisplayName: "佐藤 健一", Kana: "サトウ ケンイチ", Profession: access.Physician, Roles: []access.Role{access.RoleViewer}, CreatedAt: fixtureNow.Add(-800 * time.Hour)},
		{ID: "u3", Equipped: true, Login: "mori", DisplayName: "森 あゆみ", Kana: "モリ アユミ", Profession: access.Nurse, Roles: []access.Role{access.RoleViewer}, CreatedAt: fixtureNow.Add(-700 * time.Hour), ClosedAt: fixtureNow.Add(-24 * time.Hour)},
	}}
	u.Section = SectionUsers
	for i := range u.Rows[:2] {
		u.Rows[i].Equipped = true
		u.Rows[i].Clearance = account.Clearance{TrainedOn: "2026-04-01", PledgeVersion: account.PledgeVersion}
	}
	u.Rows = append(u.Rows, account.User{ID: "u4", Login: "hara.m", DisplayName: "原 美咲", Kana: "ハラ ミサキ", Profession: access.Nurse, Roles: []access.Role{access.RoleViewer}, CreatedAt: fixtureNow,
		Clearance: account.Clearance{TrainedOn: "2026-11-20", PledgeVersion: account.PledgePaper}})
	u.Locked = map[ident.UserID]time.Time{"u2": fixtureNow.Add(12 * time.Minute)}
	u.Code = &SetupCode{Login: "hara.m", DisplayName: "原 美咲", Code: "k7tq-m2xw-9chp-ra4e", Until: fixtureNow.Add(account.SetupLife), Why: CodeCreated}
	u.Form = UserForm{Login: "hara m", Profession: access.Nurse, Roles: []access.Role{access.RoleViewer}}
	u.Errors = Errors{"login": {Key: "user.login_invalid"}}
	return u
}

// fixtureRecoveries has a request of every kind that the reader meets.
// fixtureAlone is a facility with one manager, who has asked.
func fixtureAlone() Users {
	u := fixtureRecoveries()
	u.Rows = slices.DeleteFunc(u.Rows, func(r account.User) bool { return r.ID == "u5" || r.ID == "u6" })
	u.Pending = u.Pending[1:2]
	u.Notice = Done("recovery.asked_alone", nil)
	return u
}

func fixtureRecoveries() Users {
	u := fixtureUsers()
	u.Code, u.Form, u.Errors = nil, UserForm{}, nil
	u.Rows = append(u.Rows,
		account.User{ID: "u5", Login: "ono", DisplayName: "小野 隆", Kana: "オノ タカシ", Profession: access.Clerk, Roles: []access.Role{access.RoleManager}, Equipped: true, CreatedAt: fixtureNow.Add(-800 * time.Hour)},
		account.User{ID: "u6", Login: "unei", DisplayName: "運営 太郎", Kana: "ウンエイ タロウ", Profession: access.Clerk, Roles: []access.Role{access.RoleOperator}, Equipped: true, CreatedAt: fixtureNow.Add(-800 * time.Hour)},
	)
	for i := range u.Rows {
		u.Rows[i].RoleSince = map[access.Role]time.Time{access.RoleManager: u.Rows[i].CreatedAt}
	}
	for i, r := range []account.Recovery{
		{User: "u2", UserName: "佐藤 健一", Reason: account.RecoveryLost, AskedBy: "u5", AskedByName: "小野 隆"},
		{User: "u3", UserName: "森 あゆみ", Reason: account.RecoveryForgotten, AskedBy: "u1", AskedByName: "木下 良子"},
		{User: "u5", UserName: "小野 隆", Reason: account.RecoverySuspected, AskedBy: "u1", AskedByName: "木下 良子"},
		{User: "u1", UserName: "木下 良子", Reason: account.RecoveryReplaced, AskedBy: "u5", AskedByName: "小野 隆"},
		{User: "u6", UserName: "運営 太郎", Reason: account.RecoveryLost, AskedBy: "u6", AskedByName: "運営 次郎"},
	} {
		r.ID, r.AskedAt = ident.RecoveryID(fmt.Sprintf("r%d", i)), fixtureNow.Add(-time.Duration(i+1)*4*time.Hour)
		r.ExpiresAt = r.AskedAt.Add(account.RecoveryLife)
		u.Pending = append(u.Pending, r)
	}
	return u
}

func fixtureNetwork() Recoveries {
	r := Recoveries{Shell: managing, Form: RecoveryForm{Login: "dare", Reason: account.RecoveryForgotten}, Errors: Errors{"login": {Key: "recovery.login"}},
		Code: &SetupCode{Login: "mori", DisplayName: "森 あゆみ", Code: "k7tq-m2xw-9chp-ra4e", Until: fixtureNow.Add(account.SetupLife), Why: CodeRecovered}}
	r.User, r.Roles, r.Section = "運営 太郎", []access.Role{access.RoleOperator}, SectionRecoveries
	for i, refused := range []fault.Key{"", "recovery.by_manager", "recovery.same_person", "recovery.own"} {
		at := fixtureNow.Add(-time.Duration(i) * 5 * time.Hour)
		r.Rows = append(r.Rows, RecoveryRow{ID: ident.RecoveryID(fmt.Sprintf("n%d", i)), UserName: "佐藤 健一", Facility: clinic.Name, Reason: account.RecoveryReasons()[i],
			AskedByName: "木下 良子", AskedAt: at, ExpiresAt: at.Add(account.RecoveryLife), Refused: refused, Mine: refused == "recovery.same_person"})
	}
	return r
}

func fixtureFirst(passkeys bool) *First {
	return &First{Passkeys: passkeys, TOTPSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", TOTPURL: "otpauth://totp/Mizuhiki:hara.m?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Mizuhiki"}
}

func fixtureGrants() Grants {
	user := fixtureUsers().Rows[2]
	g := Grants{Shell: managing, User: user, Rows: []account.Grant{
		{Role: access.RoleViewer, GrantedBy: "u1", GrantedByName: "木下 良子", GrantedAt: user.CreatedAt},
		{Role: access.RoleLiaison, GrantedBy: "setup", GrantedAt: user.CreatedAt, EndedBy: "u1", EndedByName: "木下 良子", EndedAt: fixtureNow.Add(-48 * time.Hour)},
	}}
	g.Section = SectionUsers
	return g
}

func fixtureRelease() Release {
	r := Release{Shell: managing, Discloses: true, FetchedAt: fixtureNow.Add(-time.Hour), State: wire.ReleaseState{Version: 4, Matrix: access.Matrix{}}}
	r.Section = SectionRelease
	for _, k := range clinical.Kinds() {
		for _, a := range access.Audiences() {
			if a != access.AudienceCare || k == clinical.KindAllergy {
				r.State.Matrix.Set(k, a, access.Cell{Allowed: true})
			}
		}
	}
	r.State.Matrix.Set(clinical.KindLab, access.AudiencePharmacist, access.Cell{Allowed: true, DelayDays: 3})
	r.State.Pending = []wire.PendingChange{{ID: "p1", Change: access.Change{Kind: clinical.KindCondition, Audience: access.AudienceCare, To: access.Cell{Allowed: true, DelayDays: 7}}, ProposedBy: "木下 良子", ProposedAt: fixtureNow.UnixMicro()}}
	return r
}

// fixtureReleaseSummary is what a form would change, before it is sent.
func fixtureReleaseSummary() Release {
	r := fixtureRelease()
	r.Typed = url.Values{"version": {"4"}}
	next := r.State.Matrix.Clone()
	next.Set(clinical.KindLab, access.AudiencePharmacist, access.Cell{Allowed: true})
	next.Set(clinical.KindReport, access.AudienceCare, access.Cell{Allowed: true, DelayDays: 7})
	next.Set(clinical.KindPhysicianNote, access.AudiencePharmacist, access.Cell{})
	r.Summary = r.State.Matrix.Diff(next)
	return r
}

func fixtureLog() AccessLog {
	l := AccessLog{Shell: managing, From: "R8.11.1", To: "R8.11.25", Users: fixtureUsers().Rows, User: "u2", Next: "cursor"}
	l.Section = SectionLog
	for i, a := range []audit.Action{audit.ActionDecide, audit.ActionComplete, audit.ActionOpenPatient, audit.ActionLinkRefused, audit.ActionProbe, audit.ActionSignIn, audit.ActionConsentRevoke, audit.ActionLinkSuspend, audit.ActionRelease} {
		row := LogRow{ID: ident.EventID(fmt.Sprint(i)), At: fixtureNow.Add(-time.Duration(i) * 7 * time.Minute), Action: a, Outcome: []audit.Outcome{audit.Allowed, audit.Done, audit.Denied, audit.Failed}[i%4], UserName: "佐藤 健一", Profession: access.Physician, Facility: clinic.Name, Owner: chuo.Name, Person: hanako.Name}
		if a == audit.ActionDecide {
			row.Kinds = []clinical.Kind{clinical.KindLab, clinical.KindAllergy}
		}
		if a == audit.ActionComplete {
			row.File = true
		}
		if a == audit.ActionSignIn {
			row.Outcome, row.Owner, row.Person, row.Means, row.Copied = audit.Denied, "", "", account.MethodPasskey, true
		}
		if a == audit.ActionLinkRefused {
			row.Outcome, row.PatientID, row.Cause, row.Differs = audit.Denied, "4109401", "mismatch", []wire.Field{wire.FieldKana, wire.FieldBirthDate}
		}
		if a == audit.ActionLinkSuspend {
			row.UserName, row.Profession, row.Person = "", "", ""
		}
		l.Rows = append(l.Rows, row)
	}
	l.Rows = append(l.Rows, LogRow{ID: "r", At: fixtureNow.Add(-2 * time.Hour), Action: audit.ActionRecoveryAsk, Outcome: audit.Done, UserName: "木下 良子", Profession: access.Clerk, Facility: chuo.Name, Owner: chuo.Name,
		About: "佐藤 健一", Why: account.RecoveryLost})
	l.Rows = append(l.Rows,
		LogRow{ID: "o", At: fixtureNow.Add(-140 * time.Minute), Action: audit.ActionDecide, Outcome: audit.Allowed, UserName: "佐藤 健一", Profession: access.Physician, Facility: clinic.Name, Owner: chuo.Name, Person: "中沢 花子", NameNow: hanako.Name, FormerNumber: "0000105229", Kinds: []clinical.Kind{clinical.KindLab}},
		LogRow{ID: "f", At: fixtureNow.Add(-150 * time.Minute), Action: audit.ActionDecide, Outcome: audit.Allowed, UserName: "佐藤 健一", Profession: access.Physician, Facility: clinic.Name, Owner: chuo.Name, FormerNumber: "0000105230", Kinds: []clinical.Kind{clinical.KindLab}},
		LogRow{ID: "a", At: fixtureNow.Add(-160 * time.Minute), Action: audit.ActionAmendPerson, Outcome: audit.Done, UserName: "佐藤 健一", Profession: access.Clerk, Facility: clinic.Name, Owner: chuo.Name, Person: hanako.Name, Changed: []wire.Field{"name", wire.FieldKana}, Reason: "婚姻"},
		LogRow{ID: "u", At: fixtureNow.Add(-3 * time.Hour), Action: audit.ActionUnlink, Outcome: audit.Done, UserName: "木下 良子", Profession: access.Clerk, Facility: clinic.Name, Owner: chuo.Name, PatientID: "0000105230", Reason: "別の方の患者IDを登録したため"},
		LogRow{ID: "t", At: fixtureNow.Add(-4 * time.Hour), Action: audit.ActionLinkThrottled, Outcome: audit.Denied, UserName: "木下 良子", Profession: access.Clerk, Facility: clinic.Name, Owner: chuo.Name, PatientID: "404", Cause: "throttled"},
		LogRow{ID: "c", At: fixtureNow.Add(-5 * time.Hour), Action: audit.ActionDeviceIssue, Outcome: audit.Done, UserName: "command line of root", Owner: chuo.Name})
	return l
}

func fixtureDevices() Devices {
	d := Devices{Shell: managing, This: "d1", Rows: []device.Device{
		{ID: "d1", Name: "連携室1号機", Place: "1階 地域連携室", UserGroup: "地域連携室", OS: "Windows 11", Method: device.ByHelper, RegisteredBy: "u1", CreatedAt: fixtureNow.AddDate(0, -3, 0), CertSerial: "3f9a01c2", NotAfter: fixtureNow.Add(9000 * time.Hour), LastSeen: fixtureNow},
		{ID: "d4", Name: "3病棟 <端末>", Place: "3病棟", UserGroup: "看護部", Method: device.ByPKCS12, CertSerial: "3f9a01c5", NotAfter: fixtureNow.AddDate(0, 0, 12), LastSeen: fixtureNow},
		{ID: "d2", Name: "救急外来", Place: "救急外来 診察室", CertSerial: "3f9a01c3", NotAfter: fixtureNow.Add(-time.Hour), LastSeen: fixtureNow.Add(-99 * time.Hour)},
		{ID: "d3", Name: "旧端末", CertSerial: "3f9a01c4", NotAfter: fixtureNow.Add(time.Hour), RevokedAt: fixtureNow.Add(-time.Hour)},
	}}
	d.Section, d.Names = SectionDevices, map[string]string{"u1": "佐藤 健一"}
	d.Expiry = &Expiry{Count: 1, Days: 12, Pressing: true}
	return d
}

func fixtureDeviceTicket(method device.Method) Devices {
	d := fixtureDevices()
	d.Ticket = &DeviceTicket{
		Ticket: manage.Ticket{Name: "受付2", Method: method, Code: "abcde-fghij", ExpiresAt: fixtureNow.Add(10 * time.Minute), Replaces: "旧端末"},
		Link:   "https://enrol.example:8445/terminal",
	}
	if method == device.ByHelper {
		d.Ticket.Command = "mizuhiki enroll device --center https://enrol.example:8445 --code abcde-fghij"
	} else {
		d.Ticket.Password = "KRSXG5CTMVRXEZLU"
	}
	d.Expiry = &Expiry{Here: true, Days: 40}
	return d
}
