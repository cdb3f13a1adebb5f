package story

import (
	m "mizuhiki.dev/mizuhiki/internal/synth/master"
)

// HeartFailure tells six years of somebody with diabetes whose heart and kidneys fail
// (慢性心不全・慢性腎臓病・2型糖尿病): how one drug for the heart costs potassium, the next
// one gives it back, and a pain killer from another hospital, of which the first knows
// nothing, ends in a second admission at a third. It is deep whatever the teller says.
func HeartFailure(of Teller) []Chart {
	c := newCase(of.Seed, of.Sex, of.Birth, of.Today, true)
	c.strained = true
	t := heartTimes{today: of.Today}
	c.heartCourse(t)
	c.away(t.second(), t.secondEnd())
	general := c.heartClinic(t)
	c.heartFirstStay(general, t)
	general.write()
	c.heartEyesAndKnees(t)
	c.heartSecondStay(t)
	// One hospital knows the allergy, one has asked and was told of none, and the
	// third never asked.
	c.allergic(General, Allergy{Allergen: m.Allergens()[0], Severity: m.Severities()[1], Reaction: "湿疹", Since: t.start().months(-240)})
	c.allergic(Valley)
	return c.finish()
}

// heartTimes names the turning points.
type heartTimes struct{ today Day }

func (t heartTimes) start() Day     { return t.today.months(-72) }
func (t heartTimes) oedema() Day    { return t.today.months(-58) }
func (t heartTimes) first() Day     { return t.today.months(-50) } // admission at General
func (t heartTimes) firstEnd() Day  { return t.first() + 18 }
func (t heartTimes) arni() Day      { return t.today.months(-40) }
func (t heartTimes) highK() Day     { return t.today.months(-26) }
func (t heartTimes) anaemia() Day   { return t.today.months(-16) }
func (t heartTimes) knee() Day      { return t.second() - 24 } // the pain killer from Valley
func (t heartTimes) second() Day    { return t.today.months(-10) }
func (t heartTimes) secondEnd() Day { return t.second() + 14 } // discharge from Upland

// heartCourse lays down what the laboratories will find.
func (c *Case) heartCourse(t heartTimes) {
	s, f, e, a, n := t.start(), t.first(), t.firstEnd(), t.arni(), t.second()
	c.follows(m.NTproBN, knot{s, 380}, knot{t.oedema(), 1450}, knot{t.oedema() + 60, 980}, knot{f - 40, 2100}, knot{f, 8640},
		knot{f + 5, 5100}, knot{e, 2150}, knot{a, 1720}, knot{a + 120, 940}, knot{n - 40, 1180}, knot{n, 7900}, knot{n + 14, 3100}, knot{t.today - 30, 1640})
	c.follows(m.BNP, knot{s, 62}, knot{t.oedema(), 320}, knot{a, 290}, knot{a + 120, 330}, knot{n, 784}, knot{n + 7, 420}, knot{n + 14, 236}, knot{t.today, 310})
	c.follows(m.Cr, knot{s, 0.98}, knot{t.oedema(), 1.14}, knot{f - 20, 1.32}, knot{f + 4, 1.58}, knot{e, 1.41}, knot{a, 1.48}, knot{a + 60, 1.57},
		knot{t.highK(), 1.66}, knot{t.anaemia(), 1.84}, knot{t.knee(), 1.9}, knot{n, 2.78}, knot{n + 14, 2.12}, knot{t.today, 1.98})
	c.follows(m.K, knot{s, 4.4}, knot{t.oedema(), 4.5}, knot{t.oedema() + 45, 3.9}, knot{f, 4.1}, knot{f + 5, 3.2}, knot{e, 4.2}, knot{a, 4.5},
		knot{a + 90, 4.9}, knot{t.highK() - 30, 5.1}, knot{t.highK(), 5.7}, knot{t.highK() + 36, 5.6}, knot{t.highK() + 72, 4.7}, knot{t.knee(), 4.8}, knot{n, 5.8}, knot{n + 6, 4.1}, knot{n + 14, 4.3}, knot{t.today, 4.7})
	c.follows(m.Na, knot{s, 140}, knot{f, 134}, knot{e, 138}, knot{n - 30, 138}, knot{n, 130}, knot{n + 14, 138}, knot{t.today, 139})
	c.follows(m.HbA1c, knot{s, 7.8}, knot{t.oedema(), 8.2}, knot{f, 8.1}, knot{e + 120, 7.2}, knot{a + 200, 7.0}, knot{t.today, 6.9})
	c.follows(m.Glucose, knot{s, 164}, knot{f, 188}, knot{e + 120, 142}, knot{t.today, 131})
	c.follows(m.Hb, knot{s, 13.6}, knot{f, 12.1}, knot{e + 150, 13.1}, knot{t.highK(), 12.2}, knot{t.anaemia(), 9.8}, knot{t.anaemia() + 150, 11.4}, knot{n, 10.6}, knot{t.today, 11.3})
	c.follows(m.Ferritin, knot{s, 96}, knot{t.anaemia(), 22}, knot{t.anaemia() + 150, 88})
	c.follows(m.CRP, knot{s, 0.1}, knot{f - 3, 0.3}, knot{f, 1.4}, knot{f + 10, 0.2}, knot{n - 6, 0.2}, knot{n, 12.4}, knot{n + 5, 4.6}, knot{n + 14, 0.7}, knot{n + 40, 0.1})
	c.follows(m.WBC, knot{s, 6200}, knot{n - 6, 6400}, knot{n, 13800}, knot{n + 7, 7200}, knot{n + 20, 6100})
	c.follows(m.Alb, knot{s, 4.2}, knot{f, 3.5}, knot{e + 90, 3.9}, knot{n, 3.0}, knot{n + 60, 3.6})
	c.follows(m.UAlbCr, knot{s, 85}, knot{f, 240}, knot{e + 200, 160}, knot{t.today, 310})
	c.follows(m.UProtein, knot{s, 1}, knot{f, 2}, knot{t.today, 3})
	c.follows(m.UGlucose, knot{s, 2}, knot{e - 1, 2}, knot{e + 1, 5}) // what an SGLT2 inhibitor does
	c.follows(m.LDL, knot{s, 128}, knot{s + 120, 92}, knot{t.today, 84})
	c.follows(m.UA, knot{s, 6.8}, knot{f, 9.1}, knot{e + 120, 6.0}, knot{t.today, 6.3})
}

// heartClinic are the visits at General, of internal medicine at first.
func (c *Case) heartClinic(t heartTimes) *outpatient {
	o := c.outpatient(General, m.Cardiology)
	o.comes(t.start(), t.oedema(), 56)
	o.comes(t.oedema(), t.today+90, 35)
	o.tested(1, m.DiffSet, m.BasicSet, m.SugarSet, []m.Test{m.NTproBN})
	o.tested(4, m.LipidSet, m.UrineSet, []m.Test{m.UAlbCr, m.CK})
	o.testedOn(t.anaemia(), m.IronSet)
	o.testedOn(t.anaemia()+100, m.IronSet)

	s, e := t.start(), t.firstEnd()
	o.takes(m.Metformin250, 1, m.MorningEvening, s, t.oedema())
	o.takes(m.Metformin500, 1, m.MorningEvening, t.oedema(), t.highK())
	o.takes(m.Metformin250, 1, m.MorningEvening, t.highK(), t.anaemia())
	o.takes(m.Sitagliptin50, 1, m.AfterBreakfast, s, t.anaemia())
	o.takes(m.Linagliptin5, 1, m.AfterBreakfast, t.anaemia(), forever)
	o.takes(m.Dapagliflozin10, 1, m.AfterBreakfast, e-2, forever)
	o.takes(m.Amlodipine5, 1, m.AfterBreakfast, s, t.first())
	o.takes(m.Enalapril5, 1, m.AfterBreakfast, s, t.arni())
	// An ACE inhibitor and its successor may not overlap: 36 hours lie between.
	o.takes(m.SacubitrilValsart50, 1, m.MorningEvening, t.arni()+2, t.arni()+70)
	o.takes(m.SacubitrilValsart100, 1, m.MorningEvening, t.arni()+70, forever)
	o.takes(m.Carvedilol2, 1, m.MorningEvening, t.oedema(), t.first())
	o.takes(m.Carvedilol10, 0.5, m.MorningEvening, t.first(), t.arni())
	o.takes(m.Carvedilol10, 1, m.MorningEvening, t.arni(), forever)
	o.takes(m.Furosemide20, 1, m.AfterBreakfast, t.oedema(), t.first())
	o.takes(m.Furosemide40, 1, m.AfterBreakfast, e-5, t.second())
	o.takes(m.Furosemide20, 1, m.AfterBreakfast, t.second(), forever)
	o.takes(m.Spironolactone25, 1, m.AfterBreakfast, t.first()+6, t.highK())
	o.takes(m.Spironolactone25, 0.5, m.AfterBreakfast, t.highK(), t.second())
	o.takes(m.Tolvaptan7, 1, m.AfterBreakfast, t.second(), forever)
	o.takes(m.Rosuvastatin2, 1, m.AfterSupper, s, forever)
	o.takes(m.Febuxostat20, 1, m.AfterBreakfast, t.first(), forever)
	o.takes(m.FerrousCitrate50, 1, m.AfterSupper, t.anaemia(), t.anaemia()+180)
	o.examined(s, m.ECG, "動悸・息切れ")
	o.examined(t.oedema(), m.ChestXray, "下腿浮腫、心拡大の有無")
	o.examined(t.oedema(), m.ECG, "心不全の評価")
	o.examined(t.anaemia(), m.Gastroscopy, "貧血の進行、消化管出血の有無")
	o.examined(t.today.months(-3), m.ECG, "経過観察")
	o.injected(darbepoetin, t.anaemia()+30, forever, 28)

	o.problem(Problem{Disease: m.Diabetes2, From: s.months(-60)})
	o.problem(Problem{Disease: m.Hypertension, From: s.months(-96)})
	o.problem(Problem{Disease: m.Hyperlipidaemia, From: s})
	o.problem(Problem{Disease: m.HeartFailure, From: t.oedema(), Main: true})
	o.problem(Problem{Disease: m.AcuteHeartFailure, From: t.first(), To: e, Outcome: m.Remission})
	o.problem(Problem{Disease: m.DiabeticKidney, From: t.arni()})
	o.problem(Problem{Disease: m.CKD, From: t.arni()})
	o.problem(Problem{Disease: m.Hyperkalaemia, From: t.highK(), To: t.highK() + 70, Outcome: m.Remission})
	o.problem(Problem{Disease: m.RenalAnaemia, From: t.anaemia()})
	return o
}

// heartFirstStay is the decompensation at General: potassium falls under the
// diuretic and comes back with spironolactone.
func (c *Case) heartFirstStay(o *outpatient, t heartTimes) {
	f := t.first()
	s := o.admitted(f, 18, "CCU")
	s.moves(f+4, "5東")
	s.attends(f+4, (o.doctor+1)%3) // the ward's own doctor
	s.attends(f+11, o.doctor)
	s.infused(furosemideTwo, f, f+3, 9, 15, 21)
	s.infused(furosemideShot, f+3, f+7, 9, 15)
	s.infused(carperitide, f, f+4, 14)
	s.infused(potassiumDrip, f+5, f+7, 10)
	s.takes(m.Azosemide30, 1, m.AfterBreakfast, f+7, f+13)
	s.tested(daysOf(0), m.DiffSet, m.BasicSet, m.SugarSet, m.AdmittedSet, []m.Test{m.NTproBN, m.TroponT, m.CK, m.Mg})
	s.tested(daysOf(1, 2, 3, 4, 5, 6, 7, 9, 11, 14), m.CountSet, m.RenalSet, []m.Test{m.CRP})
	s.tested(daysOf(5, 11, 17), m.CountSet, m.BasicSet, []m.Test{m.NTproBN})
}

// heartEyesAndKnees is Valley: the eyes twice a year, and once the knee.
func (c *Case) heartEyesAndKnees(t heartTimes) {
	eyes := c.outpatient(Valley, m.Eye)
	eyes.comes(t.today.months(-48), t.today, 150)
	eyes.tested(1, m.SugarSet)
	eyes.gets(m.HyaluronateEye, 0, 3, m.EyeFourTimes, t.today.months(-48), forever)
	eyes.problem(Problem{Disease: m.DiabeticEye, From: t.today.months(-48), Main: true})
	eyes.problem(Problem{Disease: m.Cataract, From: t.today.months(-36), Prefix: []m.Code{m.Right}})
	eyes.write()

	knee := c.outpatient(Valley, m.Orthopedics)
	knee.comes(t.knee(), t.second()+40, 60)
	knee.course(m.Loxoprofen60, 1, m.AfterMeals, t.knee(), 21)
	knee.course(m.Rebamipide100, 1, m.AfterMeals, t.knee(), 21)
	knee.gets(m.LoxoprofenTape, 0, 28, m.PatchDaily, t.knee(), t.knee()+10)
	knee.problem(Problem{Disease: m.KneeArthrosis, From: t.knee(), Prefix: []m.Code{m.Left}})
	knee.write()
}

// heartSecondStay is Upland, where the ambulance goes: pneumonia on top of
// kidneys that a pain killer has hurt.
func (c *Case) heartSecondStay(t heartTimes) {
	n := t.second()
	o := c.outpatient(Upland, m.Internal)
	o.comes(n-200, n-190, 30) // a cold in the summer before: the hospital knows the patient
	o.course(m.Carbocisteine500, 1, m.AfterMeals, n-200, 5)
	o.testedOn(n-200, m.CountSet, []m.Test{m.CRP, m.BNP})
	s := o.admitted(n, 14, "2病棟")
	s.infused(ceftriaxone, n, n+7, 16)
	s.infused(furosemideTwo, n, n+4, 9, 17)
	s.infused(furosemideShot, n+4, n+7, 9)
	s.infused(saline, n, n+2, 15)
	s.takes(m.Tolvaptan7, 1, m.AfterBreakfast, n+2, n+14)
	s.takes(m.ZirconiumSilicate5, 1, m.AfterBreakfast, n, n+3)
	s.takes(m.Carvedilol10, 1, m.MorningEvening, n+1, n+14)
	s.takes(m.Dapagliflozin10, 1, m.AfterBreakfast, n+7, n+14)
	s.brings(
		drugCourse{drug: m.SacubitrilValsart100, dose: 1, usage: m.MorningEvening},
		drugCourse{drug: m.Carvedilol10, dose: 1, usage: m.MorningEvening},
		drugCourse{drug: m.Furosemide40, dose: 1, usage: m.AfterBreakfast},
		drugCourse{drug: m.Spironolactone25, dose: 0.5, usage: m.AfterBreakfast},
		drugCourse{drug: m.Loxoprofen60, dose: 1, usage: m.AfterMeals, note: "他院整形外科より"},
	)
	s.tested(daysOf(0), m.DiffSet, m.BasicSet, m.ClotSet, m.InfectSet, []m.Test{m.BNP, m.Glucose, m.PCT, m.TroponT})
	s.tested(daysOf(1, 2, 3, 5, 6), m.CountSet, m.RenalSet, []m.Test{m.CRP})
	s.tested(daysOf(7, 13), m.CountSet, m.BasicSet, []m.Test{m.BNP})
	s.grows(n, m.Sputum, m.Klebsiella, m.MouthFlora)
	o.problem(Problem{Disease: m.AcutePneumonia, From: n, To: n + 14, Outcome: m.Remission, Main: true})
	o.problem(Problem{Disease: m.AcuteHeartFailure, From: n, To: n + 14, Outcome: m.Remission})
	o.problem(Problem{Disease: m.AcuteKidney, From: n, To: n + 14, Outcome: m.Remission})
	o.write()
}
