package ssmix2

import (
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
	if o.rxe.Number == 0 {
		return clinical.Medication{}, o.orc.Errorf(0, "no RXE segment behind it: %w", ErrCut)
	}
	drug, err := codedIn(o.rxe, 2, "drug")
	if err != nil {
		return clinical.Medication{}, err
	}
	if len(o.tq1) == 0 {
		r.warn(o.rxe, 0, "no TQ1 segment: usage not stated")
	}
	m := r.ordered(o)
	m.Drug = drug
	for _, s := range o.rxc {
		r.warn(s, 0, "component of a compounded drug, not shown")
	}
	return m, nil
}

// ordered reads all that an order says of a drug but the drug. Without an RXE, as
// in some performed prescriptions, its parts are empty.
func (r *reader) ordered(o order) clinical.Medication {
	t := r.timing(o)
	daily := o.rxe.Field(19).Quantity()
	return clinical.Medication{
		RP:           rp(o.orc),
		Dose:         o.rxe.Text(3),
		DoseUnit:     coded(o.rxe.Field(5).Code()),
		DailyDose:    daily.Amount,
		DailyUnit:    coded(daily.Unit),
		Total:        o.rxe.Text(10),
		TotalUnit:    coded(o.rxe.Field(11).Code()),
		Form:         coded(o.rxe.Field(6).Code()),
		Usage:        t.usage,
		Days:         t.days,
		Times:        t.times,
		AsNeeded:     t.asNeeded,
		Start:        t.start,
		End:          t.end,
		Route:        coded(o.rxr.Field(1).Code()),
		Categories:   codedAll(o.rxe.Field(21).Codes()),
		Instructions: o.instructions(),
	}
}

// dispensings reads OMP-11: a drug for each RXA, with the usage of its order. What
// was dispensed is the RXA's; its amount is the total.
func (r *reader) dispensings() error {
	orders, err := r.orders()
	if err != nil {
		return err
	}
	for _, o := range orders {
		if len(o.rxa) == 0 {
			return o.orc.Errorf(0, "no RXA segment behind it: %w", ErrCut)
		}
		for _, rxa := range o.rxa {
			if r.withdrawn(rxa) {
				continue
			}
			drug, err := codedIn(rxa, 5, "drug")
			if err != nil {
				return err
			}
			m := r.ordered(o)
			m.Drug = drug
			m.Total, m.TotalUnit = rxa.Text(6), coded(rxa.Field(7).Code())
			if form := coded(rxa.Field(8).Code()); form != (clinical.Coded{}) {
				m.Form = form
			}
			m.Start, m.End = r.time(rxa, 3), r.time(rxa, 4)
			m.Status = rxa.At(20, 1, 1, 1)
			m.Instructions = append(m.Instructions, codedAll(rxa.Field(9).Codes())...)
			r.doc.Medications = append(r.doc.Medications, m)
		}
	}
	return nil
}

// withdrawn reports, with a warning, an RXA that takes back what an earlier one said.
func (r *reader) withdrawn(rxa hl7v2.Segment) bool {
	if rxa.At(21, 1, 1, 1) != "D" {
		return false
	}
	r.warn(rxa, 21, "withdrawn entry, left out")
	return true
}
