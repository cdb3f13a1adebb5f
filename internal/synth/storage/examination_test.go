package storage_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

func done(x master.Examination) (order, performed story.Entry) {
	what := story.Examination{Examination: x, Reason: "呼吸困難", From: visit.Add(time.Hour), To: visit.Add(80 * time.Minute)}
	order = story.Entry{At: visit, Department: master.Cardiology, Order: 7001, Says: what}
	what.Performed = true
	if x == master.ECG {
		what.Electrical = &story.Electrical{Rate: 72, PQ: 160, QRS: 90, QT: 380, QTc: 416, Says: []string{"洞調律", "左室肥大の疑い"}}
	}
	performed = order
	performed.At, performed.Says = what.To, what
	return order, performed
}

func TestExaminations(t *testing.T) {
	for name, tc := range map[string]struct {
		x           master.Examination
		order, done string
		study       bool
		contrast    bool
	}{
		"X-ray":      {master.ChestXray, "OMG-01_1", "OMG-11_1", true, false},
		"CT":         {master.AbdomenCT, "OMG-01_1", "OMG-11_1", true, true},
		"endoscopy":  {master.Gastroscopy, "OMG-02_1", "OMG-12_1", true, false},
		"physiology": {master.ECG, "OMG-03_1", "OMG-13_1", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := hospital(storage.Habits{})
			order, performed := done(tc.x)
			_, docs, _ := read(t, h, patient(), story.Chart{Entries: []story.Entry{order, performed}})
			ordered, results := docs[tc.order].Examinations, docs[tc.done].Examinations
			if len(ordered) == 0 || len(results) == 0 {
				t.Fatalf("ordered %d, done %d", len(ordered), len(results))
			}
			if ordered[0].Performed || ordered[0].At != "202604011030" || ordered[0].Name.Code != tc.x.Order.Code {
				t.Errorf("order = %+v", ordered[0])
			}
			whole, last := results[0], results[len(results)-1]
			if !whole.Performed || whole.Status != "F" || whole.At != "202604011030" || docs[tc.done].OrderNo != docs[tc.order].OrderNo {
				t.Errorf("done = %+v", whole)
			}
			if want := storage.StudyUID(h.Code, docs[tc.done].OrderNo); tc.study && (whole.StudyUID != want || last.StudyUID != want || whole.Modality.Code != tc.x.Modality) {
				t.Errorf("study %q of %q, want %q", whole.StudyUID, whole.Modality.Code, want)
			}
			if tc.study && (last.Parent != whole.OrderNo || len(last.Items) != 1 || last.Items[0].Procedure.Code != tc.x.Part.Code || (len(last.Items[0].Materials) == 1) != tc.contrast) {
				t.Errorf("part = %+v", last)
			}
		})
	}
}

func TestElectrocardiogram(t *testing.T) {
	_, performed := done(master.ECG)
	_, docs, _ := read(t, hospital(storage.Habits{}), patient(), story.Chart{Entries: []story.Entry{performed}})
	var got []string
	for _, f := range docs["OMG-13_1"].Examinations[0].Findings {
		got = append(got, f.Test.Label()+" "+f.Value+f.Unit.Label())
	}
	want := []string{"心電図所見 洞調律", "心電図所見 左室肥大の疑い", "心拍数 72bpm", "PQ時間 160msec", "QRS幅 90msec", "QT時間 380msec", "QTc時間 416msec"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestWard(t *testing.T) {
	bed := story.Location{Ward: "5東", Room: "512", Bed: "3"}
	_, docs, _ := read(t, hospital(storage.Habits{}), patient(), story.Chart{
		Attending: []story.Attending{
			{At: visit, Department: master.Cardiology, Where: bed, Admitted: visit.Add(-time.Hour)},
			{At: visit.Add(48 * time.Hour), Department: master.Cardiology, Doctor: 1, Where: bed, Admitted: visit.Add(-time.Hour)},
		},
		Entries: []story.Entry{{At: visit, Department: master.Cardiology, Order: 7001, Says: story.Diet{Diet: master.LowSaltDiet, From: visit.Add(9 * time.Hour), Where: bed, Note: "きざみ食"}}},
	})
	before, now := docs["ADT-01_2"].Encounter, docs["ADT-01_1"].Encounter
	if before.Start != "20260401093000" || now.Event != clinical.EventAttending || now.Start != "20260403093000" || now.Attending.Name != "医師 一郎" || now.Ward != "5東" {
		t.Errorf("attending doctors: %+v, %+v", before, now)
	}
	d := docs["OMD_1"].Diets
	if len(d) != 1 || d[0].Start != "2026040118" || d[0].Diets[0].LocalText != "心臓食(塩分6g未満)" || !slices.Equal(d[0].Instructions, []string{"きざみ食"}) {
		t.Errorf("diets = %+v", d)
	}
}
