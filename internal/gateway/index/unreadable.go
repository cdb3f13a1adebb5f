package index

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Reason is why a file or folder of the storage is not read.
type Reason string

const (
	ReasonName         Reason = "name"          // the file's name or place does not follow the specification
	ReasonPlace        Reason = "place"         // a folder or document that lies where no patient's can be
	ReasonNotRegular   Reason = "not_regular"   // a link, a device, a pipe
	ReasonForbidden    Reason = "forbidden"     // the operating system refuses
	ReasonTooLarge     Reason = "too_large"     // larger than any message
	ReasonAboveBound   Reason = "above_bound"   // sound, and larger than what is opened for a disclosure
	ReasonDevice       Reason = "device"        // disk or share gives an error
	ReasonEmpty        Reason = "empty"         // nothing is in it
	ReasonNotMessage   Reason = "not_message"   // no HL7 message
	ReasonEncoding     Reason = "encoding"      // characters that no character set explains
	ReasonCut          Reason = "cut"           // ends before its message does
	ReasonUnknownType  Reason = "unknown_type"  // no data type of the specification
	ReasonWrongPatient Reason = "wrong_patient" // says that it is another patient's
	ReasonIdentity     Reason = "identity"      // names another person than the patient, or nobody while the number was another's
	ReasonCancelled    Reason = "cancelled"     // a cancellation that is flagged current
	ReasonRival        Reason = "rival"         // a younger file of the entry is current too
	ReasonDeleted      Reason = "deleted"       // flagged current, and a younger file of the entry deletes it
	ReasonNoCurrent    Reason = "no_current"    // all files of the entry are superseded
	ReasonContent      Reason = "content"       // anything else that is wrong inside
)

var reasonTexts = map[Reason]struct{ japanese, english string }{
	ReasonName:         {"ファイル名または場所が仕様と異なります", "name or place does not follow the specification"},
	ReasonPlace:        {"患者フォルダまたは文書の場所が患者IDと一致しません", "no patient's folder or document can be here"},
	ReasonNotRegular:   {"通常のファイルまたはフォルダではありません", "neither a regular file nor a folder"},
	ReasonForbidden:    {"読み取りが許可されていません", "may not be read"},
	ReasonDevice:       {"ディスクまたは共有フォルダのエラーで読み取れません", "the disk or share gives an error"},
	ReasonEmpty:        {"中身がありません(空のファイルまたは文書フォルダ)", "empty file or content folder"},
	ReasonNotMessage:   {"HL7電文ではありません(MSHで始まっていません)", "not an HL7 message"},
	ReasonTooLarge:     {"ファイルが大きすぎます", "too large"},
	ReasonAboveBound:   {"設定した上限(max_file_mb)を超えるため、開示されません", "above max_file_mb: not disclosed"},
	ReasonEncoding:     {"文字コードを解釈できません", "characters cannot be decoded"},
	ReasonCut:          {"電文が途中で切れています", "message is cut"},
	ReasonUnknownType:  {"データ種別が仕様にありません", "unknown data type"},
	ReasonWrongPatient: {"別の患者の電文または文書です", "belongs to another patient"},
	ReasonIdentity:     {"当該患者のものと確認できない文書です(氏名・生年月日・性別の不一致、または番号の再利用)", "not shown to be this patient's: names another person, or the number was another's"},
	ReasonCancelled:    {"有効とされたファイルが取消電文です", "cancellation that is flagged current"},
	ReasonRival:        {"有効なファイルが重複しています", "more than one current file"},
	ReasonDeleted:      {"より新しい取消がありますが、有効のまま残っています", "flagged current, and deleted by a younger file"},
	ReasonNoCurrent:    {"有効なファイルがありません(修正前のみ)", "superseded files only, none is current"},
	ReasonContent:      {"電文の内容に誤りがあります", "message is not valid"},
}

// Text says the reason in Japanese ("ja") or English (any other language). A reason of
// another version of the program reads as its key.
func (r Reason) Text(language string) string {
	t, ok := reasonTexts[r]
	switch {
	case !ok:
		return string(r)
	case language == "ja":
		return t.japanese
	}
	return t.english
}

// Unreadable is a file or folder that cannot be read.
type Unreadable struct {
	Root      string // as configured
	Path      string // below the root
	Patient   ident.LocalPatientID
	Reason    Reason
	Detail    string // place and cause in English, no values
	FirstSeen time.Time
	LastSeen  time.Time
}

const unreadableColumns = `root, path, patient_id, reason, detail, first_seen, last_seen`

func scanUnreadable(s db.Scanner) (u Unreadable, err error) {
	var first, last int64
	err = s(&u.Root, &u.Path, &u.Patient, &u.Reason, &u.Detail, &first, &last)
	u.FirstSeen, u.LastSeen = db.Time(first), db.Time(last)
	return u, err
}

// replaceUnreadable makes bad all that is unreadable of a patient: what is not in it
// any more has been mended or is gone, but for what lies in a root that is away.
func replaceUnreadable(ctx context.Context, tx db.Querier, id ident.LocalPatientID, bad []Unreadable, away []string, now time.Time) error {
	keep := map[[2]string]bool{}
	for _, b := range bad {
		keep[[2]string{b.Root, b.Path}] = true
		_, err := tx.ExecContext(ctx, `
			INSERT INTO unreadable (`+unreadableColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $6)
			ON CONFLICT (root, path) DO UPDATE SET reason = excluded.reason, detail = excluded.detail,
				patient_id = excluded.patient_id, last_seen = excluded.last_seen`,
			b.Root, b.Path, id, b.Reason, b.Detail, db.Micros(now))
		if err != nil {
			return err
		}
	}
	old, err := db.All(ctx, tx, scanUnreadable, `SELECT `+unreadableColumns+` FROM unreadable WHERE patient_id = $1`, id)
	if err != nil {
		return err
	}
	for _, b := range old {
		if keep[[2]string{b.Root, b.Path}] || slices.Contains(away, b.Root) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM unreadable WHERE root = $1 AND path = $2`, b.Root, b.Path); err != nil {
			return err
		}
	}
	return nil
}

// PutMisplaced replaces what is unreadable above the patients' folders, but for what lies
// in roots that are away.
func (x *Index) PutMisplaced(ctx context.Context, bad []Unreadable, away []string) error {
	return x.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return replaceUnreadable(ctx, tx, "", bad, away, x.clock())
	})
}

// Unreadable lists what cannot be read now, at most limit, in the order of paths.
func (x *Index) Unreadable(ctx context.Context, limit int) ([]Unreadable, error) {
	return db.All(ctx, x.db.Reader(), scanUnreadable, `SELECT `+unreadableColumns+` FROM unreadable ORDER BY root, path LIMIT $1`, limit)
}

// UnreadableTotal counts what cannot be read now.
func (x *Index) UnreadableTotal(ctx context.Context) (n int, err error) {
	err = x.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM unreadable`).Scan(&n)
	return n, err
}

// UnreadableOf counts the unreadable files of a patient: all of them, and those whose
// folder says of which kind they are, in the order of [clinical.Kinds].
func (x *Index) UnreadableOf(ctx context.Context, id ident.LocalPatientID) (total int, kinds []wire.KindCount, err error) {
	bad, err := db.All(ctx, x.db.Reader(), scanUnreadable, `SELECT `+unreadableColumns+` FROM unreadable WHERE patient_id = $1`, id)
	if err != nil {
		return 0, nil, err
	}
	count := map[clinical.Kind]int{}
	for _, b := range bad {
		count[b.kind()]++
	}
	for _, k := range clinical.Kinds() {
		if count[k] > 0 {
			kinds = append(kinds, wire.KindCount{Kind: k, Files: count[k]})
		}
	}
	return len(bad), kinds, nil
}

// kind is the kind of content that the file is filed under: its data-type folder says it,
// whatever is wrong inside. Empty where the path has none. Of demographics that are
// unreadable the allergies are what a reader misses.
func (u Unreadable) kind() clinical.Kind {
	parts := strings.Split(u.Path, "/")
	if len(parts) < 6 {
		return ""
	}
	folder := parts[4] // below the three of the patient and that of the day
	switch t := ssmix2.DataType(folder); {
	case t == ssmix2.PatientDemographics:
		return clinical.KindAllergy
	case t.Readable():
		return t.Kind()
	}
	if t, err := extended.ParseType(norm.NFC.String(folder)); err == nil {
		return t.Kind()
	}
	return ""
}
