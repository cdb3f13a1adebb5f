package register_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// add adds a person with an own link of the clinic.
func (d *desk) add(name, kana, birth string, own ident.LocalPatientID) ident.PersonID {
	d.Helper()
	b, err := wareki.ParseISO(birth)
	if err != nil {
		d.Fatal(err)
	}
	p := person.Person{ID: ident.New[ident.PersonID](), Union: flowtest.Union, Name: name, Kana: kana, BirthDate: b, Sex: clinical.Male, CreatedBy: "setup", CreatedAt: d.Now}
	d.AddPerson(p)
	d.Link(p.ID, flowtest.Clinic, own)
	d.Now = d.Now.Add(time.Second)
	return p.ID
}

func (d *desk) names(t *testing.T, c signin.Caller, q register.ListQuery) []string {
	t.Helper()
	page, err := d.s.List(t.Context(), c, q)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, r := range page.Rows {
		out = append(out, r.Person.Name)
	}
	return out
}

func TestList_search(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
		d := newDesk(t, database)
		d.add("山田 太郎", "ヤマダ タロウ", "1960-04-01", "0000123")
		d.add("髙橋 花子", "タカハシ ハナコ", "1935-01-31", "0001230")
		d.add("中山 田鶴", "ナカヤマ タヅ", "1989-01-08", "123")
		d.add("渡邊 一", "ワタナベ ハジメ", "2019-05-01", "A-77")
		stranger := d.Person("山田 次郎", "ヤマダ ジロウ")
		d.Link(stranger.ID, flowtest.OtherClinic, "0000123")
		for name, tc := range map[string]struct {
			text string
			want []string
		}{
			"nothing typed":             {"", []string{"髙橋 花子", "中山 田鶴", "山田 太郎", "渡邊 一"}},
			"whole number":              {"0000123", []string{"山田 太郎"}},
			"beginning of a number":     {"000", []string{"髙橋 花子", "山田 太郎"}},
			"number in full width":      {"０００１２３０", []string{"髙橋 花子"}},
			"number with letters":       {"A-7", []string{"渡邊 一"}},
			"zeros are significant":     {"123", []string{"中山 田鶴"}},
			"number with wildcards":     {"%", []string{}},
			"kanji name":                {"山田", []string{"中山 田鶴", "山田 太郎"}},
			"kanji in another variant":  {"高橋", []string{"髙橋 花子"}},
			"first kanji":               {"渡", []string{"渡邊 一"}},
			"kana":                      {"ヤマダ", []string{"山田 太郎"}},
			"hiragana":                  {"たかはし", []string{"髙橋 花子"}},
			"half-width kana":           {"ﾊﾅｺ", []string{"髙橋 花子"}},
			"pairs that stand apart":    {"ヤマタカ", []string{}},
			"birth date in an era":      {"昭和35年4月1日", []string{"山田 太郎"}},
			"birth date, short":         {"S10.1.31", []string{"髙橋 花子"}},
			"birth date, first of era":  {"令和元年5月1日", []string{"渡邊 一"}},
			"birth date, western":       {"19890108", []string{"中山 田鶴"}},
			"another facility's person": {"山田 次郎", []string{}},
			"a mark":                    {"・", []string{}},
		} {
			t.Run(name, func(t *testing.T) {
				if diff := cmp.Diff(tc.want, d.names(t, d.clerk, register.ListQuery{Text: tc.text})); diff != "" {
					t.Errorf("List(%q) (-want +got):\n%s", tc.text, diff)
				}
			})
		}
		rows := d.Events(audit.ActionSearchPerson)
		for _, e := range rows {
			if _, ok := e.Detail["text"]; ok || e.Detail["list"] != true {
				t.Errorf("row of a search = %+v, want no text", e.Detail)
			}
		}
	})
}

func TestList_orderAndPages(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
		d := newDesk(t, database)
		viewer := d.Caller(flowtest.Clinic, access.Nurse, access.RoleViewer)
		d.Release(flowtest.Hospital, flowtest.Everything())
		for i, p := range []struct{ name, kana, date string }{
			{"あ", "ア", "20261101"}, {"い", "イ", "20261103"}, {"う", "ウ", ""}, {"え", "エ", "20261102"},
		} {
			id := d.add(p.name, p.kana, "1960-04-01", ident.LocalPatientID(p.name))
			d.Consent(id)
			if p.date != "" {
				own := ident.LocalPatientID(rune('0' + i))
				d.Link(id, flowtest.Hospital, own)
				d.Item(flowtest.Hospital, own, clinical.KindLab, p.date)
			}
		}
		for order, want := range map[string][]string{
			"":       {"あ", "い", "う", "え"},
			"kana":   {"あ", "い", "う", "え"},
			"linked": {"え", "う", "い", "あ"},
			"latest": {"い", "え", "あ", "う"},
		} {
			if diff := cmp.Diff(want, d.names(t, viewer, register.ListQuery{Sort: order})); diff != "" {
				t.Errorf("order %q (-want +got):\n%s", order, diff)
			}
			if diff := cmp.Diff(want[1:3], d.names(t, viewer, register.ListQuery{Sort: order, Offset: 1, Limit: 2})); diff != "" {
				t.Errorf("order %q, second page (-want +got):\n%s", order, diff)
			}
		}
		page, err := d.s.List(t.Context(), viewer, register.ListQuery{Limit: 1})
		if err != nil || page.Total != 4 || page.Rows[0].LatestDate != "20261101" {
			t.Errorf("List = %+v, %v, want 4 in all and the first one's date", page, err)
		}
	})
}

// The date of the latest document and the linked facilities are disclosed like content.
func TestReq_AZ08_listShowsOnlyWhatWouldOpen(t *testing.T) {
	released := func(days int) access.Matrix {
		m := flowtest.Everything()
		for _, k := range clinical.Kinds() {
			m.Set(k, access.AudiencePhysician, access.Cell{Allowed: true, DelayDays: days})
		}
		return m
	}
	for name, tc := range map[string]struct {
		take       func(d *desk, id ident.PersonID)
		profession access.Profession
		roles      []access.Role
		date       string
		facilities int
	}{
		"a physician":                  {nil, access.Physician, []access.Role{access.RoleViewer}, "20261120", 1},
		"within the delay":             {func(d *desk, _ ident.PersonID) { d.Release(flowtest.Hospital, released(7)) }, access.Physician, []access.Role{access.RoleViewer}, "20260101", 1},
		"nothing released":             {func(d *desk, _ ident.PersonID) { d.Release(flowtest.Hospital, access.Matrix{}) }, access.Physician, []access.Role{access.RoleViewer}, "", 0},
		"consent revoked":              {func(d *desk, id ident.PersonID) { d.Revoke(id) }, access.Physician, []access.Role{access.RoleViewer}, "", 0},
		"a manager":                    {nil, access.Physician, []access.Role{access.RoleManager}, "", 0},
		"a clerk with the viewer role": {nil, access.Clerk, []access.Role{access.RoleViewer}, "", 0},
		"a liaison clerk":              {nil, access.Clerk, []access.Role{access.RoleLiaison}, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, dbtest.SQLite(t, migrate.Center))
			id := d.add("水引 一", "ミズヒキ ハジメ", "1960-04-01", "1")
			d.Consent(id)
			d.Link(id, flowtest.Hospital, "h1")
			d.Release(flowtest.Hospital, released(0))
			d.Item(flowtest.Hospital, "h1", clinical.KindLab, "20260101")
			d.Item(flowtest.Hospital, "h1", clinical.KindLab, "20261120")
			if tc.take != nil {
				tc.take(d, id)
			}
			caller := d.Caller(flowtest.Clinic, tc.profession, tc.roles...)
			page, err := d.s.List(t.Context(), caller, register.ListQuery{Sort: "latest"})
			if err != nil || len(page.Rows) != 1 {
				t.Fatalf("List = %+v, %v", page, err)
			}
			if got := page.Rows[0]; got.LatestDate != tc.date || len(got.Facilities) != tc.facilities {
				t.Errorf("latest date %q, %d facilities, want %q and %d", got.LatestDate, len(got.Facilities), tc.date, tc.facilities)
			}
			owners := slices.DeleteFunc(d.Events(audit.ActionSearchPerson), func(e audit.Event) bool { return e.Owner == "" })
			if want := tc.date != ""; (len(owners) == 1) != want {
				t.Errorf("rows for owners = %+v, want one: %v", owners, want)
			}
			f, err := d.s.Frame(t.Context(), caller, id)
			if err != nil || len(f.Links) != tc.facilities {
				t.Errorf("Frame = %d links, %v, want %d", len(f.Links), err, tc.facilities)
			}
		})
	}
}

func TestList_suspendedOwnLinkIsTheClerksToMend(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.add("水引 一", "ミズヒキ ハジメ", "1960-04-01", "1")
	d.Exec(`UPDATE person_link SET state = 'suspended' WHERE person_id = $1`, id)
	viewer := d.Caller(flowtest.Clinic, access.Physician, access.RoleViewer)
	if got := d.names(t, viewer, register.ListQuery{}); len(got) != 0 {
		t.Errorf("a physician's list = %v, want nobody", got)
	}
	if got := d.names(t, d.clerk, register.ListQuery{}); len(got) != 1 {
		t.Errorf("the clerk's list = %v, want the patient", got)
	}
	if _, err := d.s.Frame(t.Context(), viewer, id); !fault.Is(err, fault.NotFound) {
		t.Errorf("Frame for a physician = %v, want not found", err)
	}
}
