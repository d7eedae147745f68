#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/interruption.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/own_server.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <charconv>
#include <csignal>
#include <cstdint>
#include <functional>
#include <iostream>
#include <string>
#include <system_error>

namespace {

using namespace esctl;

/// Adds one subcommand; `options` live as long as the program.
template <class Options>
CLI::App* add(CLI::App& app, std::function<int()>& chosen,
              const global_options& global, const std::string& name,
              const std::string& description, const Options& options,
              int (*run)(const global_options&, const Options&)) {
  auto* sub = app.add_subcommand(name, description);
  sub->callback([&chosen, &global, &options, run] {
    chosen = [&global, &options, run] { return run(global, options); };
  });
  sub->fallthrough();
  return sub;
}

CLI::App* add(CLI::App& app, std::function<int()>& chosen,
              const global_options& global, const std::string& name,
              const std::string& description,
              int (*run)(const global_options&)) {
  auto* sub = app.add_subcommand(name, description);
  sub->callback([&chosen, &global, run] {
    chosen = [&global, run] { return run(global); };
  });
  sub->fallthrough();
  return sub;
}

CLI::Validator at_least(std::int64_t min) {
  auto check = [min](const std::string& text) -> std::string {
    std::int64_t value = 0;
    auto end = text.data() + text.size();
    auto read = std::from_chars(text.data(), end, value);
    if (read.ec == std::errc{} && read.ptr == end && value >= min)
      return {};
    return "\"" + text + "\" is not a whole number of at least "
           + std::to_string(min);
  };
  return {check, "", "at_least"};
}

/// What the subcommands of `projection` may be told; as long as the program.
struct projection_command_line {
  projection_name_options name;
  projection_run_options run;
  projection_rebuild_options rebuild;
  projection_page_options page;
};

void add_projections(CLI::App& app, std::function<int()>& chosen,
                     const global_options& global,
                     projection_command_line& line) {
  auto* all = app.add_subcommand("projection", "the async projections");
  all->require_subcommand(1);
  all->fallthrough();
  add(*all, chosen, global, "list", "those that this program knows",
      projection_list);
  auto* sub = add(*all, chosen, global, "status",
                  "where they stand; 1 if one has stopped", line.name,
                  projection_status_of);
  sub->add_option("NAME", line.name.name);
  for (auto [name, description, run] :
       {std::tuple{"pause", "stop it for a while, wherever it runs",
                   &projection_pause},
        std::tuple{"resume", "let it go on, also after an event that failed",
                   &projection_resume}}) {
    sub = add(*all, chosen, global, name, description, line.name, run);
    sub->add_option("NAME", line.name.name)->required();
  }
  sub = add(*all, chosen, global, "run", "project until it is interrupted",
            line.run, projection_run);
  sub->add_option("NAME", line.run.names, "all if none is named");
  sub->add_flag("--once", line.run.once, "end when all events are projected");
  sub
    ->add_option("--partitions", line.run.partitions,
                 "of a projection that never ran")
    ->check(CLI::Range(1, 1'024));
  sub = add(*all, chosen, global, "rebuild",
            "make the rows anew while the old ones serve; goes on where it was "
            "interrupted",
            line.rebuild, projection_rebuild_one);
  sub->add_option("NAME", line.rebuild.name)->required();
  sub->add_flag("--discard", line.rebuild.discard,
                "give up what an interrupted one has done");
  sub
    ->add_option("--page", line.rebuild.page_events_max,
                 "events in one transaction")
    ->check(CLI::Range(1, 100'000))
    ->capture_default_str();
  for (auto [command, skips] :
       {std::pair{"run", &line.run.skip_failing},
        std::pair{"rebuild", &line.rebuild.skip_failing}})
    all->get_subcommand(command)->add_flag(
      "--skip-failing", *skips, "events that fail become dead letters");
  for (auto [name, description, run] :
       {std::tuple{"rows", "what is in its tables", &projection_rows},
        std::tuple{"dead-letters", "the events that it went on without",
                   &projection_dead_letters}}) {
    sub = add(*all, chosen, global, name, description, line.page, run);
    sub->add_option("NAME", line.page.name)->required();
    sub->add_option("--limit", line.page.limit, "rows at most")
      ->check(at_least(1))
      ->capture_default_str();
  }
}

/// Output that could not be written must not look like success.
int written(int code) {
  if (std::cout.flush() || code != done)
    return code;
  std::cerr << "esctl: the output could not be written\n";
  return found;
}

/// The end of the program, however its subcommand came to it.
int ended(int code) {
  stop_here_if_ending();
  stop_own_server();
  if (code == interrupted)
    end_by_signal();
  return code;
}

} // namespace

int main(int argc, char** argv) {
  watch_interruption(stop_own_server);
  // A reader that has seen enough does not end the program: its private server
  // has to be stopped.
  std::signal(SIGPIPE, SIG_IGN);
  // Standard output belongs to what a subcommand prints.
  spdlog::set_default_logger(spdlog::stderr_color_mt("esctl"));
  CLI::App app{"Looks after an event store: brings its database up to date, "
               "reads, checks and fills it.",
               "esctl"};
  app.set_version_flag("--version", ESCTL_VERSION);
  app.footer("Exit codes: 0 done, 1 a check found something or a command was "
             "refused, 2 wrong usage, 3 the database can't be reached or its "
             "migrations do not fit this program.");

  global_options global;
  app.add_option("--config", global.config_file,
                 "TOML file with settings (default: $EVENTSOURCE_CONFIG)");
  app.add_option("--dsn", global.dsn,
                 "connection string of the database (default: "
                 "$EVENTSOURCE_DSN, then store.dsn of the file, then a "
                 "private server)");
  app
    .add_option("--set", global.overrides,
                "KEY=VALUE overrides one key of the settings; may be "
                "repeated")
    ->allow_extra_args(false);
  app.add_flag("--json", global.json, "print JSON");
  app.add_flag("-q,--quiet", global.quiet, "no progress, no summary");

  std::function<int()> chosen;

  migrate_options migrate_how;
  auto* sub = add(app, chosen, global, "migrate",
                  "bring the database up to date", migrate_how, migrate);
  sub->add_flag("--status", migrate_how.status,
                "only say where each migration stands");

  import_options import_how;
  sub = add(app, chosen, global, "import",
            "import registry files of the IEEE, one command a record",
            import_how, import_files);
  sub
    ->add_option("FILE", import_how.files,
                 "oui.csv, mam.csv, oui36.csv or iab.csv")
    ->required();
  sub
    ->add_option("--concurrency", import_how.in_flight_max,
                 "commands without an answer at once")
    ->check(CLI::Range(1, 100'000))
    ->capture_default_str();

  history_options history_how;
  sub = add(app, chosen, global, "history", "the events of one aggregate",
            history_how, history);
  sub->add_option("ID", history_how.id)->required();
  sub->add_option("--from", history_how.from, "first version")
    ->check(at_least(1))
    ->capture_default_str();
  sub->add_option("--limit", history_how.limit, "events at most")
    ->check(at_least(1));

  state_options state_how;
  sub = add(app, chosen, global, "state",
            "the state of one aggregate, now or earlier", state_how, state);
  sub->add_option("ID", state_how.id)->required();
  auto* at_version =
    sub->add_option("--at-version", state_how.at_version, "as of a version")
      ->check(at_least(1));
  sub
    ->add_option("--at", state_how.at,
                 "as of a time, such as 2024-05-01T12:00:00Z")
    ->excludes(at_version);

  send_options send_how;
  sub = add(app, chosen, global, "send", "send one command through the actors",
            send_how, send);
  sub->add_option("TYPE", send_how.type, "aggregate type")->required();
  sub->add_option("ID", send_how.id, "aggregate id, or \"new\" for a new one")
    ->required();
  sub->add_option("COMMAND", send_how.command, "command type")->required();
  sub
    ->add_option("JSON", send_how.json,
                 "the command's content, or \"-\" for standard input")
    ->required();
  sub
    ->add_option("--expected-version", send_how.expected_version,
                 "refuse unless the aggregate has this version")
    ->check(at_least(0));
  sub->add_option("--metadata", send_how.metadata, "a JSON object");
  sub->add_option("--command-id", send_how.command_id,
                  "makes the command idempotent");

  auto* outbox = app.add_subcommand("outbox", "what is to be published");
  outbox->require_subcommand(1);
  outbox->fallthrough();
  outbox_list_options list_how;
  sub = add(*outbox, chosen, global, "list",
            "what is not published yet, and how much", list_how, outbox_list);
  sub->add_flag("--dead", list_how.dead_only, "dead letters only");
  sub->add_option("--limit", list_how.limit, "rows at most")
    ->check(at_least(1))
    ->capture_default_str();
  outbox_change_options change_how;
  for (auto [name, description, run] :
       {std::tuple{"retry", "publish what failed after all", &outbox_retry},
        std::tuple{"drop", "give dead letters up", &outbox_drop}}) {
    sub = add(*outbox, chosen, global, name, description, change_how, run);
    sub->add_option("EVENT_ID", change_how.event_ids);
    sub->add_flag("--all", change_how.all, "all dead letters");
  }
  outbox_purge_options purge_how;
  sub =
    add(*outbox, chosen, global, "purge",
        "delete rows of events that were published", purge_how, outbox_purge);
  sub
    ->add_option("--older-than", purge_how.older_than_seconds,
                 "published so many seconds ago")
    ->check(at_least(0))
    ->capture_default_str();

  relay_options relay_how;
  sub = add(app, chosen, global, "relay",
            "publish the outbox until it is interrupted", relay_how, relay);
  sub->add_option("--to", relay_how.to, "where to")
    ->check(CLI::IsMember({"stdout", "nats"}))
    ->capture_default_str();
  sub->add_option("--nats-url", relay_how.nats_url)->capture_default_str();
  sub->add_option("--subject", relay_how.subject, "template of NATS subjects")
    ->capture_default_str();
  sub->add_option("--stream", relay_how.stream,
                  "NATS stream that is made if it is not there");
  sub->add_flag("--once", relay_how.once, "end when nothing is left");

  projection_command_line projections;
  add_projections(app, chosen, global, projections);

  search_options search_how;
  sub = add(app, chosen, global, "search",
            "organizations by words of their names, or how these begin; 1 if "
            "there are none",
            search_how, search);
  sub->add_option("WORDS", search_how.words)->required();
  sub->add_option("--limit", search_how.limit, "organizations at most")
    ->check(at_least(1))
    ->capture_default_str();

  add(app, chosen, global, "verify",
      "read everything as of one moment, so that others may go on writing, and "
      "check it; 1 if something is wrong",
      verify_store);
  add(app, chosen, global, "stats", "counts and sizes", stats);

  config_options config_how;
  sub = add(app, chosen, global, "config", "the settings in force", config_how,
            config);
  sub->add_flag("--default", config_how.defaults,
                "print the commented default file");

  demo_options demo_how;
  sub = add(app, chosen, global, "demo",
            "import real records into a private database and look at them",
            demo_how, demo);
  sub->add_option("FILE", demo_how.file, "registry file of the IEEE")
    ->capture_default_str();

  try {
    app.parse(argc, argv);
    if (!chosen)
      throw CLI::RequiredError::Subcommand(1);
    return ended(written(chosen()));
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? done : wrong_usage;
  } catch (const std::exception& e) {
    return ended(report(global, {es::errc::internal, e.what()}));
  }
}
