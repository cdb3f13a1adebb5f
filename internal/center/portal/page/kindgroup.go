package page

import "mizuhiki.dev/mizuhiki/internal/format/clinical"

// KindGroup is a heading under which kinds of content stand together.
type KindGroup string

const (
	GroupVisits  KindGroup = "visits"  // 受診・経過
	GroupDrugs   KindGroup = "drugs"   // 薬
	GroupTests   KindGroup = "tests"   // 検査
	GroupDisease KindGroup = "disease" // 病名・アレルギー
	GroupNotes   KindGroup = "notes"   // 記録・文書
)

// kindGroups hold every kind once; a test holds them against [clinical.Kinds].
var kindGroups = []struct {
	Group KindGroup
	Kinds []clinical.Kind
}{
	{GroupVisits, []clinical.Kind{clinical.KindEncounter, clinical.KindVital, clinical.KindDiet}},
	{GroupDrugs, []clinical.Kind{clinical.KindPrescription, clinical.KindDispensing, clinical.KindInjection}},
	{GroupTests, []clinical.Kind{clinical.KindLab, clinical.KindImaging, clinical.KindEndoscopy, clinical.KindPhysiology}},
	{GroupDisease, []clinical.Kind{clinical.KindCondition, clinical.KindAllergy}},
	{GroupNotes, writtenKinds},
}
