using System.CommandLine;
using Aftershocks;

var input = new Option<FileInfo>("--input")
{
    Description = "The CSV file to read. Default: the one that comes with the program.",
    HelpName = "FILE",
    DefaultValueFactory = _ => new FileInfo(Path.Combine(AppContext.BaseDirectory, "earthquakes.csv")),
};
var store = new Option<FileInfo>("--store")
{
    Description = "The SQLite file that keeps the job. Default: aftershocks.db.",
    HelpName = "FILE",
    DefaultValueFactory = _ => new FileInfo("aftershocks.db")
};
var outOfOrderness = new Option<double>("--out-of-orderness")
{
    Description =
        "How far a quake may be behind the latest one before it can come too late. Default: 168, after which nothing in the file is late.",
    HelpName = "HOURS",
    DefaultValueFactory = _ => 168,
};
outOfOrderness.Validators.Add(result =>
{
    if (double.TryParse(result.Tokens.Count == 1 ? result.Tokens[0].Value : "", out double hours) && hours is not (>= 0 and <= 1_000_000))
        result.AddError($"--out-of-orderness {hours}: must be 0 to 1,000,000 hours.");
});

var command = new RootCommand(
    "Finds strong earthquakes (4.5 and above) that at least three weaker ones follow within 50 km and a day. Killed at any moment and started again, it goes on.")
{
    input, store, outOfOrderness,
};
command.SetAction((parsed, cancellation) => AftershockRun.RunAsync(
    parsed.GetRequiredValue(input).FullName, parsed.GetRequiredValue(store).FullName, TimeSpan.FromHours(parsed.GetValue(outOfOrderness)),
        cancellation));
return await command.Parse(args).InvokeAsync();
