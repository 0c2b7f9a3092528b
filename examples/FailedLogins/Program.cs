using System.CommandLine;
using FailedLogins;

var stdin = new Option<bool>("--stdin")
{
    Description = """
        Reads signals from the standard input, one JSON object a line: {"kind":"login","account":"ann","succeeded":false,"time":"2026-01-01T12:00:00Z"} or {"kind":"heartbeat","host":"web-1","time":"…"}. Started again, it wants the same lines from the beginning, and skips what is committed.
        """,
};
var minutes = new Option<int>(
    "--minutes")
{
    Description = "How many minutes of signals are made up, 1 to 1440, without --stdin. Default: 120.",
    HelpName = "N",
    DefaultValueFactory = _ => 120
};
var store = new Option<FileInfo>("--store")
{
    Description = "The SQLite file that keeps the job. Default: failed-logins.db.",
    HelpName = "FILE",
    DefaultValueFactory = _ => new FileInfo("failed-logins.db")
};
var rate = new Option<int?>("--rate") { Description = "Reads at most so many signals a second.", HelpName = "ROWS_PER_S" };
var outOfOrderness = new Option<double>("--out-of-orderness")
{
    Description = "How far a signal may be behind the latest one before it can come too late. Default: 5.",
    HelpName = "SECONDS",
    DefaultValueFactory = _ => 5,
};
var epoch = new Option<int>("--epoch")
{
    Description = "Milliseconds from one commit to the next, at least 10. Default: 1000.",
    HelpName = "MS",
    DefaultValueFactory = _ => 1000
};

Require(minutes, number => number is >= 1 and <= 1440, "must be 1 to 1440");
Require(rate, rows => rows is null or >= 1, "must be at least 1");
Require(outOfOrderness, seconds => seconds is >= 0 and <= 1_000_000, "must be 0 to 1,000,000 seconds");
Require(epoch, milliseconds => milliseconds >= 10, "must be at least 10 ms");

var command = new RootCommand(
    "Tells of three failed logins in a row without a success within ten minutes, and of hosts without a heartbeat for 30 seconds. Killed at any moment and started again, it goes on.")
{
    stdin, minutes, store, rate, outOfOrderness, epoch,
};
command.SetAction((parsed, cancellation) => AlertRun.RunAsync(
    new RunSettings
    {
        Stdin = parsed.GetValue(stdin),
        Minutes = parsed.GetValue(minutes),
        Store = parsed.GetRequiredValue(store).FullName,
        RowsPerSecond = parsed.GetValue(rate),
        OutOfOrderness = TimeSpan.FromSeconds(parsed.GetValue(outOfOrderness)),
        Epoch = TimeSpan.FromMilliseconds(parsed.GetValue(epoch)),
    },
    cancellation));
return await command.Parse(args).InvokeAsync();

static void Require<T>(Option<T> option, Func<T?, bool> isRight, string problem) => option.Validators.Add(result =>
{
    T? value;
    try
    {
        value = result.GetValue(option);
    }
    catch (InvalidOperationException)
    {
        return;                                          // not even a value: the parser says so itself
    }

    if (!isRight(value))
        result.AddError($"{option.Name} {value}: {problem}.");
});
