package ssmix2

import (
	"time"
)

var received = time.Date(2024, 6, 1, 12, 30, 0, 250e6, japan)
