package story

import (
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// What was done was ordered before, under the same number, and its numbers are apart
// from those of drugs and blood tests; people eat while they stay.
func TestExaminationsFollowTheirOrders(t *testing.T) {
	everybody(t, func(t *testing.T, charts []Chart) {
		for _, c := range charts {
			ordered := map[int]Entry{}
			var admitted, left time.Time
			for _, e := range c.Entries {
				switch says := e.Says.(type) {
				case Examination:
					before, known := ordered[e.Order]
					switch {
					case e.Order <= furtherOrders:
						t.Errorf("examination of order %d", e.Order)
					case !says.Performed:
						ordered[e.Order] = e
					case !known || before.At.After(says.From) || before.Says.(Examination).Examination != says.Examination:
						t.Errorf("%s done on %s without its order", says.Order.Text, e.At)
					case says.To.After(e.At) || (says.Electrical != nil) != (says.Examination == master.ECG):
						t.Errorf("%s ends %s, told %s, with %v", says.Order.Text, says.To, e.At, says.Electrical)
					}
				case Admission:
					if !e.Cancelled {
						admitted, left = e.At, time.Time{}
					}
				case Discharge:
					left = e.At
				case Diet:
					if admitted.IsZero() || e.At.Before(admitted) || !left.IsZero() {
						t.Errorf("meals ordered on %s, admitted %s, left %s", e.At, admitted, left)
					}
				case Culture:
					if e.At.Before(says.Collected.AddDate(0, 0, 2)) {
						t.Errorf("culture of %s told on %s", says.Collected, e.At)
					}
				}
			}
		}
	})
}

func TestHeartFailure_attendingAndCulture(t *testing.T) {
	var doctors []int
	cultures := 0
	for _, c := range heart() {
		for _, a := range c.Attending {
			doctors = append(doctors, a.Doctor)
		}
		for _, e := range c.Entries {
			if _, ok := e.Says.(Culture); ok {
				cultures++
			}
		}
	}
	if len(doctors) != 2 || doctors[0] == doctors[1] || cultures != 1 {
		t.Errorf("attending doctors %v, %d cultures", doctors, cultures)
	}
}

func TestElectricalOfOnePerson(t *testing.T) {
	c := newCase(3, "F", today-25_000, today, true)
	a, b := c.electrical(today), c.electrical(today-400)
	if a.PQ != b.PQ || a.QRS != b.QRS || a.QTc != b.QTc || a.PQ == 0 {
		t.Errorf("one heart measures %+v and %+v", a, b)
	}
	if bazett(400, 60) != 400 || bazett(400, 240) != 200 {
		t.Errorf("QT at 60 and 240 = %d, %d", bazett(400, 60), bazett(400, 240))
	}
	c.fibrillates = true
	if f := c.electrical(today); f.PQ != 0 || f.Says[0] != "心房細動" {
		t.Errorf("fibrillation = %+v", f)
	}
}
