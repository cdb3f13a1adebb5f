package synth

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
	"unicode/utf16"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
)

// broken gives files that no reader can read: what a gateway must list and pass over.
// Some are demographics of patients of their own, which a gateway reads of everybody;
// the others lie beside the files of a linked person, since content is read of those only.
func (r *Region) broken(facility int) []storage.File {
	day := r.cfg.Today.AddDays(-40).Compact()
	var out []storage.File
	add := func(id ident.LocalPatientID, date, dataType, order, department string, body []byte) {
		name := fmt.Sprintf("%s_%s_%s_%s_%s120000000_%s_1", id, date, dataType, order, day, department)
		out = append(out, storage.File{Path: path.Join(string(id[:3]), string(id[3:6]), string(id), date, dataType, name), Body: body})
	}
	spoilers := []func([]byte) []byte{cut, inUTF16, ofStranger}
	for i, spoil := range spoilers {
		id := ident.LocalPatientID(fmt.Sprintf("2999%04d", i+1))
		add(id, "-", "ADT-00", ssmix2.NoOrder, "-", spoil(soundDemographics(id)))
	}
	id, ok := r.anyLinked(facility)
	if !ok {
		return out
	}
	for i, spoil := range spoilers {
		number := fmt.Sprintf("%015d", 9901+i)
		add(id, day, "OMP-01", number, "01", spoil(soundOrder(id, number)))
	}
	unknown := fmt.Sprintf("%015d", 9901+len(spoilers))
	add(id, day, "XYZ-99", unknown, "01", soundOrder(id, unknown))
	return out
}

// anyLinked gives the number of a linked person whose story a template tells.
func (r *Region) anyLinked(facility int) (ident.LocalPatientID, bool) {
	for _, p := range r.Persons {
		for _, rec := range p.Records {
			if p.Linked && rec.Facility == facility && p.Story != HeartFailure && p.Story != Polypharmacy {
				return rec.ID, true
			}
		}
	}
	return "", false
}

func soundDemographics(id ident.LocalPatientID) []byte {
	return []byte("MSH|^~\\&|HIS|BROKEN|GW|SSMIX2|20261011120000||ADT^A08^ADT_A01|B1|P|2.5||||||~ISO IR87\r" +
		"EVN||20261011120000\rPID|0001||" + string(id) + "^^^^PI||BROKEN^FILE^^^^^L^A||19500101|M\r")
}

func soundOrder(id ident.LocalPatientID, number string) []byte {
	return []byte("MSH|^~\\&|HIS|BROKEN|GW|SSMIX2|20261011120000||RDE^O11^RDE_O11|B2|P|2.5||||||~ISO IR87\r" +
		"PID|0001||" + string(id) + "^^^^PI||BROKEN^FILE^^^^^L^A||19500101|M\rORC|NW|" + number + "\r" +
		"RXE||1^drug^99XYZ|1||TAB\rRXR|PO\r")
}

// beforeID stands in both messages just before the patient's number.
const beforeID = "PID|0001||"

// cut ends a message just before its patient's number.
func cut(message []byte) []byte {
	return message[:bytes.Index(message, []byte(beforeID))+len(beforeID)]
}

// inUTF16 writes a message in the wrong encoding, as a careless copy does.
func inUTF16(message []byte) []byte {
	out := []byte{0xFF, 0xFE}
	for _, unit := range utf16.Encode([]rune(string(message))) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

// ofStranger puts another patient's number into a message.
func ofStranger(message []byte) []byte {
	return bytes.Replace(message, []byte(beforeID), []byte(beforeID+"9"), 1)
}
