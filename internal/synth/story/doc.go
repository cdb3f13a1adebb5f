// Package story makes what happened to one synthetic person (模擬患者): visits, stays,
// drugs, injections, results and diseases at the region's hospitals, as values that
// no format has touched yet.
//
// A story is coherent by construction. A [Body] has one value of each test on each
// day, which follows the knots that a story sets and is the same whichever hospital
// measures it; what depends on other values (eGFR, A/G, Ht …) is computed from them.
// Drugs are intervals; a prescription at a visit covers the days to the next visit,
// so that prescriptions abut, and stops where the drug stops.
//
// Nothing here is advice on treatment. Doses and courses are such as a clinician
// recognises, no more.
package story
