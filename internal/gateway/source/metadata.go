package source

import (
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// entry gives what the index keeps of a document that was read.
func (r *reading) entry(f found, one readOne) index.Entry {
	item := metadata(r.s.index.ItemID(f.name.Key), f.name, *one.doc)
	return index.Entry{
		Item: item, Lasting: one.doc.Lasting(item.Date),
		File: index.File{
			Root: r.s.volumes[f.volume].name, Path: f.below,
			Size: one.at.size, MTime: one.at.time,
		},
		Remarks: index.RemarksOf(one.doc.Remarks),
	}
}

// metadata says of a document what the center may know: nothing of what is in it. Texts
// are copied, or an entry that waits for its transaction would keep the whole message.
func metadata(id ident.ItemID, name ssmix2.Name, doc clinical.Document) wire.Item {
	item := wire.Item{
		ID: id, PatientID: name.PatientID, Kind: doc.Kind, DataType: string(name.DataType),
		Date: name.CareDate, Department: strings.Clone(doc.Department), Updated: name.Timestamp,
		Entries: len(doc.Medications) + len(doc.Injections) + len(doc.LabResults) + len(doc.Conditions),
	}
	if item.Date == "" {
		item.Date = name.Timestamp[:8]
	}
	if doc.Allergies != nil {
		item.Entries = len(doc.Allergies.Entries)
	}
	if e := doc.Encounter; e != nil {
		item.Event = clinical.EncounterEvent(strings.Clone(string(e.Event)))
		item.Time = timeOfDay(e.Start)
		if e.Event == clinical.EventDischarge {
			item.Time = timeOfDay(e.End)
		}
	}
	for _, r := range doc.LabResults {
		if r.Flag != "" && r.Flag != "N" {
			item.Abnormal = true
		}
		if item.Time == "" {
			item.Time = timeOfDay(r.Collected)
		}
	}
	return item
}

// OrderNo gives the order number under which a document lies in its storage; empty if its
// path tells none.
func OrderNo(e index.Entry) string {
	if name, err := ssmix2.ParsePath(e.Path); err == nil {
		return name.OrderNo
	}
	if name, err := extended.ParsePath(onDisk(e.Path)); err == nil {
		return name.OrderNo
	}
	return ""
}

// timeOfDay gives the HHMM of a clinical time in Japan, empty if it has none.
func timeOfDay(t clinical.Time) string {
	t = t.InJapan()
	if len(t) < 12 {
		return ""
	}
	return strings.Clone(string(t[8:12]))
}
