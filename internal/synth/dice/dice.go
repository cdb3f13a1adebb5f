// Package dice gives the streams of chance from which the synthetic region (模擬地域) is
// made. Every stream is named by the seed and by what it is for, so that a change in
// one story leaves the draws of all others as they were, and nothing depends on the
// order in which things are made.
package dice

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// Dice is one stream.
type Dice struct{ *rand.Rand }

// New gives the stream of a seed and a name. The same arguments give the same draws.
func New(seed uint64, name ...string) Dice {
	return Dice{rand.New(rand.NewPCG(seed, hash(seed, name)))}
}

func hash(seed uint64, name []string) uint64 {
	h := fnv.New64a()
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], seed)
	h.Write(b[:])
	for _, part := range name {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// Seed gives a seed of its own to what the name stands for.
func Seed(seed uint64, name ...string) uint64 { return hash(seed, name) }

// Deviate gives one normally distributed number, cut at two and a half standard
// deviations: a synthetic patient has no outliers but those of the story.
func Deviate(seed uint64, name ...string) float64 {
	z := New(seed, name...).NormFloat64()
	return math.Max(-2.5, math.Min(2.5, z))
}

// Between draws from low to high, both included.
func (d Dice) Between(low, high int) int {
	if high <= low {
		return low
	}
	return low + d.IntN(high-low+1)
}

// Chance is true in p of all cases.
func (d Dice) Chance(p float64) bool { return d.Float64() < p }

// Pick draws one of the values, of which there must be at least one.
func Pick[T any](d Dice, values []T) T { return values[d.IntN(len(values))] }
