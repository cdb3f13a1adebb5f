package ssmix2

import "mizuhiki.dev/mizuhiki/internal/format/clinical"

// DataType is a data type of the standard storage (データ種別).
type DataType string

// The data types of specification 1.2.
const (
	PatientDemographics DataType = "ADT-00" // 患者基本情報
	AttendingChange     DataType = "ADT-01" // 担当医の変更
	OutpatientReception DataType = "ADT-12" // 外来診察の受付
	PlannedAdmission    DataType = "ADT-21" // 入院予定
	Admission           DataType = "ADT-22" // 入院実施
	Leave               DataType = "ADT-31" // 外出泊実施
	ReturnFromLeave     DataType = "ADT-32" // 外出泊帰院実施
	PlannedTransfer     DataType = "ADT-41" // 転科・転棟予定
	Transfer            DataType = "ADT-42" // 転科・転棟実施
	PlannedDischarge    DataType = "ADT-51" // 退院予定
	Discharge           DataType = "ADT-52" // 退院実施
	AllergyInformation  DataType = "ADT-61" // アレルギー情報
	DiseaseList         DataType = "PPR-01" // 病名(歴)情報
	DietOrder           DataType = "OMD"    // 食事オーダ
	PrescriptionOrder   DataType = "OMP-01" // 処方オーダ
	PrescriptionDone    DataType = "OMP-11" // 処方実施通知
	InjectionOrder      DataType = "OMP-02" // 注射オーダ
	InjectionDone       DataType = "OMP-12" // 注射実施通知
	LabOrder            DataType = "OML-01" // 検体検査オーダ
	LabResult           DataType = "OML-11" // 検体検査結果通知
	ImagingOrder        DataType = "OMG-01" // 放射線検査オーダ
	ImagingDone         DataType = "OMG-11" // 放射線検査の実施通知
	EndoscopyOrder      DataType = "OMG-02" // 内視鏡検査オーダ
	EndoscopyDone       DataType = "OMG-12" // 内視鏡検査の実施通知
	PhysiologyOrder     DataType = "OMG-03" // 生理検査オーダ
	PhysiologyResult    DataType = "OMG-13" // 生理検査結果通知
)

// NoOrder is the order number of data types that have no orders.
const NoOrder = clinical.NoOrder

// place is a field of a segment.
type place struct {
	segment string
	field   int
}

// dataType is what the specification says of one data type (tables of data types
// and of care dates) and how its message is read.
type dataType struct {
	kind      clinical.Kind
	message   string   // MSH-9.1
	triggers  []string // MSH-9.2 of a new or changed entry
	cancels   []string // MSH-9.2 of a cancellation; orders cancel in ORC-1 instead
	tolerated []string // MSH-9.1^MSH-9.2 of older editions, and of slips that known systems make
	undated   bool
	careDate  []place  // where the care date stands, first that says something
	required  []string // segments without which the message says nothing
	read      func(*reader) error
}

var dataTypes map[DataType]dataType

// In init, since the table holds methods whose errors mention the table's types.
func init() {
	admitted := []place{{"PV1", 44}}
	occurred := []place{{"EVN", 6}}
	transaction := []place{{"ORC", 9}}
	observed := []place{{"OBR", 7}}
	given := []place{{"RXA", 3}}
	visit := []string{"PID", "PV1"}
	only := func(s ...string) []string { return s }
	encounter := func(trigger, cancel string, careDate []place, tolerated ...string) dataType {
		return dataType{clinical.KindEncounter, "ADT", only(trigger), only(cancel), tolerated, false, careDate, visit, (*reader).encounter}
	}
	order := func(kind clinical.Kind, message, trigger string, careDate []place, required []string, read func(*reader) error, tolerated ...string) dataType {
		return dataType{kind, message, only(trigger), nil, tolerated, false, careDate, append(only("PID"), required...), read}
	}
	ordered := func(kind clinical.Kind) dataType {
		return order(kind, "OMG", "O19", transaction, only("ORC", "OBR"), (*reader).examinationOrders)
	}
	performed := func(kind clinical.Kind) dataType {
		return order(kind, "OMI", "Z23", observed, only("ORC", "OBR"), (*reader).examinationsDone)
	}
	dataTypes = map[DataType]dataType{
		PatientDemographics: {"", "ADT", only("A08"), only("A23"), nil, true, nil, only("PID"), (*reader).demographics},
		AttendingChange:     {clinical.KindEncounter, "ADT", only("A54"), only("A55"), nil, true, nil, visit, (*reader).encounter},
		OutpatientReception: encounter("A04", "", admitted, "ADT^A01"),
		PlannedAdmission:    encounter("A14", "A27", []place{{"PV2", 8}}),
		Admission:           encounter("A01", "A11", admitted),
		Leave:               encounter("A21", "A52", occurred),
		ReturnFromLeave:     encounter("A22", "A53", []place{{"EVN", 6}, {"PV2", 47}}),
		PlannedTransfer:     encounter("A15", "A26", []place{{"PV2", 8}}),
		Transfer:            encounter("A02", "A12", occurred),
		PlannedDischarge:    encounter("A16", "A25", []place{{"PV2", 9}}),
		Discharge:           encounter("A03", "A13", []place{{"PV1", 45}}),
		AllergyInformation:  {clinical.KindAllergy, "ADT", only("A60"), nil, only("ADT^A08"), true, nil, only("PID"), (*reader).allergies},
		DiseaseList:         {clinical.KindCondition, "PPR", only("ZD1"), nil, only("ADT^A08"), true, nil, only("PID"), (*reader).conditions},
		DietOrder:           order(clinical.KindDiet, "OMD", "O03", transaction, only("ORC"), (*reader).diets),
		PrescriptionOrder:   order(clinical.KindPrescription, "RDE", "O11", transaction, only("ORC"), (*reader).prescriptions, "OMP^O09"),
		PrescriptionDone:    order(clinical.KindDispensing, "RAS", "O17", given, only("ORC"), (*reader).dispensings, "OMP^O09"),
		InjectionOrder:      order(clinical.KindInjection, "RDE", "O11", transaction, only("ORC"), (*reader).injectionOrders, "OMP^O09"),
		InjectionDone:       order(clinical.KindInjection, "RAS", "O17", given, only("ORC"), (*reader).injectionsDone, "OMP^O09"),
		LabOrder:            order(clinical.KindLab, "OML", "O33", transaction, only("OBR"), (*reader).labOrders),
		LabResult:           order(clinical.KindLab, "OUL", "R22", []place{{"SPM", 17}}, only("OBR"), (*reader).labResults, "OML^O33", "ORU^R01"),
		ImagingOrder:        ordered(clinical.KindImaging),
		ImagingDone:         performed(clinical.KindImaging),
		EndoscopyOrder:      ordered(clinical.KindEndoscopy),
		EndoscopyDone:       performed(clinical.KindEndoscopy),
		PhysiologyOrder:     ordered(clinical.KindPhysiology),
		PhysiologyResult:    order(clinical.KindPhysiology, "ORU", "R01", observed, only("OBR"), (*reader).examinationsDone),
	}
}

// Readable reports whether [ReadDocument] reads the data type, which it does with all
// that the specification names.
func (t DataType) Readable() bool {
	_, ok := dataTypes[t]
	return ok
}

// Kind gives the kind of content that documents of the type have; empty for
// ADT-00, which serves matching, and for types that the specification lacks.
func (t DataType) Kind() clinical.Kind { return dataTypes[t].kind }

// Undated reports whether files of the type lie under "-" instead of a care date.
func (t DataType) Undated() bool { return dataTypes[t].undated }
