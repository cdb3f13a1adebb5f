package page

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestTimelineQuery_survivesTheURL(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"defaults leave the URL":        {"form=calendar&span=1y&rows=kind", ""},
		"everything set":                {"form=list&span=3m&rows=facility&until=20260301&kinds=lab,allergy&facility=f&department=01&abnormal=1", "abnormal=1&department=01&facility=f&form=list&kinds=lab%2Callergy&rows=facility&span=3m&until=20260301"},
		"repeated parameters":           {"kinds=lab&kinds=allergy,lab", "kinds=lab%2Callergy"},
		"a Japanese date":               {"until=R8.3.1", "until=20260301"},
		"what nobody knows falls away":  {"form=x&span=9y&rows=x&until=tomorrow&abnormal=yes&q=secret", ""},
		"empty values choose no filter": {"kinds=&facility=,", ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := url.ParseQuery(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := ParseTimelineQuery(v).Encode(); got != tc.want {
				t.Errorf("query %q encodes as %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func item(f directory.Facility, kind clinical.Kind, date string) catalog.Item {
	return catalog.Item{Facility: f.ID, Item: wire.Item{ID: ident.ItemID(string(f.Mark) + date + string(kind)), Kind: kind, Date: date, Time: "0900", Department: "01"}}
}

func event(f directory.Facility, e clinical.EncounterEvent, date string) catalog.Item {
	it := item(f, clinical.KindEncounter, date)
	it.Event, it.ID = e, it.ID+ident.ItemID(e)
	return it
}

func TestNewTimeline_countsWhatAChoiceWouldShow(t *testing.T) {
	abnormal := item(minami, clinical.KindLab, "20261102")
	abnormal.Abnormal = true
	items := []catalog.Item{
		item(chuo, clinical.KindLab, "20261101"), abnormal, item(chuo, clinical.KindPrescription, "20261101"),
		item(chuo, clinical.KindLab, "20240101"), // outside the span
		item(directory.Facility{ID: "foreign"}, clinical.KindLab, "20261101"),
		item(chuo, clinical.KindLab, "unknown"),
	}
	count := func(fs []Filter) map[string]int {
		out := map[string]int{}
		for _, f := range fs {
			out[f.Value] = f.Count
		}
		return out
	}
	q := TimelineQuery{Form: FormList, Span: SpanYear, Rows: ByKind, Kinds: []string{"lab"}}
	got := NewTimeline(fixturePatient(TabTimeline), items, q, fixtureToday, Japanese)
	if got.Total != 3 || got.Shown != 2 || got.Everything != 6 || got.Abnormal != 1 || len(got.Undated) != 1 {
		t.Errorf("total %d, shown %d, everything %d, abnormal %d, undated %d", got.Total, got.Shown, got.Everything, got.Abnormal, len(got.Undated))
	}
	if diff := cmp.Diff(map[string]int{"lab": 2, "prescription": 1}, count(got.Kinds)); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	want := map[string]int{string(chuo.ID): 1, string(minami.ID): 1, string(ryokufu.ID): 0}
	if diff := cmp.Diff(want, count(got.Facilities)); diff != "" {
		t.Errorf("facilities (-want +got):\n%s", diff)
	}
	if len(got.Days) != 2 || got.Days[0].Date.Day != 2 || len(got.Days[1].Items) != 2 {
		t.Errorf("days = %+v, want 2 November before 1 November", got.Days)
	}
}

// Both forms must show the same documents: the list is what a reader without the picture has.
func TestReq_V1_calendarAndListShowTheSame(t *testing.T) {
	for _, span := range Spans() {
		for _, rows := range []RowsBy{ByKind, ByFacility} {
			q := TimelineQuery{Form: FormCalendar, Span: span, Rows: rows, Facilities: []string{string(chuo.ID)}}
			tl := NewTimeline(fixturePatient(TabTimeline), fixtureItems(), q, fixtureToday, Japanese)
			listed, drawn := map[ident.ItemID]bool{}, map[ident.ItemID]bool{}
			for _, d := range tl.Days {
				for _, it := range d.Items {
					listed[it.ID] = it.Shown
				}
			}
			for _, r := range tl.Calendar.Rows {
				for _, c := range r.Cells {
					for _, m := range c.Marks {
						n := 0
						for _, it := range m.Items {
							if _, twice := drawn[it.ID]; twice {
								t.Errorf("span %s: %s is drawn twice", span, it.ID)
							}
							drawn[it.ID] = it.Shown
							if it.Shown {
								n++
							}
						}
						if n != m.Count {
							t.Errorf("span %s: a mark counts %d, shows %d", span, m.Count, n)
						}
					}
				}
			}
			if len(listed) != tl.Total || !cmp.Equal(listed, drawn) {
				t.Errorf("span %s, rows by %s: list has %d, calendar %d of %d", span, rows, len(listed), len(drawn), tl.Total)
			}
		}
	}
}

func TestColumns(t *testing.T) {
	day := func(s string) wareki.Date {
		d, err := wareki.ParseCompact(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, tc := range map[string]struct {
		span        Span
		from, to    string
		grain       string
		n           int
		first, last string // heads
	}{
		"a month is days":           {SpanMonth, "20261026", "20261125", "day", 31, "26", "25"},
		"a quarter is weeks":        {SpanQuarter, "20260831", "20261125", "week", 13, "8/31", "11/23"},
		"a year is months":          {SpanYear, "20251201", "20261125", "month", 12, "12", "11"},
		"three years are months":    {SpanAll, "20231201", "20261125", "month", 36, "12", "11"},
		"eight years are quarters":  {SpanAll, "20190101", "20261125", "quarter", 32, "1-3", "10-12"},
		"twenty years are years":    {SpanAll, "20060401", "20261125", "year", 21, "2006", "2026"},
		"one day of all is a month": {SpanAll, "20261101", "20261125", "month", 1, "11", "11"},
	} {
		t.Run(name, func(t *testing.T) {
			grain, cols := columns(tc.span, day(tc.from), day(tc.to))
			if grain != tc.grain || len(cols) != tc.n || cols[0].Head != tc.first || cols[len(cols)-1].Head != tc.last {
				t.Fatalf("%s, %d columns from %q to %q", grain, len(cols), cols[0].Head, cols[len(cols)-1].Head)
			}
			for i := 1; i < len(cols); i++ {
				if cols[i-1].To.AddDays(1) != cols[i].From {
					t.Errorf("a gap between %v and %v", cols[i-1], cols[i])
				}
			}
			n := 0
			for _, g := range groups(grain, cols) {
				n += g.Length
			}
			if grain != "year" && n != len(cols) {
				t.Errorf("the head spans %d of %d columns", n, len(cols))
			}
		})
	}
}

func TestStays(t *testing.T) {
	for name, tc := range map[string]struct {
		items []catalog.Item
		want  []string // start-end
	}{
		"admission and discharge": {[]catalog.Item{event(chuo, clinical.EventAdmission, "20260908"), event(chuo, clinical.EventDischarge, "20260924")}, []string{"2026-09-08/2026-09-24"}},
		"still in":                {[]catalog.Item{event(chuo, clinical.EventAdmission, "20261116")}, []string{"2026-11-16/"}},
		"an admission ahead":      {[]catalog.Item{event(chuo, clinical.EventAdmission, "20261201")}, nil},
		"a discharge alone":       {[]catalog.Item{event(chuo, clinical.EventDischarge, "20260924")}, nil},
		"two hospitals at once": {[]catalog.Item{
			event(chuo, clinical.EventAdmission, "20260901"), event(minami, clinical.EventAdmission, "20260905"),
			event(chuo, clinical.EventDischarge, "20260910"), event(minami, clinical.EventDischarge, "20260907"),
		}, []string{"2026-09-05/2026-09-07", "2026-09-01/2026-09-10"}},
		"over before the span": {[]catalog.Item{event(chuo, clinical.EventAdmission, "20240908"), event(chuo, clinical.EventDischarge, "20240924")}, nil},
		"reaching into the span": {[]catalog.Item{event(chuo, clinical.EventAdmission, "20251120"), event(chuo, clinical.EventDischarge, "20251205")},
			[]string{"2025-11-20/2025-12-05"}},
	} {
		t.Run(name, func(t *testing.T) {
			var tl Timeline
			facilities := map[ident.FacilityID]Facility{chuo.ID: colours.Of(chuo), minami.ID: colours.Of(minami)}
			all := tl.read(tc.items, facilities, wordsOf(Japanese))
			var got []string
			for _, s := range stays(all, wareki.Date{Year: 2025, Month: 12, Day: 1}, fixtureToday, fixtureToday) {
				got = append(got, s.start.String()+"/"+s.end.String())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("stays (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBar_placesByDay(t *testing.T) {
	_, cols := columns(SpanMonth, fixtureToday.AddDays(-9), fixtureToday) // ten days of 10 % each
	for name, tc := range map[string]struct {
		from, to int // days before today; to < 0: still in
		want     StayBar
	}{
		"one day":              {3, 3, StayBar{X: "60.00%", Width: "10.00%"}},
		"three days":           {5, 3, StayBar{X: "40.00%", Width: "30.00%"}},
		"still in":             {1, -1, StayBar{X: "80.00%", Width: "20.00%"}},
		"begun before":         {40, 7, StayBar{X: "0.00%", Width: "30.00%"}},
		"longer than the span": {40, -1, StayBar{X: "0.00%", Width: "100.00%"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := stay{start: fixtureToday.AddDays(-tc.from)}
			if tc.to >= 0 {
				s.end = fixtureToday.AddDays(-tc.to)
			}
			got := bar(cols, s)
			if got.X != tc.want.X || got.Width != tc.want.Width {
				t.Errorf("bar at %s wide %s, want %s wide %s", got.X, got.Width, tc.want.X, tc.want.Width)
			}
		})
	}
}

func TestTimeline_steps(t *testing.T) {
	tl := NewTimeline(fixturePatient(TabTimeline), fixtureItems(), TimelineQuery{Span: SpanQuarter, Until: wareki.Date{Year: 2026, Month: 3, Day: 1}}, fixtureToday, Japanese)
	back, err := wareki.ParseCompact(tl.Earlier())
	if err != nil || back.AddDays(1) != tl.From {
		t.Errorf("earlier ends on %s, this span begins on %s", tl.Earlier(), tl.From)
	}
	if later := tl.Later(fixtureToday); later <= tl.To.Compact() || later > fixtureToday.Compact() {
		t.Errorf("later ends on %s", later)
	}
	now := NewTimeline(fixturePatient(TabTimeline), fixtureItems(), TimelineQuery{Span: SpanQuarter}, fixtureToday, Japanese)
	if got := now.Later(fixtureToday); got != "" {
		t.Errorf("there is something later than today: %s", got)
	}
}

func TestRequested(t *testing.T) {
	for name, c := range map[string]struct {
		kind     clinical.Kind
		dataType string
		want     bool
	}{
		"laboratory request":      {clinical.KindLab, "OML-01", true},
		"laboratory result":       {clinical.KindLab, "OML-11", false},
		"injection ordered":       {clinical.KindInjection, "OMP-02", true},
		"injection given":         {clinical.KindInjection, "OMP-12", false},
		"physiology ordered":      {clinical.KindPhysiology, "OMG-03", true},
		"a prescription is one":   {clinical.KindPrescription, "OMP-01", false},
		"a diagnosis is no order": {clinical.KindCondition, "PPR-01", false},
		"no number":               {clinical.KindLab, "OML", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := requested(TimelineItem{Kind: c.kind, DataType: c.dataType}); got != c.want {
				t.Errorf("requested = %v, want %v", got, c.want)
			}
		})
	}
}

func TestProcedureName(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"parts that do not apply": {"検査.上部.-.-.上部通常内視鏡.-", "検査.上部.上部通常内視鏡"},
		"all parts apply":         {"胸部.X線単純撮影.立位正面(P→A)", "胸部.X線単純撮影.立位正面(P→A)"},
		"no parts":                {"標準12誘導心電図", "標準12誘導心電図"},
		"a name of one stop":      {"A.-", "A.-"},
		"empty":                   {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := procedureName(c.in); got != c.want {
				t.Errorf("procedureName = %q, want %q", got, c.want)
			}
		})
	}
}

// An empty page says why it is empty, and sends nobody to a page that they do not have.
func TestTimeline_saysWhyThereIsNothing(t *testing.T) {
	reader := viewerOf
	reader.Roles = []access.Role{access.RoleViewer}
	frame := func(change func(*Patient)) Patient {
		p := fixturePatient(TabTimeline)
		p.Shell = reader
		change(&p)
		return p
	}
	unshared := []Source{{Facility: colours.Of(chuo), State: SourceUnshared}}
	withheld := []Source{{Facility: colours.Of(chuo), State: SourceFetched, Part: true, Kinds: []clinical.Kind{clinical.KindAllergy}}}
	const withheldText, consentText = "お使いの権限では、この内容は公開されていません。", "有効な同意がないため、診療情報は表示されません。"
	for name, tc := range map[string]struct {
		p               Patient
		timeline, notes string
	}{
		"no consent":         {frame(func(p *Patient) { p.Consent, p.Sources = false, unshared }), consentText, consentText},
		"nobody shares":      {frame(func(p *Patient) { p.Sources = unshared }), "この方の診療情報を閲覧できる施設がありません。", "この方の診療情報を閲覧できる施設がありません。"},
		"not for the reader": {frame(func(p *Patient) { p.Sources = withheld }), "取得が終わるまでお待ちください。", withheldText},
		"there are none":     {frame(func(*Patient) {}), "取得が終わるまでお待ちください。", "文書・記録はありません。"},
		"for a liaison":      {frame(func(p *Patient) { p.Roles = viewerOf.Roles }), "連携・同意の画面で取得状況", "文書・記録はありません。"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, page := range []struct {
				html, want string
			}{
				{render(t, Japanese, NewTimeline(tc.p, nil, ParseTimelineQuery(nil), fixtureToday, Japanese)), tc.timeline},
				{render(t, Japanese, NewNotes(tc.p, nil, ParseNotesQuery(nil), Japanese)), tc.notes},
			} {
				if !regexp.MustCompile(`<p class="empty-state">[^<]*` + page.want).MatchString(page.html) {
					t.Errorf("the page does not say %q", page.want)
				}
			}
		})
	}
}

// A day with one result and its order has one result.
func TestTimeline_ordersAreNoResults(t *testing.T) {
	item := func(n int, dataType string) catalog.Item {
		return catalog.Item{Facility: chuo.ID, Item: wire.Item{ID: itemID(n), Kind: clinical.KindLab, DataType: dataType, Date: "20261102"}}
	}
	q := ParseTimelineQuery(nil)
	got := NewTimeline(fixturePatient(TabTimeline), []catalog.Item{item(1, "OML-01"), item(2, "OML-11")}, q, fixtureToday, Japanese)
	if f := got.Kinds[0]; f.Count != 1 || f.Ordered != 1 {
		t.Errorf("the filter counts %d results and %d orders, want 1 and 1", f.Count, f.Ordered)
	}
	var marks []Mark
	for _, c := range got.Calendar.Rows[0].Cells {
		marks = append(marks, c.Marks...)
	}
	if len(marks) != 2 || marks[0].Ordered || marks[0].Count != 1 || !marks[1].Ordered || marks[1].Count != 1 {
		t.Errorf("marks = %+v, want the result and, apart, its order", marks)
	}
	html := render(t, Japanese, got)
	for _, want := range []string{"検体検査 1件", "検体検査 オーダ 1件", `<small class="ordered">(オーダ <span class="count-ordered">1</span>)`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}
