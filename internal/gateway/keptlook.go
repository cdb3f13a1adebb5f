package gateway

import (
	"context"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// unseen counts the messages that were filed with a remark which somebody has to look at,
// and that nobody has looked at yet: by their ids, without reading one. Full says that the
// oldest of them go with the next that comes.
func unseen(ctx context.Context, q db.Querier, k *kept.Keeper) (n int, full bool, err error) {
	ids, full := k.Flagged()
	ids = slices.DeleteFunc(ids, func(id string) bool { return !kept.ReasonOf(id).NeedsLook() })
	if len(ids) == 0 {
		return 0, false, nil
	}
	oldest := ids[len(ids)-1]
	seen, err := account.SeenMessages(ctx, q, oldest)
	if err != nil {
		return 0, false, err
	}
	for _, id := range ids {
		if seen[id].At.IsZero() {
			n++
		}
	}
	return n, full && seen[oldest].At.IsZero(), nil
}

// about tells of which patient and order the kept message of an id is, also one that was
// dismissed, as far as it can be read: both empty where it cannot, or where only its entry
// is kept; no order where it names none or several. Nothing is told of pieces, in which a
// number may be cut and another patient's, nor what is no number: a sender that mixes up
// its fields may have a name there.
func (r *received) about(id string) (patient ident.LocalPatientID, order string) {
	body, err := r.kept.Body(id)
	if err != nil {
		return "", "" // filed or removed meanwhile, or on a bad disk: the list says what it knows
	}
	msg, err := hl7v2.Parse(body)
	if err != nil {
		return "", ""
	}
	if patient, err = ssmix2.PatientOf(msg); err != nil || !isNumber(string(patient)) {
		patient = ""
	}
	for orc := range msg.Segments("ORC") {
		number := strings.TrimSpace(orc.At(2, 1, 1, 1))
		if order != "" && number != "" && number != order {
			return patient, ""
		}
		if number != "" {
			order = number
		}
	}
	if !isNumber(order) {
		order = ""
	}
	return patient, order
}

// isNumber reports whether a text is a number as systems give them: of ASCII, and not of
// letters alone.
func isNumber(s string) bool {
	digits := false
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			digits = true
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '-', c == '.', c == '_', c == '/':
		default:
			return false
		}
	}
	return digits && len(s) <= 64
}
