package story

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	m "mizuhiki.dev/mizuhiki/internal/synth/master"
)

// Templates lists the kinds of stories, the weighty ones first, then the slight ones
// that somebody goes to a further hospital for.
func Templates() []Template {
	return []Template{
		{"hypertension", m.Cardiology, "", 45, 92, 42, false, hypertension},
		{"diabetes", m.Internal, "", 42, 88, 42, false, diabetes},
		{"asthma", m.Respiratory, "", 20, 80, 42, false, asthma},
		{"hip fracture", m.Orthopedics, "", 72, 96, 35, false, hipFracture},
		{"stroke", m.Neurosurg, "", 60, 90, 42, false, stroke},
		{"colon cancer", m.Surgery, "", 55, 85, 28, false, colonCancer},
		{"pneumonia", m.Internal, "", 65, 95, 49, false, pneumonia},
		{"dementia", m.Neurology, "", 74, 96, 42, false, dementia},
		{"osteoporosis", m.Orthopedics, clinical.Female, 62, 94, 49, false, osteoporosis},
		{"atrial fibrillation", m.Cardiology, "", 64, 92, 35, false, atrialFibrillation},
		{"thyroid", m.Internal, clinical.Female, 28, 75, 42, false, hypothyroidism},
		{"depression", m.Psychiatry, "", 22, 80, 28, false, depression},
		{"prostate cancer", m.Urology, clinical.Male, 66, 90, 42, false, prostateCancer},
		{"breast cancer", m.Surgery, clinical.Female, 45, 80, 56, false, breastCancer},
		{"Graves", m.Internal, "", 22, 60, 35, false, graves},
		{"iron deficiency", m.Internal, clinical.Female, 18, 52, 35, false, ironDeficiency},
		{"gout", m.Internal, clinical.Male, 35, 80, 49, true, gout},
		{"glaucoma", m.Eye, "", 40, 95, 84, true, glaucoma},
		{"knees", m.Orthopedics, "", 50, 95, 35, true, knees},
		{"hay fever", m.Internal, "", 16, 70, 28, true, hayFever},
		{"children's infections", m.Paediatrics, "", 1, 15, 40, false, childhood},
		{"gastritis", m.Internal, "", 16, 99, 35, true, gastritis},
	}
}

func hypertension(p *part) {
	p.has(m.Hypertension, true)
	p.problem(Problem{Disease: m.Hyperlipidaemia, From: p.at(0.2)})
	p.follows(m.LDL, 0, 158, 0.2, 162, 0.4, 104, 1, 98)
	p.follows(m.K, 0, 4.3, 0.45, 4.2, 0.6, 4.5, 1, 4.5)
	p.takes(m.Amlodipine2, 1, m.AfterBreakfast, p.from, p.at(0.3))
	p.takes(m.Amlodipine5, 1, m.AfterBreakfast, p.at(0.3), forever)
	p.takes(m.Azilsartan20, 1, m.AfterBreakfast, p.at(0.45), forever)
	p.takes(m.Rosuvastatin2, 1, m.AfterSupper, p.at(0.2), forever)
	p.tested(3, m.CountSet, m.BasicSet, m.LipidSet)
	p.tested(9, m.UrineSet, m.SugarSet)
}

func diabetes(p *part) {
	p.has(m.Diabetes2, true)
	p.problem(Problem{Disease: m.Hyperlipidaemia, From: p.from})
	p.problem(Problem{Disease: m.DiabeticKidney, From: p.at(0.6)})
	p.follows(m.HbA1c, 0, 8.9, 0.25, 7.9, 0.5, 7.4, 0.75, 6.8, 1, 6.9)
	p.follows(m.Glucose, 0, 208, 0.25, 168, 0.75, 132, 1, 138)
	p.follows(m.UAlbCr, 0, 28, 0.6, 64, 0.8, 41, 1, 36)
	p.follows(m.UGlucose, 0, 3, 0.49, 1, 0.5, 5, 1, 5)
	p.follows(m.TG, 0, 264, 0.5, 178, 1, 140)
	p.takes(m.Metformin250, 1, m.MorningEvening, p.from, p.at(0.2))
	p.takes(m.Metformin500, 1, m.MorningEvening, p.at(0.2), forever)
	p.takes(m.Glimepiride1, 0.5, m.AfterBreakfast, p.from, p.at(0.5))
	p.takes(m.Sitagliptin50, 1, m.AfterBreakfast, p.at(0.25), forever)
	p.takes(m.Empagliflozin10, 1, m.AfterBreakfast, p.at(0.5), forever)
	if p.Chance(0.3) {
		p.takes(m.InsulinGlargine, float64(p.Between(6, 14)), m.InjectBedtime, p.at(0.3), forever)
	}
	p.tested(1, m.SugarSet)
	p.tested(3, m.BasicSet, m.LipidSet, m.UrineSet, []m.Test{m.UAlbCr})
}

func asthma(p *part) {
	p.has(m.Asthma, true)
	p.follows(m.TotalIgE, 0, 480, 1, 420)
	p.follows(m.Eos, 0, 8.8, 0.3, 5.1, 0.58, 5.5, 0.6, 11, 0.65, 2.1, 0.8, 5, 1, 5.2)
	p.gets(m.BudesonideFormot, 0, 2, m.InhaleTwice, p.from, forever)
	p.gets(m.Procaterol, 2, 20, m.InhaleAttack, p.from, p.at(0.3))
	p.takes(m.Montelukast10, 1, m.AtBedtime, p.from, forever)
	p.tested(4, m.DiffSet, []m.Test{m.TotalIgE, m.CRP})
	if !p.deep {
		return
	}
	attack := p.at(0.6)
	p.follows(m.CRP, 0, 0.08, 0.58, 0.1, 0.6, 2.6, 0.64, 0.2)
	s := p.admitted(attack, 6, "4東")
	s.infused(methylpred, attack, attack+4, 9, 17)
	s.infused(maintenance, attack, attack+2, 15)
	s.tested(daysOf(0, 2, 5), m.DiffSet, m.BasicSet)
	p.course(m.Prednisolone5, 2, m.AfterBreakfast, attack+7, 7)
	p.problem(Problem{Disease: m.UpperInfection, From: attack - 3, To: attack + 10, Outcome: m.Remission})
}

func hipFracture(p *part) {
	p.problem(Problem{Disease: m.HipFracture, From: p.from, Main: true, Prefix: []m.Code{m.Right}, Suffix: []m.Code{m.After}})
	p.problem(Problem{Disease: m.Osteoporosis, From: p.from})
	p.takes(m.Alendronate35, 1, m.RisingWeekly, p.at(0.1), forever)
	p.takes(m.Eldecalcitol075, 1, m.AfterBreakfast, p.at(0.1), forever)
	p.takes(m.Celecoxib100, 1, m.MorningEvening, p.at(0.08), p.at(0.3))
	p.takes(m.Rebamipide100, 1, m.MorningEvening, p.at(0.08), p.at(0.3))
	p.takes(m.MagnesiumOxide330, 1, m.AfterMeals, p.at(0.05), forever)
	p.tested(4, m.CountSet, m.RenalSet, []m.Test{m.Alb, m.CRP})
	p.testedOn(p.at(0.2), []m.Test{m.TRACP5b, m.VitaminD})
	p.follows(m.TRACP5b, 0, 640, 0.2, 590, 0.6, 280, 1, 250)
	if !p.deep {
		return
	}
	f := p.at(0.05)
	p.c.follows(m.Hb, knot{f - 1, 12.1}, knot{f, 11.2}, knot{f + 3, 8.9}, knot{f + 14, 9.8}, knot{f + 120, 11.6})
	p.c.follows(m.CRP, knot{f, 0.4}, knot{f + 3, 9.6}, knot{f + 10, 1.8}, knot{f + 40, 0.1})
	p.c.follows(m.DDimer, knot{f - 1, 0.8}, knot{f, 12}, knot{f + 14, 4.1}, knot{f + 60, 0.9})
	s := p.admitted(f, 20, "3西")
	s.moves(f+9, "6リハ")
	s.infused(cefazolin, f+1, f+3, 9, 21)
	s.infused(ringer, f, f+3, 15)
	s.takes(m.Edoxaban30, 0.5, m.AfterBreakfast, f+3, f+14)
	s.takes(m.Acetaminophen500, 1, m.AfterMeals, f, f+14)
	s.tested(daysOf(0), m.DiffSet, m.BasicSet, m.AdmittedSet)
	s.tested(daysOf(2, 4, 8, 15), m.CountSet, m.BasicSet)
}

func stroke(p *part) {
	p.problem(Problem{Disease: m.CerebralInfarct, From: p.from, Main: true})
	p.problem(Problem{Disease: m.Hypertension, From: p.from})
	p.follows(m.LDL, 0, 148, 0.15, 88, 1, 76)
	p.takes(m.Clopidogrel75, 1, m.AfterBreakfast, p.from, forever)
	p.takes(m.Candesartan8, 0.5, m.AfterBreakfast, p.at(0.1), p.at(0.4))
	p.takes(m.Candesartan8, 1, m.AfterBreakfast, p.at(0.4), forever)
	p.takes(m.Atorvastatin10, 1, m.AfterSupper, p.from, forever)
	p.takes(m.Lansoprazole15, 1, m.AfterBreakfast, p.from, p.at(0.7))
	p.tested(3, m.CountSet, m.BasicSet, m.LipidSet)
	if !p.deep {
		return
	}
	d := p.at(0.04)
	p.c.follows(m.CRP, knot{d - 1, 0.1}, knot{d, 0.6}, knot{d + 6, 1.4}, knot{d + 14, 0.2}, knot{d + 40, 0.08})
	p.c.follows(m.DDimer, knot{d, 1.6}, knot{d + 14, 0.9}, knot{d + 60, 0.6})
	s := p.admitted(d, 16, "SCU")
	s.moves(d+5, "5西")
	s.infused(edaravone, d, d+7, 17)
	s.infused(saline, d, d+3, 15)
	s.takes(m.Aspirin100, 1, m.AfterBreakfast, d, d+16)
	s.tested(daysOf(0), m.DiffSet, m.BasicSet, m.AdmittedSet, m.SugarSet)
	s.tested(daysOf(2, 6, 13), m.CountSet, m.BasicSet)
}

func colonCancer(p *part) {
	p.problem(Problem{Disease: m.ColonCancer, From: p.from, Main: true, Suffix: []m.Code{m.After}})
	p.follows(m.CEA, 0, 14.6, 0.1, 5.2, 0.3, 2.4, 0.8, 2.6, 1, 2.5)
	p.follows(m.CA199, 0, 62, 0.1, 28, 0.4, 14, 1, 12)
	p.follows(m.Hb, 0, 10.4, 0.08, 9.8, 0.3, 11.4, 1, 13.2)
	p.follows(m.Lymph, 0, 32, 0.15, 35, 0.25, 49, 0.35, 52, 0.5, 34, 1, 33) // fewer neutrophils under the drugs
	p.tested(2, m.DiffSet, m.BasicSet)
	p.tested(4, []m.Test{m.CEA, m.CA199})
	p.takes(m.FerrousCitrate50, 1, m.AfterSupper, p.from, p.at(0.3))
	p.takes(m.Bifidobacterium, 1, m.AfterMeals, p.at(0.1), forever)
	p.examined(p.from, m.Colonoscopy, "便潜血陽性・貧血")
	if !p.deep {
		return
	}
	op := p.at(0.06)
	s := p.admitted(op, 13, "4西")
	s.infused(cefazolin, op+1, op+3, 9, 21)
	s.infused(ringer, op+1, op+4, 10)
	s.tested(daysOf(0), m.DiffSet, m.BasicSet, m.AdmittedSet)
	s.tested(daysOf(2, 4, 7, 11), m.CountSet, m.BasicSet)
	// After the operation infusions, and capsules for two weeks of four.
	p.injected(oxaliplatin, p.at(0.14), p.at(0.28), 21)
	for i := range 6 {
		p.course(m.Capecitabine300, 5, m.MorningEvening, p.at(0.14)+Day(28*i), 14)
	}
}

func pneumonia(p *part) {
	p.has(m.COPD, true)
	p.gets(m.Tiotropium, 0, 1, m.InhaleOnce, p.from, forever)
	p.takes(m.Carbocisteine500, 1, m.AfterMeals, p.from, forever)
	p.tested(4, m.DiffSet, m.BasicSet)
	winter := p.at(0.5).next(time.January, p.Between(8, 28))
	if !p.deep || winter+12 > p.to {
		p.course(m.Levofloxacin500, 1, m.AfterBreakfast, p.at(0.5), 5)
		p.follows(m.CRP, 0, 3.4, 0.5, 2.1, 1, 0.2)
		return
	}
	w := winter
	p.c.follows(m.CRP, knot{w - 9, 0.2}, knot{w, 15.2}, knot{w + 3, 8.4}, knot{w + 8, 1.2}, knot{w + 30, 0.1})
	p.c.follows(m.WBC, knot{w - 9, 6400}, knot{w, 14600}, knot{w + 4, 8900}, knot{w + 10, 6200})
	p.c.follows(m.PCT, knot{w - 9, 0.03}, knot{w, 1.8}, knot{w + 5, 0.2})
	s := p.admitted(w, 9, "4東")
	s.infused(ampiSulbactam, w, w+6, 9, 21)
	s.infused(maintenance, w, w+3, 15)
	s.tested(daysOf(0), m.DiffSet, m.BasicSet, m.InfectSet, m.ClotSet, []m.Test{m.PCT})
	s.tested(daysOf(2, 4, 7), m.CountSet, m.BasicSet, []m.Test{m.PCT})
	p.problem(Problem{Disease: m.AcutePneumonia, From: w, To: w + 9, Outcome: m.Remission})
	p.course(m.Levofloxacin500, 1, m.AfterBreakfast, w+10, 5)
}

func dementia(p *part) {
	p.has(m.AlzheimerDementia, true)
	p.takes(m.Donepezil5, 0.5, m.AfterBreakfast, p.from, p.at(0.06))
	p.takes(m.Donepezil5, 1, m.AfterBreakfast, p.at(0.06), forever)
	p.takes(m.Memantine20, 0.5, m.AfterSupper, p.at(0.45), p.at(0.55))
	p.takes(m.Memantine20, 1, m.AfterSupper, p.at(0.55), forever)
	p.takes(m.Yokukansan, 1, m.BeforeMeals, p.at(0.6), forever)
	p.gets(m.Ramelteon8, 1, 14, m.WhenSleepless, p.at(0.3), p.at(0.8))
	p.takes(m.Cyanocobalamin05, 1, m.AfterMeals, p.from, p.at(0.5))
	p.follows(m.Alb, 0, 4.1, 1, 3.6)
	p.tested(4, m.CountSet, m.BasicSet)
	p.testedOn(p.from, m.ThyroidSet)
}
