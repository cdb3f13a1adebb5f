package story

import (
	"time"

	m "mizuhiki.dev/mizuhiki/internal/synth/master"
)

func osteoporosis(p *part) {
	p.has(m.Osteoporosis, true)
	p.problem(Problem{Disease: m.SpineFracture, From: p.from.months(-10), To: p.from, Outcome: m.Remission})
	p.follows(m.TRACP5b, 0, 560, 0.2, 180, 1, 160)
	p.follows(m.Ca, 0, 9.4, 0.1, 8.9, 0.3, 9.2, 1, 9.3)
	p.injected(denosumab, p.from, forever, 170)
	p.takes(m.Eldecalcitol075, 1, m.AfterBreakfast, p.from, forever)
	p.gets(m.LoxoprofenTape, 0, 28, m.PatchDaily, p.from, p.at(0.7))
	p.tested(3, m.RenalSet, []m.Test{m.ALP})
	p.tested(6, m.CountSet, []m.Test{m.TRACP5b, m.VitaminD})
}

func atrialFibrillation(p *part) {
	p.has(m.AtrialFibrill, true)
	p.c.fibrillates = true
	p.examined(p.from, m.ECG, "脈不整")
	p.examined(p.at(0.5), m.ECG, "経過観察")
	p.examined(p.from, m.ChestXray, "心拡大の有無")
	p.problem(Problem{Disease: m.Hypertension, From: p.from})
	p.follows(m.PTINR, 0, 1.02, 0.06, 1.62, 0.12, 2.14, 0.3, 2.38, 0.36, 3.42, 0.42, 2.2, 0.7, 2.05, 0.76, 1.18, 1, 1.14)
	p.follows(m.BNP, 0, 168, 0.2, 121, 0.7, 132, 1, 118)
	p.takes(m.Warfarin1, 2, m.AfterBreakfast, p.from, p.at(0.08))
	p.takes(m.Warfarin1, 3, m.AfterBreakfast, p.at(0.08), p.at(0.36))
	p.takes(m.Warfarin1, 2, m.AfterBreakfast, p.at(0.36), p.at(0.72))
	p.takes(m.Warfarin05, 1, m.AfterBreakfast, p.at(0.36), p.at(0.72))
	p.takes(m.Apixaban5, 1, m.MorningEvening, p.at(0.72), forever)
	p.takes(m.Bisoprolol2, 0.5, m.AfterBreakfast, p.from, p.at(0.2))
	p.takes(m.Bisoprolol2, 1, m.AfterBreakfast, p.at(0.2), forever)
	p.takes(m.NifedipineCR20, 1, m.AfterBreakfast, p.from, forever)
	p.tested(1, []m.Test{m.PTSec, m.PTINR})
	p.tested(4, m.CountSet, m.BasicSet, []m.Test{m.BNP})
}

func hypothyroidism(p *part) {
	p.has(m.Hypothyroidism, true)
	p.follows(m.TSH, 0, 28.4, 0.15, 14.2, 0.35, 4.1, 1, 2.4)
	p.follows(m.FT4, 0, 0.61, 0.35, 1.08, 1, 1.26)
	p.follows(m.CK, 0, 412, 0.3, 148, 1, 110)
	p.follows(m.LDL, 0, 176, 0.4, 124, 1, 112)
	p.takes(m.Levothyroxine25, 1, m.OnRising, p.from, p.at(0.15))
	p.takes(m.Levothyroxine50, 1, m.OnRising, p.at(0.15), forever)
	p.takes(m.Levothyroxine25, 1, m.OnRising, p.at(0.35), forever)
	p.tested(2, m.ThyroidSet)
	p.tested(6, m.CountSet, m.BasicSet, m.LipidSet, []m.Test{m.CK})
}

func depression(p *part) {
	p.has(m.Depression, true)
	p.problem(Problem{Disease: m.Insomnia, From: p.from})
	p.takes(m.Escitalopram10, 0.5, m.AfterSupper, p.from, p.at(0.05))
	p.takes(m.Escitalopram10, 1, m.AfterSupper, p.at(0.05), p.at(0.85))
	p.takes(m.Escitalopram10, 0.5, m.AfterSupper, p.at(0.85), forever)
	p.takes(m.Mirtazapine15, 1, m.AtBedtime, p.at(0.2), p.at(0.7))
	p.takes(m.Lemborexant5, 1, m.AtBedtime, p.from, p.at(0.8))
	p.gets(m.Etizolam05, 1, 10, m.WhenRestless, p.from, p.at(0.25))
	p.tested(6, m.CountSet, m.LiverSet, []m.Test{m.Na, m.K, m.Cl})
	p.testedOn(p.from, m.ThyroidSet)
}

func prostateCancer(p *part) {
	p.has(m.ProstateCancer, true)
	p.problem(Problem{Disease: m.ProstateHyperpl, From: p.from.months(-30)})
	p.follows(m.PSA, 0, 18.4, 0.1, 4.2, 0.25, 0.61, 0.5, 0.021, 0.6, 0.004, 0.85, 0.005, 1, 0.019)
	p.follows(m.Hb, 0, 14.1, 0.5, 12.6, 1, 12.4)
	p.injected(leuprorelin, p.from, forever, 80)
	p.takes(m.Bicalutamide80, 1, m.AfterBreakfast, p.from, forever)
	p.takes(m.Tamsulosin02, 1, m.AfterBreakfast, p.from, forever)
	p.takes(m.Mirabegron50, 1, m.AfterBreakfast, p.at(0.3), forever)
	p.tested(2, []m.Test{m.PSA})
	p.tested(4, m.CountSet, m.LiverSet, m.RenalSet)
}

func breastCancer(p *part) {
	p.problem(Problem{Disease: m.BreastCancer, From: p.from, Main: true, Prefix: []m.Code{m.Left}, Suffix: []m.Code{m.After}})
	p.follows(m.CA153, 0, 31, 0.2, 18, 1, 11)
	p.takes(m.Anastrozole1, 1, m.AfterBreakfast, p.at(0.05), forever)
	p.injected(denosumab, p.at(0.2), forever, 170)
	p.tested(2, m.CountSet, m.LiverSet, []m.Test{m.CEA, m.CA153})
	p.tested(4, m.LipidSet, []m.Test{m.Ca, m.IP})
	if !p.deep {
		return
	}
	op := p.at(0.03)
	s := p.admitted(op, 8, "4西")
	s.infused(cefazolin, op+1, op+2, 9, 21)
	s.infused(ringer, op+1, op+3, 10)
	s.tested(daysOf(0), m.DiffSet, m.BasicSet, m.AdmittedSet)
	s.tested(daysOf(2, 6), m.CountSet, m.BasicSet)
}

func graves(p *part) {
	p.has(m.Graves, true)
	p.follows(m.TSH, 0, 0.004, 0.35, 0.005, 0.55, 0.32, 1, 1.6)
	p.follows(m.FT4, 0, 4.12, 0.15, 2.3, 0.35, 1.32, 1, 1.21)
	p.follows(m.FT3, 0, 14.2, 0.15, 6.1, 0.35, 3.4, 1, 3.0)
	p.follows(m.Lymph, 0, 34, 0.2, 43, 0.4, 35)
	p.takes(m.Thiamazole5, 3, m.AfterBreakfast, p.from, p.at(0.15))
	p.takes(m.Thiamazole5, 2, m.AfterBreakfast, p.at(0.15), p.at(0.4))
	p.takes(m.Thiamazole5, 1, m.AfterBreakfast, p.at(0.4), p.at(0.8))
	p.takes(m.Thiamazole5, 1, m.EveryOtherDay, p.at(0.8), forever)
	p.tested(1, m.ThyroidSet)
	p.tested(2, m.DiffSet, m.LiverSet)
}

func ironDeficiency(p *part) {
	p.has(m.IronDeficiency, true)
	p.follows(m.Hb, 0, 8.4, 0.15, 10.2, 0.4, 12.6, 1, 12.9)
	p.follows(m.MCV, 0, 71, 0.3, 82, 0.5, 88, 1, 90)
	p.follows(m.Ferritin, 0, 3.8, 0.3, 16, 0.6, 48, 1, 36)
	p.follows(m.Fe, 0, 14, 0.3, 66, 1, 84)
	p.follows(m.TIBC, 0, 446, 0.5, 340, 1, 322)
	p.takes(m.FerrousCitrate50, 2, m.AfterSupper, p.from, p.at(0.4))
	p.takes(m.FerrousCitrate50, 1, m.AfterSupper, p.at(0.4), p.at(0.7))
	p.tested(2, m.CountSet, m.IronSet)
	p.testedOn(p.from, m.BasicSet)
}

func gout(p *part) {
	p.has(m.Hyperuricaemia, true)
	p.follows(m.UA, 0, 9.4, 0.2, 7.1, 0.4, 5.6, 1, 5.4)
	p.follows(m.GGT, 0, 128, 0.5, 84, 1, 66)
	p.takes(m.Febuxostat20, 0.5, m.AfterBreakfast, p.from, p.at(0.2))
	p.takes(m.Febuxostat20, 1, m.AfterBreakfast, p.at(0.2), forever)
	p.course(m.Loxoprofen60, 1, m.AfterMeals, p.from, 7)
	p.tested(2, m.BasicSet, m.LipidSet)
}

func glaucoma(p *part) {
	p.problem(Problem{Disease: m.Glaucoma, From: p.from, Main: true})
	p.problem(Problem{Disease: m.Cataract, From: p.from, Prefix: []m.Code{m.Left}})
	p.gets(m.Latanoprost, 0, 3, m.EyeBedtime, p.from, forever)
	p.gets(m.HyaluronateEye, 0, 3, m.EyeFourTimes, p.from, forever)
}

func knees(p *part) {
	p.problem(Problem{Disease: m.KneeArthrosis, From: p.from, Main: true, Prefix: []m.Code{m.Right}})
	p.takes(m.Celecoxib100, 1, m.MorningEvening, p.from, p.at(0.5))
	p.takes(m.Rebamipide100, 1, m.MorningEvening, p.from, p.at(0.5))
	p.takes(m.TramadolCombined, 1, m.MorningEvening, p.at(0.5), forever)
	p.gets(m.LoxoprofenTape, 0, 28, m.PatchDaily, p.from, forever)
	p.tested(4, m.CountSet, m.RenalSet)
}

func hayFever(p *part) {
	p.has(m.HayFever, true)
	spring := p.from.next(time.February, 18)
	p.takes(m.Fexofenadine60, 1, m.MorningEvening, spring, spring.months(3))
	p.course(m.Fexofenadine60, 1, m.MorningEvening, p.from, 28)
	p.gets(m.Heparinoid, 0, 2, m.ApplyTwice, p.from, forever)
	p.problem(Problem{Disease: m.Eczema, From: p.from})
	p.testedOn(p.from, []m.Test{m.TotalIgE}, m.DiffSet)
	p.follows(m.TotalIgE, 0, 260, 1, 240)
}

func childhood(p *part) {
	p.problem(Problem{Disease: m.UpperInfection, From: p.from, To: p.from + 7, Outcome: m.Remission, Main: true})
	p.follows(m.CRP, 0, 1.2, 1, 0.3)
	p.gets(m.AmbroxolSyrup, 0, 60, m.AfterMeals, p.from, p.from+10)
	p.course(m.Amoxicillin250, 1, m.AfterMeals, p.at(0.3), 5)
	p.gets(m.Acetaminophen200, 1, 5, m.WhenFeverish, p.from, forever)
	winter := p.from.next(time.January, p.Between(5, 28))
	if winter < p.to {
		p.c.follows(m.FluA, knot{winter - 20, 0}, knot{winter - 2, 1}, knot{winter + 12, 1}, knot{winter + 20, 0})
		p.problem(Problem{Disease: m.Influenza, From: winter, To: winter + 8, Outcome: m.Remission})
		if p.c.Age(winter) >= 10 { // younger ones get a syrup, which the region has not
			p.course(m.Oseltamivir75, 1, m.MorningEvening, winter, 5)
		}
	}
	p.tested(1, m.InfectSet)
	p.testedOn(p.from, m.DiffSet, []m.Test{m.CRP})
}

func gastritis(p *part) {
	p.has(m.Gastritis, true)
	p.examined(p.from, m.Gastroscopy, "心窩部痛")
	p.takes(m.Rabeprazole10, 1, m.AfterBreakfast, p.from, p.at(0.7))
	p.takes(m.Rebamipide100, 1, m.AfterMeals, p.from, forever)
	p.gets(m.MagnesiumOxide330, 2, 10, m.WhenConstipated, p.at(0.3), forever)
	p.problem(Problem{Disease: m.Constipation, From: p.at(0.3)})
	p.tested(3, m.CountSet, m.LiverSet)
}
