package ssmix2

import (
	"slices"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// prescriptions reads OMP-01: a drug for each RXE.
func (r *reader) prescriptions() error {
	orders, err := r.orders()
	if err != nil {
		return err
	}
	for _, o := range orders {
		m, err := r.prescribed(o)
		if err != nil {
			return err
		}
		r.doc.Medications = append(r.doc.Medications, m)
	}
	return nil
}

func (r *reader) prescribed(o order) (clinical.Medication, error) {
	if o.rxe == nil {
		return clinical.Medication{}, o.orc.Errorf(0, "no RXE segment behind it: %w", ErrCut)
	}
	drug, err := r.onlyCodedIn(o.rxe, o.at.code, "drug")
	if err != nil {
		return clinical.Medication{}, err
	}
	if len(o.tq1) == 0 {
		r.remark(clinical.RemarkMissing, o.rxe, 0, "no TQ1 segment: usage not stated")
	}
	m, err := r.ordered(o)
	m.Drug = drug
	return m, err
}

// ordered reads all that an order says of a drug but the drug. Without an RXE, as
// in some performed prescriptions, its parts are empty.
func (r *reader) ordered(o order) (clinical.Medication, error) {
	t := r.timing(&o)
	daily := o.rxe.Field(o.at.daily).Quantity()
	components, err := r.compounded(o)
	site, device := r.applied(o)
	m := clinical.Medication{
		RP:           rp(o.orc),
		Dose:         o.rxe.Text(o.at.least),
		DoseUnit:     coded(o.rxe.Field(o.at.unit).Code()),
		DosePer:      o.rxe.Text(o.at.per),
		DailyDose:    daily.Amount,
		DailyUnit:    coded(daily.Unit),
		Total:        o.rxe.Text(o.at.total),
		TotalUnit:    coded(o.rxe.Field(o.at.totalUnit).Code()),
		Refills:      o.rxe.Text(o.at.refills),
		Form:         codedField(o.rxe.Field(o.at.form)),
		Strength:     o.rxe.Text(o.at.strength),
		StrengthUnit: coded(o.rxe.Field(o.at.strengthUnit).Code()),
		OtherCodes:   codedAll(o.rxe.Field(o.at.otherCodes).Codes()),
		Components:   components,
		Usage:        t.usage,
		Days:         t.days(),
		Times:        t.times,
		Duration:     t.lasts.written,
		DurationUnit: t.lasts.unit,
		AsNeeded:     t.asNeeded,
		Start:        t.start,
		End:          t.end,
		Route:        codedField(o.rxr.Field(1)),
		Site:         site,
		Device:       device,
		Method:       codedField(o.rxr.Field(4)),
		Priority:     t.priority,
		Categories:   codedAll(o.rxe.Field(o.at.categories).Codes()),
		Instructions: o.instructions(),
		OrderStatus:  r.became(o.orc),
		Stopped:      r.stopped(o.orc, t.start),
	}
	if most := o.rxe.Text(o.at.most); most != m.Dose {
		m.DoseMax = most
	}
	if t.otherAmounts {
		m.Dose, m.DoseMax, m.DosePer, m.DoseUnit = "", "", "", clinical.Coded{}
		if t.inTurn {
			m.DailyDose, m.DailyUnit = "", clinical.Coded{}
		}
	}
	unevenly(&m)
	if o.otherGiven {
		m = apartFromOrdered(m, coded(o.rxe.Field(o.at.code).Code()))
	}
	return m, err
}

// apartFromOrdered leaves out of what was handed out what an order says of another drug,
// and says that in words: one tablet of 10 mg is not one of 5 mg.
func apartFromOrdered(m clinical.Medication, ordered clinical.Coded) clinical.Medication {
	said := []string{"オーダの薬剤：" + ordered.Label()}
	amount := func(what, number string, unit clinical.Coded) {
		if number != "" {
			said = append(said, what+number+unit.Label())
		}
	}
	amount("規格", m.Strength, m.StrengthUnit)
	dose := m.Dose
	if m.DoseMax != "" && m.Dose != "" {
		dose += "–" + m.DoseMax
	}
	amount("1回", dose, m.DoseUnit)
	amount("1日", m.DailyDose, m.DailyUnit)
	for _, c := range m.Components {
		said = append(said, strings.TrimSpace("・"+c.Drug.Label()+" "+c.Amount+c.Unit.Label()))
	}
	m.Instructions = slices.Insert(m.Instructions, 0, clinical.Coded{Text: strings.Join(said, " ")})
	m.Dose, m.DoseMax, m.DosePer, m.DoseUnit = "", "", "", clinical.Coded{}
	m.DailyDose, m.DailyUnit = "", clinical.Coded{}
	m.Strength, m.StrengthUnit, m.Form = "", clinical.Coded{}, clinical.Coded{}
	m.OtherCodes, m.Components = nil, nil
	return m
}

// compounded reads the drugs that are mixed into one (RXC).
func (r *reader) compounded(o order) ([]clinical.Component, error) {
	var all []clinical.Component
	for _, s := range o.rxc {
		drug, err := r.onlyCodedIn(s, 2, "drug")
		if err != nil {
			return nil, err
		}
		all = append(all, clinical.Component{
			Additive: s.ID(1) == "A",
			Drug:     drug,
			Amount:   s.Text(3),
			Unit:     coded(s.Field(4).Code()),

			Strength: s.Text(5), StrengthUnit: coded(s.Field(6).Code()),
		})
	}
	return all, nil
}

// handedOut gives the segments that say what was given. Older messages have no RXA;
// what they order is then what they say was done.
func (r *reader) handedOut(o order) ([]*hl7v2.Segment, error) {
	if len(o.rxa) == 0 && (o.rxe == nil || r.msg.Header().At(9, 1, 1, 1) == r.typ.message) {
		return nil, o.orc.Errorf(0, "no RXA segment behind it: %w", ErrCut)
	}
	return o.rxa, nil
}

// dispensings reads OMP-11: a drug for each RXA, with the usage of its order. What
// was dispensed is the RXA's; its amount is the total.
func (r *reader) dispensings() error {
	orders, err := r.orders()
	if err != nil {
		return err
	}
	for _, o := range orders {
		given, err := r.handedOut(o)
		if err != nil {
			return err
		}
		if len(given) == 0 {
			m, err := r.prescribed(o)
			if err != nil {
				return err
			}
			r.doc.Medications = append(r.doc.Medications, m)
		}
		for _, rxa := range given {
			if r.withdrawn(rxa) {
				continue
			}
			m, err := r.dispensed(o, rxa)
			if err != nil {
				return err
			}
			r.doc.Medications = append(r.doc.Medications, m)
		}
	}
	return nil
}

func (r *reader) dispensed(o order, rxa *hl7v2.Segment) (clinical.Medication, error) {
	drug, err := r.onlyCodedIn(rxa, 5, "drug")
	if err != nil {
		return clinical.Medication{}, err
	}
	o.otherGiven = r.gaveOther(o, rxa)
	m, err := r.ordered(o)
	m.Drug = drug
	m.Total, m.TotalUnit = rxa.Text(6), coded(rxa.Field(7).Code())
	if form := coded(rxa.Field(8).Code()); form != (clinical.Coded{}) {
		m.Form = form
	}
	m.Start, m.End = r.time(rxa, 3), r.time(rxa, 4)
	if dayOf(m.Stopped) < dayOf(m.Start) {
		m.Stopped = "" // it was handed out all the same
	}
	if m.Status = rxa.ID(20); m.Status == "PA" && m.Days > 0 {
		// What was handed out does not last for the days of the order.
		m.Instructions = append(m.Instructions, clinical.Coded{Text: "オーダの日数 " + strconv.Itoa(m.Days) + "日分"})
		m.Days = 0
	}
	if strength := rxa.Text(13); strength != "" {
		m.Strength, m.StrengthUnit = strength, coded(rxa.Field(14).Code())
	}
	m.Lot = texts(rxa.Field(15), "、")
	m.Instructions = append(m.Instructions, saidOf(rxa)...)
	return m, err
}

// saidOf are the words that go with what was given: notes (RXA-9), why it was refused
// (RXA-18), what for (RXA-19).
func saidOf(rxa *hl7v2.Segment) []clinical.Coded {
	return slices.Concat(codedAll(rxa.Field(9).Codes()), codedAll(rxa.Field(18).Codes()), codedAll(rxa.Field(19).Codes()))
}

// withdrawn reports, with a warning, an RXA that takes back what an earlier one said.
func (r *reader) withdrawn(rxa *hl7v2.Segment) bool {
	if rxa.ID(21) != "D" {
		return false
	}
	r.warn(rxa, 21, "withdrawn entry, left out")
	return true
}
