package ssmix2

import "mizuhiki.dev/mizuhiki/internal/format/clinical"

// DataType is a data type of the standard storage (データ種別).
type DataType string

// The data types of specification 1.2 that this package reads.
const (
	PatientDemographics DataType = "ADT-00" // 患者基本情報
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
	PrescriptionOrder   DataType = "OMP-01" // 処方オーダ
	PrescriptionDone    DataType = "OMP-11" // 処方実施通知
	InjectionOrder      DataType = "OMP-02" // 注射オーダ
	InjectionDone       DataType = "OMP-12" // 注射実施通知
	LabOrder            DataType = "OML-01" // 検体検査オーダ
	LabResult           DataType = "OML-11" // 検体検査結果通知
)

// NoOrder is the order number of data types that have no orders.
const NoOrder = "999999999999999"

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
	tolerated []string // MSH-9.2 that known systems write by mistake
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
	visit := []string{"PID", "PV1"}
	encounter := func(triggers, cancels, tolerated []string, careDate []place) dataType {
		return dataType{clinical.KindEncounter, "ADT", triggers, cancels, tolerated, false, careDate, visit, (*reader).encounter}
	}
	dataTypes = map[DataType]dataType{
		PatientDemographics: {"", "ADT", []string{"A08"}, []string{"A23"}, nil, true, nil, []string{"PID"}, (*reader).demographics},
		OutpatientReception: encounter([]string{"A04"}, nil, []string{"A01"}, admitted),
		PlannedAdmission:    encounter([]string{"A14"}, []string{"A27"}, nil, []place{{"PV2", 8}}),
		Admission:           encounter([]string{"A01"}, []string{"A11"}, nil, admitted),
		Leave:               encounter([]string{"A21"}, []string{"A52"}, nil, occurred),
		ReturnFromLeave:     encounter([]string{"A22"}, []string{"A53"}, nil, []place{{"EVN", 6}, {"PV2", 47}}),
		PlannedTransfer:     encounter([]string{"A15"}, []string{"A26"}, nil, []place{{"PV2", 8}}),
		Transfer:            encounter([]string{"A02"}, []string{"A12"}, nil, occurred),
		PlannedDischarge:    encounter([]string{"A16"}, []string{"A25"}, nil, []place{{"PV2", 9}}),
		Discharge:           encounter([]string{"A03"}, []string{"A13"}, nil, []place{{"PV1", 45}}),
		AllergyInformation:  {clinical.KindAllergy, "ADT", []string{"A60"}, nil, nil, true, nil, []string{"PID"}, (*reader).allergies},
		DiseaseList:         {clinical.KindCondition, "PPR", []string{"ZD1"}, nil, nil, true, nil, []string{"PID", "PRB"}, (*reader).conditions},
		PrescriptionOrder:   {clinical.KindPrescription, "RDE", []string{"O11"}, nil, nil, false, transaction, []string{"PID", "ORC", "RXE"}, (*reader).prescriptions},
		PrescriptionDone:    {clinical.KindDispensing, "RAS", []string{"O17"}, nil, nil, false, []place{{"RXA", 3}}, []string{"PID", "ORC", "RXA"}, (*reader).dispensings},
		InjectionOrder:      {clinical.KindInjection, "RDE", []string{"O11"}, nil, nil, false, transaction, []string{"PID", "ORC", "RXE"}, (*reader).injectionOrders},
		InjectionDone:       {clinical.KindInjection, "RAS", []string{"O17"}, nil, nil, false, []place{{"RXA", 3}}, []string{"PID", "ORC", "RXA"}, (*reader).injectionsDone},
		LabOrder:            {clinical.KindLab, "OML", []string{"O33"}, nil, nil, false, transaction, []string{"PID", "OBR"}, (*reader).labOrders},
		LabResult:           {clinical.KindLab, "OUL", []string{"R22"}, nil, nil, false, []place{{"SPM", 17}}, []string{"PID", "OBR"}, (*reader).labResults},
	}
}

// unread are the data types of the specification whose meaning is not read yet.
var unread = map[DataType]bool{
	"ADT-01": true, "OMD": true,
	"OMG-01": true, "OMG-11": true, "OMG-02": true, "OMG-12": true, "OMG-03": true, "OMG-13": true,
}

// Readable reports whether [ReadDocument] reads the data type. Folders of other
// types are no fault of the hospital's and need not be tried.
func (t DataType) Readable() bool {
	_, ok := dataTypes[t]
	return ok
}

// Known reports whether the specification names the data type, read or not.
func (t DataType) Known() bool { return t.Readable() || unread[t] }

// Kind gives the kind of content that documents of the type have; empty for
// ADT-00, which serves matching, and for types that are not readable.
func (t DataType) Kind() clinical.Kind { return dataTypes[t].kind }

// Undated reports whether files of the type lie under "-" instead of a care date.
func (t DataType) Undated() bool { return dataTypes[t].undated || t == "ADT-01" }
