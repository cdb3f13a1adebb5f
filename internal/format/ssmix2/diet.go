package ssmix2

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// dietGroup is one ORC group of a diet order: ORC {TQ1} {ODS} {NTE} {OBX}, or with
// ODT for trays.
type dietGroup struct {
	orc      *hl7v2.Segment
	tq1, nte []*hl7v2.Segment
	diets    []clinical.Diet
}

// diets reads OMD: a diet for each ODS or ODT, with the times of its order.
func (r *reader) diets() error {
	groups, err := r.dietGroups()
	if err != nil {
		return err
	}
	for _, g := range groups {
		if len(g.diets) == 0 {
			return g.orc.Errorf(0, "no ODS segment behind it: %w", ErrCut)
		}
	}
	kept := slices.DeleteFunc(slices.Clone(groups), func(g *dietGroup) bool { return r.name.Flag == Current && cancelled(g.orc) })
	if len(kept) == 0 {
		return groups[0].orc.Errorf(1, "%w", ErrCancelled)
	}
	for _, g := range groups {
		if r.name.Flag == Current && cancelled(g.orc) {
			r.warn(g.orc, 1, "cancelled entry, left out")
		}
	}
	for _, g := range kept {
		if err := shared(g.orc, len(g.diets), []*hl7v2.Segment{g.orc}, g.tq1, g.nte); err != nil {
			return err
		}
		common := r.dietTimes(g.tq1)
		common.OrderStatus = r.became(g.orc)
		common.Instructions = appendLine(common.Instructions, reason(g.orc))
		for _, note := range g.nte {
			common.Instructions = appendLine(common.Instructions, note.Text(3))
		}
		for _, d := range g.diets {
			of := common
			of.Type, of.Diets, of.Periods, of.Tray = d.Type, d.Diets, d.Periods, d.Tray
			of.Instructions = slices.Concat(d.Instructions, common.Instructions)
			r.doc.Diets = append(r.doc.Diets, of)
		}
	}
	return nil
}

func (r *reader) dietGroups() ([]*dietGroup, error) {
	var groups []*dietGroup
	for s := range r.msg.All() {
		if s.Name == "ORC" {
			groups = append(groups, &dietGroup{orc: s})
			continue
		}
		if len(groups) == 0 {
			if s.Name == "ODS" || s.Name == "ODT" {
				return nil, s.Errorf(0, "no ORC before it")
			}
			r.beforeOrders(s)
			continue
		}
		g := groups[len(groups)-1]
		switch s.Name {
		case "TQ1":
			g.tq1 = append(g.tq1, s)
		case "ODS":
			what, err := codedIn(s, 3, "diet")
			if err != nil {
				return nil, err
			}
			d := clinical.Diet{Type: s.ID(1), Diets: []clinical.Coded{what}, Periods: codedAll(s.Field(2).Codes()), Instructions: appendLine(nil, s.Text(4))}
			for _, more := range s.Field(3).Codes()[1:] {
				d.Diets = append(d.Diets, coded(more))
			}
			g.diets = append(g.diets, d)
		case "ODT":
			tray, err := r.onlyCodedIn(s, 1, "tray")
			if err != nil {
				return nil, err
			}
			g.diets = append(g.diets, clinical.Diet{Tray: tray, Periods: codedAll(s.Field(2).Codes()), Instructions: appendLine(nil, s.Text(3))})
		case "NTE":
			g.nte = append(g.nte, s)
		case "OBX":
			r.observe(s)
		}
	}
	return groups, nil
}

// dietTimes reads what the TQ1 of an order say of each of its diets. Where they begin or
// end at different times, as breakfast from one day and supper from another, each is an
// instruction besides, with its own.
func (r *reader) dietTimes(tq1 []*hl7v2.Segment) clinical.Diet {
	var d clinical.Diet
	var all []timed
	for _, s := range tq1 {
		one := timed{usage: codedAll(s.Field(3).RepeatPatterns()), start: r.time(s, 7), end: r.time(s, 8)}
		all = append(all, one)
		d.Usage = append(d.Usage, one.usage...)
		if d.Priority.IsEmpty() {
			d.Priority = coded(s.Field(9).Code())
		}
		d.Instructions = appendLine(appendLine(d.Instructions, s.Text(10)), s.Text(11))
	}
	d.Start, d.End = begin(all), end(all)
	if !apart(all) {
		return d
	}
	r.warn(tq1[0], 0, "times that the order's fields cannot hold, each TQ1 is shown as an instruction")
	for _, one := range all {
		said := appendLine(one.fromTo(), joined(one.usage))
		d.Instructions = appendLine(d.Instructions, strings.Join(said, " "))
	}
	return d
}
