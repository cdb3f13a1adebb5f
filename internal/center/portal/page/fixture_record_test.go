package page

import (
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func jlac(code, name string) clinical.Coded { return coded("JC10", code, name) }

// fixtureVitals is a stay of two weeks with a fever, three measurements a day.
func fixtureVitals(f directory.Facility) []ItemDocument {
	if f.ID != chuo.ID {
		return nil
	}
	var out []ItemDocument
	for i := range 15 {
		d := wareki.Date{Year: 2026, Month: 9, Day: 8}.AddDays(i)
		doc := ItemDocument{
			Item:     wire.Item{ID: itemID(700 + i), Kind: clinical.KindVital, Date: d.Compact(), Department: "081"},
			Document: clinical.Document{Kind: clinical.KindVital, DataType: "OBSERVATIONS"},
		}
		for j, clock := range []string{"0600", "1400", "2030"} {
			at := clinical.Time(d.Compact() + clock)
			fever := max(0, 2.4-0.35*float64(i))
			add := func(test clinical.Coded, value, unit, flag string) {
				doc.Document.Vitals = append(doc.Document.Vitals, clinical.LabResult{Test: &test, Collected: at, Value: value, Unit: &clinical.Coded{Text: unit}, Flag: flag, Status: "F"})
			}
			flag := ""
			if fever > 1.3 {
				flag = "H"
			}
			add(jlac("9P100000000000001", "体温"), fmt.Sprintf("%.1f", 36.3+fever+0.2*float64(j)), "℃", flag)
			add(jlac("9P300000000000001", "脈拍数"), fmt.Sprint(70+int(fever*12)+j*3+i%4), "回/分", "")
			add(jlac("9A751000000000001", "収縮期血圧"), fmt.Sprint(142-i+j*4), "mmHg", "")
			add(jlac("9A761000000000001", "拡張期血圧"), fmt.Sprint(84-i/2+j*2), "mmHg", "")
			if j != 1 {
				add(jlac("9P200000000000001", "呼吸数"), fmt.Sprint(20-i/4+j), "回/分", "")
				add(clinical.Coded{LocalCode: "V05", LocalText: "SpO2", LocalSystem: "99VIT"}, fmt.Sprint(93+min(i/2, 5)), "%", "")
			}
			if j == 0 {
				add(clinical.Coded{LocalCode: "V09", LocalText: "体重", LocalSystem: "99VIT"}, fmt.Sprintf("%.1f", 58.4-0.2*float64(i)), "kg", "")
			}
		}
		out = append(out, doc)
	}
	return out
}

func fixtureExams(f directory.Facility, k clinical.Kind) []ItemDocument {
	if f.ID != chuo.ID {
		return nil
	}
	document := func(n int, date string, e clinical.Examination) ItemDocument {
		return ItemDocument{
			Item:     wire.Item{ID: itemID(n), Kind: k, Date: date, Department: "081"},
			Document: clinical.Document{Kind: k, DataType: "OMG-11", Examinations: []clinical.Examination{e}, Requester: &clinical.Staff{Name: "架空 医師"}},
		}
	}
	switch k {
	case clinical.KindImaging:
		return []ItemDocument{
			document(720, "20260908", clinical.Examination{
				Name: clinical.Coded{Text: "胸部CT(単純)"}, Performed: true, Modality: coded("DCM", "CT", "CT"), Accession: "A20260908001", At: "202609081130", Status: "F", Priority: coded("HL70485", "S", "至急"),
				Purpose: "呼吸困難・発熱。肺うっ血と肺炎の鑑別をお願いします。", Comments: []string{"造影なし。体動あり。"},
				Items: []clinical.Procedure{{
					Procedure: clinical.Coded{Text: "胸部単純CT撮影"}, Count: "1", Staff: []clinical.Staff{{Name: "架空 技師"}},
					Materials: []clinical.Material{{Material: clinical.Coded{Text: "画像記録用DVD"}, Amount: "1", Unit: clinical.Coded{Text: "枚"}}},
					Exposures: []clinical.Exposure{{Voltage: "120kV", Current: "200mA", Time: "0.5s"}},
				}},
			}),
			document(721, "20260912", clinical.Examination{Name: clinical.Coded{Text: "胸部X線 正面"}, Modality: coded("DCM", "DX", "一般撮影"), At: "20260912", Purpose: "心拡大・胸水の経過観察"}),
		}
	case clinical.KindEndoscopy:
		return []ItemDocument{document(722, "20260914", clinical.Examination{
			Name: clinical.Coded{Text: "上部消化管内視鏡検査"}, Performed: true, Modality: coded("DCM", "ES", "内視鏡"), At: "202609140930", Status: "P",
			Findings: []clinical.LabResult{
				{Test: &clinical.Coded{Text: "胃"}, Value: "萎縮性変化を認める(木村・竹本分類 C-2)。\n潰瘍・腫瘤なし。", Status: "F"},
				{Test: &clinical.Coded{Text: "迅速ウレアーゼ試験"}, Value: "(-)", Status: "P"},
			},
		})}
	}
	return []ItemDocument{document(723, "20260910", clinical.Examination{
		Name: clinical.Coded{Text: "12誘導心電図"}, Performed: true, Modality: coded("DCM", "ECG", "心電図"), At: "202609101010", Status: "F",
		Findings: []clinical.LabResult{
			{Test: &clinical.Coded{Text: "心拍数"}, Value: "88", Unit: &clinical.Coded{Text: "bpm"}, Range: "50-100", Status: "F"},
			{Test: &clinical.Coded{Text: "QTc"}, Value: "468", Unit: &clinical.Coded{Text: "ms"}, Range: "350-450", Flag: "H", Status: "F"},
			{Test: &clinical.Coded{Text: "所見"}, Value: "洞調律 左室肥大 ST-T変化", Status: "F"},
		},
	})}
}

func fixtureDiets(f directory.Facility) []ItemDocument {
	if f.ID != chuo.ID {
		return nil
	}
	return []ItemDocument{{
		Item: wire.Item{ID: itemID(730), Kind: clinical.KindDiet, Date: "20260908", Department: "081"},
		Document: clinical.Document{Kind: clinical.KindDiet, DataType: "OMD", Diets: []clinical.Diet{
			{Type: "D", Diets: []clinical.Coded{{Text: "心臓食"}, {Text: "塩分6g"}}, Periods: []clinical.Coded{{Text: "夕食"}}, Start: "202609081800", Instructions: []string{"全粥・きざみ", "納豆禁"}},
			{Type: "S", Diets: []clinical.Coded{{Text: "栄養補助飲料"}}, Start: "20260909", End: "20260912", Usage: []clinical.Coded{{Text: "1日1回 昼食時"}}},
		}},
	}}
}

func fixtureTexts(f directory.Facility, k clinical.Kind) []ItemDocument {
	document := func(n int, date, hhmm string, t clinical.Text) ItemDocument {
		return ItemDocument{
			Item:     wire.Item{ID: itemID(n), Kind: k, Date: date, Time: hhmm, Department: "081"},
			Document: clinical.Document{Kind: k, DataType: "L-DOC", Text: &t},
		}
	}
	doctor := []clinical.Staff{{ID: "D01", Name: "架空 医師"}}
	switch {
	case f.ID == minami.ID && k == clinical.KindReferral:
		return []ItemDocument{document(744, "20260902", "1130", clinical.Text{
			Title: "診療情報提供書", Type: coded("LN", "57133-1", "紹介状"), Authors: doctor, Written: "202609021130",
			Files: []clinical.File{
				{Name: "紹介状_髙橋花子様.pdf", MediaType: "application/pdf", Size: 84_211, Main: true},
				{Name: "創部写真.jpg", MediaType: "image/jpeg", Size: 1_204_331},
				{Name: "検査一覧.docx", MediaType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Size: 23_020},
				{Name: "scan.tif", MediaType: "image/tiff", Size: 310_000},
			},
		})}
	case f.ID != chuo.ID:
		return nil
	}
	switch k {
	case clinical.KindPhysicianNote:
		return []ItemDocument{document(740, "20260911", "0910", clinical.Text{
			Title: "経過記録", Type: coded("LN", "11506-3", "経過記録"), Authors: doctor, Written: "202609110910",
			Sections: []clinical.Section{
				{Heading: "S", Blocks: []clinical.TextBlock{{Paragraph: "息切れは楽になった。夜は横になって眠れた。\n食事は7割。"}}},
				{Heading: "O", Blocks: []clinical.TextBlock{
					{Paragraph: "体重 57.8kg(前日比 -0.4kg)。下腿浮腫は軽減。ラ音は両側下肺野にわずか。"},
					{Table: [][]string{{"項目", "9/10", "9/11"}, {"BNP", "412", "286"}, {"クレアチニン", "1.02", "1.05"}}, Head: true},
				}},
				{Heading: "A", Blocks: []clinical.TextBlock{{Paragraph: "うっ血性心不全は改善傾向。肺炎の合併は否定的。"}}},
				{Heading: "P", Blocks: []clinical.TextBlock{{List: []string{"フロセミド注を内服へ切り替え", "明日 胸部X線", "家族へ病状説明(9/12 14時)"}}}},
			},
		})}
	case clinical.KindNursingNote:
		return []ItemDocument{document(741, "20260911", "2100", clinical.Text{
			Title: "看護経過記録", Authors: []clinical.Staff{{Name: "架空 看護師"}}, Written: "202609112100",
			Sections: []clinical.Section{{Blocks: []clinical.TextBlock{{Paragraph: "18時 夕食8割摂取。むせ込みなし。\n20時半 SpO2 95%(room air)。「息は楽です」と話される。\n21時 消灯。"}}}},
		})}
	case clinical.KindSummary:
		return []ItemDocument{document(742, "20260925", "1500", clinical.Text{
			Title: "退院時サマリー", Type: coded("LN", "18842-5", "退院時要約"), Authors: doctor, Written: "202609251500",
			Sections: []clinical.Section{
				{Heading: "診断", Blocks: []clinical.TextBlock{{List: []string{"うっ血性心不全", "高血圧症", "2型糖尿病"}}}},
				{Heading: "入院経過", Blocks: []clinical.TextBlock{{Paragraph: "9月8日、労作時の息切れと下腿浮腫で入院。利尿薬の静注で改善し、9月12日より内服へ切り替えた。"}}},
				{Heading: "検査", Level: 1, Blocks: []clinical.TextBlock{{Paragraph: "心エコー: LVEF 38%。"}}},
				{Heading: "退院時処方", Blocks: []clinical.TextBlock{{Table: [][]string{{"フロセミド錠40mg", "1錠", "1日1回 朝食後"}, {"エンパグリフロジン錠10mg", "1錠", "1日1回 朝食後"}}}}},
			},
		})}
	case clinical.KindReport:
		return []ItemDocument{document(743, "20260909", "1000", clinical.Text{
			Title: "CT検査レポート", Orders: []string{"A20260908001"}, Type: coded("LN", "18748-4", "画像診断報告書"), Authors: []clinical.Staff{{Name: "架空 読影医"}}, Written: "202609091000",
			Sections: []clinical.Section{
				{Heading: "所見", Blocks: []clinical.TextBlock{{Paragraph: "両側胸水を認めます。心拡大あり。\n浸潤影は指摘できません。"}}},
				{Heading: "診断", Blocks: []clinical.TextBlock{{Paragraph: "心不全に矛盾しない所見です。"}}},
			},
		})}
	}
	return nil
}

// fixtureCulture is a urine culture with one organism and three drugs.
func fixtureCulture(at clinical.Time) []clinical.LabResult {
	organism, urine := clinical.Coded{Text: "Escherichia coli"}, clinical.Coded{Text: "中間尿"}
	row := func(r clinical.LabResult) clinical.LabResult {
		r.Organism, r.Specimen, r.Collected, r.Status = &organism, &urine, at, "F"
		return r
	}
	out := []clinical.LabResult{row(clinical.LabResult{Test: &clinical.Coded{Text: "菌量"}, Value: "10^5", Unit: &clinical.Coded{Text: "CFU/mL"}})}
	for _, d := range []struct{ drug, mic, flag string }{{"アンピシリン", ">=32", "R"}, {"セファゾリン", "8", "I"}, {"レボフロキサシン", "<=0.12", "S"}} {
		out = append(out, row(clinical.LabResult{Test: &clinical.Coded{Text: d.drug}, Value: d.mic, Unit: &clinical.Coded{Text: "ug/mL"}, Flag: d.flag, Susceptibility: true}))
	}
	return out
}
