package document

import (
	"fmt"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/synth/dice"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// notesKept is how many of the latest visits have notes.
const notesKept = 6

// stay writes what a stay leaves behind. The first summary of a patient was corrected
// once, and a referral was written twice by mistake and taken back.
func (a *author) stay(s stay) {
	l := a.summary(s)
	key := a.next()
	if key == 1 {
		first := l
		first.at, first.on, first.parts = l.at.Add(-26*time.Hour), l.at, l.parts[:1]
		if first.at.After(s.out.At) {
			a.put(first, asCDA, ssmix2.Superseded, key)
		}
	}
	a.put(l, asCDA, ssmix2.Current, key)

	r := a.referral(s)
	a.put(r, asCDA, ssmix2.Current, a.next())
	if key == 1 {
		r.at = r.at.Add(4 * time.Minute)
		a.put(r, asCDA, ssmix2.Deleted, a.next())
	}
	a.put(a.image(s), a.report(), ssmix2.Current, a.next())
	for n := range 3 {
		if at := s.in.At.AddDate(0, 0, n); at.Before(s.out.At) {
			a.put(a.nursing(s, at, n), a.note(), ssmix2.Current, a.next())
		}
	}
	a.vitals(s)
}

func (a *author) summary(s stay) letter {
	_, why := a.reason(s)
	out := s.out.At
	l := letter{kind: summary, at: at(out.AddDate(0, 0, 3), 16, 20), department: s.out.Department, by: a.doctor(s.out), title: "退院時サマリー"}
	l.parts = append(l.parts, part{heading: "入院期間", words: []string{fmt.Sprintf("%s 〜 %s（%s、%s病棟）", inWords(s.in.At), inWords(out), s.in.Department.Name, s.where.Ward)}})
	if names := problemNames(a.problems(out), 8); len(names) > 0 {
		l.parts = append(l.parts, part{heading: "診断名", list: names})
	}
	course := part{heading: "入院後経過", words: []string{
		fmt.Sprintf("%sのため%sに入院。%s", why, inWords(s.in.At), a.treatment(s)),
		fmt.Sprintf("症状は軽快し、食事・歩行とも安定したため%sに退院とした。", inWords(out)),
	}}
	l.parts = append(l.parts, course)
	if table := a.course(s); len(table) > 1 {
		l.parts = append(l.parts, part{heading: "検査所見", table: table})
	}
	if drugs := prescribed(append(s.entries, after(a.c.Entries, s)...), func(c story.Category) bool { return c == story.AtLeaving }); len(drugs) > 0 {
		l.parts = append(l.parts, part{heading: "退院時処方", list: drugs})
	}
	l.parts = append(l.parts, part{heading: "退院後の方針", words: []string{"かかりつけ医での継続加療をお願いする。体重増加、発熱、食欲低下などがあれば早めの受診を指導した。"}})
	return l
}

// after gives what was ordered on the day of discharge behind it.
func after(all []story.Entry, s stay) []story.Entry {
	var out []story.Entry
	for _, e := range all {
		if d := e.At.Sub(s.out.At); d >= 0 && d < 12*time.Hour {
			out = append(out, e)
		}
	}
	return out
}

// treatment says in words what was infused.
func (a *author) treatment(s stay) string {
	var names []string
	for _, e := range s.entries {
		i, ok := e.Says.(story.Injection)
		if !ok || e.Cancelled || !i.Performed {
			continue
		}
		for _, d := range i.Doses {
			if name := d.Drug.Name; len(names) < 3 && !strings.Contains(strings.Join(names, "、"), name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return "安静と内服調整により加療した。"
	}
	return strings.Join(names, "、") + "の投与を行い、内服を調整した。"
}

func (a *author) referral(s stay) letter {
	_, why := a.reason(s)
	l := letter{kind: referral, at: at(s.out.At, 11, 35), department: s.out.Department, by: a.doctor(s.out), title: "診療情報提供書"}
	l.parts = []part{
		{heading: "紹介目的", words: []string{"退院後の継続加療のお願い"}},
		{heading: "傷病名", list: problemNames(a.problems(s.out.At), 8)},
		{heading: "病状経過", words: []string{fmt.Sprintf("平素より大変お世話になっております。%sのため%sより当院に入院されていましたが、経過良好にて%sに退院となりました。", why, inWords(s.in.At), inWords(s.out.At)),
			"今後の加療につき、ご高診のほどよろしくお願い申し上げます。"}},
	}
	drugs := prescribed(append(s.entries, after(a.c.Entries, s)...), func(c story.Category) bool { return c == story.AtLeaving })
	if len(drugs) > 0 {
		l.parts = append(l.parts, part{heading: "現在の処方", list: drugs})
	}
	return l
}

// image is the chest film of the admission.
func (a *author) image(s stay) letter {
	disease, _ := a.reason(s)
	finding, impression := "心拡大なし（CTR 47%）。両側肺野に活動性病変を認めない。胸水なし。", "胸部に特記すべき所見なし。"
	switch {
	case strings.HasPrefix(disease.ICD10, "I50"):
		finding, impression = "心拡大あり（CTR 58%）。両側肺門部血管影の増強と両側少量胸水を認める。", "うっ血性心不全として矛盾しない所見。"
	case strings.HasPrefix(disease.ICD10, "J1"):
		finding, impression = "右下肺野に浸潤影を認める。胸水は目立たない。心拡大なし（CTR 49%）。", "右下葉の肺炎を疑う。"
	}
	return letter{kind: imaging, at: at(s.in.At, 15, 40).Add(time.Hour * 24), department: s.in.Department, by: a.doctor(s.in), title: "胸部X線検査報告書", parts: []part{
		{heading: "検査", words: []string{"胸部単純X線 正面（" + inWords(s.in.At) + "撮影）"}},
		{heading: "所見", words: []string{finding}},
		{heading: "診断", words: []string{impression}},
	}}
}

var nursingWords = [...]string{
	"病棟オリエンテーション実施。入院生活に不安の訴えあるが表情は穏やか。転倒リスクあり、離床センサー設置。ナースコール使用方法を説明し理解得られる。",
	"夜間良眠。疼痛の訴えなし。点滴刺入部に発赤・腫脹なし。食事は7割摂取。トイレ歩行時ふらつきなし。",
	"清拭・更衣介助。自覚症状は改善してきたと話される。排便1回あり。内服は自己管理へ移行を検討。",
}

func (a *author) nursing(s stay, day time.Time, n int) letter {
	d := a.dice(day, "nursing")
	when := at(day, 19, d.Between(0, 59))
	return letter{kind: nursingNote, at: when, department: s.in.Department, by: a.Nurses[d.IntN(len(a.Nurses))], title: "看護記録", parts: []part{
		{heading: "観察", words: []string{a.measured(s, at(day, 18, 0)).words()}},
		{heading: "経過", words: []string{nursingWords[n%len(nursingWords)]}},
	}}
}

var complaints = []string{
	"体調は変わりない。食事は摂れている。よく眠れる。",
	"特に困っていることはない。薬は忘れず飲めている。",
	"ここ数日少し疲れやすいが、日常生活に支障はない。",
	"家で測る血圧は落ち着いている。むくみは気にならない。",
}

// notes writes of the latest visits.
func (a *author) notes() {
	var visits []story.Entry
	for _, e := range a.c.Entries {
		if _, ok := e.Says.(story.Reception); ok && !e.Cancelled {
			visits = append(visits, e)
		}
	}
	for _, v := range visits[max(0, len(visits)-notesKept):] {
		a.put(a.progress(v), a.note(), ssmix2.Current, a.next())
	}
}

func (a *author) progress(v story.Entry) letter {
	var sameDay []story.Entry
	for _, e := range a.c.Entries {
		if e.At.Format(time.DateOnly) == v.At.Format(time.DateOnly) {
			sameDay = append(sameDay, e)
		}
	}
	d := a.dice(v.At, "progress")
	objective := part{heading: "O", words: []string{fmt.Sprintf("血圧 %d/%d mmHg、脈拍 %d/分 整。", d.Between(112, 146), d.Between(62, 84), d.Between(58, 86))}}
	for _, r := range reports(sameDay) {
		for _, v := range r.Results {
			if m := a.mark(v); m != "" && len(objective.list) < 8 {
				objective.list = append(objective.list, v.Test.Name+" "+a.value(v)+" "+m)
			}
		}
	}
	plan := part{heading: "P", words: []string{"現行治療を継続。次回受診時に採血予定。"}}
	if drugs := prescribed(sameDay, func(story.Category) bool { return true }); len(drugs) > 0 {
		plan = part{heading: "P", words: []string{"下記を処方。"}, list: drugs}
	}
	return letter{kind: progressNote, at: v.At.Add(35 * time.Minute), department: v.Department, by: a.doctor(v), title: "外来経過記録", parts: []part{
		{heading: "S", words: []string{dice.Pick(d, complaints)}},
		objective,
		{heading: "A", list: problemNames(a.problems(v.At), 5)},
		plan,
	}}
}

// checkup writes a health check with the latest results that the chart has, of one
// patient in four.
func (a *author) checkup() {
	all := reports(a.c.Entries)
	if a.Form != Pages || len(all) == 0 || a.p.Serial%4 != 1 {
		return
	}
	last := all[len(all)-1]
	table := [][]string{{"項目", "結果", "基準範囲", "判定"}}
	for _, r := range last.Results {
		i := r.Test.Range(a.p.Sex)
		interval := ""
		if i.High > 0 && !r.Test.Qualitative() {
			interval = fmt.Sprintf("%.*f-%.*f", r.Test.Decimals, i.Low, r.Test.Decimals, i.High)
		}
		verdict := "A"
		if a.mark(r) != "" {
			verdict = "C"
		}
		table = append(table, []string{r.Test.Name, a.value(r), interval, verdict})
	}
	e := a.c.Entries[len(a.c.Entries)-1]
	a.put(letter{kind: checkup, at: at(last.Collected, 17, 5), department: e.Department, by: a.doctor(e), title: "健康診断結果票", parts: []part{
		{heading: "検査結果", table: table},
		{heading: "総合判定", words: []string{"判定Cの項目は医療機関での経過観察を続けてください。"}},
	}}, asHTML, ssmix2.Current, a.next())
}

// at gives an instant of the day of t.
func at(t time.Time, hour, minute int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), hour, minute, 0, 0, t.Location())
}
