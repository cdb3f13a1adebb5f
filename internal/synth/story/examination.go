package story

import (
	"math"
	"strconv"
	"time"

	"mizuhiki.dev/mizuhiki/internal/synth/dice"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// Examination is an order of an examination or, if Performed, that it was done (放射線
// 検査・内視鏡検査・生理検査).
type Examination struct {
	master.Examination
	Reason     string
	From, To   time.Time // planned or done
	Performed  bool
	Nurse      int
	Inpatient  bool
	Where      Location
	Electrical *Electrical // what an ECG measured, if performed
}

// Electrical is what an ECG measures, in milliseconds but for the rate.
type Electrical struct {
	Rate, PQ, QRS, QT, QTc int // PQ is 0 where there is no P wave
	Says                   []string
}

// Diet is an order of meals from a meal on (食事).
type Diet struct {
	master.Diet
	From  time.Time
	Where Location
	Note  string
}

// Culture is what a laboratory grew out of a specimen (細菌検査結果).
type Culture struct {
	Collected time.Time
	Specimen  master.Code
	Organisms []master.Organism
	Inpatient bool
}

// Attending is that another doctor has charge of an inpatient (担当医変更).
type Attending struct {
	At         time.Time
	Department master.Department
	Doctor     int
	Where      Location
	Admitted   time.Time
}

func (Examination) content() {}
func (Diet) content()        {}
func (Culture) content()     {}

// furtherOrders is where order numbers of examinations, diets and cultures begin.
// They are apart so that the numbers of drugs and blood tests stay.
const furtherOrders = 7000

func (ch *chart) furtherOrder() int {
	ch.further++
	return furtherOrders + ch.further
}

// examine adds an order of an examination and that it was done as planned.
func (ch *chart) examine(e Entry, x Examination, planned time.Time) {
	e.Order = ch.furtherOrder()
	x.From, x.To = planned, planned.Add(time.Duration(x.Minutes)*time.Minute)
	e.Says = x
	ch.add(e)
	x.From, x.To = x.From.Add(4*time.Minute), x.To.Add(4*time.Minute)
	x.Performed, x.Nurse = true, int(DayOf(dateOf(planned)))%4
	if x.Examination == master.ECG {
		x.Electrical = ch.c.electrical(DayOf(dateOf(planned)))
	}
	e.At, e.Says = x.To.Add(9*time.Minute), x
	ch.add(e)
}

// electrical is the person's ECG on a day: theirs for life, but for the rate.
func (c *Case) electrical(on Day) *Electrical {
	own, now := c.dice("ECG"), c.dice("ECG", strconv.Itoa(int(on)))
	e := &Electrical{Rate: now.Between(58, 88), PQ: own.Between(142, 196), QRS: own.Between(84, 108), QTc: own.Between(392, 438)}
	e.Says = []string{"洞調律", "正常範囲"}
	if c.fibrillates {
		e.Rate, e.PQ, e.Says = now.Between(74, 118), 0, []string{"心房細動"}
	}
	if c.strained {
		e.Says = append(e.Says[:1:1], "左室肥大の疑い", "非特異的ST-T変化")
	}
	e.QT = bazett(e.QTc, e.Rate)
	return e
}

// bazett gives QT for a corrected QT at a rate: QTc is QT over the root of the seconds
// between two beats.
func bazett(corrected, rate int) int {
	return int(round(float64(corrected)*math.Sqrt(60/float64(rate)), 0))
}

// routineOf lists what a stay in a department begins with, by day.
func routineOf(d master.Department) map[int][]master.Examination {
	switch d {
	case master.Cardiology, master.Internal, master.Respiratory:
		return map[int][]master.Examination{0: {master.ChestXray, master.ECG}, 1: {master.ChestCT}, 5: {master.ChestXray}}
	case master.Neurosurg:
		return map[int][]master.Examination{0: {master.HeadCT, master.ECG}, 1: {master.HeadCT}}
	case master.Orthopedics:
		return map[int][]master.Examination{0: {master.HipXray, master.ECG}, 3: {master.HipXray}}
	case master.Surgery:
		return map[int][]master.Examination{0: {master.ChestXray, master.ECG}, 1: {master.AbdomenCT}}
	}
	return map[int][]master.Examination{0: {master.ChestXray}}
}

// reasons are why departments ask, in a few words each.
var reasons = map[string][]string{
	master.Internal.Code:    {"肺炎の評価", "浸潤影の経過観察"},
	master.Respiratory.Code: {"呼吸困難の精査", "浸潤影の経過観察"},
	master.Cardiology.Code:  {"心不全の評価", "胸水・肺うっ血の経過観察"},
	master.Neurosurg.Code:   {"意識障害の精査", "入院後の経過観察"},
	master.Orthopedics.Code: {"転倒後の疼痛", "術後の確認"},
	master.Surgery.Code:     {"術前精査", "術前検査"},
}

func reasonOf(d master.Department, roll dice.Dice) string {
	list := reasons[d.Code]
	if len(list) == 0 {
		return "入院時検査"
	}
	return dice.Pick(roll, list)
}

// examineDaily adds the routine of a day of the stay.
func (s *stay) examineDaily(day Day) {
	for i, x := range routineOf(s.dept)[int(day-s.from)] {
		if day >= s.to {
			continue
		}
		planned := day.At(14, 10+20*i)
		ordered := day.At(8, 40+i)
		if day == s.from {
			ordered = s.admission().Add(time.Duration(12+i) * time.Minute)
			planned = s.admission().Add(time.Duration(30+20*i) * time.Minute)
		}
		what := Examination{Examination: x, Reason: reasonOf(s.dept, s.c.dice("reason", strconv.Itoa(int(day)), x.Order.Code)), Inpatient: true, Where: s.where(day)}
		s.examine(Entry{At: ordered, Department: s.dept, Doctor: s.doctorOn(day)}, what, planned)
	}
}

// meals are what somebody eats in a department, by day from admission.
func (s *stay) meals() map[int]master.Diet {
	switch {
	case s.dept == master.Surgery:
		return map[int]master.Diet{0: master.SoftDiet, 1: master.Fasting, 3: master.LiquidDiet, 5: master.RiceGruel, 7: master.RegularDiet}
	case s.diabetic():
		return map[int]master.Diet{0: master.DiabeticDiet}
	case s.dept == master.Cardiology:
		return map[int]master.Diet{0: master.LowSaltDiet}
	case s.dept == master.Internal, s.dept == master.Neurosurg:
		return map[int]master.Diet{0: master.RiceGruel, 3: master.SoftDiet, 6: master.RegularDiet}
	}
	return map[int]master.Diet{0: master.RegularDiet}
}

func (s *stay) diabetic() bool {
	for _, p := range s.problems {
		if p.Disease == master.Diabetes2 && p.From <= s.from {
			return true
		}
	}
	return false
}

// feed orders the meals of a day, from supper on that of admission, else from lunch.
func (s *stay) feed(day Day) {
	d, ordered := s.meals()[int(day-s.from)]
	if !ordered || day >= s.to {
		return
	}
	diet := Diet{Diet: d, From: day.At(12, 0), Where: s.where(day)}
	at := day.At(9, 30)
	if day == s.from {
		at, diet.From = s.admission().Add(25*time.Minute), day.At(18, 0)
	}
	if s.c.Age(day) >= 85 && d != master.Fasting && d != master.LiquidDiet {
		diet.Note = "きざみ食、とろみ付き"
	}
	s.add(Entry{At: at, Department: s.dept, Doctor: s.doctorOn(day), Order: s.furtherOrder(), Says: diet})
}

// attends lets another doctor of the department have charge from a day on.
func (s *stay) attends(day Day, doctor int) {
	s.changed = append(s.changed, attendance{day, doctor})
}

// attendance is who has charge of an inpatient from a day on.
type attendance struct {
	from   Day
	doctor int
}

func (s *stay) doctorOn(day Day) int {
	doctor := s.doctor
	for _, a := range s.changed {
		if a.from <= day {
			doctor = a.doctor
		}
	}
	return doctor
}

// grows adds what a culture of a specimen of the day showed, three days later.
func (s *stay) grows(day Day, specimen master.Code, found ...master.Organism) {
	collected := day.At(15, 40)
	if early := s.admission().Add(45 * time.Minute); collected.Before(early) {
		collected = early
	}
	s.add(Entry{
		At: (day + 3).At(15, 20), Department: s.dept, Doctor: s.doctorOn(day + 3), Order: s.furtherOrder(),
		Says: Culture{Collected: collected, Specimen: specimen, Organisms: found, Inpatient: true},
	})
}

// examined has an examination done at the visit on or after the day.
func (o *outpatient) examined(day Day, x master.Examination, reason string) {
	o.looks = append(o.looks, look{day, x, reason})
}

// look is an examination of an outpatient.
type look struct {
	from   Day
	x      master.Examination
	reason string
}

func (v visit) examine(done map[int]bool) {
	for i, l := range v.looks {
		if done[i] || l.from > v.on {
			continue
		}
		done[i] = true
		what := Examination{Examination: l.x, Reason: l.reason}
		v.outpatient.examine(Entry{At: v.at(8), Department: v.dept, Doctor: v.doctor}, what, v.at(35))
	}
}
