#include "http/connection_auth.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using namespace brood;

BOOST_AUTO_TEST_SUITE(connection_auth)

BOOST_AUTO_TEST_CASE(challenges_and_credentials_of_a_connection_are_known) {
  const struct {
    const char* name;
    int status;
    std::vector<FieldView> fields;
    bool asks;
    bool brings;
  } rows[] = {
      {"NTLM", 401, {{"WWW-Authenticate", "NTLM"}}, true, false},
      {"with a challenge, in any case", 401, {{"www-authenticate", "ntlm TlRM"}}, true, false},
      {"Negotiate", 401, {{"WWW-Authenticate", "Negotiate"}}, true, false},
      {"among others", 401, {{"WWW-Authenticate", "Basic realm=\"a\", NTLM"}}, true, false},
      {"a field of its own",
       401,
       {{"WWW-Authenticate", "Basic realm=\"a\""}, {"WWW-Authenticate", "NTLM"}},
       true,
       false},
      {"a proxy's", 407, {{"Proxy-Authenticate", "NTLM"}}, true, false},
      {"another status", 200, {{"WWW-Authenticate", "NTLM"}}, false, false},
      {"another scheme", 401, {{"WWW-Authenticate", "Basic realm=\"NTLM\""}}, false, false},
      {"a longer word", 401, {{"WWW-Authenticate", "NTLMv2 x"}}, false, false},
      {"credentials", 200, {{"Authorization", "NTLM TlRM"}}, false, true},
      {"credentials of another scheme", 200, {{"Authorization", "Bearer NTLM"}}, false, false},
      {"none", 401, {}, false, false},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      ResponseHead answer;
      answer.line.status = row.status;
      answer.fields = row.fields;
      RequestHead request;
      request.fields = row.fields;
      BOOST_TEST(asks_for_connection_auth(answer) == row.asks);
      BOOST_TEST(brings_connection_auth(request) == row.brings);
    }
}

BOOST_AUTO_TEST_SUITE_END()
