using System.CommandLine;
using Enrichment;

var connection = new Option<string?>(
    "--connection")
{
    Description = "Leads to a PostgreSQL database with wal_level = logical. Default: a server of the program's own.",
    HelpName = "STRING"
};
var folder = new Option<string>(
    "--folder")
{
    Description = "Where the program's own server keeps its data. Default: enrichment-postgresql.",
    HelpName = "FOLDER",
    DefaultValueFactory = _ => "enrichment-postgresql"
};
var store = new Option<string>("--store")
{
    Description = "The SQLite file that keeps the job. Default: enrichment.db.",
    HelpName = "FILE",
    DefaultValueFactory = _ => "enrichment.db"
};
var clicks = new Option<int>("--clicks")
{
    Description = "How many clicks come. Default: 50000.",
    HelpName = "ROWS",
    DefaultValueFactory = _ => 50_000
};
var rate = new Option<int>("--rate")
{
    Description = "How many clicks come a second. Default: 5000.",
    HelpName = "ROWS_PER_S",
    DefaultValueFactory = _ => 5000
};

var command = new RootCommand(
    "Enriches clicks by a table of users that is captured from PostgreSQL while it changes. Killed at any moment and started again, it ends with what SQL gives.")
{
    connection, folder, store, clicks, rate,
};
command.SetAction((parsed, _) => EnrichmentRun.RunAsync(
    parsed.GetValue(connection), parsed.GetRequiredValue(folder), parsed.GetRequiredValue(store), parsed.GetValue(clicks),
        parsed.GetValue(rate)));
return await command.Parse(args).InvokeAsync();
