module strata

go 1.25
