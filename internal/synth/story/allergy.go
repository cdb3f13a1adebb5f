package story

import (
	"mizuhiki.dev/mizuhiki/internal/synth/dice"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// allergic has a hospital write down allergies, or that there are none. It does
// nothing for a hospital that does not know the person.
func (c *Case) allergic(h Hospital, entries ...Allergy) {
	if ch := c.charts[h]; ch != nil && len(ch.Entries) > 0 {
		first := ch.Entries[0].At
		for _, e := range ch.Entries {
			if e.At.Before(first) {
				first = e.At
			}
		}
		on := DayOf(dateOf(first))
		ch.Allergies = append(ch.Allergies, AllergyList{At: on.At(12, ch.minute(on, "allergies", 60)), Entries: entries})
	}
}

// asksForAllergies lets the hospitals ask. Not all do, and not all are told the same.
func (c *Case) asksForAllergies() {
	d := c.dice("allergies")
	var own []Allergy
	if d.Chance(0.35) {
		own = append(own, c.allergy(d))
	}
	asked := 0.45
	if c.deep {
		asked = 0.8
	}
	for h := range Disclose {
		if d.Chance(asked) {
			c.allergic(h, own...)
		}
	}
	if c.deep && len(own) > 0 && d.Chance(0.4) {
		// A second one turned up later, and the list was written anew.
		second := c.allergy(dice.New(c.seed, "second allergy"))
		for h, ch := range c.charts {
			if ch == nil || len(ch.Allergies) == 0 || second.Allergen == own[0].Allergen {
				continue
			}
			at := ch.Allergies[0].At.AddDate(1, 1, h)
			if at.Before(c.today.At(0, 0)) {
				ch.Allergies = append(ch.Allergies, AllergyList{At: at, Entries: append(own[:1:1], second)})
			}
			break
		}
	}
}

func (c *Case) allergy(d dice.Dice) Allergy {
	a := Allergy{Allergen: dice.Pick(d, master.Allergens()), Severity: dice.Pick(d, master.Severities())}
	a.Reaction = dice.Pick(d, []string{"湿疹", "蕁麻疹", "掻痒感", "口唇腫脹"})
	year := max(c.Birth.Date().Year+1, c.today.Date().Year-d.Between(2, 30))
	a.Since = Day(0).months((year - 1970) * 12)
	return a
}
