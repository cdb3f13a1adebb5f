package story

import (
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// Tale is what a person's story is about.
type Tale string

// The tales. The first two are told in depth.
const (
	HeartAndKidney Tale = "heart-and-kidney" // heart failure with kidney disease and diabetes
	ManyPills      Tale = "many-pills"       // polypharmacy at several places, falls
	BloodPressure  Tale = "blood-pressure"
	Sugar          Tale = "sugar"
	Breath         Tale = "breath"
	Bones          Tale = "bones"
	Hip            Tale = "hip"
	Stroke         Tale = "stroke"
	Colon          Tale = "colon"
	Pneumonia      Tale = "pneumonia"
	Memory         Tale = "memory"
	Rhythm         Tale = "rhythm" // atrial fibrillation on warfarin
	Thyroid        Tale = "thyroid"
	Mood           Tale = "mood"
	Kidney         Tale = "kidney"
	Prostate       Tale = "prostate"
)

// Usual lists the tales that anybody of an age and sex may live; stays says whether
// those that lead to a hospital's bed are among them.
func Usual(sex clinical.Sex, age int, stays bool) []Tale {
	switch {
	case age < 16:
		return []Tale{Breath}
	case age < 45:
		return []Tale{Breath, Mood, Thyroid}
	}
	tales := []Tale{BloodPressure, Sugar, Breath, Rhythm, Thyroid, Mood, Kidney}
	if age >= 68 {
		tales = append(tales, Bones, Memory, BloodPressure)
	}
	if stays {
		tales = append(tales, Colon, Pneumonia)
		if age >= 68 {
			tales = append(tales, Hip, Stroke)
		}
	}
	if sex == clinical.Male && age >= 60 {
		tales = append(tales, Prostate)
	}
	return tales
}

// Person is whose story it is.
type Person struct {
	Seed  uint64
	Sex   clinical.Sex
	Birth Day
	Today Day
	Deep  bool // a long story, for persons who are linked
}

// Tell gives the person's charts: at first at the hospital where the tale plays, with
// the other hospitals in minor roles. There is at least one hospital.
func Tell(tale Tale, p Person, at ...Hospital) []Chart {
	c := newCase(p.Seed, p.Sex, p.Birth, p.Today, p.Deep)
	switch tale {
	case HeartAndKidney:
		c.heartAndKidney()
	case ManyPills:
		c.manyPills()
	default:
		tales[tale](c, at[0])
		for i, h := range at[1:] {
			c.besides(tale, h, i)
		}
	}
	charts := c.finish()
	c.allergies(charts)
	return charts
}

// tales tells the usual tales at one hospital.
var tales = map[Tale]func(*Case, Hospital){
	BloodPressure: (*Case).bloodPressure,
	Sugar:         (*Case).sugar,
	Breath:        (*Case).breath,
	Bones:         (*Case).bones,
	Hip:           (*Case).hip,
	Stroke:        (*Case).stroke,
	Colon:         (*Case).colon,
	Pneumonia:     (*Case).pneumonia,
	Memory:        (*Case).memory,
	Rhythm:        (*Case).rhythm,
	Thyroid:       (*Case).thyroid,
	Mood:          (*Case).mood,
	Kidney:        (*Case).kidney,
	Prostate:      (*Case).prostate,
}

// since gives the day so many months ago, a short story beginning later.
func (c *Case) since(months int) Day {
	if !c.deep {
		months = max(2, months/14)
	}
	return c.today.months(-months) + Day(c.dice("begin").IntN(20))
}

// ago gives the day so many months ago.
func (c *Case) ago(months int) Day { return c.today.months(-months) }

func at(day Day, value float64) knot { return knot{day, value} }

// allergies lets hospitals have asked: some heard of one, some that there are none,
// some never asked.
func (c *Case) allergies(charts []Chart) {
	d := c.dice("allergy")
	has := d.Chance(0.25)
	a := Allergy{Allergen: master.Allergens()[d.IntN(len(master.Allergens()))], Severity: master.Severities()[d.IntN(3)], Since: c.today.months(-60 - d.IntN(200))}
	a.Reaction = []string{"発疹", "蕁麻疹", "呼吸苦", "嘔気"}[d.IntN(4)]
	for i := range charts {
		switch {
		case has && d.Chance(0.7):
			charts[i].Allergies = []AllergyList{{At: charts[i].Known, Entries: []Allergy{a}}}
		case !has && d.Chance(0.4):
			charts[i].Allergies = []AllergyList{{At: charts[i].Known}}
		}
	}
}
