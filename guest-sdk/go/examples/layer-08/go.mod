module layer-08

go 1.25

require strata v0.0.0

replace strata => ../..
