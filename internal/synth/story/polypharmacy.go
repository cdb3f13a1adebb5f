package story

import (
	m "mizuhiki.dev/mizuhiki/internal/synth/master"
)

// Polypharmacy tells of somebody old who is well looked after at four places, each of
// which adds its drugs (多剤併用): three hospitals and a clinic without a storage give two
// pain killers, three acid blockers and three sleeping drugs at once. There are falls,
// the kidneys give way, and at General a pharmacist takes the list apart. It is deep
// whatever the teller says.
func Polypharmacy(of Teller) []Chart {
	c := newCase(of.Seed, of.Sex, of.Birth, of.Today, true)
	t := polyTimes{of.Today}
	c.polyCourse(t)
	c.away(t.fall(), t.end())
	c.polyGeneral(t)
	c.polyValley(t)
	c.polyUpland(t)
	c.allergic(Upland, Allergy{Allergen: m.Allergens()[6], Severity: m.Severities()[2], Reaction: "呼吸困難", Since: t.start().months(-400)})
	return c.finish()
}

// polyTimes names the turning points.
type polyTimes struct{ today Day }

func (t polyTimes) start() Day     { return t.today.months(-66) }
func (t polyTimes) thiazide() Day  { return t.today.months(-38) }
func (t polyTimes) firstFall() Day { return t.today.months(-30) } // the wrist
func (t polyTimes) pain() Day      { return t.today.months(-20) } // a second pain killer
func (t polyTimes) fall() Day      { return t.today.months(-12) } // the spine; admission at General
func (t polyTimes) end() Day       { return t.fall() + 16 }       // the list is short

func (c *Case) polyCourse(t polyTimes) {
	s, f, e := t.start(), t.fall(), t.end()
	c.follows(m.Cr, knot{s, 0.74}, knot{t.thiazide(), 0.82}, knot{t.pain(), 0.9}, knot{f - 90, 1.18}, knot{f, 1.52}, knot{f + 8, 1.2}, knot{e + 60, 1.0}, knot{t.today, 0.96})
	c.follows(m.Na, knot{s, 141}, knot{t.thiazide(), 140}, knot{t.thiazide() + 90, 135}, knot{f - 60, 133}, knot{f, 127}, knot{f + 9, 136}, knot{e + 60, 139})
	c.follows(m.K, knot{s, 4.3}, knot{t.thiazide(), 4.4}, knot{t.thiazide() + 60, 3.7}, knot{f - 40, 4.1}, knot{f, 5.2}, knot{f + 6, 4.3}, knot{t.today, 4.2})
	c.follows(m.Hb, knot{s, 12.6}, knot{t.pain(), 12.1}, knot{f, 10.4}, knot{e + 120, 11.7}, knot{t.today, 12.0})
	c.follows(m.UA, knot{s, 4.6}, knot{t.thiazide() + 90, 6.2}, knot{f, 7.4}, knot{e + 60, 5.1})
	c.follows(m.CK, knot{f - 5, 90}, knot{f, 640}, knot{f + 6, 140}, knot{f + 20, 90})
	c.follows(m.CRP, knot{f - 5, 0.1}, knot{f, 0.9}, knot{f + 10, 0.2}, knot{f + 30, 0.1})
	c.follows(m.Alb, knot{s, 4.2}, knot{f, 3.4}, knot{e + 120, 3.8})
	c.follows(m.Mg, knot{s, 2.1}, knot{t.pain(), 2.4}, knot{f, 3.1}, knot{f + 10, 2.4}, knot{e + 60, 2.2})
	c.follows(m.LDL, knot{s, 134}, knot{s + 100, 96}, knot{t.today, 102})
	c.follows(m.VitaminD, knot{s, 14}, knot{t.today, 21})
	c.follows(m.TRACP5b, knot{t.firstFall(), 610}, knot{t.firstFall() + 180, 330}, knot{t.today, 300})
}

// polyGeneral: blood pressure, stomach, and at the end the list taken apart.
func (c *Case) polyGeneral(t polyTimes) {
	s, f, e := t.start(), t.fall(), t.end()
	o := c.outpatient(General, m.Cardiology)
	o.comes(s, t.today+60, 42)
	o.tested(2, m.CountSet, m.BasicSet)
	o.tested(6, m.LipidSet, m.UrineSet)
	o.testedOn(e+10, m.CountSet, m.BasicSet, []m.Test{m.Mg})
	o.takes(m.Amlodipine5, 1, m.AfterBreakfast, s, f)
	o.takes(m.Amlodipine2, 1, m.AfterBreakfast, f, forever)
	o.takes(m.Olmesartan20, 1, m.AfterBreakfast, s+120, f)
	o.takes(m.Trichlormethiazide1, 1, m.AfterBreakfast, t.thiazide(), f)
	o.takes(m.Doxazosin2, 1, m.AtBedtime, t.thiazide()+200, f)
	o.takes(m.Lansoprazole15, 1, m.AfterBreakfast, s, e+60)
	o.takes(m.Atorvastatin10, 1, m.AfterSupper, s, forever)
	o.takes(m.MagnesiumOxide330, 2, m.AfterMeals, s+300, f)
	o.takes(m.MagnesiumOxide330, 1, m.MorningEvening, f, forever)

	y := o.admitted(f, 16, "3西")
	y.infused(saline, f, f+5, 15)
	y.infused(acetaminophen, f, f+2, 16)
	y.takes(m.Acetaminophen500, 1, m.AfterMeals, f+2, f+16)
	y.takes(m.Lemborexant5, 0.5, m.AtBedtime, f+4, f+16)
	y.tested(daysOf(0), m.DiffSet, m.BasicSet, m.AdmittedSet, []m.Test{m.CK, m.Ca, m.Mg, m.Glucose})
	y.tested(daysOf(1, 2, 3, 4, 6, 8, 12, 15), m.CountSet, m.RenalSet)
	y.brings(c.polyHomeDrugs()...)

	o.problem(Problem{Disease: m.Hypertension, From: s.months(-120), Main: true})
	o.problem(Problem{Disease: m.Hyperlipidaemia, From: s})
	o.problem(Problem{Disease: m.Reflux, From: s, To: e + 60, Outcome: m.Stopped})
	o.problem(Problem{Disease: m.Constipation, From: s + 300})
	o.problem(Problem{Disease: m.SpineFracture, From: f})
	o.problem(Problem{Disease: m.AcuteKidney, From: f, To: e, Outcome: m.Remission})
	o.problem(Problem{Disease: m.Hyponatraemia, From: f, To: e, Outcome: m.Remission})
	o.write()
}

// polyHomeDrugs is what lay in the bag brought along: of all four places.
func (c *Case) polyHomeDrugs() []drugCourse {
	return []drugCourse{
		{drug: m.Amlodipine5, dose: 1, usage: m.AfterBreakfast},
		{drug: m.Olmesartan20, dose: 1, usage: m.AfterBreakfast},
		{drug: m.Trichlormethiazide1, dose: 1, usage: m.AfterBreakfast},
		{drug: m.Doxazosin2, dose: 1, usage: m.AtBedtime},
		{drug: m.Lansoprazole15, dose: 1, usage: m.AfterBreakfast},
		{drug: m.Atorvastatin10, dose: 1, usage: m.AfterSupper},
		{drug: m.MagnesiumOxide330, dose: 2, usage: m.AfterMeals},
		{drug: m.Celecoxib100, dose: 1, usage: m.MorningEvening, note: "他院整形外科より"},
		{drug: m.Esomeprazole20, dose: 1, usage: m.AfterBreakfast, note: "他院整形外科より"},
		{drug: m.Pregabalin75, dose: 1, usage: m.MorningEvening, note: "他院整形外科より"},
		{drug: m.Etizolam05, dose: 1, usage: m.AfterMeals, note: "他院精神科より"},
		{drug: m.Brotizolam025, dose: 1, usage: m.AtBedtime, note: "他院精神科より"},
		{drug: m.Zolpidem5, dose: 1, usage: m.AtBedtime, note: "診療所より"},
		{drug: m.Loxoprofen60, dose: 1, usage: m.AfterMeals, note: "診療所より"},
		{drug: m.Rabeprazole10, dose: 1, usage: m.AfterSupper, note: "診療所より"},
		{drug: m.Bifidobacterium, dose: 1, usage: m.AfterMeals, note: "診療所より"},
	}
}

// polyValley: knees, bones and pain.
func (c *Case) polyValley(t polyTimes) {
	s, f := t.start()+150, t.fall()
	o := c.outpatient(Valley, m.Orthopedics)
	o.comes(s, t.today+60, 56)
	o.tested(6, m.CountSet, m.RenalSet, []m.Test{m.ALP})
	o.testedOn(t.firstFall()+30, []m.Test{m.TRACP5b, m.VitaminD, m.Ca, m.IP})
	o.testedOn(t.firstFall()+200, []m.Test{m.TRACP5b, m.Ca, m.IP})
	o.takes(m.Celecoxib100, 1, m.MorningEvening, s, f)
	o.takes(m.Esomeprazole20, 1, m.AfterBreakfast, s, f)
	o.takes(m.Pregabalin75, 1, m.MorningEvening, t.pain(), f)
	o.takes(m.Acetaminophen500, 1, m.AfterMeals, f, forever)
	o.takes(m.Alendronate35, 1, m.RisingWeekly, t.firstFall(), forever)
	o.takes(m.Eldecalcitol075, 1, m.AfterBreakfast, t.firstFall(), forever)
	o.gets(m.LoxoprofenTape, 0, 56, m.PatchDaily, s, forever)
	o.problem(Problem{Disease: m.KneeArthrosis, From: s, Prefix: []m.Code{m.Right}, Main: true})
	o.problem(Problem{Disease: m.WristFracture, From: t.firstFall(), To: t.firstFall() + 90, Outcome: m.Remission, Prefix: []m.Code{m.Left}})
	o.problem(Problem{Disease: m.Osteoporosis, From: t.firstFall()})
	o.problem(Problem{Disease: m.LumbarStenosis, From: t.pain()})
	o.write()
}

// polyUpland: sleep and fear.
func (c *Case) polyUpland(t polyTimes) {
	s, e := t.start()+400, t.end()
	o := c.outpatient(Upland, m.Psychiatry)
	o.comes(s, t.today+60, 35)
	o.tested(10, m.CountSet, m.LiverSet)
	o.takes(m.Etizolam05, 1, m.AfterMeals, s, e)
	o.takes(m.Etizolam05, 0.5, m.MorningEvening, e, e+70)
	o.takes(m.Brotizolam025, 1, m.AtBedtime, s+90, e)
	o.takes(m.Brotizolam025, 0.5, m.AtBedtime, e, e+70)
	o.takes(m.Lemborexant5, 1, m.AtBedtime, e, forever)
	o.gets(m.Sennoside12, 2, 10, m.WhenConstipated, s, e)
	o.problem(Problem{Disease: m.Insomnia, From: s, Main: true})
	o.problem(Problem{Disease: m.AnxietyState, From: s})
	o.problem(Problem{Disease: m.HeadContusion, From: t.firstFall(), To: t.firstFall() + 30, Outcome: m.Remission, Suspected: true})
	o.write()
}
