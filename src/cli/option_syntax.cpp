#include "cli/option_syntax.hpp"

#include "cli/option_entry.hpp"

namespace brood {

namespace po = boost::program_options;

void add_option(po::options_description& all, const std::string& name, bool takes_value) {
  if (takes_value)
    all.add_options()(name.c_str(), po::value<std::string>(), "");
  else
    all.add_options()(name.c_str(), "");
}

OptionError to_option_error(const po::error& error) {
  const auto* const syntax = dynamic_cast<const po::invalid_command_line_syntax*>(&error);
  if (syntax == nullptr) return {escape(error.what())};
  const bool extra = syntax->kind() == po::invalid_syntax::extra_parameter;
  return {shown(syntax->get_option_name()) + (extra ? " takes no value" : " needs a value")};
}

}  // namespace brood
