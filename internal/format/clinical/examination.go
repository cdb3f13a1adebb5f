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
	Purpose   string      `json:"purpose,omitempty"`   // OBR-13 relevant clinical information, else OBR-31
	Items     []Procedure `json:"items,omitempty"`     // ZE1
	Findings  []LabResult `json:"findings,omitempty"`  // OBX
	Comments  []string    `json:"comments,omitempty"`  // NTE, TQ1-11

	OrderNo  string  `json:"order_no,omitempty"` // ORC-2; the document's own unless it is part of a larger order
	Parent   string  `json:"parent,omitempty"`   // order number of the order that this one is part of (ORC-8, OBR-29)
	End      Time    `json:"end,omitempty"`      // OBR-8
	Priority Coded   `json:"priority,omitzero"`  // TQ1-9: R routine, S stat …
	Danger   Coded   `json:"danger,omitzero"`    // OBR-12: what staff must beware of
	Protocol Coded   `json:"protocol,omitzero"`  // IPC-6
	Specimen []Coded `json:"specimen,omitempty"` // SPM-4, of a biopsy
	Further  []Study `json:"further,omitempty"`  // studies besides the one above, where there are several IPC

	SpecimenSites []Coded `json:"specimen_sites,omitempty"` // where specimens were taken (SPM-8), of those that say it
}

// Study is one study of images (IPC).
type Study struct {
	Modality  Coded  `json:"modality,omitzero"`
	Accession string `json:"accession,omitempty"`
	StudyUID  string `json:"study_uid,omitempty"`
}

// Procedure is one thing done or used in an examination (ZE1 with ZE2).
type Procedure struct {
	Procedure Coded      `json:"procedure,omitzero"`
	Count     string     `json:"count,omitempty"`
	Staff     []Staff    `json:"staff,omitempty"`
	Materials []Material `json:"materials,omitempty"`
	Exposures []Exposure `json:"exposures,omitempty"`

	Planned   bool        `json:"planned,omitempty"`    // not done yet: ZE1-2 other than RS
	StaffRole string      `json:"staff_role,omitempty"` // ZE1-6, as written
	Findings  []LabResult `json:"findings,omitempty"`   // OBX behind the ZE1
	Comments  []string    `json:"comments,omitempty"`   // ZE1-11

	MaterialKind string `json:"material_kind,omitempty"` // of Materials: drug, film … (ZE1-8), as written
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
	Comment  string `json:"comment,omitempty"`
}

// Diet is one diet order (ODS, ODT with its TQ1).
type Diet struct {
	Type         string   `json:"type,omitempty"` // ODS-1: D diet, S supplement, P preference
	Diets        []Coded  `json:"diets,omitempty"`
	Periods      []Coded  `json:"periods,omitempty"` // ODS-2: breakfast, lunch …
	Start        Time     `json:"start,omitempty"`
	End          Time     `json:"end,omitempty"`
	Usage        []Coded  `json:"usage,omitempty"` // TQ1-3
	Instructions []string `json:"instructions,omitempty"`
	Tray         Coded    `json:"tray,omitzero"`     // ODT-1: early, late, none …; Diets is then empty
	Priority     Coded    `json:"priority,omitzero"` // TQ1-9: R routine, S stat …
}
