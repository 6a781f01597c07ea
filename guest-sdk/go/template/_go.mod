module @NAME@

go 1.25

require strata v0.0.0

replace strata => ./strata-sdk
