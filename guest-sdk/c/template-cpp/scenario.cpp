/* What a virtual user of @NAME@ does, and what its numbers must be. */
#include "strata.hpp"

using namespace strata;

struct User {
    Prepared front;

    static void describe(Manifest &m) {
        m.name("@NAME@");
        // @LAYER-BEGIN@
        m.layer(@LAYER@, "@NAME@", "Area of the system");
        // @LAYER-END@
        m.constant_vus("main", 2, 5s);
        m.at_least("checks", 99, "%").measured("checks", "rate");
        m.at_most("p95", 200, "ms").measured("http_req_duration", "p(95)");
    }

    /* Once per virtual user: what every iteration needs. */
    static Result<User> start() { return User{STRATA_TRY(Request::get("/").name("front page").prepare())}; }

    /* Over and over. */
    Result<> iteration(const Context &) {
        Brief answer = STRATA_TRY(front.send());
        check("status is 200", answer.status() == 200);
        return {};
    }
};

STRATA_EXPORT(User);
