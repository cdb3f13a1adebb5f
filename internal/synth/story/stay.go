package story

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// stay is one stay in the hospital of an [outpatient].
type stay struct {
	*outpatient
	from, to  Day
	wards     []ward // in order of time, the first at admission
	drugs     []drugCourse
	infusions []infusions
	measured  map[Day][]master.Test
	brought   []Line
	outcome   string
	changed   []attendance
}

// ward is where somebody lies from a day on.
type ward struct {
	from  Day
	where Location
}

// infusions are given daily, at the hours of the day.
type infusions struct {
	infusion Infusion
	from, to Day // to is the first day without
	hours    []int
}

// admitted begins a stay of so many nights on a ward.
func (o *outpatient) admitted(from Day, nights int, on string) *stay {
	s := &stay{outpatient: o, from: from, to: from + Day(nights), measured: map[Day][]master.Test{}, outcome: "02"}
	s.moves(from, on)
	o.stays = append(o.stays, s)
	o.c.away(s.from, s.to)
	return s
}

// moves puts the patient on another ward from a day on.
func (s *stay) moves(day Day, on string) {
	d := s.c.dice("bed", strconv.Itoa(int(day)), on)
	room := fmt.Sprintf("%s%02d", on[:1], d.Between(1, 18))
	s.wards = append(s.wards, ward{day, Location{Ward: on, Room: room, Bed: strconv.Itoa(d.Between(1, 4))}})
}

// takes puts a drug on the list of the stay, from one of its days to another.
func (s *stay) takes(d master.Drug, dose float64, u master.Usage, from, to Day) {
	s.drugs = append(s.drugs, drugCourse{drug: d, usage: u, dose: dose, from: from, to: to})
}

// infused gives an infusion daily at the hours.
func (s *stay) infused(i Infusion, from, to Day, hours ...int) {
	s.infusions = append(s.infusions, infusions{i, from, to, hours})
}

// tested has tests done on the days of the stay, 0 being that of admission.
func (s *stay) tested(days []int, sets ...[]master.Test) {
	for _, n := range days {
		day := s.from + Day(n)
		s.measured[day] = merge(append([][]master.Test{s.measured[day]}, sets...))
	}
}

// brings lists what the patient took before, of whichever prescriber.
func (s *stay) brings(drugs ...drugCourse) {
	s.brought = append(s.brought, lines(drugs, 14)...)
}

func (s *stay) where(on Day) Location {
	at := s.wards[0].where
	for _, w := range s.wards {
		if w.from <= on {
			at = w.where
		}
	}
	return at
}

func (s *stay) entry(at time.Time, order int, says Content) {
	s.add(Entry{At: at, Department: s.dept, Doctor: s.doctorOn(DayOf(dateOf(at))), Order: order, Says: says})
}

func (s *stay) admission() time.Time { return s.from.At(13, 30+s.minute(s.from, "admission", 90)) }

// write turns the stay into entries; next is the first visit after it.
func (s *stay) write(next Day) {
	if s.from >= s.c.today {
		return
	}
	admitted := s.admission()
	s.entry(admitted, 0, Admission{s.wards[0].where})
	for i, w := range s.wards[1:] {
		s.entry(w.from.At(15, s.minute(w.from, "transfer", 50)), 0, Transfer{s.wards[i].where, w.where, admitted})
	}
	if len(s.brought) > 0 {
		s.entry(admitted.Add(70*time.Minute), s.order(), Prescription{BroughtIn, s.from, s.brought})
	}
	for day := s.from; day <= s.to; day++ {
		s.measure(day)
		s.prescribe(day)
		s.infuse(day)
		s.examineDaily(day)
		s.feed(day)
	}
	for _, a := range s.changed {
		s.Attending = append(s.Attending, Attending{a.from.At(8, 50), s.dept, a.doctor, s.where(a.from), admitted})
	}
	if leaving := append(s.active(s.to), s.toTheEnd()...); len(leaving) > 0 {
		s.dispense(s.to.At(9, 20), Prescription{AtLeaving, s.to, lines(leaving, int(next-s.to))})
	}
	s.entry(s.to.At(10, 15+s.minute(s.to, "discharge", 40)), 0, Discharge{s.where(s.to), admitted, s.outcome})
}

// toTheEnd lists the drugs of the stay that were taken to its end: they go on at home.
func (s *stay) toTheEnd() []drugCourse {
	var out []drugCourse
	for _, d := range s.drugs {
		if d.to >= s.to {
			out = append(out, d)
		}
	}
	return out
}

func (s *stay) measure(day Day) {
	tests := s.measured[day]
	if len(tests) == 0 {
		return
	}
	at := day.At(6, 30)
	if day == s.from {
		at = s.admission().Add(10 * time.Minute)
	}
	s.reports(s.dept, s.doctorOn(day), day, at, tests, true)
}

// prescribe renews all drugs once a week, and orders what begins in between up to
// the next renewal.
func (s *stay) prescribe(day Day) {
	if day >= s.to {
		return
	}
	week := s.from + (day-s.from)/7*7
	end := min(week+7, s.to)
	byEnd := map[Day][]drugCourse{}
	var ends []Day
	for _, d := range append(s.active(day), activeOf(s.drugs, day)...) {
		if day != week && d.from != day {
			continue
		}
		if counted := d.usage.AsNeeded() || d.total > 0; counted && day != s.from && d.from != day {
			continue
		}
		until := min(end, d.to)
		if byEnd[until] == nil {
			ends = append(ends, until)
		}
		byEnd[until] = append(byEnd[until], d)
	}
	at := day.At(11, 0)
	if day == s.from {
		at = s.admission().Add(80 * time.Minute)
	}
	for _, until := range ends {
		s.dispense(at, Prescription{Inpatient, day, lines(byEnd[until], int(until-day))})
	}
}

func activeOf(drugs []drugCourse, on Day) []drugCourse {
	var out []drugCourse
	for _, d := range drugs {
		if d.from <= on && on < d.to {
			out = append(out, d)
		}
	}
	return out
}

// dispense adds a prescription and its dispensing in the hospital.
func (s *stay) dispense(at time.Time, p Prescription) {
	order := s.order()
	s.entry(at, order, p)
	s.entry(at.Add(50*time.Minute), order, Dispensing{p})
}

func (s *stay) infuse(day Day) {
	for _, i := range s.infusions {
		if day < i.from || day >= i.to {
			continue
		}
		for _, hour := range i.hours {
			at := day.At(hour, 0)
			if at.Before(s.admission()) {
				continue
			}
			order := s.order()
			given := Injection{Infusion: i.infusion, From: at, To: at.Add(3 * time.Minute), Inpatient: true, Where: s.where(day)}
			if i.infusion.Rate > 0 {
				given.To = at.Add(time.Duration(math.Ceil(60*i.infusion.Volume/i.infusion.Rate)) * time.Minute)
			}
			ordered := day.At(8, 10)
			if day == s.from {
				ordered = s.admission().Add(20 * time.Minute)
			}
			s.entry(ordered, order, given)
			late := time.Duration(s.minute(day, "infusion"+strconv.Itoa(hour), 12)) * time.Minute
			given.From, given.To = given.From.Add(late), given.To.Add(late)
			given.Performed, given.Nurse = true, int(day)%4
			s.entry(given.To.Add(6*time.Minute), order, given)
		}
	}
}
