package clinical

// Examination is an imaging, endoscopy or physiology examination as ordered or, when
// Performed, as carried out (ORC group of OMG^O19, OMI^Z23, ORU^R01).
type Examination struct {
	Name      Coded       `json:"name"` // OBR-4
	Performed bool        `json:"performed,omitempty"`
	Modality  Coded       `json:"modality,omitzero"`   // IPC-5
	Accession string      `json:"accession,omitempty"` // IPC-1
	StudyUID  string      `json:"study_uid,omitempty"` // IPC-3, Study Instance UID
	At        Time        `json:"at,omitempty"`        // OBR-7 performed; OBR-36, TQ1-7 or ORC-9 ordered
	Status    string      `json:"status,omitempty"`    // OBR-25
	Purpose   string      `json:"purpose,omitempty"`   // OBR-13 relevant clinical information
	Items     []Procedure `json:"items,omitempty"`     // ZE1
	Findings  []LabResult `json:"findings,omitempty"`  // OBX
	Comments  []string    `json:"comments,omitempty"`  // NTE, TQ1-11
}

// Procedure is one thing done or used in an examination (ZE1 with ZE2).
type Procedure struct {
	Procedure Coded      `json:"procedure,omitzero"`
	Count     string     `json:"count,omitempty"`
	Staff     []Staff    `json:"staff,omitempty"`
	Materials []Material `json:"materials,omitempty"`
	Exposures []Exposure `json:"exposures,omitempty"`
}

// Material is a drug or material that was used.
type Material struct {
	Material Coded  `json:"material"`
	Amount   string `json:"amount,omitempty"`
	Unit     Coded  `json:"unit,omitzero"`
}

// Exposure is one radiation exposure (ZE2), values with their units as written.
type Exposure struct {
	Voltage  string `json:"voltage,omitempty"`
	Current  string `json:"current,omitempty"`
	Distance string `json:"distance,omitempty"`
	Time     string `json:"time,omitempty"`
	Count    string `json:"count,omitempty"`
}

// Diet is one diet order (ODS, ODT with its TQ1).
type Diet struct {
	Type         string   `json:"type,omitempty"` // ODS-1: D diet, S supplement, P preference
	Diets        []Coded  `json:"diets"`
	Periods      []Coded  `json:"periods,omitempty"` // ODS-2: breakfast, lunch …
	Start        Time     `json:"start,omitempty"`
	End          Time     `json:"end,omitempty"`
	Usage        []Coded  `json:"usage,omitempty"` // TQ1-3
	Instructions []string `json:"instructions,omitempty"`
}
