package ssmix2

import (
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// injectionOrders reads OMP-02: one injection for each order, its drugs in RXC.
func (r *reader) injectionOrders() error {
	orders, err := r.orders()
	if err != nil {
		return err
	}
	for _, o := range orders {
		i, err := r.injectionOrder(o)
		if err != nil {
			return err
		}
		r.doc.Injections = append(r.doc.Injections, i)
	}
	return nil
}

func (r *reader) injectionOrder(o order) (clinical.Injection, error) {
	if o.rxe.Number == 0 {
		return clinical.Injection{}, o.orc.Errorf(0, "no RXE segment behind it: %w", ErrCut)
	}
	name, err := codedIn(o.rxe, 2, "kind of injection or drug")
	if err != nil {
		return clinical.Injection{}, err
	}
	i := r.injection(o)
	i.Name = name
	for _, s := range o.rxc {
		drug, err := codedIn(s, 2, "drug")
		if err != nil {
			return clinical.Injection{}, err
		}
		i.Components = append(i.Components, clinical.Component{
			Additive: s.At(1, 1, 1, 1) == "A",
			Drug:     drug,
			Amount:   s.Text(3),
			Unit:     coded(s.Field(4).Code()),
		})
	}
	if len(o.rxc) == 0 {
		// One drug alone: it stands where otherwise the kind of the order does.
		i.Components = []clinical.Component{{Drug: name, Amount: i.Volume, Unit: i.VolumeUnit}}
		i.Name, i.Volume, i.VolumeUnit = clinical.Coded{}, "", clinical.Coded{}
	}
	return i, nil
}

// injection reads what an order says of an injection but its name and drugs.
func (r *reader) injection(o order) clinical.Injection {
	t := r.timing(o)
	for _, s := range o.nte {
		r.warn(s, 3, "note of an injection, not shown")
	}
	return clinical.Injection{
		RP:         rp(o.orc),
		Volume:     o.rxe.Text(3),
		VolumeUnit: coded(o.rxe.Field(5).Code()),
		Rate:       o.rxe.Text(23),
		RateUnit:   coded(o.rxe.Field(24).Code()),
		Route:      coded(o.rxr.Field(1).Code()),
		Site:       coded(o.rxr.Field(2).Code()),
		Device:     coded(o.rxr.Field(3).Code()),
		Start:      t.start,
		End:        t.end,
	}
}

// injectionsDone reads OMP-12. What was given together, in one RP from the same
// beginning to the same end with the same outcome, is one injection; the drugs are
// those of RXA.
func (r *reader) injectionsDone() error {
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
			i, err := r.given(o, rxa)
			if err != nil {
				return err
			}
			r.addGiven(i)
		}
	}
	return nil
}

func (r *reader) given(o order, rxa hl7v2.Segment) (clinical.Injection, error) {
	drug, err := codedIn(rxa, 5, "drug")
	if err != nil {
		return clinical.Injection{}, err
	}
	i := r.injection(o)
	i.Performed = true
	if o.rxe.Number > 0 && len(o.rxc) > 0 {
		i.Name = coded(o.rxe.Field(2).Code()) // the kind of the order; without RXC it would be the drug again
	}
	i.Components = []clinical.Component{{Drug: drug, Amount: rxa.Text(6), Unit: coded(rxa.Field(7).Code())}}
	i.Start, i.End = r.time(rxa, 3), r.time(rxa, 4)
	i.By = staff(rxa.Field(10))
	i.Status = rxa.At(20, 1, 1, 1)
	if rate := rxa.Text(12); rate != "" {
		i.Rate, i.RateUnit = rate, clinical.Coded{}
	}
	return i, nil
}

// addGiven adds to the injection before it what was given with it.
func (r *reader) addGiven(i clinical.Injection) {
	if n := len(r.doc.Injections); n > 0 {
		last := &r.doc.Injections[n-1]
		if last.RP == i.RP && i.RP != "" && last.Start == i.Start && last.End == i.End && last.Status == i.Status {
			last.Components = append(last.Components, i.Components...)
			return
		}
	}
	r.doc.Injections = append(r.doc.Injections, i)
}
