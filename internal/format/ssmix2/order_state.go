package ssmix2

import "mizuhiki.dev/mizuhiki/internal/format/hl7v2"

// OrderState is what becomes of an order by an ORC.
type OrderState int

const (
	OrderStands       OrderState = iota // or nothing is said
	OrderCancelled                      // it is taken back
	OrderDiscontinued                   // it ends; what was done under it by then was done
	OrderPerformed                      // it says what was done
)

// OrderStateOf reads the control code (ORC-1, HL7 table 0119) and the status (ORC-5, table
// 0038) of an order. CA in ORC-1 is what SS-MIX2 writes; OC, CR, DC and OD are the same said
// by other parties, and a change of status (SC) says it in ORC-5.
func OrderStateOf(orc *hl7v2.Segment) OrderState {
	control, status := orc.At(1, 1, 1, 1), orc.At(5, 1, 1, 1)
	switch control {
	case "CA", "OC", "CR", "DC", "OD":
		return OrderCancelled
	}
	switch {
	case status == "CA":
		return OrderCancelled
	case status == "DC":
		return OrderDiscontinued
	case control == "RE" || status == "CM":
		return OrderPerformed
	}
	return OrderStands
}

// ChangesOrder reports whether the control code (ORC-1) says that the message puts
// another content in the place of the order's, however less it is.
func ChangesOrder(orc *hl7v2.Segment) bool {
	switch orc.At(1, 1, 1, 1) {
	case "XO", "XX", "XR", "RP", "RU", "RO", "RQ":
		return true
	}
	return false
}
