package story

import "mizuhiki.dev/mizuhiki/internal/synth/master"

// heartAndKidney is heart failure with kidney disease and diabetes over six years:
// cardiology at the general hospital, diabetes at the valley's, colds in the upland.
// Two admissions for congestion; ACE inhibitor to ARNI; SGLT2 inhibitor; potassium
// that rises under spironolactone and falls when it is stopped; renal anaemia.
func (c *Case) heartAndKidney() {
	begin, first, arni, second := c.ago(72), c.ago(30), c.ago(14), c.ago(8)
	high := c.ago(18) // potassium
	c.follows(master.Cr, at(begin, 0.92), at(c.ago(40), 1.12), at(first, 1.86), at(first+16, 1.38), at(high, 1.46), at(second, 2.08), at(second+15, 1.58), at(c.today, 1.52))
	c.follows(master.K, at(begin, 4.3), at(first, 3.9), at(first+20, 4.6), at(high, 5.6), at(high+45, 4.7), at(second, 4.2), at(second+15, 3.7), at(c.today, 4.5))
	c.follows(master.Na, at(begin, 141), at(first, 134), at(first+16, 139), at(second, 132), at(second+15, 139), at(c.today, 140))
	c.follows(master.BNP, at(begin, 84), at(c.ago(36), 160), at(first, 912), at(first+17, 238), at(arni, 196), at(c.ago(9), 240), at(second, 1148), at(second+16, 212), at(c.ago(3), 148), at(c.today, 121))
	c.follows(master.NTproBN, at(begin, 420), at(c.ago(36), 880), at(first, 5980), at(first+17, 1480), at(arni, 1220), at(second, 7640), at(second+16, 1390), at(c.today, 760))
	c.follows(master.HbA1c, at(begin, 8.3), at(c.ago(50), 7.9), at(first, 7.6), at(c.ago(20), 7.5), at(c.ago(14), 7.0), at(c.today, 6.8))
	c.follows(master.Glucose, at(begin, 186), at(first, 164), at(c.ago(14), 142), at(c.today, 128))
	c.follows(master.Hb, at(begin, 12.6), at(first, 11.4), at(c.ago(13), 9.8), at(c.ago(7), 11.2), at(c.today, 11.5))
	c.follows(master.UA, at(begin, 6.1), at(first, 8.6), at(c.ago(20), 6.2), at(c.today, 5.4))
	c.follows(master.UAlbCr, at(begin, 96), at(first, 412), at(arni, 380), at(c.today, 188))
	c.follows(master.UProtein, at(begin, 1), at(first, 3), at(c.today, 2))
	c.follows(master.UGlucose, at(begin, 1), at(c.ago(20), 1), at(c.ago(20)+10, 4))
	c.follows(master.LDL, at(begin, 148), at(c.ago(60), 96), at(c.today, 88))
	c.follows(master.CRP, at(begin, 0.08), at(first, 1.9), at(first+14, 0.2), at(second, 2.6), at(second+12, 0.18))

	heart := c.outpatient(General, master.Cardiology)
	heart.comes(begin, c.ago(34), 56)
	heart.comes(c.ago(34), forever, 28)
	heart.takes(master.Enalapril5, 1, master.AfterBreakfast, begin, arni)
	heart.takes(master.SacubitrilValsart50, 1, master.MorningEvening, arni, c.ago(10))
	heart.takes(master.SacubitrilValsart100, 1, master.MorningEvening, c.ago(10), forever)
	heart.takes(master.Carvedilol2, 1, master.MorningEvening, begin+60, first+14)
	heart.takes(master.Carvedilol10, 1, master.MorningEvening, first+14, forever)
	heart.takes(master.Furosemide20, 1, master.AfterBreakfast, c.ago(45), first)
	heart.takes(master.Furosemide40, 1, master.AfterBreakfast, first+8, second)
	heart.takes(master.Azosemide30, 2, master.AfterBreakfast, second+9, forever)
	heart.takes(master.Tolvaptan7, 1, master.AfterBreakfast, second+4, forever)
	heart.takes(master.Spironolactone25, 1, master.AfterBreakfast, first+10, high)
	heart.takes(master.ZirconiumSilicate5, 1, master.AfterBreakfast, high, c.ago(13))
	heart.takes(master.Amlodipine5, 1, master.AfterBreakfast, begin, first)
	heart.takes(master.Rosuvastatin2, 1, master.AfterSupper, begin+90, forever)
	heart.takes(master.Febuxostat20, 1, master.AfterBreakfast, c.ago(26), forever)
	heart.takes(master.Esomeprazole20, 1, master.AfterBreakfast, first+10, forever)
	heart.tested(1, []master.Test{master.BNP}, master.RenalSet)
	heart.tested(2, master.BasicSet, master.CountSet)
	heart.tested(4, master.LipidSet, master.UrineSet)
	heart.testedOn(high, master.RenalSet)
	heart.injected(Infusion{Doses: []Dose{{master.Darbepoetin60, 1}}}, c.ago(13), forever, 28)
	heart.problem(Problem{Disease: master.HeartFailure, From: begin, Main: true})
	heart.problem(Problem{Disease: master.Hypertension, From: begin})
	heart.problem(Problem{Disease: master.CKD, From: c.ago(38)})
	heart.problem(Problem{Disease: master.AcuteHeartFailure, From: first, To: first + 18, Outcome: master.Remission})
	heart.problem(Problem{Disease: master.Hyperkalaemia, From: high, To: high + 60, Outcome: master.Remission})
	heart.problem(Problem{Disease: master.RenalAnaemia, From: c.ago(13)})
	heart.problem(Problem{Disease: master.AcuteHeartFailure, From: second, To: second + 17, Outcome: master.Remission})
	heart.problem(Problem{Disease: master.Hyperuricaemia, From: c.ago(26)})
	c.congestion(heart, first, 18)
	c.congestion(heart, second, 17)
	heart.write()

	sugar := c.outpatient(Valley, master.Internal)
	sugar.comes(begin+11, forever, 56)
	sugar.takes(master.Metformin500, 1, master.MorningEvening, begin, c.ago(24))
	sugar.takes(master.Glimepiride1, 1, master.AfterBreakfast, begin, c.ago(28))
	sugar.takes(master.Linagliptin5, 1, master.AfterBreakfast, c.ago(28), forever)
	sugar.takes(master.Dapagliflozin10, 1, master.AfterBreakfast, c.ago(20), forever)
	sugar.gets(master.HyaluronateEye, 1, 2, master.EyeFourTimes, c.ago(30), forever)
	sugar.tested(1, master.SugarSet, []master.Test{master.Cr, master.EGFR, master.K})
	sugar.tested(2, []master.Test{master.UAlbCr, master.NTproBN}, master.UrineSet)
	sugar.tested(3, master.LipidSet, master.BasicSet, master.CountSet)
	sugar.problem(Problem{Disease: master.Diabetes2, From: begin, Main: true})
	sugar.problem(Problem{Disease: master.DiabeticKidney, From: c.ago(40)})
	sugar.problem(Problem{Disease: master.DiabeticEye, From: c.ago(30)})
	sugar.problem(Problem{Disease: master.Hyperlipidaemia, From: begin})
	sugar.write()

	colds := c.outpatient(Upland, master.Internal)
	for _, m := range []int{59, 35, 22, 11} {
		day := c.ago(m)
		colds.comes(day, day+8, 7)
		colds.course(master.Carbocisteine500, 1, master.AfterMeals, day, 5)
		colds.course(master.Acetaminophen500, 1, master.AfterMeals, day, 3)
		colds.testedOn(day, master.InfectSet, []master.Test{master.CRP}, master.DiffSet)
		colds.problem(Problem{Disease: master.UpperInfection, From: day, To: day + 14, Outcome: master.Remission})
	}
	colds.write()
}

// congestion is an admission for heart failure.
func (c *Case) congestion(o *outpatient, from Day, nights int) {
	s := o.admitted(from, nights, "3E")
	s.moves(from+5, "4E")
	s.infused(Infusion{Doses: []Dose{{master.FurosemideInj20, 2}}}, from, from+5, 9, 15)
	s.infused(Infusion{Doses: []Dose{{master.Carperitide1000, 1}, {master.Glucose5in100, 1}}, Volume: 100, Rate: 4}, from, from+3, 14)
	s.takes(master.MagnesiumOxide330, 1, master.AfterMeals, from+2, from+Day(nights))
	s.tested([]int{0}, master.AdmittedSet, master.BasicSet, master.DiffSet, []master.Test{master.BNP, master.TroponT}, master.UrineSet)
	s.tested([]int{1, 3, 5, 8, 11, 14}, master.RenalSet, []master.Test{master.CRP})
	s.tested([]int{7, nights - 2}, []master.Test{master.BNP}, master.BasicSet, master.CountSet)
}
