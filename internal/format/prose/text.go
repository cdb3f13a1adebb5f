package prose

import (
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// Text reads plain text into paragraphs, which blank lines part. The lines of a
// paragraph stay as they are: people align with spaces.
func Text(b []byte) (blocks []clinical.TextBlock, warnings []string, err error) {
	if len(b) > MaxBytes {
		return nil, nil, invalid("%w: text of more than %d bytes", ErrTooLarge, MaxBytes)
	}
	text, warning, err := Decode(b, "")
	if err != nil {
		return nil, nil, err
	}
	if warning != "" {
		warnings = append(warnings, warning)
	}
	return Paragraphs(text), warnings, nil
}

// Paragraphs parts a text at its blank lines.
func Paragraphs(text string) (blocks []clinical.TextBlock) {
	var paragraph []string
	end := func() {
		if len(paragraph) > 0 {
			blocks = append(blocks, clinical.TextBlock{Paragraph: strings.Join(paragraph, "\n")})
			paragraph = nil
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimRight(line, " \t　"); line == "" {
			end()
			continue
		}
		paragraph = append(paragraph, line)
	}
	end()
	return blocks
}
