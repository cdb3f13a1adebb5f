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

// PutPatients takes in demographics, in one transaction. A linked patient whose record
// no longer agrees with what was verified is suspended: the number was given to
// somebody else, or two records were merged.
func (x *Index) PutPatients(ctx context.Context, patients []Patient) error {
	return x.logging(ctx, func(ctx context.Context, tx *db.Tx, log *changes) error {
		for _, p := range patients {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO patient (patient_id, name, kana, kana_key, birth_date, sex, updated) VALUES ($1, $2, $3, $4, $5, $6, $7)
				ON CONFLICT (patient_id) DO UPDATE SET name = excluded.name, kana = excluded.kana, kana_key = excluded.kana_key,
					birth_date = excluded.birth_date, sex = excluded.sex, updated = excluded.updated`,
				p.ID, p.Name, p.Kana, kana.Key(p.Kana), p.BirthDate, p.Sex, p.Updated)
			if err != nil {
				return err
			}
			if err := x.reverify(ctx, tx, log, p.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// DropPatient forgets the demographics of a patient whose ADT-00 was deleted. A link
// to the number is suspended in every field: there is nothing left that agrees.
func (x *Index) DropPatient(ctx context.Context, id ident.LocalPatientID) error {
	return x.logging(ctx, func(ctx context.Context, tx *db.Tx, log *changes) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM patient WHERE patient_id = $1`, id); err != nil {
			return err
		}
		return x.reverify(ctx, tx, log, id)
	})
}

// PatientCount counts the patients whose demographics are known.
func (x *Index) PatientCount(ctx context.Context) (n int, err error) {
	err = x.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM patient`).Scan(&n)
	return n, err
}

func patient(ctx context.Context, q db.Querier, id ident.LocalPatientID) (Patient, error) {
	return db.One(ctx, q, "patient", func(s db.Scanner) (p Patient, err error) {
		return p, s(&p.ID, &p.Name, &p.Kana, &p.BirthDate, &p.Sex, &p.Updated)
	}, `SELECT patient_id, name, kana, birth_date, sex, updated FROM patient WHERE patient_id = $1`, id)
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
	ids, err := db.All(ctx, x.db.Reader(), func(s db.Scanner) (id ident.LocalPatientID, err error) { return id, s(&id) },
		`SELECT patient_id FROM patient WHERE birth_date = $1 AND kana_key = $2 AND sex = $3 ORDER BY patient_id LIMIT $4`,
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
