package index

import (
	"context"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Patient is a patient's demographics as the storage has them now.
type Patient struct {
	ID ident.LocalPatientID
	clinical.Demographics
	Updated string // time stamp of the file
}

// PatientCount counts the patients whose demographics are known.
func (x *Index) PatientCount(ctx context.Context) (n int, err error) {
	err = x.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM patient`).Scan(&n)
	return n, err
}

// PatientIDs lists the patients of whom the index knows anything: demographics, a link,
// or a file that cannot be read.
func (x *Index) PatientIDs(ctx context.Context) ([]ident.LocalPatientID, error) {
	return db.All(ctx, x.db.Reader(), scanPatientID, `
		SELECT patient_id FROM patient UNION SELECT patient_id FROM linked
		UNION SELECT patient_id FROM unreadable WHERE patient_id <> '' ORDER BY patient_id`)
}

// Knows reports whether the index knows anything of a patient, as [Index.PatientIDs] does.
func (x *Index) Knows(ctx context.Context, id ident.LocalPatientID) (known bool, err error) {
	err = x.db.Reader().QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM patient WHERE patient_id = $1) OR EXISTS (SELECT 1 FROM linked WHERE patient_id = $1)
			OR EXISTS (SELECT 1 FROM unreadable WHERE patient_id = $1)`, id).Scan(&known)
	return known, err
}

func scanPatientID(s db.Scanner) (id ident.LocalPatientID, err error) {
	err = s(&id)
	return id, err
}

// Patient gives a patient's demographics as the storage has them; not found if it has
// none, and for an id that was merged into another's.
func (x *Index) Patient(ctx context.Context, q db.Querier, id ident.LocalPatientID) (Patient, error) {
	return patient(ctx, q, id)
}

func patient(ctx context.Context, q db.Querier, id ident.LocalPatientID) (Patient, error) {
	return db.One(ctx, q, "patient", func(s db.Scanner) (p Patient, err error) {
		err = s(&p.ID, &p.Name, &p.Kana, &p.BirthDate, &p.Sex, &p.Updated)
		return p, err
	}, `SELECT patient_id, name, kana, birth_date, sex, updated FROM patient WHERE patient_id = $1
		AND NOT EXISTS (SELECT 1 FROM merged WHERE prior_id = $1)`, id)
}

// Verify compares a claim with the hospital's record of the patient ID (患者照合): birth
// date, sex and kana name. It names the fields that differ and tells no value.
//
// The kana name is compared by [kana.Compatible]. A sex that either side has as unknown
// or other is a difference only where the two sides say different things of M and F.
// A hospital's record without a kana name agrees with none.
func (x *Index) Verify(ctx context.Context, c wire.Claim) (wire.Verification, error) {
	return verify(ctx, x.db.Reader(), c)
}

func verify(ctx context.Context, q db.Querier, c wire.Claim) (wire.Verification, error) {
	p, err := patient(ctx, q, c.PatientID)
	if fault.Is(err, fault.NotFound) {
		return wire.Verification{}, nil
	}
	if err != nil {
		return wire.Verification{}, err
	}
	v := wire.Verification{Known: true}
	if p.BirthDate != c.BirthDate {
		v.Differs = append(v.Differs, wire.FieldBirthDate)
	}
	if certain(p.Sex) && certain(c.Sex) && p.Sex != c.Sex {
		v.Differs = append(v.Differs, wire.FieldSex)
	}
	if !kana.Compatible(p.Kana, c.Kana) {
		v.Differs = append(v.Differs, wire.FieldKana)
	}
	v.Match = len(v.Differs) == 0
	return v, nil
}

func certain(s clinical.Sex) bool { return s == clinical.Male || s == clinical.Female }

// maxCandidates bounds what [Index.Candidates] tells.
const maxCandidates = 5

// Candidates gives the patient IDs whose records agree with the claim in kana name,
// birth date and sex. More than five are not told: the claim is then too vague.
func (x *Index) Candidates(ctx context.Context, c wire.Claim) (wire.Candidates, error) {
	key := kana.Key(c.Kana)
	if key == "" || c.BirthDate == "" {
		return wire.Candidates{}, fault.New(fault.Invalid, "candidates need a kana name and a birth date")
	}
	ids, err := db.All(ctx, x.db.Reader(), scanPatientID,
		`SELECT patient_id FROM patient WHERE birth_date = $1 AND kana_key = $2 AND sex = $3
			AND NOT EXISTS (SELECT 1 FROM merged WHERE prior_id = patient_id) ORDER BY patient_id LIMIT $4`,
		c.BirthDate, key, c.Sex, maxCandidates+1)
	if err != nil {
		return wire.Candidates{}, err
	}
	if len(ids) > maxCandidates {
		return wire.Candidates{TooMany: true}, nil
	}
	return wire.Candidates{PatientIDs: ids}, nil
}

func joinFields(fields []wire.Field) string {
	out := make([]string, 0, len(fields))
	for _, f := range fields {
		out = append(out, string(f))
	}
	return strings.Join(out, ",")
}

func splitFields(s string) []wire.Field {
	if s == "" {
		return nil
	}
	var out []wire.Field
	for f := range strings.SplitSeq(s, ",") {
		out = append(out, wire.Field(f))
	}
	return out
}
