package ssmix2

import (
	"reflect"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// IsOrderKind reports whether a code system is of kinds of injection orders (一般, 麻薬 …):
// JAHIS's table of them, or what the examples of SS-MIX2 have for it. What is of it is no drug.
func IsOrderKind(system string) bool { return system == "JHSI0002" || system == "99I02" }

func isOrderKind(c clinical.Coded) bool { return IsOrderKind(c.System) || IsOrderKind(c.LocalSystem) }

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
	if o.rxe == nil {
		return clinical.Injection{}, o.orc.Errorf(0, "no RXE segment behind it: %w", ErrCut)
	}
	name, err := r.onlyCodedIn(o.rxe, o.at.code, "kind of injection or drug")
	if err != nil {
		return clinical.Injection{}, err
	}
	i := r.injection(o)
	i.Name = name
	if i.Components, err = r.compounded(o); err != nil {
		return clinical.Injection{}, err
	}
	if len(o.rxc) == 0 && isOrderKind(name) {
		return clinical.Injection{}, o.rxe.Errorf(0, "no RXC segment behind it, which has the drugs: %w", ErrCut)
	}
	if len(o.rxc) == 0 {
		// One drug alone: it stands where otherwise the kind of the order does.
		i.Components = []clinical.Component{{
			Drug: name, Amount: i.Volume, Unit: i.VolumeUnit,
			Strength: o.rxe.Text(o.at.strength), StrengthUnit: coded(o.rxe.Field(o.at.strengthUnit).Code()),
		}}
		i.Name, i.Volume, i.VolumeUnit = clinical.Coded{}, "", clinical.Coded{}
	}
	return i, nil
}

// injection reads what an order says of an injection but its name and drugs.
func (r *reader) injection(o order) clinical.Injection {
	t := r.timing(&o)
	daily := o.rxe.Field(o.at.daily).Quantity()
	site, device := r.applied(o)
	i := clinical.Injection{
		RP:           rp(o.orc),
		Volume:       o.rxe.Text(o.at.least),
		VolumeUnit:   coded(o.rxe.Field(o.at.unit).Code()),
		Rate:         o.rxe.Text(o.at.rate),
		RateUnit:     coded(o.rxe.Field(o.at.rateUnit).Code()),
		RatePer:      o.rxe.Text(o.at.per),
		Route:        codedField(o.rxr.Field(1)),
		Site:         site,
		Device:       device,
		Method:       codedField(o.rxr.Field(4)),
		Categories:   codedAll(o.rxe.Field(o.at.categories).Codes()),
		Usage:        t.usage,
		Days:         t.days(),
		Times:        t.times,
		Duration:     t.lasts.written,
		DurationUnit: t.lasts.unit,
		AsNeeded:     t.asNeeded,
		Priority:     t.priority,
		DailyDose:    daily.Amount,
		DailyUnit:    coded(daily.Unit),
		Total:        o.rxe.Text(o.at.total),
		TotalUnit:    coded(o.rxe.Field(o.at.totalUnit).Code()),
		Start:        t.start,
		End:          t.end,
		OrderStatus:  r.became(o.orc),
		Stopped:      r.stopped(o.orc, t.start),
	}
	if most := o.rxe.Text(o.at.most); most != "" && !sameNumber(most, i.Volume) {
		i.Comments = append(i.Comments, "1回最大量 "+most+i.VolumeUnit.Label())
	}
	if t.otherAmounts {
		i.Volume, i.VolumeUnit = "", clinical.Coded{}
		if t.inTurn {
			i.DailyDose, i.DailyUnit = "", clinical.Coded{}
		}
	}
	if o.otherGiven {
		i.Comments = appendLine(i.Comments, strings.TrimSpace("オーダの薬剤："+codedOrNil(o.rxe.Field(o.at.code)).Label()+" "+i.Volume+i.VolumeUnit.Label()))
		i.Volume, i.VolumeUnit, i.DailyDose, i.DailyUnit, i.Total, i.TotalUnit = "", clinical.Coded{}, "", clinical.Coded{}, "", clinical.Coded{}
	}
	for _, c := range o.instructions() {
		i.Comments = appendLine(i.Comments, c.Label())
	}
	return i
}

// injectionsDone reads OMP-12. What was given together is one injection, see
// [reader.addGiven]; the drugs are those of RXA.
func (r *reader) injectionsDone() error {
	orders, err := r.orders()
	if err != nil {
		return err
	}
	named := drugsGiven(orders)
	for _, o := range orders {
		given, err := r.handedOut(o)
		if err != nil {
			return err
		}
		if len(given) == 0 {
			i, err := r.injectionOrder(o)
			if err != nil {
				return err
			}
			i.Performed = true
			r.beginGiven(i)
		}
		mixed, unsaid := o.mixed(), r.unsaid(o, named)
		for _, rxa := range given {
			if r.withdrawn(rxa) {
				continue
			}
			i, err := r.given(o, mixed, rxa)
			if err != nil {
				return err
			}
			i.Comments = appendLine(i.Comments, unsaid)
			r.addGiven(i)
		}
	}
	return nil
}

func (r *reader) given(o order, mixed []orderedDrug, rxa *hl7v2.Segment) (clinical.Injection, error) {
	drug, err := r.onlyCodedIn(rxa, 5, "drug")
	if err != nil {
		return clinical.Injection{}, err
	}
	o.otherGiven = len(o.rxc) == 0 && !isOrderKind(coded(o.rxe.Field(o.at.code).Code())) && r.gaveOther(o, rxa)
	i := r.injection(o)
	i.Performed = true
	if o.rxe != nil && len(o.rxc) > 0 {
		i.Name = coded(o.rxe.Field(o.at.code).Code()) // the kind of the order; without RXC it would be the drug again
	}
	i.Components = []clinical.Component{{
		Drug: drug, Amount: rxa.Text(6), Unit: coded(rxa.Field(7).Code()),
		Strength: rxa.Text(13), StrengthUnit: coded(rxa.Field(14).Code()), Lot: texts(rxa.Field(15), "、"),
	}}
	if isOrderKind(drug) {
		if err := r.givenWhole(&i, o, rxa); err != nil {
			return i, err
		}
	}
	i.Start, i.End = r.time(rxa, 3), r.time(rxa, 4)
	i.Stopped = "" // what was given by then was given
	i.By = staff(rxa.Field(10))
	if i.Status = rxa.ID(20); i.Status != "" && i.Status != "CP" || gaveLess(mixed, rxa) {
		// All that was ordered is not what went in.
		i.Volume, i.VolumeUnit, i.DailyDose, i.DailyUnit, i.Total, i.TotalUnit = "", clinical.Coded{}, "", clinical.Coded{}, "", clinical.Coded{}
	}
	for _, c := range saidOf(rxa) {
		i.Comments = appendLine(i.Comments, c.Label())
	}
	if rate := rxa.Text(12); rate != "" {
		i.Rate, i.RateUnit, i.RatePer = rate, clinical.Coded{}, ""
	}
	return i, nil
}

// givenWhole reads an RXA that names no drug but the kind of the order: the whole mixture
// went in, or as much of it as RXA-6 says. How much of each drug that was is known only if
// it was all.
func (r *reader) givenWhole(i *clinical.Injection, o order, rxa *hl7v2.Segment) (err error) {
	if len(o.rxc) == 0 {
		return rxa.Errorf(5, "no RXC segment before it, which has the drugs: %w", ErrCut)
	}
	went := i.Components[0]
	if i.Components, err = r.compounded(o); err != nil {
		return err
	}
	i.Name = went.Drug
	status := rxa.ID(20)
	if (status == "" || status == "CP") && (went.Amount == "" || sameNumber(went.Amount, i.Volume) && sameUnit(went.Unit, i.VolumeUnit)) {
		return nil
	}
	for n := range i.Components {
		i.Components[n].Amount, i.Components[n].Unit = "", clinical.Coded{}
	}
	i.Comments = appendLine(i.Comments, strings.TrimSpace("実施量 "+went.Amount+went.Unit.Label()))
	i.Volume, i.VolumeUnit, i.DailyDose, i.DailyUnit, i.Total, i.TotalUnit = "", clinical.Coded{}, "", clinical.Coded{}, "", clinical.Coded{}
	return nil
}

// addGiven adds to the injection before it what was given with it: in one RP, at the
// same time, by the same way and hand, with the same outcome. Whatever differs stays
// an injection of its own; two routes in one line would be read as one.
func (r *reader) addGiven(i clinical.Injection) {
	if n := len(r.doc.Injections); n > 0 {
		last := &r.doc.Injections[n-1]
		if i.RP != "" && reflect.DeepEqual(apartFromDrugs(*last), apartFromDrugs(i)) {
			last.Components = append(last.Components, i.Components...)
			for _, c := range i.Comments {
				if !r.notes[c] {
					r.notes[c] = true
					last.Comments = append(last.Comments, c)
				}
			}
			return
		}
	}
	r.beginGiven(i)
}

// beginGiven adds an injection that others may be given with.
func (r *reader) beginGiven(i clinical.Injection) {
	r.notes = make(map[string]bool)
	for _, c := range i.Comments {
		r.notes[c] = true
	}
	r.doc.Injections = append(r.doc.Injections, i)
}

// apartFromDrugs is all that two drugs of one injection share.
func apartFromDrugs(i clinical.Injection) clinical.Injection {
	i.Components, i.Comments = nil, nil
	return i
}
