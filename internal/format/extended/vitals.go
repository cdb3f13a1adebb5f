package extended

import (
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func readVitals(patient ident.LocalPatientID, body []byte) (clinical.Document, error) {
	return clinical.Document{}, invalid("vital signs are not read")
}
