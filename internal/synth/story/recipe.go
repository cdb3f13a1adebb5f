package story

import m "mizuhiki.dev/mizuhiki/internal/synth/master"

// What the region's hospitals mix.
var (
	furosemideShot = Infusion{Doses: []Dose{{m.FurosemideInj20, 1}}}
	furosemideTwo  = Infusion{Doses: []Dose{{m.FurosemideInj20, 2}}}
	carperitide    = Infusion{Doses: []Dose{{m.Glucose5in100, 1}, {m.Carperitide1000, 2}}, Volume: 100, Rate: 5}
	potassiumDrip  = Infusion{Doses: []Dose{{m.Maintenance500, 1}, {m.PotassiumChloride20, 1}}, Volume: 500, Rate: 60}
	ceftriaxone    = Infusion{Doses: []Dose{{m.Saline100, 1}, {m.Ceftriaxone1, 2}}, Volume: 100, Rate: 200}
	ampiSulbactam  = Infusion{Doses: []Dose{{m.Saline100, 1}, {m.AmpiSulbactam3, 1}}, Volume: 100, Rate: 200}
	cefazolin      = Infusion{Doses: []Dose{{m.Saline100, 1}, {m.Cefazolin1, 1}}, Volume: 100, Rate: 200}
	ringer         = Infusion{Doses: []Dose{{m.Ringer500, 1}}, Volume: 500, Rate: 80}
	maintenance    = Infusion{Doses: []Dose{{m.Maintenance500, 1}}, Volume: 500, Rate: 60}
	saline         = Infusion{Doses: []Dose{{m.Saline500, 1}}, Volume: 500, Rate: 60}
	edaravone      = Infusion{Doses: []Dose{{m.Saline100, 1}, {m.Edaravone30, 1}}, Volume: 100, Rate: 200}
	methylpred     = Infusion{Doses: []Dose{{m.Saline100, 1}, {m.Methylpred40, 1}}, Volume: 100, Rate: 200}
	acetaminophen  = Infusion{Doses: []Dose{{m.AcetaminophenInj, 1}}, Volume: 100, Rate: 400}
	oxaliplatin    = Infusion{Doses: []Dose{{m.Glucose5in100, 1}, {m.Oxaliplatin100, 2}}, Volume: 140, Rate: 70}
	darbepoetin    = Infusion{Doses: []Dose{{m.Darbepoetin60, 1}}}
	denosumab      = Infusion{Doses: []Dose{{m.Denosumab60, 1}}}
	leuprorelin    = Infusion{Doses: []Dose{{m.Leuprorelin11, 1}}}
)

// daysOf counts 0, 1, 2 … for [stay.tested].
func daysOf(days ...int) []int { return days }
