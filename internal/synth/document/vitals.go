package document

import (
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
)

// measurement is what a nurse measured at the bedside at one time.
type measurement struct {
	at                                  time.Time
	systolic, diastolic, pulse, breaths int
	temperature                         float64
}

// measured gives the measurement of a time: fever and a fast pulse at the begin of a
// stay, which go down within a week.
func (a *author) measured(s stay, when time.Time) measurement {
	d := a.dice(when, "vitals")
	ill := max(0, 1-when.Sub(s.in.At).Hours()/(7*24))
	m := measurement{
		at: when, systolic: 118 + d.Between(-8, 14), diastolic: 70 + d.Between(-6, 8),
		pulse: 68 + int(26*ill) + d.Between(-4, 6), breaths: 15 + int(6*ill) + d.Between(-1, 2),
	}
	m.temperature = 36.3 + 1.2*ill + float64(d.Between(0, 5))/10
	return m
}

func (m measurement) words() string {
	return fmt.Sprintf("体温 %.1f℃、脈拍 %d/分、呼吸 %d/分、血圧 %d/%d mmHg。", m.temperature, m.pulse, m.breaths, m.systolic, m.diastolic)
}

// longestStay bounds the days of a stay that measurements are kept of.
const longestStay = 30

// vitals writes the measurements of each day of a stay, as NHO's hospitals do: one
// message a day whose key is the day.
func (a *author) vitals(s stay) {
	for n := range longestStay {
		day := at(s.in.At.AddDate(0, 0, n), 0, 0)
		var measured []measurement
		for _, hour := range []int{6, 14, 18} {
			if when := at(day, hour, 0); when.After(s.in.At) && when.Before(s.out.At) {
				measured = append(measured, a.measured(s, when))
			}
		}
		if day.After(s.out.At) {
			return
		}
		if len(measured) > 0 {
			key := "0000000" + day.Format("20060102")
			a.file(vitalSigns, day, at(day, 23, 30), key, s.in.Department.Code, ssmix2.Current, "main_document.hl7", a.message(s, key, measured))
		}
	}
}

// message writes ORU^R30.
func (a *author) message(s stay, key string, all []measurement) []byte {
	p, nurse := a.p, a.Nurses[0]
	sent := all[len(all)-1].at.Add(30 * time.Minute)
	b := hl7v2.NewBuilder(hl7v2.Header{
		SendingApplication: "HIS", SendingFacility: a.Code, ReceivingApplication: "GW", ReceivingFacility: "SSMIX2",
		Time: sent.Format("20060102150405"), Type: "ORU^R30^ORU_R30", ControlID: "V" + sent.Format("0601021504") + fmt.Sprint(p.Serial),
	})
	name := func(family, given, script string) hl7v2.Value {
		return hl7v2.Components(hl7v2.Text(family), hl7v2.Text(given), "", "", "", "", "L", hl7v2.Text(script))
	}
	b.Segment("PID").Set(1, "0001").Set(3, hl7v2.Components(hl7v2.Text(string(p.ID)), "", "", "", "PI")).
		Set(5, hl7v2.Repetitions(name(p.Family, p.Given, "I"), name(p.FamilyKana, p.GivenKana, "P"))).
		SetText(7, p.BirthDate.Compact()).SetText(8, string(p.Sex))
	b.Segment("PV1").Set(1, "0001").Set(2, "I").Set(3, hl7v2.Components(hl7v2.Text(s.where.Ward), hl7v2.Text(s.where.Room), hl7v2.Text(s.where.Bed), "", "", "N"))
	b.Segment("ORC").Set(1, "SC").SetText(2, key).Set(5, "CM").SetText(9, sent.Format("20060102150405")).Set(12, staff(nurse)).
		Set(17, hl7v2.CodeValue(s.in.Department.Code, s.in.Department.Name, "HL70069"))
	b.Segment("OBR").Set(1, "1").SetText(2, key).Set(4, hl7v2.CodeValue("OBSERVATIONS", "バイタルサイン", "99ZL01")).SetText(7, all[0].at.Format("200601021504"))
	set := 0
	for _, m := range all {
		when := m.at.Format("20060102150405")
		for _, v := range []struct{ code, name, value, unit string }{
			{"9P10000000000001", "体温", fmt.Sprintf("%.1f", m.temperature), "cel"},
			{"9P300000000000001", "脈拍", fmt.Sprint(m.pulse), "(hb)"},
			{"9P200000000000001", "呼吸数", fmt.Sprint(m.breaths), "/min"},
			{"9A751000000000001", "収縮期血圧", fmt.Sprint(m.systolic), "mm(hg)"},
			{"9A761000000000001", "拡張期血圧", fmt.Sprint(m.diastolic), "mm(hg)"},
		} {
			set++
			b.Segment("OBX").Set(1, hl7v2.Text(fmt.Sprint(set))).Set(2, "NM").Set(3, hl7v2.CodeValue(v.code, v.name, "JC10")).
				SetText(5, v.value).Set(6, hl7v2.CodeValue(v.unit, v.unit, "ISO+")).Set(11, "F").SetText(14, when)
		}
	}
	body, lost := b.Bytes()
	if len(lost) > 0 {
		a.err = fault.New(fault.Internal, "vital signs of %s: %v", a.Name, lost[0])
	}
	return body
}

func staff(s storage.Staff) hl7v2.Value {
	return hl7v2.Components(hl7v2.Text(s.ID), hl7v2.Text(s.Family), hl7v2.Text(s.Given), "", "", "", "", "", "", "L", "", "", "", "", "I")
}
