package ssmix2

import (
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// subject is what an examination is done with.
type subject int

const (
	unclear subject = iota
	imaging
	endoscopy
	physiology
	laboratory
)

// examination tells by its first order what an examination is.
func (c classifier) examination(types map[subject]DataType) (DataType, error) {
	obr := c.msg.First("OBR")
	if obr == nil {
		return "", c.msg.Header().Errorf(0, "no OBR segment, which has the examination")
	}
	ipc := c.msg.First("IPC")
	service := coded(obr.Field(4).Code())
	for _, told := range []struct {
		is    subject
		field int
	}{
		{ofSystem(service), 4}, {ofModality(ipc.ID(5)), 0}, {ofSection(obr.ID(24)), 24},
	} {
		if told.is == unclear {
			continue
		}
		if t, known := types[told.is]; known {
			return t, nil
		}
		return "", obr.Errorf(told.field, "no examination that the message type is for")
	}
	if c.msg.Header().At(9, 1, 1, 1) == "ORU" {
		if t, known := types[c.measured()]; known {
			return t, nil
		}
	}
	return "", obr.Errorf(4, "neither code system, section nor modality tells what examination it is")
}

// measured tells by what observations come of what they are where their panel is the
// facility's own: by the codes of the results (OBX-3) of all panels, and by a specimen
// (SPM-4), which physiology takes none of. Where these disagree nothing is told.
func (c classifier) measured() subject {
	found := unclear
	for s := range c.msg.All() {
		is := unclear
		switch {
		case s.Name == "OBR":
			is = ofSystem(coded(s.Field(4).Code()))
		case s.Name == "OBX":
			if test := coded(s.Field(3).Code()); !atTheBedside(test) {
				is = ofSystem(test)
			}
		case s.Name == "SPM" && !s.Field(4).IsBlank():
			is = laboratory
		}
		if is != unclear && found != unclear && is != found {
			return unclear
		}
		if is != unclear {
			found = is
		}
	}
	return found
}

// atTheBedside reports whether JLAC10 counts a test among measures of the body and vital
// signs. They come along with results of any kind and tell nothing of it.
func atTheBedside(test clinical.Coded) bool {
	for _, group := range []string{"9N", "9P", "9A75", "9A76"} {
		if test.System == "JC10" && strings.HasPrefix(test.Code, group) {
			return true
		}
	}
	return false
}

// ofSystem reads the code system of the examination (OBR-4). JLAC10 counts what is
// measured on the living, class 9, among laboratory tests.
func ofSystem(service clinical.Coded) subject {
	switch system := service.System; {
	case strings.HasPrefix(system, "JJ1017"):
		return imaging
	case system == "LENDO":
		return endoscopy
	case system == "99MFR" || service.LocalSystem == "99MFR":
		return physiology
	case system == "JC10" && strings.HasPrefix(service.Code, "9"):
		return physiology
	case system == "JC10" && service.Code != "":
		return laboratory
	}
	return unclear
}

// ofModality reads IPC-5 (DICOM modalities).
func ofModality(code string) subject {
	switch code {
	case "":
		return unclear
	case "ES":
		return endoscopy
	case "ECG", "EPS", "EEG", "EMG", "HD", "RESP", "AU":
		return physiology
	case "CR", "CT", "DX", "MR", "MG", "NM", "PT", "RF", "XA", "US", "BMD", "PX", "IO", "RG", "DR", "IVUS", "OT":
		return imaging
	}
	return unclear
}

// ofSection reads OBR-24 (HL7 table 0074).
func ofSection(code string) subject {
	switch code {
	case "RAD", "RX", "CT", "NMR", "NMS", "XRC", "CTH", "RT":
		return imaging
	case "EC", "EN", "PF", "AU", "PHY", "RC", "CUS", "VUS", "RUS", "OUS":
		return physiology
	case "LAB", "BG", "BLB", "CH", "CG", "CP", "HM", "IMM", "MB", "MCB", "MYC", "SP", "SR", "TX", "VR":
		return laboratory
	}
	return unclear
}

// drugs tells prescriptions from injections. The first thing that is said of the
// first order and that only one of them has decides.
func (c classifier) drugs(prescription, injection DataType) (DataType, error) {
	r := reader{msg: c.msg, name: Name{Flag: Deleted}}
	all, err := r.orders()
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", c.msg.Header().Errorf(0, "no ORC segment, which begins an order")
	}
	o := all[0]
	lasts := r.timing(&o).lasts
	o.dispensed = lasts.days > 0 || lasts.times > 0 || !o.rxe.Field(o.at.total).IsBlank()
	switch {
	case o.isInjection():
		return injection, nil
	case o.isPrescription():
		return prescription, nil
	}
	at := o.rxe
	if at == nil && len(o.rxa) > 0 {
		at = o.rxa[0]
	}
	if at == nil {
		at = o.orc
	}
	return "", at.Errorf(0, "nothing tells whether it is a prescription or an injection")
}

// isPrescription reports whether the order has what only prescriptions have.
func (o order) isPrescription() bool {
	return o.forTheRoad() || o.dispensed || o.route() == routeOther || o.form() == formOther
}

// isInjection reports whether the order is given by staff. A drug to be injected under
// the skin that is dispensed for some days, as insulin is, is a prescription.
func (o order) isInjection() bool {
	switch {
	case o.forTheRoad():
		return false
	case o.inTable("JHSI"), !o.rxe.Field(o.at.rate).IsBlank(), len(o.rxa) > 0 && !o.rxa[0].Field(12).IsBlank(), o.route() == routeStaff:
		return true
	}
	return !o.dispensed && (o.usedBy("3") || o.route() == routeSkin || o.form() == formInjection && o.route() != routeOther)
}

// forTheRoad reports whether the order is said to be a prescription: by its usage, by a
// table of prescriptions, or since it goes to a pharmacy outside or home with the patient.
func (o order) forTheRoad() bool {
	return o.usedBy("12") || o.inTable("JHSP") || o.dispensedOutside()
}

// dispensedOutside reports whether the drug is for a pharmacy outside (OHO) or for after
// the discharge (DCG).
func (o order) dispensedOutside() bool {
	for _, c := range o.rxe.Field(o.at.categories).Codes() {
		if c.System == "MR9P" && (c.Code == "OHO" || c.Code == "DCG") {
			return true
		}
	}
	return false
}

// inTable reports whether something is of a JAHIS table: JHSP of prescriptions, JHSI of
// injections. Kinds, instructions and categories are.
func (o order) inTable(prefix string) bool {
	for _, field := range []int{o.at.code, o.at.instructions, o.at.categories, o.at.indication} {
		for _, c := range o.rxe.Field(field).Codes() {
			if strings.HasPrefix(c.System, prefix) {
				return true
			}
		}
	}
	return false
}

// usedBy reports whether a JAMI usage code has one of the ways: 1 oral, 2 external, 3 injected.
func (o order) usedBy(ways string) bool {
	for _, s := range o.tq1 {
		for _, c := range s.Field(3).RepeatPatterns() {
			if c.System == "JAMISDP01" && len(c.Code) == 16 && strings.ContainsAny(c.Code[:1], ways) {
				return true
			}
		}
	}
	return false
}

// form is what RXE-6 or RXA-8 says of how a drug is made up.
type form int

const (
	formUnclear form = iota
	formInjection
	formOther
)

func (o order) form() form {
	c := o.rxe.Field(o.at.form).Code()
	if len(o.rxa) > 0 && c.Code == "" {
		c = o.rxa[0].Field(8).Code()
	}
	switch {
	case c.System != "MR9P" || c.Code == "":
		return o.formOfUnit()
	case c.Code == "INJ":
		return formInjection
	}
	return formOther
}

// formOfUnit tells the form by what is counted (RXE-5, RXA-7): tablets and capsules are not
// injected. Ampoules and vials may be inhaled, or injected at home.
func (o order) formOfUnit() form {
	c := o.rxe.Field(o.at.unit).Code()
	if len(o.rxa) > 0 && c.Code == "" {
		c = o.rxa[0].Field(7).Code()
	}
	if c.System == "MR9P" && (c.Code == "TAB" || c.Code == "CAP") {
		return formOther
	}
	return formUnclear
}

// route is who can use a route of administration (HL7 table 0162).
type route int

const (
	routeUnclear route = iota
	routeStaff         // into a vessel, a muscle, a cavity
	routeSkin          // under the skin: staff or the patient
	routeOther         // no needle
)

func (o order) route() route {
	switch o.rxr.ID(1) {
	case "IV", "IM", "ID", "IA", "IT", "IP", "EP", "IC", "IS", "IB", "IHA", "PF":
		return routeStaff
	case "SC":
		return routeSkin
	case "PO", "SL", "B", "NG", "GTT", "AP", "TP", "TD", "OP", "OT", "PR", "VG", "NS", "IN", "IH", "MTH", "MM":
		return routeOther
	}
	return routeUnclear
}
