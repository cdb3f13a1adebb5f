package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func TestRemarks_areFilteredByPost(t *testing.T) {
	d := newDesk(t, false, "")
	b, _ := d.settle("taro", account.Viewer)
	const file, none = "0000000002/-/ADT-00/adt", "条件に合うファイルはありません"
	for name, tc := range map[string]struct {
		form      []string
		want, not string
	}{
		"kind":                {[]string{"kind", "missing"}, "no name in kana", "=x"},
		"another kind":        {[]string{"kind", "care_date"}, none, file},
		"no kind":             {[]string{"kind", "of nobody's"}, file, none},
		"path":                {[]string{"q", " ADT-00 "}, file, none},
		"another path":        {[]string{"q", "0000000009"}, none, file},
		"root":                {[]string{"root", "1"}, file, none},
		"a root of nobody's":  {[]string{"root", "7"}, file, none},
		"a page of nobody's":  {[]string{"page", "7"}, file, none},
		"a page that is none": {[]string{"page", "99999999999999999999"}, file, none},
	} {
		a := b.post("/remarks", tc.form...)
		if a.status != http.StatusOK || !strings.Contains(a.body, tc.want) || strings.Contains(a.body, tc.not) {
			t.Errorf("%s: status %d, want %q and not %q", name, a.status, tc.want, tc.not)
		}
	}
	if a := b.get("/remarks?q=nothing"); !strings.Contains(a.body, file) {
		t.Error("a search by address is taken")
	}
	if a := b.get("/"); !strings.Contains(a.body, `<a href="/remarks">指摘のあるファイル</a></dt><dd>1</dd>`) || strings.Contains(a.body, `finding-what">指摘`) {
		t.Error("the overview does not count the files, or makes a finding of them")
	}
}

func TestRemarks_asATable(t *testing.T) {
	d := newDesk(t, false, "")
	b, _ := d.settle("taro", account.Viewer)
	a := b.post("/remarks/csv")
	if a.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(a.header.Get("Content-Disposition"), "remarks-") {
		t.Errorf("headers %v", a.header)
	}
	lines := strings.Split(strings.TrimSuffix(a.body, "\r\n"), "\r\n")
	if len(lines) != 3 || lines[0] != "\uFEFFフォルダ,パス,患者ID,指摘,詳細(ベンダー向け),検出日時,最終確認" ||
		!strings.HasPrefix(lines[1], root+`,000/000/0000000002/-/ADT-00/adt,0000000002,必要な項目の不足,"segment 2 (PID), field 5: no name in kana",`) ||
		!strings.Contains(lines[2], ",24時以降の時刻,'=x,") {
		t.Errorf("table:\n%s", a.body)
	}
	if a := b.post("/remarks/csv", "kind", "hour"); strings.Count(a.body, "\r\n") != 2 || strings.Contains(a.body, "kana") {
		t.Errorf("table of a kind:\n%s", a.body)
	}
	log, err := d.accounts.Log(t.Context(), 10)
	d.must(err)
	if n := slices.IndexFunc(log, func(e account.Entry) bool { return e.Action == account.ActionDownload }); n < 0 || log[n].Detail != (account.Detail{Place: "remarks"}) {
		t.Errorf("history: %+v", log)
	}
}

// A writer's habit shows in everything that it writes. Page and table stay what they are,
// and the counts are exact.
func TestRemarks_onEveryFile(t *testing.T) {
	d := newDesk(t, false, "")
	b, _ := d.settle("taro", account.Viewer)
	const files = rowsPerTable + 500
	who := clinical.Demographics{Name: "目印太郎", Kana: "メジルシタロウ", BirthDate: "1961-02-03", Sex: clinical.Male}
	habit := index.RemarksOf(clinical.Remarks{{Kind: clinical.RemarkOrderNumber, Detail: "segment 3 (ORC), field 2: order number differs from that of the file name"}})
	var many []index.Reading
	for i := range files {
		id := ident.LocalPatientID(fmt.Sprintf("1%09d", i))
		many = append(many, index.Reading{ID: id, Demographics: &who, DemographicsRoot: root, DemographicsPath: string(id) + "/adt", DemographicsRemarks: habit})
	}
	d.must(d.index.Put(t.Context(), many...))
	a := b.post("/remarks", "kind", "order_number", "page", "2")
	if n := strings.Count(a.body, "field 2: order number"); n != rowsPerPage || !strings.Contains(a.body, "20,500件") || !strings.Contains(a.body, "2 / 410 ページ") {
		t.Errorf("a page lists %d files", n)
	}
	if len(a.body) > 100<<10 {
		t.Errorf("a page of %d bytes", len(a.body))
	}
	a = b.post("/remarks/csv", "kind", "order_number")
	if strings.Count(a.body, "\r\n") != rowsPerTable+2 || !strings.Contains(a.body, "全20,500件のうち20,000件") {
		t.Errorf("a table of %d lines ends with %q", strings.Count(a.body, "\r\n"), a.body[max(0, len(a.body)-200):])
	}
}
