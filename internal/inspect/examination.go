package inspect

import (
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

type (
	examinationEntry struct {
		Examination string           `json:"examination"`
		Code        string           `json:"code,omitempty"`
		System      string           `json:"system,omitempty"`
		LocalCode   string           `json:"local_code,omitempty"`
		Performed   bool             `json:"performed,omitempty"`
		OrderNo     string           `json:"order_no,omitempty"`
		Parent      string           `json:"parent,omitempty"` // order number of the order it is part of
		Modality    string           `json:"modality,omitempty"`
		Accession   string           `json:"accession,omitempty"`
		StudyUID    string           `json:"study_uid,omitempty"`
		Further     []studyEntry     `json:"further,omitempty"`
		Start       clinical.Time    `json:"start,omitempty"`
		End         clinical.Time    `json:"end,omitempty"`
		Status      string           `json:"status,omitempty"`
		Priority    string           `json:"priority,omitempty"`
		Danger      string           `json:"danger,omitempty"`
		Purpose     string           `json:"purpose,omitempty"`
		Protocol    string           `json:"protocol,omitempty"`
		Specimen    []string         `json:"specimen,omitempty"`
		Sites       []string         `json:"specimen_sites,omitempty"`
		Procedures  []procedureEntry `json:"procedures,omitempty"`
		Findings    []labEntry       `json:"findings,omitempty"`
		Comments    []string         `json:"comments,omitempty"`
	}
	studyEntry struct {
		Modality  string `json:"modality,omitempty"`
		Accession string `json:"accession,omitempty"`
		StudyUID  string `json:"study_uid,omitempty"`
	}
	procedureEntry struct {
		Procedure string              `json:"procedure,omitempty"`
		Code      string              `json:"code,omitempty"`
		Planned   bool                `json:"planned,omitempty"`
		Count     string              `json:"count,omitempty"`
		Role      string              `json:"role,omitempty"`
		Staff     []string            `json:"staff,omitempty"`
		Materials []componentEntry    `json:"materials,omitempty"`
		Kind      string              `json:"material_kind,omitempty"`
		Exposures []clinical.Exposure `json:"exposures,omitempty"`
		Findings  []labEntry          `json:"findings,omitempty"`
		Comments  []string            `json:"comments,omitempty"`
	}
	dietEntry struct {
		Diet         []string      `json:"diet,omitempty"`
		Code         []string      `json:"code,omitempty"`
		Tray         string        `json:"tray,omitempty"`
		Type         string        `json:"type,omitempty"` // D diet, S supplement, P preference
		Periods      []string      `json:"periods,omitempty"`
		Start        clinical.Time `json:"start,omitempty"`
		End          clinical.Time `json:"end,omitempty"`
		Usage        []string      `json:"usage,omitempty"`
		Instructions []string      `json:"instructions,omitempty"`
		Priority     string        `json:"priority,omitempty"`
	}
)

func examinationOf(e clinical.Examination) examinationEntry {
	out := examinationEntry{
		Examination: e.Name.Label(), Code: codeOf(e.Name), System: e.Name.System, LocalCode: e.Name.LocalCode,
		Performed: e.Performed, OrderNo: e.OrderNo, Parent: e.Parent,
		Modality: e.Modality.Label(), Accession: e.Accession, StudyUID: e.StudyUID,
		Start: e.At, End: e.End, Status: e.Status, Priority: e.Priority.Label(), Danger: e.Danger.Label(),
		Purpose: e.Purpose, Protocol: e.Protocol.Label(), Specimen: labels(e.Specimen), Sites: labels(e.SpecimenSites),
		Findings: labsOf(e.Findings), Comments: e.Comments,
	}
	for _, s := range e.Further {
		out.Further = append(out.Further, studyEntry{s.Modality.Label(), s.Accession, s.StudyUID})
	}
	for _, p := range e.Items {
		out.Procedures = append(out.Procedures, procedureOf(p))
	}
	return out
}

func procedureOf(p clinical.Procedure) procedureEntry {
	out := procedureEntry{
		Procedure: p.Procedure.Label(), Code: codeOf(p.Procedure), Planned: p.Planned, Count: p.Count, Role: p.StaffRole,
		Exposures: p.Exposures, Findings: labsOf(p.Findings), Comments: p.Comments, Kind: p.MaterialKind,
	}
	for _, s := range p.Staff {
		out.Staff = append(out.Staff, staffName(&s))
	}
	for _, m := range p.Materials {
		out.Materials = append(out.Materials, componentEntry{
			Drug: m.Material.Label(), Code: codeOf(m.Material), LocalCode: m.Material.LocalCode, Amount: m.Amount, Unit: m.Unit.Label(),
		})
	}
	return out
}

func labsOf(all []clinical.LabResult) []labEntry {
	var out []labEntry
	for _, r := range all {
		out = append(out, labOf(r))
	}
	return out
}

func dietOf(d clinical.Diet) dietEntry {
	return dietEntry{
		Diet: labels(d.Diets), Code: codes(d.Diets), Tray: d.Tray.Label(), Type: d.Type, Periods: labels(d.Periods),
		Start: d.Start, End: d.End, Usage: usages(d.Usage), Instructions: d.Instructions, Priority: d.Priority.Label(),
	}
}
